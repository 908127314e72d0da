//! The objective that the settings of a model describe.

use ravine::ArgumentError;
use ravine_data::Design;

use super::settings::{ColumnGroup, GeneralizedLinearModel, PenaltyUnits};
use super::targets::Targets;
use crate::family::{Family, Loss};
use crate::solve::centring::Moments;
use crate::solve::group::Group;
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
    let groups = groups_of(model, n)?;
    let intercept = model.intercept || design.has_intercept();
    if intercept {
        check_boundary(loss, targets)?;
    }
    let mut l1: Vec<f64> = (0..n).map(|j| alpha * model.l1_ratio * factor(j)).collect();
    let mut l2: Vec<f64> = (0..n).map(|j| alpha * (1.0 - model.l1_ratio) * factor(j)).collect();
    if model.penalty_units == PenaltyUnits::Deviations && alpha > 0.0 {
        if !groups.is_empty() {
            let message = "cannot go together with penalties in deviations of the columns";
            return Err(ArgumentError::new("groups", message));
        }
        for (j, s) in column_deviations(design, &weights, intercept).into_iter().enumerate() {
            l1[j] *= s;
            l2[j] *= s * s;
        }
    }
    groups.iter().flat_map(|group| &group.columns).for_each(|&j| l1[j] = 0.0);
    Ok(Problem {
        design,
        y: targets.y,
        weights,
        offset: targets.offset,
        loss,
        intercept,
        l1,
        l2,
        bounds,
        groups,
        aliased: vec![false; n],
        shifts: Vec::new(),
        interrupter: model.interrupter.clone(),
    })
}

/// `sqrt(sum_i w_i (x_ij - m_j)^2)`, the weights summing to one, with the means where there is an
/// intercept; 1 for a column that is constant to rounding.
pub(crate) fn column_deviations(design: &Design, weights: &[f64], intercept: bool) -> Vec<f64> {
    let moments = Moments::of(design, weights, intercept);
    let deviation = |j: usize| match moments.is_constant(j) {
        true => 1.0,
        false => moments.variances[j].sqrt(),
    };
    (0..design.columns()).map(deviation).collect()
}

/// The groups of columns with their penalties, checked; none where they are not penalized together.
fn groups_of(model: &GeneralizedLinearModel, n: usize) -> Result<Vec<Group>, ArgumentError> {
    let mut of: Vec<Option<usize>> = vec![None; n];
    let bounded = model.lower.is_some() || model.upper.is_some();
    if !model.groups.is_empty() && bounded {
        return Err(ArgumentError::new("groups", "cannot go together with bounds"));
    }
    let factor = |j: usize| model.penalty_factors.as_ref().map_or(1.0, |factors| factors[j]);
    let mut groups = Vec::with_capacity(model.groups.len());
    for (k, ColumnGroup { columns, weight }) in model.groups.iter().enumerate() {
        let name = format!("groups[{k}]");
        let allowed = "columns: at least one";
        let Some(&first) = columns.first() else {
            return Err(ArgumentError::new(name, format!("is empty, but must have {allowed}")));
        };
        for &j in columns {
            let allowed = format!("the number of a column, below {n}");
            ArgumentError::check(j < n, &name, j, &allowed)?;
            if let Some(other) = of[j].replace(k) {
                let message = format!("has column {j}, which is in groups[{other}] already");
                return Err(ArgumentError::new(name, message));
            }
            let allowed = format!("the same in all of {name}, {}", factor(first));
            let argument = format!("penalty_factors[{j}]");
            ArgumentError::check(factor(j) == factor(first), &argument, factor(j), &allowed)?;
        }
        let weight = weight.unwrap_or((columns.len() as f64).sqrt());
        let positive = weight > 0.0 && weight.is_finite();
        let argument = format!("{name}.weight");
        ArgumentError::check(positive, &argument, weight, "positive and finite")?;
        let mut columns = columns.clone();
        columns.sort_unstable();
        let (l1, l2) = (model.alpha * model.l1_ratio, model.alpha * (1.0 - model.l1_ratio));
        groups.push(Group { columns, l1: l1 * weight, l2: l2 * factor(first) });
    }
    groups.retain(|group| group.l1 > 0.0);
    Ok(groups)
}

/// Refuses targets whose mean lies where no linear predictor has it.
fn check_boundary(loss: Loss, targets: &Targets<'_>) -> Result<(), ArgumentError> {
    let used = (0..targets.y.len()).filter(|&i| targets.weight(i) > 0.0).map(|i| targets.y[i]);
    let range = |(low, high): (f64, f64), y: f64| (low.min(y), high.max(y));
    check_range(loss, used.fold((f64::INFINITY, f64::NEG_INFINITY), range))
}

/// The same of the smallest and the largest target.
pub(crate) fn check_range(loss: Loss, (low, high): (f64, f64)) -> Result<(), ArgumentError> {
    let boundary = match loss.family() {
        Family::Binomial if high == 0.0 => "0 in every row: a single class",
        Family::Binomial if low == 1.0 => "1 in every row: a single class",
        Family::Poisson | Family::NegativeBinomial { .. } | Family::Tweedie { .. }
            if high == 0.0 =>
        {
            "0 in every row"
        }
        _ => return Ok(()),
    };
    let message = format!("is {boundary}; the intercept has no finite estimate");
    Err(ArgumentError::new("y", message))
}
