//! The Levenberg-Marquardt method.

mod step;

use crate::curvature::LossCurvature;
use crate::curvature::residual_model::{Model, ResidualPoint};
use crate::minimize::{Advance, Method};
use crate::objective::{Loss, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::matrix::Damped;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Levenberg-Marquardt for `f(x) = sum_i rho(r_i(x)^2)`:
/// `x <- x + p`, where p minimizes `|r + J p|^2` within `|D p| <= radius`, or, the same with a
/// multiplier, `|r + J p|^2 + damping |D p|^2`.
///
/// D holds the largest norm that each column of J has had, so that the iterates do not depend on
/// the units of the variables. The step comes from orthogonal factors of J, never from `J'J`, and
/// exists for any rank and for fewer residuals than variables. Near a solution with small
/// residuals the damping falls to zero and the method is Gauss-Newton, with quadratic convergence;
/// at large residuals the neglected `sum_i r_i grad^2 r_i` makes it linear.
///
/// Evaluations: a trial is one value, an accepted step one value and one Jacobian more.
///
/// Sources: Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978); Nielsen,
/// Damping parameter in Marquardt's method (1999); Transtrum and Sethna, Improvements to the
/// Levenberg-Marquardt algorithm for nonlinear least-squares minimization (2012).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::LevenbergMarquardt;
/// use ravine::minimize;
/// use ravine::objective::from_residuals;
///
/// let rosenbrock = from_residuals(
///     2,
///     2,
///     |x: &[f64], r: &mut [f64]| r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]),
///     |x: &[f64], j: &mut Matrix| *j = Matrix::from_rows(&[[-20.0 * x[0], 10.0], [-1.0, 0.0]]),
/// );
/// let outcome = minimize(&rosenbrock, vec![-1.2, 1.0], LevenbergMarquardt::default()).run()?;
/// assert!(outcome.status.converged() && outcome.value < 1e-20);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevenbergMarquardt {
    /// How far a step is trusted. Default [`Trust::Radius`] with its default.
    pub trust: Trust,
    /// The least share of the predicted decrease that a step must realize. Default `1e-4`.
    #[range("in (0, 0.25)")]
    pub acceptance: f64,
    /// Correction of the step for the curvature of the residuals along it. Default
    /// [`Acceleration::None`].
    pub acceleration: Acceleration,
    /// The curvature of losses other than the square. Default [`LossCurvature::Second`].
    pub loss_curvature: LossCurvature,
}

/// What limits the step.
#[derive(Clone, Copy, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trust {
    /// A radius on `|D p|`, at first `factor |D x0|`, but not less than the length of the best step
    /// along the gradient (`factor` times that length, where the start is zero); from then on from
    /// the ratio of actual to predicted decrease (Moré 1978).
    Radius {
        /// The first radius, relative to the start. Default 100.
        factor: f64,
    },
    /// A damping, at first `factor` (D has made the largest diagonal entry of `J'J` one), from
    /// then on multiplied by `max(1/3, 1 - (2 ratio - 1)^3)` at success and by 2, 4, 8, ... at
    /// failures in a row (Nielsen 1999).
    Damping {
        /// The first damping. Default `1e-3`.
        factor: f64,
    },
}

impl Default for Trust {
    fn default() -> Self {
        Self::Radius { factor: 100.0 }
    }
}

/// Whether steps follow a straight line or a parabola.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Acceleration {
    /// The plain step.
    #[default]
    None,
    /// `p = v + a/2`, where v is the plain step and a solves the damped system for the second
    /// derivative of the residuals along v, taken by a difference at the cost of one more value.
    /// Left out where `2 |D a| > ratio |D v|`.
    Geodesic {
        /// The largest `2 |D a| / |D v|`. Transtrum and Sethna advise 0.75.
        ratio: f64,
    },
}

/// The share of the step over which its second derivative is taken (Transtrum and Sethna).
const PROBE: f64 = 0.1;

/// Decreases up to this many units of rounding of the value cannot be measured on values.
const NOISE: f64 = 1e3 * f64::EPSILON;

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            acceptance: 1e-4,
            acceleration: Acceleration::None,
            loss_curvature: LossCurvature::default(),
        }
    }
}

/// Where a [`LevenbergMarquardt`] run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LevenbergMarquardtState {
    point: ResidualPoint,
    /// The diagonal of D.
    scale: Vec<f64>,
    radius: f64,
    damping: f64,
    /// What the damping is multiplied by at the next failure, under [`Trust::Damping`].
    growth: f64,
    /// The model at the point, once it has been needed.
    model: Option<Model>,
    /// The step that follows from all of this, once it has been needed.
    proposal: Option<Proposal>,
    /// The largest decrease predicted at this point, over all its rejected trials.
    predicted_here: f64,
}

/// A step in the scaled variables, `q = D p`.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Proposal {
    q: Vec<f64>,
    damping: f64,
    /// `|J p|^2`.
    image: f64,
}

impl Proposal {
    /// `|r|^2 - |r + J p|^2 = |J p|^2 + 2 damping |D p|^2`.
    fn predicted(&self) -> f64 {
        self.image + 2.0 * self.damping * self.q.dot(&self.q)
    }

    /// `-g'p / 2`.
    fn half_slope(&self) -> f64 {
        self.image + self.damping * self.q.dot(&self.q)
    }
}

impl<O: Residuals + ?Sized> Method<O> for LevenbergMarquardt {
    type State = LevenbergMarquardtState;

    fn name(&self) -> &'static str {
        match self.acceleration {
            Acceleration::None => "lm",
            Acceleration::Geodesic { .. } => "lm-geodesic",
        }
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.validate()?;
        let loss = oracle.objective().loss();
        loss.validate()?;
        let point = ResidualPoint::evaluate(oracle, x0.clone())?;
        let mut state = self.start_at(loss, point, 0.0);
        if let Trust::Radius { factor } = self.trust {
            self.prepare(loss, &mut state);
            let size = factor * scaled(&state.scale, x0).norm();
            let cauchy = state.model.as_ref().map_or(0.0, Model::cauchy_length);
            state.radius = if size > 0.0 { size.max(cauchy) } else { factor * cauchy };
            state.radius = state.radius.clamp(f64::MIN_POSITIVE, f64::MAX);
        }
        Ok(state)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let loss = oracle.objective().loss();
        let Some(proposal) = self.propose(loss, state) else {
            return Ok(Advance::NoDecrease { predicted: state.predicted_here });
        };
        let predicted = proposal.predicted();
        state.predicted_here = state.predicted_here.max(predicted);
        let mut p: Vec<f64> = proposal.q.iter().zip(&state.scale).map(|(q, d)| q / d).collect();
        if let Some(half) = self.half_acceleration(oracle, state, &proposal, &p)? {
            p.axpy(1.0, &half);
        }

        let x = &state.point.iterate.x;
        let mut trial = x.clone();
        trial.axpy(1.0, &p);
        let length = x.iter().zip(&trial).fold(0.0, |most, (x, t)| f64::max(most, (t - x).abs()));
        if length == 0.0 || !trial.is_finite() {
            return Ok(Advance::NoDecrease { predicted: state.predicted_here });
        }
        if predicted <= NOISE * state.point.iterate.value {
            return self.step_in_noise(oracle, state, &proposal, trial, length);
        }
        let mut residuals = vec![0.0; state.point.residuals.len()];
        oracle.residuals(&trial, &mut residuals)?;
        let actual = decrease(loss, &state.point.residuals, &residuals);
        let not_above = loss.total(&residuals) <= state.point.iterate.value;
        let ratio = if actual.is_nan() { f64::NEG_INFINITY } else { actual / predicted };
        if ratio >= self.acceptance && not_above {
            let mut next = ResidualPoint { residuals, ..state.point.clone() };
            next.iterate.x = trial;
            next.evaluate_again(oracle)?;
            if next.is_finite() {
                self.trust_after(state, &proposal, ratio, actual);
                self.accept(loss, state, next);
                return Ok(Advance::Moved { length });
            }
            // Residuals without derivatives: as good as not defined.
            self.trust_after(state, &proposal, f64::NEG_INFINITY, f64::NEG_INFINITY);
            return Ok(Advance::Rejected);
        }
        self.trust_after(state, &proposal, ratio, actual);
        Ok(Advance::Rejected)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        &state.point.iterate
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        let proposal = self.propose(oracle.objective().loss(), state);
        let predicted = proposal.as_ref().map_or(0.0, Proposal::predicted);
        state.proposal = proposal;
        Ok(Some(predicted))
    }
}

impl LevenbergMarquardt {
    pub(super) fn validate(&self) -> Result<(), ArgumentError> {
        let positive = |name: &str, value: f64| {
            ArgumentError::check(
                value > 0.0 && value.is_finite(),
                name,
                value,
                "positive and finite",
            )
        };
        match self.trust {
            Trust::Radius { factor } | Trust::Damping { factor } => positive("factor", factor)?,
        }
        if let Acceleration::Geodesic { ratio } = self.acceleration {
            positive("ratio", ratio)?;
        }
        let least = self.acceptance;
        ArgumentError::check(least > 0.0 && least < 0.25, "acceptance", least, "in (0, 0.25)")
    }

    /// A state at a point that has been evaluated, with a radius to begin with.
    pub(super) fn start_at(
        &self,
        loss: Loss,
        point: ResidualPoint,
        radius: f64,
    ) -> LevenbergMarquardtState {
        let scale = Model::column_norms(&point, loss, self.loss_curvature);
        let damping = match self.trust {
            Trust::Radius { .. } => 0.0,
            Trust::Damping { factor } => factor,
        };
        LevenbergMarquardtState {
            point,
            scale,
            radius,
            damping,
            growth: 2.0,
            model: None,
            proposal: None,
            predicted_here: 0.0,
        }
    }

    /// Factors the model, once a point; leaves none where its numbers overflow.
    fn prepare(&self, loss: Loss, state: &mut LevenbergMarquardtState) {
        if state.model.is_none() {
            state.model = Model::new(&state.point, &state.scale, loss, self.loss_curvature).ok();
        }
    }

    /// The share of `|r|` that the next step is predicted to remove; 0 where there is no step.
    pub(super) fn relative_offset(&self, loss: Loss, state: &mut LevenbergMarquardtState) -> f64 {
        state.proposal = self.propose(loss, state);
        let (Some(model), Some(proposal)) = (&state.model, &state.proposal) else { return 0.0 };
        proposal.predicted().sqrt() / model.c.norm()
    }

    /// The step that the model and the trust in it give; `None` where there is none to take.
    fn propose(&self, loss: Loss, state: &mut LevenbergMarquardtState) -> Option<Proposal> {
        if let Some(proposal) = state.proposal.take() {
            return Some(proposal);
        }
        self.prepare(loss, state);
        let model = state.model.as_ref()?;
        let (q, damping) = match self.trust {
            Trust::Radius { .. } => {
                let slope = model.half_gradient().norm();
                step::within_radius(&model.qr, &model.c, slope, state.radius, state.damping)
            }
            Trust::Damping { .. } => {
                let diagonal = vec![state.damping.sqrt(); state.scale.len()];
                let damped = Damped::new(&model.qr, &model.c, &diagonal);
                (damped.solution().to_vec(), state.damping)
            }
        };
        let image = model.image_square(&q);
        let proposal = Proposal { q, damping, image };
        let predicted = proposal.predicted();
        (predicted > 0.0 && predicted.is_finite()).then_some(proposal)
    }

    /// A trial whose decrease is lost in the rounding of the value: it is measured by the gradients
    /// at both ends instead, `-(g + g_new)'p / 2`, and the gradient itself must fall.
    fn step_in_noise<O: Residuals + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut LevenbergMarquardtState,
        proposal: &Proposal,
        trial: Vec<f64>,
        length: f64,
    ) -> Result<Advance, Interrupt> {
        let next = ResidualPoint::evaluate(oracle, trial)?;
        let (here, there) = (&state.point.iterate, &next.iterate);
        let actual: f64 = (0..here.x.len())
            .map(|i| -0.5 * (here.gradient[i] + there.gradient[i]) * (there.x[i] - here.x[i]))
            .sum();
        let ratio = actual / proposal.predicted();
        let level = (there.value - here.value).abs() <= NOISE * here.value;
        let flatter = there.gradient_norm < here.gradient_norm;
        if ratio >= self.acceptance && level && flatter && next.is_finite() {
            self.trust_after(state, proposal, ratio, actual);
            self.accept(oracle.objective().loss(), state, next);
            return Ok(Advance::Moved { length });
        }
        self.trust_after(state, proposal, f64::NEG_INFINITY, f64::NEG_INFINITY);
        if proposal.predicted() <= f64::EPSILON * state.point.iterate.value {
            return Ok(Advance::NoDecrease { predicted: state.predicted_here });
        }
        Ok(Advance::Rejected)
    }

    /// `a/2`, half the geodesic acceleration, where it is wanted and small enough to be believed.
    fn half_acceleration<O: Residuals + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &LevenbergMarquardtState,
        proposal: &Proposal,
        v: &Vec<f64>,
    ) -> Result<Option<Vec<f64>>, Interrupt> {
        let (Acceleration::Geodesic { ratio }, Some(model)) = (self.acceleration, &state.model)
        else {
            return Ok(None);
        };
        let point = &state.point;
        let mut probe = point.iterate.x.clone();
        probe.axpy(PROBE, v);
        let mut c = vec![0.0; point.residuals.len()];
        oracle.residuals(&probe, &mut c)?;
        // c = -r_vv = -2/h ((r(x + h v) - r(x)) / h - J v).
        let mut slope = vec![0.0; c.len()];
        point.jacobian.multiply(v, &mut slope);
        for ((c, r), slope) in c.iter_mut().zip(&point.residuals).zip(&slope) {
            *c = 2.0 / PROBE * (slope - (*c - r) / PROBE);
        }
        for (c, w) in c.iter_mut().zip(&model.row_factors) {
            *c *= w;
        }
        if !c.is_finite() {
            return Ok(None);
        }
        model.qr.multiply_q_transposed(&mut c);
        let diagonal = vec![proposal.damping.sqrt(); v.len()];
        let damped = Damped::new(&model.qr, &c, &diagonal);
        let a = damped.solution().to_vec();
        if 2.0 * a.norm() > ratio * proposal.q.norm() || !a.is_finite() {
            return Ok(None);
        }
        Ok(Some(a.iter().zip(&state.scale).map(|(a, d)| 0.5 * a / d).collect()))
    }

    /// Radius and damping after a trial.
    fn trust_after(
        &self,
        state: &mut LevenbergMarquardtState,
        proposal: &Proposal,
        ratio: f64,
        actual: f64,
    ) {
        match self.trust {
            Trust::Radius { .. } => {
                let length = proposal.q.norm();
                state.damping = proposal.damping;
                if ratio <= 0.25 {
                    // The minimizer of the parabola through the slope and both values.
                    let slope = 2.0 * proposal.half_slope();
                    let share = if actual >= 0.0 { 0.5 } else { 0.5 * slope / (slope - actual) };
                    let share = if share >= 0.1 { share } else { 0.1 };
                    state.radius = share * state.radius.min(10.0 * length);
                    state.damping /= share;
                } else if ratio >= 0.75 || proposal.damping == 0.0 {
                    state.radius = 2.0 * length;
                    state.damping *= 0.5;
                }
            }
            Trust::Damping { .. } if ratio >= self.acceptance => {
                state.damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).max(1.0 / 3.0);
                state.growth = 2.0;
            }
            Trust::Damping { .. } => {
                state.damping *= state.growth;
                state.growth *= 2.0;
            }
        }
        state.damping = state.damping.clamp(0.0, f64::MAX);
    }

    fn accept(&self, loss: Loss, state: &mut LevenbergMarquardtState, next: ResidualPoint) {
        state.point = next;
        let norms = Model::column_norms(&state.point, loss, self.loss_curvature);
        for (d, norm) in state.scale.iter_mut().zip(norms) {
            *d = d.max(norm);
        }
        state.model = None;
        state.proposal = None;
        state.predicted_here = 0.0;
    }
}

fn scaled(scale: &[f64], x: &[f64]) -> Vec<f64> {
    scale.iter().zip(x).map(|(d, x)| d * x).collect()
}

/// `sum_i rho(r_i^2) - rho(s_i^2)`, squares as `(r - s)(r + s)`: the small difference of two large
/// sums keeps its digits.
fn decrease(loss: Loss, before: &[f64], after: &[f64]) -> f64 {
    let pairs = before.iter().zip(after);
    match loss {
        Loss::Squares => pairs.map(|(r, s)| (r - s) * (r + s)).sum(),
        _ => pairs.map(|(r, s)| loss.evaluate(r * r).0 - loss.evaluate(s * s).0).sum(),
    }
}
