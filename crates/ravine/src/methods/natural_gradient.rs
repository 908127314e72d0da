//! Natural gradient descent.

use super::composition::{Composition, Named};
use super::fixed_step::check_step;
use crate::curvature::{Factorization, FisherCurvature};
use crate::line_search::LineSearch;
use crate::settings::Described;
use crate::step::Solve;
use crate::trust::{Divergence, FixedLength, FreeTrust};
use ravine_linalg::ArgumentError;

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
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaturalGradient {
    /// The multiple `a` of the natural gradient; with a line search, the first one that is tried.
    /// Default 1.
    #[range("positive and finite")]
    pub step: f64,
    /// How the step is kept in check. Default [`NaturalTrust::Fixed`].
    pub trust: NaturalTrust,
    /// Added to the diagonal of F, zero or positive. Default 0.
    #[range("zero or positive")]
    pub damping: f64,
}

/// How far [`NaturalGradient`] trusts its step.
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
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

impl Named for NaturalGradient {
    type Curvature = FisherCurvature;
    type Step = Solve;
    type Trust = FreeTrust;

    fn name(&self) -> &'static str {
        match self.trust {
            NaturalTrust::Fixed => "natural-gradient",
            NaturalTrust::LineSearch(_) => "natural-gradient-linesearch",
            NaturalTrust::Radius(_) => "natural-gradient-kl",
        }
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        check_step(self.step)?;
        match self.trust {
            NaturalTrust::Radius(radius) => {
                ArgumentError::check(radius > 0.0, "trust.radius", radius, "positive")
            }
            _ => Ok(()),
        }
    }

    fn parts(&self) -> Composition<FisherCurvature, Solve, FreeTrust> {
        let &Self { step, ref trust, damping } = self;
        Composition {
            curvature: FisherCurvature { damping },
            step: Solve { factorization: Factorization::Shift },
            trust: match trust {
                NaturalTrust::Fixed => FreeTrust::Fixed(FixedLength { step }),
                NaturalTrust::LineSearch(search) => FreeTrust::LineSearch(search.clone()),
                &NaturalTrust::Radius(radius) => FreeTrust::Divergence(Divergence { radius, step }),
            },
        }
    }
}
