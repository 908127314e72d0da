//! The Fisher information of a layer, and the Kronecker product that stands for it.

use ravine::objective::Evaluation;
use ravine_linalg::matrix::Matrix;
use ravine_linalg::random::Random;
use ravine_linalg::vector::Partitioned;

use super::{BlockStatistics, Covered, OutputGradients, Sharing, rows_of};
use crate::backend::Backend;
use crate::mean_loss::MeanLoss;

/// The Fisher information of the weights of a layer over a batch of N cases, and what K-FAC takes for it, on the
/// entries of `(W b)` by rows:
///
/// ```text
/// F = 1/N sum_n E[(g_n g_n') (x) (a_n a_n')],     S (x) A = E[mean g_n g_n'] (x) mean a_n a_n'
/// ```
///
/// with the inputs a of the layer, a one last where it has a bias, and the gradients g in its outputs for targets that
/// the network itself predicts. The two are the same where a and g do not depend on each other.
///
/// Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature (2015),
/// section 3.
#[derive(Clone, Debug, PartialEq)]
pub struct FisherBlock {
    /// A, inputs by inputs.
    pub inputs: Matrix,
    /// S, outputs by outputs.
    pub gradients: Matrix,
    /// F.
    pub exact: Matrix,
}

impl FisherBlock {
    /// `S (x) A`.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_nn::FisherBlock;
    ///
    /// let inputs = Matrix::from_rows(&[[1.0, 2.0], [2.0, 5.0]]);
    /// let gradients = Matrix::from_rows(&[[3.0]]);
    /// let exact = Matrix::from_rows(&[[3.0, 6.0], [6.0, 10.0]]);
    /// let block = FisherBlock { inputs, gradients, exact };
    /// assert_eq!(block.kronecker()[(1, 1)], 15.0);
    /// // Off by 5 of sqrt(9 + 36 + 36 + 100).
    /// assert!((block.relative_difference() - 5.0 / 181.0_f64.sqrt()).abs() < 1e-15);
    /// ```
    pub fn kronecker(&self) -> Matrix {
        let (a, s) = (&self.inputs, &self.gradients);
        let (i, o) = (a.rows(), s.rows());
        Matrix::from_fn(o * i, o * i, |p, q| s[(p / i, q / i)] * a[(p % i, q % i)])
    }

    /// `|S (x) A - F| / |F|` in the norm of Frobenius; 0 where both are zero.
    pub fn relative_difference(&self) -> f64 {
        let (product, n) = (self.kronecker(), self.exact.rows());
        let entries = || (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        let squares = |of: &dyn Fn((usize, usize)) -> f64| -> f64 {
            entries().map(|at| of(at).powi(2)).sum()
        };
        let difference = squares(&|at| product[at] - self.exact[at]).sqrt();
        let size = squares(&|at| self.exact[at]).sqrt();
        if difference == 0.0 { 0.0 } else { difference / size }
    }
}

impl<B: Backend<Scalar = f64, Buffer = Vec<f64>>> MeanLoss<B> {
    /// The Fisher information of one [covered](crate::Network::coverage) block over some cases, all its parts
    /// expectations, not samples, where a case has one row of outputs; without the penalty. `None` for a block that has
    /// no Kronecker factors.
    ///
    /// ```
    /// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[3], 1, Unary::Tanh)?;
    /// let cpu = Cpu::<f64>::new();
    /// let cases = Cases::new(&cpu, &network, &Loss::Bernoulli, &[0.3, -1.0, 2.0, 0.5], &[0.0, 1.0])?;
    /// let start = network.start(&cpu, None, 1);
    /// let loss = MeanLoss::new(cpu, network, Loss::Bernoulli, cases)?;
    /// let layers = loss.network().coverage();
    /// // Of one case with one output, F is a Kronecker product itself.
    /// let one = loss.fisher_block(&start, &[0], &layers[0])?.unwrap();
    /// assert!(one.relative_difference() < 1e-14);
    /// let both = loss.fisher_block(&start, &[0, 1], &layers[0])?.unwrap();
    /// assert!(both.relative_difference() > 0.01);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn fisher_block(
        &self,
        x: &Partitioned<Vec<f64>>,
        cases: &[usize],
        block: &Covered,
    ) -> Evaluation<Option<FisherBlock>> {
        let mut random = Random::new(0);
        let how = (OutputGradients::Exact, Sharing::Expand);
        let blocks = std::slice::from_ref(block);
        let statistics = self.block_statistics(x, cases, blocks, how, &mut random)?;
        let Some(BlockStatistics::Kronecker { inputs, gradients }) = statistics.first() else {
            return Ok(None);
        };
        let (i, o) = (side(inputs), side(gradients));
        let mut exact = Matrix::zeros(i * o, i * o);
        let weight = 1.0 / (cases.len() * self.terms()) as f64;
        self.each_sweep(x, cases, how.0, &mut random, false, &mut |chunk, _, _| {
            let Some(rows) = rows_of(self, chunk, block) else { return };
            let mut slope = vec![0.0; i * o];
            let of_case = |entries: usize| rows.places * entries;
            let pairs = rows.gradients.chunks(of_case(o)).zip(rows.inputs.chunks(of_case(i)));
            for (g, a) in pairs {
                slope.fill(0.0);
                for (g, a) in g.chunks(o).zip(a.chunks(i)) {
                    for (row, g) in slope.chunks_mut(i).zip(g) {
                        row.iter_mut().zip(a).for_each(|(entry, a)| *entry += g * a);
                    }
                }
                for (q, scale) in slope.iter().enumerate() {
                    let column = exact.column_mut(q);
                    column.iter_mut().zip(&slope).for_each(|(to, s)| *to += weight * scale * s);
                }
            }
        })?;
        let square = |n: usize, rows: &[f64]| Matrix::from_fn(n, n, |p, q| rows[p * n + q]);
        Ok(Some(FisherBlock { inputs: square(i, inputs), gradients: square(o, gradients), exact }))
    }
}

/// The side of a square matrix with so many entries.
fn side(entries: &[f64]) -> usize {
    (entries.len() as f64).sqrt().round() as usize
}
