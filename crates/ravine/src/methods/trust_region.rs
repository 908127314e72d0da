//! Trust-region methods.

use crate::curvature::Belief;
use crate::minimize::{Method, Step};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::trust_region::{self, Radius, Subproblem, TrustState};
use ravine_linalg::{Interrupt, StartError};

/// Minimizes the model `f + g'p + p'Bp/2` over `|p| <= radius`, moves where the function agrees
/// with it, and lets the radius follow the agreement.
///
/// The kind of `step` says what the model is made of and how it is minimized.
///
/// | `step` | needs | |
/// |---|---|---|
/// | [`Cauchy`](crate::trust_region::Cauchy) | Hessian products | the best point along `-g` |
/// | [`Dogleg`](crate::trust_region::Dogleg) | dense Hessians | from there towards Newton's point |
/// | [`Steihaug`](crate::trust_region::Steihaug) | Hessian products | CG up to the radius |
/// | [`Gltr`](crate::trust_region::Gltr) | Hessian products | the best in a Krylov space |
/// | [`MoreSorensen`](crate::trust_region::MoreSorensen) | dense Hessians | the best, hard case included |
/// | [`Tron`](crate::trust_region::Tron) | Hessian products | CG on the free variables, within bounds |
///
/// Where a decrease is lost in the rounding of the value, the agreement is measured on the
/// gradients instead, so that a run ends at the accuracy of the gradient, not of the value.
///
/// Source: Nocedal and Wright (2006), chapter 4; Conn, Gould and Toint, Trust-Region Methods
/// (2000).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::TrustRegion;
/// use ravine::minimize::minimize;
/// use ravine::objective::from_hessian;
/// use ravine::trust_region::MoreSorensen;
///
/// // f = x^2 - y^2 + y^4 / 2, from its saddle: there is no gradient, but there is curvature.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[2.0 * x[0], -2.0 * x[1] + 2.0 * x[1].powi(3)]);
///         x[0] * x[0] - x[1] * x[1] + 0.5 * x[1].powi(4)
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 2.0;
///         h[(1, 1)] = -2.0 + 6.0 * x[1] * x[1];
///     },
/// );
/// let outcome = minimize(&f, vec![0.0, 0.0], TrustRegion::<MoreSorensen>::default()).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.value + 0.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustRegion<S> {
    /// The kind of step, with its settings.
    pub step: S,
    /// How the radius is set.
    pub radius: Radius,
}

impl<O, S> Method<O> for TrustRegion<S>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    type State = TrustState<O::Point, S::Model>;

    fn name(&self) -> &'static str {
        self.step.name()
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        trust_region::start(&self.step, &self.radius, oracle, x0)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        trust_region::step(&self.step, &self.radius, oracle, state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.iterate
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        Belief::radius(state.trust())
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        trust_region::predicted_decrease(&self.step, oracle, state)
    }

    fn keeps_bounds(&self) -> bool {
        self.step.keeps_bounds()
    }
}
