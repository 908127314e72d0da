//! Standard errors, tests, likelihoods and diagnostics beside values of 50 digits.

use ravine::matrix::Matrix;
use ravine_data::Design;
use ravine_glm::inference::{
    AicRule, Covariance, Dispersion, InferenceSettings, Profile, Residual, Residuals, Weighting,
};
use ravine_glm::{Family, FittedModel, GeneralizedLinearModel, Targets};
use serde_json::Value;

use crate::reference::{
    assert_close, column, columns_of, design, family_of, numbers, reference, targets_of,
};

type Data = (Design, Vec<f64>, Option<Vec<f64>>, Option<Vec<f64>>);

fn fit_case(all: &Value, case: &Value) -> (FittedModel, Data) {
    let (family, link) = family_of(case);
    let (names, intercept) = columns_of(case);
    let (y, weights, offset) = targets_of(all, case);
    let x = design(all, &names);
    let model = GeneralizedLinearModel {
        family,
        link: Some(link),
        intercept,
        tolerance: 1e-15,
        iterations: 500,
        ..Default::default()
    };
    let targets = Targets { y: &y, weights: weights.as_deref(), offset: offset.as_deref() };
    (model.fit(&x, targets).unwrap(), (x, y, weights, offset))
}

fn targets(data: &Data) -> Targets<'_> {
    Targets { y: &data.1, weights: data.2.as_deref(), offset: data.3.as_deref() }
}

#[test]
fn statistics_of_fits_are_those_of_the_reference() {
    let all = reference();
    for case in all["glm"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let (fitted, data) = fit_case(&all, case);
        let goodness = fitted
            .goodness(&data.0, targets(&data), Dispersion::Automatic, Weighting::Variance)
            .unwrap();
        let number = |name: &str| case[name].as_f64().unwrap();
        let close = |what: &str, found: f64, expected: f64| {
            assert_close(&format!("{id} {what}"), &[found], &[expected], 1e-9);
        };
        close("deviance", goodness.deviance, number("deviance"));
        close("pearson", goodness.pearson, number("pearson_chi2"));
        close("dispersion", goodness.dispersion, number("dispersion"));
        close("degrees", goodness.residual_degrees(), number("df_residual"));
        if fitted.has_intercept {
            close("null deviance", goodness.null_deviance.unwrap(), number("null_deviance"));
        }
        close("log-likelihood", goodness.log_likelihood.unwrap(), number("log_likelihood"));
        close("aic", goodness.aic(AicRule::Coefficients).unwrap(), number("aic"));
        if let Some(r) = case["aic_with_dispersion_deviance_over_n_counted"].as_f64() {
            close("aic of R", goodness.aic(AicRule::CountDispersion).unwrap(), r);
        }
    }
}

#[test]
fn standard_errors_are_those_of_the_reference() {
    let all = reference();
    let clusters: Vec<usize> = column(&all, "cluster").into_iter().map(|c| c as usize).collect();
    let kinds = [
        ("model", Covariance::Model),
        ("hc0", Covariance::Hc0),
        ("hc1", Covariance::Hc1),
        ("hc2", Covariance::Hc2),
        ("hc3", Covariance::Hc3),
        ("cluster", Covariance::Clustered(clusters)),
    ];
    for case in all["glm"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let (fitted, data) = fit_case(&all, case);
        for (name, covariance) in &kinds {
            for observed in [false, true] {
                let settings = InferenceSettings {
                    covariance: covariance.clone(),
                    observed,
                    ..Default::default()
                };
                let key = match (*name, observed) {
                    ("model", false) => "se_model".to_owned(),
                    ("model", true) => "se_observed".to_owned(),
                    (name, false) => format!("se_{name}"),
                    (name, true) => format!("se_{name}_observed"),
                };
                let inference = fitted.inference(&data.0, targets(&data), &settings).unwrap();
                let found: Vec<f64> =
                    inference.standard_errors.iter().map(|se| se.unwrap()).collect();
                assert_close(&format!("{id} {key}"), &found, &numbers(&case[&key]), 1e-9);
            }
        }
        if let Some(expected) = case.get("covariance_model").and_then(Value::as_array) {
            let settings = InferenceSettings::default();
            let found = fitted.inference(&data.0, targets(&data), &settings).unwrap().covariance;
            for (i, row) in expected.iter().enumerate() {
                let found: Vec<f64> = (0..found.columns()).map(|j| found[(i, j)]).collect();
                assert_close(&format!("{id} covariance"), &found, &numbers(row), 1e-9);
            }
        }
    }
}

#[test]
fn tests_and_intervals_are_those_of_the_reference() {
    let all = reference();
    for expected in all["inference"].as_array().unwrap() {
        let id = expected["id"].as_str().unwrap();
        let cases = all["glm"].as_array().unwrap();
        let case = cases.iter().find(|case| case["id"] == expected["id"]).unwrap();
        let (fitted, data) = fit_case(&all, case);
        let inference =
            fitted.inference(&data.0, targets(&data), &InferenceSettings::default()).unwrap();
        let flat =
            |numbers: Vec<Option<f64>>| numbers.into_iter().map(Option::unwrap).collect::<Vec<_>>();
        assert_close(id, &flat(inference.statistics()), &numbers(&expected["z"]), 1e-9);
        assert_close(id, &flat(inference.p_values()), &numbers(&expected["p_wald"]), 1e-9);
        let intervals = inference.intervals(0.95).unwrap();
        for (found, expected) in intervals.iter().zip(expected["ci95_wald"].as_array().unwrap()) {
            let (low, high) = found.unwrap();
            assert_close(id, &[low, high], &numbers(expected), 1e-9);
        }
        let profile = Profile::new(&fitted, &inference, &data.0, targets(&data)).unwrap();
        for k in 0..3 {
            let ratio = profile.ratio(k).unwrap();
            let number = |name: &str| expected[name][k].as_f64().unwrap();
            assert_close(id, &[ratio.statistic], &[number("lr_drop")], 1e-9);
            assert_close(id, &[ratio.p_value], &[number("p_lr")], 1e-8);
            let (low, high) = profile.interval(k, 0.95).unwrap();
            let ends = [low.unwrap(), high.unwrap()];
            assert_close(id, &ends, &numbers(&expected["ci95_profile"][k]), 1e-8);
        }
        assert!(profile.ratio(3).unwrap_err().to_string().starts_with("coefficient: is 3"));
        // One restriction: the square of z.
        let restriction = Matrix::from_rows(&[[0.0, 0.0, 1.0]]);
        let test = inference.wald(&restriction).unwrap();
        let z = inference.statistics()[2].unwrap();
        assert!((test.statistic - z * z).abs() < 1e-9 * z * z);
        assert!((test.p_value - inference.p_values()[2].unwrap()).abs() < 1e-12);
        let twice = Matrix::from_rows(&[[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]);
        assert!(inference.wald(&twice).unwrap_err().to_string().starts_with("restrictions"));
    }
}

#[test]
fn diagnostics_are_those_of_the_reference() {
    let all = reference();
    let cases = all["glm"].as_array().unwrap();
    let case = cases.iter().find(|case| case["id"] == "poisson-log").unwrap();
    let (fitted, data) = fit_case(&all, case);
    let inference =
        fitted.inference(&data.0, targets(&data), &InferenceSettings::default()).unwrap();
    let expected = &all["diagnostics_poisson_log"];
    let close =
        |name: &str, found: &[f64]| assert_close(name, found, &numbers(&expected[name]), 1e-9);
    close("leverage", &inference.leverages);
    let residuals = Residuals { fitted: &fitted, inference: &inference, targets: targets(&data) };
    close("response", &residuals.of(Residual::Response));
    close("pearson", &residuals.of(Residual::Pearson));
    close("deviance", &residuals.of(Residual::Deviance));
    close("working", &residuals.of(Residual::Working));
    close("standardized_pearson", &residuals.of(Residual::StandardizedPearson));
    close("standardized_deviance", &residuals.of(Residual::StandardizedDeviance));
    close("studentized_likelihood", &residuals.of(Residual::Likelihood));
    close("cooks_distance", &residuals.cooks_distances());
    // Leverages add up to the rank.
    assert!((inference.leverages.iter().sum::<f64>() - 3.0).abs() < 1e-12);
}

#[test]
fn frequency_weights_are_repeated_rows() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_positive");
    let weights: Vec<f64> = (0..16).map(|i| f64::from(i % 3)).collect();
    let repeated: Vec<usize> = (0..16).flat_map(|i| vec![i; i % 3]).collect();
    let mut rows = Design::default();
    x.select_rows(&repeated, &mut rows);
    let many: Vec<f64> = repeated.iter().map(|&i| y[i]).collect();
    let model =
        GeneralizedLinearModel { family: Family::Gamma, tolerance: 1e-15, ..Default::default() };
    let weighted = model.fit(&x, Targets::new(&y).with_weights(&weights)).unwrap();
    let counted = model.fit(&rows, &many).unwrap();
    for covariance in [Covariance::Model, Covariance::Hc0, Covariance::Hc1] {
        let settings =
            InferenceSettings { covariance, weighting: Weighting::Frequency, ..Default::default() };
        let targets = Targets::new(&y).with_weights(&weights);
        let a = weighted.inference(&x, targets, &settings).unwrap();
        let b = counted.inference(&rows, &many, &settings).unwrap();
        assert_close("frequency", a.covariance.entries(), b.covariance.entries(), 1e-10);
        assert_close("degrees", &[a.degrees.unwrap()], &[b.degrees.unwrap()], 1e-12);
    }
}

#[test]
fn what_cannot_be_estimated_has_no_standard_error() {
    // Quasi-complete separation: the slope is infinite, the intercept that of the rows at zero.
    let x = [-2.0, -1.5, -1.0, 0.0, 0.0, 0.0, 1.0, 1.5, 2.0];
    let x = Design::dense(Matrix::from_entries(9, 1, x.to_vec()), vec!["x".into()]);
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let fitted = GeneralizedLinearModel::new(Family::Binomial).fit(&x, &y).unwrap();
    let inference = fitted.inference(&x, &y, &InferenceSettings::default()).unwrap();
    assert_eq!(inference.standard_errors[1], None);
    // Three rows of probability 2/3: variance 1 / (3 * 2/9).
    assert!((fitted.intercept - 2.0_f64.ln()).abs() < 1e-6);
    assert!((inference.standard_errors[0].unwrap() - 1.5_f64.sqrt()).abs() < 1e-6);
    assert_eq!(inference.p_values()[1], None);
    // Aliased columns have none either, and the others those of the smaller model.
    let twice = Matrix::from_fn(9, 2, |i, j| [1.0, 3.0][j] * (i as f64 - 4.0) + j as f64);
    let twice = Design::dense(twice, vec!["a".into(), "b".into()]);
    let y = [0.1, 0.3, 0.2, 0.6, 0.4, 0.9, 0.7, 1.2, 1.0];
    let fitted = GeneralizedLinearModel::default().fit(&twice, &y).unwrap();
    let inference = fitted.inference(&twice, &y, &InferenceSettings::default()).unwrap();
    assert_eq!(inference.standard_errors[2], None);
    assert_eq!(inference.degrees, Some(7.0));
    let phi = inference.goodness.dispersion;
    assert!((inference.standard_errors[1].unwrap() - (phi / 60.0).sqrt()).abs() < 1e-12);
}

#[test]
fn inference_that_means_nothing_is_refused() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_gaussian");
    let message = |model: GeneralizedLinearModel, settings: &InferenceSettings| {
        model.fit(&x, &y).unwrap().inference(&x, &y, settings).unwrap_err().to_string()
    };
    let settings = InferenceSettings::default();
    let ridge = GeneralizedLinearModel { alpha: 0.1, ..Default::default() };
    assert!(message(ridge, &settings).starts_with("model: has a penalty"));
    let huber = GeneralizedLinearModel::new(Family::Huber { delta: 0.5 });
    assert!(message(huber, &settings).starts_with("covariance: is `model`"));
    let plain = GeneralizedLinearModel::default;
    let clusters = |list: Vec<usize>| InferenceSettings {
        covariance: Covariance::Clustered(list),
        ..Default::default()
    };
    assert!(message(plain(), &clusters(vec![1; 3])).starts_with("clusters.len(): is 3"));
    assert!(message(plain(), &clusters(vec![1; 16])).starts_with("clusters: is 1"));
    let fixed = InferenceSettings { dispersion: Dispersion::Fixed(-1.0), ..Default::default() };
    assert!(message(plain(), &fixed).starts_with("dispersion: is -1.0"));
    let fitted = plain().fit(&x, &y).unwrap();
    let mut few = Design::default();
    x.select_rows(&[0, 1, 2], &mut few);
    let error = fitted.inference(&few, &y[..3], &settings).unwrap_err().to_string();
    assert!(error.starts_with("rows: is 3"), "{error}");
}

#[test]
fn years_and_timestamps_lose_no_digits() {
    let all = reference();
    let base = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_count");
    let far = |shift: f64| {
        let [a, b] = ["x1", "x2"].map(|name| column(&all, name));
        // Exactly representable where the shift is.
        let round = |x: f64| (x * 16.0).round() / 16.0;
        let moved: Vec<f64> = a.iter().map(|&x| round(x) + shift).chain(b).collect();
        Design::dense(Matrix::from_entries(16, 2, moved), vec!["a".into(), "b".into()])
    };
    assert_eq!(base.columns(), 2);
    let model =
        GeneralizedLinearModel { family: Family::Poisson, tolerance: 1e-15, ..Default::default() };
    let settings = InferenceSettings::default();
    let near = model.fit(&far(0.0), &y).unwrap();
    let expected = near.inference(&far(0.0), &y, &settings).unwrap();
    for shift in [2000.0, 1_048_576.0] {
        let x = far(shift);
        let fitted = model.fit(&x, &y).unwrap();
        assert_close("coefficients", &fitted.coefficients, &near.coefficients, 1e-10);
        let moved = near.intercept - shift * near.coefficients[0];
        assert_close("intercept", &[fitted.intercept], &[moved], 1e-10);
        let found = fitted.inference(&x, &y, &settings).unwrap();
        for k in [1, 2] {
            let (a, b) = (found.standard_errors[k].unwrap(), expected.standard_errors[k].unwrap());
            assert!((a / b - 1.0).abs() < 1e-9, "{shift}: {a} {b}");
        }
        // Var(b0 - c b1) by the covariance of the near ones.
        let v = &expected.covariance;
        let variance = v[(0, 0)] - 2.0 * shift * v[(0, 1)] + shift * shift * v[(1, 1)];
        assert!((found.covariance[(0, 0)] / variance - 1.0).abs() < 1e-9, "{shift}");
        let covariance = v[(0, 2)] - shift * v[(1, 2)];
        assert!((found.covariance[(0, 2)] / covariance - 1.0).abs() < 1e-8, "{shift}");
    }
}

#[test]
fn profile_intervals_end_where_the_deviance_has_risen_by_the_quantile() {
    // Nearly separated: without the fourth row the slope would be infinite.
    let x = [-3.0, -2.0, -1.0, 1.5, 1.0, 2.0, 3.0];
    let x = Design::dense(Matrix::from_entries(7, 1, x.to_vec()), vec!["x".into()]);
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let fitted = GeneralizedLinearModel::new(Family::Binomial).fit(&x, &y).unwrap();
    let inference = fitted.inference(&x, &y, &InferenceSettings::default()).unwrap();
    let profile = Profile::new(&fitted, &inference, &x, Targets::new(&y)).unwrap();
    let (low, high) = profile.interval(1, 0.95).unwrap();
    // The deviance at slope b, its intercept at the best of a fine grid, reaches the quantile at the ends.
    let deviance = |slope: f64| {
        let z = |i: usize| slope * [-3.0, -2.0, -1.0, 1.5, 1.0, 2.0, 3.0][i];
        let at = |c: f64| -> f64 {
            (0..7)
                .map(|i| {
                    let t = if y[i] == 1.0 { -(z(i) + c) } else { z(i) + c };
                    2.0 * if t > 0.0 { t + (-t).exp().ln_1p() } else { t.exp().ln_1p() }
                })
                .sum()
        };
        (-30_000..30_000).map(|k| at(f64::from(k) * 1e-3)).fold(f64::INFINITY, f64::min)
    };
    for end in [low, high].into_iter().flatten() {
        let rise = deviance(end) - inference.goodness.deviance;
        assert!((rise - 3.841_458_820_694_124).abs() < 1e-4, "{rise}");
    }
    assert!(low.is_some() && high.is_some());
    assert!(profile.interval(1, 1.5).unwrap_err().to_string().starts_with("level"));
}

#[test]
fn clusters_of_two_kinds_are_those_of_statsmodels() {
    let all = reference();
    let x = design(&all, &["x1", "x2"]);
    let y = column(&all, "y_count");
    let model =
        GeneralizedLinearModel { family: Family::Poisson, tolerance: 1e-15, ..Default::default() };
    let fitted = model.fit(&x, &y).unwrap();
    let errors = |first: &dyn Fn(usize) -> usize, second: &dyn Fn(usize) -> usize| {
        let kinds = ((0..16).map(first).collect(), (0..16).map(second).collect());
        let covariance = Covariance::TwoWay(kinds.0, kinds.1);
        let settings = InferenceSettings { covariance, ..Default::default() };
        let inference = fitted.inference(&x, &y, &settings).unwrap();
        let errors: Vec<f64> = inference.standard_errors.iter().map(|se| se.unwrap()).collect();
        (errors, inference.degrees, inference.notes)
    };
    // Its cov_cluster_2groups, version 0.14.
    let (found, degrees, notes) = errors(&|i| i % 4, &|i| i % 6);
    let expected = [0.1337276094513033, 0.0926724935062731, 0.07996115080957088];
    assert_close("both definite", &found, &expected, 1e-9);
    assert_eq!((degrees, notes.len()), (Some(3.0), 0));
    // Where its errors are the roots of negative numbers: the same covariance without its negative
    // eigenvalues, by numpy.
    let cluster: Vec<usize> = column(&all, "cluster").into_iter().map(|c| c as usize).collect();
    let (found, degrees, notes) = errors(&|i| cluster[i], &|i| i % 3);
    let expected = [0.0900893953034399, 0.01811715402118752, 0.10491207278144693];
    assert_close("negative eigenvalue", &found, &expected, 1e-8);
    assert_eq!((degrees, notes.len()), (Some(2.0), 1));
    // One kind twice is one kind.
    let (found, ..) = errors(&|i| cluster[i], &|i| cluster[i]);
    let covariance = Covariance::Clustered(cluster.clone());
    let settings = InferenceSettings { covariance, ..Default::default() };
    let once = fitted.inference(&x, &y, &settings).unwrap();
    let once: Vec<f64> = once.standard_errors.iter().map(|se| se.unwrap()).collect();
    assert_close("one kind twice", &found, &once, 1e-9);
}
