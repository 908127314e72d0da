//! K-BFGS on the layers of a network.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::{Counts, Evaluation};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::{Matrix, MatrixSlice, MatrixSliceMut, Precision};
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::common::{Batch, Guard, on_networks};
use super::{Auxiliary, OnNetwork};
use crate::backend::Backend;
use crate::curvature::{Cover, Covered, joined, part};
use crate::mean_loss::{Chunk, MeanLoss};
use crate::network::Source;
use crate::precondition::allowed::{positive, share};
use crate::precondition::{AdamDirection, AdamSettings, Failures, KBfgs, KBfgsSettings, Shape};

/// K-BFGS: a Kronecker product `H_g (x) H_a` for each linear layer, of inverses that learn by BFGS updates; see
/// [`KBfgs`]. A step goes along `H_g m H_a` with the average m of the gradients,
/// `m <- average m + (1 - average) g`, not corrected for its start at zero; then outputs and gradients of the
/// layers on the same batch at the new point make the pairs that `H_g` learns from.
///
/// That second sweep counts as a value and a gradient. Layers that a case uses at several places, tables and gains
/// go by AdamW ([`auxiliary`](Self::auxiliary)). The inverses of inputs begin with the first batch. From a point
/// where the loss is no number it goes back, with half of the step from then on.
///
/// Source: Goldfarb, Ren and Bahamou, Practical quasi-Newton methods for training deep neural networks (2020).
///
/// ```
/// use ravine::{Stopping, minimize};
/// use ravine_nn::{Cases, Cpu, Input, KroneckerBfgs, Loss, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let stopping = Stopping { iterations: Some(300), ..Stopping::default() };
/// let outcome = minimize(&loss, start, KroneckerBfgs::default()).stopping(stopping).run()?;
/// assert!(outcome.value < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KroneckerBfgs {
    /// The step. Default `0.3`.
    pub step: f64,
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    pub average: f64,
    /// Averages and damping of the factors.
    pub factors: KBfgsSettings,
    /// The method of all else.
    pub auxiliary: Auxiliary,
}

impl Default for KroneckerBfgs {
    fn default() -> Self {
        Self {
            step: 0.3,
            average: 0.9,
            factors: KBfgsSettings::default(),
            auxiliary: Auxiliary::default(),
        }
    }
}

/// What is kept of a layer, or of a parameter that belongs to none.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
enum Kept<T: Precision> {
    Layer {
        block: Covered,
        node: usize,
        factors: Box<KBfgs<T>>,
        /// Mean outputs and output gradients before the step.
        before: [Vec<T>; 2],
    },
    Parameter(usize, AdamDirection<T>),
}

/// The state of [`KroneckerBfgs`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KroneckerBfgsState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    kept: Vec<Kept<T>>,
    mean: Partitioned<Vec<T>>,
    /// The next point, once it is known and the pairs there are not.
    trial: Partitioned<Vec<T>>,
    tried: bool,
    steps: u64,
    shrink: f64,
    guard: Guard,
}

impl<T: Precision> KroneckerBfgsState<T>
where
    Vec<T>: Pointwise,
{
    /// How often statistics or a pair were refused, of each layer and each other parameter.
    pub fn failures(&self) -> Vec<Failures> {
        let of = |kept: &Kept<T>| match kept {
            Kept::Layer { factors, .. } => factors.failures(),
            Kept::Parameter(_, adam) => adam.failures(),
        };
        self.kept.iter().map(of).collect()
    }

    /// How often the loss at the next point was no number or far above those before, and it went back.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }

    fn setbacks(&self) -> Setbacks {
        let failures = self.failures().iter().map(|failures| failures.total).sum();
        Setbacks { rejected: self.guard.rejected, failures }
    }

    fn go_back(&mut self, _: Batch) -> bool {
        let back = self.guard.went_back(&mut self.points, self.steps);
        if back {
            self.shrink *= 0.5;
            self.mean.fill(0.0);
        }
        back
    }
}

/// Statistics of the cases of a layer.
struct Means<T> {
    /// `E[a a']` and `E[a]`, a bias as a one at the end.
    inputs: Option<(Matrix<T>, Vec<T>)>,
    outputs: Vec<T>,
    gradients: Vec<T>,
}

/// Means over a batch at x for each of these layers.
fn means<T, B>(
    loss: &MeanLoss<B>,
    x: &Partitioned<Vec<T>>,
    cases: &[usize],
    layers: &[(&Covered, usize)],
    inputs: bool,
) -> Evaluation<Vec<Means<T>>>
where
    T: Precision,
    B: Backend<Scalar = T, Buffer = Vec<T>>,
{
    let (network, share) = (loss.network(), T::narrow(1.0 / cases.len() as f64));
    let mut all: Vec<Means<T>> = layers
        .iter()
        .map(|(block, node)| {
            let outputs = network.nodes[*node].shape.entries();
            let width = network.parameters()[block.weight].shape.entries() / outputs;
            let columns = width + usize::from(block.bias.is_some());
            let zeros = |n| vec![T::ZERO; n];
            Means {
                inputs: inputs.then(|| (Matrix::filled(columns, columns, T::ZERO), zeros(columns))),
                outputs: zeros(outputs),
                gradients: zeros(outputs),
            }
        })
        .collect();
    loss.each_swept(x, cases, |chunk: &Chunk<B>| {
        let rows = chunk.tape.cases();
        for (means, (block, node)) in all.iter_mut().zip(layers) {
            let Source::Operation { inputs: from, .. } = &network.nodes[*node].source else {
                continue;
            };
            add_rows(&mut means.outputs, chunk.tape.value(*node), share);
            // They are of the mean loss: their sum is the mean of those of single cases.
            add_rows(&mut means.gradients, chunk.tape.loss_adjoint(*node), T::ONE);
            if let Some((gram, mean)) = &mut means.inputs {
                let a = chunk.tape.value(from[0]);
                let with_ones;
                let a = if block.bias.is_some() {
                    let rows = a.chunks_exact(a.len() / rows);
                    with_ones = rows
                        .flat_map(|row| row.iter().copied().chain([T::ONE]))
                        .collect::<Vec<T>>();
                    &with_ones
                } else {
                    a
                };
                add_rows(mean, a, share);
                let n = mean.len();
                let a = MatrixSlice::by_rows(a, rows, n);
                MatrixSliceMut::by_columns(gram.entries_mut(), n, n).add_product(
                    share.wide(),
                    a.transposed(),
                    a,
                );
            }
        }
    })?;
    Ok(all)
}

/// `sum = sum + factor (sum of rows)`.
fn add_rows<T: Precision>(sum: &mut [T], rows: &[T], factor: T) {
    for row in rows.chunks_exact(sum.len()) {
        sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += factor * x);
    }
}

fn layers<T: Precision>(kept: &[Kept<T>]) -> Vec<(&Covered, usize)> {
    let layer = |kept| match kept {
        &Kept::Layer { ref block, node, .. } => Some((block, node)),
        Kept::Parameter(..) => None,
    };
    kept.iter().filter_map(layer).collect()
}

impl KroneckerBfgs {
    fn check(&self) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        share("average", self.average)?;
        self.factors.check()?;
        self.auxiliary.check()
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<KroneckerBfgsState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check()?;
        let network = oracle.objective().mean_loss().network();
        let Auxiliary { beta1, beta2, epsilon, .. } = self.auxiliary;
        let adam = |p: usize| {
            let settings = AdamSettings { beta1, beta2, epsilon };
            Kept::Parameter(p, AdamDirection::new(x0.block(p).len(), settings))
        };
        let mut kept = Vec::new();
        for block in network.coverage() {
            match block.uses[..] {
                [node] if block.by == Cover::Kronecker && network.is_dense(node) => {
                    let rows = network.nodes[node].shape.entries();
                    let columns = x0.block(block.weight).len() / rows;
                    let shape = Shape::new(rows, columns + usize::from(block.bias.is_some()));
                    let factors = Box::new(KBfgs::new(shape, self.factors.clone()));
                    kept.push(Kept::Layer { block, node, factors, before: Default::default() });
                }
                _ => kept.extend([Some(block.weight), block.bias].into_iter().flatten().map(adam)),
            }
        }
        let (mean, trial) = (x0.zeros_like(), x0.zeros_like());
        let points = FixedStep::start(oracle, x0)?;
        let guard = Guard::at(&points);
        let (tried, steps, shrink) = (false, 0, 1.0);
        Ok(KroneckerBfgsState { points, kept, mean, trial, tried, steps, shrink, guard })
    }

    fn plan<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut KroneckerBfgsState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let KroneckerBfgsState { points, kept, mean, trial, tried, steps, shrink, .. } = state;
        if !*tried {
            let now = points.iterate();
            // The sweep of the gradient has left everything there, but of batches too large to keep.
            let f = oracle.objective();
            let again = !f.mean_loss().holds(&now.x, &f.batch());
            let counts = if again { Counts::FUSED } else { Counts::default() };
            let seen = oracle.evaluate(counts, |f| {
                means(f.mean_loss(), &now.x, &f.batch(), &layers(kept), true)
            })?;
            mean.axpby(1.0 - self.average, &now.gradient, self.average);
            trial.copy_from(&now.x);
            let mut seen = seen.into_iter();
            let mut direction = mean.zeros_like();
            for kept in kept.iter_mut() {
                match kept {
                    Kept::Layer { block, factors, before, .. } => {
                        let Some(Means { inputs, outputs, gradients }) = seen.next() else {
                            continue;
                        };
                        if let Some((gram, mean)) = inputs {
                            factors.observe_input_statistics(&gram, &mean);
                        }
                        *before = [outputs, gradients];
                        let v = joined(mean, block);
                        let mut d = vec![T::ZERO; v.len()];
                        factors.direction(&v, &mut d);
                        part(&d, block, &mut direction);
                        for p in [Some(block.weight), block.bias].into_iter().flatten() {
                            trial.blocks_mut()[p].axpy(-self.step * *shrink, direction.block(p));
                        }
                    }
                    Kept::Parameter(p, adam) => {
                        let d = &mut direction.blocks_mut()[*p];
                        if adam.step(now.gradient.block(*p), d).moves {
                            trial.blocks_mut()[*p].axpy(-self.auxiliary.step * *shrink, d);
                        }
                    }
                }
            }
            *tried = true;
        }
        if trial.is_finite() {
            let seen = oracle.evaluate(Counts::FUSED, |f| {
                means(f.mean_loss(), trial, &f.batch(), &layers(kept), false)
            })?;
            let mut seen = seen.into_iter();
            for kept in kept {
                if let Kept::Layer { factors, before: [outputs, gradients], .. } = kept
                    && let Some(mut after) = seen.next()
                {
                    after.outputs.axpy(-1.0, outputs);
                    after.gradients.axpy(-1.0, gradients);
                    factors.observe_pair(&after.outputs, &after.gradients);
                }
            }
        } else {
            // There is no such point; the average that led there is of no use.
            trial.copy_from(&points.iterate().x);
            mean.fill(0.0);
            *shrink *= 0.5;
        }
        points.plan(|_, next| next.copy_from(trial));
        *tried = false;
        *steps += 1;
        Ok(())
    }

    fn scaled_by(&self, factor: f64) -> Option<Self> {
        let mut scaled = self.clone();
        scaled.step *= factor;
        scaled.auxiliary.step *= factor;
        Some(scaled)
    }
}

on_networks!(KroneckerBfgs, KroneckerBfgsState, |_| "k-bfgs");
