//! How a run ended.

/// The stopping rule that a converged run satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The gradient is below the absolute tolerance.
    GradientAbsolute,
    /// The gradient is below the tolerance relative to the start.
    GradientRelative,
    /// No decrease that values could show is left.
    Decrease,
    /// The gradient, by differences of values, is no larger than their error.
    GradientAccuracy,
    /// The step is below its tolerance (asked for by the caller).
    Step,
    /// The value changed by less than its tolerance (asked for by the caller).
    ValueChange,
}

/// How a run ended. Only [`Status::Converged`] is success.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A stopping rule holds.
    Converged(Rule),
    /// The iterations are used up.
    IterationLimit,
    /// The epochs over a sum's cases are used up.
    EpochLimit,
    /// The evaluations are used up.
    EvaluationLimit,
    /// The time is over.
    TimeLimit,
    /// No decrease that floating point can represent is left: the point is a minimizer to
    /// rounding, though the gradient test does not hold.
    PrecisionLimit,
    /// No step gave a decrease, though the model predicts a clear one: the gradient may be wrong
    /// or the function not smooth.
    NoProgress,
    /// The values fall without bound.
    Unbounded,
    /// The iterates left the numbers: the step of a fixed-step method is too long.
    Diverged,
    /// The caller stopped the run.
    Stopped,
    /// The user's function failed; the message is its error, or says that no step decreases because second
    /// derivatives are not finite.
    Failed(String),
}

impl Status {
    /// Whether a stopping rule holds.
    pub fn converged(&self) -> bool {
        matches!(self, Self::Converged(_))
    }

    /// Whether a run that ended so has more to do, were it let: a budget is spent, it was stopped, or the
    /// function failed. Its state is then as it was before the step that did not end.
    ///
    /// ```
    /// use ravine::Status;
    ///
    /// assert!(Status::TimeLimit.can_go_on());
    /// assert!(!Status::Diverged.can_go_on());
    /// ```
    pub fn can_go_on(&self) -> bool {
        match self {
            Self::IterationLimit
            | Self::EpochLimit
            | Self::EvaluationLimit
            | Self::TimeLimit
            | Self::Stopped
            | Self::Failed(_) => true,
            Self::Converged(_)
            | Self::PrecisionLimit
            | Self::NoProgress
            | Self::Unbounded
            | Self::Diverged => false,
        }
    }

    /// The status as one word: `converged`, `iteration_limit`, ...
    pub fn name(&self) -> &'static str {
        match self {
            Self::Converged(_) => "converged",
            Self::IterationLimit => "iteration_limit",
            Self::EpochLimit => "epoch_limit",
            Self::EvaluationLimit => "evaluation_limit",
            Self::TimeLimit => "time_limit",
            Self::PrecisionLimit => "precision_limit",
            Self::NoProgress => "no_progress",
            Self::Unbounded => "unbounded",
            Self::Diverged => "diverged",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged(Rule::GradientAbsolute) => "converged: gradient below tolerance",
            Self::Converged(Rule::GradientRelative) => {
                "converged: gradient below tolerance, relative to the start"
            }
            Self::Converged(Rule::Decrease) => "converged: no decrease left that values could show",
            Self::Converged(Rule::GradientAccuracy) => {
                "converged: gradient zero to the accuracy of its differences"
            }
            Self::Converged(Rule::Step) => "converged: step below tolerance",
            Self::Converged(Rule::ValueChange) => "converged: value change below tolerance",
            Self::IterationLimit => "iteration limit",
            Self::EpochLimit => "epoch limit",
            Self::EvaluationLimit => "evaluation limit",
            Self::TimeLimit => "time limit",
            Self::PrecisionLimit => "precision limit: no representable decrease left",
            Self::NoProgress => "no progress: no step decreases although the model predicts it",
            Self::Unbounded => "unbounded below",
            Self::Diverged => "diverged",
            Self::Stopped => "stopped",
            Self::Failed(message) => return write!(f, "the objective failed: {message}"),
        })
    }
}
