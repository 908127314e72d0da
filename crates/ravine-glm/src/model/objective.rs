//! The objective that settings describe, and the checks of all arguments.

use ravine::ArgumentError;
use ravine_data::Design;

use super::settings::GeneralizedLinearModel;
use super::targets::Targets;
use crate::family::{Family, Loss};
use crate::solve::problem::Problem;

/// The objective that the settings describe, all arguments checked.
pub(crate) fn problem_of<'a>(
    model: &GeneralizedLinearModel,
    design: &'a Design,
    targets: &Targets<'a>,
) -> Result<Problem<'a>, ArgumentError> {
    let problem = unchecked_problem(model, design, targets)?;
    check_columns(&problem)?;
    Ok(problem)
}

/// That all entries of the design are finite, in rows that have a weight.
pub(super) fn check_columns(problem: &Problem<'_>) -> Result<(), ArgumentError> {
    let design = problem.design;
    let mut sums = vec![0.0; problem.columns()];
    design.multiply_columns_transposed(&problem.weights, &mut sums);
    match sums.iter().position(|s| !s.is_finite()) {
        None => Ok(()),
        Some(j) => {
            let name = &design.names()[j + usize::from(design.has_intercept())];
            let message = format!("the column `{name}` has an entry that is not finite");
            Err(ArgumentError::new("design", message))
        }
    }
}

/// The same without a look at the entries of the design.
pub(super) fn unchecked_problem<'a>(
    model: &GeneralizedLinearModel,
    design: &'a Design,
    targets: &Targets<'a>,
) -> Result<Problem<'a>, ArgumentError> {
    let loss = model.family.with(model.link.unwrap_or(model.family.default_link()))?;
    let alpha = model.alpha;
    ArgumentError::check(
        alpha >= 0.0 && alpha.is_finite(),
        "alpha",
        alpha,
        "zero or positive, and finite",
    )?;
    ArgumentError::check(
        (0.0..=1.0).contains(&model.l1_ratio),
        "l1_ratio",
        model.l1_ratio,
        "from 0 to 1",
    )?;
    let tolerance = model.tolerance;
    ArgumentError::check(
        tolerance > 0.0 && tolerance < 1.0,
        "tolerance",
        tolerance,
        "above 0 and below 1",
    )?;
    ArgumentError::check(model.iterations > 0, "iterations", model.iterations, "at least 1")?;
    let n = design.columns();
    targets.check(design.rows())?;
    loss.family().check(targets.y)?;
    let total = targets.total_weight();
    let weights: Vec<f64> = (0..targets.y.len()).map(|i| targets.weight(i) / total).collect();
    let per_column = format!("one a column, {n}");
    if let Some(factors) = &model.penalty_factors {
        ArgumentError::check(
            factors.len() == n,
            "penalty_factors.len()",
            factors.len(),
            &per_column,
        )?;
        if let Some(j) = factors.iter().position(|f| !(*f >= 0.0 && f.is_finite())) {
            let name = format!("penalty_factors[{j}]");
            ArgumentError::check(false, &name, factors[j], "zero or positive, and finite")?;
        }
    }
    let factor = |j: usize| model.penalty_factors.as_ref().map_or(1.0, |factors| factors[j]);
    let bounds = if model.lower.is_some() || model.upper.is_some() {
        let lower = model.lower.clone().unwrap_or_else(|| vec![f64::NEG_INFINITY; n]);
        let upper = model.upper.clone().unwrap_or_else(|| vec![f64::INFINITY; n]);
        ArgumentError::check(lower.len() == n, "lower.len()", lower.len(), &per_column)?;
        ArgumentError::check(upper.len() == n, "upper.len()", upper.len(), &per_column)?;
        if let Some(j) =
            (0..n).find(|&j| lower[j].is_nan() || upper[j].is_nan() || lower[j] > upper[j])
        {
            let name = format!("lower[{j}]");
            ArgumentError::check(
                false,
                &name,
                lower[j],
                &format!("at most upper[{j}], {}", upper[j]),
            )?;
        }
        Some((lower, upper))
    } else {
        None
    };
    let intercept = model.intercept || design.has_intercept();
    if intercept {
        check_boundary(loss, targets)?;
    }
    Ok(Problem {
        design,
        y: targets.y,
        weights,
        offset: targets.offset,
        loss,
        intercept,
        l1: (0..n).map(|j| alpha * model.l1_ratio * factor(j)).collect(),
        l2: (0..n).map(|j| alpha * (1.0 - model.l1_ratio) * factor(j)).collect(),
        bounds,
        aliased: vec![false; n],
        interrupter: model.interrupter.clone(),
    })
}

/// Targets whose mean lies where no linear predictor has it.
fn check_boundary(loss: Loss, targets: &Targets<'_>) -> Result<(), ArgumentError> {
    let used = || (0..targets.y.len()).filter(|&i| targets.weight(i) > 0.0).map(|i| targets.y[i]);
    let same = |value: f64| used().all(|y| y == value);
    let boundary = match loss.family() {
        Family::Binomial if same(0.0) => Some("0 in every row: a single class"),
        Family::Binomial if same(1.0) => Some("1 in every row: a single class"),
        Family::Poisson | Family::NegativeBinomial { .. } | Family::Tweedie { .. } if same(0.0) => {
            Some("0 in every row")
        }
        _ => None,
    };
    match boundary {
        Some(boundary) => {
            let message = format!("is {boundary}; the intercept has no finite estimate");
            Err(ArgumentError::new("y", message))
        }
        None => Ok(()),
    }
}
