//! Generalized linear models, fitted.

mod choice;
mod fit;
mod fitted;
mod increments;
mod minimize;
mod monotone;
mod objective;
mod separated;
mod settings;
mod start;
mod targets;

pub(crate) use fit::{is_no_count, no_count};
pub(crate) use fitted::words_of;
pub use fitted::{FittedModel, Infinite, Separation};
pub(crate) use increments::by_increments;
pub use monotone::{Before, Direction, MonotoneTerm};
pub(crate) use objective::{check_range, column_deviations, problem_of};
pub(crate) use separated::Movers;
pub use settings::{ColumnGroup, GeneralizedLinearModel, PenaltyUnits, Solver};
pub(crate) use start::{no_start, null_point};
pub use targets::Targets;
