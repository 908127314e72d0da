//! The classic demonstration of gradient descent at condition number 100, as measured.

use ravine::methods::GradientDescent;
use ravine::minimize::Run;
use ravine::objective::{WithGradient, from_gradient};
use ravine::{Stopping, minimize};

fn reference() -> serde_json::Value {
    serde_json::from_str(include_str!("../data/article.json")).expect("the data file is JSON")
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).expect("an array of numbers")
}

/// `x'Ax / 2` with a diagonal A.
fn quadratic(diagonal: Vec<f64>) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    from_gradient(diagonal.len(), move |x: &[f64], g: &mut [f64]| {
        let mut value = 0.0;
        for i in 0..x.len() {
            g[i] = diagonal[i] * x[i];
            value += 0.5 * g[i] * x[i];
        }
        value
    })
}

#[test]
fn two_hundred_steps_of_gradient_descent() {
    let reference = &reference()["gradient_descent"];
    let f = quadratic(numbers(&reference["A_diag"]));
    let step = reference["step"].as_f64().expect("a number");
    let start = numbers(&reference["start"]);
    let mut run = Run::new(&f, GradientDescent { step }, &start, Stopping::gradient(0.0)).unwrap();
    for _ in 0..200 {
        assert!(run.step().is_none());
    }
    let x = run.progress().x;
    for (x, expected) in x.iter().zip(numbers(&reference["x_after_200"])) {
        assert!((x - expected).abs() <= 1e-12 * expected.abs(), "{x} against {expected}");
    }
    let norm = run.progress().gradient[0].hypot(run.progress().gradient[1]);
    let expected = reference["gradient_norm_after_200"].as_f64().expect("a number");
    assert!((norm - expected).abs() <= 1e-14 * expected, "{norm} against {expected}");
}

#[test]
fn iterations_to_a_gradient_norm() {
    let reference = &reference()["gradient_descent"];
    let f = quadratic(numbers(&reference["A_diag"]));
    let start = numbers(&reference["start"]);
    // The maximum norm, as here, and the Euclidean norm give the same counts: for 0.019 only the
    // slow variable is left at the end, for 2/101 the gradient is 100 to 1 in the other.
    for (step, key) in [
        (0.019, "iterations_to_gradient_norm_1e-6"),
        (2.0 / 101.0, "iterations_with_step_2_over_101"),
    ] {
        let outcome = minimize(&f, start.clone(), GradientDescent { step })
            .stopping(Stopping::gradient(1e-6))
            .run()
            .unwrap();
        assert!(outcome.status.converged());
        assert_eq!(outcome.iterations, reference[key].as_u64().expect("a count"));
    }
}
