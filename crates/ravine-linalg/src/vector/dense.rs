//! `Vec<f64>` and `Vec<f32>` as vectors.

use super::{Scalar, Vector, kernels};

impl<T: Scalar> Vector for Vec<T> {
    const EPSILON: f64 = T::EPSILON;
    const MIN_POSITIVE: f64 = T::MIN_POSITIVE;
    const MAX: f64 = T::MAX;

    fn dimension(&self) -> usize {
        self.len()
    }

    fn zeros_like(&self) -> Self {
        vec![T::default(); self.len()]
    }

    fn copy_from(&mut self, x: &Self) {
        self.copy_from_slice(x);
    }

    fn fill(&mut self, a: f64) {
        self.as_mut_slice().fill(T::narrow(a));
    }

    fn scale(&mut self, a: f64) {
        kernels::scale(self, a);
    }

    fn axpy(&mut self, a: f64, x: &Self) {
        kernels::axpy(self, a, x);
    }

    fn axpby_dot(&mut self, a: f64, x: &Self, b: f64, z: &Self) -> f64 {
        kernels::axpby_dot(self, a, x, b, z)
    }

    fn axpby_dot2(
        &mut self,
        first: (f64, &Self),
        second: (f64, &Self),
        b: f64,
        z: (&Self, &Self),
    ) -> (f64, f64) {
        kernels::axpby_dot2(self, (first.0, first.1), (second.0, second.1), b, (z.0, z.1))
    }

    fn axpby(&mut self, a: f64, x: &Self, b: f64) {
        kernels::axpby(self, a, x, b);
    }

    fn scale_by_squares(&mut self, sizes: &Self) {
        self.iter_mut().zip(sizes).for_each(|(v, s)| *v = *v * *s * *s);
    }

    fn add_entries(&mut self, numbers: &[f64]) {
        self.iter_mut().zip(numbers).for_each(|(v, number)| *v = T::narrow(v.wide() + number));
    }

    fn point_along(&mut self, x: &Self, a: f64, d: &Self) {
        kernels::point_along(self, x, a, d);
    }

    fn dot(&self, x: &Self) -> f64 {
        kernels::dot(self, x)
    }

    fn dot2(&self, x: &Self, z: &Self) -> (f64, f64) {
        kernels::dot2(self, x, z)
    }

    fn dot_and_norm_max(&self, x: &Self) -> (f64, f64) {
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
        kernels::norm(self)
    }

    fn norm_max(&self) -> f64 {
        kernels::norm_max(self)
    }
}
