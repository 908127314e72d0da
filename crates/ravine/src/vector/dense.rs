//! `Vec<f64>` and `Vec<f32>` as vectors.

use super::{Entries, Vector};

/// Partial sums kept apart so that the compiler can use vector registers; the order of the
/// additions is fixed, so the result is the same on every run.
const LANES: usize = 8;

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
                for s in self.iter_mut() {
                    *s = (a * f64::from(*s)) as $scalar;
                }
            }

            fn axpy(&mut self, a: f64, x: &Self) {
                assert_eq!(self.len(), x.len(), "axpy: dimensions differ");
                for (s, &x) in self.iter_mut().zip(x) {
                    *s = (f64::from(*s) + a * f64::from(x)) as $scalar;
                }
            }

            fn axpby(&mut self, a: f64, x: &Self, b: f64) {
                assert_eq!(self.len(), x.len(), "axpby: dimensions differ");
                for (s, &x) in self.iter_mut().zip(x) {
                    *s = (b * f64::from(*s) + a * f64::from(x)) as $scalar;
                }
            }

            fn point_along(&mut self, x: &Self, a: f64, d: &Self) {
                assert_eq!(self.len(), x.len(), "point_along: dimensions differ");
                assert_eq!(self.len(), d.len(), "point_along: dimensions differ");
                for ((s, &x), &d) in self.iter_mut().zip(x).zip(d) {
                    *s = (f64::from(x) + a * f64::from(d)) as $scalar;
                }
            }

            fn dot(&self, x: &Self) -> f64 {
                assert_eq!(self.len(), x.len(), "dot: dimensions differ");
                let (a, b) = (self.chunks_exact(LANES), x.chunks_exact(LANES));
                let mut tail = 0.0;
                for (&p, &q) in a.remainder().iter().zip(b.remainder()) {
                    tail += f64::from(p) * f64::from(q);
                }
                let mut lanes = [0.0f64; LANES];
                for (p, q) in a.zip(b) {
                    for k in 0..LANES {
                        lanes[k] += f64::from(p[k]) * f64::from(q[k]);
                    }
                }
                lanes.iter().sum::<f64>() + tail
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
                let mut largest = 0.0f64;
                let mut nan = false;
                for &v in self {
                    let v = f64::from(v).abs();
                    nan |= v.is_nan();
                    largest = if v > largest { v } else { largest };
                }
                if nan { f64::NAN } else { largest }
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
