//! L-BFGS on the rotated quadratic of the demonstrations: `x'A x / 2`, ten variables, eigenvalues
//! from 1 to 1000, from a vector of ones.

use ravine::curvature::Form;
use ravine::line_search::{Exact, Fixed, LineSearch};
use ravine::matrix::Matrix;
use ravine::methods::Lbfgs;
use ravine::objective::{Gradient, from_gradient};
use ravine::{Stopping, Vector, minimize};

struct Reference {
    a: Matrix,
    start: Vec<f64>,
    unit_step: Vec<f64>,
    unit_steps: usize,
    exact: Vec<f64>,
    exact_steps: usize,
}

fn reference() -> Reference {
    let text = include_str!("../data/article.json");
    let article: serde_json::Value = serde_json::from_str(text).unwrap();
    let case = &article["lbfgs_quadratic"];
    let numbers = |name: &str| serde_json::from_value::<Vec<f64>>(case[name].clone()).unwrap();
    let rows: Vec<Vec<f64>> = serde_json::from_value(case["A"].clone()).unwrap();
    let count = |name: &str| case[name].as_u64().unwrap() as usize;
    Reference {
        a: Matrix::from_rows(&rows),
        start: numbers("start"),
        unit_step: numbers("gradient_norms_with_unit_step_first_20"),
        unit_steps: count("steps_with_unit_step"),
        exact: numbers("gradient_norms_with_exact_line_search"),
        exact_steps: count("steps_with_exact_line_search"),
    }
}

fn quadratic(a: &Matrix) -> impl Gradient<Point = Vec<f64>> {
    from_gradient(a.rows(), |x: &[f64], g: &mut [f64]| {
        a.multiply(x, g);
        x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>() / 2.0
    })
}

/// Both counts of the reference are to a Euclidean gradient norm below this: the exact search
/// leaves 0.35 after nine steps and `8e-13` after ten, and the unit steps cross it after 113 to 129
/// steps, as rounding will have it.
const TOLERANCE: f64 = 1e-10;

/// Euclidean gradient norms, at the start and after each step.
fn norms(line_search: LineSearch, form: Form) -> Vec<f64> {
    let reference = reference();
    let f = quadratic(&reference.a);
    let mut norms = Vec::new();
    let method = Lbfgs { memory: 10, line_search, form };
    let outcome = minimize(&f, reference.start, method)
        .stopping(Stopping { iterations: Some(200), ..Stopping::gradient(0.1 * TOLERANCE) })
        .observe(|progress| {
            norms.push(progress.gradient.norm());
            std::ops::ControlFlow::Continue(())
        })
        .run()
        .unwrap();
    println!("{} {norms:?}", outcome.status);
    norms
}

fn steps_to_tolerance(norms: &[f64]) -> usize {
    norms.iter().position(|&norm| norm < TOLERANCE).unwrap()
}

#[test]
fn unit_steps_reproduce_the_reference() {
    let reference = reference();
    for form in [Form::TwoLoop, Form::Compact] {
        let norms = norms(LineSearch::Fixed(Fixed::default()), form);
        for (k, (norm, expected)) in norms.iter().zip(&reference.unit_step).enumerate() {
            let error = (norm - expected).abs() / expected;
            assert!(error < 1e-7, "step {k}: {norm} instead of {expected}, {form:?}");
        }
        let steps = steps_to_tolerance(&norms);
        assert!((105..=reference.unit_steps + 10).contains(&steps), "{steps} steps, {form:?}");
    }
}

#[test]
fn exact_searches_reproduce_the_reference() {
    let reference = reference();
    for form in [Form::TwoLoop, Form::Compact] {
        let norms = norms(LineSearch::Exact(Exact::default()), form);
        assert_eq!(steps_to_tolerance(&norms), reference.exact_steps);
        for (k, (norm, expected)) in norms.iter().zip(&reference.exact).take(10).enumerate() {
            let error = (norm - expected).abs() / expected;
            assert!(error < 1e-7, "step {k}: {norm} instead of {expected}, {form:?}");
        }
    }
}

/// On a quadratic the default search is exact: two evaluations a step.
#[test]
fn the_default_search_takes_at_most_eleven_steps_on_a_quadratic() {
    let steps = steps_to_tolerance(&norms(Lbfgs::default().line_search, Form::TwoLoop));
    assert!(steps <= 11, "{steps} steps");
}

/// Elsewhere it ends at the first good enough step, nearly always the unit step.
#[test]
fn the_default_search_takes_little_more_than_one_evaluation_a_step() {
    let n = 100;
    let f = from_gradient(n, |x: &[f64], g: &mut [f64]| {
        let mut sum = 0.0;
        for (i, (x, g)) in x.iter().zip(g).enumerate() {
            let weight = (1.0 + i as f64).powi(2);
            sum += weight * (x.cosh() - 1.0);
            *g = weight * x.sinh();
        }
        sum
    });
    let outcome = minimize(&f, vec![1.0; n], Lbfgs::default())
        .stopping(Stopping::gradient(1e-2))
        .run()
        .unwrap();
    assert!(outcome.status.converged(), "{}", outcome.status);
    let (steps, gradients) = (outcome.iterations as f64, outcome.evaluations.gradient as f64);
    assert!(gradients <= 1.1 * steps + 5.0, "{gradients} gradients in {steps} steps");
}
