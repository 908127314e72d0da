//! Heavy-ball momentum.

#[cfg(feature = "by-name")]
use serde_json::json;

#[cfg(feature = "by-name")]
use super::closed_form::{ClosedForm, power};
use super::fixed_step::{FixedStep, check_rate, check_step, once_a_step};
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Heavy-ball momentum: `v <- momentum v + grad f(x)`, `x <- x - step v`, from `v = 0`.
///
/// For a fixed step this is Polyak's `x_{k+1} = x_k - step g_k + momentum (x_k - x_{k-1})`, and
/// PyTorch's `SGD(momentum=...)` without dampening. On a quadratic with eigenvalues in `[l, L]`
/// the best is `step = 4 / (sqrt(L) + sqrt(l))^2`,
/// `momentum = ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))^2`, which multiplies the distance to the
/// minimizer by about `sqrt(momentum)` an iteration.
///
/// Source: Polyak, Some methods of speeding up the convergence of iteration methods (1964).
///
/// ```
/// use ravine::methods::Momentum;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[9.0 * x[0], x[1]]);
///     (9.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], Momentum { step: 0.25, momentum: 0.25 }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Momentum {
    /// The step. Default `1e-3`.
    #[range("positive and finite")]
    pub step: f64,
    /// The share of the velocity that is kept, in `[0, 1)`. Default `0.9`.
    #[range("in [0, 1)")]
    pub momentum: f64,
}

impl Default for Momentum {
    fn default() -> Self {
        Self { step: 1e-3, momentum: 0.9 }
    }
}

/// The state of [`Momentum`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct MomentumState<V> {
    points: FixedStep<V>,
    velocity: V,
}

#[cfg(feature = "by-name")]
impl Momentum {
    /// `p_{k+1} = (1 + b - a lambda) p_k - b p_{k-1}`, with Polyak's
    /// `a = 4 / (sqrt(L) + sqrt(mu))^2` and `b = ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu)))^2`.
    pub(super) const CLOSED_FORM: ClosedForm = ClosedForm {
        settings: |mu, l| {
            let (a, b) = polyak(mu, l);
            json!({ "step": a, "momentum": b })
        },
        polynomial: |mu, l, k, lambda| {
            let (a, b) = polyak(mu, l);
            power([[1.0 + b - a * lambda, -b], [1.0, 0.0]], k)
        },
    };
}

/// Step and momentum for eigenvalues from `mu` to `l`.
#[cfg(feature = "by-name")]
fn polyak(mu: f64, l: f64) -> (f64, f64) {
    let sum = l.sqrt() + mu.sqrt();
    (4.0 / (sum * sum), ((l.sqrt() - mu.sqrt()) / sum).powi(2))
}

impl Momentum {
    fn plan<V: Vector>(&self, state: &mut MomentumState<V>) {
        let MomentumState { points, velocity } = state;
        points.plan(|now, next| {
            velocity.axpby(1.0, &now.gradient, self.momentum);
            next.point_along(&now.x, -self.step, velocity);
        });
    }
}

once_a_step!(Momentum: Vector, points);

impl<O: Gradient + ?Sized> Method<O> for Momentum {
    type State = MomentumState<O::Point>;

    fn name(&self) -> &'static str {
        "momentum"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        check_step(self.step)?;
        check_rate("momentum", self.momentum)?;
        Ok(MomentumState { points: FixedStep::start(oracle, x0)?, velocity: x0.zeros_like() })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        state.points.arrive_until_still(oracle, self.step)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.points.iterate()
    }

    fn monotone(&self) -> bool {
        false
    }
}
