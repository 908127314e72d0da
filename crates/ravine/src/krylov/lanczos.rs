//! The Lanczos process.

use crate::minimize::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// An orthonormal basis `V = (v_1, ..., v_k)` of the Krylov space of a symmetric A and a vector b,
/// with `b = |b| v_1` and `V'AV = T` tridiagonal: diagonal `delta`, off-diagonal `gamma`.
///
/// Every new vector is made orthogonal to all earlier ones, so that T keeps its meaning in
/// floating point and no eigenvalue comes twice.
///
/// Source: Lanczos (1950); Golub and Van Loan, Matrix Computations (2013), section 10.1.
///
/// ```
/// use ravine::krylov::Lanczos;
/// use ravine::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 5.0]]);
/// let mut lanczos = Lanczos::default();
/// lanczos.begin(&vec![2.0, 0.0]);
/// lanczos.extend(&a)?;
/// lanczos.extend(&a)?;
/// assert_eq!(lanczos.start_norm(), 2.0);
/// assert_eq!(lanczos.diagonal(), [2.0, 5.0]);
/// assert_eq!(lanczos.off_diagonal()[0], 1.0);
/// assert!(lanczos.exhausted());
/// # Ok::<(), ravine::minimize::Interrupt>(())
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Lanczos<V> {
    /// The basis and one more vector, the next; beyond, room from earlier.
    basis: Vec<V>,
    start_norm: f64,
    diagonal: Vec<f64>,
    /// `off_diagonal[j]` couples `v_{j+1}` and `v_{j+2}`, counted from one; the last, the next.
    off_diagonal: Vec<f64>,
    exhausted: bool,
    projections: Vec<f64>,
}

impl<V> Default for Lanczos<V> {
    fn default() -> Self {
        Self {
            basis: Vec::new(),
            start_norm: 0.0,
            diagonal: Vec::new(),
            off_diagonal: Vec::new(),
            exhausted: true,
            projections: Vec::new(),
        }
    }
}

impl<V: Vector> Lanczos<V> {
    /// Starts anew from b; the memory of the old basis is reused.
    pub fn begin(&mut self, b: &V) {
        self.start_norm = b.norm();
        self.diagonal.clear();
        self.off_diagonal.clear();
        self.exhausted = self.start_norm == 0.0;
        if self.basis.is_empty() {
            self.basis.push(b.zeros_like());
        }
        let first = &mut self.basis[0];
        first.copy_from(b);
        if !self.exhausted {
            first.scale(1.0 / self.start_norm);
        }
    }

    /// The dimension k of the space so far, which is the number of products made.
    pub fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    /// `|b|`.
    pub fn start_norm(&self) -> f64 {
        self.start_norm
    }

    /// The diagonal of T.
    pub fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }

    /// The k - 1 entries beside the diagonal of T, then the one that leads out of the space:
    /// `A V = V T + gamma_{k+1} v_{k+1} e_k'`.
    pub fn off_diagonal(&self) -> &[f64] {
        &self.off_diagonal
    }

    /// Whether the space is invariant under A to rounding (or b is zero): there is no next vector.
    pub fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// One product with A; `false` where it is not finite, and then nothing is added.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    ///
    /// # Panics
    ///
    /// If the space is exhausted.
    pub fn extend(&mut self, a: &impl LinearOperator<V>) -> Result<bool, Interrupt> {
        assert!(!self.exhausted, "extend: the Krylov space is exhausted");
        let k = self.diagonal.len();
        if self.basis.len() < k + 2 {
            let room = self.basis[0].zeros_like();
            self.basis.push(room);
        }
        let (basis, next) = self.basis.split_at_mut(k + 1);
        let (v, w) = (&basis[k], &mut next[0]);
        a.apply(v, w)?;
        let size = w.norm();
        if !size.is_finite() {
            return Ok(false);
        }
        let delta = v.dot(w);
        w.axpy(-delta, v);
        // Twice is enough.
        for _ in 0..2 {
            self.projections.resize(k + 1, 0.0);
            w.dots(basis, &mut self.projections);
            self.projections.iter_mut().for_each(|p| *p = -*p);
            w.combine(&self.projections, basis);
        }
        let gamma = w.norm();
        self.diagonal.push(delta);
        self.exhausted = gamma <= 10.0 * f64::EPSILON * size || k + 1 == w.dimension();
        self.off_diagonal.push(if self.exhausted { 0.0 } else { gamma });
        if !self.exhausted {
            w.scale(1.0 / gamma);
        }
        Ok(true)
    }

    /// `x = V h`.
    ///
    /// # Panics
    ///
    /// If `h` has not k entries.
    pub fn combine(&self, h: &[f64], x: &mut V) {
        assert_eq!(h.len(), self.dimension(), "combine: h has the wrong length");
        x.fill(0.0);
        x.combine(h, &self.basis[..h.len()]);
    }
}
