//! The Gauss-Newton method.

use super::residual_model::{LossCurvature, Model, ResidualPoint};
use super::{Iterate, Method, Step};
use crate::line_search::{Backtracking, Found, LineSearch, Phi, Start};
use crate::minimize::{Interrupt, Oracle, StartError};
use crate::objective::{Loss, Residuals};
use crate::vector::Vector;

/// Gauss-Newton for `f(x) = sum_i rho(r_i(x)^2)`: `x <- x + a p`, where p minimizes `|r + J p|`
/// and `a` satisfies Armijo's condition, first trying 1.
///
/// p comes from orthogonal factors of J with its columns scaled to one; where J lacks rank, p is
/// the shortest (in that scale) of all minimizers. Where no step along p decreases, the scaled
/// negative gradient is tried. Linear least squares take one step; with small residuals at the
/// solution convergence is quadratic, with large ones it may fail: see
/// [`LevenbergMarquardt`](super::LevenbergMarquardt).
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
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewton {
    /// The search along p. Default [`Backtracking`], as the first trial is usually right.
    pub line_search: LineSearch,
    /// The curvature of losses other than the square. Default [`LossCurvature::Second`].
    pub loss_curvature: LossCurvature,
}

impl Default for GaussNewton {
    fn default() -> Self {
        Self {
            line_search: LineSearch::Backtracking(Backtracking::default()),
            loss_curvature: LossCurvature::default(),
        }
    }
}

/// Where a [`GaussNewton`] run is.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct GaussNewtonState {
    point: ResidualPoint,
    /// The step from the point, once it has been needed.
    direction: Option<Direction>,
}

/// A direction of descent.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Direction {
    p: Vec<f64>,
    /// `|r|^2 - |r + J p|^2 = |J p|^2`.
    predicted: f64,
    /// `-g` in the scaled variables, to fall back on.
    descent: Vec<f64>,
}

impl<O: Residuals + ?Sized> Method<O> for GaussNewton {
    type State = GaussNewtonState;

    fn name(&self) -> &'static str {
        "gauss-newton"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        oracle.objective().loss().validate()?;
        let point = ResidualPoint::evaluate(oracle, x0.clone())?;
        Ok(GaussNewtonState { point, direction: None })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        let Some(Direction { p, predicted, descent }) =
            self.direction(oracle.objective().loss(), &state.point, state.direction.take())
        else {
            return Ok(Step::NoDecrease { predicted: 0.0 });
        };
        for d in [&p, &descent] {
            let slope = state.point.iterate.gradient.dot(d);
            if slope >= 0.0 || !slope.is_finite() {
                continue;
            }
            let start = Start {
                value: state.point.iterate.value,
                slope,
                step: 1.0,
                longest: f64::INFINITY,
            };
            let mut trial = state.point.clone();
            let x = &state.point.iterate.x;
            let mut ray = Ray { oracle, x, direction: d, trial: &mut trial };
            match self.line_search.search_along(&mut ray, start)? {
                Found::Step(a) => {
                    if !trial.is_finite() {
                        continue;
                    }
                    state.point = trial;
                    return Ok(Step::Moved { length: a * d.norm_max() });
                }
                Found::Unbounded => return Ok(Step::Unbounded),
                Found::NoDecrease => {}
            }
        }
        state.direction = Some(Direction { p, predicted, descent });
        Ok(Step::NoDecrease { predicted })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        &state.point.iterate
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        let loss = oracle.objective().loss();
        state.direction = self.direction(loss, &state.point, state.direction.take());
        Ok(Some(state.direction.as_ref().map_or(0.0, |direction| direction.predicted)))
    }
}

impl GaussNewton {
    /// `known`, or the step from `point`; `None` where its numbers overflow.
    fn direction(
        &self,
        loss: Loss,
        point: &ResidualPoint,
        known: Option<Direction>,
    ) -> Option<Direction> {
        if known.is_some() {
            return known;
        }
        let scale = Model::column_norms(point, loss, self.loss_curvature);
        let model = Model::new(point, &scale, loss, self.loss_curvature).ok()?;
        let mut right = model.c.clone();
        model.qr.multiply_q(&mut right);
        let q = model.qr.solve(&right);
        let divide = |(q, d): (&f64, &f64)| q / d;
        let descent = model.half_gradient().iter().zip(&scale).map(|qd| -divide(qd)).collect();
        Some(Direction {
            p: q.iter().zip(&scale).map(divide).collect(),
            predicted: model.image_square(&q),
            descent,
        })
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
