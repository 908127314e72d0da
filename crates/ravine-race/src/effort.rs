//! What methods are compared by.

use std::str::FromStr;

use ravine::ArgumentError;
use ravine::minimize::Outcome;
use ravine::objective::Counts;

/// What evaluations cost, in units of one fused evaluation of value and gradient: a value alone
/// 1/3, a Hessian product 2, a Hessian n. These are about the prices of automatic differentiation;
/// a Jacobian counts as a gradient, a Fisher information as a Hessian.
///
/// ```
/// use ravine::objective::Counts;
/// use ravine_race::gradient_equivalents;
///
/// // Of the 4 values, 2 came with their gradient.
/// let counts = Counts { value: 4, gradient: 2, hessian_product: 3, hessian: 1 };
/// let cost = gradient_equivalents(&counts, 10);
/// assert!((cost - (2.0 + 2.0 / 3.0 + 6.0 + 10.0)).abs() < 1e-14);
/// ```
pub fn gradient_equivalents(counts: &Counts, n: usize) -> f64 {
    let alone = counts.value.saturating_sub(counts.gradient);
    counts.gradient as f64
        + alone as f64 / 3.0
        + 2.0 * counts.hessian_product as f64
        + n as f64 * counts.hessian as f64
}

/// What decides between methods that reached the same minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Steps of the method.
    Iterations,
    /// Evaluations at the price of a gradient: see [`gradient_equivalents`].
    #[default]
    Evaluations,
    /// Wall time.
    Seconds,
}

impl Effort {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Iterations, Self::Evaluations, Self::Seconds];

    /// The measure as one word, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iterations => "iterations",
            Self::Evaluations => "evaluations",
            Self::Seconds => "seconds",
        }
    }

    /// What is counted, with its prices.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Iterations => "Steps of the method",
            Self::Evaluations => {
                "Evaluations at the price of a gradient: a value 1/3, value and gradient 1, a \
                 Hessian product 2, a Hessian n"
            }
            Self::Seconds => "Wall time",
        }
    }

    /// What an axis counts.
    pub fn title(self) -> &'static str {
        match self {
            Self::Evaluations => "evaluations at the price of a gradient",
            Self::Iterations | Self::Seconds => self.name(),
        }
    }

    /// So many iterations, evaluations of a function of `n` variables and seconds, in this measure.
    ///
    /// ```
    /// use ravine::objective::Counts;
    /// use ravine_race::Effort;
    ///
    /// let counts = Counts { value: 3, gradient: 3, hessian: 1, ..Counts::default() };
    /// assert_eq!(Effort::Evaluations.of(2, &counts, 0.5, 10), 13.0);
    /// assert_eq!(Effort::Iterations.of(2, &counts, 0.5, 10), 2.0);
    /// ```
    pub fn of(self, iterations: u64, evaluations: &Counts, seconds: f64, n: usize) -> f64 {
        match self {
            Self::Iterations => iterations as f64,
            Self::Evaluations => gradient_equivalents(evaluations, n),
            Self::Seconds => seconds,
        }
    }

    /// What a run took.
    pub fn of_run(self, outcome: &Outcome<Vec<f64>>) -> f64 {
        self.of(outcome.iterations, &outcome.evaluations, outcome.seconds, outcome.x.len())
    }
}

/// By its [name](Effort::name).
///
/// ```
/// use ravine_race::Effort;
///
/// assert_eq!("seconds".parse(), Ok(Effort::Seconds));
/// let error = "steps".parse::<Effort>().unwrap_err();
/// assert!(error.to_string().contains("must be one of iterations, evaluations, seconds"));
/// ```
impl FromStr for Effort {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        Self::ALL.into_iter().find(|effort| effort.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            ArgumentError::new("effort", format!("is `{text}`, but must be one of {names}"))
        })
    }
}
