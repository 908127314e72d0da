//! Methods that precondition each parameter by a diagonal of the curvature.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::{BatchHessianProduct, Counts};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::OnNetwork;
use super::common::{Batch, Guard, on_networks};
use crate::backend::Backend;
use crate::precondition::allowed::positive;
use crate::precondition::{
    AdaHessian, AdaHessianSettings, Failures, Sophia, SophiaSettings, Spatial, SpatialOf,
};

/// What a [`ByDiagonal`] divides by.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiagonalMethod {
    /// See [`AdaHessian`]: `z (H z)` with the exact Hessian H of the batch and random signs z.
    AdaHessian(AdaHessianSettings),
    /// See [`Sophia`]: squares of a gradient with targets drawn from the predictions.
    Sophia(SophiaSettings),
}

/// A direction entry by entry, and weights that decay by themselves:
///
/// `W <- (1 - step decay) W - step direction`.
///
/// Parameters with two axes or more decay, biases and gains do not. The windows of a convolution lie as outputs,
/// height, width, channels: where curvature is averaged over space by shape, it is over height and width.
///
/// A look at the curvature counts as a Hessian product, or as a gradient where targets are drawn. The penalty is in
/// the Hessian; among drawn targets there is none. From a point where the loss is no number it goes back,
/// with half of the step from then on.
///
/// ```
/// use ravine::minimize::minimize_sum;
/// use ravine_nn::{ByDiagonal, Cases, Cpu, DiagonalMethod, Input, Loss, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f32>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let method = ByDiagonal::new(DiagonalMethod::AdaHessian(Default::default()));
/// let outcome = minimize_sum(&loss, start, method).batch_size(4).epochs(300).run()?;
/// assert!(outcome.value < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ByDiagonal {
    /// The method.
    pub method: DiagonalMethod,
    /// The step.
    pub step: f64,
    /// The decay of weights.
    pub decay: f64,
    /// Steps from one look at the curvature to the next.
    pub every: u64,
    /// Of signs and targets that are drawn.
    pub seed: u64,
}

impl ByDiagonal {
    /// AdaHessian with its authors' step, `0.15`, and a look at every step; Sophia with a step of `3e-3`, for small
    /// networks (its authors take `1e-4` to `1e-3` for large ones), and a look at every tenth; no decay.
    pub fn new(method: DiagonalMethod) -> Self {
        let (step, every) = match method {
            DiagonalMethod::AdaHessian(_) => (0.15, 1),
            DiagonalMethod::Sophia(_) => (3e-3, 10),
        };
        Self { method, step, decay: 0.0, every, seed: 0 }
    }
}

/// What is kept of one parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
enum Kept<T: Precision> {
    AdaHessian(AdaHessian<T>),
    Sophia(Sophia<T>),
}

/// The state of [`ByDiagonal`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct ByDiagonalState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    kept: Vec<Kept<T>>,
    /// The last look.
    estimate: Partitioned<Vec<T>>,
    /// Losses in it.
    losses: usize,
    direction: Partitioned<Vec<T>>,
    random: Random,
    steps: u64,
    free: f64,
    shrink: f64,
    guard: Guard,
}

impl<T: Precision> ByDiagonalState<T>
where
    Vec<T>: Pointwise,
{
    /// How often what each parameter was shown was no number, and refused.
    pub fn failures(&self) -> Vec<Failures> {
        let of = |kept: &Kept<T>| match kept {
            Kept::AdaHessian(kept) => kept.failures(),
            Kept::Sophia(kept) => kept.failures(),
        };
        self.kept.iter().map(of).collect()
    }

    /// The share of entries that the last step of Sophia has not clipped: to be kept from a tenth to a half by
    /// its rho.
    pub fn unclipped(&self) -> f64 {
        self.free
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
        }
        back
    }
}

/// Averages over the height and width of windows, which lie as outputs, height, width, channels.
fn over_windows<T: Precision>(estimate: &mut [T], sizes: &[usize], of: SpatialOf) {
    let &[_, height, width, channels] = sizes else { return };
    let places = height * width;
    for output in estimate.chunks_exact_mut(places * channels) {
        for channel in 0..channels {
            let own = output.iter().skip(channel).step_by(channels);
            let sum: f64 = match of {
                SpatialOf::Magnitudes => own.map(|d| d.wide().abs()).sum(),
                SpatialOf::Estimates => own.map(|d| d.wide()).sum(),
            };
            let mean = T::narrow(sum / places as f64);
            output.iter_mut().skip(channel).step_by(channels).for_each(|d| *d = mean);
        }
    }
}

impl ByDiagonal {
    fn check(&self) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        let decay = self.decay;
        let valid = decay >= 0.0 && decay.is_finite();
        ArgumentError::check(valid, "decay", decay, "finite and not negative")?;
        ArgumentError::check(self.every > 0, "every", self.every, "one or more")?;
        match &self.method {
            DiagonalMethod::AdaHessian(settings) => settings.check(),
            DiagonalMethod::Sophia(settings) => settings.check(),
        }
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<ByDiagonalState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check()?;
        let parameters = oracle.objective().mean_loss().network().parameters();
        let kept = parameters.iter().map(|parameter| match &self.method {
            DiagonalMethod::AdaHessian(settings) => {
                let mut settings = settings.clone();
                let sizes = &parameter.shape.sizes[..];
                if sizes.len() == 4 && settings.spatial == Spatial::ByShape {
                    // Averaged before it is handed over.
                    settings.spatial = Spatial::None;
                }
                Kept::AdaHessian(AdaHessian::new(sizes, settings))
            }
            DiagonalMethod::Sophia(settings) => {
                Kept::Sophia(Sophia::new(parameter.shape.entries(), settings.clone()))
            }
        });
        let points = FixedStep::start(oracle, x0)?;
        Ok(ByDiagonalState {
            kept: kept.collect(),
            guard: Guard::at(&points),
            points,
            estimate: x0.zeros_like(),
            losses: 0,
            direction: x0.zeros_like(),
            random: Random::new(self.seed),
            steps: 0,
            free: 0.0,
            shrink: 1.0,
        })
    }

    /// Looks at the curvature of the batch.
    fn look<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut ByDiagonalState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let ByDiagonalState { points, kept, estimate, losses, random, direction, .. } = state;
        let (x, mut drawn) = (&points.iterate().x, random.clone());
        match &self.method {
            DiagonalMethod::AdaHessian(settings) => {
                let signs = direction;
                signs.fill_signs(&mut drawn);
                oracle.evaluate(Counts::HESSIAN_PRODUCT, |f| {
                    f.mean_loss().batch_hessian_product(x, &f.batch(), signs, estimate)
                })?;
                estimate.multiply(signs);
                if settings.spatial == Spatial::ByShape {
                    let parameters = oracle.objective().mean_loss().network().parameters();
                    for (block, parameter) in estimate.blocks_mut().iter_mut().zip(parameters) {
                        over_windows(block, &parameter.shape.sizes, settings.of);
                    }
                }
            }
            DiagonalMethod::Sophia(_) => {
                let counts = Counts { gradient: 1, ..Counts::default() };
                oracle.evaluate(counts, |f| {
                    f.mean_loss().sampled_gradient(x, &f.batch(), &mut drawn, estimate)
                })?;
                let f = oracle.objective();
                *losses = f.batch().len() * f.mean_loss().terms();
                for (kept, estimate) in kept.iter_mut().zip(estimate.blocks()) {
                    if let Kept::Sophia(sophia) = kept {
                        sophia.observe_curvature(estimate);
                    }
                }
            }
        }
        *random = drawn;
        Ok(())
    }

    fn plan<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut ByDiagonalState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        if state.steps.is_multiple_of(self.every) {
            self.look(oracle, state)?;
        }
        let ByDiagonalState { points, kept, estimate, losses, direction, shrink, .. } = state;
        let parameters = oracle.objective().mean_loss().network().parameters();
        let mut free = 0.0;
        points.plan(|now, next| {
            next.copy_from(&now.x);
            for (p, kept) in kept.iter_mut().enumerate() {
                let (g, d) = (now.gradient.block(p), &mut direction.blocks_mut()[p]);
                let step = match kept {
                    Kept::AdaHessian(kept) => kept.step(g, estimate.block(p), d),
                    Kept::Sophia(kept) => {
                        let (step, share) = kept.step(g, *losses, d);
                        free += share * g.len() as f64 / now.x.dimension() as f64;
                        step
                    }
                };
                if step.moves {
                    let length = self.step * *shrink;
                    let decays = parameters[p].shape.sizes.len() > 1;
                    let keep = if decays { 1.0 - length * self.decay } else { 1.0 };
                    next.blocks_mut()[p].axpby(-length, d, keep);
                }
            }
        });
        state.free = free;
        state.steps += 1;
        Ok(())
    }

    fn scaled_by(&self, factor: f64) -> Option<Self> {
        Some(Self { step: self.step * factor, ..self.clone() })
    }
}

on_networks!(ByDiagonal, ByDiagonalState, |by| match by.method {
    DiagonalMethod::AdaHessian(_) => "adahessian",
    DiagonalMethod::Sophia(_) => "sophia",
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Known mistake: to average over the wrong axes. Two outputs, windows of 2 by 1, two channels.
    #[test]
    fn curvature_is_averaged_over_height_and_width() {
        let mut d = [1.0, 10.0, -3.0, 20.0, 5.0, -50.0, 7.0, 70.0];
        let mut estimates = d;
        over_windows(&mut d, &[2, 2, 1, 2], SpatialOf::Magnitudes);
        assert_eq!(d, [2.0, 15.0, 2.0, 15.0, 6.0, 60.0, 6.0, 60.0]);
        over_windows(&mut estimates, &[2, 2, 1, 2], SpatialOf::Estimates);
        assert_eq!(estimates, [-1.0, 15.0, -1.0, 15.0, 6.0, 10.0, 6.0, 10.0]);
        let mut matrix = [1.0, 2.0];
        over_windows(&mut matrix, &[1, 2], SpatialOf::Magnitudes);
        assert_eq!(matrix, [1.0, 2.0]);
    }
}
