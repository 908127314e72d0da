//! Statistics of layers: what Kronecker factors are made of.

use ravine::objective::Evaluation;
use ravine_linalg::Vector;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Pointwise};

use super::{Cover, Covered};
use crate::backend::{Backend, Onto};
use crate::loss::Through;
use crate::mean_loss::{Chunk, MeanLoss};
use crate::network::Source;
use crate::tape::{Adjoints, Parameters};

/// Which gradients in the outputs of a layer make its factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputGradients {
    /// Those of targets that are drawn from what the network predicts, one a case: the Fisher information
    /// without bias (Martens and Grosse 2015).
    #[default]
    Sampled,
    /// `J' B u` with random signs u, where `B B'` is the Fisher information in the outputs: without bias,
    /// and no target is drawn (curvature propagation, Martens, Sutskever and Swersky 2012).
    Propagated,
    /// `J' B e_j` for each output j: the expectation itself, at the cost of as many sweeps; where a case has
    /// several rows of outputs, their products with each other by random signs.
    Exact,
    /// Those of the targets themselves: the empirical Fisher matrix, which is not the Fisher information.
    Empirical,
}

/// How a case counts whose weights are used at several places: positions of a sequence, windows of an image.
///
/// Source: Eschenhagen et al., Kronecker-factored approximate curvature for modern neural network architectures
/// (2023).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Each place as a case of its own: exact for deep linear networks with a loss at every place.
    #[default]
    Expand,
    /// The mean of the inputs and the sum of the gradients over the places: exact for deep linear networks whose
    /// outputs are means or sums over the places.
    Reduce,
}

/// Statistics of one block on a batch of N cases with T places and `T_o` losses each, at the scale of the mean
/// loss, with the gradients g of the single losses:
///
/// ```text
/// A = 1/(N T) sum a a',   S = 1/(N T_o) sum g g'
/// ```
///
/// so that the block is `S (x) A` on the entries of W by rows: `F V = S V A`. With a bias the inputs a
/// have a further entry of one.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockStatistics<V> {
    /// A and S by rows.
    Kronecker {
        /// A.
        inputs: V,
        /// S.
        gradients: V,
    },
    /// The diagonal of A, shares of the symbols, and S.
    Embedding {
        /// The diagonal of A.
        shares: V,
        /// S.
        gradients: V,
    },
    /// An estimate of the diagonal of the block itself.
    Diagonal(V),
}

impl<B: Backend> MeanLoss<B> {
    /// The statistics of the blocks over a batch, without the penalty.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn block_statistics(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        blocks: &[Covered],
        (gradients, sharing): (OutputGradients, Sharing),
        random: &mut Random,
    ) -> Evaluation<Vec<BlockStatistics<B::Buffer>>> {
        self.block_statistics_seen(x, cases, blocks, (gradients, sharing), random, &mut |_, _| {})
    }

    /// [`block_statistics`](Self::block_statistics), and shows every chunk after each of its sweeps, and whether
    /// that was the first.
    pub(crate) fn block_statistics_seen(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        blocks: &[Covered],
        (gradients, sharing): (OutputGradients, Sharing),
        random: &mut Random,
        see: &mut dyn FnMut(&Chunk<B>, bool),
    ) -> Evaluation<Vec<BlockStatistics<B::Buffer>>> {
        let terms = (cases.len() * self.terms()) as f64;
        let mut sums: Vec<Sums<B>> = blocks.iter().map(|block| Sums::new(self, block)).collect();
        let any_diagonal = blocks.iter().any(|block| block.by == Cover::Diagonal);
        self.each_sweep(x, cases, gradients, random, any_diagonal, &mut |chunk, slope, first| {
            let look = Look { sharing, terms, first };
            for (block, sums) in blocks.iter().zip(&mut sums) {
                sums.add(self, chunk, block, &look, slope);
            }
            see(chunk, first);
        })?;
        Ok(sums.into_iter().map(|sums| sums.finish(self.backend())).collect())
    }

    /// Sweeps back output gradients of single losses, and shows each chunk, the sum of the gradients of its
    /// losses in the parameters if `slopes`, and whether that was its first sweep.
    pub(crate) fn each_sweep(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        gradients: OutputGradients,
        random: &mut Random,
        slopes: bool,
        see: &mut Sight<'_, B>,
    ) -> Evaluation {
        let sweeps = if gradients == OutputGradients::Exact { self.head().width } else { 1 };
        self.each_chunk(x, cases, |chunk, scratch| {
            for sweep in 0..sweeps {
                let mut slope = slopes.then(|| x.zeros_like());
                self.sweep_of(chunk, scratch, x, (gradients, sweep), random, slope.as_mut());
                see(chunk, slope.as_ref(), sweep == 0);
            }
        })
    }

    /// A sweep back of output gradients of single losses.
    fn sweep_of(
        &self,
        chunk: &mut Chunk<B>,
        scratch: &mut B::Buffer,
        x: &Parameters<B>,
        (gradients, output): (OutputGradients, usize),
        random: &mut Random,
        out: Option<&mut Parameters<B>>,
    ) {
        let (network, b, head) = (self.network(), self.backend(), self.head());
        let Chunk { tape, targets, .. } = chunk;
        let seed = |z: &B::Buffer, _: &B::Buffer, u: &mut B::Buffer| match gradients {
            OutputGradients::Empirical => b.loss_slope(head, 1.0, z, targets, u),
            OutputGradients::Sampled => {
                b.resize(scratch, targets.dimension());
                b.loss_sample(head, z, random, scratch);
                b.loss_slope(head, 1.0, z, scratch, u);
            }
            OutputGradients::Propagated => {
                b.resize(scratch, z.dimension());
                scratch.fill_signs(random);
                b.loss_product(head, Through::Factor, 1.0, (z, targets), scratch, u);
            }
            OutputGradients::Exact => {
                b.resize(scratch, z.dimension());
                scratch.fill(0.0);
                for row in 0..z.dimension() / head.width {
                    // With signs, sums over rows have squares without bias.
                    scratch.set(row * head.width + output, random.sign());
                }
                b.loss_product(head, Through::Factor, 1.0, (z, targets), scratch, u);
            }
        };
        tape.back(network, b, x, Adjoints::Others, seed, out.map(|out| (Onto::Set, out)));
    }
}

/// Who sees a chunk after a sweep, with the sum of the gradients in the parameters where there is one, and whether
/// that was its first sweep.
pub(crate) type Sight<'a, B> = dyn FnMut(&Chunk<B>, Option<&Parameters<B>>, bool) + 'a;

/// What a sweep adds to the sums.
struct Look {
    sharing: Sharing,
    /// Losses of the batch.
    terms: f64,
    /// Whether inputs were not added yet.
    first: bool,
}

/// Sums of the statistics of a block over chunks.
struct Sums<B: Backend> {
    by: Cover,
    /// A without the entry of one; shares; or the diagonal.
    first: B::Buffer,
    /// S.
    second: B::Buffer,
    /// The column of A of that entry, and its corner.
    bias: Option<(B::Buffer, f64)>,
    width: usize,
    scratch: [B::Buffer; 2],
}

impl<B: Backend> Sums<B> {
    fn new(loss: &MeanLoss<B>, block: &Covered) -> Self {
        let b = loss.backend();
        let zeros = |length: usize| {
            let mut v = B::Buffer::default();
            b.resize(&mut v, length);
            v.fill(0.0);
            v
        };
        let shape = &loss.network().parameters()[block.weight].shape;
        let rows = shape.sizes.first().copied().unwrap_or(1);
        let columns = shape.entries() / rows.max(1);
        let (first, second, width) = match block.by {
            Cover::Kronecker => (columns * columns, rows * rows, columns),
            Cover::Embedding => (rows, columns * columns, columns),
            Cover::Diagonal => (shape.entries(), 0, 0),
        };
        Self {
            by: block.by,
            first: zeros(first),
            second: zeros(second),
            bias: block.bias.map(|_| (zeros(width), 0.0)),
            width,
            scratch: [B::Buffer::default(), B::Buffer::default()],
        }
    }

    fn add(
        &mut self,
        loss: &MeanLoss<B>,
        chunk: &Chunk<B>,
        block: &Covered,
        &Look { sharing, terms, first }: &Look,
        slope: Option<&Parameters<B>>,
    ) {
        let (network, b, tape) = (loss.network(), loss.backend(), &chunk.tape);
        if block.by == Cover::Diagonal {
            if let Some(slope) = slope {
                // The square of a sum of gradients with random signs.
                self.first.accumulate_squares(1.0 / terms, slope.block(block.weight), 1.0);
            }
            return;
        }
        let outputs = if block.by == Cover::Embedding { self.width } else { self.outputs() };
        // Inputs of all uses count together.
        let places = |k: usize| network.nodes[k].shape.entries() / outputs;
        let all: usize = block.uses.iter().map(|&k| places(k)).sum();
        let cases = terms / loss.terms() as f64;
        for &k in &block.uses {
            let Source::Operation { inputs, .. } = &network.nodes[k].source else { continue };
            let gradients = tape.adjoint(k);
            if block.by == Cover::Embedding {
                if first {
                    let numbers = tape.value(inputs[0]);
                    let [ones, _] = &mut self.scratch;
                    b.resize(ones, numbers.dimension());
                    ones.fill(1.0 / (cases * all as f64));
                    b.scatter(1, numbers, ones, &mut self.first);
                }
                b.add_gram(outputs, 1.0 / terms, gradients, &mut self.second);
                continue;
            }
            // Windows of a convolution are kept; a linear layer reads its input.
            let kept = tape.kept(k);
            let a = if kept.dimension() > 0 { kept } else { tape.value(inputs[0]) };
            let axis = crate::Axis { outer: tape.cases(), length: places(k), inner: self.width };
            let has_bias = inputs.len() > 2;
            if sharing == Sharing::Expand || axis.length == 1 {
                if first {
                    let weight = 1.0 / (cases * all as f64);
                    self.add_inputs(b, a, weight, has_bias, (axis.outer * axis.length) as f64);
                }
                b.add_gram(outputs, 1.0 / terms, gradients, &mut self.second);
                continue;
            }
            let [mut mean, mut sum] = std::mem::take(&mut self.scratch);
            if first {
                b.resize(&mut mean, axis.outer * axis.inner);
                b.sum_along(&axis, 1.0 / axis.length as f64, a, Onto::Set, &mut mean);
                let weight = 1.0 / (cases * block.uses.len() as f64);
                self.add_inputs(b, &mean, weight, has_bias, axis.outer as f64);
            }
            let axis = crate::Axis { inner: outputs, ..axis };
            b.resize(&mut sum, axis.outer * outputs);
            b.sum_along(&axis, 1.0, gradients, Onto::Set, &mut sum);
            b.add_gram(outputs, 1.0 / terms, &sum, &mut self.second);
            self.scratch = [mean, sum];
        }
    }

    fn outputs(&self) -> usize {
        self.second.dimension().isqrt()
    }

    /// Rows of inputs, with this weight each.
    fn add_inputs(&mut self, b: &B, a: &B::Buffer, weight: f64, has_bias: bool, rows: f64) {
        b.add_gram(self.width, weight, a, &mut self.first);
        if let Some((column, corner)) = &mut self.bias
            && has_bias
        {
            b.sum(weight, a, Onto::Add, column);
            *corner += weight * rows;
        }
    }

    fn finish(self, b: &B) -> BlockStatistics<B::Buffer> {
        let Self { by, first, second, bias, width, .. } = self;
        match by {
            Cover::Diagonal => BlockStatistics::Diagonal(first),
            Cover::Embedding => BlockStatistics::Embedding { shares: first, gradients: second },
            Cover::Kronecker => {
                let Some((column, corner)) = bias else {
                    return BlockStatistics::Kronecker { inputs: first, gradients: second };
                };
                let mut inputs = B::Buffer::default();
                b.border(width, &first, &column, corner, &mut inputs);
                BlockStatistics::Kronecker { inputs, gradients: second }
            }
        }
    }
}
