//! Newton's method by conjugate gradients, with products alone.

use ravine::Interrupt;
use ravine::krylov::{CgWork, ConjugateGradient, Jacobi, SlowStop, TrueResidual};
use ravine::operator::from_fn;
use ravine::vector::{dot, norm};

use super::line_search::backtrack;
use super::problem::{Point, Problem, Rows};
use super::separation::Watcher;
use super::solved::Solved;
use super::status::{Certificate, Limits, Status, Test};

/// Minimizes a smooth objective: `H d = -g` by conjugate gradients with the diagonal of H as
/// preconditioner, never forming H, and a line search along d whose trials cost no product.
///
/// The accuracy of the inner solves follows the gradient (Eisenstat and Walker, 1996), and they end
/// early where the model falls too slowly to pay (Nash and Sofer, 1990).
pub(crate) fn solve(problem: &Problem<'_>, start: Point, limits: &Limits) -> Solved {
    let kind = problem.information();
    let mut point = start;
    let (mut rows, mut trial) = (Rows::default(), Rows::default());
    problem.evaluate(&point.z, None, kind, &mut rows);
    let n = problem.columns();
    let first = usize::from(problem.intercept);
    let mut gradient = vec![0.0; n];
    let mut right = vec![0.0; n + first];
    let mut d = vec![0.0; n + first];
    let mut xd = vec![0.0; problem.rows()];
    let mut squares = vec![0.0; n];
    let mut work = CgWork::new(&right);
    let unpenalized = problem.is_unpenalized();
    let mut watcher = Watcher::default();
    let mut start_norm = None;
    let mut status = Status::IterationLimit;
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let mut recession = None;
    let mut iterations = 0;
    let mut history = Vec::new();
    while iterations < limits.iterations {
        history.push((iterations, rows.mean + problem.penalty(&point.b)));
        if problem.stopped() {
            status = Status::Stopped;
            break;
        }
        iterations += 1;
        let of_intercept = problem.gradient(&rows, &mut gradient);
        if problem.intercept {
            right[0] = -of_intercept;
        }
        for j in 0..n {
            right[first + j] = -(gradient[j] + problem.l2[j] * point.b[j]);
        }
        problem.design.weighted_squares(&rows.weights, &mut squares);
        let mut diagonal = vec![rows.weights.iter().sum::<f64>(); first];
        diagonal.extend((0..n).map(|j| squares[j] + problem.l2[j]));
        let largest = diagonal.iter().fold(f64::MIN_POSITIVE, |most, d| d.max(most));
        // A column without weight has neither gradient nor curvature.
        diagonal.iter_mut().for_each(|d| *d = d.max(1e-12 * largest));
        let scaled: Vec<f64> = right.iter().zip(&diagonal).map(|(r, d)| r / d.sqrt()).collect();
        let size = norm(&scaled);
        let at_start = *start_norm.get_or_insert(size.max(f64::MIN_POSITIVE));
        let relative = (size / at_start).min(1.0);
        let weights = &rows.weights;
        let hessian = from_fn(n + first, |v: &Vec<f64>, hv: &mut Vec<f64>| {
            if problem.stopped() {
                return Err(Interrupt::Cancelled);
            }
            let constant = if problem.intercept { v[0] } else { 0.0 };
            let (of_intercept, of_columns) = hv.split_at_mut(first);
            let design = problem.design;
            let sum = design.multiply_gram_of_columns(weights, constant, &v[first..], of_columns);
            of_intercept.fill(sum);
            for j in 0..n {
                hv[first + j] = match problem.aliased[j] {
                    true => 0.0,
                    false => hv[first + j] + problem.l2[j] * v[first + j],
                };
            }
            Ok(())
        });
        let cg = ConjugateGradient {
            tolerance: (0.5_f64).min(0.1 * relative.sqrt()).max(1e-10),
            iterations: Some(2 * (n + first) + 10),
            slow_stop: SlowStop::NashSofer { fraction: (0.5_f64).min(relative.sqrt()).max(1e-8) },
            true_residual: TrueResidual::Skipped,
            ..ConjugateGradient::default()
        };
        let Ok(jacobi) = Jacobi::new(&diagonal) else {
            status = Status::PrecisionLimit;
            break;
        };
        if cg.solve_preconditioned(&hessian, &jacobi, &right, &mut d, &mut work).is_err() {
            status = problem.without_step();
            break;
        }
        let decrement = 0.5 * dot(&right, &d);
        let value = rows.mean + problem.penalty(&point.b);
        problem.design.multiply_columns(&d[first..], &mut xd);
        let d0 = if problem.intercept { d[0] } else { 0.0 };
        xd.iter_mut().for_each(|x| *x += d0);
        let direction = (d0, &d[first..], &xd[..]);
        let taken = backtrack(
            problem,
            &mut point,
            &mut rows,
            &mut trial,
            direction,
            -2.0 * decrement,
            kind,
        );
        certificate = match problem.is_convex() {
            true => Certificate::Decrement(decrement.max(0.0)),
            false => Certificate::Violation(norm(&right)),
        };
        let scale =
            if unpenalized { value.abs().max(1.0) } else { value.abs().max(limits.null - value) };
        if decrement <= limits.tolerance * scale {
            problem.polish_intercept(&mut point, kind, &mut rows);
            problem.gradient(&rows, &mut gradient);
            let gap = problem.gap(&point, &rows, &gradient).value;
            if gap.is_finite() {
                certificate = Certificate::Gap(gap);
                if limits.gap_holds(gap, rows.mean + problem.penalty(&point.b)) {
                    status = Status::Converged(Test::Gap);
                    break;
                }
            } else if relative <= limits.tolerance.sqrt() {
                let convex = problem.is_convex();
                status = Status::Converged(if convex { Test::Decrement } else { Test::Violation });
                break;
            }
        }
        let Some(step) = taken else {
            status = problem.without_step();
            break;
        };
        if unpenalized && watcher.separated(problem, &point.z, &xd, step) {
            status = Status::Separated;
            recession = Some((d0, d[first..].to_vec(), xd.clone()));
            break;
        }
        if iterations % 10 == 0 {
            problem.refresh(&mut point);
            problem.evaluate(&point.z, None, kind, &mut rows);
        }
    }
    problem.refresh(&mut point);
    problem.evaluate(&point.z, None, kind, &mut rows);
    Solved { point, rows, status, certificate, iterations, history, recession, notes: Vec::new() }
}
