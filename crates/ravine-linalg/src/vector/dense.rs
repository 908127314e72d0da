//! `Vec<f64>` and `Vec<f32>` as vectors.

use super::{Entries, Vector, kernels};

macro_rules! dense_vector {
    ($scalar:ty) => {
        impl Vector for Vec<$scalar> {
            fn dimension(&self) -> usize {
                self.len()
            }

            fn zeros_like(&self) -> Self {
                vec![0.0; self.len()]
            }

            fn copy_from(&mut self, x: &Self) {
                self.copy_from_slice(x);
            }

            fn fill(&mut self, a: f64) {
                self.as_mut_slice().fill(a as $scalar);
            }

            fn scale(&mut self, a: f64) {
                kernels::scale(self, a);
            }

            fn axpy(&mut self, a: f64, x: &Self) {
                assert_eq!(self.len(), x.len(), "axpy: dimensions differ");
                kernels::axpy(self, a, x);
            }

            fn axpby_dot(&mut self, a: f64, x: &Self, b: f64, z: &Self) -> f64 {
                assert_eq!(self.len(), x.len(), "axpby_dot: dimensions differ");
                assert_eq!(self.len(), z.len(), "axpby_dot: dimensions differ");
                kernels::axpby_dot(self, a, x, b, z)
            }

            fn axpby(&mut self, a: f64, x: &Self, b: f64) {
                assert_eq!(self.len(), x.len(), "axpby: dimensions differ");
                kernels::axpby(self, a, x, b);
            }

            fn point_along(&mut self, x: &Self, a: f64, d: &Self) {
                assert_eq!(self.len(), x.len(), "point_along: dimensions differ");
                assert_eq!(self.len(), d.len(), "point_along: dimensions differ");
                kernels::point_along(self, x, a, d);
            }

            fn dot(&self, x: &Self) -> f64 {
                assert_eq!(self.len(), x.len(), "dot: dimensions differ");
                kernels::dot(self, x)
            }

            fn dot_and_norm_max(&self, x: &Self) -> (f64, f64) {
                assert_eq!(self.len(), x.len(), "dot_and_norm_max: dimensions differ");
                let (product, largest) = kernels::dot_and_max(self, x);
                if product.is_finite() { (product, largest) } else { (product, self.norm_max()) }
            }

            fn dots(&self, vectors: &[Self], out: &mut [f64]) {
                let alike = vectors.iter().all(|v| v.len() == self.len());
                assert!(alike, "dots: dimensions differ");
                kernels::dots(self, vectors, &mut out[..vectors.len()]);
            }

            fn dots2(p: &Self, q: &Self, vectors: &[Self], out_p: &mut [f64], out_q: &mut [f64]) {
                let alike = q.len() == p.len() && vectors.iter().all(|v| v.len() == p.len());
                assert!(alike, "dots2: dimensions differ");
                let count = vectors.len();
                kernels::dots2(p, q, vectors, &mut out_p[..count], &mut out_q[..count]);
            }

            fn combine(&mut self, coefficients: &[f64], vectors: &[Self]) {
                let alike = vectors.iter().all(|v| v.len() == self.len());
                assert!(alike, "combine: dimensions differ");
                kernels::combine(self, &coefficients[..vectors.len()], vectors);
            }

            fn mix(vectors: &mut [Self], coefficients: &[f64]) {
                let alike = vectors.iter().all(|v| v.len() == vectors[0].len());
                assert!(alike, "mix: dimensions differ");
                kernels::mix(vectors, coefficients);
            }

            fn set_combination(
                &mut self,
                c: f64,
                x: &Self,
                coefficients: &[f64],
                vectors: &[Self],
            ) -> (f64, f64) {
                let n = self.len();
                let alike = x.len() == n && vectors.iter().all(|v| v.len() == n);
                assert!(alike, "set_combination: dimensions differ");
                let coefficients = &coefficients[..vectors.len()];
                kernels::combination(self, c, x, coefficients, vectors)
            }

            fn norm(&self) -> f64 {
                let square = self.dot(self);
                if square.is_normal() && square < 1e300 && square > 1e-280 {
                    return square.sqrt();
                }
                // The squares left the range: scale by the largest entry first.
                let largest = self.norm_max();
                if largest == 0.0 || !largest.is_finite() {
                    return largest;
                }
                let sum: f64 = self.iter().map(|&v| (f64::from(v) / largest).powi(2)).sum();
                largest * sum.sqrt()
            }

            fn norm_max(&self) -> f64 {
                kernels::norm_max(self)
            }
        }

        impl Entries for Vec<$scalar> {
            fn get(&self, i: usize) -> f64 {
                f64::from(self[i])
            }

            fn set(&mut self, i: usize, value: f64) {
                self[i] = value as $scalar;
            }

            fn zip_apply(&mut self, x: &Self, mut f: impl FnMut(f64, f64) -> f64) {
                for (s, &x) in self.iter_mut().zip(x) {
                    *s = f(f64::from(*s), f64::from(x)) as $scalar;
                }
            }

            fn zip_apply2(&mut self, x: &Self, y: &Self, mut f: impl FnMut(f64, f64, f64) -> f64) {
                for ((s, &x), &y) in self.iter_mut().zip(x).zip(y) {
                    *s = f(f64::from(*s), f64::from(x), f64::from(y)) as $scalar;
                }
            }
        }
    };
}

dense_vector!(f64);
dense_vector!(f32);
