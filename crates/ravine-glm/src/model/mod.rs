//! Generalized linear models, fitted.

mod choice;
mod fit;
mod fitted;
mod settings;
mod start;
mod targets;

pub(crate) use fit::{centred, problem_of};
pub use fitted::{FittedModel, Infinite, Separation};
pub use settings::{ColumnGroup, GeneralizedLinearModel, Solver};
pub(crate) use start::null_point;
pub use targets::Targets;
