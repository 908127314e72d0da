//! What can go wrong: an argument, or an evaluation that did not come back.

/// An error of the user's function: it stops the computation at once, and the best result so far is
/// kept.
///
/// A point where a function is merely not defined is not an error: return NaN or infinity
/// there, and the step is shortened.
///
/// With `?` any error becomes one, a message too; and with `?` it becomes a `Box<dyn Error>` again. For
/// the first it cannot be a [`std::error::Error`] itself: every such type is one of those that become
/// one.
///
/// ```
/// use ravine_linalg::FunctionError;
///
/// fn measured(text: &str) -> Result<f64, FunctionError> {
///     let value: f64 = text.parse()?;
///     if value < 0.0 { Err("below zero")? } else { Ok(value) }
/// }
///
/// fn report() -> Result<(), Box<dyn std::error::Error>> {
///     assert_eq!(measured("2.5")?, 2.5);
///     measured("-1")?;
///     Ok(())
/// }
///
/// assert_eq!(report().unwrap_err().to_string(), "below zero");
/// ```
#[derive(Debug)]
pub struct FunctionError(Box<dyn std::error::Error + Send + Sync>);

impl FunctionError {
    /// The error of the user's function.
    pub fn inner(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self.0.as_ref()
    }

    /// The error of the user's function, given away.
    pub fn into_inner(self) -> Box<dyn std::error::Error + Send + Sync> {
        self.0
    }
}

impl std::fmt::Display for FunctionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for FunctionError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<FunctionError> for Box<dyn std::error::Error> {
    fn from(error: FunctionError) -> Self {
        error.0
    }
}

/// Why an evaluation was not made or did not come back. Who is handed one passes it on with `?`, and
/// leaves what it computes as it last was complete.
#[derive(Debug)]
pub enum Interrupt {
    /// The budget of evaluations is spent.
    EvaluationLimit,
    /// The time is over.
    TimeLimit,
    /// The caller asked to stop.
    Cancelled,
    /// The user's function failed.
    Function(FunctionError),
}

impl std::fmt::Display for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EvaluationLimit => f.write_str("the budget of evaluations is spent"),
            Self::TimeLimit => f.write_str("the time is over"),
            Self::Cancelled => f.write_str("stopped by the caller"),
            Self::Function(error) => write!(f, "the objective failed: {error}"),
        }
    }
}

impl std::error::Error for Interrupt {}

/// An interrupt that came through a function, one that evaluates others, is the same interrupt; any
/// other error is the function's own.
impl From<FunctionError> for Interrupt {
    fn from(error: FunctionError) -> Self {
        match error.0.downcast::<Self>() {
            Ok(interrupt) => *interrupt,
            Err(own) => Self::Function(FunctionError(own)),
        }
    }
}

/// An argument that cannot be used: which, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentError {
    argument: String,
    message: String,
}

impl ArgumentError {
    /// An error about `argument`.
    pub fn new(argument: impl Into<String>, message: impl Into<String>) -> Self {
        Self { argument: argument.into(), message: message.into() }
    }

    /// The same about the argument as one of `whole`.
    ///
    /// ```
    /// use ravine_linalg::ArgumentError;
    ///
    /// let error = ArgumentError::new("initial", "is -1, but must be positive").of("trust");
    /// assert_eq!(error.to_string(), "trust.initial: is -1, but must be positive");
    /// ```
    #[must_use]
    pub fn of(self, whole: &str) -> Self {
        let Self { argument, message } = self;
        Self { argument: format!("{whole}.{argument}"), message }
    }

    /// The argument's name.
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// Checks a setting: `Err` with the value and `allowed` unless `holds`.
    pub fn check(
        holds: bool,
        argument: &str,
        value: impl std::fmt::Debug,
        allowed: &str,
    ) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::new(argument, format!("is {value:?}, but must be {allowed}")))
    }
}

impl std::fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.argument, self.message)
    }
}

impl std::error::Error for ArgumentError {}

/// Why a method could not start, or a computation that gives no part of its result did not end.
#[derive(Debug)]
pub enum StartError {
    /// An argument or setting cannot be used.
    Argument(ArgumentError),
    /// An evaluation did not come back: of a method, the first.
    Interrupt(Interrupt),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
            Self::Interrupt(interrupt) => interrupt.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<ArgumentError> for StartError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<Interrupt> for StartError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}
