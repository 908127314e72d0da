//! Models of tables from beginning to end.

use ravine::matrix::Matrix;
use ravine_data::{Design, Response};
use ravine_glm::analysis::{
    Analysis, Cases, Choice, Correction, Errors, Estimate, ModelFamily, Predictions, Rule,
    SavedModel,
};
use ravine_glm::{Direction, Family, Status};

fn design() -> Design {
    let entries = Matrix::from_fn(60, 3, |i, j| ((i * (2 * j + 3) * 37) % 61) as f64 / 30.0 - 1.0);
    let mut design = Design::dense(entries, ["a", "b", "c"].map(str::to_owned).to_vec());
    design.add_intercept();
    design
}

fn cases(response: Response) -> Cases {
    Cases { design: design(), response, weights: None, offset: None, clusters: Vec::new() }
}

/// Classes by the sign of a noisy line.
fn classes(names: &[&str]) -> Response {
    let x = design();
    let mut z = vec![0.0; 60];
    x.multiply(&[0.2, 1.5, -1.0, 0.3], &mut z);
    let noisy = |i: usize| z[i] + ((i * 29 % 17) as f64 - 8.0) / 4.0;
    let codes = (0..60).map(|i| {
        let place = (noisy(i) + 2.0) / 4.0 * names.len() as f64;
        (place.max(0.0) as u32).min(names.len() as u32 - 1)
    });
    Response::Classes {
        levels: names.iter().map(|n| (*n).to_owned()).collect(),
        codes: codes.collect(),
    }
}

fn numbers(f: impl Fn(f64, usize) -> f64) -> Response {
    let x = design();
    let mut z = vec![0.0; 60];
    x.multiply(&[0.5, 1.0, -0.5, 0.0], &mut z);
    Response::Numbers((0..60).map(|i| f(z[i], i)).collect())
}

fn noise(i: usize) -> f64 {
    ((i * 31 % 19) as f64 - 9.0) / 20.0
}

#[test]
fn the_target_suggests_the_family() {
    let suggested = |response: &Response| ModelFamily::suggested(response).unwrap().0;
    assert_eq!(suggested(&classes(&["no", "yes"])), ModelFamily::Of(Family::Binomial));
    assert_eq!(suggested(&classes(&["a", "b", "c"])), ModelFamily::Multinomial);
    assert_eq!(suggested(&numbers(|z, _| z)), ModelFamily::Of(Family::Gaussian));
    let counts = numbers(|z, _| z.exp().round());
    let (family, why) = ModelFamily::suggested(&counts).unwrap();
    assert_eq!(family, ModelFamily::Of(Family::Gaussian));
    assert!(why.contains("poisson"), "{why}");
    let error = ModelFamily::suggested(&Response::None).unwrap_err().to_string();
    assert!(error.contains("--target") || error.contains("target"), "{error}");
}

#[test]
fn every_family_is_parsed_fitted_stored_and_predicts_what_it_fitted() {
    for name in ModelFamily::names() {
        let family: ModelFamily = name.parse().unwrap();
        assert_eq!(family.name(), name);
        let response = match name {
            "binomial" | "hinge" | "squared-hinge" | "smoothed-hinge" => classes(&["no", "yes"]),
            "multinomial" => classes(&["a", "b", "c"]),
            "poisson" | "negative-binomial" => {
                numbers(|z, i| (z.exp() + 3.0 * noise(i).abs()).round())
            }
            "gamma" | "inverse-gaussian" | "tweedie" => numbers(|z, i| (z + noise(i)).exp()),
            _ => numbers(|z, i| z + noise(i)),
        };
        let penalty = if name.contains("hinge") { 0.01 } else { 0.0 };
        let analysis = Analysis { family: Some(family), l2: penalty, ..Analysis::default() };
        let cases = cases(response);
        let found = analysis.fit(&cases).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.status.converged(), "{name}: {:?}", found.status);
        let text = serde_json::to_string(&found.model).unwrap();
        let again: SavedModel = serde_json::from_str(&text).unwrap();
        again.check().unwrap();
        assert_eq!(again, found.model, "{name}");
        match again.predict(&cases.design, None).unwrap() {
            Predictions::Means(means) => {
                for (stored, fitted) in means.iter().zip(&found.means) {
                    assert!((stored - fitted).abs() <= 1e-12 * fitted.abs().max(1.0), "{name}");
                }
            }
            Predictions::Probabilities(p) => {
                assert!(
                    (0..60).all(|i| ((0..3).map(|k| p[(i, k)]).sum::<f64>() - 1.0).abs() < 1e-12)
                );
            }
            Predictions::Margins(margins) => assert_eq!(margins.len(), 60),
        }
        if let Some(accuracy) = found.accuracy {
            assert!(accuracy > 0.5 && accuracy <= 1.0, "{name}: {accuracy}");
        }
        let has_errors = penalty == 0.0 && name != "huber";
        let errors = found.model.coefficients.iter().filter(|row| row.standard_error.is_some());
        let expected = if name == "multinomial" { 8 } else { 4 };
        assert_eq!(errors.count(), if has_errors { expected } else { 0 }, "{name}");
    }
}

#[test]
fn the_positive_class_is_the_one_that_is_named() {
    let fit = |positive: Option<&str>| {
        let positive = positive.map(str::to_owned);
        Analysis { positive, ..Analysis::default() }.fit(&cases(classes(&["no", "yes"]))).unwrap()
    };
    let slope = |found: &ravine_glm::analysis::Analyzed| match found.model.coefficients[1].estimate
    {
        Estimate::Finite(b) => b,
        other => panic!("{other:?}"),
    };
    let (last, first) = (fit(None), fit(Some("no")));
    assert_eq!(last.model.classes.as_deref().unwrap()[1], "yes");
    assert_eq!(first.model.classes.as_deref().unwrap()[1], "no");
    assert!((slope(&last) + slope(&first)).abs() < 1e-8 && slope(&last) > 0.5);
    let wrong = Analysis { positive: Some("maybe".into()), ..Analysis::default() };
    let error = wrong.fit(&cases(classes(&["no", "yes"]))).unwrap_err().to_string();
    assert_eq!(error, "positive: is `maybe`, but must be `no` or `yes`");
}

#[test]
fn shares_of_trials_weigh_as_rows_do() {
    // Rows in pairs of the same columns: two trials each.
    let mut all =
        Design::dense(Matrix::from_fn(40, 1, |i, _| (i / 2) as f64 / 10.0 - 1.0), vec!["x".into()]);
    all.add_intercept();
    let y: Vec<f64> = (0..40).map(|i| f64::from(u8::from((i * 13) % 23 > 20 - i / 2))).collect();
    let mut pairs =
        Design::dense(Matrix::from_fn(20, 1, |i, _| i as f64 / 10.0 - 1.0), vec!["x".into()]);
    pairs.add_intercept();
    let successes: Vec<f64> = (0..20).map(|i| y[2 * i] + y[2 * i + 1]).collect();
    let failures = successes.iter().map(|s| 2.0 - s).collect();
    let of = |design, response| Cases {
        design,
        response,
        weights: None,
        offset: None,
        clusters: Vec::new(),
    };
    let single = Analysis::default().fit(&of(all, Response::Numbers(y))).unwrap();
    let counts = Response::Counts { successes, failures };
    let grouped = Analysis::default().fit(&of(pairs, counts)).unwrap();
    for (a, b) in single.model.coefficients.iter().zip(&grouped.model.coefficients) {
        let (Estimate::Finite(x), Estimate::Finite(y)) = (a.estimate, b.estimate) else { panic!() };
        assert!((x - y).abs() < 1e-7 * x.abs().max(1.0), "{x} {y}");
        let (x, y) = (a.standard_error.unwrap(), b.standard_error.unwrap());
        assert!((x - y).abs() < 1e-6 * x, "{x} {y}");
    }
}

#[test]
fn penalties_are_chosen_and_without_one_there_are_errors() {
    let response = numbers(|z, i| z + noise(i));
    let choice = Choice { l1_ratios: vec![0.5, 1.0], ..Choice::default() };
    let best = Analysis { choice: Some(choice.clone()), ..Analysis::default() };
    let found = best.fit(&cases(response.clone())).unwrap();
    let chosen = found.chosen.as_ref().unwrap();
    let (l1, l2) = found.penalty;
    let alpha = l1 + l2;
    assert!((alpha - chosen.best.alpha).abs() < 1e-12 * alpha);
    assert!((l1 / alpha - chosen.best.l1_ratio).abs() < 1e-12);
    assert!(found.notes.iter().any(|note| note.starts_with("no standard errors")));
    // At the largest penalty of the path nothing is left.
    assert!(chosen.path[0].1.iter().all(|&b| b == 0.0));
    let rule = Choice { rule: Rule::OneStandardError, ..choice };
    let wide =
        Analysis { choice: Some(rule), ..Analysis::default() }.fit(&cases(response)).unwrap();
    assert!(wide.penalty.0 + wide.penalty.1 >= alpha);
}

#[test]
fn separation_is_told_and_firth_gives_finite_estimates() {
    let y: Vec<f64> = {
        let x = design();
        let mut a = vec![0.0; 60];
        x.multiply(&[0.0, 1.0, 0.0, 0.0], &mut a);
        a.iter().map(|&a| f64::from(u8::from(a > 0.1))).collect()
    };
    let separated = cases(Response::Numbers(y));
    let found = Analysis::default().fit(&separated).unwrap();
    assert_eq!(found.status, Status::Separated);
    assert_eq!(found.model.coefficients[1].estimate, Estimate::PlusInfinity);
    assert!(found.model.covariance.is_none());
    assert!(found.notes.iter().any(|note| note.contains("separation")), "{:?}", found.notes);
    let firth = Analysis { correction: Correction::Firth, ..Analysis::default() };
    let found = firth.fit(&separated).unwrap();
    assert!(found.status.converged());
    assert!(found.model.coefficients.iter().all(|row| row.standard_error.is_some()));
}

#[test]
fn intervals_of_means_are_those_of_the_coefficients() {
    // The mean of a constant model: its interval is the intercept's.
    let mut design = Design::dense(Matrix::zeros(12, 0), Vec::new());
    design.add_intercept();
    let y: Vec<f64> = (0..12).map(|i| (i * 5 % 7) as f64).collect();
    let cases = Cases {
        design,
        response: Response::Numbers(y),
        weights: None,
        offset: None,
        clusters: Vec::new(),
    };
    let found = Analysis::default().fit(&cases).unwrap();
    let intervals = found.model.intervals(&cases.design, None, 0.95).unwrap();
    let (low, high) = found.model.coefficients[0].interval.unwrap();
    for (a, b) in intervals {
        assert!((a - low).abs() < 1e-12 && (b - high).abs() < 1e-12);
    }
    let error = found.model.intervals(&cases.design, None, 1.5).unwrap_err();
    assert!(error.to_string().contains("level"), "{error}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let fit = |analysis: Analysis, response: Response| {
        analysis.fit(&cases(response)).unwrap_err().to_string()
    };
    let default = Analysis::default;
    let line = || numbers(|z, _| z);
    let two = || classes(&["no", "yes"]);
    let parse = |name: &str| name.parse::<ModelFamily>().unwrap_err().to_string();
    assert!(parse("huber:delta=-1").contains("family.delta"));
    assert!(parse("gaussian:x=1").contains("no parameter"));
    assert!(parse("tweedie:power").contains("tweedie:power=NUMBER"));
    for (analysis, response, words) in [
        (Analysis { l1: -1.0, ..default() }, line(), "l1"),
        (Analysis { l2: 0.1, choice: Some(Choice::default()), ..default() }, line(), "leave `l1`"),
        (Analysis { unpenalized: vec!["a".into()], ..default() }, line(), "there is no penalty"),
        (
            Analysis { l2: 1.0, unpenalized: vec!["q".into()], ..default() },
            line(),
            "there is no column or term `q`; there are `a`, `b`, `c`",
        ),
        (Analysis { l2: 1.0, errors: Errors::Hc1, ..default() }, line(), "penalized"),
        (Analysis { errors: Errors::Clustered, ..default() }, line(), "clusters"),
        (Analysis { correction: Correction::Firth, l2: 1.0, ..default() }, two(), "firth"),
        (
            Analysis { tolerance: 0.0, ..default() },
            line(),
            "tolerance: is 0.0, but must be above 0 and below 1",
        ),
        (Analysis { tolerance: f64::NAN, ..default() }, two(), "tolerance: is NaN"),
        (
            Analysis { level: 1.0, l2: 0.1, ..default() },
            line(),
            "level: is 1.0, but must be above 0",
        ),
        (Analysis { iterations: 0, ..default() }, classes(&["a", "b", "c"]), "iterations: is 0"),
        (
            Analysis { family: Some(ModelFamily::Hinge), tolerance: 2.0, ..default() },
            two(),
            "tolerance: is 2.0",
        ),
        (
            Analysis { correction: Correction::Firth, tolerance: f64::INFINITY, ..default() },
            two(),
            "tolerance: is inf",
        ),
        (
            Analysis { correction: Correction::Firth, errors: Errors::Hc1, ..default() },
            two(),
            "errors: is given, but Firth's penalty takes none",
        ),
        (
            Analysis {
                choice: Some(Choice { l1_ratios: vec![0.5, f64::NAN], ..Choice::default() }),
                ..default()
            },
            line(),
            "l1_ratio: is NaN, but must be from 0 to 1",
        ),
        (Analysis { family: Some("poisson".parse().unwrap()), ..default() }, two(), "is text"),
        (
            Analysis { family: Some("binomial".parse().unwrap()), ..default() },
            classes(&["a", "b", "c"]),
            "multinomial",
        ),
        (
            Analysis {
                bounds: vec![("a".into(), 0.0, 1.0)],
                family: Some("multinomial".parse().unwrap()),
                ..default()
            },
            classes(&["a", "b", "c"]),
            "bounds",
        ),
        (
            default(),
            Response::Classes { levels: vec!["one".into()], codes: vec![0; 60] },
            "one class, `one`",
        ),
    ] {
        let error = fit(analysis, response);
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn machines_predict_by_the_sign_of_their_margins() {
    for name in ["squared-hinge", "smoothed-hinge", "hinge"] {
        let family = Some(name.parse().unwrap());
        let cases = cases(classes(&["no", "yes"]));
        let found = Analysis { family, l2: 0.01, ..Analysis::default() }.fit(&cases).unwrap();
        let predictions = found.model.predict(&cases.design, None).unwrap();
        let Predictions::Margins(margins) = &predictions else { panic!("{name}") };
        // Between the boundary and one half, where a probability would be of the first class.
        assert!(margins.iter().any(|&z| 0.0 < z && z < 0.5), "{name}");
        let right = predictions.classes().into_iter().zip(&found.observed);
        let right = right.filter(|(k, y)| *k as f64 == **y).count();
        assert_eq!(found.accuracy, Some(right as f64 / 60.0), "{name}");
    }
}

#[test]
fn firth_is_refused_where_the_target_suggests_another_family_and_tells_how_far_it_came() {
    let firth = Analysis { correction: Correction::Firth, ..Analysis::default() };
    let error = firth.fit(&cases(numbers(|z, i| z + noise(i)))).unwrap_err().to_string();
    assert!(error.starts_with("firth: is given, but is for logistic regression"), "{error}");
    let found = firth.fit(&cases(classes(&["no", "yes"]))).unwrap();
    let ravine_glm::Certificate::Decrement(decrement) = found.certificate else { panic!() };
    assert!(found.status.converged() && decrement <= 1e-20, "{decrement}");
}

#[test]
fn a_choice_that_is_stopped_is_told_as_such() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let stopped_after = |calls: usize| {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let interrupter =
            ravine_glm::Interrupter::new(move || counted.fetch_add(1, Ordering::Relaxed) >= calls);
        let choice = Some(Choice::default());
        let found = Analysis { choice, interrupter, ..Analysis::default() };
        let found = found.fit(&cases(numbers(|z, i| z + noise(i)))).unwrap();
        (found.status.name().to_owned(), asked.load(Ordering::Relaxed))
    };
    let (ended, all) = stopped_after(usize::MAX);
    assert_eq!(ended, "converged");
    // In the path of all rows and among the folds.
    for calls in [1, all / 10, all / 2] {
        assert_eq!(stopped_after(calls).0, "stopped", "after {calls} of {all} questions");
    }
}

/// Rows of an ordered factor, one a level, with the names that a formula gives its columns.
fn levels(with_base: bool, y: &[f64]) -> Cases {
    let first = usize::from(!with_base);
    let names =
        ["dose[a]", "dose[b]", "dose[c]", "dose[d]"][first..].iter().map(|n| (*n).to_owned());
    let entries = Matrix::from_fn(4, 4 - first, |i, j| f64::from(u8::from(i == j + first)));
    let mut design = Design::dense(entries, names.collect());
    if !with_base {
        design.add_intercept();
    }
    let response = Response::Numbers(y.to_vec());
    Cases { design, response, weights: None, offset: None, clusters: Vec::new() }
}

#[test]
fn a_monotone_term_is_named_and_pools_what_is_out_of_order() {
    let monotone = |direction| Analysis {
        monotone: vec![("dose".to_owned(), direction)],
        tolerance: 1e-14,
        ..Analysis::default()
    };
    // Least squares in order is what pooling adjacent violators gives.
    for with_base in [false, true] {
        let rising = monotone(Direction::Rising).fit(&levels(with_base, &[-1.0, 4.0, 2.0, 5.0]));
        let rising = rising.unwrap();
        for (mean, expected) in rising.means.iter().zip([-1.0, 3.0, 3.0, 5.0]) {
            assert!((mean - expected).abs() < 1e-5, "{with_base}: {:?}", rising.means);
        }
        assert!(rising.notes.iter().any(|note| note.contains("bounded or ordered")));
        let falling = monotone(Direction::Falling).fit(&levels(with_base, &[7.0, 1.0, 3.0, -5.0]));
        for (mean, expected) in falling.unwrap().means.iter().zip([7.0, 2.0, 2.0, -5.0]) {
            assert!((mean - expected).abs() < 1e-5, "{with_base}");
        }
    }
}

#[test]
fn the_name_of_a_term_is_that_of_all_its_columns() {
    let mut named = cases(numbers(|z, i| z + noise(i)));
    let entries = Matrix::from_fn(60, 3, |i, j| ((i * (2 * j + 3) * 37) % 61) as f64 / 30.0 - 1.0);
    let names = ["g[a]:h[x]", "g[b]:h[x]", "c"].map(str::to_owned).to_vec();
    named.design = Design::dense(entries, names);
    named.design.add_intercept();
    let of = |analysis: &Analysis| -> Vec<f64> {
        let found = analysis.fit(&named).unwrap();
        let value = |e: Estimate| if let Estimate::Finite(b) = e { b } else { f64::NAN };
        found.model.coefficients[1..].iter().map(|row| value(row.estimate)).collect()
    };
    let bounds = vec![("g:h".to_owned(), -0.1, 0.1)];
    let bounded = of(&Analysis { bounds, ..Analysis::default() });
    assert!(bounded[..2].iter().all(|b| b.abs() <= 0.1), "{bounded:?}");
    let together = vec!["g:h".to_owned()];
    let mut seen = [false; 2];
    for l1 in [0.02, 0.1, 0.2, 0.5, 2.0] {
        let b = of(&Analysis { l1, together: together.clone(), ..Analysis::default() });
        assert_eq!(b[0] == 0.0, b[1] == 0.0, "l1 {l1}: {b:?}");
        seen[usize::from(b[0] == 0.0)] = true;
    }
    assert_eq!(seen, [true, true]);
    let unpenalized = vec!["g:h".to_owned()];
    let free = of(&Analysis { l1: 2.0, unpenalized, ..Analysis::default() });
    assert!(free[0] != 0.0 && free[1] != 0.0 && free[2] == 0.0, "{free:?}");
    let error = |analysis: Analysis| analysis.fit(&named).unwrap_err().to_string();
    let text = error(Analysis { together: together.clone(), ..Analysis::default() });
    assert!(text.starts_with("together: ") && text.contains("no L1 penalty"), "{text}");
    let wrong = vec![("g".to_owned(), Direction::Rising)];
    let text = error(Analysis { monotone: wrong, ..Analysis::default() });
    assert!(text.starts_with("monotone: there is no column or term `g`"), "{text}");
}

#[test]
fn the_penalty_of_several_classes_is_chosen() {
    let response = classes(&["a", "b", "c"]);
    let choice = Choice { l1_ratios: vec![0.5, 1.0], ..Choice::default() };
    let analysis = Analysis { choice: Some(choice.clone()), ..Analysis::default() };
    let found = analysis.fit(&cases(response.clone())).unwrap();
    assert_eq!((found.family, found.status.converged()), (ModelFamily::Multinomial, true));
    let chosen = found.chosen.as_ref().unwrap();
    assert!(chosen.points.len() > 100);
    assert!((found.penalty.0 + found.penalty.1 - chosen.best.alpha).abs() < 1e-12);
    // At the largest penalty of the path all coefficients are zero, at a later one some are not.
    assert!(chosen.path[0].1.iter().all(|b| *b == 0.0) && chosen.path[0].1.len() == 9);
    assert!(chosen.path.last().unwrap().1.iter().any(|b| *b != 0.0));
    let rule = Choice { rule: Rule::OneStandardError, ..choice };
    let wide = Analysis { choice: Some(rule), ..Analysis::default() };
    let wide = wide.fit(&cases(response)).unwrap();
    assert!(wide.penalty.0 + wide.penalty.1 >= chosen.best.alpha);
    assert_eq!(found.solver.0, "proximal-newton");
}
