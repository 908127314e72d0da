//! What layers take and give back, case by case, as rows of numbers on the host.

use ravine::objective::Evaluation;
use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut, Precision};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Partitioned;

use super::{Cover, Covered, OutputGradients};
use crate::backend::Backend;
use crate::mean_loss::{Chunk, MeanLoss};
use crate::network::Source;

/// Inputs and output gradients of the weights of a block in one sweep over some cases: rows of a case together,
/// a row for each place where it uses them.
pub(crate) struct Rows<T> {
    pub cases: usize,
    /// Rows of a case.
    pub places: usize,
    /// With a one last, where there is a bias; a zero for a use without it.
    pub inputs: Vec<T>,
    /// Gradients of the loss of single rows of outputs.
    pub gradients: Vec<T>,
}

impl<T: Precision> Rows<T> {
    /// Adds `weight sum_n (sum_p g_np a_np')^2` to `sum`, entry by entry: squares of the gradients of single
    /// cases, by rows of the weights.
    pub fn add_squares(&self, weight: f64, sum: &mut [T]) {
        let rows = self.cases * self.places;
        let (o, i) = (self.gradients.len() / rows, self.inputs.len() / rows);
        if self.places == 1 {
            let squares = |x: &[T]| x.iter().map(|&x| x * x).collect::<Vec<T>>();
            let (g, a) = (squares(&self.gradients), squares(&self.inputs));
            let (g, a) = (MatrixSlice::by_rows(&g, rows, o), MatrixSlice::by_rows(&a, rows, i));
            MatrixSliceMut::by_rows(sum, o, i).add_product(weight, g.transposed(), a);
            return;
        }
        let weight = T::narrow(weight);
        let mut gradient = vec![T::ZERO; o * i];
        let (g, a) = (self.gradients.chunks(self.places * o), self.inputs.chunks(self.places * i));
        for (g, a) in g.zip(a) {
            let g = MatrixSlice::by_rows(g, self.places, o);
            let a = MatrixSlice::by_rows(a, self.places, i);
            MatrixSliceMut::by_rows(&mut gradient, o, i).set_product(1.0, g.transposed(), a);
            sum.iter_mut().zip(&gradient).for_each(|(sum, &g)| *sum += weight * g * g);
        }
    }
}

/// The rows of a block after a sweep of something else than the loss; nothing where it is no Kronecker product.
pub(crate) fn rows_of<T, B>(
    loss: &MeanLoss<B>,
    chunk: &Chunk<B>,
    block: &Covered,
) -> Option<Rows<T>>
where
    T: Precision,
    B: Backend<Scalar = T, Buffer = Vec<T>>,
{
    if block.by != Cover::Kronecker {
        return None;
    }
    let (network, tape) = (loss.network(), &chunk.tape);
    let shape = &network.parameters()[block.weight].shape;
    let outputs = shape.sizes.first().copied().unwrap_or(1).max(1);
    let width = shape.entries() / outputs;
    let columns = width + usize::from(block.bias.is_some());
    let cases = tape.cases();
    let uses: Vec<(&[T], &[T], T)> = block
        .uses
        .iter()
        .filter_map(|&k| match &network.nodes[k].source {
            Source::Operation { inputs, .. } => {
                // Windows of a convolution are kept; a linear layer reads its input.
                let kept = tape.kept(k);
                let a = if kept.is_empty() { tape.value(inputs[0]) } else { kept };
                let one = if inputs.len() > 2 { T::ONE } else { T::ZERO };
                Some((&a[..], &tape.adjoint(k)[..], one))
            }
            _ => None,
        })
        .collect();
    let places: usize = uses.iter().map(|(_, g, _)| g.len() / outputs / cases).sum();
    let mut inputs = Vec::with_capacity(cases * places * columns);
    let mut gradients = Vec::with_capacity(cases * places * outputs);
    for case in 0..cases {
        for (a, g, one) in &uses {
            let own = g.len() / outputs / cases;
            for row in a[case * own * width..][..own * width].chunks_exact(width) {
                inputs.extend_from_slice(row);
                inputs.extend(block.bias.map(|_| *one));
            }
            gradients.extend_from_slice(&g[case * own * outputs..][..own * outputs]);
        }
    }
    Some(Rows { cases, places, inputs, gradients })
}

impl<T: Precision, B: Backend<Scalar = T, Buffer = Vec<T>>> MeanLoss<B> {
    /// The mean over a batch of the squares of gradients of single cases, `1/(N T_o) sum_n g_n^2`, entry by entry
    /// and without the penalty, of what covers each parameter; where no layer shows single cases, of the
    /// gradient of the whole batch, whose parts have random signs or targets.
    ///
    /// With [`OutputGradients::Propagated`] or [`OutputGradients::Sampled`] it is an estimate of the
    /// diagonal of the Fisher information, without bias.
    pub(crate) fn case_squares(
        &self,
        x: &Partitioned<Vec<T>>,
        cases: &[usize],
        blocks: &[Covered],
        gradients: OutputGradients,
        random: &mut Random,
        out: &mut Partitioned<Vec<T>>,
    ) -> Evaluation {
        let weight = 1.0 / (cases.len() * self.terms()) as f64;
        let mut sums: Vec<Vec<T>> = blocks.iter().map(|_| Vec::new()).collect();
        out.blocks_mut().iter_mut().for_each(|block| block.fill(T::ZERO));
        let single = blocks.iter().all(|block| block.by == Cover::Kronecker);
        self.each_sweep(x, cases, gradients, random, !single, &mut |chunk, slope, _| {
            for (block, sum) in blocks.iter().zip(&mut sums) {
                if let Some(rows) = rows_of(self, chunk, block) {
                    let outputs = rows.gradients.len() / (rows.cases * rows.places);
                    let columns = rows.inputs.len() / (rows.cases * rows.places);
                    sum.resize(outputs * columns, T::ZERO);
                    rows.add_squares(weight, sum);
                } else if let Some(slope) = slope {
                    let (to, of) = (&mut out.blocks_mut()[block.weight], slope.block(block.weight));
                    let weight = T::narrow(weight);
                    to.iter_mut().zip(of).for_each(|(to, &g)| *to += weight * g * g);
                }
            }
        })?;
        for (block, sum) in blocks.iter().zip(&sums) {
            if !sum.is_empty() {
                super::part(sum, block, out);
            }
        }
        Ok(())
    }

    /// The gradient of the mean loss over a batch, without the penalty, with targets that are drawn from what
    /// the network predicts.
    pub(crate) fn sampled_gradient(
        &self,
        x: &Partitioned<Vec<T>>,
        cases: &[usize],
        random: &mut Random,
        out: &mut Partitioned<Vec<T>>,
    ) -> Evaluation {
        let weight = 1.0 / (cases.len() * self.terms()) as f64;
        out.blocks_mut().iter_mut().for_each(|block| block.fill(T::ZERO));
        self.each_sweep(x, cases, OutputGradients::Sampled, random, true, &mut |_, slope, _| {
            if let Some(slope) = slope {
                ravine_linalg::Vector::axpy(out, weight, slope);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cases, Cpu, Input, Loss, Unary, mlp};
    use ravine_linalg::Vector;

    /// Both tend to the diagonal of the Fisher information, whatever the number of cases: known mistakes are
    /// that number missing, or squared.
    #[test]
    fn squares_estimate_the_diagonal_of_the_fisher_information() {
        let network = mlp(Input::Features(vec![3]), &[2], 3, Unary::Tanh).unwrap();
        let cpu = Cpu::<f64>::new();
        let inputs: Vec<f64> = (0..15).map(|k| f64::from(k * 7 % 11) / 5.0 - 1.0).collect();
        let targets = [0.0, 2.0, 1.0, 1.0, 0.0];
        let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &targets).unwrap();
        let x = network.start(&cpu, None, 3);
        let coverage = network.coverage();
        let f = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases).unwrap();
        let (all, rounds) = ([0, 1, 2, 3, 4], 4000);
        let mut right = x.zeros_like();
        for block in 0..x.blocks().len() {
            for entry in 0..x.block(block).len() {
                let (mut unit, mut product) = (x.zeros_like(), x.zeros_like());
                unit.blocks_mut()[block][entry] = 1.0;
                f.fisher_product(&x, &all, &unit, &mut product).unwrap();
                right.blocks_mut()[block][entry] = product.block(block)[entry];
            }
        }
        let mut random = Random::new(1);
        let error = |mut mean: Partitioned<Vec<f64>>| {
            mean.axpy(-1.0, &right);
            mean.norm() / right.norm()
        };
        for how in [OutputGradients::Propagated, OutputGradients::Sampled] {
            let (mut mean, mut now) = (x.zeros_like(), x.zeros_like());
            for _ in 0..rounds {
                f.case_squares(&x, &all, &coverage, how, &mut random, &mut now).unwrap();
                mean.axpy(1.0 / f64::from(rounds), &now);
            }
            let error = error(mean);
            assert!(error < 0.05, "{how:?}: {error}");
        }
        let (mut mean, mut now) = (x.zeros_like(), x.zeros_like());
        for _ in 0..rounds {
            f.sampled_gradient(&x, &all, &mut random, &mut now).unwrap();
            for (mean, now) in mean.blocks_mut().iter_mut().zip(now.blocks()) {
                let weight = 5.0 / f64::from(rounds);
                mean.iter_mut().zip(now).for_each(|(mean, g)| *mean += weight * g * g);
            }
        }
        let error = error(mean);
        assert!(error < 0.1, "{error}");
    }
}
