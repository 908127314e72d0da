//! Families of distributions, their links, and what follows from both row by row.

mod conjugate;
mod deviance;
mod likelihood;
mod loss;
pub(crate) mod rows;
pub(crate) mod stable;

pub use loss::{Loss, Row};

use ravine::ArgumentError;

/// What the targets are distributed as around their means mu; the variance is `phi V(mu) / w`.
///
/// The last three are losses without a distribution: they can be fitted, but have no likelihood.
///
/// Sources: McCullagh and Nelder, Generalized Linear Models (1989); Jorgensen, The theory of
/// dispersion models (1997) for Tweedie; Huber, Robust estimation of a location parameter (1964).
///
/// ```
/// use ravine_glm::{Family, Link};
///
/// assert_eq!(Family::Poisson.default_link(), Link::Log);
/// let error = Family::Poisson.with(Link::Logit).unwrap_err();
/// assert_eq!(error.to_string(), "link: is `logit`, but must be `log` for the family `poisson`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// `V = 1`; links identity, log.
    Gaussian,
    /// A share y of m trials that succeed, m as the weight; `V = mu (1 - mu)`; links logit, probit,
    /// cloglog.
    Binomial,
    /// Counts; `V = mu`; link log.
    Poisson,
    /// Positive numbers with a constant coefficient of variation; `V = mu^2`; links log, inverse.
    Gamma,
    /// Positive numbers with a long tail; `V = mu^3`; links log, inverse-squared.
    InverseGaussian,
    /// Counts with more variance than Poisson's; `V = mu + alpha mu^2`; link log.
    NegativeBinomial {
        /// The variance parameter, positive; R calls its inverse theta.
        alpha: f64,
    },
    /// Zeros and positive numbers, a Poisson number of gamma variables; `V = mu^power`; link log.
    Tweedie {
        /// Above 1 and below 2.
        power: f64,
    },
    /// `r^2 / 2` up to delta, straight beyond; link identity.
    Huber {
        /// Where residuals begin to count as outliers, positive.
        delta: f64,
    },
    /// `max(0, 1 - t z)^2` with `t = 2 y - 1`; link identity.
    SquaredHinge,
    /// The hinge `max(0, 1 - t z)` with its corner rounded over a width; link identity.
    SmoothedHinge {
        /// The width of the corner, positive.
        width: f64,
    },
}

/// What function of the mean is linear: `g(mu) = z = x'b + b0 + offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// `mu`.
    Identity,
    /// `ln mu`.
    Log,
    /// `1 / mu`, positive.
    Inverse,
    /// `1 / mu^2`, positive.
    InverseSquared,
    /// `ln(mu / (1 - mu))`.
    Logit,
    /// The quantile of the normal distribution.
    Probit,
    /// `ln(-ln(1 - mu))`.
    ComplementaryLogLog,
}

impl Link {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Identity,
        Self::Log,
        Self::Inverse,
        Self::InverseSquared,
        Self::Logit,
        Self::Probit,
        Self::ComplementaryLogLog,
    ];

    /// The link as one word.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Link::InverseSquared.name(), "inverse-squared");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Log => "log",
            Self::Inverse => "inverse",
            Self::InverseSquared => "inverse-squared",
            Self::Logit => "logit",
            Self::Probit => "probit",
            Self::ComplementaryLogLog => "cloglog",
        }
    }
}

impl std::str::FromStr for Link {
    type Err = ArgumentError;

    /// A link by its name.
    ///
    /// ```
    /// use ravine_glm::Link;
    ///
    /// assert_eq!("cloglog".parse(), Ok(Link::ComplementaryLogLog));
    /// let error = "logg".parse::<Link>().unwrap_err();
    /// assert!(error.to_string().starts_with("link: is `logg`, but must be one of identity, log, "));
    /// ```
    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        Self::ALL.into_iter().find(|link| link.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|link| link.name()).collect();
            let message = format!("is `{text}`, but must be one of {}", names.join(", "));
            ArgumentError::new("link", message)
        })
    }
}

impl Family {
    /// The family as one word.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Family::Tweedie { power: 1.5 }.name(), "tweedie");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Binomial => "binomial",
            Self::Poisson => "poisson",
            Self::Gamma => "gamma",
            Self::InverseGaussian => "inverse-gaussian",
            Self::NegativeBinomial { .. } => "negative-binomial",
            Self::Tweedie { .. } => "tweedie",
            Self::Huber { .. } => "huber",
            Self::SquaredHinge => "squared-hinge",
            Self::SmoothedHinge { .. } => "smoothed-hinge",
        }
    }

    /// The links that the family takes, the default first: the log for families of positive means,
    /// whose canonical links would bound the coefficients.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// assert_eq!(Family::Gamma.links(), [Link::Log, Link::Inverse]);
    /// ```
    pub fn links(self) -> &'static [Link] {
        match self {
            Self::Gaussian => &[Link::Identity, Link::Log],
            Self::Binomial => &[Link::Logit, Link::Probit, Link::ComplementaryLogLog],
            Self::Gamma => &[Link::Log, Link::Inverse],
            Self::InverseGaussian => &[Link::Log, Link::InverseSquared],
            Self::Poisson | Self::NegativeBinomial { .. } | Self::Tweedie { .. } => &[Link::Log],
            Self::Huber { .. } | Self::SquaredHinge | Self::SmoothedHinge { .. } => {
                &[Link::Identity]
            }
        }
    }

    /// The first of the [`links`](Self::links).
    pub fn default_link(self) -> Link {
        self.links()[0]
    }

    /// The family with a link.
    ///
    /// # Errors
    ///
    /// If the family does not take the link, or its parameter is out of range.
    pub fn with(self, link: Link) -> Result<Loss, ArgumentError> {
        let positive = |name: &str, value: f64| {
            ArgumentError::check(value > 0.0 && value.is_finite(), name, value, "positive")
        };
        match self {
            Self::NegativeBinomial { alpha } => positive("family.alpha", alpha)?,
            Self::Tweedie { power } => {
                let allowed = power > 1.0 && power < 2.0;
                ArgumentError::check(allowed, "family.power", power, "above 1 and below 2")?;
            }
            Self::Huber { delta } => positive("family.delta", delta)?,
            Self::SmoothedHinge { width } => positive("family.width", width)?,
            _ => {}
        }
        if !self.links().contains(&link) {
            let names: Vec<_> = self.links().iter().map(|l| format!("`{}`", l.name())).collect();
            let (found, allowed) = (link.name(), names.join(" or "));
            let message =
                format!("is `{found}`, but must be {allowed} for the family `{}`", self.name());
            return Err(ArgumentError::new("link", message));
        }
        Ok(Loss { family: self, link })
    }

    /// The variance function V at a mean; of a loss without distribution, 1.
    ///
    /// ```
    /// assert_eq!(ravine_glm::Family::NegativeBinomial { alpha: 0.5 }.variance(2.0), 4.0);
    /// ```
    pub fn variance(self, mu: f64) -> f64 {
        match self {
            Self::Binomial => mu * (1.0 - mu),
            Self::Poisson => mu,
            Self::Gamma => mu * mu,
            Self::InverseGaussian => mu * mu * mu,
            Self::NegativeBinomial { alpha } => mu + alpha * mu * mu,
            Self::Tweedie { power } => mu.powf(power),
            Self::Gaussian
            | Self::Huber { .. }
            | Self::SquaredHinge
            | Self::SmoothedHinge { .. } => 1.0,
        }
    }

    /// Whether the targets have a distribution of this name.
    pub fn has_likelihood(self) -> bool {
        !matches!(self, Self::Huber { .. } | Self::SquaredHinge | Self::SmoothedHinge { .. })
    }

    /// Whether the dispersion phi is estimated; else it is 1.
    ///
    /// ```
    /// use ravine_glm::Family;
    ///
    /// assert!(Family::Gamma.estimates_dispersion() && !Family::Poisson.estimates_dispersion());
    /// ```
    pub fn estimates_dispersion(self) -> bool {
        matches!(
            self,
            Self::Gaussian
                | Self::Gamma
                | Self::InverseGaussian
                | Self::Tweedie { .. }
                | Self::Huber { .. }
        )
    }

    /// Whether a target may be taken, and which may.
    fn allowed(self, y: f64) -> (bool, &'static str) {
        match self {
            Self::Gaussian | Self::Huber { .. } => (y.is_finite(), "a finite y"),
            Self::Binomial => ((0.0..=1.0).contains(&y), "0 <= y <= 1"),
            Self::Poisson | Self::NegativeBinomial { .. } | Self::Tweedie { .. } => {
                (y >= 0.0 && y.is_finite(), "y >= 0")
            }
            Self::Gamma | Self::InverseGaussian => (y > 0.0 && y.is_finite(), "y > 0"),
            Self::SquaredHinge | Self::SmoothedHinge { .. } => (y == 0.0 || y == 1.0, "0 or 1"),
        }
    }

    /// Checks that the family may have these targets.
    ///
    /// # Errors
    ///
    /// Names the family, the row (from 0), the value and what is allowed.
    ///
    /// ```
    /// use ravine_glm::Family;
    ///
    /// let error = Family::Gamma.check(&[1.0, 0.0]).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "y: gamma needs y > 0; row 1 has 0; Tweedie with 1 < power < 2 accepts zeros"
    /// );
    /// ```
    pub fn check(self, y: &[f64]) -> Result<(), ArgumentError> {
        self.check_from(y, 0)
    }

    /// The same of rows of which `first` is the number of the first.
    pub(crate) fn check_from(self, y: &[f64], first: usize) -> Result<(), ArgumentError> {
        let Some(place) = y.iter().position(|&y| !self.allowed(y).0) else { return Ok(()) };
        let (found, allowed) = (y[place], self.allowed(y[place]).1);
        let row = first + place;
        let mut message = format!("{} needs {allowed}; row {row} has {found}", self.name());
        if found == 0.0 && matches!(self, Self::Gamma | Self::InverseGaussian) {
            message.push_str("; Tweedie with 1 < power < 2 accepts zeros");
        }
        Err(ArgumentError::new("y", message))
    }
}
