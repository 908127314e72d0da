//! Points: anything with an inner product.
//!
//! Methods that need only inner products are written once over [`Vector`]; methods that work entry by
//! entry (diagonal scalings, random probes, soft thresholds) over [`Pointwise`], a list of named
//! kernels; the few that need single entries over [`Entries`].
//!
//! Entries are stored in a precision of their own, a [`Scalar`]. Coefficients are `f64` whatever the
//! storage, so that scalars of an algorithm (step lengths, curvature products) never lose accuracy
//! to it; what means rounding follows it, as [`Vector::EPSILON`].
//!
//! [`Partitioned`] vectors consist of named blocks. [`dot`], [`axpy`] and their like are the same kernels on slices.

mod dense;
mod dense_pointwise;
pub(crate) mod kernels;
mod orthants;
mod partitioned;
mod pointwise;
pub(crate) mod product;
mod scalar;

pub use kernels::{axpby, axpy, dot, norm, norm_max, scale, weighted_square};
pub use orthants::Orthants;
pub use partitioned::Partitioned;
pub use pointwise::{AdaptiveStep, Pointwise};
pub use scalar::Scalar;

/// An element of a finite-dimensional inner-product space.
///
/// # Example
///
/// ```
/// use ravine_linalg::Vector;
///
/// let x = vec![3.0, 4.0];
/// let mut y = vec![1.0, 0.0];
/// y.axpy(2.0, &x);
/// assert_eq!(y, [7.0, 8.0]);
/// assert_eq!(x.norm(), 5.0);
/// ```
pub trait Vector: Clone {
    /// The distance from one to the next number in the precision of the entries: what is smaller than
    /// this, relatively, is rounding.
    ///
    /// ```
    /// use ravine_linalg::Vector;
    ///
    /// assert_eq!(Vec::<f64>::EPSILON, f64::EPSILON);
    /// assert_eq!(Vec::<f32>::EPSILON, f64::from(f32::EPSILON));
    /// ```
    const EPSILON: f64;
    /// The smallest positive entry of full precision.
    const MIN_POSITIVE: f64;
    /// The largest finite entry.
    const MAX: f64;
    /// The number of entries (over all parts, where the vector is partitioned).
    fn dimension(&self) -> usize;
    /// A zero vector of the same shape.
    fn zeros_like(&self) -> Self;
    /// `self = x`. Shapes must agree.
    fn copy_from(&mut self, x: &Self);
    /// `self_i = a` for all i.
    fn fill(&mut self, a: f64);
    /// `self = a self`.
    fn scale(&mut self, a: f64);
    /// `self = self + a x`.
    fn axpy(&mut self, a: f64, x: &Self);
    /// `self = a x + b self`; where b is zero, `a x`, whatever there was.
    fn axpby(&mut self, a: f64, x: &Self, b: f64) {
        if b == 0.0 {
            self.fill(0.0);
        } else {
            self.scale(b);
        }
        self.axpy(a, x);
    }
    /// `self = a x + b self`, and gives `z' self`, in one pass where the storage allows.
    fn axpby_dot(&mut self, a: f64, x: &Self, b: f64, z: &Self) -> f64 {
        self.axpby(a, x, b);
        z.dot(self)
    }
    /// `self = a_1 x_1 + a_2 x_2 + b self`, and gives `z_1' self` and `z_2' self`, in one pass where the
    /// storage allows: to the last bit what [`axpby`](Self::axpby), [`axpby_dot`](Self::axpby_dot) and
    /// [`dot`](Self::dot) give one after another.
    ///
    /// ```
    /// use ravine_linalg::Vector;
    ///
    /// let (x1, x2) = (vec![1.0, 0.0], vec![0.0, 1.0]);
    /// let mut y = vec![1.0, 2.0];
    /// assert_eq!(y.axpby_dot2((3.0, &x1), (4.0, &x2), 2.0, (&x1, &x2)), (5.0, 8.0));
    /// assert_eq!(y, [5.0, 8.0]);
    /// ```
    fn axpby_dot2(
        &mut self,
        first: (f64, &Self),
        second: (f64, &Self),
        b: f64,
        z: (&Self, &Self),
    ) -> (f64, f64) {
        self.axpby(first.0, first.1, b);
        (self.axpby_dot(second.0, second.1, 1.0, z.0), z.1.dot(self))
    }
    /// Multiplies each entry by the square of that of `sizes`: a gradient in the units of its variables becomes a
    /// direction in them. Default, where there are no entries: nothing.
    fn scale_by_squares(&mut self, _sizes: &Self) {}
    /// Adds these numbers to the entries, one to each. Default, where there are no entries in a row: nothing.
    fn add_entries(&mut self, _numbers: &[f64]) {}
    /// `self = x + a d`: the point at step `a` along `d`.
    fn point_along(&mut self, x: &Self, a: f64, d: &Self) {
        self.copy_from(x);
        self.axpy(a, d);
    }
    /// The inner product `self' x`.
    fn dot(&self, x: &Self) -> f64;
    /// `(self' x, self' z)`, in one pass where the storage allows.
    fn dot2(&self, x: &Self, z: &Self) -> (f64, f64) {
        (self.dot(x), self.dot(z))
    }
    /// The Euclidean norm, without avoidable overflow or underflow.
    fn norm(&self) -> f64;
    /// The maximum norm; NaN if any entry is NaN.
    fn norm_max(&self) -> f64;
    /// `(self' x, max_i |self_i|)`, in one pass where the storage allows.
    fn dot_and_norm_max(&self, x: &Self) -> (f64, f64) {
        (self.dot(x), self.norm_max())
    }
    /// Whether all entries are finite.
    fn is_finite(&self) -> bool {
        self.norm_max().is_finite()
    }
    /// `out_k = self' vectors_k`: many inner products in one pass where the storage allows.
    ///
    /// # Panics
    ///
    /// If `out` is shorter than `vectors`.
    fn dots(&self, vectors: &[Self], out: &mut [f64]) {
        for (o, v) in out[..vectors.len()].iter_mut().zip(vectors) {
            *o = self.dot(v);
        }
    }
    /// `out_p_k = p' vectors_k` and `out_q_k = q' vectors_k`: each vector is read once where the
    /// storage allows.
    ///
    /// # Panics
    ///
    /// If `out_p` or `out_q` is shorter than `vectors`.
    fn dots2(p: &Self, q: &Self, vectors: &[Self], out_p: &mut [f64], out_q: &mut [f64]) {
        p.dots(vectors, out_p);
        q.dots(vectors, out_q);
    }
    /// `self = self + sum_k a_k vectors_k`, in one pass where the storage allows.
    ///
    /// # Panics
    ///
    /// If `coefficients` is shorter than `vectors`.
    fn combine(&mut self, coefficients: &[f64], vectors: &[Self]) {
        for (&a, v) in coefficients[..vectors.len()].iter().zip(vectors) {
            self.axpy(a, v);
        }
    }
    /// `vectors_j = sum_i c_ij vectors_i`, of the vectors before, for as many j as `coefficients`
    /// has columns c_j, one after another: how a method keeps a part of the space that a basis
    /// spans. In place where the storage allows; the vectors that have no column are left.
    ///
    /// ```
    /// use ravine_linalg::Vector;
    ///
    /// let mut vectors = [vec![1.0, 0.0], vec![0.0, 1.0]];
    /// Vec::mix(&mut vectors, &[3.0, 4.0]);
    /// assert_eq!(vectors, [[3.0, 4.0], [0.0, 1.0]]);
    /// ```
    ///
    /// # Panics
    ///
    /// May panic if there are more columns than vectors, or a part of one.
    fn mix(vectors: &mut [Self], coefficients: &[f64]) {
        if vectors.is_empty() {
            return;
        }
        let mut mixed = Vec::new();
        for column in coefficients.chunks_exact(vectors.len()) {
            let mut sum = vectors[0].zeros_like();
            sum.combine(column, vectors);
            mixed.push(sum);
        }
        for (v, sum) in vectors.iter_mut().zip(mixed) {
            *v = sum;
        }
    }
    /// `self = c x + sum_k a_k vectors_k`, and gives `(x' self, max_i |self_i|)`: each vector is
    /// read once where the storage allows. The maximum may ignore NaN; the product shows it.
    ///
    /// # Panics
    ///
    /// If `coefficients` is shorter than `vectors`.
    fn set_combination(
        &mut self,
        c: f64,
        x: &Self,
        coefficients: &[f64],
        vectors: &[Self],
    ) -> (f64, f64) {
        self.copy_from(x);
        self.scale(c);
        self.combine(coefficients, vectors);
        self.dot_and_norm_max(x)
    }
}

/// A [`Vector`] whose single entries can be read and set, for what is about one entry: columns of an
/// operator by unit vectors, a block of variables. All else is done by [`Pointwise`].
///
/// ```
/// use ravine_linalg::vector::Entries;
///
/// let mut unit = vec![0.0_f32; 3];
/// unit.set(1, 1.0);
/// assert_eq!(unit.get(1), 1.0);
/// ```
pub trait Entries: Vector {
    /// Entry `i`.
    fn get(&self, i: usize) -> f64;
    /// Set entry `i`.
    fn set(&mut self, i: usize, value: f64);
}
