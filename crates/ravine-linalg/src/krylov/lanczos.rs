//! The Lanczos process.

use super::ProductNoise;
use crate::error::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// How the Lanczos vectors are kept orthogonal.
///
/// Selective reorthogonalization (Parlett and Scott, 1979), against converged Ritz vectors, keeps the
/// same orthogonality as the partial one, but has to form these vectors from the whole basis; the
/// partial one decides by a short recurrence of numbers.
///
/// ```
/// use ravine_linalg::krylov::{Lanczos, Reorthogonalization};
///
/// let lanczos = Lanczos::<Vec<f64>>::new(Reorthogonalization::Partial);
/// assert_eq!(lanczos.reorthogonalizations(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reorthogonalization {
    /// Each vector twice against all earlier ones: orthogonal to rounding, `8 k n` operations at
    /// step k.
    #[default]
    Full,
    /// Only where inner products are estimated to have grown beyond the square root of the machine
    /// precision, and at the step after: T is then that of an orthonormal basis to rounding, often for
    /// a tenth of the work. How accurate products are, which the estimates rest on, the first steps
    /// show.
    Partial,
    /// Never.
    None,
}

/// An orthonormal basis `V = (v_1, ..., v_k)` of the Krylov space of a symmetric A and a vector b,
/// with `b = |b| v_1` and `V'AV = T` tridiagonal: diagonal `delta`, off-diagonal `gamma`.
///
/// In floating point the three-term recurrence alone loses the orthogonality as soon as a Ritz value
/// has converged, and the eigenvalue comes again and again. What is done about it is a
/// [`Reorthogonalization`]; by default every new vector is made orthogonal to all earlier ones.
/// Without a stored basis, see [`ShortLanczos`](super::ShortLanczos).
///
/// Source: Lanczos (1950); Golub and Van Loan, Matrix Computations (2013), section 10.1; partial
/// reorthogonalization: Simon, The Lanczos algorithm with partial reorthogonalization (1984).
///
/// ```
/// use ravine_linalg::krylov::Lanczos;
/// use ravine_linalg::matrix::Matrix;
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
///
/// // Anew from a vector of that space, here the first Ritz vector of all.
/// lanczos.restart(&[3.0, 4.0]);
/// assert_eq!((lanczos.dimension(), lanczos.start_norm()), (0, 5.0));
/// # Ok::<(), ravine_linalg::Interrupt>(())
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
    reorthogonalization: Reorthogonalization,
    reorthogonalizations: usize,
    /// A lower bound of `|A|`.
    norm: f64,
    noise: ProductNoise,
    /// Estimates of the inner products of the last vector with all, and of the one before.
    omega: Vec<f64>,
    omega_before: Vec<f64>,
    /// Whether the next vector is to be made orthogonal, whatever the estimates.
    again: bool,
}

impl<V> Default for Lanczos<V> {
    fn default() -> Self {
        Self::new(Reorthogonalization::Full)
    }
}

impl<V> Lanczos<V> {
    /// A process that keeps its vectors orthogonal in that way.
    pub fn new(reorthogonalization: Reorthogonalization) -> Self {
        Self {
            basis: Vec::new(),
            start_norm: 0.0,
            diagonal: Vec::new(),
            off_diagonal: Vec::new(),
            exhausted: true,
            projections: Vec::new(),
            reorthogonalization,
            reorthogonalizations: 0,
            norm: 0.0,
            noise: ProductNoise::default(),
            omega: Vec::new(),
            omega_before: Vec::new(),
            again: false,
        }
    }
}

impl<V: Vector> Lanczos<V> {
    /// Starts anew from b; the memory of the old basis is reused.
    pub fn begin(&mut self, b: &V) {
        if self.basis.is_empty() {
            self.basis.push(b.zeros_like());
        }
        self.basis[0].copy_from(b);
        self.begin_from_first();
    }

    /// Starts anew from `V h`, such as a Ritz vector, or a sum of some: an explicit restart, which
    /// keeps what is wanted of a basis that has become too long.
    ///
    /// # Panics
    ///
    /// If `h` has not k entries, or k is zero.
    pub fn restart(&mut self, h: &[f64]) {
        let k = self.dimension();
        assert!(k > 0, "restart: there is no basis");
        assert_eq!(h.len(), k, "restart: h has the wrong length");
        // The place of the next vector serves.
        let (basis, next) = self.basis.split_at_mut(k);
        next[0].fill(0.0);
        next[0].combine(h, basis);
        self.basis.swap(0, k);
        self.begin_from_first();
    }

    fn begin_from_first(&mut self) {
        let first = &mut self.basis[0];
        self.start_norm = first.norm();
        self.diagonal.clear();
        self.off_diagonal.clear();
        self.exhausted = self.start_norm == 0.0;
        if !self.exhausted {
            first.scale(1.0 / self.start_norm);
        }
        self.reorthogonalizations = 0;
        self.norm = 0.0;
        self.noise = ProductNoise::default();
        self.omega.clear();
        self.omega.push(1.0);
        self.omega_before.clear();
        self.again = false;
    }

    /// The dimension k of the space so far, which is the number of products made.
    pub fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    /// `|b|`.
    pub fn start_norm(&self) -> f64 {
        self.start_norm
    }

    /// The orthonormal basis `v_1, ..., v_k`.
    ///
    /// ```
    /// use ravine_linalg::krylov::Lanczos;
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 5.0]]);
    /// let mut lanczos = Lanczos::default();
    /// lanczos.begin(&vec![0.0, 3.0]);
    /// lanczos.extend(&a)?;
    /// assert_eq!(lanczos.basis(), [[0.0, 1.0]]);
    /// # Ok::<(), ravine_linalg::Interrupt>(())
    /// ```
    pub fn basis(&self) -> &[V] {
        &self.basis[..self.dimension()]
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

    /// How many vectors were made orthogonal to all before.
    pub fn reorthogonalizations(&self) -> usize {
        self.reorthogonalizations
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
        let delta;
        let gamma;
        if self.reorthogonalization == Reorthogonalization::Full {
            delta = v.dot(w);
            w.axpy(-delta, v);
            gamma = self.reorthogonalize();
        } else {
            let before = if k > 0 { self.off_diagonal[k - 1] } else { 0.0 };
            delta = if k > 0 { w.axpby_dot(-before, &basis[k - 1], 1.0, v) } else { v.dot(w) };
            w.axpy(-delta, v);
            let norm = w.norm();
            self.norm = self.norm.max(delta.hypot(norm));
            gamma = if self.reorthogonalization == Reorthogonalization::Partial
                && (self.is_orthogonality_lost(delta, before, norm) | self.noise.wanted())
            {
                self.omega[..=k].fill(V::EPSILON);
                self.reorthogonalize()
            } else {
                norm
            };
        }
        self.diagonal.push(delta);
        let size = size.max(self.norm);
        let exhausted = gamma <= 10.0 * V::EPSILON * size || k + 1 == self.basis[0].dimension();
        self.exhausted = exhausted;
        self.off_diagonal.push(if exhausted { 0.0 } else { gamma });
        if !exhausted {
            self.basis[k + 1].scale(1.0 / gamma);
        }
        Ok(true)
    }

    /// Makes the next vector orthogonal to the basis and gives its length.
    fn reorthogonalize(&mut self) -> f64 {
        let k = self.diagonal.len();
        let (basis, next) = self.basis.split_at_mut(k + 1);
        self.projections.resize(k + 1, 0.0);
        // Twice is enough.
        for pass in 0..2 {
            next[0].dots(basis, &mut self.projections);
            if pass == 0 {
                self.noise.see(&self.projections[..k]);
            }
            self.projections.iter_mut().for_each(|p| *p = -*p);
            next[0].combine(&self.projections, basis);
        }
        self.reorthogonalizations += 1;
        next[0].norm()
    }

    /// Moves the estimates omega of `v_j'v_i` on to the next vector,
    ///
    /// ```text
    /// gamma_{j+1} omega_{j+1,i} = gamma_{i+1} omega_{j,i+1} + (delta_i - delta_j) omega_{j,i}
    ///                           + gamma_i omega_{j,i-1} - gamma_j omega_{j-1,i} + rounding
    /// ```
    ///
    /// and says whether one is beyond the root of the machine precision, now or a step ago.
    fn is_orthogonality_lost(&mut self, delta: f64, before: f64, gamma: f64) -> bool {
        let k = self.diagonal.len();
        let rounding = self.noise.relative::<V>(self.norm) * self.norm;
        let (omega, old) = (&self.omega, &mut self.omega_before);
        let mut largest = 0.0_f64;
        old.resize(k, 0.0);
        for i in 0..k {
            let mut coupled = self.off_diagonal[i] * omega[i + 1]
                + (self.diagonal[i] - delta) * omega[i]
                - before * old[i];
            if i > 0 {
                coupled += self.off_diagonal[i - 1] * omega[i - 1];
            }
            let grown = (coupled + rounding.copysign(coupled)) / gamma;
            largest = largest.max(grown.abs());
            old[i] = grown;
        }
        old.push(V::EPSILON);
        old.push(1.0);
        std::mem::swap(&mut self.omega, &mut self.omega_before);
        // Not finite where the space is invariant.
        let lost = largest > V::EPSILON.sqrt() || !largest.is_finite();
        let again = self.again;
        self.again = lost && !again;
        lost || again
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
