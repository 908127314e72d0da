//! What `--json` prints.

use ravine_glm::analysis::{Analyzed, Coefficient, Estimate};
use ravine_glm::inference::AicRule;
use serde::Serialize;

use super::data::Data;
use super::report::status;
use super::rows::value;
use crate::args::FitArgs;

#[derive(Serialize)]
pub struct FitObject<'a> {
    data: &'a str,
    formula: Option<&'a str>,
    target: &'a str,
    rows: usize,
    columns: usize,
    family: &'static str,
    link: Option<&'static str>,
    reason: &'a str,
    classes: Option<&'a [String]>,
    l1: f64,
    l2: f64,
    solver: &'a str,
    status: &'static str,
    message: String,
    converged: bool,
    iterations: usize,
    value: f64,
    certificate: f64,
    level: f64,
    coefficients: Vec<CoefficientObject<'a>>,
    deviance: Option<f64>,
    null_deviance: Option<f64>,
    degrees_of_freedom: Option<f64>,
    dispersion: Option<f64>,
    log_likelihood: Option<f64>,
    aic: Option<f64>,
    accuracy: Option<f64>,
    cross_validation: Option<Vec<PenaltyObject>>,
    notes: Vec<&'a str>,
    seconds: f64,
}

#[derive(Serialize)]
struct CoefficientObject<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    estimate: Option<f64>,
    /// Why there is no estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'static str>,
    standard_error: Option<f64>,
    statistic: Option<f64>,
    p_value: Option<f64>,
    interval: Option<(f64, f64)>,
}

#[derive(Serialize)]
struct PenaltyObject {
    alpha: f64,
    l1_ratio: f64,
    deviance: f64,
    standard_error: f64,
}

/// The object of a fit.
pub fn of<'a>(args: &FitArgs, data: &'a Data, found: &'a Analyzed, seconds: f64) -> FitObject<'a> {
    let fit = found.goodness.as_ref();
    FitObject {
        data: &data.name,
        formula: data.formula.as_deref(),
        target: &data.target,
        rows: found.model.rows,
        columns: data.cases.design.columns(),
        family: found.family.name(),
        link: found.link,
        reason: &found.reason,
        classes: found.model.classes.as_deref(),
        l1: found.penalty.0,
        l2: found.penalty.1,
        solver: &found.solver.0,
        status: found.status.name(),
        message: status(found),
        converged: found.status.converged(),
        iterations: found.iterations,
        value: found.objective,
        certificate: found.certificate.value(),
        level: args.inference.level,
        coefficients: found.model.coefficients.iter().map(coefficient).collect(),
        deviance: fit.map(|fit| fit.deviance),
        null_deviance: fit.and_then(|fit| fit.null_deviance),
        degrees_of_freedom: fit.map(|fit| fit.residual_degrees()),
        dispersion: fit.map(|fit| fit.dispersion),
        log_likelihood: fit.and_then(|fit| fit.log_likelihood),
        aic: fit.and_then(|fit| fit.aic(AicRule::CountDispersion)),
        accuracy: found.accuracy,
        cross_validation: found.chosen.as_ref().map(|chosen| {
            let of = |point: &ravine_glm::CrossValidated| PenaltyObject {
                alpha: point.alpha,
                l1_ratio: point.l1_ratio,
                deviance: point.deviance,
                standard_error: point.standard_error,
            };
            chosen.points.iter().map(of).collect()
        }),
        notes: data.notes.iter().chain(&found.notes).map(String::as_str).collect(),
        seconds,
    }
}

fn coefficient(row: &Coefficient) -> CoefficientObject<'_> {
    CoefficientObject {
        name: &row.name,
        class: row.class.as_deref(),
        estimate: value(row),
        instead: match row.estimate {
            Estimate::Finite(_) => None,
            Estimate::Aliased => Some("aliased"),
            Estimate::PlusInfinity => Some("+infinity"),
            Estimate::MinusInfinity => Some("-infinity"),
        },
        standard_error: row.standard_error,
        statistic: row.statistic,
        p_value: row.p_value,
        interval: row.interval,
    }
}
