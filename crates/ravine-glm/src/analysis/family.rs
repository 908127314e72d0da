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
/// Numbers of more distinct values are not classes.
const MOST_CLASSES: usize = 100;

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

fn no_target() -> ArgumentError {
    ArgumentError::new("target", "is not given; write `y ~ ...`, or name the target's column")
}

fn one_class(classes: &[String]) -> ArgumentError {
    let only = classes.first().map_or("nothing", String::as_str);
    let message = format!("is of one class, `{only}`, but must be of at least two");
    ArgumentError::new("target", message)
}

/// A target as numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Encoded {
    /// Numbers, shares of successes, or places of classes.
    pub(crate) y: Vec<f64>,
    /// The classes by name: of two, the second is 1.
    pub(crate) classes: Option<Vec<String>>,
    /// Trials of a binomial target.
    pub(crate) trials: Option<Vec<f64>>,
}

/// The target as a family takes it; `positive` names the class that is 1, by default the last.
pub(crate) fn encode(
    response: Response,
    family: ModelFamily,
    positive: Option<&str>,
) -> Result<Encoded, ArgumentError> {
    let name = family.name();
    let refuse = |what: &str| {
        let message = format!("{what}, which the family `{name}` does not take");
        Err(ArgumentError::new("target", message))
    };
    let many = family == ModelFamily::Multinomial;
    let encoded = match response {
        Response::None => return Err(no_target()),
        Response::Counts { successes, failures } => {
            if family != ModelFamily::Of(Family::Binomial) {
                return refuse("is successes and failures");
            }
            let trials: Vec<f64> = successes.iter().zip(&failures).map(|(s, f)| s + f).collect();
            if let Some(i) = trials.iter().position(|&m| !(m > 0.0 && m.is_finite())) {
                let message =
                    format!("row {i} has {} trials, but must have more than 0", trials[i]);
                return Err(ArgumentError::new("target", message));
            }
            let y = successes.iter().zip(&trials).map(|(s, m)| s / m).collect();
            Encoded { y, classes: None, trials: Some(trials) }
        }
        Response::Classes { levels, codes } => {
            if !many && !family.is_binary() {
                return refuse("is text");
            }
            let y = codes.iter().map(|&code| f64::from(code)).collect();
            Encoded { y, classes: Some(levels), trials: None }
        }
        Response::Numbers(y) => {
            let shares = family == ModelFamily::Of(Family::Binomial)
                && y.iter().all(|y| (0.0..=1.0).contains(y));
            let zero_one = y.iter().all(|&y| y == 0.0 || y == 1.0);
            if !many && (!family.is_binary() || shares || zero_one) && positive.is_none() {
                Encoded { y, classes: None, trials: None }
            } else {
                classes_of_numbers(&y)?
            }
        }
    };
    match &encoded.classes {
        Some(classes) if classes.len() < 2 => Err(one_class(classes)),
        Some(classes) if !many && classes.len() > 2 => {
            let message = format!(
                "has {} classes, but the family `{name}` tells two apart; take multinomial",
                classes.len()
            );
            Err(ArgumentError::new("target", message))
        }
        Some(_) if many => Ok(encoded),
        Some(_) => with_positive(encoded, positive),
        None if positive.is_some() => {
            Err(ArgumentError::new("positive", "names a class, but the target is a number"))
        }
        None => Ok(encoded),
    }
}

/// Numbers as classes, in their order.
fn classes_of_numbers(y: &[f64]) -> Result<Encoded, ArgumentError> {
    let mut distinct = y.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > MOST_CLASSES {
        let message =
            format!("has {} distinct numbers, more than {MOST_CLASSES} classes", distinct.len());
        return Err(ArgumentError::new("target", message));
    }
    let place = |y: &f64| distinct.partition_point(|other| other < y) as f64;
    let codes = y.iter().map(place).collect();
    let classes = distinct.iter().map(f64::to_string).collect();
    Ok(Encoded { y: codes, classes: Some(classes), trials: None })
}

/// With the positive class last.
fn with_positive(mut encoded: Encoded, positive: Option<&str>) -> Result<Encoded, ArgumentError> {
    let (Some(classes), Some(positive)) = (&mut encoded.classes, positive) else {
        return Ok(encoded);
    };
    match classes.iter().position(|class| class == positive) {
        Some(0) => {
            classes.swap(0, 1);
            encoded.y.iter_mut().for_each(|y| *y = 1.0 - *y);
        }
        Some(_) => {}
        None => {
            let allowed = classes.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(" or ");
            let message = format!("is `{positive}`, but must be {allowed}");
            return Err(ArgumentError::new("positive", message));
        }
    }
    Ok(encoded)
}
