//! K-FAC.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches};
use ravine::objective::Counts;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::OnNetwork;
use crate::backend::Backend;
use crate::curvature::{BlockStatistics, Covered, OutputGradients, Sharing};
use crate::mean_loss::MeanLoss;
use crate::precondition::{
    Averaging, Failures, KroneckerFactors, KroneckerSettings, Shape, Status,
};

/// How the length of K-FAC's steps is found.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Momentum {
    /// `delta = -step F^-1 m` with the average m of the gradients, `m <- average m + (1 - average) g`, not
    /// corrected for its start at zero.
    Fixed {
        /// The step.
        step: f64,
        /// The share of the average that is kept, in `[0, 1)`.
        average: f64,
        /// The largest `step^2 <g, F^-1 g>`; a longer step is shortened to it.
        largest: Option<f64>,
    },
    /// `delta = alpha D + mu delta_before` with `D = -F^-1 g`; alpha and mu minimize the exact quadratic model
    /// of the batch,
    /// with the damping.
    Model,
}

/// How the damping lambda follows the ratio of the true to the promised decrease: every `every` steps
/// `lambda <- lambda / w` where the ratio is below a quarter or the value no number, `lambda <- w lambda`
/// where it is above three quarters, with `w = decay^every`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptive {
    /// Steps from one change to the next. Default 5.
    pub every: u64,
    /// What a step does, in `(0, 1)`. Default `0.95`.
    pub decay: f64,
    /// The least lambda. Default `1e-8`.
    pub least: f64,
    /// The largest lambda. Default `1e8`.
    pub most: f64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { every: 5, decay: 0.95, least: 1e-8, most: 1e8 }
    }
}

/// K-FAC: the natural gradient with a Kronecker product for each layer,
/// `F = diag(S_1 (x) A_1, S_2 (x) A_2, ...)`, of the covariance A of the layer's inputs and that of the gradients in
/// its outputs, S, which are averaged over steps.
///
/// The blocks follow from the operations that use a parameter ([`Network::coverage`](crate::Network::coverage));
/// what has no Kronecker product has a diagonal. The penalty eta of the mean loss belongs to gradient, quadratic
/// model and damping: blocks are damped by `lambda + eta`.
///
/// With [`Momentum::Model`] and [`adaptive`](Self::adaptive) damping it has no step to be chosen, and is the method
/// as published: step and momentum from the exact model on the same batch. With [`Momentum::Fixed`] it is what is
/// used with small batches.
///
/// Evaluations are counted as Hessian products where they are tangents, and as gradients where they are sweeps
/// for the statistics.
///
/// Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature (2015),
/// sections 6 and 7; convolutions: Grosse and Martens (2016).
///
/// ```
/// use ravine::{Stopping, minimize};
/// use ravine_nn::{Cases, Cpu, Input, Kfac, Loss, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let outcome = minimize(&loss, start, Kfac::default()).stopping(Stopping { iterations: Some(60), ..Stopping::default() }).run()?;
/// assert!(outcome.value < 0.05, "{}", outcome.value);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Kfac {
    /// The damping lambda at the start. Default 1.
    pub damping: f64,
    /// How it changes; nothing, to keep it. Default [`Adaptive`].
    pub adaptive: Option<Adaptive>,
    /// How steps get their length. Default [`Momentum::Model`].
    pub momentum: Momentum,
    /// How factors are averaged and damped.
    pub factors: KroneckerSettings,
    /// Which gradients in the outputs make the factors. Default [`OutputGradients::Sampled`].
    pub gradients: OutputGradients,
    /// How weights that are used at several places count. Default [`Sharing::Expand`].
    pub sharing: Sharing,
    /// Steps from one look at the statistics to the next. Default 1.
    pub statistics_every: u64,
    /// The part of a batch that gives statistics, in `(0, 1]`. Default 1.
    pub statistics_share: f64,
    /// Steps from one inversion to the next, after the [first ones](Self::inverses_at_first). Default 5.
    pub inverses_every: u64,
    /// So many steps each have an inversion of their own. Default 3.
    pub inverses_at_first: u64,
    /// Of targets that are drawn. Default 0.
    pub seed: u64,
}

impl Default for Kfac {
    fn default() -> Self {
        Self {
            damping: 1.0,
            adaptive: Some(Adaptive::default()),
            momentum: Momentum::Model,
            factors: KroneckerSettings::default(),
            gradients: OutputGradients::Sampled,
            sharing: Sharing::Expand,
            statistics_every: 1,
            statistics_share: 1.0,
            inverses_every: 5,
            inverses_at_first: 3,
            seed: 0,
        }
    }
}

/// The curvature of one block.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
enum Block<T: Precision> {
    Kronecker(Box<KroneckerFactors<T>>),
    /// Shares of the symbols, and S.
    Embedding {
        shares: Averaged<T>,
        gradients: Box<KroneckerFactors<T>>,
    },
    Diagonal(Averaged<T>),
}

/// Numbers, averaged as the factors are.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Averaged<T: Precision> {
    mean: Vec<T>,
    averaging: Averaging,
}

impl<T: Precision> Averaged<T> {
    fn new(entries: usize, settings: &KroneckerSettings) -> Self {
        Self { mean: vec![T::ZERO; entries], averaging: Averaging::new(settings.average) }
    }

    /// What is not finite is refused.
    fn add(&mut self, new: &[T]) {
        if new.iter().all(|x| x.is_finite()) {
            let (keep, add) = self.averaging.next_weights();
            for (mean, new) in self.mean.iter_mut().zip(new) {
                *mean = T::narrow(keep * mean.wide() + add * new.wide());
            }
        }
    }

    fn read(&self) -> impl Iterator<Item = f64> {
        let correction = self.averaging.correction();
        self.mean.iter().map(move |mean| correction * mean.wide())
    }
}

/// The state of [`Kfac`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KfacState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    blocks: Vec<Block<T>>,
    damping: f64,
    steps: u64,
    random: Random,
    /// `delta` of the last step.
    last: Partitioned<Vec<T>>,
    /// m.
    mean: Partitioned<Vec<T>>,
    /// `F^-1 g`.
    direction: Partitioned<Vec<T>>,
}

impl<T: Precision> KfacState<T> {
    /// lambda.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// How often a factor could not be inverted, and the old inverse was kept.
    pub fn failures(&self) -> Vec<Failures> {
        let of = |block: &Block<T>| match block {
            Block::Kronecker(factors) | Block::Embedding { gradients: factors, .. } => {
                factors.failures()
            }
            Block::Diagonal(_) => Failures::default(),
        };
        self.blocks.iter().map(of).collect()
    }
}

/// The shape of the weights of a block, with the column of its bias.
fn shape<B: Backend>(loss: &MeanLoss<B>, covered: &Covered) -> Shape {
    let of = &loss.network().parameters()[covered.weight].shape;
    let rows = of.sizes.first().copied().unwrap_or(1).max(1);
    Shape::new(rows, of.entries() / rows + usize::from(covered.bias.is_some()))
}

impl Kfac {
    fn check(&self) -> Result<(), ArgumentError> {
        let positive = |name: &str, value: f64| {
            ArgumentError::check(
                value > 0.0 && value.is_finite(),
                name,
                value,
                "positive and finite",
            )
        };
        positive("damping", self.damping)?;
        self.factors.check()?;
        if let Momentum::Fixed { step, average, largest } = self.momentum {
            positive("step", step)?;
            ArgumentError::check((0.0..1.0).contains(&average), "average", average, "in [0, 1)")?;
            if let Some(largest) = largest {
                positive("largest", largest)?;
            }
        }
        let share = self.statistics_share;
        let valid = share > 0.0 && share <= 1.0;
        ArgumentError::check(valid, "statistics_share", share, "in (0, 1]")?;
        for (name, steps) in
            [("statistics_every", self.statistics_every), ("inverses_every", self.inverses_every)]
        {
            ArgumentError::check(steps > 0, name, steps, "one or more")?;
        }
        if let Some(Adaptive { every, decay, least, most }) = self.adaptive {
            ArgumentError::check(every > 0, "every", every, "one or more")?;
            ArgumentError::check(decay > 0.0 && decay < 1.0, "decay", decay, "in (0, 1)")?;
            positive("least", least)?;
            ArgumentError::check(most >= least, "most", most, "at least the least")?;
        }
        Ok(())
    }

    fn observe<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        coverage: &[Covered],
        x: &Partitioned<Vec<T>>,
        blocks: &mut [Block<T>],
        random: &mut Random,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        O: OnNetwork + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let how = (self.gradients, self.sharing);
        // Redrawn with the same numbers, should it be interrupted.
        let mut drawn = random.clone();
        let statistics = oracle.evaluate(Counts { value: 0, ..Counts::FUSED }, |f| {
            let batch = f.batch();
            let count = (self.statistics_share * batch.len() as f64).ceil() as usize;
            let cases = &batch[..count.clamp(1, batch.len())];
            f.mean_loss().block_statistics(x, cases, coverage, how, &mut drawn)
        })?;
        *random = drawn;
        for (block, statistics) in blocks.iter_mut().zip(statistics) {
            match (block, statistics) {
                (Block::Kronecker(factors), BlockStatistics::Kronecker { inputs, gradients }) => {
                    factors.observe_grams(&square(inputs), &square(gradients));
                }
                (
                    Block::Embedding { shares: kept, gradients: factors },
                    BlockStatistics::Embedding { shares, gradients },
                ) => {
                    factors.observe_grams(&square(vec![T::ONE]), &square(gradients));
                    kept.add(&shares);
                }
                (Block::Diagonal(kept), BlockStatistics::Diagonal(diagonal)) => kept.add(&diagonal),
                _ => {}
            }
        }
        Ok(())
    }

    /// `out = F^-1 v`.
    fn precondition<T: Precision>(
        coverage: &[Covered],
        blocks: &mut [Block<T>],
        damping: impl Fn(usize) -> f64,
        v: &Partitioned<Vec<T>>,
        out: &mut Partitioned<Vec<T>>,
    ) {
        for (covered, block) in coverage.iter().zip(blocks) {
            let Covered { weight, bias, .. } = *covered;
            let lambda = damping(weight);
            match block {
                Block::Kronecker(factors) => match bias {
                    None => factors.apply(v.block(weight), &mut out.blocks_mut()[weight]),
                    Some(bias) => {
                        let joined = joined(v.block(weight), v.block(bias));
                        let mut result = vec![T::ZERO; joined.len()];
                        factors.apply(&joined, &mut result);
                        let columns = joined.len() / v.block(bias).len();
                        for (i, row) in result.chunks_exact(columns).enumerate() {
                            let (last, first) = (row[columns - 1], &row[..columns - 1]);
                            let of = &mut out.blocks_mut()[weight];
                            of[i * (columns - 1)..][..columns - 1].copy_from_slice(first);
                            out.blocks_mut()[bias][i] = last;
                        }
                    }
                },
                Block::Embedding { shares, gradients } => {
                    // Each symbol has the block `share S + lambda I`, factored as S with the root of lambda.
                    let width = v.block(weight).len() / shares.mean.len();
                    let (from, to) = (v.block(weight), &mut out.blocks_mut()[weight]);
                    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
                    for ((from, to), share) in rows.zip(shares.read()) {
                        gradients.apply(from, to);
                        let factor = T::narrow(1.0 / (share + lambda.sqrt()));
                        to.iter_mut().for_each(|to| *to *= factor);
                    }
                }
                Block::Diagonal(diagonal) => {
                    let to = &mut out.blocks_mut()[weight];
                    for ((to, v), d) in to.iter_mut().zip(v.block(weight)).zip(diagonal.read()) {
                        *to = T::narrow(v.wide() / (d + lambda));
                    }
                }
            }
        }
    }

    fn plan<O, T>(&self, oracle: &Oracle<'_, O>, state: &mut KfacState<T>) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let KfacState { points, blocks, damping, steps, random, last, mean, direction } = state;
        points.try_plan(|now, next| {
            let loss = oracle.objective().mean_loss();
            let coverage = loss.network().coverage();
            if steps.is_multiple_of(self.statistics_every) {
                self.observe(oracle, &coverage, &now.x, blocks, random)?;
            }
            let eta = loss.penalty();
            if *steps < self.inverses_at_first || steps.is_multiple_of(self.inverses_every) {
                for (covered, block) in coverage.iter().zip(blocks.iter_mut()) {
                    let lambda = *damping + eta[covered.weight];
                    // An inverse that does not exist is kept as it was, and counted.
                    match block {
                        Block::Kronecker(factors) => factors.refresh(lambda),
                        Block::Embedding { gradients, .. } => gradients.refresh(lambda.sqrt()),
                        Block::Diagonal(_) => Status::Unchanged,
                    };
                }
            }
            let lambda = |weight: usize| *damping + eta[weight];
            match self.momentum {
                Momentum::Fixed { step, average, largest } => {
                    mean.axpby(1.0 - average, &now.gradient, average);
                    Self::precondition(&coverage, blocks, lambda, mean, direction);
                    let square = step * step * direction.dot(mean);
                    let shorter = match largest {
                        Some(largest) if square > largest => (largest / square).sqrt(),
                        _ => 1.0,
                    };
                    last.axpby(-step * shorter, direction, 0.0);
                    next.point_along(&now.x, 1.0, last);
                }
                Momentum::Model => {
                    Self::precondition(&coverage, blocks, lambda, &now.gradient, direction);
                    direction.scale(-1.0);
                    let first = last.norm_max() == 0.0;
                    let along: Vec<&Partitioned<Vec<T>>> =
                        if first { vec![direction] } else { vec![direction, last] };
                    let counts =
                        Counts { hessian_product: along.len() as u64, ..Counts::default() };
                    let mut form = oracle.evaluate(counts, |f| {
                        f.mean_loss().fisher_form(&now.x, &f.batch(), &along)
                    })?;
                    let k = along.len();
                    let slopes: Vec<f64> = along.iter().map(|v| v.dot(&now.gradient)).collect();
                    for (i, u) in along.iter().enumerate() {
                        for (j, v) in along.iter().enumerate() {
                            form[(i, j)] += *damping * u.dot(v);
                        }
                    }
                    let (weights, promised) = model_minimum(&form, &slopes);
                    let mu = if k > 1 { weights[1] } else { 0.0 };
                    last.axpby(weights[0], direction, mu);
                    next.point_along(&now.x, 1.0, last);
                    if let Some(adaptive) = &self.adaptive
                        && (*steps + 1).is_multiple_of(adaptive.every)
                    {
                        let value = oracle.value(next)?;
                        *damping = adaptive.next(*damping, (value - now.value) / promised);
                    }
                }
            }
            *steps += 1;
            Ok(())
        })
    }
}

impl Adaptive {
    /// lambda after a step with this ratio of the true to the promised decrease.
    fn next(&self, lambda: f64, ratio: f64) -> f64 {
        let w = self.decay.powi(i32::try_from(self.every).unwrap_or(i32::MAX));
        let lambda = if ratio > 0.75 {
            lambda * w
        } else if ratio >= 0.25 {
            lambda
        } else {
            // Also where it is no number.
            lambda / w
        };
        lambda.clamp(self.least, self.most)
    }
}

/// The minimizer of `b'w + w'M w/2` for one or two weights, and that minimum; M may be singular.
fn model_minimum(m: &Matrix, b: &[f64]) -> (Vec<f64>, f64) {
    let n = b.len();
    // Scaled to a unit diagonal: the vectors differ by orders of magnitude.
    let scale: Vec<f64> =
        (0..n).map(|i| if m[(i, i)] > 0.0 { m[(i, i)].sqrt().recip() } else { 0.0 }).collect();
    let scaled = Matrix::from_fn(n, n, |i, j| scale[i] * m[(i.max(j), i.min(j))] * scale[j]);
    let mut weights = vec![0.0; n];
    if let Ok(eigen) = SymmetricEigen::new(&scaled) {
        let largest = eigen.norm();
        for (k, &lambda) in eigen.values().iter().enumerate() {
            if lambda > 1e-12 * largest {
                let vector = eigen.vectors().column(k);
                let along: f64 = (0..n).map(|i| vector[i] * scale[i] * b[i]).sum();
                for i in 0..n {
                    weights[i] -= scale[i] * vector[i] * along / lambda;
                }
            }
        }
    }
    let promised = 0.5 * weights.iter().zip(b).map(|(w, b)| w * b).sum::<f64>();
    (weights, promised)
}

/// A square matrix that lies by rows, or by columns: it is symmetric.
fn square<T: Precision>(entries: Vec<T>) -> Matrix<T> {
    let n = entries.len().isqrt();
    Matrix::from_entries(n, n, entries)
}

/// `(W b)` by rows.
fn joined<T: Precision>(weight: &[T], bias: &[T]) -> Vec<T> {
    let columns = weight.len() / bias.len();
    let rows = weight.chunks_exact(columns).zip(bias);
    rows.flat_map(|(row, &bias)| row.iter().copied().chain([bias])).collect()
}

impl<O, T> Method<O> for Kfac
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    type State = KfacState<T>;

    fn name(&self) -> &'static str {
        "kfac"
    }

    fn start(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<Self::State, StartError> {
        self.check()?;
        let loss = oracle.objective().mean_loss();
        let blocks = loss.network().coverage();
        let blocks = blocks.iter().map(|covered| {
            let shape = shape(loss, covered);
            match covered.by {
                crate::Cover::Kronecker => {
                    Block::Kronecker(Box::new(KroneckerFactors::new(shape, self.factors.clone())))
                }
                crate::Cover::Embedding => {
                    let gradients = Shape::new(shape.columns, 1);
                    Block::Embedding {
                        shares: Averaged::new(shape.rows, &self.factors),
                        gradients: Box::new(KroneckerFactors::new(gradients, self.factors.clone())),
                    }
                }
                crate::Cover::Diagonal => {
                    Block::Diagonal(Averaged::new(shape.entries(), &self.factors))
                }
            }
        });
        let blocks = blocks.collect();
        let [last, mean, direction] = [x0.zeros_like(), x0.zeros_like(), x0.zeros_like()];
        Ok(KfacState {
            points: FixedStep::start(oracle, x0)?,
            blocks,
            damping: self.damping,
            steps: 0,
            random: Random::new(self.seed),
            last,
            mean,
            direction,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(oracle, state)?;
        state.points.arrive(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.points.iterate()
    }

    fn monotone(&self) -> bool {
        false
    }
}

impl<O, T> OverBatches<O> for Kfac
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        state.points.turn(oracle)
    }

    fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(oracle, state)?;
        Ok(state.points.leave())
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        match self.momentum {
            Momentum::Model => None,
            Momentum::Fixed { step, average, largest } => {
                let momentum = Momentum::Fixed { step: step * factor, average, largest };
                Some(Self { momentum, ..self.clone() })
            }
        }
    }
}
