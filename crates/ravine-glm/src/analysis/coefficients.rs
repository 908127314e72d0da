//! The table of coefficients.

use ravine::ArgumentError;

use crate::firth::FirthFit;
use crate::inference::Inference;
use crate::model::{FittedModel, Infinite};
use crate::multinomial::MultinomialFit;
use crate::solve::aliasing::Alias;
use crate::special::normal_two_sided;

/// What is known of a coefficient.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimate {
    /// A number.
    Finite(f64),
    /// Nothing: its column is a combination of others.
    Aliased,
    /// The likelihood rises as the coefficient grows without end.
    PlusInfinity,
    /// The likelihood rises as the coefficient falls without end.
    MinusInfinity,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Coefficient {
    /// The column, or `(intercept)`.
    pub name: String,
    /// The class, of a model of several.
    pub class: Option<String>,
    /// The estimate.
    pub estimate: Estimate,
    /// Its standard error; `None` where there is none, as of a penalized fit.
    pub standard_error: Option<f64>,
    /// The estimate by its standard error.
    pub statistic: Option<f64>,
    /// The probability of a statistic as far from zero, were the coefficient zero.
    pub p_value: Option<f64>,
    /// Wald's interval.
    pub interval: Option<(f64, f64)>,
}

impl Coefficient {
    fn bare(name: &str, estimate: Estimate) -> Self {
        Self {
            name: name.to_owned(),
            class: None,
            estimate,
            standard_error: None,
            statistic: None,
            p_value: None,
            interval: None,
        }
    }
}

/// The name of the intercept.
const INTERCEPT: &str = "(intercept)";

/// Coefficients without errors, the intercept first.
pub(super) fn plain(names: &[String], intercept: Option<f64>, b: &[f64]) -> Vec<Coefficient> {
    let first = intercept.map(|value| Coefficient::bare(INTERCEPT, Estimate::Finite(value)));
    let others = names.iter().zip(b).map(|(n, &b)| Coefficient::bare(n, Estimate::Finite(b)));
    first.into_iter().chain(others).collect()
}

/// Adds errors, tests and intervals.
pub(super) fn add_inference(
    rows: &mut [Coefficient],
    inference: &Inference,
    level: f64,
) -> Result<(), ArgumentError> {
    let (statistics, p_values) = (inference.statistics(), inference.p_values());
    let intervals = inference.intervals(level)?;
    for (k, row) in rows.iter_mut().enumerate() {
        row.standard_error = inference.standard_errors[k];
        row.statistic = statistics[k];
        row.p_value = p_values[k];
        row.interval = intervals[k];
    }
    Ok(())
}

/// Those of a generalized linear model, with errors where there is inference.
pub(super) fn of_fit(
    names: &[String],
    fitted: &FittedModel,
    inference: Option<&Inference>,
    level: f64,
) -> Result<Vec<Coefficient>, ArgumentError> {
    let intercept = fitted.has_intercept.then_some(fitted.intercept);
    let mut rows = plain(names, intercept, &fitted.coefficients);
    if let Some(inference) = inference {
        add_inference(&mut rows, inference, level)?;
    }
    let infinite = fitted.separation.as_ref().map_or(&[][..], |separation| &separation.infinite);
    mark(&mut rows, names.len(), &fitted.aliased, infinite);
    Ok(rows)
}

/// Marks those of so many columns, and of the intercept before them, that have no finite estimate.
pub(super) fn mark(
    rows: &mut [Coefficient],
    columns: usize,
    aliased: &[Alias],
    infinite: &[Infinite],
) {
    let first = rows.len() - columns;
    let unknown = |row: &mut Coefficient, estimate: Estimate| {
        *row = Coefficient::bare(&row.name, estimate);
    };
    for alias in aliased {
        unknown(&mut rows[first + alias.column], Estimate::Aliased);
    }
    for infinite in infinite {
        let place = infinite.column.map_or(0, |column| first + column);
        let sign = if infinite.positive { Estimate::PlusInfinity } else { Estimate::MinusInfinity };
        unknown(&mut rows[place], sign);
    }
}

/// Those of a fit with Firth's penalty.
pub(super) fn of_firth(
    names: &[String],
    fitted: &FirthFit,
    intercept: bool,
    level: f64,
) -> Result<Vec<Coefficient>, ArgumentError> {
    let mut rows = plain(names, intercept.then_some(fitted.intercept), &fitted.coefficients);
    let first = rows.len() - names.len();
    let intervals = fitted.intervals(level)?;
    for (k, row) in rows.iter_mut().enumerate() {
        let Estimate::Finite(estimate) = row.estimate else { continue };
        row.standard_error = fitted.standard_errors[k];
        row.statistic = row.standard_error.map(|error| estimate / error);
        row.p_value = row.statistic.map(normal_two_sided);
        row.interval = intervals[k];
    }
    for alias in &fitted.aliased {
        rows[first + alias.column] = Coefficient::bare(&names[alias.column], Estimate::Aliased);
    }
    Ok(rows)
}

/// Those of a multinomial model, class after class, without the reference class of a fit that has
/// standard errors; `quantile` is the normal one of the intervals.
pub(super) fn of_classes(
    names: &[String],
    classes: &[String],
    fitted: &MultinomialFit,
    reference: usize,
    quantile: f64,
) -> Vec<Coefficient> {
    let mut all = Vec::new();
    let mut errors = fitted.standard_errors.iter().flatten();
    for (k, class) in classes.iter().enumerate() {
        if fitted.standard_errors.is_some() && k == reference {
            continue;
        }
        let intercept = fitted.has_intercept.then_some(fitted.intercepts[k]);
        let mut rows = plain(names, intercept, &fitted.coefficients[k]);
        let first = rows.len() - names.len();
        let errors = fitted.standard_errors.is_some().then(|| errors.next()).flatten();
        for (place, row) in rows.iter_mut().enumerate() {
            row.class = Some(class.clone());
            let (Some(errors), Estimate::Finite(b)) = (errors, row.estimate) else { continue };
            let error = errors[place];
            if error.is_nan() {
                continue;
            }
            row.standard_error = Some(error);
            row.statistic = Some(b / error);
            row.p_value = row.statistic.map(normal_two_sided);
            row.interval = Some((b - quantile * error, b + quantile * error));
        }
        for alias in &fitted.aliased {
            rows[first + alias.column].estimate = Estimate::Aliased;
        }
        all.append(&mut rows);
    }
    all
}
