//! Directions along which the likelihood rises for ever.

use crate::family::Family;

use super::problem::Problem;

/// Which way the linear predictor of a row may go for ever without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
    Neither,
}

fn way(family: Family, y: f64) -> Option<Way> {
    match family {
        Family::Binomial if y == 1.0 => Some(Way::Up),
        Family::Binomial if y == 0.0 => Some(Way::Down),
        Family::Binomial => Some(Way::Neither),
        Family::Poisson | Family::NegativeBinomial { .. } | Family::Tweedie { .. } => {
            Some(if y == 0.0 { Way::Down } else { Way::Neither })
        }
        _ => None,
    }
}

/// Whether the likelihood of the family can rise for ever along a direction.
pub(crate) fn is_possible(problem: &Problem<'_>) -> bool {
    way(problem.loss.family(), 0.0).is_some()
}

/// How far a direction is from one of recession: the largest wrong change of a row, relative to the
/// largest change; `None` where the family has no such directions.
///
/// Under separation Newton's steps tend to a direction of recession, whose length tends to a
/// constant; a fit with an optimum converges quadratically instead.
pub(crate) fn wrong_share(problem: &Problem<'_>, xd: &[f64]) -> Option<f64> {
    wrong_share_of(problem.loss.family(), problem.y, xd, |i| problem.weights[i] > 0.0)
}

/// The same of the rows that count.
pub(crate) fn wrong_share_of(
    family: Family,
    y: &[f64],
    xd: &[f64],
    counts: impl Fn(usize) -> bool,
) -> Option<f64> {
    let mut largest = 0.0_f64;
    let mut wrong = 0.0_f64;
    for (i, &change) in xd.iter().enumerate().filter(|&(i, _)| counts(i)) {
        largest = largest.max(change.abs());
        wrong = wrong.max(match way(family, y[i])? {
            Way::Up => -change,
            Way::Down => change,
            Way::Neither => change.abs(),
        });
    }
    (largest > 0.0).then(|| wrong / largest)
}

/// The rows that a direction of recession moves: those that it fits perfectly in the limit.
pub(crate) fn moved_rows(xd: &[f64]) -> Vec<usize> {
    let largest = xd.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    (0..xd.len()).filter(|&i| xd[i].abs() > 1e-6 * largest).collect()
}

/// Watches the full steps of Newton's method.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watcher {
    full_steps: usize,
    confirmed: usize,
}

impl Watcher {
    /// Looks at a step; true once three steps in a row are directions of recession, the last two of
    /// them to a millionth.
    pub(crate) fn separated(
        &mut self,
        problem: &Problem<'_>,
        z: &[f64],
        xd: &[f64],
        step: f64,
    ) -> bool {
        if step < 1.0 {
            self.full_steps = 0;
            return false;
        }
        self.full_steps += 1;
        if self.full_steps < 3 {
            return false;
        }
        let most = |x: &[f64]| x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        if most(z) <= 8.0 || most(xd) <= 0.5 {
            self.confirmed = 0;
            return false;
        }
        let Some(share) = wrong_share(problem, xd) else { return false };
        let enough = if self.confirmed == 0 { 1e-3 } else { 1e-6 };
        if share > enough {
            // The first of them stands while the steps settle.
            self.confirmed = usize::from(share <= 1e-3);
            return false;
        }
        self.confirmed += 1;
        self.confirmed >= 3
    }
}
