//! What the least-squares solvers by bidiagonalization have in common: settings, room, the run.

use super::golub_kahan::GolubKahan;
use super::report::{Estimates, check_tolerance, most};
use super::{SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::Adjoint;
use crate::vector::Vector;

/// A solver of `min |b - A x|^2 + damping^2 |x|^2` by the bidiagonalization of Golub and Kahan,
/// `A V = U B`, with the recurrence M that makes x of it: [`Lsqr`](super::Lsqr) or
/// [`Lsmr`](super::Lsmr).
///
/// Of the three stops, the first that holds is the end: see the tolerances and the limit; each also
/// where rounding leaves nothing to gain.
///
/// Source: Paige and Saunders, LSQR: an algorithm for sparse linear equations and sparse least
/// squares (1982), section 6.
///
/// ```
/// use ravine_linalg::krylov::{Lsmr, Lsqr};
///
/// let lsqr = Lsqr { damping: 0.5, tolerance: 1e-10, ..Default::default() };
/// assert!(lsqr.validate().is_ok());
/// assert!(Lsmr { damping: -1.0, ..Default::default() }.validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeastSquaresSolver<M> {
    /// The damping. Default 0.
    pub damping: f64,
    /// How exactly A is known, relative to its norm: stop where x solves a least-squares problem with
    /// a matrix that near, `|A'r| <= operator_tolerance |A| |r|`. Default `1e-12`.
    pub operator_tolerance: f64,
    /// How exactly b is known, relative to its norm: stop where
    /// `|r| <= tolerance |b| + operator_tolerance |A| |x|`. Default `1e-8`.
    pub tolerance: f64,
    /// Stop where the estimated condition number of A is beyond this; a regularization of a kind.
    /// Default `1e15`.
    pub condition_limit: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start; with a damping, only at zero. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
    /// Which method it is; nothing to set.
    #[serde(skip)]
    pub method: M,
}

impl<M: Default> Default for LeastSquaresSolver<M> {
    fn default() -> Self {
        Self {
            damping: 0.0,
            operator_tolerance: 1e-12,
            tolerance: 1e-8,
            condition_limit: 1e15,
            iterations: None,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
            method: M::default(),
        }
    }
}

/// A method: which recurrence it makes x by.
pub trait BidiagonalMethod: Default {
    /// For vectors V.
    type Recurrence<V: Vector>: BidiagonalRecurrence<V>;
}

/// What a method makes of the bidiagonalization, one step after another.
pub trait BidiagonalRecurrence<V: Vector> {
    /// Room for vectors of the shape of x.
    fn new(x: &V) -> Self;

    /// Starts with what the bidiagonalization has begun with; gives what is known of `x = 0`.
    fn begin(&mut self, bidiagonal: &GolubKahan<V>) -> Estimates;

    /// Takes in the last step and moves x; gives what is known of the new one.
    fn advance(&mut self, bidiagonal: &GolubKahan<V>, damping: f64, x: &mut V) -> Estimates;
}

/// The vectors of a [`LeastSquaresSolver`] and its histories, kept for the next solve.
#[derive(Clone, Debug)]
pub struct LeastSquaresWork<V, R> {
    bidiagonal: GolubKahan<V>,
    recurrence: R,
    history: Vec<f64>,
    normal_history: Vec<f64>,
}

impl<V: Vector, R: BidiagonalRecurrence<V>> LeastSquaresWork<V, R> {
    /// Room for vectors of the shapes of b and of x.
    pub fn new(b: &V, x: &V) -> Self {
        Self {
            bidiagonal: GolubKahan::new(b, x),
            recurrence: R::new(x),
            history: Vec::new(),
            normal_history: Vec::new(),
        }
    }

    /// The norm of the (damped) residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// `|A'r|` by the recurrence, at the start and after every iteration.
    pub fn normal_history(&self) -> &[f64] {
        &self.normal_history
    }
}

impl<M: BidiagonalMethod> LeastSquaresSolver<M> {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let Self { damping, condition_limit, start, .. } = *self;
        let allowed = damping >= 0.0 && damping.is_finite();
        ArgumentError::check(allowed, "damping", damping, "at least 0 and finite")?;
        check_tolerance("operator_tolerance", self.operator_tolerance)?;
        check_tolerance("tolerance", self.tolerance)?;
        let allowed = condition_limit > 1.0;
        ArgumentError::check(allowed, "condition_limit", condition_limit, "greater than 1")?;
        let allowed = damping == 0.0 || start == Start::Zero;
        ArgumentError::check(allowed, "start", start, "zero where there is a damping")
    }

    /// Solves the problem; x has as many entries as A has columns.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl Adjoint<V>,
        b: &V,
        x: &mut V,
        work: &mut LeastSquaresWork<V, M::Recurrence<V>>,
    ) -> Result<SolveInfo, Interrupt> {
        self.solve_observed(a, b, x, work, &mut |_| ())
    }

    /// [`solve`](Self::solve), and shows every iterate.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl Adjoint<V>,
        b: &V,
        x: &mut V,
        work: &mut LeastSquaresWork<V, M::Recurrence<V>>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        let LeastSquaresWork { bidiagonal, recurrence, history, normal_history } = work;
        let begun = bidiagonal.begin(self.start, a, b, x)?;
        let mut products = begun.products;
        let most = most(self.iterations, x.dimension());
        let scale = bidiagonal.scale;
        let mut now = recurrence.begin(bidiagonal);
        history.clear();
        history.push(now.residual / scale);
        normal_history.clear();
        normal_history.push(now.normal_residual / scale);
        let mut iterations = 0;
        let mut end = loop {
            if let Some(end) = begun.trouble.or_else(|| self.end::<V>(begun.scale, scale, &now)) {
                break end;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            if !bidiagonal.step(a)? {
                break SolveEnd::NotFinite;
            }
            products += 2;
            now = recurrence.advance(bidiagonal, self.damping, x);
            iterations += 1;
            history.push(now.residual / scale);
            normal_history.push(now.normal_residual / scale);
            observe(x);
        };
        let true_residual_norm = match end {
            SolveEnd::NotFinite => None,
            _ => self.true_residual.measure(a, b, x, bidiagonal.room(), &mut products)?,
        };
        now.residual /= scale;
        now.normal_residual /= scale;
        // The damped residual is another one.
        let enough = self.enough(begun.scale, now.operator * now.solution);
        if end == SolveEnd::Converged
            && self.damping == 0.0
            && TrueResidual::refutes(true_residual_norm, enough)
        {
            end = SolveEnd::PrecisionLimit;
        }
        Ok(now.info(end, iterations, products, true_residual_norm))
    }

    /// The residual that is small enough.
    fn enough(&self, b_norm: f64, size: f64) -> f64 {
        self.tolerance * b_norm + self.operator_tolerance * size
    }

    /// The stop that holds now, with residuals multiplied by `scale`.
    fn end<V: Vector>(&self, b_norm: f64, scale: f64, now: &Estimates) -> Option<SolveEnd> {
        let (b_norm, size) = (b_norm * scale, now.operator * now.solution * scale);
        if now.residual <= self.true_residual.safely(self.enough(b_norm, size)) {
            Some(SolveEnd::Converged)
        } else if now.normal_residual <= self.operator_tolerance * now.operator * now.residual {
            Some(SolveEnd::LeastSquares)
        } else if now.residual <= V::EPSILON * (b_norm + size)
            || now.normal_residual <= V::EPSILON * now.operator * now.residual
        {
            Some(SolveEnd::PrecisionLimit)
        } else if now.condition >= self.condition_limit {
            Some(SolveEnd::ConditionLimit)
        } else {
            None
        }
    }
}
