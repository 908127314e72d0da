//! The Gauss-Newton method.

use super::levenberg_marquardt::{LevenbergMarquardt, LevenbergMarquardtState};
use crate::curvature::LossCurvature;
use crate::curvature::residual_model::{Model, ResidualPoint};
use crate::line_search::{Found, LineSearch, Phi, Start};
use crate::minimize::{Advance, Method};
use crate::objective::{Loss, Residuals};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Gauss-Newton for `f(x) = sum_i rho(r_i(x)^2)`: `x <- x + a p`, where p minimizes `|r + J p|`
/// and `a` satisfies Armijo's condition, first trying 1. For as many residuals as variables this
/// is Newton's method for the equations `r(x) = 0`, and does not depend on how the variables are
/// combined linearly.
///
/// p comes from orthogonal factors of J with its columns scaled to one; where J lacks rank, p is
/// the shortest (in that scale) of all minimizers. Linear least squares take one step, and near a
/// solution with small residuals convergence is quadratic. Where J is nearly singular or the
/// residuals are large, p is hardly a direction of descent: once the search has to cut it below
/// [`least_step`](Self::least_step), [`LevenbergMarquardt`] goes on from there.
///
/// Evaluations: a trial is one value, an accepted step one value and one Jacobian more.
///
/// Source: Nocedal and Wright (2006), section 10.3.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::GaussNewton;
/// use ravine::minimize;
/// use ravine::objective::from_residuals;
///
/// // The line a + b t through four points.
/// let (t, y) = ([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 4.0]);
/// let line = from_residuals(
///     2,
///     4,
///     move |x: &[f64], r: &mut [f64]| (0..4).for_each(|i| r[i] = x[0] + x[1] * t[i] - y[i]),
///     move |_: &[f64], j: &mut Matrix| *j = Matrix::from_fn(4, 2, |i, k| t[i].powi(k as i32)),
/// );
/// let outcome = minimize(&line, vec![50.0, -7.0], GaussNewton::default()).run()?;
/// assert_eq!(outcome.iterations, 1);
/// assert!((outcome.x[0] - 0.9).abs() < 1e-12 && (outcome.x[1] - 0.9).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewton {
    /// The search along p. Default: backtracking, as the first trial is usually right.
    pub line_search: LineSearch,
    /// The shortest step, relative to p, that leaves Gauss-Newton in charge; 0 keeps it in charge
    /// to the end. Default 0.01.
    #[range("in [0, 1)")]
    pub least_step: f64,
    /// The curvature of losses other than the square. Default [`LossCurvature::Second`].
    pub loss_curvature: LossCurvature,
}

impl Default for GaussNewton {
    fn default() -> Self {
        Self {
            line_search: LineSearch::default(),
            least_step: 0.01,
            loss_curvature: LossCurvature::default(),
        }
    }
}

/// Where a [`GaussNewton`] run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct GaussNewtonState(Phase);

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Phase {
    Searching(Searching),
    Damped(LevenbergMarquardtState),
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Searching {
    point: ResidualPoint,
    /// The step from the point, once it has been needed.
    direction: Option<Direction>,
}

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Direction {
    p: Vec<f64>,
    /// The scale of the variables: the norms of the columns of J.
    scale: Vec<f64>,
    /// `|r|^2 - |r + J p|^2 = |J p|^2`.
    predicted: f64,
    /// `|J p| / |r|`.
    relative_offset: f64,
}

impl<O: Residuals + ?Sized> Method<O> for GaussNewton {
    type State = GaussNewtonState;

    fn name(&self) -> &'static str {
        "gauss-newton"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.validate()?;
        oracle.objective().loss().validate()?;
        let point = ResidualPoint::evaluate(oracle, x0.clone())?;
        Ok(GaussNewtonState(Phase::Searching(Searching { point, direction: None })))
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let searching = match &mut state.0 {
            Phase::Damped(damped) => return self.rescuer().step(oracle, damped),
            Phase::Searching(searching) => searching,
        };
        let loss = oracle.objective().loss();
        self.prepare(loss, searching);
        let Some(Direction { p, scale, predicted, .. }) = &searching.direction else {
            return Ok(Advance::NoDecrease { predicted: 0.0 });
        };
        let Iterate { x, value, gradient, .. } = &searching.point.iterate;
        let slope = gradient.dot(p);
        let mut found = Found::NoDecrease;
        let mut trial = searching.point.clone();
        if slope < 0.0 && slope.is_finite() {
            let start = Start { value: *value, slope, step: 1.0, longest: f64::INFINITY };
            let mut ray = Ray { oracle, x, direction: p, trial: &mut trial };
            found = self.line_search.search_along(&mut ray, start)?;
        }
        let a = match found {
            Found::Unbounded => return Ok(Advance::Unbounded),
            Found::Step(a) if trial.is_finite() => a,
            _ => 0.0,
        };
        let length = a * p.norm_max();
        if a > 0.0 && a >= self.least_step {
            *searching = Searching { point: trial, direction: None };
            return Ok(Advance::Moved { length });
        }
        if self.least_step == 0.0 {
            return Ok(Advance::NoDecrease { predicted: *predicted });
        }
        let q: Vec<f64> = p.iter().zip(scale).map(|(p, d)| p * d).collect();
        let radius = a.max(self.least_step) * q.norm();
        let point = if a > 0.0 { trial } else { searching.point.clone() };
        state.0 = Phase::Damped(self.rescuer().start_at(loss, point, radius));
        Ok(if a > 0.0 { Advance::Moved { length } } else { Advance::Rejected })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        match &state.0 {
            Phase::Searching(searching) => &searching.point.iterate,
            Phase::Damped(damped) => Method::<O>::iterate(&self.rescuer(), damped),
        }
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        match &mut state.0 {
            Phase::Searching(searching) => {
                self.prepare(oracle.objective().loss(), searching);
                let direction = searching.direction.as_ref();
                Ok(Some(direction.map_or(0.0, |direction| direction.predicted)))
            }
            Phase::Damped(damped) => self.rescuer().predicted_decrease(oracle, damped),
        }
    }
}

impl GaussNewton {
    pub(super) fn validate(&self) -> Result<(), ArgumentError> {
        self.line_search.validate()?;
        let least = self.least_step;
        ArgumentError::check((0.0..1.0).contains(&least), "least_step", least, "in [0, 1)")
    }

    /// Who goes on where the search fails.
    fn rescuer(&self) -> LevenbergMarquardt {
        LevenbergMarquardt { loss_curvature: self.loss_curvature, ..LevenbergMarquardt::default() }
    }

    /// The share of `|r|` that the next step is predicted to remove; 0 where there is no step.
    pub(super) fn relative_offset(&self, loss: Loss, state: &mut GaussNewtonState) -> f64 {
        match &mut state.0 {
            Phase::Damped(damped) => self.rescuer().relative_offset(loss, damped),
            Phase::Searching(searching) => {
                self.prepare(loss, searching);
                searching.direction.as_ref().map_or(0.0, |direction| direction.relative_offset)
            }
        }
    }

    /// Computes the step, once a point; leaves none where its numbers overflow.
    fn prepare(&self, loss: Loss, searching: &mut Searching) {
        if searching.direction.is_some() {
            return;
        }
        let point = &searching.point;
        let scale = Model::column_norms(point, loss, self.loss_curvature);
        let Ok(model) = Model::new(point, &scale, loss, self.loss_curvature) else { return };
        let q = model.least_squares();
        let predicted = model.image_square(&q);
        let p = q.iter().zip(&scale).map(|(q, d)| q / d).collect();
        let size = model.c.norm();
        let relative_offset = if size > 0.0 { predicted.sqrt() / size } else { 0.0 };
        searching.direction = Some(Direction { p, scale, predicted, relative_offset });
    }
}

/// The objective along a ray, by its residuals; the last point evaluated stays in `trial`, with
/// its Jacobian if the slope was asked for.
struct Ray<'r, 'a, O: Residuals + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r Vec<f64>,
    direction: &'r Vec<f64>,
    trial: &'r mut ResidualPoint,
}

impl<O: Residuals + ?Sized> Phi for Ray<'_, '_, O> {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        let trial = &mut *self.trial;
        trial.iterate.x.point_along(self.x, a, self.direction);
        self.oracle.residuals(&trial.iterate.x, &mut trial.residuals)?;
        Ok(self.oracle.objective().loss().total(&trial.residuals))
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        self.trial.iterate.x.point_along(self.x, a, self.direction);
        self.trial.evaluate_again(self.oracle)?;
        let iterate = &self.trial.iterate;
        Ok((iterate.value, iterate.gradient.dot(self.direction)))
    }
}
