//! How the step changes over a run.

use ravine_linalg::ArgumentError;

/// By what the step of a method is multiplied in step `t = 0, 1, ..., T - 1` of a run of T steps, `E`
/// of them an epoch.
///
/// Sources: Robbins and Monro, A stochastic approximation method (1951), for `1/t`; Loshchilov and
/// Hutter, SGDR: stochastic gradient descent with warm restarts (2017), for the cosine (of one
/// period); Goyal and others, Accurate, large minibatch SGD (2017), for the warm-up.
///
/// ```
/// use ravine::minimize::StepSchedule;
///
/// let inverse = StepSchedule::Inverse { after: 10.0 };
/// assert_eq!(inverse.factor(30, 100, 5), 0.25);
/// let warm = StepSchedule::WarmUp { steps: 4, then: Box::new(inverse) };
/// assert_eq!((warm.factor(0, 100, 5), warm.factor(14, 100, 5)), (0.25, 0.5));
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StepSchedule {
    /// 1.
    #[default]
    Constant,
    /// `factor^floor(t / (every E))`, every so many epochs.
    Decay {
        /// In `(0, 1]`.
        factor: f64,
        /// Epochs, at least 1.
        every: u64,
    },
    /// `last + (1 - last) (1 + cos(pi t / T)) / 2`, from 1 to `last`.
    Cosine {
        /// In `[0, 1]`.
        last: f64,
    },
    /// `1 / (1 + t / after)`: half after so many steps. With it stochastic gradient descent
    /// converges where the objective is strongly convex.
    Inverse {
        /// Steps, positive.
        after: f64,
    },
    /// `(t + 1) / steps` in the first steps, then another schedule as if the run began there.
    WarmUp {
        /// Steps.
        steps: u64,
        /// What follows.
        then: Box<StepSchedule>,
    },
}

impl StepSchedule {
    /// The factor of step `t` of `total`, `epoch` of them an epoch.
    pub fn factor(&self, t: u64, total: u64, epoch: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Decay { factor, every } => {
                let times = t / every.saturating_mul(epoch).max(1);
                factor.powi(i32::try_from(times).unwrap_or(i32::MAX))
            }
            Self::Cosine { last } => {
                let part = t as f64 / total.max(1) as f64;
                last + (1.0 - last) * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
            }
            Self::Inverse { after } => 1.0 / (1.0 + t as f64 / after),
            Self::WarmUp { steps, .. } if t < *steps => (t + 1) as f64 / *steps as f64,
            Self::WarmUp { steps, then } => {
                then.factor(t - steps, total.saturating_sub(*steps), epoch)
            }
        }
    }

    /// Whether the factors depend on how many steps the run is to make.
    pub(crate) fn goes_by_the_end(&self) -> bool {
        match self {
            Self::Cosine { .. } => true,
            Self::WarmUp { then, .. } => then.goes_by_the_end(),
            Self::Constant | Self::Decay { .. } | Self::Inverse { .. } => false,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    ///
    /// Names the number, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Constant => Ok(()),
            Self::Decay { factor, every } => {
                ArgumentError::check(
                    *factor > 0.0 && *factor <= 1.0,
                    "schedule: factor",
                    factor,
                    "in (0, 1]",
                )?;
                ArgumentError::check(*every > 0, "schedule: every", every, "at least one epoch")
            }
            Self::Cosine { last } => ArgumentError::check(
                (0.0..=1.0).contains(last),
                "schedule: last",
                last,
                "in [0, 1]",
            ),
            Self::Inverse { after } => {
                let holds = *after > 0.0 && after.is_finite();
                ArgumentError::check(holds, "schedule: after", after, "positive and finite")
            }
            Self::WarmUp { then, .. } => then.validate(),
        }
    }
}

/// The text that [`from_str`](std::str::FromStr::from_str) reads, also in JSON.
impl std::fmt::Display for StepSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Decay { factor, every } => write!(f, "decay:{factor},{every}"),
            Self::Cosine { last } => write!(f, "cosine:{last}"),
            Self::Inverse { after } => write!(f, "inverse:{after}"),
            Self::WarmUp { steps, then } => write!(f, "warm-up:{steps}+{then}"),
        }
    }
}

impl From<StepSchedule> for String {
    fn from(schedule: StepSchedule) -> Self {
        schedule.to_string()
    }
}

impl TryFrom<String> for StepSchedule {
    type Error = ArgumentError;

    fn try_from(text: String) -> Result<Self, ArgumentError> {
        text.parse()
    }
}

/// By name: `constant`, `decay:FACTOR,EVERY`, `cosine` or `cosine:LAST`, `inverse:AFTER`, and
/// `warm-up:STEPS` before any of them with a plus sign.
///
/// ```
/// use ravine::minimize::StepSchedule;
///
/// let schedule: StepSchedule = "warm-up:100+cosine".parse()?;
/// let cosine = StepSchedule::Cosine { last: 0.0 };
/// assert_eq!(schedule, StepSchedule::WarmUp { steps: 100, then: Box::new(cosine) });
/// assert!("step".parse::<StepSchedule>().is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
impl std::str::FromStr for StepSchedule {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (first, then) = match text.split_once('+') {
            Some((first, then)) => (first, Some(then)),
            None => (text, None),
        };
        let (name, numbers) = first.split_once(':').unwrap_or((first, ""));
        let numbers: Vec<&str> = numbers.split(',').filter(|number| !number.is_empty()).collect();
        let schedule = match (name, &numbers[..]) {
            ("warm-up", [steps]) => {
                let then = Box::new(then.unwrap_or("constant").parse()?);
                return Ok(Self::WarmUp { steps: number(text, steps)?, then });
            }
            ("constant", []) => Self::Constant,
            ("decay", [factor, every]) => {
                Self::Decay { factor: number(text, factor)?, every: number(text, every)? }
            }
            ("cosine", []) => Self::Cosine { last: 0.0 },
            ("cosine", [last]) => Self::Cosine { last: number(text, last)? },
            ("inverse", [after]) => Self::Inverse { after: number(text, after)? },
            _ => return Err(unknown(text)),
        };
        if then.is_some() {
            return Err(unknown(text));
        }
        schedule.validate()?;
        Ok(schedule)
    }
}

fn number<T: std::str::FromStr>(text: &str, number: &str) -> Result<T, ArgumentError> {
    number.parse().map_err(|_| unknown(text))
}

fn unknown(text: &str) -> ArgumentError {
    let message = format!(
        "`{text}` is none; there are constant, decay:FACTOR,EVERY (epochs), cosine, cosine:LAST, \
         inverse:AFTER (steps), and warm-up:STEPS, alone or with a plus sign before one of them"
    );
    ArgumentError::new("schedule", message)
}

#[cfg(test)]
mod tests {
    use super::StepSchedule;

    #[test]
    fn factors_are_those_of_the_formulas() {
        let (total, epoch) = (60, 10);
        let decay = StepSchedule::Decay { factor: 0.5, every: 2 };
        let cosine = StepSchedule::Cosine { last: 0.1 };
        let inverse = StepSchedule::Inverse { after: 20.0 };
        let warm = StepSchedule::WarmUp { steps: 15, then: Box::new(cosine.clone()) };
        for t in 0..total {
            let at = |schedule: &StepSchedule| schedule.factor(t, total, epoch);
            assert_eq!(at(&StepSchedule::Constant), 1.0);
            assert_eq!(at(&decay), [1.0, 0.5, 0.25][t as usize / 20]);
            let angle = std::f64::consts::PI * t as f64 / 60.0;
            let half = (angle / 2.0).cos();
            // 1 + cos a = 2 cos^2 (a / 2).
            assert!((at(&cosine) - (0.1 + 0.9 * half * half)).abs() < 1e-15);
            assert!((at(&inverse) * (20.0 + t as f64) - 20.0).abs() < 1e-14);
            let expected =
                if t < 15 { (t + 1) as f64 / 15.0 } else { cosine.factor(t - 15, 45, epoch) };
            assert_eq!(at(&warm), expected);
        }
        assert_eq!(warm.factor(15, total, epoch), 1.0);
    }

    #[test]
    fn schedules_are_what_they_are_written_as() {
        for text in ["constant", "decay:0.3,7", "cosine:0.1", "warm-up:3+inverse:12.5"] {
            let schedule: StepSchedule = text.parse().unwrap();
            assert_eq!(schedule.to_string(), text);
            let json = serde_json::to_string(&schedule).unwrap();
            assert_eq!(serde_json::from_str::<StepSchedule>(&json).unwrap(), schedule);
        }
    }

    #[test]
    fn bad_schedules_are_refused_by_name() {
        for (text, part) in [
            ("decay:2,1", "factor"),
            ("decay:0.5,0", "every"),
            ("cosine:-1", "last"),
            ("inverse:0", "after"),
            ("warm-up:5+inverse:0", "after"),
            ("linear", "`linear` is none"),
            ("cosine+cosine", "none"),
            ("inverse:x", "none"),
        ] {
            let message = text.parse::<StepSchedule>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
