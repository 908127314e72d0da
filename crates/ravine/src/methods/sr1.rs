//! The symmetric rank-one update in a trust region.

use crate::curvature::DenseSr1;
use crate::curvature::{Belief, Source};
use crate::minimize::{Method, Step};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::trust_region::{self, MoreSorensen, Radius, Solution, Subproblem, TrustState};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Trust region with the symmetric rank-one secant update
///
/// ```text
/// B <- B + (y - Bs)(y - Bs)' / (y - Bs)'s,     s = x_new - x,   y = g_new - g
/// ```
///
/// whose B may be indefinite, as the Hessian may: it learns negative curvature, which BFGS cannot.
/// The update is made after every trial, accepted or not, and skipped where its denominator is
/// lost in rounding: where `|s'(y - Bs)| < skip |s| |y - Bs|`. The step is exact for B
/// ([`MoreSorensen`]), so an iteration costs `O(n^3)` besides the gradient. On a quadratic, B is the
/// Hessian after n independent steps.
///
/// Source: Conn, Gould and Toint (1991); Khalfan, Byrd and Schnabel (1993); Nocedal and Wright
/// (2006), algorithm 6.2.
///
/// ```
/// use ravine::methods::Sr1;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///     g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///     100.0 * a * a + b * b
/// });
/// let outcome = minimize(&f, vec![-1.2, 1.0], Sr1::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sr1 {
    /// Where the update is skipped. Default `1e-8`.
    pub skip: f64,
    /// How the step is found.
    pub step: MoreSorensen,
    /// How the radius is set.
    pub radius: Radius,
}

impl Default for Sr1 {
    fn default() -> Self {
        Self { skip: 1e-8, step: MoreSorensen::default(), radius: Radius::default() }
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Subproblem<O> for Sr1 {
    type Model = DenseSr1;

    fn name(&self) -> &'static str {
        "sr1"
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        let skip = self.skip;
        ArgumentError::check((0.0..1.0).contains(&skip), "skip", skip, "in [0, 1)")?;
        self.step.validate()
    }

    fn model(&self, x0: &Vec<f64>) -> DenseSr1 {
        DenseSr1::new(x0.len())
    }

    fn solve(
        &self,
        _oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        model: &mut DenseSr1,
        radius: f64,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        if model.is_initial() {
            // Nothing is known of the scale but a cautious first step.
            model.set_multiple_of_identity(1.0 / iterate.first_step());
        }
        Ok(self.step.solve(model.matrix(), &iterate.gradient, radius, step).ok())
    }

    fn learn(
        &self,
        model: &mut DenseSr1,
        before: &Iterate<Vec<f64>>,
        trial: &Iterate<Vec<f64>>,
        step: &Vec<f64>,
    ) {
        let mut y = trial.gradient.clone();
        y.axpy(-1.0, &before.gradient);
        model.update(step, y, self.skip);
    }

    fn renew(&self, model: &mut DenseSr1) -> bool {
        let learnt = !model.is_initial();
        model.forget();
        learnt
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Method<O> for Sr1 {
    type State = TrustState<Vec<f64>, DenseSr1>;

    fn name(&self) -> &'static str {
        "sr1"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        trust_region::start(self, &self.radius, oracle, x0)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        trust_region::step(self, &self.radius, oracle, state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        &state.iterate
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, Vec<f64>> {
        let belief = Belief::radius(state.trust());
        if state.model.is_initial() {
            return belief;
        }
        belief.curvature(Source::SecantPairs, state.model.matrix())
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        trust_region::predicted_decrease(self, oracle, state)
    }
}
