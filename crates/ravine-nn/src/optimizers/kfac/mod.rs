//! K-FAC.

mod averaged;
mod blocks;
mod chains;
mod model;
mod settings;

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::Counts;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::OnNetwork;
use super::common::{Batch, Guard, on_networks};
use crate::backend::Backend;
use crate::curvature::{OutputGradients, Sharing};
use crate::precondition::allowed::{positive, share};
use crate::precondition::{EkfacSettings, Failures, KroneckerSettings};
use blocks::{Curvature, without_penalty};

pub use settings::{
    Adaptive, AdaptiveGamma, FirstDamping, Moments, MomentsOf, Momentum, Promise, Structure,
};

/// K-FAC: the natural gradient with a Kronecker product for each layer,
/// `F = diag(S_1 (x) A_1, S_2 (x) A_2, ...)`, of the covariance A of the layer's inputs and that of the gradients in
/// its outputs, S, which are averaged over steps; and its relatives EKFAC and block-tridiagonal K-FAC
/// ([`Structure`]).
///
/// The blocks follow from the operations that use a parameter ([`Network::coverage`](crate::Network::coverage));
/// what has no Kronecker product has a diagonal. The penalty eta of the mean loss belongs to gradient, quadratic
/// model and damping: blocks are damped by `lambda + eta`.
///
/// With [`Momentum::Model`] and [`adaptive`](Self::adaptive) damping it has no step to be chosen, and is the method
/// as published: step and momentum from the exact model on the same batch. With [`Momentum::Fixed`] it is what is
/// used with small batches.
///
/// A factor that cannot be inverted is tried again with up to a thousand times the damping; else the old inverse is
/// kept and counted ([`KfacState::failures`]). From a point where the loss is no number, or far above those before, it
/// goes back, with ten times the damping and without momentum; where a step by the model is measured before it is
/// taken, it is tried again with more damping if the loss of the batch rises by more than it was promised to fall
/// ([`KfacState::rejected`]).
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
    /// A damping of the blocks of its own, with [`Momentum::Model`]; nothing, for `lambda + eta`. Default nothing.
    pub gamma: Option<AdaptiveGamma>,
    /// How steps get their length. Default [`Momentum::Model`].
    pub momentum: Momentum,
    /// How blocks are put together. Default [`Structure::Kronecker`].
    pub structure: Structure,
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
            gamma: None,
            momentum: Momentum::Model,
            structure: Structure::Kronecker,
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

/// The state of [`Kfac`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KfacState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    curvature: Curvature<T>,
    damping: f64,
    gamma: Option<f64>,
    steps: u64,
    /// What was done of the step that is next, should it have been interrupted.
    stage: Stage,
    /// Whether inverses are due because the damping has jumped.
    stale: bool,
    /// So many steps more are measured before they are taken.
    watched: u64,
    /// What the model promises of the last step: a decrease is negative.
    promised: Option<f64>,
    guard: Guard,
    random: Random,
    /// `delta` of the last step.
    last: Partitioned<Vec<T>>,
    /// m.
    mean: Partitioned<Vec<T>>,
    /// `F^-1 g`.
    direction: Partitioned<Vec<T>>,
}

/// So many steps are measured before they are taken: the first ones, and those after one that was not as promised.
const WATCHED: u64 = 10;

/// What the loss may rise by on the same batch: as far as it was promised to fall, or by what it is known to in
/// single precision.
fn slack(promised: f64, value: f64) -> f64 {
    promised.abs().max(1e-4 * value.abs())
}

/// How far a step is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, serde::Serialize, serde::Deserialize)]
enum Stage {
    Begun,
    /// Statistics are taken in, and inverses are new.
    Factors,
    /// Moments, too.
    Ready,
}

impl<T: Precision> KfacState<T>
where
    Vec<T>: Pointwise,
{
    /// lambda.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// gamma, where the blocks have a damping of their own.
    pub fn gamma(&self) -> Option<f64> {
        self.gamma
    }

    /// How often a factor could not be inverted, and the old inverse was kept.
    pub fn failures(&self) -> Vec<Failures> {
        self.curvature.failures()
    }

    /// How often the loss at the next point was no number or far above those before, and it went back.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }
}

impl Kfac {
    /// EKFAC with the other settings as they are.
    #[must_use]
    pub fn corrected(self) -> Self {
        Self { structure: Structure::Corrected(Moments::default()), ..self }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        positive("damping", self.damping)?;
        self.factors.check()?;
        if let Structure::Corrected(moments) = &self.structure {
            EkfacSettings { factors: self.factors.average, moments: moments.average }.check()?;
        }
        if let Momentum::Fixed { step, average, largest } = self.momentum {
            positive("step", step)?;
            share("average", average)?;
            if let Some(largest) = largest {
                positive("largest", largest)?;
            }
        }
        let of = self.statistics_share;
        let valid = of > 0.0 && of <= 1.0;
        ArgumentError::check(valid, "statistics_share", of, "in (0, 1]")?;
        for (name, steps) in
            [("statistics_every", self.statistics_every), ("inverses_every", self.inverses_every)]
        {
            ArgumentError::check(steps > 0, name, steps, "one or more")?;
        }
        if let Some(adaptive) = &self.adaptive {
            adaptive.check()?;
        }
        if let Some(gamma) = &self.gamma {
            gamma.check()?;
            let model = self.momentum == Momentum::Model;
            let allowed = "nothing, where no model weighs the steps";
            ArgumentError::check(model, "gamma", format!("{gamma:?}"), allowed)?;
        }
        Ok(())
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<KfacState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check()?;
        let loss = oracle.objective().mean_loss();
        let eta = loss.penalty().iter().copied().fold(0.0, f64::max);
        let [last, mean, direction] = [x0.zeros_like(), x0.zeros_like(), x0.zeros_like()];
        let points = FixedStep::start(oracle, x0)?;
        Ok(KfacState {
            guard: Guard::at(&points),
            points,
            curvature: Curvature::new(loss, self),
            damping: self.damping,
            gamma: self.gamma.as_ref().map(|_| (self.damping + eta).sqrt()),
            steps: 0,
            stage: Stage::Begun,
            stale: false,
            watched: WATCHED,
            promised: None,
            random: Random::new(self.seed),
            last,
            mean,
            direction,
        })
    }

    fn scaled_by(&self, factor: f64) -> Option<Self> {
        match self.momentum {
            Momentum::Model => None,
            Momentum::Fixed { step, average, largest } => {
                let momentum = Momentum::Fixed { step: step * factor, average, largest };
                Some(Self { momentum, ..self.clone() })
            }
        }
    }

    fn inverses_due(&self, steps: u64) -> bool {
        steps < self.inverses_at_first || steps.is_multiple_of(self.inverses_every)
    }

    /// Statistics, inverses and moments, as they are due.
    fn prepare<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut KfacState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let KfacState { points, curvature, damping, gamma, steps, stage, stale, random, .. } =
            state;
        let now = points.iterate();
        let looks = steps.is_multiple_of(self.statistics_every);
        let inverts = *stale || self.inverses_due(*steps);
        let sweeps = match self.gradients {
            OutputGradients::Exact => oracle.objective().mean_loss().network().output().width(),
            _ => 1,
        };
        let counts = Counts { gradient: sweeps as u64, ..Counts::default() };
        let of_cases = self.structure.looks_at_cases();
        if *stage == Stage::Begun {
            if looks {
                // Moments in bases that are about to change would be of no use.
                let moments = of_cases && !inverts;
                let mut drawn = random.clone();
                let seen = oracle.evaluate(counts, |f| {
                    let (batch, loss) = (f.batch(), f.mean_loss());
                    let cases = self.part_of(&batch);
                    curvature.look((self, loss), &now.x, cases, moments, &mut drawn)
                })?;
                *random = drawn;
                curvature.observe(seen);
            }
            if inverts {
                let eta = oracle.objective().mean_loss().penalty();
                curvature.refresh(|p| gamma.map_or(*damping + eta[p], |gamma| gamma * gamma));
                *stale = false;
            }
            // What is said of inverses holds until the step is taken.
            *stage = if inverts && of_cases { Stage::Factors } else { Stage::Ready };
            if let Structure::Corrected(Moments { of: MomentsOf::MeanGradient, .. }) =
                self.structure
                && looks
            {
                let f = oracle.objective();
                let bare = without_penalty(&now.gradient, &now.x, f.mean_loss().penalty());
                curvature.observe_mean_gradient(f.batch().len(), &bare);
            }
        }
        if *stage == Stage::Factors {
            let mut drawn = random.clone();
            let moments = oracle.evaluate(counts, |f| {
                let (batch, loss) = (f.batch(), f.mean_loss());
                curvature.look_at_moments((self, loss), &now.x, self.part_of(&batch), &mut drawn)
            })?;
            *random = drawn;
            curvature.observe_moments(&moments);
            *stage = Stage::Ready;
        }
        Ok(())
    }

    /// The cases that give statistics.
    fn part_of<'b>(&self, batch: &'b [usize]) -> &'b [usize] {
        let count = (self.statistics_share * batch.len() as f64).ceil() as usize;
        &batch[..count.clamp(1, batch.len())]
    }

    fn plan<O, T>(&self, oracle: &Oracle<'_, O>, state: &mut KfacState<T>) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.prepare(oracle, state)?;
        if self.momentum == Momentum::Model {
            return self.plan_by_model(oracle, state);
        }
        let KfacState { points, curvature, damping, mean, direction, .. } = state;
        let Momentum::Fixed { step, average, largest } = self.momentum else { return Ok(()) };
        let eta = oracle.objective().mean_loss().penalty();
        points.plan(|now, next| {
            mean.axpby(1.0 - average, &now.gradient, average);
            curvature.apply(|p| *damping + eta[p], mean, direction);
            let shorter = largest.map_or(1.0, |largest| {
                let square = step * step * direction.dot(mean);
                if square > largest { (largest / square).sqrt() } else { 1.0 }
            });
            next.point_along(&now.x, -step * shorter, direction);
        });
        state.steps += 1;
        state.stage = Stage::Begun;
        Ok(())
    }
}

impl<T: Precision> KfacState<T>
where
    Vec<T>: Pointwise,
{
    fn setbacks(&self) -> Setbacks {
        let failures = self.failures().iter().map(|failures| failures.total).sum();
        Setbacks { rejected: self.guard.rejected, failures }
    }

    /// Where the loss at the new point is no number, or far above what was to be expected: back to the one before.
    fn go_back(&mut self, batch: Batch) -> bool {
        // The model is that of the batch before; on another one it tells of losses only what they are at most.
        let most = match batch {
            Batch::Same => self.promised.map(|promised| slack(promised, self.guard.last)),
            Batch::Another => self.promised.map(|_| self.guard.usual),
        };
        let most = most.unwrap_or(f64::INFINITY);
        if !self.guard.went_back_above(&mut self.points, self.steps, most) {
            return false;
        }
        self.damping *= 10.0;
        self.gamma = self.gamma.map(|gamma| gamma * 10.0_f64.sqrt());
        self.stale = true;
        self.watched = WATCHED;
        self.last.fill(0.0);
        self.mean.fill(0.0);
        true
    }
}

on_networks!(Kfac, KfacState, |kfac| match kfac.structure {
    Structure::Kronecker => "kfac",
    Structure::Corrected(_) => "ekfac",
    Structure::Tridiagonal => "kfac-tridiagonal",
});
