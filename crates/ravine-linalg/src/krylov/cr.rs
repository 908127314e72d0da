//! Conjugate residuals.

use super::minimal_residual::{
    Advance, MinimalResidualMethod, MinimalResidualRecurrence, MinimalResidualSolver,
    MinimalResidualWork, System,
};
use super::report::{Begun, Estimates, begin, scale_into_range};
use super::{SolveEnd, SolveInfo, Start};
use crate::error::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Conjugate residuals for `A x = b` with symmetric positive (semi)definite A:
///
/// ```text
/// alpha = r'Ar / |Ap|^2,   x += alpha p,   r -= alpha A p
/// beta = r'Ar / r_old'A r_old,   p = r + beta p,   A p = A r + beta A p
/// ```
///
/// The iterates are those of [`Minres`](super::Minres): of all x in the Krylov space, the smallest
/// residual, by simpler recurrences. Besides the residual, the error and the quadratic
/// `x'Ax/2 - b'x` fall and `|x|` grows, all monotonically, which makes it a truncated solver for Newton steps
/// whose every iterate is a descent direction. A residual with `r'Ar <= 0` (to rounding) proves that
/// A is not definite and ends the iteration: go on with MINRES.
///
/// One product and about `12 n` operations an iteration; five vectors.
///
/// Source: Stiefel (1955); Fong and Saunders, CG versus MINRES: an empirical comparison (2012),
/// section 2.
///
/// ```
/// use ravine_linalg::krylov::{ConjugateResiduals, CrWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// let a: Matrix = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
/// let b = vec![1.0, 2.0];
/// let (mut x, mut work) = (b.clone(), CrWork::new(&b));
/// let info = ConjugateResiduals::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!((info.end, info.iterations), (SolveEnd::Converged, 2));
/// assert!((x[0] - 1.0 / 11.0).abs() < 1e-14 && (x[1] - 7.0 / 11.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub type ConjugateResiduals = MinimalResidualSolver<CrMethod>;

/// The vectors of [`ConjugateResiduals`] and their history, kept for the next solve.
pub type CrWork<V> = MinimalResidualWork<V, Recurrence<V>>;

/// That a [`MinimalResidualSolver`] is [`ConjugateResiduals`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrMethod;

impl MinimalResidualMethod for CrMethod {
    type Recurrence<V: Vector> = Recurrence<V>;
}

impl ConjugateResiduals {
    /// [`solve`](Self::solve), and shows every iterate.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut CrWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        self.run(&System { a, m: None, b }, x, work, Some(observe))
    }
}

/// The conjugate directions.
#[derive(Clone, Debug)]
pub struct Recurrence<V> {
    residual_product: V,
    direction: V,
    direction_product: V,
    /// What r, p and their products are multiplied by.
    scale: f64,
    /// `r'Ar` of the iteration before.
    before: Option<f64>,
    /// `|r|`, of the last iterate.
    residual: f64,
    /// `|A r|` of the iterate before.
    normal_residual: f64,
    /// `|x|`.
    solution: f64,
    /// The extremes of `|A r| / |r|`: lower bounds of `|A|` and of its condition number.
    widest: f64,
    narrowest: f64,
}

impl<V: Vector> MinimalResidualRecurrence<V> for Recurrence<V> {
    fn new(like: &V) -> Self {
        let zero = || like.zeros_like();
        Self {
            residual_product: zero(),
            direction: zero(),
            direction_product: zero(),
            scale: 1.0,
            before: None,
            residual: 0.0,
            normal_residual: f64::NAN,
            solution: 0.0,
            widest: 0.0,
            narrowest: f64::INFINITY,
        }
    }

    fn begin(
        &mut self,
        start: Start,
        &System { a, b, .. }: &System<'_, V, impl LinearOperator<V>>,
        x: &mut V,
        r: &mut V,
    ) -> Result<Begun, Interrupt> {
        let begun = begin(start, a, b, x, r)?;
        self.scale = scale_into_range(begun.norm);
        if self.scale != 1.0 {
            r.scale(self.scale);
        }
        self.before = None;
        (self.residual, self.normal_residual, self.solution) = (begun.norm, f64::NAN, x.norm());
        (self.widest, self.narrowest) = (0.0, f64::INFINITY);
        Ok(begun)
    }

    fn estimates(&self) -> Estimates {
        Estimates {
            residual: self.residual,
            normal_residual: self.normal_residual,
            solution: self.solution,
            operator: self.widest,
            condition: self.widest / self.narrowest,
        }
    }

    fn advance(
        &mut self,
        &System { a, .. }: &System<'_, V, impl LinearOperator<V>>,
        normal_tolerance: f64,
        x: &mut V,
        r: &mut V,
    ) -> Result<Advance, Interrupt> {
        let Self { residual_product: ar, direction: p, direction_product: ap, .. } = self;
        let r_norm = self.residual * self.scale;
        a.apply(r, ar)?;
        let rar = r.dot(ar);
        let normal = ar.norm();
        self.normal_residual = normal / self.scale;
        if !rar.is_finite() || !normal.is_finite() {
            return Ok(Advance::Refused(SolveEnd::NotFinite));
        }
        self.widest = self.widest.max(normal / r_norm);
        self.narrowest = self.narrowest.min(normal / r_norm);
        if normal <= normal_tolerance * self.widest * r_norm {
            return Ok(Advance::Refused(SolveEnd::LeastSquares));
        }
        if rar <= V::EPSILON * r_norm * normal {
            return Ok(Advance::Refused(SolveEnd::NotDefinite));
        }
        let beta = self.before.map_or(0.0, |before| rar / before);
        p.axpby(1.0, r, beta);
        ap.axpby(1.0, ar, beta);
        // Not by the square, which may leave the range of numbers.
        let ap_norm = ap.norm();
        let alpha = rar / ap_norm / ap_norm;
        x.axpy(alpha / self.scale, p);
        r.axpy(-alpha, ap);
        self.before = Some(rar);
        self.residual = r.norm() / self.scale;
        self.solution = x.norm();
        Ok(Advance::Done)
    }
}
