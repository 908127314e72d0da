//! Networks by a short description.

use std::fmt;
use std::str::FromStr;

use ravine_linalg::ArgumentError;

use crate::backend::Unary;
use crate::error::NetworkError;
use crate::network::{Input, Network};
use crate::ready::{convolutional, mlp};

/// A network in a few words: `mlp:128,64`, layers of so many units; `conv:16,32`, two convolutions with so many
/// channels; `linear`, a single layer.
///
/// ```
/// use ravine_nn::{Input, Model, Unary};
///
/// let model: Model = "mlp:128,64".parse()?;
/// let network = model.network(&Input::Features(vec![784]), 10, Unary::Relu)?;
/// assert_eq!(network.parameters().len(), 6);
/// assert!("mpl:128".parse::<Model>().unwrap_err().to_string().contains("mlp:128,64"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Model {
    /// See [`mlp`].
    Mlp(Vec<usize>),
    /// See [`convolutional`].
    Convolutional([usize; 2]),
}

impl Model {
    /// The network for these inputs and outputs.
    ///
    /// # Errors
    ///
    /// Inputs that are no images, for convolutions.
    pub fn network(
        &self,
        input: &Input,
        outputs: usize,
        units: Unary,
    ) -> Result<Network, NetworkError> {
        match (self, input) {
            (Self::Mlp(hidden), _) => mlp(input.clone(), hidden, outputs, units),
            (Self::Convolutional(channels), Input::Features(sizes)) => match sizes[..] {
                [height, width, of] => convolutional([height, width, of], *channels, outputs),
                _ => {
                    let message = format!("inputs of {} numbers are no images", input.entries());
                    Err(NetworkError::new("convolution1", message))
                }
            },
            (Self::Convolutional(_), Input::Symbols { .. }) => {
                Err(NetworkError::new("convolution1", "symbols are no images"))
            }
        }
    }
}

impl FromStr for Model {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (kind, sizes) = text.split_once(':').unwrap_or((text, ""));
        let sizes: Option<Vec<usize>> =
            sizes.split(',').filter(|n| !n.is_empty()).map(|n| n.trim().parse().ok()).collect();
        match (kind, sizes.as_deref()) {
            ("linear", Some([])) => Ok(Self::Mlp(Vec::new())),
            ("mlp", Some(hidden @ [_, ..])) if !hidden.contains(&0) => {
                Ok(Self::Mlp(hidden.to_vec()))
            }
            ("conv", Some(&[first, second])) if first > 0 && second > 0 => {
                Ok(Self::Convolutional([first, second]))
            }
            _ => {
                let message = format!(
                    "is `{text}`, but must be such as mlp:128,64 (units of layers), conv:16,32 (channels of two \
                     convolutions), or linear"
                );
                Err(ArgumentError::new("model", message))
            }
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined =
            |sizes: &[usize]| sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        match self {
            Self::Mlp(hidden) if hidden.is_empty() => f.write_str("linear"),
            Self::Mlp(hidden) => write!(f, "mlp:{}", joined(hidden)),
            Self::Convolutional(channels) => write!(f, "conv:{}", joined(channels)),
        }
    }
}
