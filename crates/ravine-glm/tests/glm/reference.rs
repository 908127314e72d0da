//! The reference table and its fits: coefficients and statistics computed in 50-digit arithmetic.

use ravine::matrix::Matrix;
use ravine_data::Design;
use ravine_glm::{Family, Link};
use serde_json::Value;

/// All sections.
pub fn reference() -> Value {
    serde_json::from_str(include_str!("../data/reference.json")).unwrap()
}

/// An array of numbers.
pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// A numeric column of the table.
pub fn column(all: &Value, name: &str) -> Vec<f64> {
    match name.strip_prefix("g[T.").and_then(|rest| rest.strip_suffix(']')) {
        Some(level) => {
            let codes = all["table"]["g"].as_array().unwrap();
            codes.iter().map(|g| f64::from(g.as_str() == Some(level))).collect()
        }
        None => numbers(&all["table"][name]),
    }
}

/// The columns of that name, dense and without intercept.
pub fn design(all: &Value, names: &[&str]) -> Design {
    let columns: Vec<Vec<f64>> = names.iter().map(|name| column(all, name)).collect();
    let entries = columns.concat();
    let matrix = Matrix::from_entries(entries.len() / names.len(), names.len(), entries);
    Design::dense(matrix, names.iter().map(|&name| name.to_owned()).collect())
}

/// The names of the columns of a case, without the intercept, and whether it has one.
pub fn columns_of(case: &Value) -> (Vec<&str>, bool) {
    let names = case["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let names: Vec<&str> = names.collect();
    let intercept = names[0] == "(Intercept)";
    (names[usize::from(intercept)..].to_vec(), intercept)
}

/// Family and link of a case.
pub fn family_of(case: &Value) -> (Family, Link) {
    let parameter = case["parameter"].as_f64();
    let name = case.get("family").or(case.get("loss")).unwrap().as_str().unwrap();
    let family = match name {
        "gaussian" => Family::Gaussian,
        "binomial" | "logistic" => Family::Binomial,
        "poisson" => Family::Poisson,
        "gamma" => Family::Gamma,
        "inverse_gaussian" => Family::InverseGaussian,
        "negative_binomial" => Family::NegativeBinomial { alpha: parameter.unwrap() },
        "tweedie" => Family::Tweedie { power: parameter.unwrap() },
        "huber" => Family::Huber { delta: parameter.unwrap() },
        "squared_hinge" => Family::SquaredHinge,
        "smoothed_hinge" => Family::SmoothedHinge { width: parameter.unwrap() },
        other => panic!("the family {other}"),
    };
    let link = match case["link"].as_str() {
        None => family.default_link(),
        Some("identity") => Link::Identity,
        Some("log") => Link::Log,
        Some("inverse") => Link::Inverse,
        Some("inverse_squared") => Link::InverseSquared,
        Some("logit") => Link::Logit,
        Some("probit") => Link::Probit,
        Some("cloglog") => Link::ComplementaryLogLog,
        Some(other) => panic!("the link {other}"),
    };
    (family, link)
}

/// Targets, weights and offset of a case; of successes among trials, the share and the trials.
pub fn targets_of(all: &Value, case: &Value) -> (Vec<f64>, Option<Vec<f64>>, Option<Vec<f64>>) {
    let mut y = column(all, case["target"].as_str().unwrap());
    let mut weights = case.get("weights").filter(|w| !w.is_null()).map(|_| column(all, "weight"));
    if case.get("trials").is_some_and(|t| !t.is_null()) {
        let trials = column(all, "trials");
        y.iter_mut().zip(&trials).for_each(|(y, m)| *y /= m);
        weights = Some(trials);
    }
    let offset = case
        .get("offset")
        .filter(|o| !o.is_null())
        .map(|_| column(all, "exposure").iter().map(|e| e.ln()).collect::<Vec<f64>>());
    (y, weights, offset)
}

/// Asserts that two lists are the same to `tolerance`, absolutely and relatively.
#[track_caller]
pub fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let difference = (a - b).abs() / b.abs().max(1.0);
        assert!(difference <= tolerance, "{what}: entry {i} is {a} in place of {b}");
    }
}
