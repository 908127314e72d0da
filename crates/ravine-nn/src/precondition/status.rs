//! How refreshing a part of a preconditioner ended.

/// How a refresh, or a look at new data, ended.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was due.
    #[default]
    Unchanged,
    /// New data, roots or bases are in use.
    Refreshed,
    /// There is nothing to learn from: all zero. No preconditioning on this side, never a division by
    /// zero.
    Empty,
    /// Something was not finite, or could not be factored: what was there before is kept, and counted as
    /// a [failure](Failures).
    KeptOld,
}

impl Status {
    /// That of two parts together: the more alarming one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// How often in a row, and how often in all, something was kept because the new was of no use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failures {
    /// Since the last success.
    pub consecutive: u64,
    /// From the start on.
    pub total: u64,
}

impl Failures {
    /// Counts, and gives the status back.
    pub(super) fn count(&mut self, status: Status) -> Status {
        match status {
            Status::Unchanged => {}
            Status::Refreshed | Status::Empty => self.consecutive = 0,
            Status::KeptOld => {
                self.consecutive += 1;
                self.total += 1;
            }
        }
        status
    }
}

/// What one step of a method did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whether there is a direction: not after a call that only sets the state up, nor where the
    /// gradient was refused. The direction is zero then, the step does not count, and neither should
    /// weight decay.
    pub moves: bool,
    /// What happened to the roots or bases; [`Status::KeptOld`] where the gradient was refused.
    pub status: Status,
}

impl Step {
    pub(super) fn moved(status: Status) -> Self {
        Self { moves: true, status }
    }

    /// No direction: zero.
    pub(super) fn none<T: Clone + Default>(direction: &mut [T], status: Status) -> Self {
        direction.fill(T::default());
        Self { moves: false, status }
    }
}
