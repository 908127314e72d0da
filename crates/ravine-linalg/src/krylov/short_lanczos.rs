//! The Lanczos process in three vectors.

use crate::error::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// The Lanczos process without a stored basis: the tridiagonal T, an entry of each diagonal a
/// step, from the last two vectors alone,
///
/// ```text
/// gamma_{j+1} v_{j+1} = A v_j - delta_j v_j - gamma_j v_{j-1},   delta_j = v_j'A v_j,   v_1 = b / |b|
/// ```
///
/// Rounding costs the orthogonality as soon as an eigenvalue has converged, and T then shows it again
/// and again. Solvers (MINRES, shifted systems) and quadrature (spectral densities) are not harmed;
/// for eigenvalues with their multiplicities see [`Lanczos`](super::Lanczos).
///
/// Source: Paige, Computational variants of the Lanczos method for the eigenproblem (1972), variant
/// A1; Golub and Van Loan (2013), section 10.1.
///
/// ```
/// use ravine_linalg::krylov::{LanczosStep, ShortLanczos};
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 5.0]]);
/// let b = vec![2.0, 0.0];
/// let mut lanczos = ShortLanczos::new(&b);
/// assert_eq!(lanczos.begin(&b), LanczosStep::Done);
/// assert_eq!(lanczos.step(&a)?, LanczosStep::Done);
/// assert_eq!((lanczos.start_norm(), lanczos.diagonal(), lanczos.off_diagonal()), (2.0, 2.0, 1.0));
/// lanczos.step(&a)?;
/// assert_eq!((lanczos.diagonal(), lanczos.off_diagonal()), (5.0, 0.0));
/// assert!(lanczos.exhausted());
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct ShortLanczos<V> {
    /// `u_{j-1}`, `u_j` and `u_{j+1}`, with `v = M u`, `v'u = 1`; without M they are the v.
    previous: V,
    current: V,
    next: V,
    /// `v_j` and `v_{j+1}`, once there was a preconditioner.
    preconditioned: Option<[V; 2]>,
    is_preconditioned: bool,
    dimension: usize,
    start_norm: f64,
    diagonal: f64,
    off_diagonal: f64,
    before: f64,
}

/// What a step of the Lanczos process met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanczosStep {
    /// Nothing unusual.
    Done,
    /// The preconditioner is not positive definite.
    IndefinitePreconditioner,
    /// A product is not finite, or the start is not.
    NotFinite,
}

impl<V: Vector> ShortLanczos<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = like.zeros_like();
        Self {
            previous: zero.clone(),
            current: zero.clone(),
            next: zero,
            preconditioned: None,
            is_preconditioned: false,
            dimension: 0,
            start_norm: 0.0,
            diagonal: f64::NAN,
            off_diagonal: 0.0,
            before: 0.0,
        }
    }

    /// Starts anew from b.
    pub fn begin(&mut self, b: &V) -> LanczosStep {
        self.reset(b);
        self.is_preconditioned = false;
        self.off_diagonal = self.next.norm();
        self.begun()
    }

    /// Starts anew from b with the preconditioner `m`.
    pub(super) fn begin_preconditioned(
        &mut self,
        b: &V,
        m: &dyn LinearOperator<V>,
    ) -> Result<LanczosStep, Interrupt> {
        self.reset(b);
        self.is_preconditioned = true;
        let [_, v] = self.preconditioned.get_or_insert_with(|| [b.zeros_like(), b.zeros_like()]);
        let step = measure(&self.next, v, m, &mut self.off_diagonal)?;
        Ok(if step == LanczosStep::Done { self.begun() } else { step })
    }

    fn reset(&mut self, b: &V) {
        self.dimension = 0;
        self.current.fill(0.0);
        self.next.copy_from(b);
        self.diagonal = f64::NAN;
    }

    fn begun(&mut self) -> LanczosStep {
        self.start_norm = self.off_diagonal;
        if !self.start_norm.is_finite() {
            return LanczosStep::NotFinite;
        }
        self.normalize();
        LanczosStep::Done
    }

    fn normalize(&mut self) {
        if self.off_diagonal > 0.0 {
            self.next.scale(1.0 / self.off_diagonal);
            if let (true, Some([_, v])) = (self.is_preconditioned, &mut self.preconditioned) {
                v.scale(1.0 / self.off_diagonal);
            }
        }
    }

    /// One product with A. Of no use once the process is [`exhausted`](Self::exhausted).
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn step(&mut self, a: &impl LinearOperator<V>) -> Result<LanczosStep, Interrupt> {
        self.step_preconditioned(a, None)
    }

    /// One product with A and one with the preconditioner that the process was begun with.
    pub(super) fn step_preconditioned(
        &mut self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
    ) -> Result<LanczosStep, Interrupt> {
        std::mem::swap(&mut self.previous, &mut self.current);
        std::mem::swap(&mut self.current, &mut self.next);
        self.before = self.off_diagonal;
        if let Some([v, v_next]) = &mut self.preconditioned {
            std::mem::swap(v, v_next);
        }
        let (u, w) = (&self.current, &mut self.next);
        let v = match &self.preconditioned {
            Some([v, _]) if self.is_preconditioned => v,
            _ => u,
        };
        a.apply(v, w)?;
        self.diagonal = if self.dimension > 0 {
            w.axpby_dot(-self.before, &self.previous, 1.0, v)
        } else {
            v.dot(w)
        };
        w.axpy(-self.diagonal, u);
        self.dimension += 1;
        match (m, &mut self.preconditioned) {
            (Some(m), Some([_, v_next])) => {
                let step = measure(w, v_next, m, &mut self.off_diagonal)?;
                if step != LanczosStep::Done {
                    return Ok(step);
                }
            }
            _ => self.off_diagonal = w.norm(),
        }
        if !(self.diagonal.is_finite() && self.off_diagonal.is_finite()) {
            return Ok(LanczosStep::NotFinite);
        }
        // What rounding leaves where the space is invariant.
        let scale = self.diagonal.abs() + self.off_diagonal_before();
        if self.off_diagonal <= 10.0 * V::EPSILON * scale {
            self.off_diagonal = 0.0;
        }
        self.normalize();
        Ok(LanczosStep::Done)
    }

    /// The number j of steps made.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// `|b|`, or `sqrt(b'M b)`.
    pub fn start_norm(&self) -> f64 {
        self.start_norm
    }

    /// `delta_j`, the last entry on the diagonal of T; NaN before the first step.
    pub fn diagonal(&self) -> f64 {
        self.diagonal
    }

    /// `gamma_{j+1}`, which leads out of the space; before the first step, the norm of b.
    pub fn off_diagonal(&self) -> f64 {
        self.off_diagonal
    }

    /// `gamma_j`, the one before.
    pub fn off_diagonal_before(&self) -> f64 {
        if self.dimension > 1 { self.before } else { 0.0 }
    }

    /// Whether there is no next vector: the space is invariant to rounding, or b is zero.
    pub fn exhausted(&self) -> bool {
        self.off_diagonal == 0.0
    }

    /// `v_j`, which the last step multiplied by A.
    pub fn vector(&self) -> &V {
        match &self.preconditioned {
            Some([v, _]) if self.is_preconditioned => v,
            _ => &self.current,
        }
    }
}

/// `v = M w`, and `norm = sqrt(w'M w)`.
fn measure<V: Vector>(
    w: &V,
    v: &mut V,
    m: &dyn LinearOperator<V>,
    norm: &mut f64,
) -> Result<LanczosStep, Interrupt> {
    m.apply(w, v)?;
    let square = w.dot(v);
    if !square.is_finite() {
        return Ok(LanczosStep::NotFinite);
    }
    // Rounding may leave a tiny negative product where w is all but zero.
    if square < -V::EPSILON * w.norm() * v.norm() || square == 0.0 && w.norm() > 0.0 {
        return Ok(LanczosStep::IndefinitePreconditioner);
    }
    *norm = square.max(0.0).sqrt();
    Ok(LanczosStep::Done)
}
