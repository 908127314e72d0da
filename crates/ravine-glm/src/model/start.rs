//! Where a fit starts: the null model.

use ravine::ArgumentError;
use ravine::matrix::{Cholesky, Matrix};

use super::targets::Targets;
use crate::family::{Family, Loss};
use crate::solve::problem::{Point, Problem, Rows};

/// All coefficients zero, the intercept that of the null model: without offset the link of the mean
/// for every family, else by Newton's method in one dimension. Without an intercept, links that need a
/// positive predictor start from the weighted least squares of `g((y + mean) / 2)`.
pub(crate) fn null_point(
    problem: &Problem<'_>,
    targets: &Targets<'_>,
) -> Result<(Point, Rows), ArgumentError> {
    let mut point = Point { intercept: 0.0, b: vec![0.0; problem.columns()], z: Vec::new() };
    if let Some((lower, upper)) = &problem.bounds {
        let inside = lower.iter().zip(upper).map(|(l, u)| 0.0_f64.clamp(*l, *u));
        point.b = inside.collect();
    }
    let loss = problem.loss;
    let mean = targets.mean();
    if problem.intercept {
        let of_mean = match loss.family() {
            Family::SquaredHinge | Family::SmoothedHinge { .. } => 0.0,
            _ => loss.linear_predictor(mean),
        };
        let offset = targets.offset.map_or(0.0, |offset| {
            if loss.needs_positive() {
                offset.iter().copied().fold(f64::INFINITY, f64::min)
            } else {
                let sum: f64 = (0..offset.len()).map(|i| targets.weight(i) * offset[i]).sum();
                sum / targets.total_weight()
            }
        });
        point.intercept = of_mean - offset;
    } else if loss.needs_positive() {
        least_squares_start(problem, mean, &mut point);
    }
    problem.refresh(&mut point);
    if loss.needs_positive() && problem.intercept && problem.bounds.is_some() {
        let least = point.z.iter().copied().fold(f64::INFINITY, f64::min);
        let raise = (loss.linear_predictor(mean) - least).max(0.0);
        point.intercept += raise;
        point.z.iter_mut().for_each(|z| *z += raise);
    }
    let mut rows = Rows::default();
    problem.evaluate(&point.z, None, problem.information(), &mut rows);
    if !rows.mean.is_finite() {
        return Err(no_start(loss));
    }
    problem.polish_intercept(&mut point, problem.information(), &mut rows);
    Ok((point, rows))
}

/// That a link needs what no start has.
pub(crate) fn no_start(loss: Loss) -> ArgumentError {
    let message = format!(
        "the link `{}` needs a positive linear predictor, and no start has one in every row; an \
         intercept would give one",
        loss.link().name()
    );
    ArgumentError::new("design", message)
}

/// Coefficients of the weighted least squares of `g((y + mean) / 2)` on X.
fn least_squares_start(problem: &Problem<'_>, mean: f64, point: &mut Point) {
    let n = problem.columns();
    let mut gram = Matrix::zeros(n, n);
    problem.design.gram_of_columns(&problem.weights, &mut gram);
    let trace: f64 = (0..n).map(|j| gram[(j, j)]).sum();
    let right: Vec<f64> = (0..problem.rows())
        .map(|i| {
            let offset = problem.offset.map_or(0.0, |o| o[i]);
            let z = problem.loss.linear_predictor(0.5 * (problem.y[i] + mean)) - offset;
            problem.weights[i] * z
        })
        .collect();
    problem.design.multiply_columns_transposed(&right, &mut point.b);
    let mut factor = Cholesky::default();
    if factor.refactor(&gram, 1e-12 * trace).is_ok() {
        factor.solve(&mut point.b);
    }
}
