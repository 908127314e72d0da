//! How a run went, moment by moment.

use ravine::minimize::Progress;
use ravine::objective::Counts;

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Iterations made.
    pub iteration: u64,
    /// Evaluations so far.
    pub evaluations: Counts,
    /// Wall time so far.
    pub seconds: f64,
    /// The value.
    pub value: f64,
    /// The maximum norm of the (projected) gradient.
    pub gradient_norm: f64,
}

/// How much of a run is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Most moments, at least 2; `None` for all. Default 4096.
    pub moments: Option<usize>,
    /// Up to how many variables the points are kept. Default 3: enough to draw them.
    pub variables: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { moments: Some(4096), variables: 3 }
    }
}

impl Retention {
    /// Everything.
    pub const ALL: Self = Self { moments: None, variables: usize::MAX };
}

/// Moments of a run, evenly spread over its iterations: all of them up to as many as are kept, then
/// every other, every fourth, ...; always the first and the last.
///
/// ```
/// use ravine_race::{History, Retention};
///
/// let problem = ravine_problems::named("booth")?;
/// let (method, none) = (ravine::methods::named("gd")?, serde_json::json!({ "step": 0.01 }));
/// let stopping = ravine::Stopping::default();
/// let mut run = method.start(&none, &*problem.objective, &problem.start, stopping)?;
/// let mut history = History::new(Retention { moments: Some(100), ..Retention::default() });
/// history.record(&run.progress());
/// while run.step().is_none() {
///     history.record(&run.progress());
/// }
/// history.record(&run.progress());
/// let moments = history.moments();
/// assert!(moments.len() <= 100 && moments[2].iteration == 2 * moments[1].iteration);
/// assert_eq!(moments.last().unwrap().iteration, run.outcome().iterations);
/// assert_eq!(history.points().next().unwrap(), [-5.0, 8.0]);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    retention: Retention,
    moments: Vec<Moment>,
    /// One after another, where they are kept.
    points: Vec<f64>,
    /// Numbers a point, 0 where points are not kept.
    width: usize,
    /// Every how many iterations a moment is kept, as a power of two.
    spacing: u32,
}

impl History {
    /// Of a run that has not begun.
    pub fn new(retention: Retention) -> Self {
        Self { retention, ..Self::default() }
    }

    /// Takes in where a run is; false, and nothing is taken in, where that is the iteration of the
    /// last moment.
    pub fn record(&mut self, now: &Progress<'_, Vec<f64>>) -> bool {
        self.record_counted(now, now.evaluations)
    }

    /// [`record`](Self::record), with evaluations that somebody else has counted.
    pub fn record_counted(&mut self, now: &Progress<'_, Vec<f64>>, evaluations: Counts) -> bool {
        let last = self.moments.last().map(|moment| moment.iteration);
        if last == Some(now.iteration) {
            return false;
        }
        if last.is_some_and(|last| !self.is_due(last)) {
            self.moments.pop();
            self.points.truncate(self.moments.len() * self.width);
        }
        if last.is_none() && now.x.len() <= self.retention.variables {
            self.width = now.x.len();
        }
        self.moments.push(Moment {
            iteration: now.iteration,
            evaluations,
            seconds: now.seconds,
            value: now.value,
            gradient_norm: now.gradient_norm,
        });
        if self.width > 0 {
            self.points.extend_from_slice(now.x);
        }
        if self.retention.moments.is_some_and(|most| self.moments.len() > most.max(2)) {
            self.thin();
        }
        true
    }

    /// Whether an iteration is one that is kept.
    fn is_due(&self, iteration: u64) -> bool {
        let first = self.moments.first().map_or(0, |moment| moment.iteration);
        (iteration - first).is_multiple_of(1 << self.spacing)
    }

    /// Doubles the spacing; what is not due any more goes, but for the last moment.
    fn thin(&mut self) {
        self.spacing += 1;
        let (count, width, mut kept) = (self.moments.len(), self.width, 0);
        for k in 0..count {
            if k + 1 == count || self.is_due(self.moments[k].iteration) {
                self.moments.swap(kept, k);
                self.points.copy_within(k * width..(k + 1) * width, kept * width);
                kept += 1;
            }
        }
        self.moments.truncate(kept);
        self.points.truncate(kept * width);
    }

    /// The moments in order, the first and the latest included.
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// The points of the moments, one after another; empty where they are not kept.
    pub fn coordinates(&self) -> &[f64] {
        &self.points
    }

    /// The points of the moments; none where they are not kept.
    pub fn points(&self) -> std::slice::ChunksExact<'_, f64> {
        self.points.chunks_exact(self.width.max(1))
    }
}
