//! The group lasso beside values of 50 digits and its own conditions of optimality.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{
    Certificate, ColumnGroup, CrossValidation, Family, FittedModel, GeneralizedLinearModel, Path,
    Solver,
};

use crate::reference::{assert_close, design, family_of, numbers, reference, targets_of};

fn pairs() -> Vec<ColumnGroup> {
    [[0, 1], [2, 3], [4, 5]].map(ColumnGroup::new).to_vec()
}

#[test]
fn fits_are_those_of_the_reference() {
    let all = reference();
    let x = design(&all, &["x1", "x2", "x3", "x4", "x5", "x6"]);
    let cases = all["group_lasso"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let number = |key: &str| case[key].as_f64().unwrap();
        let (family, _) = family_of(case);
        let alpha = number("l1") + number("l2");
        let model = GeneralizedLinearModel {
            family,
            alpha,
            l1_ratio: number("l1") / alpha,
            groups: pairs(),
            tolerance: 1e-20,
            iterations: 500,
            ..Default::default()
        };
        let (y, _, _) = targets_of(&all, case);
        let fitted = model.fit(&x, &y).unwrap();
        let Certificate::Gap(gap) = fitted.certificate else { panic!("there is no gap") };
        let id = format!("{family:?} {alpha}");
        assert!((0.0..1e-14).contains(&gap), "{id}: {gap:e}");
        let expected = numbers(&case["coefficients"]);
        assert_close(&id, &fitted.coefficients, &expected, 1e-9);
        assert_close(&id, &[fitted.intercept], &[number("intercept")], 1e-9);
        assert_close(&id, &[fitted.objective], &[number("value")], 1e-12);
        for (found, expected) in fitted.coefficients.iter().zip(&expected) {
            assert_eq!(*found == 0.0, *expected == 0.0, "{id}: {found} and {expected}");
        }
        assert_eq!(fitted.solver, Solver::CoordinateDescent);
        assert!(fitted.reason.contains("groups"), "{}", fitted.reason);
    }
}

/// Groups of several sizes, some columns in none, one of them without penalty.
fn wide(rows: usize, family: Family) -> (Matrix, Vec<f64>, Vec<ColumnGroup>) {
    let mut random = Random::new(6);
    let x = Matrix::from_fn(rows, 40, |_, j| random.normal() * (1.0 + (j % 5) as f64));
    let y = (0..rows)
        .map(|i| {
            let z = 0.4 * x[(i, 0)] - 0.3 * x[(i, 1)] + 0.2 * x[(i, 12)] + 0.5 * x[(i, 38)];
            match family {
                Family::Binomial => f64::from(random.uniform() < 1.0 / (1.0 + (-z).exp())),
                Family::Poisson => (0.3 * z + random.uniform()).exp().round(),
                _ => z + random.normal(),
            }
        })
        .collect();
    let mut groups: Vec<ColumnGroup> = [0..3, 3..4, 4..10, 10..15]
        .map(|range| ColumnGroup::new(range.collect::<Vec<_>>()))
        .to_vec();
    groups.extend((15..35).step_by(2).map(|j| ColumnGroup::new([j + 1, j])));
    groups[2].weight = Some(1.5);
    (x, y, groups)
}

/// `|X'w f'|` and the norms that balance it, group by group and column by column; the groups that are zero
/// and those that are not.
fn assert_optimal(fitted: &FittedModel, x: &Matrix, y: &[f64], factors: &[f64]) -> [usize; 2] {
    let rows = y.len() as f64;
    let slopes: Vec<f64> = (0..y.len())
        .map(|i| fitted.loss.row(y[i], fitted.linear_predictor[i]).slope / rows)
        .collect();
    let mut g = vec![0.0; x.columns()];
    x.multiply_transposed(&slopes, &mut g);
    assert!(slopes.iter().sum::<f64>().abs() < 1e-9, "the intercept");
    let model = &fitted.model;
    let (l1, l2) = (model.alpha * model.l1_ratio, model.alpha * (1.0 - model.l1_ratio));
    let b = &fitted.coefficients;
    let mut alone = vec![true; b.len()];
    let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let (mut zero, mut used) = (0, 0);
    for group in &model.groups {
        let weight = l1 * group.weight.unwrap_or((group.columns.len() as f64).sqrt());
        let own: Vec<f64> = group.columns.iter().map(|&j| b[j]).collect();
        group.columns.iter().for_each(|&j| alone[j] = false);
        let length = norm(&own);
        let rest: Vec<f64> = group
            .columns
            .iter()
            .map(|&j| {
                g[j] + if length > 0.0 { (l2 * factors[j] + weight / length) * b[j] } else { 0.0 }
            })
            .collect();
        if length == 0.0 {
            zero += 1;
            assert!(norm(&rest) <= weight * (1.0 + 1e-9), "{group:?}");
        } else {
            used += 1;
            assert!(own.iter().all(|&b| b != 0.0), "{group:?}: {own:?}");
            assert!(norm(&rest) < 1e-7, "{group:?}: {rest:?}");
        }
    }
    for j in (0..b.len()).filter(|&j| alone[j]) {
        let (l1, g) = (l1 * factors[j], g[j] + l2 * factors[j] * b[j]);
        let violation = if b[j] == 0.0 { g.abs() - l1 } else { (g + l1 * b[j].signum()).abs() };
        assert!(violation < 1e-7, "column {j}: {violation}");
    }
    [zero, used]
}

#[test]
fn fits_satisfy_their_conditions() {
    let (mut zero, mut used) = (0, 0);
    for family in [Family::Gaussian, Family::Binomial, Family::Poisson] {
        for (rows, l1_ratio) in [(120, 1.0), (120, 0.6), (30, 0.9)] {
            let (x, y, groups) = wide(rows, family);
            let mut factors = vec![1.0; 40];
            (factors[38], factors[39]) = (0.0, 2.0);
            (factors[0], factors[1], factors[2]) = (0.5, 0.5, 0.5);
            let model = GeneralizedLinearModel {
                family,
                alpha: 0.12,
                l1_ratio,
                groups,
                penalty_factors: Some(factors.clone()),
                tolerance: 1e-13,
                ..Default::default()
            };
            let names = (0..40).map(|j| format!("x{j}")).collect();
            let fitted = model.fit(&Design::dense(x.clone(), names), &y).unwrap();
            let id = format!("{family:?} {rows} {l1_ratio}");
            assert!(
                fitted.status.converged(),
                "{id}: {:?} {:?}",
                fitted.status,
                fitted.certificate
            );
            let counts = assert_optimal(&fitted, &x, &y, &factors);
            (zero, used) = (zero + counts[0], used + counts[1]);
            assert!(fitted.coefficients[38] != 0.0, "{id}: without penalty");
        }
    }
    assert!(zero > 20 && used > 20, "{zero} zero, {used} used");
}

/// Groups of one column are the lasso; a weight of 1 and sqrt(1) are the same.
#[test]
fn groups_of_one_are_the_lasso() {
    let (x, y, _) = wide(80, Family::Binomial);
    let x = Design::dense(x, (0..40).map(|j| format!("x{j}")).collect());
    let lasso = GeneralizedLinearModel {
        family: Family::Binomial,
        alpha: 0.1,
        l1_ratio: 0.8,
        tolerance: 1e-14,
        ..Default::default()
    };
    let groups = (0..40).map(|j| ColumnGroup::new([j])).collect();
    let grouped = GeneralizedLinearModel { groups, ..lasso.clone() };
    let (one, other) = (lasso.fit(&x, &y).unwrap(), grouped.fit(&x, &y).unwrap());
    assert_close("coefficients", &other.coefficients, &one.coefficients, 1e-7);
    assert!((one.objective - other.objective).abs() < 1e-13);
}

/// A rotation of a group's columns rotates its coefficients: the norm does not see it.
#[test]
fn rotations_within_a_group_change_nothing() {
    let (x, y, groups) = wide(60, Family::Gaussian);
    let (cosine, sine) = (0.6, 0.8);
    let rotated = Matrix::from_fn(60, 40, |i, j| match j {
        0 => cosine * x[(i, 0)] - sine * x[(i, 1)],
        1 => sine * x[(i, 0)] + cosine * x[(i, 1)],
        _ => x[(i, j)],
    });
    let model = GeneralizedLinearModel {
        alpha: 0.2,
        l1_ratio: 1.0,
        groups,
        tolerance: 1e-14,
        ..Default::default()
    };
    let names = || (0..40).map(|j| format!("x{j}")).collect();
    let one = model.fit(&Design::dense(x, names()), &y).unwrap();
    let other = model.fit(&Design::dense(rotated, names()), &y).unwrap();
    assert!((one.objective - other.objective).abs() < 1e-12);
    let (b, c) = (&one.coefficients, &other.coefficients);
    let back = [cosine * c[0] + sine * c[1], -sine * c[0] + cosine * c[1]];
    assert!(b[0] != 0.0 && b[1] != 0.0);
    assert_close("rotated back", &back, &b[..2], 1e-6);
}

#[test]
fn paths_begin_where_the_first_group_enters() {
    let (x, y, groups) = wide(60, Family::Gaussian);
    let x = Design::dense(x, (0..40).map(|j| format!("x{j}")).collect());
    let model = GeneralizedLinearModel { l1_ratio: 1.0, groups, ..Default::default() };
    let path = Path { model: model.clone(), count: 12, ..Default::default() };
    let largest = path.largest_alpha(&x, &y).unwrap();
    for (factor, zero) in [(1.000_001, true), (0.999, false)] {
        let model = GeneralizedLinearModel { alpha: factor * largest, ..model.clone() };
        let fitted = model.fit(&x, &y).unwrap();
        assert_eq!(fitted.coefficients.iter().all(|&b| b == 0.0), zero, "{factor}");
    }
    let points = path.fit(&x, &y).unwrap();
    assert!(points.iter().all(|point| point.status.converged()));
    let chosen = CrossValidation { path, folds: 4, ..Default::default() }.fit(&x, &y).unwrap();
    assert!(chosen.fitted.status.converged());
}

#[test]
fn groups_that_cannot_be_are_refused() {
    let (x, y, _) = wide(30, Family::Gaussian);
    let x = Design::dense(x, (0..40).map(|j| format!("x{j}")).collect());
    let base = GeneralizedLinearModel { alpha: 0.1, l1_ratio: 1.0, ..Default::default() };
    let refused = |model: GeneralizedLinearModel, expected: &str| {
        assert_eq!(model.fit(&x, &y).unwrap_err().to_string(), expected);
    };
    let with = |groups: Vec<ColumnGroup>| GeneralizedLinearModel { groups, ..base.clone() };
    refused(
        with(vec![ColumnGroup::new([])]),
        "groups[0]: is empty, but must have columns: at least one",
    );
    refused(
        with(vec![ColumnGroup::new([40])]),
        "groups[0]: is 40, but must be the number of a column, below 40",
    );
    refused(
        with(vec![ColumnGroup::new([1, 2]), ColumnGroup::new([2])]),
        "groups[1]: has column 2, which is in groups[0] already",
    );
    refused(
        with(vec![ColumnGroup { columns: vec![1], weight: Some(0.0) }]),
        "groups[0].weight: is 0.0, but must be positive and finite",
    );
    let bounded = GeneralizedLinearModel { lower: Some(vec![0.0; 40]), ..with(pairs()) };
    refused(bounded, "groups: cannot go together with bounds");
    let mut factors = vec![1.0; 40];
    factors[1] = 2.0;
    let uneven = GeneralizedLinearModel { penalty_factors: Some(factors), ..with(pairs()) };
    refused(uneven, "penalty_factors[1]: is 2.0, but must be the same in all of groups[0], 1");
    let cholesky = GeneralizedLinearModel { solver: Solver::Cholesky, ..with(pairs()) };
    assert!(cholesky.fit(&x, &y).is_err());
}
