//! The information of a multinomial fit, and the errors that follow from it.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::dot;

use super::softmax::{Rows, Softmax};

/// Up to so many parameters without penalty the Hessian is formed, as it may be ill-conditioned without
/// bounds.
pub(super) const DENSE: usize = 1_500;

/// Whether the Hessian of so many classes and columns is formed where there is no penalty.
pub(super) fn is_formed(count: usize, columns: usize) -> bool {
    count * (columns + 1) <= DENSE
}

/// Which parameters move in a smooth step: (class, 0 for the intercept or 1 + column).
pub(super) fn parameters(problem: &Softmax<'_>) -> Vec<(usize, usize)> {
    let p = problem.design.columns();
    let last = problem.count - 1;
    let free = |&(k, j): &(usize, usize)| {
        Some(k) != problem.fixed
            && j.checked_sub(1).is_none_or(|column| !problem.held[column])
            && (j > 0 || (problem.intercept && (problem.fixed.is_some() || k != last)))
    };
    (0..problem.count).flat_map(|k| (0..=p).map(move |j| (k, j))).filter(free).collect()
}

/// The rows and columns of the Hessian with penalty of these parameters.
pub(super) fn chosen_hessian(
    problem: &Softmax<'_>,
    rows: &Rows,
    list: &[(usize, usize)],
) -> Matrix {
    let p = problem.design.columns();
    let all: Vec<usize> = (0..p).collect();
    let hessian = problem.hessian(rows, &all);
    let place = |(k, j): (usize, usize)| k * (p + 1) + j;
    Matrix::from_fn(list.len(), list.len(), |a, b| {
        let penalty = if a == b && list[a].1 > 0 { problem.l2 } else { 0.0 };
        hessian[(place(list[a]), place(list[b]))] + penalty
    })
}

/// Standard errors by the inverse of the information of all free parameters; NaN of columns that are held.
pub(super) fn standard_errors(
    problem: &Softmax<'_>,
    rows: &Rows,
    total: f64,
) -> Option<Vec<Vec<f64>>> {
    let list = parameters(problem);
    if list.len() > DENSE {
        return None;
    }
    let factor = Cholesky::new(&chosen_hessian(problem, rows, &list)).ok()?;
    let (p, first) = (problem.design.columns(), usize::from(problem.intercept));
    let own = |k: usize| k * (p + 1)..(k + 1) * (p + 1);
    let mut places = vec![None; problem.count * (p + 1)];
    list.iter().enumerate().for_each(|(a, &(k, column))| places[k * (p + 1) + column] = Some(a));
    let error = |k: usize, column: usize| {
        let mut of_class = vec![0.0; p + 1];
        of_class[column] = 1.0;
        if column == 0 {
            // The intercept of the columns as they were: `b0 - m'b`.
            problem.shifts.iter().zip(&mut of_class[1..]).for_each(|(m, of)| *of -= m);
        }
        problem.rests.function_of_rests(&mut of_class[1 - first..], problem.intercept);
        let mut unit = vec![0.0; list.len()];
        for (of, place) in of_class.iter().zip(&places[own(k)]) {
            if let Some(place) = place {
                unit[*place] = *of;
            }
        }
        factor.solve_lower(&mut unit);
        (dot(&unit, &unit) / total).sqrt()
    };
    let classes = (0..problem.count).filter(|&k| Some(k) != problem.fixed);
    let of_class = |k: usize| {
        let columns = 1 - first..=p;
        let is_held = |column: usize| column.checked_sub(1).is_some_and(|j| problem.held[j]);
        columns.map(|j| if is_held(j) { f64::NAN } else { error(k, j) }).collect()
    };
    problem.fixed.map(|_| classes.map(of_class).collect())
}
