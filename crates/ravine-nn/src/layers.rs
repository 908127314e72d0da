//! Layers: operations with the parameters that they usually have.

use crate::backend::{Unary, Windows};
use crate::error::NetworkError;
use crate::initialize::Initialization;
use crate::network::{Builder, Tensor};
use crate::ops::{
    Add, Along, BatchProduct, Convolution, Embedding, Entrywise, Linear, Multiply, Normalize,
    Operation, Permute, Pool, Pooling, Reshape, Scaled, Softmax,
};

/// A convolution: windows, steps and borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Height and width of a window.
    pub size: [usize; 2],
    /// From window to window, down and across. Default 1.
    pub stride: [usize; 2],
    /// Zeros around the image, above and below, left and right. Default none.
    pub padding: [usize; 2],
}

impl Kernel {
    /// Square windows, a step of one, no border.
    pub fn square(size: usize) -> Self {
        Self { size: [size; 2], stride: [1; 2], padding: [0; 2] }
    }

    /// With this step, down and across.
    #[must_use]
    pub fn stride(mut self, stride: usize) -> Self {
        self.stride = [stride; 2];
        self
    }

    /// With so many zeros around the image.
    #[must_use]
    pub fn padding(mut self, padding: usize) -> Self {
        self.padding = [padding; 2];
        self
    }
}

type Layer = Result<Tensor, NetworkError>;

impl Builder {
    /// `y = W x + b` on the last axis: parameters `layer.weight`, of outputs by inputs, and `layer.bias`.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation), for all layers.
    pub fn linear(&mut self, layer: &str, x: Tensor, outputs: usize) -> Layer {
        let inputs = self.shape(x).width();
        let weight = self.parameter(layer, "weight", [outputs, inputs], Initialization::Uniform)?;
        let bias = self.parameter(layer, "bias", [outputs], Initialization::Zeros)?;
        self.operation(layer, Operation::Linear(Linear), &[x, weight, bias])
    }

    /// `y = W x` on the last axis.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn linear_without_bias(&mut self, layer: &str, x: Tensor, outputs: usize) -> Layer {
        let inputs = self.shape(x).width();
        let weight = self.parameter(layer, "weight", [outputs, inputs], Initialization::Uniform)?;
        self.operation(layer, Operation::Linear(Linear), &[x, weight])
    }

    /// A convolution of images that lie as height, width, channels; `layer.weight` is of outputs by height,
    /// width and channels of a window.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn convolution(&mut self, layer: &str, x: Tensor, outputs: usize, kernel: Kernel) -> Layer {
        let windows = self.windows(layer, x, kernel)?;
        let [height, width] = kernel.size;
        let sizes = [outputs, height, width, windows.image[2]];
        let weight = self.parameter(layer, "weight", sizes, Initialization::He)?;
        let bias = self.parameter(layer, "bias", [outputs], Initialization::Zeros)?;
        let operation = Operation::Convolution(Convolution { windows });
        self.operation(layer, operation, &[x, weight, bias])
    }

    fn windows(&self, layer: &str, x: Tensor, kernel: Kernel) -> Result<Windows, NetworkError> {
        let shape = self.shape(x);
        let Kernel { size, stride, padding } = kernel;
        let &[height, width, channels] = &shape.sizes[..] else {
            let message = format!("{shape} is no image of height x width x channels");
            return Err(NetworkError::new(layer, message));
        };
        let image = [height, width, channels];
        let fits =
            (0..2).all(|k| size[k] > 0 && stride[k] > 0 && size[k] <= image[k] + 2 * padding[k]);
        if !fits {
            let message = format!(
                "windows of {} x {} with steps of {} x {} do not fit an image of {shape} with a border of {} x {}",
                size[0], size[1], stride[0], stride[1], padding[0], padding[1]
            );
            return Err(NetworkError::new(layer, message));
        }
        Ok(Windows { image, size, stride, padding })
    }

    /// The mean, or the largest entry, of each window and channel.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn pool(&mut self, layer: &str, x: Tensor, pooling: Pooling, kernel: Kernel) -> Layer {
        let windows = self.windows(layer, x, kernel)?;
        if windows.padding != [0; 2] {
            return Err(NetworkError::new(layer, "pooling has no border"));
        }
        self.operation(layer, Operation::Pool(Pool { pooling, windows }), &[x])
    }

    /// `f(x)` entry by entry.
    ///
    /// # Errors
    ///
    /// None.
    pub fn entrywise(&mut self, x: Tensor, f: Unary) -> Layer {
        self.operation(f.name(), Operation::Entrywise(Entrywise(f)), &[x])
    }

    /// `a x`.
    ///
    /// # Errors
    ///
    /// None.
    pub fn scaled(&mut self, x: Tensor, a: f64) -> Layer {
        self.operation("scaled", Operation::Scaled(Scaled(a)), &[x])
    }

    /// `x + b`, b repeated where it is a parameter with fewer axes.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn add(&mut self, x: Tensor, b: Tensor) -> Layer {
        self.operation("sum", Operation::Add(Add), &[x, b])
    }

    /// `x b` entry by entry, b repeated where it is a parameter with fewer axes.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn multiply(&mut self, x: Tensor, b: Tensor) -> Layer {
        self.operation("product", Operation::Multiply(Multiply), &[x, b])
    }

    /// `gain (x - mean x) / sqrt(var x + 1e-5) + shift` on the last axis: parameters `layer.gain` and
    /// `layer.shift`.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn normalize(&mut self, layer: &str, x: Tensor) -> Layer {
        let width = self.shape(x).width();
        let operation = Operation::Normalize(Normalize { epsilon: 1e-5 });
        let y = self.operation(layer, operation, &[x])?;
        let gain = self.parameter(layer, "gain", [width], Initialization::Ones)?;
        let shift = self.parameter(layer, "shift", [width], Initialization::Zeros)?;
        let y = self.operation(layer, Operation::Multiply(Multiply), &[y, gain])?;
        self.operation(layer, Operation::Add(Add), &[y, shift])
    }

    /// A row of `layer.table` for each symbol of the input.
    ///
    /// # Errors
    ///
    /// If the input does not consist of symbols.
    pub fn embedding(&mut self, layer: &str, x: Tensor, width: usize) -> Layer {
        let (0, Some(count)) = (x.0, self.symbols()) else {
            return Err(NetworkError::new(layer, "only an input of symbols can be embedded"));
        };
        let table = self.parameter(layer, "table", [count, width], Initialization::Normal(0.02))?;
        self.operation(layer, Operation::Embedding(Embedding), &[x, table])
    }

    /// Attention of each place of a sequence, of shape length by width, to itself and, where not `causal`, to
    /// all others: linear layers `layer.query`, `layer.key`, `layer.value` and `layer.output`.
    ///
    /// Source: Vaswani et al., Attention is all you need (2017).
    ///
    /// # Errors
    ///
    /// If the width is no multiple of the number of heads; see [`operation`](Self::operation).
    pub fn attention(&mut self, layer: &str, x: Tensor, heads: usize, causal: bool) -> Layer {
        let shape = self.shape(x).clone();
        let &[length, width] = &shape.sizes[..] else {
            let message = format!("{shape} is no sequence of length x width");
            return Err(NetworkError::new(layer, message));
        };
        if heads == 0 || width % heads != 0 {
            let message = format!("a width of {width} does not split into {heads} heads");
            return Err(NetworkError::new(layer, message));
        }
        let each = width / heads;
        let mut by_heads = |what: &str| -> Layer {
            let y = self.linear(&format!("{layer}.{what}"), x, width)?;
            let y = self.operation(
                layer,
                Operation::Reshape(Reshape(vec![length, heads, each])),
                &[y],
            )?;
            self.operation(layer, Operation::Permute(Permute(vec![1, 0, 2])), &[y])
        };
        let [query, key, value] = [by_heads("query")?, by_heads("key")?, by_heads("value")?];
        let factor = 1.0 / (each as f64).sqrt();
        let scores = Operation::BatchProduct(BatchProduct { transposed: true, factor });
        let scores = self.operation(layer, scores, &[query, key])?;
        let shares = self.operation(layer, Operation::Softmax(Softmax { causal }), &[scores])?;
        let mixed = Operation::BatchProduct(BatchProduct { transposed: false, factor: 1.0 });
        let mixed = self.operation(layer, mixed, &[shares, value])?;
        let mixed = self.operation(layer, Operation::Permute(Permute(vec![1, 0, 2])), &[mixed])?;
        let mixed =
            self.operation(layer, Operation::Reshape(Reshape(vec![length, width])), &[mixed])?;
        self.linear(&format!("{layer}.output"), mixed, width)
    }

    /// The softmax along the last axis.
    ///
    /// # Errors
    ///
    /// See [`operation`](Self::operation).
    pub fn softmax(&mut self, x: Tensor) -> Layer {
        self.operation("softmax", Operation::Softmax(Softmax { causal: false }), &[x])
    }

    /// The same entries with other axes.
    ///
    /// # Errors
    ///
    /// If there are not as many.
    pub fn reshape(&mut self, x: Tensor, sizes: impl AsRef<[usize]>) -> Layer {
        self.operation("reshape", Operation::Reshape(Reshape(sizes.as_ref().to_vec())), &[x])
    }

    /// All axes in one.
    ///
    /// # Errors
    ///
    /// None.
    pub fn flatten(&mut self, x: Tensor) -> Layer {
        let entries = self.shape(x).entries();
        self.reshape(x, [entries])
    }

    /// The mean along an axis.
    ///
    /// # Errors
    ///
    /// If there is no such axis.
    pub fn mean_along(&mut self, x: Tensor, axis: usize) -> Layer {
        self.operation("mean", Operation::Along(Along { axis, mean: true }), &[x])
    }

    /// The sum along an axis.
    ///
    /// # Errors
    ///
    /// If there is no such axis.
    pub fn sum_along(&mut self, x: Tensor, axis: usize) -> Layer {
        self.operation("sum", Operation::Along(Along { axis, mean: false }), &[x])
    }
}
