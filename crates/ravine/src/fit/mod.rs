//! What least squares say of the parameters of a curve: standard errors, correlations, intervals and
//! bands.

mod start;
mod statistics;
mod student;
mod weights;

pub use start::usual_start;
pub use statistics::{Accuracy, Fit, Scale};
pub use student::two_sided_quantile;
pub use weights::Weights;
