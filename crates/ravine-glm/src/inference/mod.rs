//! What a fit says of its coefficients: standard errors, intervals, tests and diagnostics.

mod covariance;
mod goodness;
mod held_out;
mod profile;
mod residuals;
mod table;

pub use covariance::{Covariance, Weighting};
pub(crate) use covariance::{leverages, shift_intercept};
pub use goodness::{AicRule, Dispersion, GoodnessOfFit};
pub use held_out::explained_deviance;
pub use profile::{LikelihoodRatio, Profile};
pub(crate) use residuals::deviance_residual;
pub use residuals::{Residual, Residuals};
pub use table::{Inference, InferenceSettings, WaldTest};
