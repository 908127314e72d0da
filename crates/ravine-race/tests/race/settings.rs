//! What is said of settings is what holds of them.

use ravine::matrix::Matrix;
use ravine::methods::{Entry, catalogue, named, parts};
use ravine::objective::Supplies;
use ravine::settings::{Setting, Takes};
use ravine::{Conditions, Stopping};
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};

use serde_json::{Map, Value, json};

/// Objectives of which one supplies what a method needs.
fn objectives() -> Vec<(Box<dyn Supplies>, Vec<f64>)> {
    let valley = ravine::residuals!(2, |x| [1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])]);
    let chain = ravine::objective!(500, |x| {
        let springs = x.windows(2).map(|w| 5.0 * (w[1] - w[0]).powi(2)).sum::<R>();
        springs + x.iter().map(|&x| x.powi(4) / 4.0 - x).sum::<R>()
    });
    let cases = Matrix::from_fn(12, 2, |i, j| ((1 + i) * (1 + j)) as f64 % 5.0 - 2.0);
    let design = Design::dense(cases, vec!["a".to_owned(), "b".to_owned()]);
    let classes = (0..12).map(|i| f64::from(i % 3 == 0)).collect();
    let regression = Regression::new(design, classes, RegressionLoss::Logistic, 0.1).unwrap();
    let gaussian = ravine_problems::named("gaussian").unwrap();
    vec![
        (Box::new(valley), vec![-1.2, 1.0]),
        (Box::new(regression), vec![0.0, 0.0]),
        (gaussian.objective, gaussian.start),
        (Box::new(chain), vec![3.0; 500]),
    ]
}

/// Whether the method starts with these settings; else why not.
fn starts(entry: &Entry, settings: &Value) -> Result<(), String> {
    let objectives = objectives();
    let able = objectives.iter().find(|(f, _)| f.derivatives().missing(entry.needs).is_empty());
    let (f, x0) = able.unwrap_or_else(|| panic!("nothing supplies what {} needs", entry.name));
    let conditions = Conditions::from(Stopping::default());
    entry.start(settings, &**f, x0, conditions).map(drop).map_err(|error| error.to_string())
}

/// Values at the edges of what the words allow and beyond, each with whether it is allowed; none for
/// words that name another setting.
fn edges(range: &str) -> Vec<(f64, bool)> {
    let both = |text: &str| -> Option<(f64, f64)> {
        let (low, high) = text.split_once(", ")?;
        Some((low.parse().ok()?, high.parse().ok()?))
    };
    let number = |prefix: &str| range.strip_prefix(prefix).and_then(|n| n.parse::<f64>().ok());
    if let Some(least) = number("at least ") {
        return vec![(least, true), (least - 1.0, false)];
    }
    if let Some(low) = number("above ") {
        return vec![(low, false), (low + 0.5, true)];
    }
    if let Some(high) = number("below ") {
        return vec![(high, false)];
    }
    if let Some((low, high)) = range.strip_prefix("between ").and_then(|r| {
        let (low, high) = r.split_once(" and ")?;
        Some((low.parse().ok()?, high.parse().ok()?))
    }) {
        return vec![(low, false), (high, false), (0.5 * (low + high), true)];
    }
    if let Some(inner) = range.strip_prefix("in ") {
        let (open, close) = (inner.starts_with('('), inner.ends_with(')'));
        let Some((low, high)) = both(&inner[1..inner.len() - 1]) else { return Vec::new() };
        return vec![(low, !open), (high, !close), (low - 0.1, false), (high + 0.1, false)];
    }
    match range {
        "positive" | "positive and finite" => vec![(0.0, false), (-1.0, false)],
        "zero or positive" => vec![(0.0, true), (-1.0, false)],
        _ => Vec::new(),
    }
}

/// The settings with one at `path` changed.
fn changed(path: &[&str], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, name| json!({ *name: inner }))
}

/// Checks each setting, those within it too; gives how many ranges were tried.
fn check<'s>(entry: &Entry, settings: &'s [Setting], path: &mut Vec<&'s str>) -> usize {
    let mut tried = 0;
    for setting in settings {
        path.push(setting.name);
        assert!(!setting.meaning().is_empty(), "{} {path:?}", entry.name);
        let whole = matches!(setting.takes, Takes::Whole | Takes::WholeOrNothing);
        let [low, high] = setting.limits();
        for (value, allowed) in edges(setting.range) {
            let within =
                low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high);
            assert!(within || !allowed, "{} {path:?}: {value} in {low:?}, {high:?}", entry.name);
            assert!(low.or(high).is_some(), "{} {path:?}: {}", entry.name, setting.range);
            if whole && (value < 0.0 || value.fract() != 0.0) {
                continue;
            }
            let value = if whole { json!(value as u64) } else { json!(value) };
            let result = starts(entry, &changed(path, &value));
            match &result {
                Err(message) if !allowed => assert!(
                    message.contains(setting.name) && message.contains(setting.range),
                    "{} {path:?} = {value}: {message}; not `{}`",
                    entry.name,
                    setting.range
                ),
                result => {
                    assert_eq!(
                        result.is_ok(),
                        allowed,
                        "{} {path:?} = {value}: {result:?}",
                        entry.name
                    );
                }
            }
            tried += 1;
        }
        tried += check(entry, setting.takes.settings(), path);
        path.pop();
    }
    tried
}

#[test]
fn ranges_are_those_that_are_checked() {
    let mut tried = 0;
    for entry in catalogue() {
        starts(entry, &Value::Null).unwrap();
        tried += check(entry, entry.settings(), &mut Vec::new());
    }
    for name in
        ["sr1/steihaug/radius", "lbfgs/solve/hager-zhang", "exact/gltr/cubic", "bfgs/cg/damping"]
    {
        let entry = named(name).unwrap();
        tried += check(entry, entry.settings(), &mut Vec::new());
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn settings_are_the_fields_and_their_defaults_as_said() {
    let mut said = 0;
    for entry in catalogue() {
        let defaults = entry.defaults().unwrap();
        let none = Map::new();
        let defaults = defaults.as_object().unwrap_or(&none);
        let mut names: Vec<_> = entry.settings().iter().map(|setting| setting.name).collect();
        names.sort_unstable();
        let mut fields: Vec<_> = defaults.keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(names, fields, "{}", entry.name);
        for setting in entry.settings() {
            let meaning = setting.meaning();
            let Some((_, default)) = meaning.split_once("Default ") else { continue };
            let default = default.trim_end_matches('.').trim_matches('`');
            if let (Ok(number), Some(value)) =
                (default.parse::<f64>(), defaults[setting.name].as_f64())
            {
                assert_eq!(number, value, "{} {}", entry.name, setting.name);
                said += 1;
            }
        }
        let (description, _) = entry.description();
        assert!(!description.is_empty() && !description.contains("[`"), "{}", entry.name);
    }
    assert!(said > 30, "{said}");
    for part in parts() {
        for setting in part.settings {
            assert!(!setting.meaning().is_empty(), "{} {}", part.name, setting.name);
        }
    }
}
