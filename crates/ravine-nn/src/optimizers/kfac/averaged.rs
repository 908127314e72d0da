//! Statistics that are averaged over steps, and inverses of them that may not exist.

use ravine_linalg::matrix::Precision;

use crate::precondition::{Averaging, KroneckerSettings, Status};

/// Numbers, averaged as the factors are.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub(super) struct Averaged<T: Precision> {
    pub mean: Vec<T>,
    averaging: Averaging,
}

impl<T: Precision> Averaged<T> {
    pub fn new(entries: usize, settings: &KroneckerSettings) -> Self {
        Self { mean: vec![T::ZERO; entries], averaging: Averaging::new(settings.average) }
    }

    /// What is not finite is refused.
    pub fn add(&mut self, new: &[T]) {
        if new.iter().all(|x| x.is_finite()) {
            let (keep, add) = self.averaging.next_weights();
            for (mean, new) in self.mean.iter_mut().zip(new) {
                *mean = T::narrow(keep * mean.wide() + add * new.wide());
            }
        }
    }

    pub fn read(&self) -> impl Iterator<Item = f64> {
        let correction = self.averaging.correction();
        self.mean.iter().map(move |mean| correction * mean.wide())
    }
}

/// Calls `refresh` with 1, and where what it makes does not exist, with 10, 100 and 1000: what the damping is
/// multiplied by.
pub(super) fn retried(mut refresh: impl FnMut(f64) -> Status) -> Status {
    let mut status = Status::KeptOld;
    for times in [1.0, 10.0, 100.0, 1000.0] {
        status = refresh(times);
        if status != Status::KeptOld {
            break;
        }
    }
    status
}
