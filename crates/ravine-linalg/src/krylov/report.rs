//! What the solvers have in common: where they start, how they end, what they tell.

use super::LanczosStep;
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Where an iterative solver starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// At zero, whatever x holds. Costs no product.
    #[default]
    Zero,
    /// At the x that was given: one product for its residual.
    Given,
}

/// Whether a solver ends with one more product, for the residual `b - A x` of what it gives back:
/// that of its recurrence drifts away from it by about `eps |A| |x|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrueResidual {
    /// It does.
    #[default]
    Measured,
    /// It does not, where products are dear.
    Skipped,
}

/// How a solver of `A x = b`, or of the least-squares problem `min |b - A x|`, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolveEnd {
    /// The residual is small enough.
    Converged,
    /// The residual is not small, but `A'r` is: x solves the least-squares problem.
    LeastSquares,
    /// The estimated condition number is beyond the limit set.
    ConditionLimit,
    /// The residual is within rounding of that of the exact solution: `|r| <= eps |A| |x|`; or that of
    /// the recurrence is small enough, but the one that a product shows is not.
    PrecisionLimit,
    /// The method needs a positive definite A, and this is not.
    NotDefinite,
    /// The preconditioner is not positive definite.
    IndefinitePreconditioner,
    /// The iterations are used up.
    IterationLimit,
    /// A product is not finite, or b is not.
    NotFinite,
}

impl SolveEnd {
    /// The end as one word: `converged`, `least_squares`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::LeastSquares => "least_squares",
            Self::ConditionLimit => "condition_limit",
            Self::PrecisionLimit => "precision_limit",
            Self::NotDefinite => "not_definite",
            Self::IndefinitePreconditioner => "indefinite_preconditioner",
            Self::IterationLimit => "iteration_limit",
            Self::NotFinite => "not_finite",
        }
    }
}

impl std::fmt::Display for SolveEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged: the residual is small enough",
            Self::LeastSquares => "converged: x solves the least-squares problem",
            Self::ConditionLimit => "the estimated condition number is beyond its limit",
            Self::PrecisionLimit => "precision limit: the residual is that of rounding",
            Self::NotDefinite => "the operator is not positive definite",
            Self::IndefinitePreconditioner => "the preconditioner is not positive definite",
            Self::IterationLimit => "iteration limit",
            Self::NotFinite => "a product with the operator is not finite",
        })
    }
}

/// What a solver did. Norms and the condition number are those of its recurrences; with a
/// preconditioner M, those of the residual are `|r|_M = sqrt(r'M r)`, and those of the operator
/// belong to `M^(1/2) A M^(1/2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveInfo {
    /// Why it ended.
    pub end: SolveEnd,
    /// Iterations made.
    pub iterations: usize,
    /// Products with A and with its adjoint.
    pub products: usize,
    /// `|r|`, of the damped problem where there is a damping.
    pub residual_norm: f64,
    /// The Euclidean norm of `b - A x` by a product, where the settings ask for it.
    pub true_residual_norm: Option<f64>,
    /// `|A'r|`, zero at a least-squares solution. Some methods know it one iteration late.
    pub normal_residual_norm: f64,
    /// `|x|`.
    pub solution_norm: f64,
    /// An estimate of the norm of A: symmetric methods give a lower bound, least-squares methods one of
    /// the Frobenius norm.
    pub operator_norm: f64,
    /// An estimate of the condition number of A, mostly too low.
    pub condition: f64,
}

/// What the recurrences of a solver know of where it is.
#[derive(Clone, Copy, Debug)]
pub struct Estimates {
    /// `|r|`.
    pub(super) residual: f64,
    /// `|A'r|`.
    pub(super) normal_residual: f64,
    /// `|x|`.
    pub(super) solution: f64,
    /// `|A|`.
    pub(super) operator: f64,
    /// The condition number of A.
    pub(super) condition: f64,
}

impl Estimates {
    /// The report of a run that ended here.
    pub(super) fn info(
        self,
        end: SolveEnd,
        iterations: usize,
        products: usize,
        true_residual_norm: Option<f64>,
    ) -> SolveInfo {
        SolveInfo {
            end,
            iterations,
            products,
            residual_norm: self.residual,
            true_residual_norm,
            normal_residual_norm: self.normal_residual,
            solution_norm: self.solution,
            operator_norm: self.operator,
            condition: self.condition,
        }
    }
}

/// Where a solver starts.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// `|b - A x|`, or that in the norm of the preconditioner.
    pub(super) norm: f64,
    /// `|b|` in the same norm, which tolerances are relative to.
    pub(super) scale: f64,
    pub(super) products: usize,
    pub(super) trouble: Option<SolveEnd>,
}

/// Sets x as `start` says; the residual there is left in `r`.
pub(super) fn begin<V: Vector>(
    start: Start,
    a: &impl LinearOperator<V>,
    b: &V,
    x: &mut V,
    r: &mut V,
) -> Result<Begun, Interrupt> {
    let scale = b.norm();
    let (norm, products) = if start == Start::Zero || scale == 0.0 {
        x.fill(0.0);
        r.copy_from(b);
        (scale, 0)
    } else {
        (residual_of(a, b, x, r)?, 1)
    };
    let finite = scale.is_finite() && norm.is_finite();
    Ok(Begun { norm, scale, products, trouble: (!finite).then_some(SolveEnd::NotFinite) })
}

/// The end that a step of the Lanczos process forces.
pub(super) fn trouble(step: LanczosStep) -> Option<SolveEnd> {
    match step {
        LanczosStep::Done => None,
        LanczosStep::IndefinitePreconditioner => Some(SolveEnd::IndefinitePreconditioner),
        LanczosStep::NotFinite => Some(SolveEnd::NotFinite),
    }
}

impl TrueResidual {
    /// The part of the tolerance at which the recurrence ends: where a product is to confirm it, the
    /// last bits are not to decide.
    pub(super) fn safely(self, tolerance: f64) -> f64 {
        if self == Self::Measured { 0.99 * tolerance } else { tolerance }
    }

    /// Whether what was measured is not small enough, where the recurrence is.
    pub(super) fn refutes(measured: Option<f64>, enough: f64) -> bool {
        measured.is_some_and(|norm| norm > enough)
    }

    /// The norm of `b - A x`, which is left in `r`, where it is wished for.
    pub(super) fn measure<V: Vector>(
        self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &V,
        r: &mut V,
        products: &mut usize,
    ) -> Result<Option<f64>, Interrupt> {
        match self {
            Self::Skipped => Ok(None),
            Self::Measured => {
                *products += 1;
                residual_of(a, b, x, r).map(Some)
            }
        }
    }
}

/// The iterations allowed where the settings do not say.
pub(super) fn most(iterations: Option<usize>, dimension: usize) -> usize {
    iterations.unwrap_or(10 * dimension + 10)
}

/// The norm of `r = b - A x`, which is left in `r`.
pub(super) fn residual_of<V: Vector>(
    a: &(impl LinearOperator<V> + ?Sized),
    b: &V,
    x: &V,
    r: &mut V,
) -> Result<f64, Interrupt> {
    a.apply(x, r)?;
    r.axpby(1.0, b, -1.0);
    Ok(r.norm())
}

/// A power of two that makes a residual of this norm one of norm about one, where squares of it, or
/// of products with an operator that is very large or small too, may leave the range of numbers; else
/// one. All that a method computes of the residual is multiplied by it without rounding.
pub(super) fn scale_into_range(norm: f64) -> f64 {
    let ordinary = 1e-30..1e30;
    if ordinary.contains(&norm) || norm == 0.0 || !norm.is_finite() {
        return 1.0;
    }
    2f64.powi(-(norm.log2() as i32).clamp(-1000, 1000))
}

/// Checks a relative tolerance.
pub(super) fn check_tolerance(name: &str, tolerance: f64) -> Result<(), ArgumentError> {
    let allowed = (0.0..1.0).contains(&tolerance);
    ArgumentError::check(allowed, name, tolerance, "at least 0 and less than 1")
}

/// The symmetric reflection with `[c s; s -c] [a; b] = [norm; 0]`: `(c, s, norm)`, `norm >= 0`.
///
/// Source: Golub and Van Loan (2013), section 5.1.8, in the form of Choi, Paige and Saunders (2011).
pub(super) fn reflection(a: f64, b: f64) -> (f64, f64, f64) {
    let norm = a.hypot(b);
    if norm == 0.0 { (1.0, 0.0, 0.0) } else { (a / norm, b / norm, norm) }
}
