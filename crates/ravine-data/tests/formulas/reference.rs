//! The 56 formulas of the reference: names of columns, and their values.

use ravine_data::{PredictionSettings, Terms};
use serde_json::Value;

use crate::shared::{fit, matrix, names, reference, table};

#[test]
fn columns_and_values_are_those_of_the_reference() {
    let (reference, table) = (reference(), table());
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 56);
    let mut compared = 0;
    for case in cases {
        let formula = case["formula"].as_str().unwrap();
        let (terms, frame) =
            fit(formula, &table).unwrap_or_else(|error| panic!("{formula}: {error}"));
        let expected: Vec<&str> =
            case["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(names(&frame.design), expected, "{formula}");
        assert_eq!(frame.design.has_intercept(), expected.contains(&"Intercept"), "{formula}");
        let by_term: Vec<String> =
            terms.columns().into_iter().flat_map(|columns| columns.names).collect();
        assert_eq!(
            by_term,
            frame.design.names()[usize::from(terms.has_intercept())..],
            "{formula}"
        );
        let Some(rows) = case.get("values").and_then(Value::as_array) else { continue };
        let found = matrix(&frame.design);
        for (i, row) in rows.iter().enumerate() {
            for (j, value) in row.as_array().unwrap().iter().enumerate() {
                let (a, b) = (found[(i, j)], value.as_f64().unwrap());
                assert!(
                    (a - b).abs() < 2e-14,
                    "{formula}: row {i}, column {j}: {a} in place of {b}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 850, "{compared}");
}

#[test]
fn the_normal_form_and_the_stored_form_mean_the_same() {
    let (reference, table) = (reference(), table());
    for case in reference["cases"].as_array().unwrap() {
        let formula = case["formula"].as_str().unwrap();
        let (terms, frame) = fit(formula, &table).unwrap();
        let (again, second) = fit(terms.formula(), &table).unwrap();
        assert_eq!(second.design, frame.design, "{formula} and {}", terms.formula());
        assert_eq!(again.formula(), terms.formula());

        let stored = serde_json::to_string(&terms).unwrap();
        let read: Terms = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, terms, "{formula}");
        let predicted = read.frame(&table, &PredictionSettings::default()).unwrap();
        assert_eq!(predicted.design, frame.design, "{formula}");
    }
}

#[test]
fn what_the_reference_refuses_is_refused() {
    let (reference, table) = (reference(), table());
    for formula in reference["errors"].as_array().unwrap() {
        let formula = formula.as_str().unwrap();
        let message = fit(formula, &table).unwrap_err().to_string();
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[1].trim(), formula.trim(), "{message}");
        assert_eq!(lines[2].trim(), "^", "{message}");
    }
}
