//! Generalized linear models, fitted.

mod choice;
mod fit;
mod fitted;
mod increments;
mod monotone;
mod objective;
mod settings;
mod start;
mod targets;

pub(crate) use fit::centred;
pub use fitted::{FittedModel, Infinite, Separation};
pub(crate) use increments::by_increments;
pub use monotone::{Before, Direction, MonotoneTerm};
pub(crate) use objective::{column_deviations, problem_of};
pub use settings::{ColumnGroup, GeneralizedLinearModel, PenaltyUnits, Solver};
pub(crate) use start::null_point;
pub use targets::Targets;
