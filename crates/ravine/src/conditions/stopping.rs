//! Stopping rules and budgets.

use ravine_linalg::ArgumentError;

/// When a run ends. The defaults ask for a gradient of `1e-8` relative to the start and for a
/// model that promises no further decrease worth having.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stopping {
    /// The gradient test holds where the maximum norm of the gradient (projected, where there are
    /// bounds) is at most this. Default `1e-10`.
    pub gradient_absolute: f64,
    /// The gradient test holds where that norm is at most this times its value at the start.
    /// Default `1e-8`.
    pub gradient_relative: f64,
    /// A small gradient in a flat valley is not convergence, and a method that knows curvature can
    /// tell: where the gradient test holds, the run still goes on until what is left to gain, as the
    /// method's quadratic model predicts it, is at most this times `|f|`; or, where the value goes to
    /// zero, no more than what a relative change of the variables by `1e-11` does to the function.
    /// Neither depends on the start or on units. A model that is learnt may be blind, so the
    /// function is asked whether it falls along its gradient. `None`: the gradient test alone
    /// ends the run. Default `Some(1e-12)`.
    pub decrease: Option<f64>,
    /// Stop where a step is shorter than this times `max(1, |x|)`, in the maximum norm.
    /// Default `None`.
    pub step: Option<f64>,
    /// Stop where a step changes the value by less than this times `max(1, |f|)`. Default `None`.
    pub value_change: Option<f64>,
    /// Below this value the run ends as unbounded. Default `-1e100`.
    pub unbounded_below: f64,
    /// Most iterations. Default `Some(10_000)`.
    pub iterations: Option<u64>,
    /// Most evaluations of the value, those that differences take included. The start is evaluated in
    /// any case. Default `None`.
    pub evaluations: Option<u64>,
    /// Most seconds of wall time, if the library has its feature `clock`. Default `None`.
    pub seconds: Option<f64>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self {
            gradient_absolute: 1e-10,
            gradient_relative: 1e-8,
            decrease: Some(1e-12),
            step: None,
            value_change: None,
            unbounded_below: -1e100,
            iterations: Some(10_000),
            evaluations: None,
            seconds: None,
        }
    }
}

impl Stopping {
    /// Only the absolute gradient test: `max_i |g_i| <= tolerance`.
    pub fn gradient(tolerance: f64) -> Self {
        Self {
            gradient_absolute: tolerance,
            gradient_relative: 0.0,
            decrease: None,
            ..Self::default()
        }
    }

    /// With the tolerances that a caller names. Who names an absolute one means it: there is no relative
    /// one then, unless it is named too; and who names any asks for the gradient alone.
    ///
    /// ```
    /// use ravine::Stopping;
    ///
    /// assert_eq!(Stopping::default().with_tolerances(None, None), Stopping::default());
    /// let absolute = Stopping::default().with_tolerances(None, Some(1e-6));
    /// assert_eq!((absolute.gradient_absolute, absolute.gradient_relative), (1e-6, 0.0));
    /// assert_eq!(absolute.decrease, None);
    /// ```
    pub fn with_tolerances(self, relative: Option<f64>, absolute: Option<f64>) -> Self {
        Self {
            gradient_absolute: absolute.unwrap_or(self.gradient_absolute),
            gradient_relative: relative.unwrap_or(match absolute {
                Some(_) => 0.0,
                None => self.gradient_relative,
            }),
            decrease: self.decrease.filter(|_| relative.is_none() && absolute.is_none()),
            ..self
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let tolerance = |name: &str, value: f64| {
            ArgumentError::check(value >= 0.0, name, value, "zero or positive")
        };
        tolerance("gradient_absolute", self.gradient_absolute)?;
        tolerance("gradient_relative", self.gradient_relative)?;
        tolerance("decrease", self.decrease.unwrap_or(0.0))?;
        tolerance("step", self.step.unwrap_or(0.0))?;
        tolerance("value_change", self.value_change.unwrap_or(0.0))?;
        tolerance("seconds", self.seconds.unwrap_or(0.0))?;
        let timed = cfg!(feature = "clock") || self.seconds.is_none();
        ArgumentError::check(timed, "seconds", self.seconds, "none without the feature `clock`")?;
        let bound = self.unbounded_below;
        ArgumentError::check(bound < 0.0, "unbounded_below", bound, "negative")
    }
}
