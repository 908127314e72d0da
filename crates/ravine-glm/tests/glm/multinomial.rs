//! Multinomial models beside values of 50 digits.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{
    Certificate, Family, GeneralizedLinearModel, Multinomial, MultinomialCrossValidation,
    MultinomialFit, MultinomialPath, Status, Test,
};

use crate::reference::{assert_close, column, design, numbers, reference};

fn classes(y: &[f64]) -> Vec<usize> {
    y.iter().map(|&y| y as usize).collect()
}

#[test]
fn fits_without_penalty_are_those_of_the_reference() {
    let all = reference();
    let expected = &all["multinomial"]["unpenalized"];
    let x = design(&all, &["x1", "x2"]);
    let y = classes(&column(&all, "y_threeclass"));
    let fitted = Multinomial { tolerance: 1e-14, ..Default::default() }.fit(&x, &y, None).unwrap();
    assert_eq!(fitted.status, Status::Converged(Test::Decrement));
    let errors = fitted.standard_errors.unwrap();
    for k in [1, 2] {
        let mut found = vec![fitted.intercepts[k]];
        found.extend(&fitted.coefficients[k]);
        let name = k.to_string();
        assert_close(&name, &found, &numbers(&expected["coefficients"][&name]), 1e-10);
        assert_close(&name, &errors[k - 1], &numbers(&expected["se"][&name]), 1e-10);
    }
    let likelihood = expected["log_likelihood"].as_f64().unwrap();
    assert_close("log-likelihood", &[fitted.log_likelihood], &[likelihood], 1e-10);
}

#[test]
fn penalized_fits_are_those_of_the_reference() {
    let all = reference();
    let section = &all["multinomial"];
    let x = design(&all, &["x1", "x2", "x3", "x4"]);
    let y = classes(&column(&all, "y_threeclass"));
    let cases =
        section["ridge"].as_array().unwrap().iter().chain(section["l1"].as_array().unwrap());
    for case in cases {
        let l1 = case["l1"].as_f64().unwrap_or(0.0);
        let l2 = case["l2"].as_f64().or(case["alpha"].as_f64()).unwrap();
        let model = Multinomial {
            alpha: l1 + l2,
            l1_ratio: l1 / (l1 + l2),
            tolerance: 1e-18,
            ..Default::default()
        };
        let fitted = model.fit(&x, &y, None).unwrap();
        let name = format!("l1 {l1}, l2 {l2}");
        let Certificate::Gap(gap) = fitted.certificate else { panic!("{name} has no gap") };
        assert!((0.0..1e-14).contains(&gap), "{name}: gap {gap}");
        for (found, expected) in
            fitted.coefficients.iter().zip(case["coefficients"].as_array().unwrap())
        {
            assert_close(&name, found, &numbers(expected), 5e-8);
        }
        let intercepts = case.get("intercepts").or(case.get("intercepts_sum_zero")).unwrap();
        assert_close(&name, &fitted.intercepts, &numbers(intercepts), 5e-8);
        assert_close(&name, &[fitted.objective], &[case["value"].as_f64().unwrap()], 1e-13);
    }
}

#[test]
fn two_classes_are_a_logistic_model() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_binary");
    let logistic = GeneralizedLinearModel {
        tolerance: 1e-14,
        ..GeneralizedLinearModel::new(Family::Binomial)
    };
    let expected = logistic.fit(&x, &y).unwrap();
    let found =
        Multinomial { tolerance: 1e-14, ..Default::default() }.fit(&x, &classes(&y), None).unwrap();
    assert_close("two classes", &found.coefficients[1], &expected.coefficients, 1e-9);
    // With weights, which may be zero.
    let weights: Vec<f64> = (0..16).map(|i| f64::from(i % 5)).collect();
    let targets = ravine_glm::Targets::new(&y).with_weights(&weights);
    let expected = logistic.fit(&x, targets).unwrap();
    let model = Multinomial { tolerance: 1e-14, ..Default::default() };
    let found = model.fit(&x, &classes(&y), Some(&weights)).unwrap();
    assert_close("weights", &found.coefficients[1], &expected.coefficients, 1e-9);
}

#[test]
fn separated_classes_have_no_maximum() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = classes(&numbers(&all["separated"]["y"]));
    let fitted = Multinomial::default().fit(&x, &y, None).unwrap();
    assert_eq!(fitted.status, Status::Separated);
    assert!(fitted.standard_errors.is_none());
}

fn overlapping(rows: usize, columns: usize, count: usize, seed: u64) -> (Design, Vec<usize>) {
    let mut random = Random::new(seed);
    let x = Matrix::from_fn(rows, columns, |_, _| random.normal());
    let y: Vec<usize> =
        (0..rows).map(|i| if i < count { i } else { random.below(count) }).collect();
    (Design::dense(x, (0..columns).map(|j| format!("x{j}")).collect()), y)
}

#[test]
fn lasso_converges_where_classes_overlap() {
    // Twenty rows, twenty columns and classes at random: published schemes stall here.
    for seed in 0..5 {
        let (x, y) = overlapping(20, 20, 3, seed);
        let model =
            Multinomial { alpha: 0.01, l1_ratio: 1.0, tolerance: 1e-11, ..Default::default() };
        let fitted = model.fit(&x, &y, None).unwrap();
        assert_eq!(fitted.status, Status::Converged(Test::Gap), "{:?}", fitted.certificate);
        assert!(fitted.iterations < 60, "{}", fitted.iterations);
    }
}

#[test]
fn many_parameters_are_found_by_products_alone() {
    // 4 x 401 parameters are more than are factorized.
    let (x, y) = overlapping(300, 400, 4, 1);
    let model = Multinomial { alpha: 0.5, tolerance: 1e-12, ..Default::default() };
    let fitted = model.fit(&x, &y, None).unwrap();
    assert_eq!(fitted.status, Status::Converged(Test::Gap));
    assert!(fitted.intercepts.iter().sum::<f64>().abs() < 1e-12);
    // The optimum over all classes has coefficients that add up to zero.
    for j in 0..400 {
        assert!((0..4).map(|k| fitted.coefficients[k][j]).sum::<f64>().abs() < 1e-6);
    }
}

/// The largest entry of `X'(w (p - y)) / W + l2 b` and of the sums of the slopes, from predictions alone.
fn slope(x: &Design, y: &[usize], weights: &[f64], l2: f64, fitted: &MultinomialFit) -> f64 {
    let p = fitted.predict(x).unwrap();
    let total: f64 = weights.iter().sum();
    let mut most = 0.0_f64;
    for (k, b) in fitted.coefficients.iter().enumerate() {
        let rows = 0..y.len();
        let of_row = |i: usize| weights[i] / total * (p[(i, k)] - f64::from(y[i] == k));
        let slopes: Vec<f64> = rows.map(of_row).collect();
        let mut g = vec![0.0; b.len()];
        x.multiply_columns_transposed(&slopes, &mut g);
        most = slopes.iter().sum::<f64>().abs().max(most);
        most = g.iter().zip(b).fold(most, |most, (g, b)| (g + l2 * b).abs().max(most));
    }
    most
}

#[test]
fn conjugate_gradients_find_stationary_points() {
    // Six classes, weights, columns of very different scales: beyond what is factorized.
    let (rows, columns, count) = (500, 15, 6);
    let mut random = Random::new(3);
    let scales: Vec<f64> = (0..columns).map(|j| 10.0_f64.powf(j as f64 / 5.0 - 1.5)).collect();
    let matrix = Matrix::from_fn(rows, columns, |_, j| scales[j] * (random.normal() + 0.5));
    let y: Vec<usize> = (0..rows).map(|i| (i * 7919) % count).collect();
    let weights: Vec<f64> = (0..rows).map(|i| (i % 4) as f64).collect();
    let names = (0..columns).map(|j| format!("x{j}")).collect();
    let dense = Design::dense(matrix, names);
    let sparse = Design::sparse(dense.to_rows());
    let mut found = Vec::new();
    for x in [&dense, &sparse] {
        let model = Multinomial { alpha: 1e-3, tolerance: 1e-13, ..Default::default() };
        let fitted = model.fit(x, &y, Some(&weights)).unwrap();
        assert_eq!(fitted.status, Status::Converged(Test::Gap));
        let slope = slope(x, &y, &weights, 1e-3, &fitted);
        assert!(slope < 1e-7, "slope {slope:e}");
        found.push(fitted.objective);
    }
    // With the Kronecker product and with the diagonal as preconditioner.
    assert!((found[0] - found[1]).abs() < 1e-12, "{found:?}");
}

#[test]
fn wrong_arguments_are_named() {
    let (x, y) = overlapping(12, 2, 3, 1);
    let error = |model: &Multinomial, y: &[usize]| model.fit(&x, y, None).unwrap_err().to_string();
    let plain = Multinomial::default();
    assert!(error(&plain, &[0; 12]).starts_with("classes: is 1"));
    let skipped: Vec<usize> = y.iter().map(|&k| if k == 1 { 3 } else { k }).collect();
    assert!(error(&plain, &skipped).contains("class 1 of 4 has no row"));
    assert!(error(&Multinomial { alpha: -1.0, ..plain.clone() }, &y).starts_with("alpha"));
    assert!(error(&Multinomial { l1_ratio: -1.0, ..plain.clone() }, &y).starts_with("l1_ratio"));
    assert!(
        error(&Multinomial { reference: 3, ..plain.clone() }, &y).starts_with("reference: is 3")
    );
    assert!(error(&plain, &y[1..]).starts_with("y.len(): is 11"));
}

#[test]
fn a_path_begins_where_the_first_coefficient_appears() {
    let (x, y) = overlapping(90, 3, 3, 5);
    let weights: Vec<f64> = (0..90).map(|i| 1.0 + (i % 3) as f64).collect();
    for (intercept, l1_ratio) in [(true, 1.0), (false, 1.0), (true, 0.3)] {
        let model = Multinomial { l1_ratio, intercept, tolerance: 1e-12, ..Default::default() };
        let path = MultinomialPath { model: model.clone(), ..Default::default() };
        let largest = path.largest_alpha(&x, &y, Some(&weights)).unwrap();
        let zeros = |alpha: f64| {
            let fitted =
                Multinomial { alpha, ..model.clone() }.fit(&x, &y, Some(&weights)).unwrap();
            fitted.coefficients.iter().flatten().all(|b| *b == 0.0)
        };
        assert!(zeros(1.0001 * largest) && !zeros(0.9999 * largest), "{intercept} {l1_ratio}");
        let fits = path.fit(&x, &y, Some(&weights)).unwrap();
        for fit in fits.iter().step_by(20) {
            let cold = Multinomial { alpha: fit.alpha, ..model.clone() };
            let cold = cold.fit(&x, &y, Some(&weights)).unwrap();
            assert!((cold.objective - fit.objective).abs() < 1e-11, "{}", fit.alpha);
        }
    }
    let error = MultinomialPath::default().largest_alpha(&x, &y[..5], None).unwrap_err();
    assert!(
        error.to_string().starts_with("y.len()") || error.to_string().contains("rows"),
        "{error}"
    );
}

#[test]
fn cross_validation_of_classes_is_what_copies_of_the_rows_give() {
    let (x, y) = overlapping(90, 3, 3, 5);
    let model = Multinomial { l1_ratio: 1.0, tolerance: 1e-12, ..Default::default() };
    let path = MultinomialPath { model, alphas: Some(vec![0.01, 0.1, 0.03]), ..Default::default() };
    let cross = MultinomialCrossValidation { path, folds: 3, ..Default::default() };
    let chosen = cross.fit(&x, &y, None).unwrap();
    let count =
        |k: usize, fold: usize| (0..90).filter(|&i| y[i] == k && chosen.folds[i] == fold).count();
    for k in 0..3 {
        assert!(count(k, 0).abs_diff(count(k, 2)) <= 1, "class {k}");
    }
    for point in &chosen.points {
        let mut scores = Vec::new();
        for fold in 0..3 {
            let rows = |held: bool| -> Vec<usize> {
                (0..90).filter(|&i| (chosen.folds[i] == fold) == held).collect()
            };
            let part = |rows: &[usize]| {
                let mut part = Design::default();
                x.select_rows(rows, &mut part);
                (part, rows.iter().map(|&i| y[i]).collect::<Vec<usize>>())
            };
            let (training, held) = (part(&rows(false)), part(&rows(true)));
            let model = Multinomial { alpha: point.alpha, ..cross.path.model.clone() };
            let fitted = model.fit(&training.0, &training.1, None).unwrap();
            let p = fitted.predict(&held.0).unwrap();
            let rows = held.1.iter().enumerate();
            let deviance: f64 = rows.map(|(i, &k)| -2.0 * p[(i, k)].ln()).sum();
            scores.push(deviance / held.1.len() as f64);
        }
        let mean = scores.iter().sum::<f64>() / 3.0;
        assert!((mean - point.deviance).abs() < 1e-6, "{mean} {}", point.deviance);
    }
    assert_eq!(chosen.fitted.alpha, chosen.best.alpha);
    let error = MultinomialCrossValidation { folds: 91, ..cross }.fit(&x, &y, None).unwrap_err();
    assert!(error.to_string().starts_with("folds: is 91"), "{error}");
}

/// Rows of a, of a column that is a but for some noise, of c, and three classes of them.
fn nearly_the_same(noise: f64) -> (Vec<[f64; 3]>, Vec<usize>) {
    let mut random = Random::new(41);
    let row = |_| {
        let (a, c) = (random.normal(), random.normal());
        let b = a + noise * random.normal();
        let z = [0.0, a + random.normal(), c + random.normal()];
        let class = (0..3).max_by(|&k, &l| z[k].total_cmp(&z[l])).unwrap();
        ([a, b, c], class)
    };
    (0..500).map(row).unzip()
}

fn design_of(rows: &[[f64; 3]]) -> Design {
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    Design::dense(Matrix::from_fn(rows.len(), 3, |i, j| rows[i][j]), names)
}

#[test]
fn columns_that_are_nearly_the_same_have_exact_errors() {
    for noise in [1e-4, 1e-5, 3e-7] {
        let (rows, classes) = nearly_the_same(noise);
        let apart: Vec<[f64; 3]> = rows.iter().map(|[a, b, c]| [*a, b - a, *c]).collect();
        let model = Multinomial { tolerance: 1e-12, ..Multinomial::default() };
        let near = model.fit(&design_of(&rows), &classes, None).unwrap();
        let other = model.fit(&design_of(&apart), &classes, None).unwrap();
        assert!(near.status.converged() && other.status.converged());
        assert_eq!(near.notes.len(), usize::from(noise < 1e-4), "{:?}", near.notes);
        let (errors, others) = (near.standard_errors.unwrap(), other.standard_errors.unwrap());
        for k in 0..2 {
            for place in [0, 2, 3] {
                let wrong = (errors[k][place] / others[k][place] - 1.0).abs();
                assert!(wrong < 1e-7, "{noise} {k} {place}: {wrong}");
            }
            // Of a that of a less the difference, nearly all of which is the difference.
            assert!((errors[k][1] / others[k][2] - 1.0).abs() < 1e-3);
            // Coefficients of the columns themselves predict the same.
            let [b, d] = [&near.coefficients[k + 1], &other.coefficients[k + 1]];
            assert!((b[0] + b[1] - d[0]).abs() < 1e-5 && (b[2] - d[2]).abs() < 1e-6);
            assert!((near.intercepts[k + 1] - other.intercepts[k + 1]).abs() < 1e-6);
        }
    }
}

#[test]
fn columns_that_are_combinations_are_left_out_and_named() {
    let (rows, classes) = nearly_the_same(1.0);
    let twice: Vec<[f64; 3]> = rows.iter().map(|[a, b, _]| [*a, *b, 2.0 * a - b]).collect();
    let found = Multinomial::default().fit(&design_of(&twice), &classes, None).unwrap();
    let names = ["a", "b", "c"].map(str::to_owned);
    assert!(found.status.converged());
    assert!(found.aliased[0].words(&names).starts_with("`c` is a linear combination"));
    let pair = Matrix::from_fn(rows.len(), 2, |i, j| rows[i][j]);
    let pair = Design::dense(pair, names[..2].to_vec());
    let without = Multinomial::default().fit(&pair, &classes, None).unwrap();
    assert!((found.objective - without.objective).abs() < 1e-12);
    let (errors, others) = (found.standard_errors.unwrap(), without.standard_errors.unwrap());
    for k in 0..3 {
        assert!(found.coefficients[k][2] == 0.0);
        for j in 0..2 {
            assert!((found.coefficients[k][j] - without.coefficients[k][j]).abs() < 1e-6);
        }
    }
    for (errors, others) in errors.iter().zip(&others) {
        assert!(errors[3].is_nan() && errors.len() == 4);
        assert!(errors.iter().zip(others).all(|(a, b)| (a / b - 1.0).abs() < 1e-6));
    }
}
