//! How a fit ended, and what bounds its distance from the optimum.

/// What a converged fit satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// The duality gap is at most `tolerance max(|F|, F_null - F)`.
    Gap,
    /// Half of Newton's decrement squared, `g'H^-1 g / 2`, is at most `tolerance max(1, |F|)`, and the
    /// last step below `sqrt(tolerance) / 100` of every standard error: a millionth by default.
    Decrement,
    /// The violation of the conditions of optimality is at most `tolerance` times that of the start.
    Violation,
}

/// How a fit ended. Only [`Status::Converged`] is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A test holds.
    Converged(Test),
    /// The iterations are used up.
    IterationLimit,
    /// No decrease that floating point can represent is left, though no test holds.
    PrecisionLimit,
    /// There is no optimum: the likelihood rises for ever along a direction that the fit names.
    Separated,
    /// Whoever was [asked](crate::Interrupter) has said so.
    Stopped,
}

impl Status {
    /// Whether a test holds.
    ///
    /// ```
    /// use ravine_glm::{Status, Test};
    ///
    /// assert!(Status::Converged(Test::Gap).converged() && !Status::Separated.converged());
    /// ```
    pub fn converged(self) -> bool {
        matches!(self, Self::Converged(_))
    }

    /// The status as one word.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Status::PrecisionLimit.name(), "precision_limit");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged(_) => "converged",
            Self::IterationLimit => "iteration_limit",
            Self::PrecisionLimit => "precision_limit",
            Self::Separated => "separated",
            Self::Stopped => "stopped",
        }
    }
}

/// What is known of the distance of the objective from its optimum.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// `F - F*` is at most this, for certain: a duality gap.
    Gap(f64),
    /// `F - F*` is about this: half of Newton's decrement squared.
    Decrement(f64),
    /// Where there is no convex dual: the largest violation of the conditions of optimality.
    Violation(f64),
}

impl Certificate {
    /// The number.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Certificate::Gap(1e-9).value(), 1e-9);
    /// ```
    pub fn value(self) -> f64 {
        match self {
            Self::Gap(value) | Self::Decrement(value) | Self::Violation(value) => value,
        }
    }
}

/// When a solver ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) tolerance: f64,
    pub(crate) iterations: usize,
    /// The objective of the null model.
    pub(crate) null: f64,
    /// The sum of the weights as given.
    pub(crate) total_weight: f64,
    /// The violation of the conditions of optimality at the start.
    pub(crate) start_violation: f64,
}

impl Limits {
    /// Whether a gap is small enough for an objective of value F.
    pub(crate) fn gap_holds(&self, gap: f64, value: f64) -> bool {
        gap <= self.tolerance * value.abs().max(self.null - value)
    }
}
