//! Generalized linear models, fitted.

mod choice;
mod fit;
mod fitted;
mod objective;
mod settings;
mod start;
mod targets;

pub(crate) use fit::centred;
pub use fitted::{FittedModel, Infinite, Separation};
pub(crate) use objective::problem_of;
pub use settings::{GeneralizedLinearModel, Solver};
pub(crate) use start::null_point;
pub use targets::Targets;
