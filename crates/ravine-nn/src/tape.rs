//! A network evaluated on a batch: one recording, and sweeps over it.

use ravine_linalg::Vector;
use ravine_linalg::vector::Partitioned;

use crate::backend::{Backend, Onto};
use crate::network::{Network, Node, Source};
use crate::ops::{Motion, Operation, Point, Rules, Sizes};
use crate::shape::Shape;

/// Parameters, or a direction in their space.
pub type Parameters<B> = Partitioned<<B as Backend>::Buffer>;

/// Values of all tensors at one point and batch, and room for the sweeps over them. Buffers are used again
/// from batch to batch.
pub(crate) struct Tape<B: Backend> {
    cases: usize,
    values: Vec<B::Buffer>,
    kept: Vec<B::Buffer>,
    /// Adjoints of the loss.
    adjoints: Vec<B::Buffer>,
    room: Room<B>,
    reached: Vec<bool>,
}

/// What sweeps write that nobody reads later: lent from one tape to the next, it stays near the processor.
pub(crate) struct Room<B: Backend> {
    tangents: Vec<B::Buffer>,
    /// Tangents of the adjoints, or adjoints of something else than the loss.
    others: Vec<B::Buffer>,
}

impl<B: Backend> Room<B> {
    /// For a network.
    pub fn new(network: &Network) -> Self {
        let count = network.nodes.len();
        Self { tangents: buffers::<B>(count), others: buffers::<B>(count) }
    }
}

/// Which adjoints a sweep leaves behind.
pub(crate) enum Adjoints<'v, B: Backend> {
    /// Those of the loss.
    OfLoss,
    /// Those of anything else, in other buffers.
    Others,
    /// The tangents of those of the loss in those buffers, as the parameters move along a direction: that of the
    /// last tangents.
    Turning(&'v Parameters<B>),
}

fn buffers<B: Backend>(count: usize) -> Vec<B::Buffer> {
    std::iter::repeat_with(B::Buffer::default).take(count).collect()
}

/// An operation of a node with its inputs.
fn operation(node: &Node) -> Option<(&Operation, &[usize])> {
    match &node.source {
        Source::Operation { operation, inputs } => Some((operation, inputs)),
        Source::Input | Source::Parameter(_) => None,
    }
}

impl<B: Backend> Tape<B> {
    pub fn new(network: &Network) -> Self {
        let count = network.nodes.len();
        Self {
            cases: 0,
            values: buffers::<B>(count),
            kept: buffers::<B>(count),
            adjoints: buffers::<B>(count),
            room: Room::new(network),
            reached: vec![false; count],
        }
    }

    /// Exchanges its room for that of another tape.
    pub fn exchange(&mut self, room: &mut Room<B>) {
        std::mem::swap(&mut self.room, room);
    }

    /// Cases of the batch.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// The outputs.
    pub fn output(&self, network: &Network) -> &B::Buffer {
        &self.values[network.output]
    }

    /// Their tangents, of the last sweep.
    pub fn output_tangent(&self, network: &Network) -> &B::Buffer {
        &self.room.tangents[network.output]
    }

    /// Evaluates the network; `load` writes the inputs of the cases.
    pub fn record(
        &mut self,
        network: &Network,
        b: &B,
        x: &Parameters<B>,
        cases: usize,
        load: impl FnOnce(&mut B::Buffer),
    ) {
        self.cases = cases;
        load(&mut self.values[0]);
        for k in 1..network.nodes.len() {
            let Some((operation, inputs)) = operation(&network.nodes[k]) else { continue };
            let mut y = std::mem::take(&mut self.values[k]);
            let mut kept = std::mem::take(&mut self.kept[k]);
            b.resize(&mut y, network.nodes[k].shape.length(cases));
            with(network, &self.values, x, inputs, |shapes, values| {
                let sizes = Sizes { cases, inputs: shapes, output: &network.nodes[k].shape };
                operation.value(b, &sizes, values, &mut y, &mut kept);
            });
            (self.values[k], self.kept[k]) = (y, kept);
        }
    }

    /// Tangents of all tensors as the parameters move along `v`.
    pub fn tangents(&mut self, network: &Network, b: &B, x: &Parameters<B>, v: &Parameters<B>) {
        let cases = self.cases;
        for k in 1..network.nodes.len() {
            let node = &network.nodes[k];
            let Some((operation, inputs)) = operation(node).filter(|_| node.learns) else {
                continue;
            };
            let mut dy = std::mem::take(&mut self.room.tangents[k]);
            b.resize(&mut dy, node.shape.length(cases));
            with(network, &self.values, x, inputs, |shapes, values| {
                let sizes = Sizes { cases, inputs: shapes, output: &node.shape };
                let at =
                    Point { sizes: &sizes, x: values, y: &self.values[k], kept: &self.kept[k] };
                let mut onto = Onto::Set;
                for (i, &input) in inputs.iter().enumerate() {
                    if let Some(dx) = moving(network, &self.room.tangents, v, input) {
                        operation.tangent(b, &at, i, dx, onto, &mut dy);
                        onto = Onto::Add;
                    }
                }
            });
            self.room.tangents[k] = dy;
        }
    }

    /// A sweep back from the outputs, whose adjoints `seed` writes from outputs and their tangents. What
    /// reaches the parameters is written or added to `out`.
    pub fn back(
        &mut self,
        network: &Network,
        b: &B,
        x: &Parameters<B>,
        adjoints: Adjoints<'_, B>,
        seed: impl FnOnce(&B::Buffer, &B::Buffer, &mut B::Buffer),
        mut out: Option<(Onto, &mut Parameters<B>)>,
    ) {
        let cases = self.cases;
        let of_loss = matches!(adjoints, Adjoints::OfLoss);
        let mut store =
            std::mem::take(if of_loss { &mut self.adjoints } else { &mut self.room.others });
        self.reached.fill(false);
        let last = network.output;
        b.resize(&mut store[last], network.nodes[last].shape.length(cases));
        seed(&self.values[last], &self.room.tangents[last], &mut store[last]);
        self.reached[last] = true;
        for k in (1..=last).rev() {
            let node = &network.nodes[k];
            let Some((operation, inputs)) = operation(node) else { continue };
            if !node.learns || !self.reached[k] {
                continue;
            }
            let u = std::mem::take(&mut store[k]);
            with(network, &self.values, x, inputs, |shapes, values| {
                let sizes = Sizes { cases, inputs: shapes, output: &node.shape };
                let at =
                    Point { sizes: &sizes, x: values, y: &self.values[k], kept: &self.kept[k] };
                let moves: Vec<Option<&B::Buffer>> = match adjoints {
                    Adjoints::Turning(v) => inputs
                        .iter()
                        .map(|&input| moving(network, &self.room.tangents, v, input))
                        .collect(),
                    _ => Vec::new(),
                };
                let motion = Motion { dx: &moves, dy: &self.room.tangents[k] };
                let rules = |i: usize, onto: Onto, to: &mut B::Buffer| {
                    operation.adjoint(b, &at, i, &u, onto, to);
                    if matches!(adjoints, Adjoints::Turning(_)) {
                        operation.turn(b, &at, &motion, i, &self.adjoints[k], to);
                    }
                };
                for (i, &input) in inputs.iter().enumerate() {
                    let of = &network.nodes[input];
                    match of.source {
                        _ if !of.learns => {}
                        Source::Parameter(p) => {
                            if let Some((onto, out)) = &mut out {
                                // Used again, it adds to what is new.
                                let used = std::mem::replace(&mut self.reached[input], true);
                                let onto = if used { Onto::Add } else { *onto };
                                rules(i, onto, &mut out.blocks_mut()[p]);
                            }
                        }
                        _ => {
                            let mut to = std::mem::take(&mut store[input]);
                            let first = !std::mem::replace(&mut self.reached[input], true);
                            if first {
                                b.resize(&mut to, of.shape.length(cases));
                            }
                            rules(i, if first { Onto::Set } else { Onto::Add }, &mut to);
                            store[input] = to;
                        }
                    }
                }
            });
            store[k] = u;
        }
        if let Some((Onto::Set, out)) = out {
            for (node, reached) in network.nodes.iter().zip(&self.reached) {
                if let (Source::Parameter(p), false) = (&node.source, reached) {
                    out.blocks_mut()[*p].fill(0.0);
                }
            }
        }
        *(if of_loss { &mut self.adjoints } else { &mut self.room.others }) = store;
    }

    /// The value of a tensor that is no parameter.
    pub fn value(&self, node: usize) -> &B::Buffer {
        &self.values[node]
    }

    /// What an operation has kept.
    pub fn kept(&self, node: usize) -> &B::Buffer {
        &self.kept[node]
    }

    /// The adjoint of the loss in a tensor that is no parameter, of the last sweep.
    pub fn loss_adjoint(&self, node: usize) -> &B::Buffer {
        &self.adjoints[node]
    }

    /// The adjoint of a tensor that is no parameter, of the last sweep of something else than the loss.
    pub fn adjoint(&self, node: usize) -> &B::Buffer {
        &self.room.others[node]
    }
}

/// Hands shapes and values of inputs to `use_them`.
fn with<V>(
    network: &Network,
    values: &[V],
    x: &Partitioned<V>,
    inputs: &[usize],
    use_them: impl FnOnce(&[&Shape], &[&V]),
) {
    let shapes: Vec<&Shape> = inputs.iter().map(|&k| &network.nodes[k].shape).collect();
    let values: Vec<&V> = inputs
        .iter()
        .map(|&k| match network.nodes[k].source {
            Source::Parameter(p) => x.block(p),
            _ => &values[k],
        })
        .collect();
    use_them(&shapes, &values);
}

/// How an input moves; nothing, where it depends on no parameter.
fn moving<'a, V>(
    network: &Network,
    tangents: &'a [V],
    v: &'a Partitioned<V>,
    input: usize,
) -> Option<&'a V> {
    let node = &network.nodes[input];
    match node.source {
        Source::Parameter(p) => Some(v.block(p)),
        _ if node.learns => Some(&tangents[input]),
        _ => None,
    }
}
