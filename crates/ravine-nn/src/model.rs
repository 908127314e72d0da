//! Networks by a short description.

use std::fmt;
use std::str::FromStr;

use ravine_linalg::ArgumentError;

use crate::backend::Unary;
use crate::error::NetworkError;
use crate::network::{Input, Network};
use crate::ready::{Transformer, autoencoder, convolutional, mlp, transformer};

/// A network in a few words:
///
/// | words | network |
/// |---|---|
/// | `linear` | a single layer |
/// | `mlp:128,64` | [layers](mlp) of so many units |
/// | `conv:16,32` | two [convolutions](convolutional) with so many channels |
/// | `autoencoder:128,16` | [layers](autoencoder) down to a code of so many numbers, and back |
/// | `transformer:64,2,4` | a [transformer] of this width, depth and number of heads |
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Model {
    /// See [`mlp`].
    Mlp(Vec<usize>),
    /// See [`convolutional`].
    Convolutional([usize; 2]),
    /// See [`autoencoder`].
    Autoencoder(Vec<usize>),
    /// See [`transformer`].
    Transformer {
        /// Of the stream.
        width: usize,
        /// Blocks.
        depth: usize,
        /// Of each attention.
        heads: usize,
    },
}

impl Model {
    /// The network for these inputs and outputs.
    ///
    /// # Errors
    ///
    /// Inputs that are no images, for convolutions; outputs that are not the inputs, for autoencoders; inputs that are
    /// no symbols, for transformers.
    pub fn network(
        &self,
        input: &Input,
        outputs: usize,
        units: Unary,
    ) -> Result<Network, NetworkError> {
        let refuse = |layer: &str, why: String| Err(NetworkError::new(layer, why));
        match (self, input) {
            (Self::Mlp(hidden), _) => mlp(input.clone(), hidden, outputs, units),
            (Self::Convolutional(channels), Input::Features(sizes)) => match sizes[..] {
                [height, width, of] => convolutional([height, width, of], *channels, outputs),
                _ => {
                    let why = format!("inputs of {} numbers are no images", input.entries());
                    refuse("convolution1", why)
                }
            },
            (Self::Convolutional(_), Input::Symbols { .. }) => {
                refuse("convolution1", "symbols are no images".into())
            }
            (Self::Autoencoder(hidden), Input::Features(_)) => {
                let entries = input.entries();
                if outputs != entries {
                    let why = format!("{outputs} outputs are not the {entries} inputs");
                    return refuse("layer1", why);
                }
                autoencoder(entries, hidden, units)
            }
            (Self::Autoencoder(_), Input::Symbols { .. }) => {
                refuse("layer1", "symbols have no code".into())
            }
            (&Self::Transformer { width, depth, heads }, &Input::Symbols { length, count }) => {
                if outputs != count {
                    let why = format!("{outputs} outputs are not one for each of {count} symbols");
                    return refuse("head", why);
                }
                transformer(&Transformer { length, symbols: count, width, depth, heads })
            }
            (Self::Transformer { .. }, Input::Features(_)) => {
                refuse("symbols", "numbers are no symbols".into())
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
        let sizes = sizes.filter(|sizes| !sizes.contains(&0));
        match (kind, sizes.as_deref()) {
            ("linear", Some([])) => Ok(Self::Mlp(Vec::new())),
            ("mlp", Some(hidden @ [_, ..])) => Ok(Self::Mlp(hidden.to_vec())),
            ("conv", Some(&[first, second])) => Ok(Self::Convolutional([first, second])),
            ("autoencoder", Some(hidden @ [_, ..])) => Ok(Self::Autoencoder(hidden.to_vec())),
            ("transformer", Some(&[width, depth, heads])) => {
                Ok(Self::Transformer { width, depth, heads })
            }
            _ => {
                let message = format!(
                    "is `{text}`, but must be such as mlp:128,64 (units of layers), conv:16,32 (channels of two \
                     convolutions), autoencoder:128,16 (layers down to the code), transformer:64,2,4 (width, depth, \
                     heads), or linear"
                );
                Err(ArgumentError::new("model", message))
            }
        }
    }
}

impl TryFrom<String> for Model {
    type Error = ArgumentError;

    fn try_from(text: String) -> Result<Self, ArgumentError> {
        text.parse()
    }
}

impl From<Model> for String {
    fn from(model: Model) -> Self {
        model.to_string()
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
            Self::Autoencoder(hidden) => write!(f, "autoencoder:{}", joined(hidden)),
            Self::Transformer { width, depth, heads } => {
                write!(f, "transformer:{width},{depth},{heads}")
            }
        }
    }
}

/// All that a network is made from: what checkpoints keep of it.
///
/// ```
/// use ravine_nn::{Architecture, Input, Unary};
///
/// let input = Input::Symbols { length: 8, count: 30 };
/// let small = Architecture { model: "transformer:16,1,2".parse()?, input, outputs: 30, units: Unary::Gelu };
/// assert_eq!(small.network()?.output().to_string(), "cases x 8 x 30");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Architecture {
    /// The network in words.
    pub model: Model,
    /// What its cases are.
    pub input: Input,
    /// How many outputs it has, for each row.
    pub outputs: usize,
    /// Its units; a transformer and convolutions have their own.
    pub units: Unary,
}

impl Architecture {
    /// The network.
    ///
    /// # Errors
    ///
    /// See [`Model::network`].
    pub fn network(&self) -> Result<Network, NetworkError> {
        self.model.network(&self.input, self.outputs, self.units)
    }

    /// Whether a network of so many parameters may have this many layers, and sizes of which no product overflows:
    /// of a file, before it is made.
    #[cfg(feature = "training")]
    pub(crate) fn is_of_at_most(&self, parameters: usize) -> bool {
        const LARGEST: usize = 1 << 20;
        let (sizes, layers) = match &self.model {
            Model::Mlp(hidden) | Model::Autoencoder(hidden) => (hidden.clone(), hidden.len()),
            Model::Convolutional(channels) => (channels.to_vec(), channels.len()),
            &Model::Transformer { width, depth, heads } => (vec![width, heads], depth),
        };
        let input = match &self.input {
            Input::Features(sizes) => sizes.clone(),
            Input::Symbols { length, count } => vec![*length, *count],
        };
        let product = input.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let small = |sizes: &[usize]| sizes.iter().all(|&size| size <= LARGEST);
        layers <= parameters
            && product.is_some_and(|product| product <= 1 << 31)
            && self.outputs <= 1 << 31
            && small(&sizes)
            && small(&input)
    }
}
