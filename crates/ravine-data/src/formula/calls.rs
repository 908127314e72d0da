//! The functions of formulas, and what their arguments may be.

use super::expression::{Argument, Call, Expr};
use super::position::{At, mistake};
use crate::DataError;

/// Functions of one number, evaluated number by number.
pub(super) fn elementwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "I" => |x| x,
        "log" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "log1p" => f64::ln_1p,
        "exp" => f64::exp,
        "expm1" => f64::exp_m1,
        "sqrt" => f64::sqrt,
        "abs" => f64::abs,
        _ => return None,
    })
}

/// Functions of one column that subtract its mean and divide by its standard deviation, or do one of both.
pub(super) const CENTERING: &[&str] = &["center", "scale", "standardize"];

/// Names of functions, for errors.
const KNOWN: &str = "there are I, log, log2, log10, log1p, exp, expm1, sqrt, abs, center, scale, \
                     standardize, bs, poly, C, offset and, on the left side, cbind";

/// The names of the arguments of a function that is no factor by itself, in order.
fn parameters(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        name if elementwise(name).is_some() || CENTERING.contains(&name) => &["x"],
        "offset" => &["x"],
        "cbind" => &["successes", "failures"],
        "C" => &["x", "contrast", "levels", "spans_intercept"],
        "bs" => &[
            "x",
            "df",
            "knots",
            "degree",
            "include_intercept",
            "lower_bound",
            "upper_bound",
            "extrapolation",
        ],
        "poly" => &["x", "degree", "raw"],
        _ => return None,
    })
}

/// Where a call stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The whole left side.
    Left,
    /// A whole factor of the right side.
    Factor,
    /// Within arithmetic.
    Inside,
}

/// Whether columns of the data are named in argument k of a call.
pub(super) fn is_data(call: &Call, k: usize) -> bool {
    let data: &[&str] = if call.function == "cbind" { &["successes", "failures"] } else { &["x"] };
    let names = parameters(&call.function).unwrap_or_default();
    match &call.arguments[k].keyword {
        Some(keyword) => data.contains(&keyword.as_str()),
        None => names.get(k).is_some_and(|name| data.contains(name)),
    }
}

/// Checks that all calls are of functions that there are, stand where they may, and have arguments that
/// have names. The expression begins at a place of the text.
pub(super) fn check(text: &str, expr: &Expr, place: Place, at: At) -> Result<(), DataError> {
    match expr {
        Expr::Number(..) | Expr::Name(..) => Ok(()),
        Expr::Text(_) | Expr::List(_) => {
            Err(mistake(text, at.0, "the name of a column or arithmetic stands here"))
        }
        Expr::Negative(inner) | Expr::Braces(inner) => check(text, inner, Place::Inside, at),
        Expr::Binary(_, a, b) => {
            check(text, a, Place::Inside, at)?;
            check(text, b, Place::Inside, at)
        }
        Expr::Call(call) => check_call(text, call, place),
    }
}

fn check_call(text: &str, call: &Call, place: Place) -> Result<(), DataError> {
    let name = call.function.as_str();
    let wrong = |message: String| Err(mistake(text, call.at.0, message));
    let Some(names) = parameters(name) else {
        return wrong(format!("there is no function `{name}`; {KNOWN}"));
    };
    let allowed = match name {
        "cbind" => place == Place::Left,
        "offset" | "bs" | "poly" => place == Place::Factor,
        "C" => place != Place::Inside,
        _ => true,
    };
    if !allowed {
        return wrong(match name {
            "cbind" => "`cbind` is the whole left side of a formula".to_owned(),
            "C" => "`C` is a whole side or a whole factor, and stands in no arithmetic".to_owned(),
            _ => {
                format!("`{name}` is a whole factor of the right side, and stands in no arithmetic")
            }
        });
    }
    let mut given = vec![false; names.len()];
    for (k, argument) in call.arguments.iter().enumerate() {
        let j = place_of(text, call, k, names)?;
        if std::mem::replace(&mut given[j], true) {
            return Err(mistake(text, argument.at.0, format!("`{}` is given twice", names[j])));
        }
        if is_data(call, k) {
            check(text, &argument.value, Place::Inside, argument.at)?;
        }
    }
    let needed = if name == "cbind" { 2 } else { 1 };
    match (0..needed).find(|&j| !given[j]) {
        Some(j) => wrong(format!("`{name}` needs `{}`", names[j])),
        None => Ok(()),
    }
}

/// Which parameter argument k is for.
fn place_of(text: &str, call: &Call, k: usize, names: &[&str]) -> Result<usize, DataError> {
    let argument = &call.arguments[k];
    let wrong = |message: String| Err(mistake(text, argument.at.0, message));
    match &argument.keyword {
        Some(keyword) => match names.iter().position(|name| name == keyword) {
            Some(j) => Ok(j),
            None => wrong(format!(
                "`{}` has no argument `{keyword}`; there are {}",
                call.function,
                names.join(", ")
            )),
        },
        None if call.arguments[..k].iter().any(|before| before.keyword.is_some()) => {
            wrong("an argument without a name does not come after one with a name".to_owned())
        }
        None if k >= names.len() => {
            let s = if names.len() == 1 { "" } else { "s" };
            wrong(format!("`{}` takes {} argument{s}", call.function, names.len()))
        }
        None => Ok(k),
    }
}

/// The argument of that name.
pub(super) fn argument<'c>(call: &'c Call, name: &str) -> Option<&'c Argument> {
    let names = parameters(&call.function).unwrap_or_default();
    let is = |(k, argument): &(usize, &Argument)| match &argument.keyword {
        Some(keyword) => keyword == name,
        None => names.get(*k) == Some(&name),
    };
    call.arguments.iter().enumerate().find(is).map(|(_, argument)| argument)
}

/// The number that an argument is.
pub(super) fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Number(number, _) => Some(*number),
        Expr::Negative(inner) => number(inner).map(|number| -number),
        _ => None,
    }
}

/// A whole number within bounds; `default` where there is no such argument.
pub(super) fn whole_number(
    text: &str,
    call: &Call,
    name: &str,
    range: std::ops::RangeInclusive<usize>,
) -> Result<Option<usize>, DataError> {
    let Some(argument) = argument(call, name) else { return Ok(None) };
    match number(&argument.value) {
        Some(x) if x.fract() == 0.0 && x >= *range.start() as f64 && x <= *range.end() as f64 => {
            Ok(Some(x as usize))
        }
        _ => {
            let (least, most) = (range.start(), range.end());
            let message = format!(
                "`{name}` is `{}`; allowed is a whole number from {least} to {most}",
                argument.value
            );
            Err(mistake(text, argument.at.0, message))
        }
    }
}

/// A number; `None` where there is no such argument.
pub(super) fn real_number(text: &str, call: &Call, name: &str) -> Result<Option<f64>, DataError> {
    let Some(argument) = argument(call, name) else { return Ok(None) };
    match number(&argument.value) {
        Some(x) => Ok(Some(x)),
        None => {
            let message = format!("`{name}` is `{}`; allowed is a number", argument.value);
            Err(mistake(text, argument.at.0, message))
        }
    }
}

/// Whether an argument is `True` rather than `False`; `None` where there is no such argument.
pub(super) fn truth(text: &str, call: &Call, name: &str) -> Result<Option<bool>, DataError> {
    let Some(argument) = argument(call, name) else { return Ok(None) };
    match &argument.value {
        Expr::Name(value, _) if matches!(value.as_str(), "True" | "TRUE") => Ok(Some(true)),
        Expr::Name(value, _) if matches!(value.as_str(), "False" | "FALSE") => Ok(Some(false)),
        value => {
            let message = format!("`{name}` is `{value}`; allowed are True and False");
            Err(mistake(text, argument.at.0, message))
        }
    }
}
