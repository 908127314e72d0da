//! The natural gradient with the Fisher information itself.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, TrueResidual};
use ravine_linalg::matrix::{Cholesky, Matrix, Precision};
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::OnNetwork;
use super::common::{Batch, Guard, on_networks};
use super::fisher::DampedFisher;
use crate::backend::Backend;
use crate::precondition::allowed::positive;

/// The natural gradient of a small network:
///
/// `delta = -step (F + (lambda + eta) I)^-1 g`,
///
/// F the Fisher information of the batch, exactly: by products, not by sampled targets. Where a block of K-FAC is
/// exact this is what K-FAC approximates.
///
/// From a point where the loss is no number it goes back, with ten times the damping
/// ([`NaturalGradientState::rejected`]). Products are counted as Hessian products.
///
/// Source: Amari, Natural gradient works efficiently in learning (1998); Martens, New insights and perspectives on
/// the natural gradient method (2020).
///
/// ```
/// use ravine::{Stopping, minimize};
/// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, NaturalGradient, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let stopping = Stopping { iterations: Some(40), ..Stopping::default() };
/// let outcome = minimize(&loss, start, NaturalGradient::default()).stopping(stopping).run()?;
/// assert!(outcome.value < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaturalGradient {
    /// The step. Default `0.5`.
    pub step: f64,
    /// The damping lambda. Default `0.01`.
    pub damping: f64,
    /// The largest `step^2 <g, F^-1 g>`, twice the divergence of the predictions that a step makes; a longer step
    /// is shortened to it. Default nothing.
    pub largest: Option<f64>,
    /// How the system is solved. Default [`FisherSolve::Dense`] for up to 1000 parameters.
    pub solve: FisherSolve,
}

/// How a system with the Fisher information is solved.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FisherSolve {
    /// The matrix, by a product for each parameter, and its Cholesky factor.
    Dense {
        /// Most parameters: more are refused.
        most: usize,
    },
    /// Conjugate gradients.
    Cg {
        /// The residual that is small enough, relative to the gradient.
        tolerance: f64,
        /// Most products.
        iterations: usize,
    },
}

impl Default for NaturalGradient {
    fn default() -> Self {
        Self { step: 0.5, damping: 0.01, largest: None, solve: FisherSolve::Dense { most: 1000 } }
    }
}

/// The state of [`NaturalGradient`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct NaturalGradientState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    direction: Partitioned<Vec<T>>,
    damping: f64,
    steps: u64,
    guard: Guard,
    failures: u64,
}

impl<T: Precision> NaturalGradientState<T>
where
    Vec<T>: Pointwise,
{
    /// lambda.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// How often the loss at the next point was no number or far above those before, and it went back.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }

    /// How often the matrix could not be factorized, or a product was no number: it was tried again with more
    /// damping, and where that was of no use there was no step.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    fn setbacks(&self) -> Setbacks {
        Setbacks { rejected: self.guard.rejected, failures: self.failures }
    }

    fn go_back(&mut self, _: Batch) -> bool {
        let back = self.guard.went_back(&mut self.points, self.steps);
        if back {
            self.damping *= 10.0;
        }
        back
    }
}

impl NaturalGradient {
    fn check(&self, parameters: usize) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        positive("damping", self.damping)?;
        if let Some(largest) = self.largest {
            positive("largest", largest)?;
        }
        match self.solve {
            FisherSolve::Dense { most } => {
                let value = format!("dense for {parameters} parameters");
                let allowed = format!("dense for at most {most}; take cg, or kfac");
                ArgumentError::check(parameters <= most, "solve", value, &allowed)
            }
            FisherSolve::Cg { tolerance, iterations } => {
                let valid = tolerance > 0.0 && tolerance < 1.0;
                ArgumentError::check(valid, "tolerance", tolerance, "in (0, 1)")?;
                ArgumentError::check(iterations > 0, "iterations", iterations, "one or more")
            }
        }
    }

    fn begin<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<NaturalGradientState<T>, StartError>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        self.check(x0.dimension())?;
        let points = FixedStep::start(oracle, x0)?;
        Ok(NaturalGradientState {
            guard: Guard::at(&points),
            points,
            direction: x0.zeros_like(),
            damping: self.damping,
            steps: 0,
            failures: 0,
        })
    }

    fn plan<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NaturalGradientState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let NaturalGradientState { points, direction, damping, steps, failures, .. } = state;
        points.try_plan(|now, next| {
            let (x, gradient) = (&now.x, &now.gradient);
            let fisher = DampedFisher { oracle, x, share: 1.0, damping: *damping };
            *failures += match self.solve {
                FisherSolve::Dense { .. } => solve_dense(&fisher, gradient, direction)?,
                FisherSolve::Cg { tolerance, iterations } => {
                    let cg = ConjugateGradient {
                        tolerance,
                        iterations: Some(iterations),
                        true_residual: TrueResidual::Skipped,
                        ..ConjugateGradient::default()
                    };
                    let mut work = CgWork::new(gradient);
                    let info = cg.solve(&fisher, gradient, direction, &mut work)?;
                    u64::from(info.end == CgEnd::NotFinite)
                }
            };
            if !direction.is_finite() {
                direction.fill(0.0);
            }
            let square = self.step * self.step * direction.dot(gradient);
            let shorter = match self.largest {
                Some(largest) if square > largest => (largest / square).sqrt(),
                _ => 1.0,
            };
            next.point_along(x, -self.step * shorter, direction);
            *steps += 1;
            Ok(())
        })
    }

    fn scaled_by(&self, factor: f64) -> Option<Self> {
        Some(Self { step: self.step * factor, ..self.clone() })
    }
}

/// Solves `F d = g` by the matrix; how often that was tried in vain.
fn solve_dense<T: Precision>(
    fisher: &impl LinearOperator<Partitioned<Vec<T>>>,
    gradient: &Partitioned<Vec<T>>,
    direction: &mut Partitioned<Vec<T>>,
) -> Result<u64, Interrupt>
where
    Vec<T>: Pointwise,
{
    let n = gradient.dimension();
    let mut matrix = Matrix::zeros(n, n);
    let (mut unit, mut product) = (gradient.zeros_like(), gradient.zeros_like());
    let mut column = 0;
    for block in 0..gradient.blocks().len() {
        for entry in 0..gradient.block(block).len() {
            unit.blocks_mut()[block][entry] = T::ONE;
            fisher.apply(&unit, &mut product)?;
            unit.blocks_mut()[block][entry] = T::ZERO;
            let entries = product.blocks().iter().flatten();
            let to = matrix.column_mut(column).iter_mut();
            to.zip(entries).for_each(|(to, entry)| *to = entry.wide());
            column += 1;
        }
    }
    let mut solution: Vec<f64> =
        gradient.blocks().iter().flatten().map(|entry| entry.wide()).collect();
    let symmetric = Matrix::from_fn(n, n, |i, j| 0.5 * (matrix[(i, j)] + matrix[(j, i)]));
    let trace: f64 = (0..n).map(|i| symmetric[(i, i)]).sum();
    direction.fill(0.0);
    let mut shift = 0.0;
    for failures in 0..4 {
        let shifted =
            Matrix::from_fn(n, n, |i, j| symmetric[(i, j)] + if i == j { shift } else { 0.0 });
        if let Ok(cholesky) = Cholesky::new(&shifted) {
            cholesky.solve(&mut solution);
            let entries = direction.blocks_mut().iter_mut().flatten();
            entries.zip(&solution).for_each(|(to, &entry)| *to = T::narrow(entry));
            return Ok(failures);
        }
        // More than rounding takes away, then more.
        shift = 10.0 * shift + 1e-8 * trace / n.max(1) as f64;
    }
    Ok(4)
}

on_networks!(NaturalGradient, NaturalGradientState, |_| "natural-gradient");
