//! Which minimum a method goes to from where.

use ravine::methods::Entry;
use ravine::objective::Supplies;
use ravine::{StationaryPoint, Status, Stopping};
use serde_json::Value;

use crate::ranking::level;
use crate::rest::{Bottom, rest};

/// A run that rests this near to where another did, and as low, is taken to have reached the same point, without
/// looking further; against the largest variable of the point, or 1.
const NEAR: f64 = 1e-4;

/// Two minima that were found to rounding are the same where they are this near.
const SAME: f64 = 1e-6;

/// Where a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// A minimum, by its number in [`Basins::minima`].
    Minimum(usize),
    /// A point that is no minimum, or of which second derivatives do not tell.
    NoMinimum,
    /// Without bound.
    Away,
    /// Not to its end within the iterations.
    Underway,
    /// Nowhere: it could not start.
    Nowhere,
}

/// One method run from many starts, each of which is told by the minimum that it leads to.
///
/// ```
/// use ravine::methods::named;
/// use ravine_race::{Basins, Reached};
/// use serde_json::Value;
///
/// let himmelblau = ravine_problems::named("himmelblau")?.objective;
/// let mut basins = Basins::new(named("newton")?.clone(), Value::Null, 100, Vec::new());
/// // A step of Newton's from beside the maximum goes up to it.
/// let starts = [3.1, 2.1, -0.3, -0.9, -2.9, 3.0];
/// let reached = basins.from(&*himmelblau, &starts);
/// let ends: Vec<_> = reached.iter().map(|(end, _)| *end).collect();
/// assert_eq!(ends, [Reached::Minimum(0), Reached::NoMinimum, Reached::Minimum(1)]);
/// assert!((basins.minima()[0].point[0] - 3.0).abs() < 1e-12);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Basins {
    entry: Entry,
    settings: Value,
    iterations: u64,
    minima: Vec<Bottom>,
    /// Saddles and maxima that runs have come to rest at.
    others: Vec<Vec<f64>>,
}

impl Basins {
    /// Of a method with its settings, each run of which may take so many iterations. The minima that are
    /// known come first; what is found later is added.
    pub fn new(entry: Entry, settings: Value, iterations: u64, minima: Vec<Bottom>) -> Self {
        Self { entry, settings, iterations, minima, others: Vec::new() }
    }

    /// The minima that are known by now.
    pub fn minima(&self) -> &[Bottom] {
        &self.minima
    }

    /// Runs the method from each of the `starts`, their coordinates in turn: where it goes, and how many
    /// iterations that takes.
    pub fn from(&mut self, objective: &dyn Supplies, starts: &[f64]) -> Vec<(Reached, u64)> {
        let each = starts.chunks_exact(objective.dimension().max(1));
        each.map(|start| self.one(objective, start)).collect()
    }

    fn one(&mut self, objective: &dyn Supplies, start: &[f64]) -> (Reached, u64) {
        let stopping = Stopping { iterations: Some(self.iterations), ..Stopping::default() };
        let Ok(mut run) = self.entry.start(&self.settings, objective, start, stopping) else {
            return (Reached::Nowhere, 0);
        };
        let first = run.progress().value;
        while run.step().is_none() {}
        let outcome = run.outcome();
        let reached = match outcome.status {
            Status::Unbounded | Status::Diverged => Reached::Away,
            ref status if status.converged() || *status == Status::PrecisionLimit => {
                self.at(objective, &outcome.x, outcome.value, first)
            }
            Status::IterationLimit => Reached::Underway,
            _ => Reached::NoMinimum,
        };
        (reached, outcome.iterations)
    }

    /// What is at the point where a run from the value `first` rests.
    fn at(&mut self, objective: &dyn Supplies, x: &[f64], value: f64, first: f64) -> Reached {
        let as_low = |minimum: &Bottom| value <= level(minimum.value, first.max(minimum.value));
        let near = |minimum: &Bottom| as_low(minimum) && within(&minimum.point, x, NEAR);
        if let Some(known) = self.minima.iter().position(near) {
            return Reached::Minimum(known);
        }
        if self.others.iter().any(|other| within(other, x, NEAR)) {
            return Reached::NoMinimum;
        }
        let Some(found) = rest(objective, x, first) else { return Reached::NoMinimum };
        if matches!(found.kind, StationaryPoint::Saddle | StationaryPoint::Maximum) {
            self.others.push(x.to_vec());
        }
        let bottom = found.bottom.filter(|_| found.kind == StationaryPoint::Minimum);
        let Some(bottom) = bottom else { return Reached::NoMinimum };
        let same = |minimum: &Bottom| within(&minimum.point, &bottom.point, SAME);
        Reached::Minimum(self.minima.iter().position(same).unwrap_or_else(|| {
            self.minima.push(bottom);
            self.minima.len() - 1
        }))
    }
}

/// Whether two points differ by no more than `share` of the larger variables of the first, or of 1.
fn within(a: &[f64], b: &[f64], share: f64) -> bool {
    let size = a.iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= share * size)
}
