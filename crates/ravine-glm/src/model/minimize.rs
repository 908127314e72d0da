//! One call for all solvers.

use super::settings::Solver;
use crate::solve::coordinate_descent::Kept;
use crate::solve::problem::{Point, Problem};
use crate::solve::saga::Metric;
use crate::solve::solved::Solved;
use crate::solve::status::Limits;
use crate::solve::{cholesky, coordinate_descent, lbfgs, newton_cg, saga};

/// Minimizes the objective of a problem from a start by a solver.
pub(super) fn minimize(
    solver: Solver,
    problem: &Problem<'_>,
    mut start: Point,
    limits: &Limits,
    kept: &mut Kept,
) -> Solved {
    if start.z.is_empty() && solver != Solver::CoordinateDescent {
        problem.refresh(&mut start);
    }
    match solver {
        Solver::NewtonCg => newton_cg::solve(problem, start, limits),
        Solver::Lbfgs => {
            let limits = Limits { iterations: 10 * limits.iterations, ..*limits };
            lbfgs::solve(problem, start, &limits)
        }
        Solver::CoordinateDescent => coordinate_descent::solve(problem, start, limits, kept),
        Solver::Saga => saga::solve(problem, start, limits, Metric::Plain),
        Solver::SketchySaga => saga::solve(problem, start, limits, Metric::Sketched),
        Solver::Cholesky | Solver::Automatic => cholesky::solve(problem, start, limits),
    }
}
