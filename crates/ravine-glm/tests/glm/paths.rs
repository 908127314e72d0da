//! Paths, cross-validation, hinges and categories.

use ravine::Threads;
use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::{Codes, Design};
use ravine_glm::inference::InferenceSettings;
use ravine_glm::{
    Certificate, CrossValidation, Family, GeneralizedLinearModel, HingeMachine, Path, PenaltyUnits,
    Solver, Targets,
};

use crate::reference::{assert_close, column, design, reference};

#[test]
fn largest_alphas_are_those_of_the_reference() {
    let all = reference();
    let x = design(&all, &["x1", "x2", "x3", "x4", "x5", "x6"]);
    for (name, family, target) in [
        ("gaussian", Family::Gaussian, "y_gaussian"),
        ("logistic", Family::Binomial, "y_binary"),
        ("poisson", Family::Poisson, "y_count"),
        ("gamma", Family::Gamma, "y_positive"),
        ("tweedie", Family::Tweedie { power: 1.5 }, "y_semicontinuous"),
    ] {
        let model = GeneralizedLinearModel { family, l1_ratio: 1.0, ..Default::default() };
        let path = Path { model, ..Default::default() };
        let y = column(&all, target);
        let expected = &all["penalized"]["lambda_max"][name];
        let found = path.largest_alpha(&x, &y).unwrap();
        assert_close(name, &[found], &[expected["value"].as_f64().unwrap()], 1e-12);
        // Just above all coefficients are zero, just below one is not.
        for (factor, zero) in [(1.000_001, true), (0.999, false)] {
            let model = GeneralizedLinearModel { alpha: factor * found, ..path.model.clone() };
            let fitted = model.fit(&x, &y).unwrap();
            assert_eq!(fitted.coefficients.iter().all(|&b| b == 0.0), zero, "{name} {factor}");
        }
        let null = expected["null_intercept"].as_f64().unwrap();
        let model = GeneralizedLinearModel { alpha: 2.0 * found, ..path.model.clone() };
        assert_close(name, &[model.fit(&x, &y).unwrap().intercept], &[null], 1e-12);
    }
}

#[test]
fn points_of_a_path_are_fits_of_their_own() {
    let all = reference();
    let x = design(&all, &["x1", "x2", "x3", "x4", "x5", "x6"]);
    let y = column(&all, "y_count");
    let model = GeneralizedLinearModel {
        family: Family::Poisson,
        l1_ratio: 0.8,
        penalty_factors: Some(vec![1.0, 0.0, 1.0, 2.0, 1.0, 1.0]),
        tolerance: 1e-12,
        ..Default::default()
    };
    let path = Path { model: model.clone(), count: 12, ratio: Some(1e-3), ..Default::default() };
    let points = path.fit(&x, &y).unwrap();
    // The column without penalty is in use from the start.
    assert!(points[0].coefficients[1] != 0.0);
    assert!((0..6).filter(|&j| j != 1).all(|j| points[0].coefficients[j].abs() < 1e-6));
    for point in &points {
        assert!(point.status.converged());
        let cold = GeneralizedLinearModel { alpha: point.model.alpha, ..model.clone() };
        let cold = cold.fit(&x, &y).unwrap();
        assert!((cold.objective - point.objective).abs() < 1e-11, "{}", point.model.alpha);
    }
}

#[test]
fn folds_are_shared_and_keep_classes_and_groups() {
    let y: Vec<f64> = (0..60).map(|i| f64::from(i % 3 == 0)).collect();
    let model = GeneralizedLinearModel::new(Family::Binomial);
    let plain = CrossValidation {
        path: Path { model, ..Default::default() },
        folds: 4,
        ..Default::default()
    };
    let folds = plain.assign(&y).unwrap();
    assert_eq!(folds, plain.assign(&y).unwrap());
    for fold in 0..4 {
        let members = (0..60).filter(|&i| folds[i] == fold);
        assert_eq!(members.clone().count(), 15);
        assert_eq!(members.filter(|&i| y[i] == 1.0).count(), 5);
    }
    let groups: Vec<usize> = (0..60).map(|i| i / 5).collect();
    let grouped = CrossValidation { groups: Some(groups.clone()), ..plain.clone() };
    let folds = grouped.assign(&y).unwrap();
    assert!((0..60).all(|i| folds[i] == folds[groups[i] * 5]));
    let error = CrossValidation { folds: 13, ..grouped }.assign(&y).unwrap_err().to_string();
    assert!(error.starts_with("folds: is 13"), "{error}");
}

#[test]
fn cross_validation_is_what_copies_of_the_rows_give() {
    let all = reference();
    let x = design(&all, &["x1", "x2", "x3", "x4"]);
    let y = column(&all, "y_gaussian");
    let model = GeneralizedLinearModel { l1_ratio: 1.0, tolerance: 1e-12, ..Default::default() };
    let path = Path { model, alphas: Some(vec![0.01, 0.3, 0.1]), ..Default::default() };
    let cross = CrossValidation { path, folds: 4, ..Default::default() };
    let chosen = cross.fit(&x, &y).unwrap();
    assert_eq!(chosen.points.iter().map(|p| p.alpha).collect::<Vec<_>>(), [0.3, 0.1, 0.01]);
    for point in &chosen.points {
        let mut scores = Vec::new();
        for fold in 0..4 {
            let rows = |held: bool| -> Vec<usize> {
                (0..16).filter(|&i| (chosen.folds[i] == fold) == held).collect()
            };
            let part = |rows: &[usize]| {
                let mut part = Design::default();
                x.select_rows(rows, &mut part);
                (part, rows.iter().map(|&i| y[i]).collect::<Vec<f64>>())
            };
            let (training, held) = (part(&rows(false)), part(&rows(true)));
            let model = GeneralizedLinearModel { alpha: point.alpha, ..cross.path.model.clone() };
            let fitted = model.fit(&training.0, &training.1).unwrap();
            let mu = fitted.predict(&held.0, None).unwrap();
            let square: f64 = mu.iter().zip(&held.1).map(|(m, y)| (m - y).powi(2)).sum();
            scores.push(square / mu.len() as f64);
        }
        let mean = scores.iter().sum::<f64>() / 4.0;
        assert!((mean - point.deviance).abs() < 1e-6, "{mean} {}", point.deviance);
        let square: f64 = scores.iter().map(|s| (s - mean).powi(2)).sum();
        assert!(((square / 12.0).sqrt() - point.standard_error).abs() < 1e-6);
    }
    assert_eq!(chosen.fitted.model.alpha, chosen.best.alpha);
    assert!(chosen.points.iter().all(|p| p.deviance >= chosen.best.deviance));
}

#[test]
fn the_hinge_is_the_limit_of_smoothed_hinges() {
    let all = reference();
    let mut x = design(&all, &["x1", "x2", "x3"]);
    let y = column(&all, "y_binary");
    let machine =
        HingeMachine { alpha: 0.05, intercept: false, tolerance: 1e-10, ..Default::default() };
    let fitted = machine.fit(&x, &y).unwrap();
    assert!(fitted.status.converged());
    let Certificate::Gap(gap) = fitted.certificate else { panic!("no gap") };
    assert!((0.0..1e-9).contains(&gap));
    // The smoothed hinge is below the hinge by at most half its width.
    for width in [1e-2, 1e-4] {
        let smooth = GeneralizedLinearModel {
            family: Family::SmoothedHinge { width },
            alpha: 0.05,
            intercept: false,
            tolerance: 1e-9,
            iterations: 5000,
            ..Default::default()
        };
        let objective = smooth.fit(&x, &y).unwrap().objective;
        let difference = fitted.objective - objective;
        assert!(difference > -1e-8 && difference <= 0.5 * width, "{width}: {difference}");
    }
    // Primal and dual belong together, and a penalized intercept is a column of ones.
    assert!(fitted.dual.iter().all(|a| (0.0..=1.0).contains(a)));
    let ones = Design::dense(Matrix::from_fn(16, 1, |_, _| 1.0), vec!["one".into()]);
    let with = HingeMachine { intercept: true, ..machine.clone() }.fit(&x, &y).unwrap();
    x.append(ones).unwrap();
    let column = machine.fit(&x, &y).unwrap();
    assert!((with.intercept - column.coefficients[3]).abs() < 1e-5);
    assert!((with.objective - column.objective).abs() < 1e-9);
    // Weights count rows.
    let weights: Vec<f64> = (0..16).map(|i| f64::from(1 + i % 2)).collect();
    let repeated: Vec<usize> = (0..16).flat_map(|i| vec![i; 1 + i % 2]).collect();
    let mut rows = Design::default();
    x.select_rows(&repeated, &mut rows);
    let many: Vec<f64> = repeated.iter().map(|&i| y[i]).collect();
    let weighted = machine.fit(&x, Targets::new(&y).with_weights(&weights)).unwrap();
    assert!((weighted.objective - machine.fit(&rows, &many).unwrap().objective).abs() < 1e-9);
    let error = machine.fit(&x, &[0.5; 16]).unwrap_err().to_string();
    assert!(error.starts_with("y: squared-hinge needs 0 or 1"), "{error}");
}

#[test]
fn categories_as_codes_are_indicator_columns() {
    let mut random = Random::new(3);
    let rows = 400;
    let (levels, others) = (7, 4);
    let draw = |random: &mut Random, levels: usize| -> Vec<Option<u32>> {
        (0..rows).map(|_| (random.below(levels + 1) as u32).checked_sub(1)).collect()
    };
    let (g, h) = (draw(&mut random, levels), draw(&mut random, others));
    let x: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
    let one_hot = Matrix::from_fn(rows, 1 + levels + others, |i, j| match j {
        0 => x[i],
        j if j <= levels => f64::from(g[i] == Some(j as u32 - 1)),
        j => f64::from(h[i] == Some((j - 1 - levels) as u32)),
    });
    let y: Vec<f64> = (0..rows)
        .map(|i| {
            let z = 0.5 * x[i] + f64::from(g[i].unwrap_or(7)) / 5.0
                - f64::from(h[i].unwrap_or(3)) / 4.0;
            (z + random.normal()).exp().floor()
        })
        .collect();
    let names: Vec<String> = (0..1 + levels + others).map(|j| format!("x{j}")).collect();
    let mut codes = Design::dense(Matrix::from_entries(rows, 1, x), vec!["x".into()]);
    let level_names = |count: usize| (0..count).map(|k| format!("[{k}]")).collect::<Vec<_>>();
    codes.append(Design::categorical(Codes::new(g, levels).unwrap(), level_names(levels))).unwrap();
    codes.append(Design::categorical(Codes::new(h, others).unwrap(), level_names(others))).unwrap();
    let dense = Design::dense(one_hot, names);
    for (alpha, l1_ratio, solver) in [
        (0.0, 0.0, Solver::Cholesky),
        (0.01, 0.0, Solver::NewtonCg),
        (0.01, 0.0, Solver::Lbfgs),
        (0.02, 0.9, Solver::CoordinateDescent),
    ] {
        let model = GeneralizedLinearModel {
            family: Family::Poisson,
            alpha,
            l1_ratio,
            solver,
            tolerance: 1e-13,
            iterations: 1000,
            ..Default::default()
        };
        let (a, b) = (model.fit(&codes, &y).unwrap(), model.fit(&dense, &y).unwrap());
        assert!(a.status.converged(), "{solver:?} {:?}", a.status);
        let tolerance = if solver == Solver::Cholesky { 1e-11 } else { 1e-6 };
        assert_close(solver.name(), &a.coefficients, &b.coefficients, tolerance);
        if alpha == 0.0 {
            let settings = InferenceSettings::default();
            let (a, b) = (
                a.inference(&codes, &y, &settings).unwrap(),
                b.inference(&dense, &y, &settings).unwrap(),
            );
            assert_close("covariance", a.covariance.entries(), b.covariance.entries(), 1e-11);
            assert_close("leverages", &a.leverages, &b.leverages, 1e-11);
        }
    }
}

#[test]
fn wrong_settings_of_paths_are_named() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_gaussian");
    let error = |path: Path| path.fit(&x, &y).unwrap_err().to_string();
    assert!(
        error(Path { alphas: Some(Vec::new()), ..Default::default() }).starts_with("alphas.len()")
    );
    assert!(
        error(Path { alphas: Some(vec![-1.0]), ..Default::default() }).starts_with("alphas[0]")
    );
    assert!(error(Path { count: 0, ..Default::default() }).starts_with("count"));
    assert!(error(Path { ratio: Some(2.0), ..Default::default() }).starts_with("ratio"));
    let constant = Path::default().fit(&x, &[2.0; 16]).unwrap_err().to_string();
    assert!(constant.contains("do not depend on any penalized column"), "{constant}");
}

#[test]
fn penalties_in_deviations_are_those_of_standardized_columns() {
    let mut random = Random::new(4);
    let (rows, scales) = (80, [1e-4, 1.0, 300.0, 7.0]);
    let weights: Vec<f64> = (0..rows).map(|_| 0.2 + random.uniform()).collect();
    let total: f64 = weights.iter().sum();
    let x = Matrix::from_fn(rows, 4, |_, j| scales[j] * (5.0 * (j % 2) as f64 + random.normal()));
    let y: Vec<f64> =
        (0..rows).map(|i| x[(i, 0)] * 1e4 - x[(i, 2)] / 200.0 + random.normal()).collect();
    let names = || ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    for intercept in [true, false] {
        let mean = |j: usize| match intercept {
            true => (0..rows).map(|i| weights[i] * x[(i, j)]).sum::<f64>() / total,
            false => 0.0,
        };
        let means: Vec<f64> = (0..4).map(mean).collect();
        let deviation = |j: usize| {
            let square = |i: usize| weights[i] * (x[(i, j)] - means[j]).powi(2);
            ((0..rows).map(square).sum::<f64>() / total).sqrt()
        };
        let deviations: Vec<f64> = (0..4).map(deviation).collect();
        let standardized = Matrix::from_fn(rows, 4, |i, j| (x[(i, j)] - means[j]) / deviations[j]);
        let targets = Targets { y: &y, weights: Some(&weights), offset: None };
        for l1_ratio in [0.0, 0.6, 1.0] {
            let plain = GeneralizedLinearModel {
                alpha: 0.05,
                l1_ratio,
                intercept,
                tolerance: 1e-14,
                ..Default::default()
            };
            let own =
                GeneralizedLinearModel { penalty_units: PenaltyUnits::Deviations, ..plain.clone() };
            let found = own.fit(&Design::dense(x.clone(), names()), targets).unwrap();
            let expected =
                plain.fit(&Design::dense(standardized.clone(), names()), targets).unwrap();
            for j in 0..4 {
                let (b, unit) = (found.coefficients[j] * deviations[j], expected.coefficients[j]);
                assert!((b - unit).abs() < 1e-6, "{intercept} {l1_ratio} {j}: {b} {unit}");
            }
            assert!((found.objective - expected.objective).abs() < 1e-10);
            let path = |model: &GeneralizedLinearModel, x: &Matrix| {
                let path = Path { model: model.clone(), ..Default::default() };
                path.largest_alpha(&Design::dense(x.clone(), names()), targets).unwrap()
            };
            let (mine, theirs) = (path(&own, &x), path(&plain, &standardized));
            assert!((mine / theirs - 1.0).abs() < 1e-10, "{mine} {theirs}");
        }
    }
    let groups = vec![ravine_glm::ColumnGroup::new([0, 1])];
    let units = PenaltyUnits::Deviations;
    let model = GeneralizedLinearModel {
        alpha: 0.1,
        l1_ratio: 1.0,
        penalty_units: units,
        groups,
        ..Default::default()
    };
    let error = model.fit(&Design::dense(x, names()), &y).unwrap_err().to_string();
    assert!(
        error.starts_with("groups: cannot go together with penalties in deviations"),
        "{error}"
    );
}

/// Rows, a target, weights and an offset; one column lies far from zero.
fn weighted_rows() -> (Design, Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut random = Random::new(5);
    let (rows, columns) = (120, 9);
    let x = Matrix::from_fn(rows, columns, |_, j| {
        random.normal() + if j == 4 { 2.0e4 } else { 0.5 * j as f64 }
    });
    let offset: Vec<f64> = (0..rows).map(|_| random.normal()).collect();
    let y = (0..rows)
        .map(|i| 3.0 + x[(i, 0)] - 0.5 * x[(i, 4)] + offset[i] + random.normal())
        .collect();
    let weights = (0..rows).map(|i| [1.0, 0.0, 2.5][i % 3]).collect();
    let names = (0..columns).map(|j| format!("x{j}")).collect();
    (Design::dense(x, names), y, weights, offset)
}

/// Mean squares of rows held out by fits of the training rows themselves.
fn squares_by_fits(
    path: &Path,
    (design, y, weights, offset): &(Design, Vec<f64>, Vec<f64>, Vec<f64>),
    (ratio, alphas): &(f64, Vec<f64>),
    (training, held): &(Vec<usize>, Vec<usize>),
) -> Vec<f64> {
    let mut own = vec![0.0; y.len()];
    training.iter().for_each(|&i| own[i] += weights[i]);
    let targets = Targets { y, weights: Some(&own), offset: Some(offset) };
    let total: f64 = held.iter().map(|&i| weights[i]).sum();
    let of_alpha = |&alpha: &f64| {
        let model = GeneralizedLinearModel { alpha, l1_ratio: *ratio, ..path.model.clone() };
        let fitted = model.fit(design, targets).unwrap();
        assert!(fitted.status.converged());
        let square = |&i: &usize| weights[i] * (y[i] - fitted.linear_predictor[i]).powi(2);
        held.iter().map(square).sum::<f64>() / total
    };
    alphas.iter().map(of_alpha).collect()
}

#[test]
fn gram_matrices_say_of_held_out_rows_what_fits_say() {
    let data = weighted_rows();
    let (design, y, weights, offset) = &data;
    let targets = Targets { y, weights: Some(weights), offset: Some(offset) };
    // A fold, a part of the others, rows that are drawn twice.
    let all: Vec<usize> = (0..120).collect();
    let fold = |k: usize| all.iter().copied().partition(|i| i % 4 != k);
    let splits: Vec<(Vec<usize>, Vec<usize>)> = vec![
        fold(0),
        fold(3),
        ((0..50).collect(), (50..80).collect()),
        ((0..90).chain(0..30).collect(), (90..120).collect()),
    ];
    let grids = [(1.0, vec![0.5, 0.1, 1e-3]), (0.5, vec![0.3, 0.02])];
    for factors in [None, Some(vec![1.0, 0.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0])] {
        // Without an intercept the far column is large, as are the squares that gaps are relative to.
        for (intercept, exact) in [(true, 1e-5), (false, 1e-3)] {
            let model = GeneralizedLinearModel {
                tolerance: 1e-12,
                intercept,
                penalty_factors: factors.clone(),
                ..Default::default()
            };
            let path = Path { model, ..Path::default() };
            let found = path.held_out(design, targets, &grids, &splits).unwrap();
            for (of_grid, grid) in found.iter().zip(&grids) {
                for (of_split, split) in of_grid.iter().zip(&splits) {
                    let expected = squares_by_fits(&path, &data, grid, split);
                    for (found, expected) in of_split.iter().zip(&expected) {
                        let error = (found - expected).abs();
                        assert!(error <= exact * expected, "{found} {expected} {intercept}");
                    }
                }
            }
            let two = Threads::new(2).unwrap();
            let again = two.during(|| path.held_out(design, targets, &grids, &splits)).unwrap();
            assert_eq!(found, again);
        }
    }
}

#[test]
fn residuals_that_are_nearly_zero_are_taken_from_the_rows() {
    let mut random = Random::new(6);
    let x = Matrix::from_fn(60, 3, |_, _| random.normal());
    let y: Vec<f64> =
        (0..60).map(|i| 1.0 + x[(i, 0)] - 2.0 * x[(i, 2)] + 1e-7 * random.normal()).collect();
    let x = Design::dense(x, ["a", "b", "c"].map(str::to_owned).to_vec());
    let path = Path {
        model: GeneralizedLinearModel { tolerance: 1e-15, ..Default::default() },
        ..Path::default()
    };
    let split = ((0..40).collect(), (40..60).collect());
    let found = path.held_out(&x, &y, &[(1.0, vec![1e-10])], &[split]).unwrap()[0][0][0];
    assert!((1e-15..1e-13).contains(&found), "{found}");
}

#[test]
fn splits_without_rows_or_weights_are_told() {
    let (design, y, mut weights, _) = weighted_rows();
    let grid = [(1.0, vec![0.1])];
    let path = Path::default();
    let of = |weights: &[f64], split: (Vec<usize>, Vec<usize>)| {
        let targets = Targets { y: &y, weights: Some(weights), offset: None };
        path.held_out(&design, targets, &grid, &[split])
    };
    let error = of(&weights, (vec![0, 120], vec![1])).unwrap_err().to_string();
    assert_eq!(error, "splits[0]: is 120, but must be a row, below 120");
    let error = of(&weights, (vec![], vec![0])).unwrap_err().to_string();
    assert_eq!(error, "weights: are zero in all rows but those held out");
    // Row 1 has no weight.
    assert!(of(&weights, ((2..120).collect(), vec![1])).unwrap()[0][0].is_empty());
    weights.fill(1.0);
    assert_eq!(of(&weights, ((2..120).collect(), vec![1])).unwrap()[0][0].len(), 1);
}
