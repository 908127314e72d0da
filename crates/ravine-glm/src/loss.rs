//! Losses of one case.

use std::str::FromStr;

use ravine::ArgumentError;
use ravine::random::Random;
use ravine_data::Target;

/// What a linear predictor `eta = x'w` is compared with its target y by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressionLoss {
    /// `ln(1 + e^eta) - y eta`, y either 0 or 1: the negative log-likelihood of a class.
    Logistic,
    /// `(eta - y)^2`.
    Squares,
    /// `e^eta - y eta`, y = 0, 1, 2, ...: the negative log-likelihood of a count of mean `e^eta`,
    /// without its constant `ln y!`.
    Poisson,
}

impl RegressionLoss {
    /// The loss and its first and second derivative by `eta`.
    ///
    /// ```
    /// use ravine_glm::RegressionLoss;
    ///
    /// // Far out, where e^eta alone would overflow.
    /// assert_eq!(RegressionLoss::Logistic.evaluate(1e4, 0.0), (1e4, 1.0, 0.0));
    /// assert_eq!(RegressionLoss::Squares.evaluate(3.0, 1.0), (4.0, 4.0, 2.0));
    /// ```
    pub fn evaluate(self, eta: f64, y: f64) -> (f64, f64, f64) {
        match self {
            Self::Logistic => {
                let e = (-eta.abs()).exp();
                // The probability of class 1 and of class 0, each without cancellation.
                let (p, q) = (1.0 / (1.0 + e), e / (1.0 + e));
                let (p, q) = if eta >= 0.0 { (p, q) } else { (q, p) };
                let slope = if y == 1.0 { -q } else { p - y };
                (eta.max(0.0) - y * eta + e.ln_1p(), slope, p * q)
            }
            Self::Squares => ((eta - y) * (eta - y), 2.0 * (eta - y), 2.0),
            Self::Poisson => {
                let mean = eta.exp();
                (mean - y * eta, mean - y, mean)
            }
        }
    }

    /// The derivative by `eta` of the loss at a target that is drawn from the model, or at one with the
    /// same mean and variance where those are all that matters: of counts, of which the Fisher
    /// information holds no more. Its mean is zero, its variance the second derivative of the loss.
    pub(crate) fn drawn_slope(self, eta: f64, random: &mut Random) -> f64 {
        let (_, slope_of_zero, variance) = self.evaluate(eta, 0.0);
        match self {
            // The slope at the target 0 is the probability of the target 1.
            Self::Logistic if random.uniform() < slope_of_zero => self.evaluate(eta, 1.0).1,
            Self::Logistic => slope_of_zero,
            Self::Squares | Self::Poisson => variance.sqrt() * random.normal(),
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Logistic, Self::Squares, Self::Poisson];

    /// The loss as one word, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Squares => "squares",
            Self::Poisson => "poisson",
        }
    }

    /// What the target is, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Logistic => "Two classes",
            Self::Squares => "Numbers, by least squares",
            Self::Poisson => "Counts, with the logarithm as link",
        }
    }

    /// The target as the numbers that the loss takes, and what they mean, in a sentence.
    ///
    /// Logistic: two classes, whether by name or by number; the first in order becomes 0, the
    /// second 1. Poisson: counts.
    ///
    /// # Errors
    ///
    /// Names what the loss cannot take.
    pub fn target(self, target: Target) -> Result<(Vec<f64>, String), ArgumentError> {
        let wrong = |message: String| Err(ArgumentError::new("target", message));
        match (self, target) {
            (Self::Logistic, Target::Classes { levels, codes }) => match levels.as_slice() {
                [zero, one] => {
                    let meaning = format!("class 1 is `{one}`, class 0 is `{zero}`");
                    Ok((codes.into_iter().map(f64::from).collect(), meaning))
                }
                _ => wrong(format!("has {} classes, but the logistic loss takes 2", levels.len())),
            },
            (Self::Logistic, Target::Numbers(mut numbers)) => {
                let zero = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let one = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if let Some(&other) = numbers.iter().find(|&&y| y != zero && y != one) {
                    return wrong(format!(
                        "has more than two values ({zero}, {other}, {one}), \
                         but the logistic loss takes 2 classes"
                    ));
                }
                if zero == one {
                    return wrong(format!("is {zero} in every row; 2 classes are needed"));
                }
                for y in &mut numbers {
                    *y = f64::from(*y == one);
                }
                Ok((numbers, format!("class 1 is {one}, class 0 is {zero}")))
            }
            (_, Target::Classes { levels, .. }) => {
                let example = levels.first().map_or("", String::as_str);
                wrong(format!(
                    "is a text (such as `{example}`), but the loss `{}` takes numbers",
                    self.name()
                ))
            }
            (Self::Poisson, Target::Numbers(numbers)) => {
                match numbers.iter().find(|&&y| y < 0.0 || y.fract() != 0.0) {
                    Some(y) => wrong(format!("has the value {y}, but counts are 0, 1, 2, ...")),
                    None => Ok((numbers, String::new())),
                }
            }
            (Self::Squares, Target::Numbers(numbers)) => Ok((numbers, String::new())),
        }
    }
}

/// By its [name](RegressionLoss::name).
///
/// ```
/// use ravine_glm::RegressionLoss;
///
/// assert_eq!("poisson".parse(), Ok(RegressionLoss::Poisson));
/// let error = "hinge".parse::<RegressionLoss>().unwrap_err();
/// assert_eq!(error.to_string(), "loss: is `hinge`, but must be one of logistic, squares, poisson");
/// ```
impl FromStr for RegressionLoss {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        Self::ALL.into_iter().find(|loss| loss.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            ArgumentError::new("loss", format!("is `{text}`, but must be one of {names}"))
        })
    }
}
