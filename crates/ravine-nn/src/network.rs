//! Networks: operations on named parameters.

use ravine_linalg::random::Random;
use ravine_linalg::vector::Partitioned;

use crate::backend::Backend;
use crate::error::NetworkError;
use crate::initialize::Initialization;
use crate::ops::{Operation, Rules};
use crate::shape::Shape;

/// A tensor of a network that is being built: what a layer takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor(pub(crate) usize);

/// Where a tensor comes from.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Source {
    Input,
    Parameter(usize),
    Operation { operation: Operation, inputs: Vec<usize> },
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Node {
    pub layer: String,
    pub source: Source,
    pub shape: Shape,
    /// Whether it depends on a parameter.
    pub learns: bool,
}

/// A parameter of a network.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Parameter {
    /// Its name: of the layer, then what it is there.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// How it is drawn at the start.
    pub initialization: Initialization,
}

/// What the cases of a network are.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Input {
    /// Numbers of this shape.
    Features(Vec<usize>),
    /// Sequences of so many symbols out of so many.
    Symbols {
        /// Symbols of a case.
        length: usize,
        /// How many there are.
        count: usize,
    },
}

impl Input {
    /// Numbers of one case.
    pub fn entries(&self) -> usize {
        match self {
            Self::Features(sizes) => sizes.iter().product(),
            Self::Symbols { length, .. } => *length,
        }
    }
}

/// A function of inputs and parameters: operations in the order in which they are evaluated, all shapes
/// checked. Made by a [`Builder`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Network {
    pub(crate) input: Input,
    pub(crate) nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    pub(crate) output: usize,
}

impl Network {
    /// What its cases are.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The shape of its outputs.
    pub fn output(&self) -> &Shape {
        &self.nodes[self.output].shape
    }

    /// Its parameters, in the order of the blocks.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Numbers in its parameters.
    pub fn dimension(&self) -> usize {
        self.parameters.iter().map(|p| p.shape.entries()).sum()
    }

    /// Parameters drawn at random, each as it was defined; with `weights`, those with two axes or more that
    /// are not constants are drawn in that way.
    pub fn start<B: Backend>(
        &self,
        backend: &B,
        weights: Option<Initialization>,
        seed: u64,
    ) -> Partitioned<B::Buffer> {
        let mut random = Random::new(seed);
        let blocks = self.parameters.iter().map(|p| {
            let drawn = !matches!(p.initialization, Initialization::Zeros | Initialization::Ones);
            let how = weights.filter(|_| drawn && p.shape.sizes.len() > 1);
            let entries = how.unwrap_or(p.initialization).draw(&p.shape, &mut random);
            (p.name.clone(), backend.upload(&entries))
        });
        Partitioned::new(blocks).unwrap_or_else(|_| unreachable!("names were checked"))
    }
}

/// A network in the making. Layers are in [`layers`](crate::layers).
///
/// ```
/// use ravine_nn::{Builder, Input, Unary};
///
/// let (mut net, x) = Builder::new(Input::Features(vec![784]));
/// let h = net.linear("hidden", x, 128)?;
/// let h = net.entrywise(h, Unary::Relu)?;
/// let z = net.linear("logits", h, 10)?;
/// let network = net.finish(z)?;
/// assert_eq!(network.dimension(), 784 * 128 + 128 + 128 * 10 + 10);
/// assert_eq!(network.output().to_string(), "cases x 10");
/// # Ok::<(), ravine_nn::NetworkError>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    input: Input,
    nodes: Vec<Node>,
    parameters: Vec<Parameter>,
}

impl Builder {
    /// A network of nothing yet, and its input.
    pub fn new(input: Input) -> (Self, Tensor) {
        let sizes = match &input {
            Input::Features(sizes) => sizes.clone(),
            Input::Symbols { length, .. } => vec![*length],
        };
        let shape = Shape::by_case(sizes);
        let node = Node { layer: "input".into(), source: Source::Input, shape, learns: false };
        (Self { input, nodes: vec![node], parameters: Vec::new() }, Tensor(0))
    }

    /// The shape of a tensor.
    pub fn shape(&self, x: Tensor) -> &Shape {
        &self.nodes[x.0].shape
    }

    /// Symbols that there are, where the input consists of them.
    pub(crate) fn symbols(&self) -> Option<usize> {
        match self.input {
            Input::Symbols { count, .. } => Some(count),
            Input::Features(_) => None,
        }
    }

    /// A parameter of a layer: called `layer.what`.
    ///
    /// # Errors
    ///
    /// If that name was used before, or an axis has no length.
    pub fn parameter(
        &mut self,
        layer: &str,
        what: &str,
        sizes: impl AsRef<[usize]>,
        initialization: Initialization,
    ) -> Result<Tensor, NetworkError> {
        let name = format!("{layer}.{what}");
        let shape = Shape::fixed(sizes);
        if self.parameters.iter().any(|p| p.name == name) {
            return Err(NetworkError::new(layer, format!("there is a parameter {name} already")));
        }
        if shape.entries() == 0 {
            return Err(NetworkError::new(layer, format!("{name} of {shape} has no entries")));
        }
        let source = Source::Parameter(self.parameters.len());
        self.parameters.push(Parameter { name, shape: shape.clone(), initialization });
        self.nodes.push(Node { layer: layer.into(), source, shape, learns: true });
        Ok(Tensor(self.nodes.len() - 1))
    }

    /// An operation. A parameter may be used by more than one.
    ///
    /// # Errors
    ///
    /// Shapes that do not fit, both of them and the layer named.
    pub fn operation(
        &mut self,
        layer: &str,
        operation: Operation,
        inputs: &[Tensor],
    ) -> Result<Tensor, NetworkError> {
        let shapes: Vec<&Shape> = inputs.iter().map(|x| self.shape(*x)).collect();
        let shape =
            operation.shape(&shapes).map_err(|message| NetworkError::new(layer, message))?;
        let learns = inputs.iter().any(|x| self.nodes[x.0].learns);
        let inputs = inputs.iter().map(|x| x.0).collect();
        let source = Source::Operation { operation, inputs };
        self.nodes.push(Node { layer: layer.into(), source, shape, learns });
        Ok(Tensor(self.nodes.len() - 1))
    }

    /// The network whose output is this tensor. What the output does not depend on is left away.
    ///
    /// # Errors
    ///
    /// If the output is not one for each case, or depends on no parameter.
    pub fn finish(self, output: Tensor) -> Result<Network, NetworkError> {
        let Self { input, nodes, parameters } = self;
        let node = &nodes[output.0];
        if !node.shape.by_case || !node.learns {
            let message =
                format!("the output of {} does not depend on cases and parameters", node.shape);
            return Err(NetworkError::new(&node.layer, message));
        }
        let mut used = vec![false; nodes.len()];
        used[output.0] = true;
        for k in (0..nodes.len()).rev() {
            if let (true, Source::Operation { inputs, .. }) = (used[k], &nodes[k].source) {
                inputs.iter().for_each(|&x| used[x] = true);
            }
        }
        let unused = nodes.iter().zip(&used).find_map(|(node, used)| match node.source {
            Source::Parameter(p) if !used => Some((node, p)),
            _ => None,
        });
        if let Some((node, p)) = unused {
            let message = format!("the output does not depend on {}", parameters[p].name);
            return Err(NetworkError::new(&node.layer, message));
        }
        let mut place = vec![0; nodes.len()];
        let mut kept: Vec<Node> = Vec::new();
        for (k, mut node) in nodes.into_iter().enumerate() {
            // The input stays, also where nothing reads it, so that it is node 0.
            if used[k] || k == 0 {
                if let Source::Operation { inputs, .. } = &mut node.source {
                    inputs.iter_mut().for_each(|x| *x = place[*x]);
                }
                place[k] = kept.len();
                kept.push(node);
            }
        }
        Ok(Network { input, nodes: kept, parameters, output: place[output.0] })
    }
}
