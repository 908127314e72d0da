//! Natural gradient descent.

use super::fixed_step::check_step;
use crate::line_search::{Found, LineSearch};
use crate::minimize::{Method, Step};
use crate::objective::Fisher;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Natural gradient descent: `x <- x - a (F(x) + damping I)^-1 grad f(x)`, with the Fisher
/// information F of the model whose negative log-likelihood is f.
///
/// To second order the Kullback-Leibler divergence between the models at `x` and `x + d` is
/// `d'F d / 2` (per case, where f is a mean over cases): the natural gradient is the steepest
/// descent where distance is measured between distributions, and its direction does not depend,
/// to first order, on how they are parametrized. In the mean parameters of an exponential family
/// one step with `a = 1` is the maximum-likelihood estimate; in other parameters it is not.
///
/// A Fisher information that is not positive definite is shifted by the smallest multiple of the
/// identity, from a series of powers of ten, that makes it so.
///
/// Sources: Amari, Natural gradient works efficiently in learning (1998); Martens, New insights
/// and perspectives on the natural gradient method (2020).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::NaturalGradient;
/// use ravine::minimize;
/// use ravine::objective::{Evaluation, Fisher, Gradient, Objective};
///
/// /// Heads in 3 of 4 throws of a coin; x is the probability of heads.
/// struct Coin;
///
/// impl Objective for Coin {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         Ok(-0.75 * x[0].ln() - 0.25 * (1.0 - x[0]).ln())
///     }
/// }
///
/// impl Gradient for Coin {
///     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
///         g[0] = -0.75 / x[0] + 0.25 / (1.0 - x[0]);
///         self.value(x)
///     }
/// }
///
/// impl Fisher for Coin {
///     fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
///         fisher[(0, 0)] = 1.0 / (x[0] * (1.0 - x[0]));
///         Ok(())
///     }
/// }
///
/// let outcome = minimize(&Coin, vec![0.5], NaturalGradient::default()).run()?;
/// assert_eq!(outcome.iterations, 1);
/// assert!((outcome.x[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaturalGradient {
    /// The multiple `a` of the natural gradient; with a line search, the first one that is tried.
    /// Default 1.
    pub step: f64,
    /// How the step is kept in check. Default [`NaturalTrust::Fixed`].
    pub trust: NaturalTrust,
    /// Added to the diagonal of F, zero or positive. Default 0.
    pub damping: f64,
}

/// How far [`NaturalGradient`] trusts its step.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NaturalTrust {
    /// As it is.
    #[default]
    Fixed,
    /// As far as a line search finds.
    LineSearch(LineSearch),
    /// Shortened to `d'F d / 2 <=` this, a bound on the divergence, in nats a case.
    Radius(f64),
}

impl Default for NaturalGradient {
    fn default() -> Self {
        Self { step: 1.0, trust: NaturalTrust::Fixed, damping: 0.0 }
    }
}

/// The state of [`NaturalGradient`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NaturalGradientState {
    current: Iterate<Vec<f64>>,
    trial: Iterate<Vec<f64>>,
    fisher: Matrix,
    factor: Cholesky,
    /// `-(F + damping I)^-1 g`.
    direction: Vec<f64>,
    /// Whether `fisher` and `direction` are those of the current point.
    ready: bool,
}

impl NaturalGradient {
    /// Solves for the direction at the current point, unless it is there already; all NaN where F
    /// is not finite.
    fn prepare<O: Fisher + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NaturalGradientState,
    ) -> Result<(), Interrupt> {
        if state.ready {
            return Ok(());
        }
        oracle.fisher(&state.current.x, &mut state.fisher)?;
        state.direction.axpby(-1.0, &state.current.gradient, 0.0);
        match factorize(&mut state.factor, &state.fisher, self.damping) {
            Ok(()) => state.factor.solve(&mut state.direction),
            Err(_) => state.direction.fill(f64::NAN),
        }
        state.ready = true;
        Ok(())
    }
}

/// Factorizes `fisher + shift I` with `shift` at least `damping`.
fn factorize(
    factor: &mut Cholesky,
    fisher: &Matrix,
    damping: f64,
) -> Result<(), FactorizationError> {
    let largest = fisher.entries().iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let mut shift = damping;
    loop {
        match factor.refactor(fisher, shift) {
            Err(FactorizationError::NotPositiveDefinite { .. }) => {
                shift = (10.0 * shift).max(1e-14 * largest).max(f64::MIN_POSITIVE);
            }
            result => return result,
        }
    }
}

impl<O: Fisher + ?Sized> Method<O> for NaturalGradient {
    type State = NaturalGradientState;

    fn name(&self) -> &'static str {
        match self.trust {
            NaturalTrust::Fixed => "natural-gradient",
            NaturalTrust::LineSearch(_) => "natural-gradient-linesearch",
            NaturalTrust::Radius(_) => "natural-gradient-kl",
        }
    }

    fn start(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Vec<f64>,
    ) -> Result<NaturalGradientState, StartError> {
        check_step(self.step)?;
        let damping = self.damping;
        let holds = damping >= 0.0 && damping.is_finite();
        ArgumentError::check(holds, "damping", damping, "zero or positive")?;
        match &self.trust {
            NaturalTrust::Fixed => {}
            NaturalTrust::LineSearch(search) => search.validate()?,
            NaturalTrust::Radius(radius) => {
                ArgumentError::check(*radius > 0.0, "trust.radius", radius, "positive")?;
            }
        }
        let n = x0.len();
        let current = Iterate::evaluate(oracle, x0.clone())?;
        Ok(NaturalGradientState {
            trial: current.clone(),
            current,
            fisher: Matrix::zeros(n, n),
            factor: Cholesky::default(),
            direction: vec![0.0; n],
            ready: false,
        })
    }

    fn step(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NaturalGradientState,
    ) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        let NaturalGradientState { current, trial, fisher, direction, ready, .. } = state;
        let slope = current.gradient.dot(direction);
        if !direction.is_finite() {
            // The Fisher information is not finite: there is no natural gradient.
            return Ok(Step::NoDecrease { predicted: f64::INFINITY });
        }
        let mut a = self.step;
        match &self.trust {
            NaturalTrust::LineSearch(search) => {
                match search.search(oracle, current, direction, slope, a, trial)? {
                    Found::Step(found) => a = found,
                    Found::NoDecrease => {
                        return Ok(Step::NoDecrease { predicted: -0.5 * slope });
                    }
                    Found::Unbounded => return Ok(Step::Unbounded),
                }
            }
            trust => {
                if let NaturalTrust::Radius(radius) = *trust {
                    // The trial's gradient is free until the evaluation.
                    fisher.multiply(direction, &mut trial.gradient);
                    let divergence = 0.5 * a * a * direction.dot(&trial.gradient);
                    a *= (radius / divergence).sqrt().min(1.0);
                }
                loop {
                    trial.x.point_along(&current.x, a, direction);
                    trial.update(oracle)?;
                    let finite = trial.value.is_finite() && trial.gradient_norm.is_finite();
                    // A fixed step is taken as it is; the loop sees that it diverged.
                    if finite || *trust == NaturalTrust::Fixed {
                        break;
                    }
                    a *= 0.25;
                    if a < 1e-20 * self.step {
                        return Ok(Step::NoDecrease { predicted: -0.5 * slope });
                    }
                }
            }
        }
        let length = a * direction.norm_max();
        std::mem::swap(current, trial);
        *ready = false;
        Ok(Step::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s NaturalGradientState) -> &'s Iterate<Vec<f64>> {
        &state.current
    }

    /// `g'(F + damping I)^-1 g / 2`.
    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NaturalGradientState,
    ) -> Result<Option<f64>, Interrupt> {
        self.prepare(oracle, state)?;
        let decrease = -0.5 * state.current.gradient.dot(&state.direction);
        Ok(Some(if decrease.is_finite() { decrease } else { f64::INFINITY }))
    }

    fn monotone(&self) -> bool {
        matches!(&self.trust, NaturalTrust::LineSearch(search) if search.monotone())
    }
}
