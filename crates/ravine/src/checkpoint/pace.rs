//! When checkpoints are written.

use std::path::PathBuf;
use std::time::Duration;

use super::error::Error;
use super::file;
use super::subject::Subject;
use crate::clock::Instant;
use crate::minimize::Stepping;
use ravine_linalg::ArgumentError;

/// Between two checkpoints, where no number of iterations is given.
const PAUSE: Duration = Duration::from_secs(30);

/// At least so many times as long as one takes: writing is a twentieth of the time at most.
const SHARE: u32 = 20;

/// Writes checkpoints of a run to a file, each in the place of the one before: see the
/// [module](super).
#[derive(Debug)]
pub struct Checkpoints {
    path: PathBuf,
    subject: Subject,
    every: Option<u64>,
    /// Steps since the last one; `None` before the first.
    steps: Option<u64>,
    due: Instant,
    pause: Duration,
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
        ArgumentError::check(every != Some(0), "every", "0", "positive")?;
        let (path, due) = (path.into(), Instant::now());
        Ok(Self { path, subject, every, steps: None, due, pause: PAUSE })
    }

    /// To be called at the start and after every step, the last included: writes a checkpoint at once,
    /// whenever one is due, and where the run has ended but [could go on](crate::Status::can_go_on).
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The last checkpoint is then still there.
    pub fn note(&mut self, run: &dyn Stepping) -> Result<(), Error> {
        let write = match (run.status(), self.steps) {
            (Some(status), _) => status.can_go_on(),
            (None, None) => true,
            (None, Some(steps)) => match self.every {
                Some(every) => steps + 1 >= every,
                None => self.due.elapsed() >= self.pause,
            },
        };
        if !write {
            self.steps = self.steps.map(|steps| steps + 1);
            return Ok(());
        }
        let begun = Instant::now();
        file::save(&self.path, &self.subject, run.progress().iteration, |out| {
            run.write_checkpoint(out)
        })?;
        self.pause = PAUSE.max(begun.elapsed() * SHARE);
        self.due = Instant::now();
        self.steps = Some(0);
        Ok(())
    }
}
