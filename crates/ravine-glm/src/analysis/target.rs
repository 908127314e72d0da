//! Targets as numbers.

use ravine::ArgumentError;
use ravine_data::Response;

use super::family::{ModelFamily, no_target, one_class};
use crate::family::Family;

/// Numbers of more distinct values are not classes.
pub(super) const MOST_CLASSES: usize = 100;

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

/// How a target becomes numbers, as all of its rows decide.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Coding {
    /// The numbers that are classes, in order, where the target is of such.
    numbers: Option<Vec<f64>>,
    /// The classes by name: of two, the second is 1.
    pub(crate) classes: Option<Vec<String>>,
    /// Whether the two classes have changed places.
    reversed: bool,
}

/// The target as a family takes it; `positive` names the class that is 1, by default the last.
pub(crate) fn encode(
    response: Response,
    family: ModelFamily,
    positive: Option<&str>,
) -> Result<Encoded, ArgumentError> {
    Coding::of(&response, family, positive)?.apply(response, 0)
}

impl Coding {
    /// The coding of a target, or of one that has the same classes, and numbers of the same kinds.
    pub(crate) fn of(
        response: &Response,
        family: ModelFamily,
        positive: Option<&str>,
    ) -> Result<Self, ArgumentError> {
        let name = family.name();
        let refuse = |what: &str| {
            let message = format!("{what}, which the family `{name}` does not take");
            Err(ArgumentError::new("target", message))
        };
        let many = family == ModelFamily::Multinomial;
        let mut coding = Self { numbers: None, classes: None, reversed: false };
        match response {
            Response::None => return Err(no_target()),
            Response::Counts { .. } => {
                if family != ModelFamily::Of(Family::Binomial) {
                    return refuse("is successes and failures");
                }
            }
            Response::Classes { levels, .. } => {
                if !many && !family.is_binary() {
                    return refuse("is text");
                }
                coding.classes = Some(levels.clone());
            }
            Response::Numbers(y) => {
                let shares = family == ModelFamily::Of(Family::Binomial)
                    && y.iter().all(|y| (0.0..=1.0).contains(y));
                let zero_one = y.iter().all(|&y| y == 0.0 || y == 1.0);
                if many || family.is_binary() && !shares && !zero_one || positive.is_some() {
                    let distinct = distinct(y)?;
                    coding.classes = Some(distinct.iter().map(f64::to_string).collect());
                    coding.numbers = Some(distinct);
                }
            }
        }
        match (&mut coding.classes, positive) {
            (Some(classes), _) if classes.len() < 2 => return Err(one_class(classes)),
            (Some(classes), _) if !many && classes.len() > 2 => {
                let message = format!(
                    "has {} classes, but the family `{name}` tells two apart; take multinomial",
                    classes.len()
                );
                return Err(ArgumentError::new("target", message));
            }
            (Some(classes), Some(positive)) if !many => {
                match classes.iter().position(|class| class == positive) {
                    Some(0) => {
                        classes.swap(0, 1);
                        coding.reversed = true;
                    }
                    Some(_) => {}
                    None => return Err(no_class(classes, positive)),
                }
            }
            (None, Some(_)) => {
                let message = "names a class, but the target is a number";
                return Err(ArgumentError::new("positive", message));
            }
            _ => {}
        }
        Ok(coding)
    }

    /// Some rows of the target as numbers; `first` is the number of the first of them, for errors.
    pub(crate) fn apply(&self, response: Response, first: usize) -> Result<Encoded, ArgumentError> {
        let mut trials = None;
        let mut y = match response {
            Response::None => return Err(no_target()),
            Response::Counts { successes, failures } => {
                let all: Vec<f64> = successes.iter().zip(&failures).map(|(s, f)| s + f).collect();
                if let Some(i) = all.iter().position(|&m| !(m > 0.0 && m.is_finite())) {
                    let (row, trials) = (first + i, all[i]);
                    let message =
                        format!("row {row} has {trials} trials, but must have more than 0");
                    return Err(ArgumentError::new("target", message));
                }
                let shares = successes.iter().zip(&all).map(|(s, m)| s / m).collect();
                trials = Some(all);
                shares
            }
            Response::Classes { codes, .. } => codes.into_iter().map(f64::from).collect(),
            Response::Numbers(y) => match &self.numbers {
                None => y,
                Some(distinct) => {
                    let place = |y: &f64| distinct.partition_point(|other| other < y) as f64;
                    y.iter().map(place).collect()
                }
            },
        };
        if self.reversed {
            y.iter_mut().for_each(|y| *y = 1.0 - *y);
        }
        Ok(Encoded { y, classes: self.classes.clone(), trials })
    }
}

/// The distinct numbers in their order, few enough to be classes.
fn distinct(y: &[f64]) -> Result<Vec<f64>, ArgumentError> {
    let mut distinct = y.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > MOST_CLASSES {
        let message =
            format!("has more than {MOST_CLASSES} distinct numbers, too many for classes");
        return Err(ArgumentError::new("target", message));
    }
    Ok(distinct)
}

fn no_class(classes: &[String], positive: &str) -> ArgumentError {
    let allowed = classes.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(" or ");
    ArgumentError::new("positive", format!("is `{positive}`, but must be {allowed}"))
}
