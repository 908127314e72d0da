//! How a run went, moment by moment.

use ravine::minimize::Progress;
use ravine::objective::Counts;

/// Above this many samples every other one is dropped.
const MOST_SAMPLES: usize = 4096;

/// A moment of a run.
#[derive(Clone, Debug)]
pub struct Sample {
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
    /// The point, in two dimensions.
    pub point: Option<(f64, f64)>,
}

/// Samples of a run, evenly spread over its iterations: all of them up to 4096, then every other,
/// every fourth, ...
///
/// ```
/// use ravine::methods::{SteepestDescent, named};
/// use ravine::minimize::Stepping;
/// use ravine_problems::race::History;
///
/// let problem = ravine_problems::named("booth")?;
/// let (method, none) = (named("bb")?, serde_json::Value::Null);
/// let stopping = ravine::Stopping::default();
/// let mut run = method.start(&none, &*problem.objective, &problem.start, stopping, None)?;
/// let mut history = History::default();
/// history.record(&run.progress());
/// while run.step().is_none() {
///     history.record(&run.progress());
/// }
/// assert_eq!(history.samples().next().unwrap().point, Some((-5.0, 8.0)));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    samples: Vec<Sample>,
    spacing: u32,
    /// The latest moment, where it is not among the samples.
    last: Option<Sample>,
}

impl History {
    /// Adds a moment.
    pub fn record(&mut self, progress: &Progress<'_, Vec<f64>>) {
        let point = match progress.x.as_slice() {
            &[x, y] => Some((x, y)),
            _ => None,
        };
        let sample = Sample {
            iteration: progress.iteration,
            evaluations: progress.evaluations,
            seconds: progress.seconds,
            value: progress.value,
            gradient_norm: progress.gradient_norm,
            point,
        };
        if !sample.iteration.is_multiple_of(1 << self.spacing) {
            self.last = Some(sample);
            return;
        }
        self.last = None;
        self.samples.push(sample);
        if self.samples.len() > MOST_SAMPLES {
            self.spacing += 1;
            let spacing = self.spacing;
            self.samples.retain(|s| s.iteration.is_multiple_of(1 << spacing));
        }
    }

    /// The samples in order, the latest moment included.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter().chain(&self.last)
    }
}
