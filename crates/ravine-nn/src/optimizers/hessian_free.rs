//! Hessian-free optimization.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::Counts;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::krylov::{CgWork, ConjugateGradient, SlowStop, Start, TrueResidual};
use ravine_linalg::matrix::Precision;
use ravine_linalg::operator::{Diagonal, LinearOperator};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::common::{Batch, Guard, on_networks};
use super::fisher::{DampedFisher, first_of};
use super::{OnNetwork, Promise};
use crate::backend::Backend;
use crate::curvature::{Covered, OutputGradients};
use crate::precondition::allowed::{positive, share};

/// Hessian-free optimization: a truncated Newton method with the Gauss-Newton matrix G of a part of the batch, as
/// Martens runs it. In each step conjugate gradients minimize
///
/// `q(d) = g'd + d'(G + (lambda + eta) I)d / 2`
///
/// from [`warm`](Self::warm) times where they ended before, preconditioned by
/// `diag(s + lambda + eta)^-power`, s an estimate of the diagonal of G, until q falls too slowly. Of the iterates
/// that they kept, more and more seldom, the loss is taken back from the last as long as it falls; a line search
/// makes sure of a decrease; and the damping follows the ratio of true and promised decrease: times
/// [`rise`](Self::rise) below a quarter or where the loss is no number, divided by it above three quarters.
///
/// Where nothing decreases the loss the step is rejected: nothing moves, conjugate gradients begin anew, and the
/// damping rises. Batches should be large; [`curvature_share`](Self::curvature_share) lets the gradient see more
/// cases than the products do. For the Gaussian with its variance G is the Fisher information.
///
/// Products are counted as Hessian products, the sweep for the preconditioner as a gradient.
///
/// Source: Martens, Deep learning via Hessian-free optimization (2010); Martens and Sutskever, Training deep and
/// recurrent networks with Hessian-free optimization (2012); Chapelle and Erhan, Improved preconditioner for
/// Hessian free optimization (2011).
///
/// ```
/// use ravine::{Stopping, minimize};
/// use ravine_nn::{Cases, Cpu, HessianFree, Input, Loss, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let stopping = Stopping { iterations: Some(30), ..Stopping::default() };
/// let outcome = minimize(&loss, start, HessianFree::default()).stopping(stopping).run()?;
/// assert!(outcome.value < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HessianFree {
    /// The damping lambda at the start; 45 for deep autoencoders. Default 1.
    pub damping: f64,
    /// What it is multiplied or divided by, above 1. Default `1.5`.
    pub rise: f64,
    /// The least damping. Default `1e-8`; where batches are small, far more: what a step promises and keeps on its
    /// own batch says little of others.
    pub least: f64,
    /// Which decrease counts as promised. Default [`Promise::Damped`].
    pub promise: Promise,
    /// The part of the last solution that conjugate gradients start from, in `[0, 1)`. Default `0.95`.
    pub warm: f64,
    /// Most iterations of conjugate gradients. Default 250.
    pub iterations: usize,
    /// They stop where over a tenth of them, at least ten, each has brought less than this part of the decrease
    /// so far. Default `5e-4`.
    pub rate: f64,
    /// The power of the preconditioner, in `[0, 1]`; 0 for none. Default `0.75`.
    pub power: f64,
    /// The part of the batch that products are over, in `(0, 1]`. Default 1.
    pub curvature_share: f64,
    /// Of the random signs of the preconditioner. Default 0.
    pub seed: u64,
}

impl Default for HessianFree {
    fn default() -> Self {
        Self {
            damping: 1.0,
            rise: 1.5,
            least: 1e-8,
            promise: Promise::Damped,
            warm: 0.95,
            iterations: 250,
            rate: 5e-4,
            power: 0.75,
            curvature_share: 1.0,
            seed: 0,
        }
    }
}

/// The state of [`HessianFree`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct HessianFreeState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    coverage: Vec<Covered>,
    damping: f64,
    /// Where conjugate gradients ended.
    solution: Partitioned<Vec<T>>,
    random: Random,
    steps: u64,
    guard: Guard,
    iterations: u64,
}

impl<T: Precision> HessianFreeState<T>
where
    Vec<T>: Pointwise,
{
    /// lambda.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// Steps that were rejected, or gone back from where the loss was no number.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }

    /// Iterations of conjugate gradients, in all.
    pub fn iterations(&self) -> u64 {
        self.iterations
    }

    fn setbacks(&self) -> Setbacks {
        Setbacks { rejected: self.guard.rejected, failures: 0 }
    }

    fn go_back(&mut self, _: Batch) -> bool {
        let back = self.guard.went_back(&mut self.points, self.steps);
        if back {
            self.damping *= 10.0;
            self.solution.fill(0.0);
        }
        back
    }
}

/// Armijo's constant, what a step is shortened by, and how often, at most.
const ARMIJO: (f64, f64, u32) = (1e-2, 0.8, 60);

/// Iterates are kept at `ceil(GROWTH^j) - 1`.
const GROWTH: f64 = 1.3;

impl HessianFree {
    fn check(&self) -> Result<(), ArgumentError> {
        positive("damping", self.damping)?;
        positive("least", self.least)?;
        let Self { rise, rate, power, curvature_share: of, iterations, .. } = *self;
        ArgumentError::check(rise > 1.0 && rise.is_finite(), "rise", rise, "finite and above 1")?;
        share("warm", self.warm)?;
        ArgumentError::check(iterations > 0, "iterations", iterations, "one or more")?;
        ArgumentError::check(rate > 0.0 && rate < 1.0, "rate", rate, "in (0, 1)")?;
        ArgumentError::check((0.0..=1.0).contains(&power), "power", power, "in [0, 1]")?;
        ArgumentError::check(of > 0.0 && of <= 1.0, "curvature_share", of, "in (0, 1]")
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<HessianFreeState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check()?;
        let points = FixedStep::start(oracle, x0)?;
        Ok(HessianFreeState {
            guard: Guard::at(&points),
            points,
            coverage: oracle.objective().mean_loss().network().coverage(),
            damping: self.damping,
            solution: x0.zeros_like(),
            random: Random::new(self.seed),
            steps: 0,
            iterations: 0,
        })
    }

    /// `diag(s + lambda + eta)^-power`.
    fn preconditioner<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x: &Partitioned<Vec<T>>,
        coverage: &[Covered],
        lambda: f64,
        random: &mut Random,
    ) -> Result<Option<Diagonal<Partitioned<Vec<T>>>>, Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        if self.power == 0.0 {
            return Ok(None);
        }
        let mut squares = x.zeros_like();
        let counts = Counts { gradient: 1, ..Counts::default() };
        oracle.evaluate(counts, |f| {
            let (batch, how) = (f.batch(), OutputGradients::Propagated);
            let cases = first_of(&batch, self.curvature_share);
            f.mean_loss().case_squares(x, cases, coverage, how, random, &mut squares)
        })?;
        let eta = oracle.objective().mean_loss().penalty();
        for (block, eta) in squares.blocks_mut().iter_mut().zip(eta) {
            for s in block {
                *s = T::narrow((s.wide() + lambda + eta).powf(-self.power));
            }
        }
        Ok(squares.is_finite().then(|| Diagonal::new(squares)))
    }

    fn plan<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut HessianFreeState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let HessianFreeState { points, coverage, damping, solution, random, .. } = state;
        let lambda = *damping;
        let mut drawn = random.clone();
        let mut done = None;
        points.try_plan(|now, next| {
            let (x, gradient) = (&now.x, &now.gradient);
            let m = self.preconditioner(oracle, x, coverage, lambda, &mut drawn)?;
            let g = DampedFisher { oracle, x, share: self.curvature_share, damping: lambda };
            let mut right = gradient.clone();
            right.scale(-1.0);
            let cg = ConjugateGradient {
                tolerance: 1e-10,
                iterations: Some(self.iterations),
                slow_stop: SlowStop::Martens { rate: self.rate },
                start: Start::Given,
                true_residual: TrueResidual::Skipped,
            };
            let mut end = solution.clone();
            end.scale(self.warm);
            let (mut kept, mut seen, mut at) = (Vec::new(), 0_usize, 1.0_f64);
            let m = m.as_ref().map(|m| m as &dyn LinearOperator<Partitioned<Vec<T>>>);
            let mut work = CgWork::new(&end);
            let info = cg.solve_observed(&g, m, &right, &mut end, &mut work, &mut |step| {
                if seen as f64 >= at.ceil() - 1.0 {
                    kept.push(step.x.clone());
                    while seen as f64 >= at.ceil() - 1.0 {
                        at *= GROWTH;
                    }
                }
                seen += 1;
            })?;
            if kept.last() == Some(&end) {
                kept.pop();
            }
            // Back from the last iterate, as long as the loss falls.
            let mut at_end = |d: &Partitioned<Vec<T>>| -> Result<f64, Interrupt> {
                next.point_along(x, 1.0, d);
                if !next.is_finite() {
                    return Ok(f64::INFINITY);
                }
                let value = oracle.value(next)?;
                Ok(if value.is_nan() { f64::INFINITY } else { value })
            };
            let mut step = end.clone();
            let mut value = at_end(&step)?;
            while let Some(before) = kept.pop() {
                let there = at_end(&before)?;
                if there >= value && value.is_finite() {
                    break;
                }
                (step, value) = (before, there);
            }
            let mut product = step.zeros_like();
            g.apply(&step, &mut product)?;
            let slope = gradient.dot(&step);
            let promised = slope
                + 0.5
                    * match self.promise {
                        Promise::Damped => product.dot(&step),
                        Promise::Undamped => product.dot(&step) - lambda * step.dot(&step),
                    };
            let ratio = (value - now.value) / promised;
            let (c, shrink, tries) = ARMIJO;
            let mut length = 1.0;
            let mut shortened = 0;
            while value > now.value + c * length * slope && shortened < tries && slope < 0.0 {
                length *= shrink;
                shortened += 1;
                let mut shorter = step.clone();
                shorter.scale(length);
                value = at_end(&shorter)?;
            }
            let falls = slope < 0.0 && value <= now.value + c * length * slope;
            if falls {
                next.point_along(x, length, &step);
            } else {
                next.copy_from(x);
            }
            let lambda = if !falls || ratio.is_nan() || ratio < 0.25 {
                lambda * self.rise
            } else if ratio > 0.75 {
                (lambda / self.rise).max(self.least)
            } else {
                lambda
            };
            done = Some((end, falls, lambda, info.iterations as u64));
            Ok(())
        })?;
        if let Some((end, falls, lambda, iterations)) = done {
            *random = drawn;
            *damping = lambda;
            *solution = end;
            if !falls {
                solution.fill(0.0);
                state.guard.rejected += 1;
            }
            state.iterations += iterations;
            state.steps += 1;
        }
        Ok(())
    }

    fn scaled_by(&self, _factor: f64) -> Option<Self> {
        None
    }
}

on_networks!(HessianFree, HessianFreeState, |_| "hessian-free");
