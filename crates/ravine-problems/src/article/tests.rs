//! What the demonstrations are known to give, by the plainest loops over the objectives.

use ravine::matrix::Matrix;
use serde::Deserialize;

use super::{NAMES, data, problem};
use crate::gaussian;

#[derive(Deserialize)]
struct Article {
    gradient_descent: GradientDescent,
    lbfgs_quadratic: Quadratic,
    krylov_quadratic: Quadratic,
    natural_gradient_gaussian: Gaussian,
}

#[derive(Deserialize)]
struct GradientDescent {
    step: f64,
    x_after_200: Vec<f64>,
    #[serde(rename = "iterations_to_gradient_norm_1e-6")]
    iterations: usize,
}

#[derive(Deserialize)]
#[allow(non_snake_case)]
struct Quadratic {
    A: Vec<Vec<f64>>,
    eigenvalues: Vec<f64>,
}

#[derive(Deserialize)]
struct Gaussian {
    data: Vec<f64>,
    rate: f64,
    steps: usize,
    maximum_likelihood: Vec<f64>,
    gradient_descent_mu_sigma: Vec<f64>,
    natural_gradient_mu_sigma: Vec<f64>,
}

fn reference() -> Article {
    serde_json::from_str(include_str!("../../tests/data/article.json")).unwrap()
}

#[test]
fn the_data_are_those_of_the_reference() {
    let reference = reference();
    assert_eq!(reference.natural_gradient_gaussian.data, gaussian::data::GAUSSIAN);
    assert_eq!(reference.lbfgs_quadratic.A, data::LBFGS);
    assert_eq!(reference.krylov_quadratic.A, data::KRYLOV);
    for name in NAMES {
        assert_eq!(problem(name).unwrap().name, format!("article:{name}"));
    }
}

#[test]
fn the_spectra_are_those_announced() {
    let reference = reference();
    for (name, quadratic) in
        [("lbfgs", reference.lbfgs_quadratic), ("krylov", reference.krylov_quadratic)]
    {
        let f = problem(name).unwrap().objective;
        let n = f.dimension();
        let mut a = Matrix::zeros(n, n);
        f.as_hessian().unwrap().hessian(&vec![0.0; n], &mut a).unwrap();
        // Traces of powers determine the spectrum.
        let mut power = Matrix::identity(n);
        for k in 1..=3 {
            power = Matrix::from_fn(n, n, |i, j| (0..n).map(|l| power[(i, l)] * a[(l, j)]).sum());
            let trace: f64 = (0..n).map(|i| power[(i, i)]).sum();
            let sum: f64 = quadratic.eigenvalues.iter().map(|e| e.powi(k)).sum();
            assert!((trace / sum - 1.0).abs() < 1e-12, "{name}: {trace} {sum}");
        }
    }
}

#[test]
fn gradient_descent_at_condition_number_100() {
    let reference = reference().gradient_descent;
    let problem = problem("gradient-descent").unwrap();
    let (mut x, mut g) = (problem.start.clone(), vec![0.0; 2]);
    let mut iterations = 0;
    loop {
        problem.objective.as_gradient().unwrap().value_and_gradient(&x, &mut g).unwrap();
        if iterations == 200 {
            for (x, known) in x.iter().zip(&reference.x_after_200) {
                assert!((x - known).abs() < 1e-12 * known.abs(), "{x} {known}");
            }
        }
        if g[0].hypot(g[1]) < 1e-6 {
            break;
        }
        for (x, g) in x.iter_mut().zip(&g) {
            *x -= reference.step * g;
        }
        iterations += 1;
    }
    assert_eq!(iterations, reference.iterations);
}

#[test]
fn the_gaussian_by_both_gradients() {
    let reference = reference().natural_gradient_gaussian;
    let problem = problem("gaussian").unwrap();
    let estimate = problem.minima[0].point.as_ref().unwrap();
    let run = |natural: bool| {
        let (mut x, mut g) = (problem.start.clone(), vec![0.0; 2]);
        let mut fisher = Matrix::zeros(2, 2);
        for _ in 0..reference.steps {
            problem.objective.as_gradient().unwrap().value_and_gradient(&x, &mut g).unwrap();
            problem.objective.as_fisher().unwrap().fisher(&x, &mut fisher).unwrap();
            for i in 0..2 {
                let scale = if natural { fisher[(i, i)] } else { 1.0 };
                x[i] -= reference.rate * g[i] / scale;
            }
        }
        [x[0], x[1].exp()]
    };
    for (known, found) in [
        (&reference.maximum_likelihood, [estimate[0], estimate[1].exp()]),
        (&reference.gradient_descent_mu_sigma, run(false)),
        (&reference.natural_gradient_mu_sigma, run(true)),
    ] {
        for (known, found) in known.iter().zip(found) {
            assert!((known - found).abs() < 1e-12, "{known} {found}");
        }
    }
}

#[test]
fn unknown_names_are_refused() {
    let message = problem("lbgfs").unwrap_err().to_string();
    assert!(message.contains("did you mean `lbfgs`?"), "{message}");
}
