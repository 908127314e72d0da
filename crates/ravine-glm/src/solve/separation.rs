//! Directions along which the likelihood rises for ever.

use crate::family::Family;

use super::problem::Problem;

/// Linear predictors up to this size decide no row; larger ones may grow for ever.
pub(crate) const DECIDED: f64 = 8.0;

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
pub(crate) fn is_possible(family: Family) -> bool {
    way(family, 0.0).is_some()
}

/// What a direction does to the linear predictors of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Change {
    /// The largest change.
    pub(crate) largest: f64,
    /// The largest that makes a row less likely.
    wrong: f64,
}

impl Change {
    /// Looks at the change of a row.
    pub(crate) fn see(&mut self, family: Family, y: f64, change: f64) {
        self.largest = self.largest.max(change.abs());
        self.wrong = self.wrong.max(match way(family, y) {
            Some(Way::Up) => -change,
            Some(Way::Down) => change,
            Some(Way::Neither) | None => change.abs(),
        });
    }

    /// How far the direction is from one of recession: the largest wrong change relative to the largest
    /// change; `None` of a direction that changes nothing.
    ///
    /// Under separation Newton's steps tend to a direction of recession, whose length tends to a
    /// constant; a fit with an optimum converges quadratically instead.
    pub(crate) fn wrong_share(&self) -> Option<f64> {
        (self.largest > 0.0).then(|| self.wrong / self.largest)
    }

    /// Whether the direction, one of recession, moves a row that it changes so: such a row it fits perfectly
    /// in the limit.
    pub(crate) fn moves(&self, change: f64) -> bool {
        change.abs() > 1e-6 * self.largest
    }
}

/// The change along a direction of the rows that count.
pub(crate) fn change_of(
    family: Family,
    y: &[f64],
    xd: &[f64],
    counts: impl Fn(usize) -> bool,
) -> Change {
    let mut seen = Change::default();
    let rows = xd.iter().enumerate().filter(|&(i, _)| counts(i));
    rows.for_each(|(i, &change)| seen.see(family, y[i], change));
    seen
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
        if !self.is_worth_a_look(step) {
            return false;
        }
        let farthest = z.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
        let counts = |i: usize| problem.weights[i] > 0.0;
        let family = problem.loss.family();
        self.judge(family, farthest, &change_of(family, problem.y, xd, counts))
    }

    /// Counts a step of this length; true after three full ones.
    pub(crate) fn is_worth_a_look(&mut self, step: f64) -> bool {
        self.full_steps = if step < 1.0 { 0 } else { self.full_steps + 1 };
        self.full_steps >= 3
    }

    /// What a full step says: the largest linear predictor after it, and what it has changed.
    pub(crate) fn judge(&mut self, family: Family, farthest: f64, change: &Change) -> bool {
        if farthest <= DECIDED || change.largest <= 0.5 || !is_possible(family) {
            self.confirmed = 0;
            return false;
        }
        let Some(share) = change.wrong_share() else { return false };
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
