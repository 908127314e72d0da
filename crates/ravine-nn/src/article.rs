//! The classic demonstration of K-FAC, with its data.

use std::sync::LazyLock;

use ravine::Stopping;
use ravine::methods::GradientDescent;
use ravine::minimize::{Error, Run};
use ravine::objective::{Evaluation, FiniteSum, Gradient};
use ravine_linalg::matrix::{Cholesky, Matrix};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Vector};

use crate::backend::{Cpu, Unary};
use crate::cases::Cases;
use crate::curvature::{BlockStatistics, OutputGradients, Sharing};
use crate::loss::Loss;
use crate::mean_loss::MeanLoss;
use crate::network::Input;
use crate::optimizers::{Adaptive, FirstDamping, Kfac, Optimizer};
use crate::ready::mlp;
use crate::tape::Parameters;

/// The network of two layers on which K-FAC is often shown: 100 points of five variables, labelled by the sign of
/// `x1 + x2`; eight units of tanh and one output; its start.
///
/// ```
/// use ravine_nn::article::{PerLayer, two_layer};
///
/// let (loss, mut x) = two_layer()?;
/// let printed: Vec<f64> = (0..60).map(|_| PerLayer::AS_OFTEN_SHOWN.step(&loss, &mut x)).collect::<Result<_, _>>()?;
/// assert_eq!(format!("{:.4} {:.4} {:.4}", printed[0], printed[20], printed[40]), "0.6443 0.0016 0.0009");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// None: the data are built in.
pub fn two_layer() -> Result<(TwoLayer, Parameters<Cpu<f64>>), crate::NetworkError> {
    let cpu = Cpu::<f64>::new();
    let network = mlp(Input::Features(vec![5]), &[8], 1, Unary::Tanh)?;
    let inputs: Vec<f64> = DATA.iter().flat_map(|row| row[..5].iter().copied()).collect();
    let targets: Vec<f64> = DATA.iter().map(|row| row[5]).collect();
    let cases = Cases::new(&cpu, &network, &Loss::Bernoulli, &inputs, &targets)
        .unwrap_or_else(|error| unreachable!("the data fit: {error}"));
    let weights = numbers(include_str!("../data/two-layer-start.csv"));
    let (first, second) = weights.split_at(8);
    let mut start = network.start(&cpu, None, 0);
    for (block, values) in start.blocks_mut().iter_mut().step_by(2).zip([first, second]) {
        block.copy_from_slice(&values.concat());
    }
    let loss = MeanLoss::new(cpu, network, Loss::Bernoulli, cases)
        .unwrap_or_else(|error| unreachable!("the cases are of this network: {error}"));
    Ok((loss, start))
}

/// The mean loss of [`two_layer`].
pub type TwoLayer = MeanLoss<Cpu<f64>>;

/// `x1,...,x5,y`.
static DATA: LazyLock<Vec<Vec<f64>>> =
    LazyLock::new(|| numbers(include_str!("../data/two-layer.csv")));

/// The rows below the first line.
fn numbers(text: &str) -> Vec<Vec<f64>> {
    let number = |cell: &str| cell.parse().unwrap_or(f64::NAN);
    text.lines().skip(1).map(|line| line.split(',').map(number).collect()).collect()
}

/// K-FAC as short programs have it: for each layer of weights W, with covariance A of its inputs and G of the
/// gradients in its outputs,
///
/// ```text
/// W <- W - step (G + damping I)^-1 dW (A + damping I)^-1,     b <- b - step db
/// ```
///
/// with the gradients dW, db of the mean loss over N cases. See [`two_layer`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerLayer {
    /// The step.
    pub step: f64,
    /// The damping of both factors.
    pub damping: f64,
    /// Whether G is of gradients of the mean loss, which are `1/N` of those of a case: G is `N^2` times too small
    /// then, and the damping is nearly all of it.
    pub of_mean: bool,
}

impl PerLayer {
    /// The settings whose losses are printed where the demonstration is shown.
    pub const AS_OFTEN_SHOWN: Self = Self { step: 0.1, damping: 0.01, of_mean: true };

    /// Makes a step, and gives the loss before it, with the logarithms of `p + 1e-8` that those programs have.
    ///
    /// # Errors
    ///
    /// Parameters that the network does not have.
    pub fn step(&self, loss: &TwoLayer, x: &mut Parameters<Cpu<f64>>) -> Evaluation<f64> {
        let all: Vec<usize> = (0..loss.cases()).collect();
        let scale = if self.of_mean { (all.len() as f64).powi(-2) } else { 1.0 };
        let before = self.printed(loss, x, &all)?;
        let blocks = loss.network().coverage();
        let how = (OutputGradients::Empirical, Sharing::Expand);
        let statistics = loss.block_statistics(x, &all, &blocks, how, &mut Random::new(0))?;
        let mut slope: Partitioned<Vec<f64>> = x.zeros_like();
        loss.value_and_gradient(x, &mut slope)?;
        for (block, statistics) in blocks.iter().zip(&statistics) {
            let BlockStatistics::Kronecker { inputs, gradients } = statistics else { continue };
            let rows = loss.network().parameters()[block.weight].shape.sizes[0];
            let dw = &slope.blocks()[block.weight];
            let columns = dw.len() / rows;
            // The inputs have an entry of one for the bias, which is left out here.
            let wide = columns + usize::from(block.bias.is_some());
            let a = self.damped(columns, |i, j| inputs[i * wide + j])?;
            let g = self.damped(rows, |i, j| scale * gradients[i * rows + j])?;
            let mut transposed = Matrix::from_fn(columns, rows, |j, i| dw[i * columns + j]);
            (0..rows).for_each(|i| a.solve(transposed.column_mut(i)));
            let mut change = Matrix::from_fn(rows, columns, |i, j| transposed[(j, i)]);
            (0..columns).for_each(|j| g.solve(change.column_mut(j)));
            let w = &mut x.blocks_mut()[block.weight];
            for (k, w) in w.iter_mut().enumerate() {
                *w -= self.step * change[(k / columns, k % columns)];
            }
            if let Some(bias) = block.bias {
                x.blocks_mut()[bias].axpy(-self.step, &slope.blocks()[bias]);
            }
        }
        Ok(before)
    }
}

impl PerLayer {
    /// The Cholesky factor of a covariance with its damping.
    fn damped(&self, n: usize, of: impl Fn(usize, usize) -> f64) -> Evaluation<Cholesky> {
        let damped = |i, j| of(i, j) + if i == j { self.damping } else { 0.0 };
        Ok(Cholesky::new(&Matrix::from_fn(n, n, damped))?)
    }

    fn printed(&self, loss: &TwoLayer, x: &Parameters<Cpu<f64>>, all: &[usize]) -> Evaluation<f64> {
        let outputs = loss.outputs(x, all)?;
        let targets = DATA.iter().map(|row| row[5]);
        let sum: f64 = outputs
            .iter()
            .zip(targets)
            .map(|(z, y)| {
                let p = 1.0 / (1.0 + (-z).exp());
                y * (p + 1e-8).ln() + (1.0 - y) * (1.0 - p + 1e-8).ln()
            })
            .sum();
        Ok(-sum / all.len() as f64)
    }
}

/// A run of the demonstration.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Shown {
    /// The method.
    pub what: &'static str,
    /// The loss before each step, and after the last.
    pub losses: Vec<f64>,
}

impl Shown {
    /// Steps until the loss is at most so large, if it is.
    pub fn steps_to(&self, loss: f64) -> Option<usize> {
        self.losses.iter().position(|&reached| reached <= loss)
    }
}

/// Four methods on the [two layers](two_layer), so many steps each: gradient descent; K-FAC as often shown, and with
/// G of single cases; K-FAC with step and momentum from the exact quadratic model, and a damping that begins at the
/// same 0.01 and is followed by a factor of 0.7 a step.
///
/// ```
/// let shown = ravine_nn::article::demonstration(59)?;
/// let steps: Vec<_> = shown.iter().map(|run| run.steps_to(1e-3)).collect();
/// assert!(steps[0].is_none() && steps[3] <= Some(20) && steps[1] > Some(30));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
///
/// # Errors
///
/// None: the runs are always the same.
pub fn demonstration(steps: u64) -> Result<Vec<Shown>, Error> {
    let (loss, start) = two_layer().map_err(|error| Error::Objective(error.into()))?;
    let by_method = |what, method: Optimizer| -> Result<Shown, Error> {
        let mut run = Run::new(&loss, method, &start, Stopping::default())?;
        let mut losses = vec![run.progress().value];
        while losses.len() <= steps as usize && run.step().is_none() {
            losses.push(run.progress().value);
        }
        Ok(Shown { what, losses })
    };
    let per_layer = |what, method: PerLayer| -> Result<Shown, Error> {
        let mut x = start.clone();
        let step = |_| method.step(&loss, &mut x);
        let losses = (0..=steps).map(step).collect::<Result<_, _>>().map_err(Error::Objective)?;
        Ok(Shown { what, losses })
    };
    let shown = PerLayer::AS_OFTEN_SHOWN;
    let first = FirstDamping::Given;
    let adaptive = Some(Adaptive { every: 1, decay: 0.7, first, ..Adaptive::default() });
    let by_model = Kfac { damping: shown.damping, adaptive, ..Kfac::default() };
    let gradient_descent = Optimizer::Sgd(GradientDescent { step: 0.1 });
    Ok(vec![
        by_method("gradient descent, step 0.1", gradient_descent)?,
        per_layer("K-FAC as often shown", shown)?,
        per_layer("... with G of single cases", PerLayer { of_mean: false, ..shown })?,
        by_method("K-FAC, step by the model", Optimizer::Kfac(by_model))?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before the steps 0, 20, 40 and 59.
    fn close(losses: &[f64], printed: [f64; 4], tolerance: f64) {
        for (k, printed) in [0, 20, 40, 59].into_iter().zip(printed) {
            assert!((losses[k] / printed - 1.0).abs() < tolerance, "{k}: {}", losses[k]);
        }
    }

    #[test]
    fn the_printed_losses_are_reproduced() {
        let (loss, mut x) = two_layer().unwrap();
        let step = |_| PerLayer::AS_OFTEN_SHOWN.step(&loss, &mut x).unwrap();
        let losses: Vec<f64> = (0..60).map(step).collect();
        let printed = [
            0.6442672075677303,
            0.001579719376624886,
            0.0009053862036526831,
            0.0006673006513836729,
        ];
        close(&losses, printed, 1e-11);
    }

    #[test]
    fn the_runs_of_the_demonstration() {
        let runs = demonstration(59).unwrap();
        // Those have 1e-8 in the logarithms.
        let printed =
            [0.6442672075677303, 0.4710617265825226, 0.34346497475857213, 0.26315966903369853];
        close(&runs[0].losses, printed, 1e-7);
        let steps: Vec<_> = runs.iter().map(|run| run.steps_to(1e-3)).collect();
        assert_eq!((steps[0], steps[1]), (None, Some(36)));
        assert!(steps[3].is_some_and(|steps| steps <= 20), "{steps:?}");
    }
}
