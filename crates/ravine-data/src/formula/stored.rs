//! Terms as they are stored.

use super::category::Category;
use super::contrasts::{Contrast, MOST_POLYNOMIALS};
use super::evaluate::Moments;
use super::expression::Expr;
use super::factor::{Factor, Kind, MOST_FUNCTIONS};
use super::left::Left;
use super::parse::expression;
use super::selection::Use;
use super::terms::{FittedTerm, Terms};

/// [`Terms`] as they are written and read; what is read is checked.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    formula: String,
    left: Left,
    intercept: bool,
    factors: Vec<Factor>,
    terms: Vec<FittedTerm>,
    offsets: Vec<Expr>,
    moments: Moments,
    uses: Vec<(String, Use)>,
}

impl From<Terms> for Stored {
    fn from(terms: Terms) -> Self {
        let Terms { formula, left, intercept, factors, terms, offsets, moments, uses } = terms;
        Self { formula, left, intercept, factors, terms, offsets, moments, uses }
    }
}

impl TryFrom<Stored> for Terms {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let unsound = |what: &str| Err(format!("the stored terms are not sound: {what}"));
        for factor in &stored.factors {
            if let Some(what) = wrong(factor) {
                return unsound(&format!("{}: {what}", factor.label));
            }
        }
        if let Left::Classes { classes, .. } = &stored.left
            && let Some(what) = wrong_category(classes)
        {
            return unsound(&format!("the left side: {what}"));
        }
        let places = stored.terms.iter().flat_map(|term| term.parts.iter().flatten());
        if places.into_iter().any(|(k, _)| *k >= stored.factors.len()) {
            return unsound("a term has a factor that is not there");
        }
        let Stored { formula, left, intercept, factors, terms, offsets, moments, uses } = stored;
        let terms = Self { formula, left, intercept, factors, terms, offsets, moments, uses };
        terms.check_size().map_err(|error| error.to_string())?;
        Ok(terms)
    }
}

/// What is wrong with a factor.
fn wrong(factor: &Factor) -> Option<&'static str> {
    match &factor.kind {
        Kind::Numbers { .. } => None,
        Kind::Powers { degree, .. } => {
            (*degree > MOST_FUNCTIONS).then_some("the degree is too high")
        }
        Kind::Category(category) => wrong_category(category),
        Kind::Spline { spline, .. } => {
            let enough = spline.degree <= 20 && spline.knots.len() >= 2 * (spline.degree + 1);
            let sorted =
                spline.knots.is_sorted() && spline.knots.iter().all(|knot| knot.is_finite());
            (!enough || !sorted || spline.bounds().0 >= spline.bounds().1)
                .then_some("the knots are not those of a spline")
        }
        Kind::Polynomial { polynomial, .. } => (polynomial.squares.len()
            != polynomial.centers.len() + 1)
            .then_some("the recurrence has not as many numbers as it needs"),
    }
}

/// What is wrong with a category.
fn wrong_category(category: &Category) -> Option<&'static str> {
    let levels = &category.levels;
    match (&category.contrast, &category.numbers) {
        (Contrast::Treatment { base: Some(base) }, _) if !levels.contains(base) => {
            Some("the base is no level")
        }
        (Contrast::Poly, _) if levels.len() > MOST_POLYNOMIALS => Some("there are too many levels"),
        (_, Some(numbers)) if numbers.len() > levels.len() => Some("a number is of no level"),
        _ => None,
    }
}

/// Expressions are stored as they are written.
impl serde::Serialize for Expr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Expr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        expression(&text).map_err(serde::de::Error::custom)
    }
}
