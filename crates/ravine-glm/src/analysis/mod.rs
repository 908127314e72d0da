//! A model of a table from beginning to end: the family its target suggests, penalties chosen or
//! given, the fit, the table of coefficients, and a form that can be stored and predicts.

mod calibration;
mod choose;
mod coefficients;
mod columns;
mod family;
mod fit;
mod framed;
mod others;
mod saved;
mod settings;
mod streamed;
mod target;

pub use calibration::{Calibration, calibration};
pub use choose::Chosen;
pub use coefficients::{Coefficient, Estimate};
pub use family::ModelFamily;
pub use fit::Analyzed;
pub use framed::{Framed, NewRows, Variables};
pub use saved::{Predictions, Predictor, SavedModel};
pub use settings::{Analysis, Cases, Choice, Correction, Errors, Rule};
pub use streamed::{StreamError, Streamed};
