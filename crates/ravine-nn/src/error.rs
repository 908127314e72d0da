//! What is wrong with a network.

use std::fmt;

/// A layer that does not fit, refused where the network is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError {
    layer: String,
    message: String,
}

impl NetworkError {
    pub(crate) fn new(layer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { layer: layer.into(), message: message.into() }
    }

    /// The name of the layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer {}: {}", self.layer, self.message)
    }
}

impl std::error::Error for NetworkError {}
