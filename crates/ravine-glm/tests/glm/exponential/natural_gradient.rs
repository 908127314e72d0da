//! Natural gradients of likelihoods in several parameters, by the core's methods.

use std::sync::Arc;

use ravine::matrix::{Cholesky, Matrix};
use ravine::methods::{GradientDescent, NaturalGradient, NaturalTrust, named};
use ravine::minimize::Run;
use ravine::objective::{Fisher, Gradient, Hessian, Objective, Supplies};
use ravine::random::Random;
use ravine::{Conditions, Stopping, minimize};
use ravine_glm::exponential::{
    Binomial, Chart, Coordinates, Exponential, ExponentialFamily, Gamma, Gaussian, Likelihood,
    Parameters, Poisson,
};
use serde_json::Value;

use super::{cases, numbers};
use crate::reference::assert_close;

/// `(mu, ln sigma)`.
#[derive(Debug)]
struct LogDeviation;

impl Chart for LogDeviation {
    fn usual(&self, theta: &[f64], usual: &mut [f64]) {
        (usual[0], usual[1]) = (theta[0], (2.0 * theta[1]).exp());
    }

    fn jacobian(&self, theta: &[f64], jacobian: &mut Matrix) {
        let entries = [1.0, 0.0, 0.0, 2.0 * (2.0 * theta[1]).exp()];
        jacobian.entries_mut().copy_from_slice(&entries);
    }
}

/// `F^-1 g` at a point.
fn natural_gradient(f: &Likelihood, theta: &[f64]) -> Vec<f64> {
    let n = f.dimension();
    let (mut g, mut fisher) = (vec![0.0; n], Matrix::zeros(n, n));
    f.value_and_gradient(&theta.to_vec(), &mut g).unwrap();
    f.fisher(theta, &mut fisher).unwrap();
    Cholesky::new(&fisher).unwrap().solve(&mut g);
    g
}

/// A family, data, and natural parameters to start from.
type Drawn = (Arc<dyn ExponentialFamily>, Vec<f64>, Vec<f64>);

/// Cases drawn from the second member of a reference, and the first member.
fn drawn(count: usize) -> Vec<Drawn> {
    let mut random = Random::new(11);
    let with_data = cases().into_iter().map(|case| {
        let (start, truth) = case.natural();
        let family: Arc<dyn ExponentialFamily> = Arc::from(case.family);
        let size = family.case_dimension();
        let mut data = vec![0.0; count * size];
        data.chunks_exact_mut(size).for_each(|x| family.draw(&truth, &mut random, x));
        (family, data, start)
    });
    with_data.collect()
}

#[test]
fn the_gaussian_of_the_article() {
    let article: Value =
        serde_json::from_str(include_str!("../../data/natural_gradient.json")).unwrap();
    let data = numbers(&article["data"]);
    let rate = article["rate"].as_f64().unwrap();
    let steps = article["steps"].as_u64().unwrap();
    let f = Likelihood::new(Gaussian, &data, Coordinates::Chart(Arc::new(LogDeviation))).unwrap();
    let stopping = Stopping { iterations: Some(steps), ..Stopping::default() };
    let conditions = Conditions { stopping, ..Conditions::default() };
    let deviation = |x: &[f64]| [x[0], x[1].exp()];

    let method = NaturalGradient { step: rate, ..NaturalGradient::default() };
    let mut run = Run::new(&f, method, &vec![0.0, 0.0], conditions.clone()).unwrap();
    while run.step().is_none() {}
    let expected = numbers(&article["natural_gradient_mu_sigma"]);
    assert_close("natural gradient", &deviation(&run.outcome().x), &expected, 1e-12);

    let method = GradientDescent { step: rate };
    let mut run = Run::new(&f, method, &vec![0.0, 0.0], conditions).unwrap();
    while run.step().is_none() {}
    let expected = numbers(&article["gradient_descent_mu_sigma"]);
    assert_close("gradient descent", &deviation(&run.outcome().x), &expected, 1e-12);

    let usual = Gaussian.convert(f.estimate().unwrap(), Parameters::Usual);
    let expected = numbers(&article["maximum_likelihood"]);
    assert_close("estimate", &[usual[0], usual[1].sqrt()], &expected, 1e-13);
}

#[test]
fn values_are_means_over_the_data_and_gradients_their_derivatives() {
    for (family, data, start) in drawn(50) {
        let (name, size) = (family.name(), family.case_dimension());
        let cases = data.chunks_exact(size);
        let count = cases.len() as f64;
        let mean: f64 = -cases.map(|x| family.log_density(&start, x)).sum::<f64>() / count;
        for kind in [Parameters::Natural, Parameters::Mean, Parameters::Usual] {
            let f = Likelihood::of_any(family.clone(), &data, kind).unwrap();
            let theta = family.convert(&start, kind);
            let mut g = vec![0.0; theta.len()];
            let value = f.value_and_gradient(&theta, &mut g).unwrap();
            assert_close(name, &[value], &[mean], 1e-12);
            for j in 0..theta.len() {
                let moved = |t: f64| {
                    let mut moved = theta.clone();
                    moved[j] += t;
                    f.value(&moved).unwrap()
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert_close(&format!("{name} {kind:?}"), &[slope], &[g[j]], 1e-6);
            }
        }
        let f = Likelihood::of_any(family.clone(), &data, Parameters::Natural).unwrap();
        let n = start.len();
        let (mut hessian, mut fisher) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
        f.hessian(&start, &mut hessian).unwrap();
        f.fisher(&start, &mut fisher).unwrap();
        assert_eq!(hessian, fisher);
    }
}

#[test]
fn one_step_in_mean_parameters_is_the_estimate_of_every_family() {
    for (family, data, start) in drawn(200) {
        let name = family.name();
        let f = Likelihood::of_any(family.clone(), &data, Parameters::Mean).unwrap();
        let m = family.convert(&start, Parameters::Mean);
        let step = natural_gradient(&f, &m);
        let after: Vec<f64> = m.iter().zip(&step).map(|(m, d)| m - d).collect();
        assert_close(name, &after, f.statistics(), 1e-10);
        let outcome = minimize(&f, m, NaturalGradient::default()).run().unwrap();
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!(outcome.iterations <= 2, "{name}: {}", outcome.iterations);
        let found = family.natural(Parameters::Mean, &outcome.x).unwrap();
        assert_close(name, &found, f.estimate().unwrap(), 1e-9);
    }
    // In other parameters one step is not enough.
    let f = Likelihood::new(Gamma, &[0.4, 1.9, 2.2, 0.7, 3.1], Parameters::Usual).unwrap();
    let outcome = minimize(&f, vec![1.5, 1.0], NaturalGradient::default()).run().unwrap();
    assert!(outcome.status.converged() && outcome.iterations > 2, "{outcome:?}");
}

#[test]
fn the_natural_gradient_is_the_plain_one_in_the_dual_parameters() {
    for (family, data, start) in drawn(100) {
        let m = family.convert(&start, Parameters::Mean);
        let natural = Likelihood::of_any(family.clone(), &data, Parameters::Natural).unwrap();
        let mean = natural.in_coordinates(Parameters::Mean);
        let plain = |f: &Likelihood, x: &Vec<f64>| {
            let mut g = vec![0.0; x.len()];
            f.value_and_gradient(x, &mut g).unwrap();
            g
        };
        let name = family.name();
        assert_close(name, &natural_gradient(&natural, &start), &plain(&mean, &m), 1e-10);
        assert_close(name, &natural_gradient(&mean, &m), &plain(&natural, &start), 1e-10);
    }
}

/// `KL(eta, eta + t d) = t^2 d'Fd / 2 + O(t^3)`: with ten times smaller t, the error is a thousand
/// times smaller.
#[test]
fn the_information_is_the_divergence_to_third_order() {
    for case in cases() {
        let (family, (p, _)) = (&case.family, case.natural());
        let information = family.fisher(Parameters::Natural, &p).unwrap();
        let d: Vec<f64> = (0..p.len())
            .map(|j| 0.3 * [1.0, -0.7, 0.4, 0.2, -0.5][j] / information[(j, j)].sqrt())
            .collect();
        let mut product = vec![0.0; d.len()];
        information.multiply(&d, &mut product);
        let half: f64 = 0.5 * d.iter().zip(&product).map(|(a, b)| a * b).sum::<f64>();
        let error = |t: f64| {
            let q: Vec<f64> = p.iter().zip(&d).map(|(p, d)| p + t * d).collect();
            (family.divergence(&p, &q) - t * t * half).abs()
        };
        let (large, small) = (error(0.1), error(0.01));
        assert!(large < 0.1 * 0.01 * half, "{}: {large:e} {half:e}", family.name());
        assert!(small < 2e-3 * large + 1e-15, "{}: {small:e} {large:e}", family.name());
    }
}

#[test]
fn steps_that_leave_the_domain_are_shortened() {
    // A full step from a small rate to a large one goes far below zero.
    let f = Likelihood::new(Exponential, &[8.0, 12.0], Parameters::Natural).unwrap();
    let start = vec![-1.0];
    let step = natural_gradient(&f, &start);
    assert!(start[0] - step[0] > 0.0, "the plain step stays inside");
    for trust in [NaturalTrust::Radius(50.0), NaturalTrust::LineSearch(Default::default())] {
        let method = NaturalGradient { trust, ..NaturalGradient::default() };
        let outcome = minimize(&f, start.clone(), method).run().unwrap();
        assert!(outcome.status.converged(), "{}", outcome.status);
        assert!((outcome.x[0] + 0.1).abs() < 1e-9, "{:?}", outcome.x);
    }
    // Data on the boundary: there is no estimate, and no step goes outside.
    let f = Likelihood::new(Binomial::bernoulli(), &[0.0, 0.0], Parameters::Mean).unwrap();
    assert!(f.estimate().is_none());
    assert!((f.value(&vec![0.25]).unwrap() + 0.75_f64.ln()).abs() < 1e-15);
    assert_eq!(f.value(&vec![1.5]).unwrap(), f64::INFINITY);
    let mut g = vec![0.0];
    assert_eq!(f.value_and_gradient(&vec![-0.5], &mut g).unwrap(), f64::INFINITY);
    assert!(g[0].is_nan());
}

#[test]
fn methods_by_name_reach_the_estimate_in_any_parameters() {
    for (family, data, start) in drawn(60) {
        for kind in [Parameters::Natural, Parameters::Mean, Parameters::Usual] {
            let f = Likelihood::of_any(family.clone(), &data, kind).unwrap();
            let x0 = family.convert(&start, kind);
            for name in ["fisher/solve/wolfe", "natural-gradient-kl"] {
                let none = Value::Null;
                let stopping = Stopping { iterations: Some(300), ..Stopping::default() };
                let mut run = named(name).unwrap().start(&none, &f, &x0, stopping).unwrap();
                while run.step().is_none() {}
                let outcome = run.outcome();
                let found = f.natural(&outcome.x).unwrap();
                let apart = family.divergence(f.estimate().unwrap(), &found);
                assert!(apart < 1e-9, "{} {kind:?} {name}: {apart:e}", family.name());
            }
        }
    }
}

#[test]
fn hessians_are_supplied_where_they_are_known() {
    let f = Likelihood::new(Poisson, &[1.0, 3.0], Parameters::Natural).unwrap();
    let supplied: &dyn Supplies = &f;
    assert!(supplied.as_hessian().is_some() && supplied.as_fisher().is_some());
    let usual = f.in_coordinates(Parameters::Usual);
    assert!(usual.as_hessian().is_none() && usual.as_hessian_product().is_none());
    assert!(usual.hessian(&[1.0], &mut Matrix::zeros(1, 1)).is_err());
    assert_eq!((f.family().name(), f.statistics()), ("poisson", &[2.0][..]));
}

/// The information of the article's parameters, by formula and by cases drawn from the model.
#[test]
fn charts_have_their_information() {
    use ravine::objective::DrawnGradients;
    let f =
        Likelihood::new(Gaussian, &[1.0, 2.5], Coordinates::Chart(Arc::new(LogDeviation))).unwrap();
    let theta = vec![0.3, 0.4];
    let mut fisher = Matrix::zeros(2, 2);
    f.fisher(&theta, &mut fisher).unwrap();
    assert_close("fisher", fisher.entries(), &[(-0.8_f64).exp(), 0.0, 0.0, 2.0], 1e-14);
    let (mut random, mut g, mut sum) = (Random::new(2), vec![0.0; 2], [0.0; 3]);
    for _ in 0..40_000 {
        f.drawn_gradient(&theta, &mut random, &mut g).unwrap();
        sum[0] += g[0] * g[0] / 4e4;
        sum[1] += g[0] * g[1] / 4e4;
        sum[2] += g[1] * g[1] / 4e4;
    }
    assert_close("drawn", &sum, &[(-0.8_f64).exp(), 0.0, 2.0], 0.05);
}
