//! How a run goes over the batches of a sum.

use super::schedule::StepSchedule;
use ravine_linalg::ArgumentError;

/// How a run goes over the cases of a sum: each epoch visits every case once, in a new random order,
/// batch by batch, without replacement. [Stopping rules](super::Stopping) may end it before: the budgets,
/// in whole evaluations, parts of N cases adding up to one, and the bound below which the function counts as
/// unbounded. Their tests of convergence are for runs on all cases at once.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Epochs {
    /// How often every case is visited. Default 10.
    pub epochs: u64,
    /// Cases of a batch, at least 1; all, where there are fewer. Default 32.
    pub batch_size: usize,
    /// What becomes of cases that do not fill a batch. Default [`LastBatch::Kept`].
    pub last_batch: LastBatch,
    /// How the step of the method changes. Default [`StepSchedule::Constant`].
    pub schedule: StepSchedule,
    /// The point that the run gives. Default [`FinalPoint::Last`].
    pub point: FinalPoint,
    /// When the value on all cases is measured at that point. Default [`Measure::AtEnd`].
    pub measure: Measure,
    /// Converged where the maximum norm of the gradient on all cases is at most this when it is
    /// measured. Default `None`: the run ends with its epochs, and does not ask.
    pub gradient_tolerance: Option<f64>,
    /// Of the orders. Default 0.
    pub seed: u64,
}

/// What becomes of the cases that do not fill the last batch of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastBatch {
    /// They make a smaller batch; each of them weighs more than others.
    #[default]
    Kept,
    /// They wait for another epoch.
    Dropped,
}

/// By name: `kept` or `dropped`.
///
/// ```
/// use ravine::minimize::LastBatch;
///
/// assert_eq!("dropped".parse::<LastBatch>()?, LastBatch::Dropped);
/// assert!("half".parse::<LastBatch>().is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
impl std::str::FromStr for LastBatch {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        match text {
            "kept" => Ok(Self::Kept),
            "dropped" => Ok(Self::Dropped),
            _ => {
                let message = format!("is `{text}`, but must be kept or dropped");
                Err(ArgumentError::new("last_batch", message))
            }
        }
    }
}

/// The point that a run over epochs gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalPoint {
    /// The last.
    #[default]
    Last,
    /// The mean of the points after every step, `x_t` with `t > after E` for E steps an epoch: the noise
    /// of the batches averages out. The last, until there is one.
    ///
    /// Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging (1992).
    Averaged {
        /// Epochs that are left out.
        after: u64,
    },
}

/// When a run over epochs measures the value and the gradient on all cases. A measurement costs an
/// evaluation of the whole sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Not at all: the value of the outcome is not a number.
    Never,
    /// At the end.
    #[default]
    AtEnd,
    /// At the start, after so many epochs each, and at the end.
    Every(u64),
}

/// By name: `never`, `end`, or a number of epochs.
///
/// ```
/// use ravine::minimize::Measure;
///
/// assert_eq!("end".parse::<Measure>()?, Measure::AtEnd);
/// assert_eq!("5".parse::<Measure>()?, Measure::Every(5));
/// assert!("0".parse::<Measure>().is_err() && "sometimes".parse::<Measure>().is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
impl std::str::FromStr for Measure {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        match (text, text.parse()) {
            ("never", _) => Ok(Self::Never),
            ("end", _) => Ok(Self::AtEnd),
            (_, Ok(epochs)) if epochs > 0 => Ok(Self::Every(epochs)),
            _ => {
                let message = format!(
                    "is `{text}`, but must be never, end, or a number of epochs, at least 1"
                );
                Err(ArgumentError::new("measure", message))
            }
        }
    }
}

impl Default for Epochs {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 32,
            last_batch: LastBatch::Kept,
            schedule: StepSchedule::Constant,
            point: FinalPoint::Last,
            measure: Measure::AtEnd,
            gradient_tolerance: None,
            seed: 0,
        }
    }
}

impl Epochs {
    /// Checks every field.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.batch_size > 0, "batch_size", self.batch_size, "at least 1")?;
        self.schedule.validate()?;
        ArgumentError::check(
            self.measure != Measure::Every(0),
            "measure",
            "every 0",
            "every epoch or more",
        )?;
        if let Some(tolerance) = self.gradient_tolerance {
            ArgumentError::check(
                tolerance >= 0.0,
                "gradient_tolerance",
                tolerance,
                "zero or positive",
            )?;
            let never = self.measure == Measure::Never;
            let allowed = "none where nothing is measured";
            ArgumentError::check(!never, "gradient_tolerance", tolerance, allowed)?;
        }
        Ok(())
    }
}
