//! What goes wrong, as the page sees it.

use ravine::minimize::Error;
use ravine::{ArgumentError, FunctionError};
use ravine_linalg::matrix::FactorizationError;
use ravine_nn::NetworkError;
use wasm_bindgen::{JsError, JsValue};

/// A message for the user of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        JsError::new(&failure.0).into()
    }
}

macro_rules! from {
    ($($error:ty)*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

from!(ArgumentError Error FactorizationError FunctionError NetworkError);
