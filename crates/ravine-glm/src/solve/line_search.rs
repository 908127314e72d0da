//! Backtracking along a direction, by passes over the rows alone.

use super::problem::{Information, Point, Problem, Rows};

/// Most halvings.
const HALVINGS: usize = 40;

/// Tries 1, 1/2, 1/4, ... along the direction `(d0, d)`, of which `xd` is the change of the linear
/// predictor and `model` the derivative of the objective (of a penalty that is not smooth: the change
/// that the convex model of it promises), and takes the first with a decrease of at least
/// `1e-4 t |model|`.
///
/// Where the promised decrease is that of rounding, values say nothing: there a step is taken if the
/// derivative along it has at least halved, which for a convex function is a decrease as well. A rise
/// is never taken. After success point and rows are the new ones, and the
/// length of the step is given.
pub(crate) fn backtrack(
    problem: &Problem<'_>,
    point: &mut Point,
    rows: &mut Rows,
    trial: &mut Rows,
    direction: (f64, &[f64], &[f64]),
    model: f64,
    information: Information,
) -> Option<f64> {
    let (d0, d, xd) = direction;
    let before = problem.penalty(&point.b);
    let value = rows.mean + before;
    let smooth = !problem.has_corners();
    let mut b = vec![0.0; d.len()];
    let mut t = 1.0;
    for _ in 0..HALVINGS {
        if problem.stopped() {
            return None;
        }
        b.iter_mut().zip(&point.b).zip(d).for_each(|((new, old), d)| *new = old + t * d);
        let along = Some((t, xd, &*rows));
        let (change, slope) = problem.evaluate(&point.z, along, information, trial);
        let penalty = problem.penalty(&b) - before;
        let total = change + penalty;
        let tiny = t * model.abs() <= 1e-10 * value.abs().max(1e-300);
        let slope_of_penalty: f64 = (0..d.len()).map(|j| problem.l2[j] * b[j] * d[j]).sum();
        let flatter = tiny && smooth && (slope + slope_of_penalty).abs() <= 0.5 * model.abs();
        let rounding = 16.0 * f64::EPSILON * value.abs();
        let no_worse = tiny && !smooth && total <= rounding;
        if total.is_finite() && (total <= 1e-4 * t * model || flatter || no_worse) {
            point.intercept += t * d0;
            point.b.copy_from_slice(&b);
            point.z.iter_mut().zip(xd).for_each(|(z, d)| *z += t * d);
            std::mem::swap(rows, trial);
            return Some(t);
        }
        t *= 0.5;
    }
    None
}
