//! The step of the curvature itself.

use super::{Damped, Free, Local, Solution, Step};
use crate::curvature::{Factorization, Model};
use crate::settings::Described;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// `p = -B^-1 g`: by what the curvature keeps (the inverse of BFGS, the pairs of L-BFGS, the QR
/// factors of a Jacobian), or else by a factorization of its matrix.
///
/// ```
/// use ravine::curvature::{DenseCurvature, Factorization};
/// use ravine::line_search::LineSearch;
/// use ravine::methods::Composition;
/// use ravine::step::Solve;
///
/// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let method = Composition {
///     curvature: DenseCurvature,
///     step: Solve { factorization: Factorization::Shift },
///     trust: LineSearch::default(),
/// };
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Solve {
    /// How a matrix is factorized, and made definite. Default: modified Cholesky.
    pub factorization: Factorization,
}

/// What is kept of the last solution: the way down, where there is one.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SolveMemory<V> {
    downhill: Option<(V, f64)>,
}

impl Solve {
    #[inline]
    fn shifted<V: Vector, B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        shift: f64,
        memory: &mut SolveMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let &Local { x, gradient, watch, .. } = local;
        let Some(solved) = b.descend(self.factorization, shift, x, gradient, step, watch)? else {
            let message = "the step `solve` needs a curvature that is a matrix or can be solved \
                           with; one of products alone takes `cg`";
            return Err(Interrupt::Function(message.into()));
        };
        memory.downhill = solved.downhill;
        // The minimum of g'd + d'Bd/2 is at d = -B^-1 g, and -g'd/2 lower.
        let predicted = -0.5 * solved.slope;
        let measures = Some((solved.slope, solved.length));
        Ok(Some(Solution { predicted, work: 1, measures, ..Solution::default() }))
    }
}

impl<V: Vector> Step<V, Free> for Solve {
    type Memory = SolveMemory<V>;

    fn memory(&self, _like: &V) -> SolveMemory<V> {
        SolveMemory { downhill: None }
    }

    #[inline]
    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        _reach: Free,
        memory: &mut SolveMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        self.shifted(b, local, 0.0, memory, step)
    }

    fn escape(&self, memory: &mut SolveMemory<V>) -> Option<(V, f64)> {
        memory.downhill.take()
    }
}

/// With the damping lambda added to B. The decrease is that of the model without it, `(p'Bp/2 +
/// lambda |p|^2)`.
impl<V: Vector> Step<V, Damped> for Solve {
    type Memory = SolveMemory<V>;

    fn memory(&self, _like: &V) -> SolveMemory<V> {
        SolveMemory { downhill: None }
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        Damped(lambda): Damped,
        memory: &mut SolveMemory<V>,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let solution = self.shifted(b, local, lambda, memory, step)?;
        Ok(solution.map(|s| Solution {
            predicted: s.predicted + 0.5 * lambda * step.dot(step),
            multiplier: lambda,
            ..s
        }))
    }
}
