//! Nesterov's accelerated gradient.

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

/// Nesterov's accelerated gradient: from `y_0 = x_0`,
///
/// ```text
/// x_{k+1} = y_k - step grad f(y_k)
/// y_{k+1} = x_{k+1} + beta_k (x_{k+1} - x_k)
/// ```
///
/// The iterate that a run reports is `y_k`, where value and gradient are known, so that an
/// iteration costs one evaluation; [`NesterovState::x`] is `x_k`.
///
/// For convex f with an L-Lipschitz gradient, `step <= 1 / L` and the convex schedule,
/// `f(x_k) - f* <= 2 |x_0 - x*|^2 / (step (k + 1)^2)`. For l-strongly convex f, the constant
/// `beta = (1 - sqrt(l step)) / (1 + sqrt(l step))` converges like `(1 - sqrt(l step))^k`.
///
/// Sources: Nesterov, A method of solving a convex programming problem with convergence rate
/// O(1/k^2) (1983); Beck and Teboulle (2009), section 4, for the schedule and the bound;
/// O'Donoghue and Candes, Adaptive restart for accelerated gradient schemes (2015).
///
/// ```
/// use ravine::methods::{Nesterov, Restart, Schedule};
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let method = Nesterov { step: 0.01, schedule: Schedule::Convex, restart: Restart::Gradient };
/// let outcome = minimize(&f, vec![1.0, 1.0], method).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nesterov {
    /// The step. Default `1e-3`.
    #[range("positive and finite")]
    pub step: f64,
    /// How `beta_k` is chosen. Default [`Schedule::Convex`].
    pub schedule: Schedule,
    /// When the momentum is dropped. Default [`Restart::Never`].
    pub restart: Restart,
}

/// The momentum of [`Nesterov`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// `beta_k = (t_k - 1) / t_{k+1}` with `t_0 = 1`, `t_{k+1} = (1 + sqrt(1 + 4 t_k^2)) / 2`.
    #[default]
    Convex,
    /// The same `beta` in `[0, 1)` always.
    Constant(f64),
}

/// When [`Nesterov`] starts its momentum anew.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Never.
    #[default]
    Never,
    /// Where the step opposes the descent: `grad f(y_k)'(x_{k+1} - x_k) > 0`.
    Gradient,
}

impl Default for Nesterov {
    fn default() -> Self {
        Self { step: 1e-3, schedule: Schedule::Convex, restart: Restart::Never }
    }
}

/// The state of [`Nesterov`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NesterovState<V> {
    /// `y_k`.
    points: FixedStep<V>,
    /// `x_k`.
    x: V,
    /// `x_{k+1} - x_k`, in the middle of a step.
    difference: V,
    t: f64,
}

impl<V> NesterovState<V> {
    /// `x_k`, the end of the last gradient step.
    pub fn x(&self) -> &V {
        &self.x
    }
}

#[cfg(feature = "by-name")]
impl Nesterov {
    /// At constant momentum, `a = 1 / L` and
    /// `b = (sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu))`: `x_{k+1} = (1 - a lambda) y_k`,
    /// `y_{k+1} = x_{k+1} + b (x_{k+1} - x_k)`, the gradient being that at y.
    pub(super) const CLOSED_FORM: ClosedForm = ClosedForm {
        settings: |mu, l| json!({ "step": 1.0 / l, "schedule": { "constant": constant_momentum(mu, l) } }),
        polynomial: |mu, l, k, lambda| {
            let (b, s) = (constant_momentum(mu, l), 1.0 - lambda / l);
            power([[(1.0 + b) * s, -b], [s, 0.0]], k)
        },
    };
}

#[cfg(feature = "by-name")]
fn constant_momentum(mu: f64, l: f64) -> f64 {
    (l.sqrt() - mu.sqrt()) / (l.sqrt() + mu.sqrt())
}

impl Nesterov {
    fn plan<V: Vector>(&self, state: &mut NesterovState<V>) {
        let NesterovState { points, x, difference, t } = state;
        points.plan(|now, next| {
            difference.point_along(&now.x, -self.step, &now.gradient);
            difference.axpy(-1.0, x);
            if self.restart == Restart::Gradient && now.gradient.dot(difference) > 0.0 {
                *t = 1.0;
                // The gradient step from y_k stays, its momentum goes.
                x.axpy(1.0, difference);
                next.copy_from(x);
                return;
            }
            let beta = match self.schedule {
                Schedule::Constant(beta) => beta,
                Schedule::Convex => {
                    let before = *t;
                    *t = (1.0 + (1.0 + 4.0 * before * before).sqrt()) / 2.0;
                    (before - 1.0) / *t
                }
            };
            x.axpy(1.0, difference);
            next.point_along(x, beta, difference);
        });
    }
}

once_a_step!(Nesterov: Vector, points);

impl<O: Gradient + ?Sized> Method<O> for Nesterov {
    type State = NesterovState<O::Point>;

    fn name(&self) -> &'static str {
        "nesterov"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        check_step(self.step)?;
        if let Schedule::Constant(beta) = self.schedule {
            check_rate("schedule", beta)?;
        }
        let points = FixedStep::start(oracle, x0)?;
        Ok(NesterovState { points, x: x0.clone(), difference: x0.zeros_like(), t: 1.0 })
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
