//! Firth's penalty, and the negative binomial family with an unknown alpha.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::inference::{Dispersion, InferenceSettings, Weighting};
use ravine_glm::{Family, FirthLogistic, GeneralizedLinearModel, NegativeBinomialModel, Targets};

use crate::reference::{assert_close, column, design, numbers, reference};

#[test]
fn estimates_with_firths_penalty_are_those_of_the_reference() {
    let all = reference();
    for case in all["firth"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (x, y) = match case["y"].as_str() {
            Some(target) => (design(&all, &["x1", "x2"]), column(&all, target)),
            None => {
                let rows: Vec<Vec<f64>> =
                    case["x"].as_array().unwrap().iter().map(numbers).collect();
                let x = Design::dense(Matrix::from_rows(&rows), vec!["x".into()]);
                (x, numbers(&case["y"]))
            }
        };
        let fitted = FirthLogistic::default().fit(&x, &y).unwrap();
        assert!(fitted.converged, "{name}");
        let mut found = vec![fitted.intercept];
        found.extend(&fitted.coefficients);
        assert_close(name, &found, &numbers(&case["coefficients"]), 1e-9);
        let errors: Vec<f64> = fitted.standard_errors.iter().map(|se| se.unwrap()).collect();
        assert_close(name, &errors, &numbers(&case["se"]), 1e-9);
        let likelihood = case["penalized_log_likelihood"].as_f64().unwrap();
        assert_close(name, &[fitted.penalized_log_likelihood], &[likelihood], 1e-9);
        let (low, high) = fitted.intervals(0.95).unwrap()[0].unwrap();
        assert!(low < fitted.intercept && fitted.intercept < high);
    }
}

#[test]
fn firths_penalty_of_trials_is_that_of_their_rows() {
    let x = [-1.0, 0.0, 2.0];
    let (shares, trials) = ([0.25, 0.5, 1.0], [4.0, 2.0, 3.0]);
    let grouped = Design::dense(Matrix::from_entries(3, 1, x.to_vec()), vec!["x".into()]);
    let (mut rows, mut y) = (Vec::new(), Vec::new());
    for k in 0..3 {
        for trial in 0..trials[k] as usize {
            rows.push([x[k]]);
            y.push(f64::from((trial as f64) < shares[k] * trials[k]));
        }
    }
    let single = Design::dense(Matrix::from_rows(&rows), vec!["x".into()]);
    let by_trials = Targets::new(&shares).with_weights(&trials);
    let a = FirthLogistic::default().fit(&grouped, by_trials).unwrap();
    let b = FirthLogistic::default().fit(&single, &y).unwrap();
    assert_close("coefficients", &a.coefficients, &b.coefficients, 1e-9);
    assert!((a.intercept - b.intercept).abs() < 1e-9);
}

#[test]
fn alpha_is_that_of_the_reference() {
    let all = reference();
    let expected = &all["negative_binomial_estimated"];
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_overdispersed");
    let model = NegativeBinomialModel {
        model: GeneralizedLinearModel { tolerance: 1e-15, ..Default::default() },
    };
    let found = model.fit(&x, &y).unwrap();
    assert!(found.converged, "{} rounds", found.rounds);
    let number = |name: &str| expected[name].as_f64().unwrap();
    assert_close("alpha", &[found.alpha, found.theta()], &[number("alpha"), number("theta")], 1e-9);
    let mut coefficients = vec![found.fitted.intercept];
    coefficients.extend(&found.fitted.coefficients);
    assert_close("coefficients", &coefficients, &numbers(&expected["coefficients"]), 1e-9);
    let goodness =
        found.fitted.goodness(&x, &y, Dispersion::Automatic, Weighting::Variance).unwrap();
    let likelihood = goodness.log_likelihood.unwrap();
    assert_close("log-likelihood", &[likelihood], &[number("log_likelihood")], 1e-9);
    assert_close("deviance", &[goodness.deviance], &[number("deviance")], 1e-9);
    let inference = found.fitted.inference(&x, &y, &InferenceSettings::default()).unwrap();
    let errors: Vec<f64> = inference.standard_errors.iter().map(|se| se.unwrap()).collect();
    assert_close("errors", &errors, &numbers(&expected["se_model_alpha_fixed"]), 1e-9);
}

#[test]
fn counts_without_over_dispersion_are_poissons_and_say_so() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_count");
    let found = NegativeBinomialModel::default().fit(&x, &y).unwrap();
    assert_eq!((found.alpha, found.fitted.model.family), (0.0, Family::Poisson));
    assert!(found.fitted.notes.iter().any(|note| note.contains("no over-dispersion: alpha = 0")));
}

#[test]
fn firth_depends_on_no_units_and_knows_columns_that_are_nearly_the_same() {
    let mut random = Random::new(43);
    let rows: Vec<[f64; 2]> = (0..200).map(|_| [random.normal(), random.normal()]).collect();
    let y: Vec<f64> =
        rows.iter().map(|[a, _]| f64::from(u8::from(a + random.normal() > 0.0))).collect();
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let fit = |columns: &dyn Fn(&[f64; 2]) -> [f64; 2]| {
        let x = Matrix::from_fn(rows.len(), 2, |i, j| columns(&rows[i])[j]);
        FirthLogistic::default().fit(&Design::dense(x, names()), &y).unwrap()
    };
    let usual = fit(&|row| *row);
    assert!(usual.converged);
    for unit in [1e-9, 1e-5, 1e6] {
        let other = fit(&|[a, b]| [*a, unit * b]);
        assert!(other.converged, "{unit}: {:?}", other.status);
        assert!((other.coefficients[1] * unit / usual.coefficients[1] - 1.0).abs() < 1e-7);
        let errors = [&other, &usual].map(|fit| fit.standard_errors[2].unwrap());
        assert!((errors[0] * unit / errors[1] - 1.0).abs() < 1e-7);
    }
    for noise in [1e-4, 1e-5, 1e-6] {
        let near = fit(&|[a, b]| [*a, a + noise * b]);
        let apart = fit(&|[a, b]| [*a, (a + noise * b) - a]);
        assert!(near.converged && apart.converged, "{noise}: {:?} {:?}", near.status, apart.status);
        assert!((near.coefficients[1] / apart.coefficients[1] - 1.0).abs() < 1e-6);
        for place in [0, 2] {
            let errors = [&near, &apart].map(|fit| fit.standard_errors[place].unwrap());
            assert!((errors[0] / errors[1] - 1.0).abs() < 1e-7, "{noise}: {errors:?}");
        }
    }
}
