//! Which model a target is given.

use std::str::FromStr;

use ravine::ArgumentError;
use ravine_data::Response;

use crate::family::Family;

/// What is fitted: one of the families, or a model around one.
///
/// ```
/// use ravine_glm::Family;
/// use ravine_glm::analysis::ModelFamily;
///
/// let family: ModelFamily = "tweedie:power=1.2".parse()?;
/// assert_eq!(family, ModelFamily::Of(Family::Tweedie { power: 1.2 }));
/// assert_eq!("negative-binomial".parse(), Ok(ModelFamily::NegativeBinomial));
/// let error = "poison".parse::<ModelFamily>().unwrap_err();
/// assert!(error.to_string().starts_with("family: is `poison`, but must be one of gaussian, "));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelFamily {
    /// A family as it is.
    Of(Family),
    /// Negative binomial, its alpha estimated by maximum likelihood.
    NegativeBinomial,
    /// Classes, two or more.
    Multinomial,
    /// Two classes by the hinge, a support vector machine.
    Hinge,
}

/// The default corner of Huber's loss: 95 % efficiency at normal errors.
const HUBER_DELTA: f64 = 1.345;

/// Name, name of the parameter with its default, and the family, in the order in which they are listed.
type Row = (&'static str, Option<(&'static str, f64)>, fn(f64) -> ModelFamily);

const FAMILIES: [Row; 12] = [
    ("gaussian", None, |_| ModelFamily::Of(Family::Gaussian)),
    ("binomial", None, |_| ModelFamily::Of(Family::Binomial)),
    ("multinomial", None, |_| ModelFamily::Multinomial),
    ("poisson", None, |_| ModelFamily::Of(Family::Poisson)),
    ("negative-binomial", Some(("alpha", f64::NAN)), |alpha| {
        if alpha.is_nan() {
            ModelFamily::NegativeBinomial
        } else {
            ModelFamily::Of(Family::NegativeBinomial { alpha })
        }
    }),
    ("gamma", None, |_| ModelFamily::Of(Family::Gamma)),
    ("inverse-gaussian", None, |_| ModelFamily::Of(Family::InverseGaussian)),
    ("tweedie", Some(("power", 1.5)), |power| ModelFamily::Of(Family::Tweedie { power })),
    ("huber", Some(("delta", HUBER_DELTA)), |delta| ModelFamily::Of(Family::Huber { delta })),
    ("hinge", None, |_| ModelFamily::Hinge),
    ("squared-hinge", None, |_| ModelFamily::Of(Family::SquaredHinge)),
    ("smoothed-hinge", Some(("width", 0.5)), |width| {
        ModelFamily::Of(Family::SmoothedHinge { width })
    }),
];

impl FromStr for ModelFamily {
    type Err = ArgumentError;

    /// A name, with a parameter after a colon: `tweedie:power=1.2`.
    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (name, parameter) = match text.split_once(':') {
            None => (text, None),
            Some((name, parameter)) => (name, Some(parameter)),
        };
        let Some((_, takes, family)) = FAMILIES.iter().find(|row| row.0 == name) else {
            let names: Vec<_> = FAMILIES.iter().map(|row| row.0).collect();
            let message = format!("is `{name}`, but must be one of {}", names.join(", "));
            return Err(ArgumentError::new("family", message));
        };
        let value = match (parameter, takes) {
            (None, None) => f64::NAN,
            (None, Some((_, default))) => *default,
            (Some(given), None) => {
                let message = format!("`{name}` has no parameter, but `{given}` is given");
                return Err(ArgumentError::new("family", message));
            }
            (Some(given), Some((expected, _))) => {
                let number = given.strip_prefix(expected).and_then(|rest| rest.strip_prefix('='));
                number
                    .and_then(|number| number.parse().ok())
                    .filter(|x: &f64| !x.is_nan())
                    .ok_or_else(|| {
                        let message = format!(
                            "`{given}` is no parameter of `{name}`; write {name}:{expected}=NUMBER"
                        );
                        ArgumentError::new("family", message)
                    })?
            }
        };
        let family = family(value);
        if let Self::Of(family) = family {
            family.with(family.default_link())?;
        }
        Ok(family)
    }
}

impl ModelFamily {
    /// The names that can be parsed.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().map(|row| row.0)
    }

    /// The family as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Of(family) => family.name(),
            Self::NegativeBinomial => "negative-binomial",
            Self::Multinomial => "multinomial",
            Self::Hinge => "hinge",
        }
    }

    /// The family that a target suggests, and the fact that speaks for it.
    ///
    /// # Errors
    ///
    /// If there is no target, or it is a text with one class.
    ///
    /// ```
    /// use ravine_data::Response;
    /// use ravine_glm::Family;
    /// use ravine_glm::analysis::ModelFamily;
    ///
    /// let (family, why) = ModelFamily::suggested(&Response::Numbers(vec![0.0, 1.0, 1.0]))?;
    /// assert_eq!(family, ModelFamily::Of(Family::Binomial));
    /// assert_eq!(why, "the target is 0 or 1");
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn suggested(response: &Response) -> Result<(Self, String), ArgumentError> {
        match response {
            Response::None => Err(no_target()),
            Response::Counts { .. } => {
                Ok((Self::Of(Family::Binomial), "the target is successes and failures".to_owned()))
            }
            Response::Classes { levels, .. } => match levels.len() {
                0 | 1 => Err(one_class(levels)),
                2 => Ok((Self::Of(Family::Binomial), "the target has two classes".to_owned())),
                n => Ok((Self::Multinomial, format!("the target has {n} classes"))),
            },
            Response::Numbers(y) => {
                let (zeros, ones) = (y.contains(&0.0), y.contains(&1.0));
                if zeros && ones && y.iter().all(|&y| y == 0.0 || y == 1.0) {
                    return Ok((Self::Of(Family::Binomial), "the target is 0 or 1".to_owned()));
                }
                let counts = y.iter().all(|&y| y >= 0.0 && y.fract() == 0.0);
                let why = match counts {
                    true => "the target is a number; of counts, poisson or negative-binomial",
                    false => "the target is a number",
                };
                Ok((Self::Of(Family::Gaussian), why.to_owned()))
            }
        }
    }

    /// Whether the model tells two classes apart.
    pub(crate) fn is_binary(self) -> bool {
        matches!(
            self,
            Self::Hinge
                | Self::Of(Family::Binomial | Family::SquaredHinge | Family::SmoothedHinge { .. })
        )
    }
}

pub(super) fn no_target() -> ArgumentError {
    ArgumentError::new("target", "is not given; write `y ~ ...`, or name the target's column")
}

pub(super) fn one_class(classes: &[String]) -> ArgumentError {
    let only = classes.first().map_or("nothing", String::as_str);
    let message = format!("is of one class, `{only}`, but must be of at least two");
    ArgumentError::new("target", message)
}
