//! Numbers of the command line that have to lie somewhere.

use std::str::FromStr;

/// A number that is allowed, or what is.
fn checked<T: FromStr>(
    text: &str,
    is_allowed: impl FnOnce(&T) -> bool,
    allowed: &str,
) -> Result<T, String> {
    let number = text.parse().ok().filter(is_allowed);
    number.ok_or_else(|| format!("must be a number {allowed}"))
}

pub fn between(text: &str) -> Result<f64, String> {
    checked(text, |&x: &f64| x > 0.0 && x < 1.0, "above 0 and below 1")
}

pub fn share(text: &str) -> Result<f64, String> {
    checked(text, |x: &f64| (0.0..=1.0).contains(x), "from 0 to 1")
}

pub fn weight(text: &str) -> Result<f64, String> {
    checked(text, |&x: &f64| x >= 0.0 && x.is_finite(), "from 0 on, and finite")
}

pub fn at_least_one(text: &str) -> Result<usize, String> {
    checked(text, |&n: &usize| n > 0, "from 1 on, and whole")
}

pub fn folds(text: &str) -> Result<usize, String> {
    checked(text, |&n: &usize| n > 1, "from 2 on, and whole")
}
