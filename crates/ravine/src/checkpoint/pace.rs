//! When checkpoints are written.

use std::path::PathBuf;
use std::time::Duration;

use super::error::Error;
use super::file;
use super::subject::Subject;
use crate::clock::Instant;
use crate::minimize::{Status, Stepping};
use ravine_linalg::ArgumentError;

/// Between two checkpoints, where no number of iterations is given.
const PAUSE: Duration = Duration::from_secs(30);

/// At least so many times as long as one takes: writing is a twentieth of the time at most.
const SHARE: u32 = 20;

/// When a checkpoint is due: after every so many steps, or by the clock.
///
/// ```
/// use ravine::checkpoint::Pace;
///
/// let mut pace = Pace::new(Some(2))?;
/// let mut written = Vec::new();
/// for step in 0..5 {
///     if pace.due() {
///         pace.wrote(|| written.push(step));
///     } else {
///         pace.passed();
///     }
/// }
/// assert_eq!(written, [0, 2, 4]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Debug)]
pub struct Pace {
    every: Option<u64>,
    /// Steps since the last one; `None` before the first.
    steps: Option<u64>,
    due: Instant,
    pause: Duration,
}

impl Pace {
    /// Every so many steps; `None` for every 30 seconds, or, where writing takes long, for less than a
    /// twentieth of the time. The first is due at once.
    ///
    /// # Errors
    ///
    /// If `every` is 0.
    pub fn new(every: Option<u64>) -> Result<Self, ArgumentError> {
        ArgumentError::check(every != Some(0), "every", "0", "positive")?;
        Ok(Self { every, steps: None, due: Instant::now(), pause: PAUSE })
    }

    /// Whether one is due after the step that is just behind.
    pub fn due(&self) -> bool {
        match (self.steps, self.every) {
            (None, _) => true,
            (Some(steps), Some(every)) => steps + 1 >= every,
            (Some(_), None) => self.due.elapsed() >= self.pause,
        }
    }

    /// Counts a step after which none was written.
    pub fn passed(&mut self) {
        self.steps = self.steps.map(|steps| steps + 1);
    }

    /// Writes one, and begins to wait for the next.
    pub fn wrote<T>(&mut self, write: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let written = write();
        self.pause = PAUSE.max(begun.elapsed() * SHARE);
        self.due = Instant::now();
        self.steps = Some(0);
        written
    }
}

/// Writes checkpoints of a run to a file, each in the place of the one before: see the
/// [module](super).
#[derive(Debug)]
pub struct Checkpoints {
    path: PathBuf,
    subject: Subject,
    pace: Pace,
}

impl Checkpoints {
    /// Writes to `path` every so many iterations, over batches every so many epochs; `None` for every 30
    /// seconds, or, where writing takes long, for less than a twentieth of the time.
    ///
    /// # Errors
    ///
    /// If `every` is 0.
    pub fn new(
        path: impl Into<PathBuf>,
        subject: Subject,
        every: Option<u64>,
    ) -> Result<Self, ArgumentError> {
        Ok(Self { path: path.into(), subject, pace: Pace::new(every)? })
    }

    /// To be called at the start and after every step, the last included: writes a checkpoint at once,
    /// whenever one is due, and where the run has ended but [could go on](crate::Status::can_go_on).
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The last checkpoint is then still there.
    pub fn note(&mut self, run: &dyn Stepping) -> Result<(), Error> {
        if !run.status().map_or_else(|| self.pace.due(), Status::can_go_on) {
            self.pace.passed();
            return Ok(());
        }
        let Self { path, subject, pace } = self;
        pace.wrote(|| {
            file::save(path, subject, run.progress().iteration, |out| run.write_checkpoint(out))
        })
    }
}
