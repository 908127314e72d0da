//! Gradient descent with a fixed step.

#[cfg(feature = "by-name")]
use serde_json::json;

#[cfg(feature = "by-name")]
use super::closed_form::ClosedForm;
use super::fixed_step::{FixedStep, check_step, once_a_step};
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Gradient descent with a fixed step, `x <- x - step grad f(x)`.
///
/// On a quadratic with eigenvalues in `[l, L]` it converges for steps below `2 / L`; the best,
/// `2 / (l + L)`, multiplies the distance to the minimizer by `(kappa - 1) / (kappa + 1)` an
/// iteration, with the condition number `kappa = L / l`.
///
/// Over batches of a sum ([`minimize_sum`](crate::minimize::minimize_sum)) it is stochastic gradient
/// descent.
///
/// Source: Nocedal and Wright (2006), section 3.3.
///
/// ```
/// use ravine::methods::GradientDescent;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[9.0 * x[0], x[1]]);
///     (9.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], GradientDescent { step: 0.2 }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GradientDescent {
    /// The step. Default `1e-3`.
    #[range("positive and finite")]
    pub step: f64,
}

impl Default for GradientDescent {
    fn default() -> Self {
        Self { step: 1e-3 }
    }
}

#[cfg(feature = "by-name")]
impl GradientDescent {
    /// `p_k(lambda) = (1 - a lambda)^k`, with `a = 2 / (L + mu)`.
    pub(super) const CLOSED_FORM: ClosedForm = ClosedForm {
        settings: |mu, l| json!({ "step": 2.0 / (l + mu) }),
        polynomial: |mu, l, k, lambda| (1.0 - 2.0 / (l + mu) * lambda).abs().powf(k as f64),
    };
}

impl GradientDescent {
    fn plan<V: Vector>(&self, state: &mut FixedStep<V>) {
        state.plan(|now, next| next.point_along(&now.x, -self.step, &now.gradient));
    }
}

once_a_step!(GradientDescent: Vector);

impl<O: Gradient + ?Sized> Method<O> for GradientDescent {
    type State = FixedStep<O::Point>;

    fn name(&self) -> &'static str {
        "gd"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        check_step(self.step)?;
        Ok(FixedStep::start(oracle, x0)?)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        state.arrive_until_still(oracle, self.step)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.iterate()
    }

    fn monotone(&self) -> bool {
        false
    }
}
