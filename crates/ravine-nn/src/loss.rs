//! Losses as distributions of the targets.

use ravine_linalg::ArgumentError;

/// What a network's outputs z say of a target t: a distribution, whose negative logarithm is the loss, up to
/// a constant.
///
/// | loss | z | l(z, t) | Fisher information F in z |
/// |---|---|---|---|
/// | cross entropy | logits, `p = softmax(z)` | `-log p_t` | `diag(p) - p p'` |
/// | Bernoulli | logits, `q = sigmoid(z)` | `sum softplus(z) - t z` | `diag(q (1 - q))` |
/// | squared error | means | `sum (t - z)^2 / (2 v)` | `I / v` |
/// | Gaussian | means m, then `s = log` variances | `sum s/2 + (t - m)^2 e^-s / 2` | `diag(e^-s, 1/2)` |
/// | Poisson | log rates | `sum e^z - t z` | `diag(e^z)` |
///
/// For all but the Gaussian with its variance the outputs are natural parameters, so that the Hessian of l in
/// z is F, whatever the target.
///
/// Sources: Martens, New insights and perspectives on the natural gradient method (2020), sections 5 and 9.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Classes from 0, a class a row.
    CrossEntropy,
    /// Numbers in `[0, 1]`, as many as outputs.
    Bernoulli,
    /// Numbers, as many as outputs, of this variance: 1 for half the sum of squares, 1/2 for the sum.
    SquaredError {
        /// v.
        variance: f64,
    },
    /// Numbers, half as many as outputs: of means, and of logarithms of variances after them.
    GaussianWithVariance,
    /// Counts, as many as outputs.
    Poisson,
}

/// A matrix of a loss in the outputs of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The Hessian of the loss.
    Hessian,
    /// The Fisher information of the distribution.
    Fisher,
    /// B with `B B' = F`.
    Factor,
    /// `B'`.
    FactorTransposed,
}

/// A loss on rows of so many outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    /// The loss.
    pub loss: Loss,
    /// Outputs of a row.
    pub width: usize,
}

impl Loss {
    /// Numbers that a target has, for rows of `width` outputs.
    pub fn target_width(&self, width: usize) -> usize {
        match self {
            Self::CrossEntropy => 1,
            Self::GaussianWithVariance => width / 2,
            Self::Bernoulli | Self::SquaredError { .. } | Self::Poisson => width,
        }
    }

    /// Whether the Hessian in the outputs is the Fisher information.
    pub fn is_natural(&self) -> bool {
        !matches!(self, Self::GaussianWithVariance)
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::Bernoulli => "bernoulli",
            Self::SquaredError { .. } => "squared-error",
            Self::GaussianWithVariance => "gaussian",
            Self::Poisson => "poisson",
        }
    }

    /// Checks the loss, and a network's outputs for it.
    ///
    /// # Errors
    ///
    /// A variance that is not positive and finite; an odd number of outputs where half of them are variances.
    pub fn check(&self, width: usize) -> Result<(), ArgumentError> {
        match *self {
            Self::SquaredError { variance } => {
                let valid = variance > 0.0 && variance.is_finite();
                ArgumentError::check(valid, "variance", variance, "positive and finite")
            }
            Self::GaussianWithVariance => {
                let even = width.is_multiple_of(2);
                let allowed = "even: as many logarithms of variances as means";
                ArgumentError::check(even, "outputs", width, allowed)
            }
            Self::CrossEntropy => {
                ArgumentError::check(width >= 2, "outputs", width, "two classes or more")
            }
            Self::Bernoulli | Self::Poisson => Ok(()),
        }
    }

    /// Checks one number of a target.
    ///
    /// # Errors
    ///
    /// What the distribution cannot give.
    pub fn check_target(&self, target: f64, width: usize) -> Result<(), ArgumentError> {
        match self {
            Self::CrossEntropy => {
                let class = target >= 0.0 && target.fract() == 0.0 && target < width as f64;
                let allowed =
                    format!("a class, a whole number from 0 to {}", width.saturating_sub(1));
                ArgumentError::check(class, "targets", target, &allowed)
            }
            Self::Bernoulli => {
                let unit = (0.0..=1.0).contains(&target);
                ArgumentError::check(unit, "targets", target, "in [0, 1]")
            }
            Self::Poisson => {
                let count = target >= 0.0 && target.is_finite();
                ArgumentError::check(count, "targets", target, "a count, not negative")
            }
            Self::SquaredError { .. } | Self::GaussianWithVariance => {
                ArgumentError::check(target.is_finite(), "targets", target, "finite")
            }
        }
    }
}
