//! Conjugate gradients, cut off.

use super::forcing::{Forcing, add_negative_curvature};
use super::{Damped, Free, Local, Solution, Step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, TrueResidual};
use ravine_linalg::operator::{LinearOperator, Shifted};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// Conjugate gradients on `B p = -g`, until the residual is `eta |g|` with the forcing terms eta of
/// Eisenstat and Walker (choice 2), which make the convergence superlinear, or a direction has no
/// positive curvature: that direction is added then, as long as it would be if its curvature were
/// positive.
///
/// Source: Nocedal and Wright (2006), algorithm 7.1; Eisenstat and Walker, Choosing the forcing terms
/// in an inexact Newton method (1996).
///
/// ```
/// use ravine::curvature::ExactCurvature;
/// use ravine::line_search::LineSearch;
/// use ravine::methods::Composition;
/// use ravine::step::TruncatedCg;
///
/// let f = ravine::objective!(3, |x| x[0].cosh() + 3.0 * x[1].cosh() + x[2] * x[2]);
/// let (curvature, step, trust) = (ExactCurvature, TruncatedCg::default(), LineSearch::default());
/// let outcome = ravine::minimize(&f, vec![1.0; 3], Composition { curvature, step, trust }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TruncatedCg {
    /// The largest forcing term: the residual of the first step, relative to the gradient.
    /// Default 0.5.
    #[range("in (0, 1)")]
    pub forcing: f64,
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
}

impl Default for TruncatedCg {
    fn default() -> Self {
        Self { forcing: 0.5, products: None }
    }
}

/// What conjugate gradients keep: the last forcing term, and room.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct CgMemory<V> {
    forcing: Forcing,
    #[serde(skip)]
    work: Option<(V, CgWork<V>)>,
}

impl<V> CgMemory<V> {
    fn new() -> Self {
        Self { forcing: Forcing::default(), work: None }
    }
}

/// Checks what steps by conjugate gradients have in common.
pub(super) fn check(forcing: f64, products: Option<usize>) -> Result<(), ArgumentError> {
    ArgumentError::check(forcing > 0.0 && forcing < 1.0, "forcing", forcing, "in (0, 1)")?;
    ArgumentError::check(products != Some(0), "products", 0, "at least 1")
}

impl TruncatedCg {
    fn solve<V: Vector>(
        &self,
        b: &(impl LinearOperator<V> + ?Sized),
        gradient: &V,
        memory: &mut CgMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let norm = gradient.norm();
        let eta = memory.forcing.term(norm, self.forcing);
        let (right, work) =
            memory.work.get_or_insert_with(|| (step.zeros_like(), CgWork::new(step)));
        right.axpby(-1.0, gradient, 0.0);
        let cg = ConjugateGradient {
            tolerance: eta,
            iterations: Some(self.products.unwrap_or(2 * right.dimension() + 10)),
            true_residual: TrueResidual::Skipped,
            ..Default::default()
        };
        let info = cg.solve(&b, right, step, work)?;
        let mut predicted = info.decrease;
        if info.end == CgEnd::NegativeCurvature {
            let rr = info.residual_norm * info.residual_norm;
            predicted += add_negative_curvature(step, work.direction(), work.product(), rr);
        }
        memory.forcing.record(norm, eta);
        Ok(Some(Solution { predicted, work: info.products, residual: eta, ..Solution::default() }))
    }
}

impl<V: Vector> Step<V, Free> for TruncatedCg {
    type Memory = CgMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        check(self.forcing, self.products)
    }

    fn memory(&self, _like: &V) -> CgMemory<V> {
        CgMemory::new()
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        _reach: Free,
        memory: &mut CgMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        self.solve(b, local.gradient, memory, step)
    }
}

/// With the damping lambda added to B.
impl<V: Vector> Step<V, Damped> for TruncatedCg {
    type Memory = CgMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        check(self.forcing, self.products)
    }

    fn memory(&self, _like: &V) -> CgMemory<V> {
        CgMemory::new()
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        Damped(lambda): Damped,
        memory: &mut CgMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let damped = match Shifted::new(&*b, lambda) {
            Ok(damped) => damped,
            Err(_) => return Ok(None),
        };
        let solution = self.solve(&damped, local.gradient, memory, step)?;
        Ok(solution.map(|s| Solution {
            predicted: s.predicted + 0.5 * lambda * step.dot(step),
            multiplier: lambda,
            ..s
        }))
    }
}
