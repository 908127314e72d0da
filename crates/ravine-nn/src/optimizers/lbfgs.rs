//! L-BFGS over batches.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::{BatchHessianProduct, Counts};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::secant::SecantPairs;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::OnNetwork;
use super::common::{Batch, Guard, on_networks};
use crate::backend::Backend;
use crate::precondition::allowed::{positive, share};

/// L-BFGS over batches: steps along `H m` with the average m of the gradients,
/// `m <- average m + (1 - average) g`, and H the limited-memory matrix of the last pairs (s, y), whose y is the
/// curvature of ONE batch along s: gradients of two batches differ by more than curvature.
///
/// | [`pairs`](Self::pairs) | s | y |
/// |---|---|---|
/// | Gauss-Newton products | means of the iterates over [`every`](Self::every) steps, from one to the next | `G s`, on the current batch at the newer mean |
/// | Hessian products | the same | `H s` |
/// | gradients | the step, every so many steps | `g(x + s) - g(x)`, both on its batch |
///
/// y is damped: `y + lambda s`, and where `s'y < 0.2 s'B s` with `B = I y'y / s'y` of the pair before, it is moved
/// towards `B s` until they are equal, so that H stays positive definite. A pair without curvature is left out and
/// counted ([`StochasticLbfgsState::skipped`]). Before there are pairs it is gradient descent with
/// momentum. Products and the second gradient of a pair are counted as such. From a point where the loss is no
/// number it goes back, without its pairs and with half of the step from then on.
///
/// Sources: Byrd, Hansen, Nocedal and Singer, A stochastic quasi-Newton method for large-scale optimization (2016);
/// Schraudolph, Yu and Günter, A stochastic quasi-Newton method for online convex optimization (2007); damping: Nocedal
/// and Wright (2006), procedure 18.2.
///
/// ```
/// use ravine::minimize::minimize_sum;
/// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, StochasticLbfgs, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f32>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let method = StochasticLbfgs::default();
/// let outcome = minimize_sum(&loss, start, method).batch_size(4).epochs(300).run()?;
/// assert!(outcome.value < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StochasticLbfgs {
    /// The step. Default `0.1`.
    pub step: f64,
    /// Most pairs. Default 10.
    pub memory: usize,
    /// Where pairs come from. Default [`PairsFrom::GaussNewton`].
    pub pairs: PairsFrom,
    /// Steps from one pair to the next. Default 5.
    pub every: u64,
    /// lambda. Default `0.01`.
    pub damping: f64,
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    pub average: f64,
}

/// Where the pairs of [`StochasticLbfgs`] come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairsFrom {
    /// Products with the Gauss-Newton matrix; of the Gaussian with its variance, the Fisher information.
    #[default]
    GaussNewton,
    /// Products with the Hessian.
    Hessian,
    /// Differences of gradients on the same batch.
    Gradients,
}

impl Default for StochasticLbfgs {
    fn default() -> Self {
        let pairs = PairsFrom::GaussNewton;
        Self { step: 0.1, memory: 10, pairs, every: 5, damping: 0.01, average: 0.9 }
    }
}

/// The state of [`StochasticLbfgs`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound(
    serialize = "Partitioned<Vec<T>>: serde::Serialize",
    deserialize = "Partitioned<Vec<T>>: serde::de::DeserializeOwned"
))]
pub struct StochasticLbfgsState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    pairs: SecantPairs<Partitioned<Vec<T>>>,
    mean: Partitioned<Vec<T>>,
    /// The sum of the iterates since the last pair, and their mean before it.
    sum: Partitioned<Vec<T>>,
    before: Option<Partitioned<Vec<T>>>,
    /// The next point, once it is known and the gradient there is not.
    trial: Option<Partitioned<Vec<T>>>,
    steps: u64,
    shrink: f64,
    skipped: u64,
    guard: Guard,
}

impl<T: Precision> StochasticLbfgsState<T>
where
    Vec<T>: Pointwise,
{
    /// How many pairs there are.
    pub fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// How many pairs were left out.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How often the loss at the next point was no number or far above those before, and it went back.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }

    fn setbacks(&self) -> Setbacks {
        Setbacks { rejected: self.guard.rejected, failures: self.skipped }
    }

    fn go_back(&mut self, _: Batch) -> bool {
        let back = self.guard.went_back(&mut self.points, self.steps);
        if back {
            self.shrink *= 0.5;
            self.mean.fill(0.0);
            self.pairs.clear();
        }
        back
    }

    fn learn(&mut self, mut s: Partitioned<Vec<T>>, mut y: Partitioned<Vec<T>>, lambda: f64) {
        y.axpy(lambda, &s);
        let (sy, ss) = (s.dot(&y), s.dot(&s));
        if !self.pairs.is_empty() && sy.is_finite() {
            let b = 1.0 / self.pairs.gamma();
            let sbs = b * ss;
            if sy < 0.2 * sbs {
                let theta = 0.8 * sbs / (sbs - sy);
                y.axpby((1.0 - theta) * b, &s, theta);
            }
        }
        let usable = y.is_finite() && s.is_finite();
        if !usable || self.pairs.push(&mut s, &mut y).is_none() {
            self.skipped += 1;
        }
    }
}

impl StochasticLbfgs {
    fn check(&self) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        share("average", self.average)?;
        ArgumentError::check(self.memory > 0, "memory", self.memory, "one or more")?;
        ArgumentError::check(self.every > 0, "every", self.every, "one or more")?;
        let damping = self.damping;
        let valid = damping >= 0.0 && damping.is_finite();
        ArgumentError::check(valid, "damping", damping, "finite and not negative")
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<StochasticLbfgsState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check()?;
        let points = FixedStep::start(oracle, x0)?;
        Ok(StochasticLbfgsState {
            guard: Guard::at(&points),
            points,
            pairs: SecantPairs::new(self.memory),
            mean: x0.zeros_like(),
            sum: x0.zeros_like(),
            before: None,
            trial: None,
            steps: 0,
            shrink: 1.0,
            skipped: 0,
        })
    }

    /// A pair of the means of iterates and a product.
    fn pair_by_product<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut StochasticLbfgsState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let mut mean = state.sum.clone();
        mean.scale(1.0 / self.every as f64);
        if let Some(before) = &state.before {
            let mut s = mean.clone();
            s.axpy(-1.0, before);
            let mut y = s.zeros_like();
            oracle.evaluate(Counts::HESSIAN_PRODUCT, |f| match self.pairs {
                PairsFrom::Hessian => {
                    f.mean_loss().batch_hessian_product(&mean, &f.batch(), &s, &mut y)
                }
                _ => f.mean_loss().fisher_product(&mean, &f.batch(), &s, &mut y),
            })?;
            state.learn(s, y, self.damping);
        }
        state.before = Some(mean);
        state.sum.fill(0.0);
        Ok(())
    }

    fn plan<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut StochasticLbfgsState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let by_products = self.pairs != PairsFrom::Gradients;
        let due = state.steps.is_multiple_of(self.every);
        let trial = if let Some(trial) = state.trial.take() {
            trial
        } else {
            if by_products && due && state.steps > 0 {
                self.pair_by_product(oracle, state)?;
            }
            let now = state.points.iterate();
            state.sum.axpy(1.0, &now.x);
            state.mean.axpby(1.0 - self.average, &now.gradient, self.average);
            let mut direction = state.mean.clone();
            state.pairs.multiply_inverse(&mut direction, &mut Vec::new());
            let mut trial = now.x.clone();
            trial.axpy(-self.step * state.shrink, &direction);
            trial
        };
        if !by_products && due && trial.is_finite() {
            let now = state.points.iterate();
            let mut y = trial.zeros_like();
            if let Err(interrupt) = oracle.value_and_gradient(&trial, &mut y) {
                // That much is done.
                state.trial = Some(trial);
                return Err(interrupt);
            }
            y.axpy(-1.0, &now.gradient);
            let mut s = trial.clone();
            s.axpy(-1.0, &now.x);
            state.learn(s, y, self.damping);
        }
        let usable = trial.is_finite();
        if !usable {
            state.pairs.clear();
            state.mean.fill(0.0);
            state.shrink *= 0.5;
        }
        state.points.plan(|now, next| next.copy_from(if usable { &trial } else { &now.x }));
        state.steps += 1;
        Ok(())
    }

    fn scaled_by(&self, factor: f64) -> Option<Self> {
        Some(Self { step: self.step * factor, ..self.clone() })
    }
}

on_networks!(StochasticLbfgs, StochasticLbfgsState, |_| "lbfgs");
