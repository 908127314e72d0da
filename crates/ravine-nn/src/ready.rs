//! Networks ready made.

use crate::backend::Unary;
use crate::error::NetworkError;
use crate::initialize::Initialization;
use crate::layers::Kernel;
use crate::network::{Builder, Input, Network};
use crate::ops::Pooling;

/// Linear layers `layer1`, `layer2`, ... with units between them: a multilayer perceptron.
///
/// # Errors
///
/// If a layer has no units.
pub fn mlp(
    input: Input,
    hidden: &[usize],
    outputs: usize,
    units: Unary,
) -> Result<Network, NetworkError> {
    let (mut net, x) = Builder::new(input);
    let mut x = net.flatten(x)?;
    for (k, &width) in hidden.iter().enumerate() {
        x = net.linear(&format!("layer{}", k + 1), x, width)?;
        x = net.entrywise(x, units)?;
    }
    let z = net.linear(&format!("layer{}", hidden.len() + 1), x, outputs)?;
    net.finish(z)
}

/// An autoencoder: `hidden` layers down to the last of them, which is linear, the code; the same widths
/// back up to the inputs.
///
/// Source: Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks (2006).
///
/// # Errors
///
/// If a layer has no units.
pub fn autoencoder(inputs: usize, hidden: &[usize], units: Unary) -> Result<Network, NetworkError> {
    let (mut net, mut x) = Builder::new(Input::Features(vec![inputs]));
    let code = hidden.len();
    let back = hidden.iter().rev().skip(1).copied().chain([inputs]);
    let widths: Vec<usize> = hidden.iter().copied().chain(back).collect();
    for (k, &width) in widths.iter().enumerate() {
        x = net.linear(&format!("layer{}", k + 1), x, width)?;
        if k + 1 != code && k + 1 != widths.len() {
            x = net.entrywise(x, units)?;
        }
    }
    net.finish(x)
}

/// A small convolutional network for images of height, width, channels: twice 3 x 3 windows with a border
/// and the largest of 2 x 2, then a linear layer.
///
/// # Errors
///
/// If the image is smaller than 4 x 4.
pub fn convolutional(
    image: [usize; 3],
    channels: [usize; 2],
    outputs: usize,
) -> Result<Network, NetworkError> {
    let (mut net, mut x) = Builder::new(Input::Features(image.to_vec()));
    for (k, &channels) in channels.iter().enumerate() {
        let layer = format!("convolution{}", k + 1);
        x = net.convolution(&layer, x, channels, Kernel::square(3).padding(1))?;
        x = net.entrywise(x, Unary::Relu)?;
        x = net.pool(&format!("pool{}", k + 1), x, Pooling::Max, Kernel::square(2).stride(2))?;
    }
    let x = net.flatten(x)?;
    let z = net.linear("logits", x, outputs)?;
    net.finish(z)
}

/// The sizes of a [`transformer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Transformer {
    /// Symbols of the context.
    pub length: usize,
    /// Symbols that there are.
    pub symbols: usize,
    /// The width of the stream.
    pub width: usize,
    /// Blocks of attention and a layer of four times the width.
    pub depth: usize,
    /// Heads of each attention.
    pub heads: usize,
}

/// A transformer that predicts the next symbol at every place: normalization before attention and layers, a
/// learned table of places, a linear head of its own.
///
/// Source: Radford et al., Language models are unsupervised multitask learners (2019).
///
/// # Errors
///
/// If the width is no multiple of the number of heads.
pub fn transformer(sizes: &Transformer) -> Result<Network, NetworkError> {
    let &Transformer { length, symbols, width, depth, heads } = sizes;
    let (mut net, tokens) = Builder::new(Input::Symbols { length, count: symbols });
    let x = net.embedding("symbols", tokens, width)?;
    let places = net.parameter("places", "table", [length, width], Initialization::Normal(0.02))?;
    let mut x = net.add(x, places)?;
    for k in 1..=depth {
        let block = format!("block{k}");
        let h = net.normalize(&format!("{block}.before"), x)?;
        let h = net.attention(&format!("{block}.attention"), h, heads, true)?;
        x = net.add(x, h)?;
        let h = net.normalize(&format!("{block}.between"), x)?;
        let h = net.linear(&format!("{block}.up"), h, 4 * width)?;
        let h = net.entrywise(h, Unary::Gelu)?;
        let h = net.linear(&format!("{block}.down"), h, width)?;
        x = net.add(x, h)?;
    }
    let x = net.normalize("last", x)?;
    let z = net.linear_without_bias("head", x, symbols)?;
    net.finish(z)
}
