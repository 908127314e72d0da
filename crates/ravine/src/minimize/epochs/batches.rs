//! The batches of an epoch.

use crate::conditions::{Epochs, LastBatch};
use ravine_linalg::ArgumentError;
use ravine_linalg::random::Random;

/// Where a run is in its epochs. The order of the cases follows from the generator as it was at the
/// beginning of the epoch, so that this is all a checkpoint needs.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Batches {
    cases: usize,
    size: usize,
    last: LastBatch,
    /// How many epochs there are to be, where the schedule of the steps goes by that.
    total: Option<u64>,
    /// Whole epochs before this one.
    epoch: u64,
    /// Cases of this epoch that are behind.
    behind: usize,
    /// As this epoch began.
    random: Random,
    /// The order of this epoch; empty until it is asked for.
    #[serde(skip)]
    order: Vec<usize>,
}

/// What the factors of the steps depend on.
fn total(settings: &Epochs) -> Option<u64> {
    settings.schedule.goes_by_the_end().then_some(settings.epochs)
}

impl Batches {
    pub fn new(cases: usize, settings: &Epochs) -> Self {
        Self {
            cases,
            size: settings.batch_size.min(cases),
            last: settings.last_batch,
            total: total(settings),
            epoch: 0,
            behind: 0,
            random: Random::new(settings.seed),
            order: Vec::new(),
        }
    }

    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Whether these are the batches that the settings ask for.
    pub fn fit(&self, settings: &Epochs) -> bool {
        self.size == settings.batch_size.min(self.cases) && self.last == settings.last_batch
    }

    /// Whether a run under these settings steps as one that was to have as many epochs as this.
    ///
    /// # Errors
    ///
    /// How many it was to have, where the schedule goes by that and there are to be more or less.
    pub fn fits_the_end(&self, settings: &Epochs) -> Result<(), ArgumentError> {
        if self.total == total(settings) {
            return Ok(());
        }
        let was = match self.total {
            Some(of) => format!("goes by its {of} epochs"),
            None => "does not go by the number of epochs".to_owned(),
        };
        let Epochs { epochs, schedule, .. } = settings;
        let message = format!(
            "is of a run whose schedule {was}; `{schedule}` over {epochs} epochs would be another run"
        );
        Err(ArgumentError::new("checkpoint", message))
    }

    /// Whole epochs behind.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether an epoch has just ended.
    pub fn between_epochs(&self) -> bool {
        self.behind == 0
    }

    /// Batches of an epoch.
    pub fn per_epoch(&self) -> u64 {
        let batches = match self.last {
            LastBatch::Kept => self.cases.div_ceil(self.size),
            LastBatch::Dropped => self.cases / self.size,
        };
        batches as u64
    }

    /// The batch that is next.
    pub fn current(&mut self) -> &[usize] {
        if self.order.is_empty() {
            self.order.extend(0..self.cases);
            self.random.clone().shuffle(&mut self.order);
        }
        &self.order[self.behind..(self.behind + self.size).min(self.cases)]
    }

    /// Leaves the batch behind; its number of cases.
    pub fn pass(&mut self) -> usize {
        let size = self.size.min(self.cases - self.behind);
        self.behind += size;
        let left = self.cases - self.behind;
        if left == 0 || (self.last == LastBatch::Dropped && left < self.size) {
            self.epoch += 1;
            self.behind = 0;
            // A generator for each epoch: the next does not depend on what this order took from its own.
            self.random = Random::new(self.random.bits());
            self.order.clear();
        }
        size
    }
}
