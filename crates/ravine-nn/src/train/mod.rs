//! Training: epochs with measurements, on the cases and on others, that can go on later.

mod checkpoint;
mod report;
mod run;
mod saved;
mod settings;
mod tuned;
mod whole;

pub use checkpoint::TrainingCheckpoints;
pub use report::{EpochReport, Trained};
pub use run::TrainingRun;
pub use saved::{About, DataSource, Saved};
pub use settings::Training;
pub use whole::train;
