//! Which solver, and why.

use super::settings::Solver;
use crate::solve::problem::Problem;

/// Beyond so many columns the matrix `X'WX` is not formed by itself.
const MOST_COLUMNS: usize = 5_000;

/// Why a solver cannot minimize the problem, if it cannot.
pub(crate) fn obstacle(problem: &Problem<'_>, solver: Solver) -> Option<String> {
    let rough = problem.has_corners() || problem.bounds.is_some();
    let name = solver.name();
    match solver {
        Solver::CoordinateDescent | Solver::Automatic => None,
        Solver::Saga | Solver::SketchySaga if problem.loss.smoothness().is_none() => Some(format!(
            "is `{name}`, which is for losses of bounded curvature: gaussian, binomial with logit, \
             huber and smooth hinges"
        )),
        Solver::Saga if problem.groups.is_empty() => None,
        _ if rough => Some(format!(
            "is `{name}`, but must be `coordinate-descent` for an L1 penalty, groups or bounds"
        )),
        _ => None,
    }
}

/// A solver for the problem and the facts that speak for it, in words.
pub(crate) fn choose(problem: &Problem<'_>, asked: Solver) -> (Solver, String) {
    let rough = problem.has_corners() || problem.bounds.is_some();
    if asked != Solver::Automatic {
        return (asked, "asked for".to_owned());
    }
    if rough {
        let why = match (problem.bounds.is_some(), problem.groups.is_empty()) {
            (true, _) => "bounds",
            (false, true) => "an L1 penalty",
            (false, false) => "a penalty of groups",
        };
        return (
            Solver::CoordinateDescent,
            format!("{why}: working sets follow the support of the coefficients"),
        );
    }
    let (n, p) = (problem.rows() as f64, problem.columns() as f64);
    let stored = problem.design.stored() as f64;
    // Seconds on one core, from rates that hold to a factor of two.
    let (gram, product) = if problem.design.is_sparse() {
        (stored * (stored / n.max(1.0)) / 2.0 * 1e-9, 2.0 * stored * 1.5e-9)
    } else {
        (n * p * p / 3e10, 2.0 * stored * 8.0 / 1e10)
    };
    let factor = p * p * p / 3.0 / 1e10;
    let products = (gram + factor) / product.max(1e-12);
    if problem.columns() <= MOST_COLUMNS && products < 40.0 {
        let why = format!(
            "forming and factorizing X'WX with {p} columns costs about {products:.1} products with \
             X'WX, fewer than conjugate gradients take"
        );
        return (Solver::Cholesky, why);
    }
    let why = format!(
        "{p} columns: forming and factorizing X'WX would cost about {products:.0} products with it, \
         more than conjugate gradients take"
    );
    (Solver::NewtonCg, why)
}
