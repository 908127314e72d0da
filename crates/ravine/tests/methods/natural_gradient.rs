//! Natural gradient: the classic demonstration on a Gaussian, exponential families, invariance.

use ravine::matrix::Matrix;
use ravine::methods::{GradientDescent, NaturalGradient, NaturalTrust};
use ravine::minimize::Method;
use ravine::minimize::Run;
use ravine::objective::{Evaluation, Fisher, Gradient, Objective};
use ravine::{Status, Stopping, minimize};

/// A negative log-likelihood per case and its Fisher information, from closures.
struct Model<G, F> {
    dimension: usize,
    value_and_gradient: G,
    fisher: F,
}

impl<G: Fn(&[f64], &mut [f64]) -> f64, F> Objective for Model<G, F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Ok((self.value_and_gradient)(x, &mut vec![0.0; self.dimension]))
    }
}

impl<G: Fn(&[f64], &mut [f64]) -> f64, F> Gradient for Model<G, F> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        Ok((self.value_and_gradient)(x, gradient))
    }
}

impl<G: Fn(&[f64], &mut [f64]) -> f64, F: Fn(&[f64], &mut Matrix)> Fisher for Model<G, F> {
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        (self.fisher)(x, fisher);
        Ok(())
    }
}

/// A Gaussian in `(mu, log sigma)`.
fn gaussian(data: Vec<f64>) -> impl Fisher<Point = Vec<f64>> {
    Model {
        dimension: 2,
        value_and_gradient: move |x: &[f64], g: &mut [f64]| {
            let (n, variance) = (data.len() as f64, (2.0 * x[1]).exp());
            let mean = data.iter().map(|d| d - x[0]).sum::<f64>() / n;
            let square = data.iter().map(|d| (d - x[0]).powi(2)).sum::<f64>() / n;
            g.copy_from_slice(&[-mean / variance, 1.0 - square / variance]);
            x[1] + 0.5 * square / variance
        },
        fisher: |x: &[f64], fisher: &mut Matrix| {
            fisher.fill(0.0);
            fisher[(0, 0)] = (-2.0 * x[1]).exp();
            fisher[(1, 1)] = 2.0;
        },
    }
}

fn after<O, M>(objective: &O, method: M, start: &[f64], steps: usize) -> Vec<f64>
where
    O: Objective<Point = Vec<f64>>,
    M: Method<O>,
{
    let stopping = Stopping::gradient(0.0);
    let mut run = Run::new(objective, method, &start.to_vec(), stopping).unwrap();
    for _ in 0..steps {
        assert_eq!(run.step(), None);
    }
    run.progress().x.clone()
}

fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    for (a, e) in actual.iter().zip(expected) {
        assert!((a - e).abs() <= tolerance * e.abs(), "{actual:?} against {expected:?}");
    }
}

/// The mean negative log-likelihood from `mu = 0, log sigma = 0`.
#[test]
fn a_gaussian_as_in_the_article() {
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("../data/article.json")).unwrap();
    let reference = &reference["natural_gradient_gaussian"];
    let numbers =
        |key: &str| serde_json::from_value::<Vec<f64>>(reference[key].clone()).expect("numbers");
    let step = reference["rate"].as_f64().expect("a number");
    let f = gaussian(numbers("data"));
    let mu_sigma = |x: Vec<f64>| [x[0], x[1].exp()];

    let gd = mu_sigma(after(&f, GradientDescent { step }, &[0.0, 0.0], 100));
    assert_close(&gd, &numbers("gradient_descent_mu_sigma"), 1e-14);
    let method = NaturalGradient { step, ..NaturalGradient::default() };
    let natural = mu_sigma(after(&f, method, &[0.0, 0.0], 100));
    assert_close(&natural, &numbers("natural_gradient_mu_sigma"), 1e-14);

    // With rate 1 the rest of the way takes a few steps, not one: (mu, log sigma) are not mean
    // parameters.
    let outcome = minimize(&f, vec![0.0, 0.0], NaturalGradient::default()).run().unwrap();
    assert!(outcome.status.converged() && outcome.iterations > 1, "{outcome:?}");
    assert_close(&mu_sigma(outcome.x), &numbers("maximum_likelihood"), 1e-8);
}

#[test]
fn one_step_in_mean_parameters_is_the_maximum_likelihood_estimate() {
    // Three categories with shares 0.2, 0.5, 0.3, in the first two probabilities.
    let share = [0.2, 0.5, 0.3];
    let categorical = Model {
        dimension: 2,
        value_and_gradient: |p: &[f64], g: &mut [f64]| {
            let last = 1.0 - p[0] - p[1];
            for i in 0..2 {
                g[i] = -share[i] / p[i] + share[2] / last;
            }
            -share[0] * p[0].ln() - share[1] * p[1].ln() - share[2] * last.ln()
        },
        fisher: |p: &[f64], fisher: &mut Matrix| {
            fisher.fill(1.0 / (1.0 - p[0] - p[1]));
            for i in 0..2 {
                fisher[(i, i)] += 1.0 / p[i];
            }
        },
    };
    let one = after(&categorical, NaturalGradient::default(), &[0.7, 0.1], 1);
    assert_close(&one, &share[..2], 1e-14);

    // A Poisson distribution in its mean.
    let poisson = Model {
        dimension: 1,
        value_and_gradient: |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 3.5 / x[0];
            x[0] - 3.5 * x[0].ln()
        },
        fisher: |x: &[f64], fisher: &mut Matrix| fisher[(0, 0)] = 1.0 / x[0],
    };
    assert_close(&after(&poisson, NaturalGradient::default(), &[0.1], 1), &[3.5], 1e-14);
}

#[test]
fn reparametrization_changes_a_step_only_in_second_order() {
    // The Gaussian again, in a = (mu + 1)^3 and b = sigma^2 mu: theta = phi(x).
    let data = vec![1.0, 2.5, 4.0, 3.0];
    let x = [0.5, 0.2];
    let phi = |x: &[f64]| [(x[0] + 1.0).powi(3), (2.0 * x[1]).exp() * x[0]];
    let jacobian = |x: &[f64]| {
        let v = (2.0 * x[1]).exp();
        [[3.0 * (x[0] + 1.0).powi(2), 0.0], [v, 2.0 * v * x[0]]]
    };
    let back = |theta: &[f64]| {
        let mu = theta[0].cbrt() - 1.0;
        [mu, 0.5 * (theta[1] / mu).ln()]
    };
    let inverse = move |theta: &[f64]| {
        let j = jacobian(&back(theta));
        let d = j[0][0] * j[1][1];
        [[j[1][1] / d, 0.0], [-j[1][0] / d, j[0][0] / d]]
    };
    let (inner, outer) = (gaussian(data.clone()), gaussian(data));
    let reparametrized = Model {
        dimension: 2,
        value_and_gradient: move |theta: &[f64], g: &mut [f64]| {
            let mut gx = vec![0.0; 2];
            let value = outer.value_and_gradient(&back(theta).to_vec(), &mut gx).unwrap();
            let k = inverse(theta);
            for j in 0..2 {
                g[j] = k[0][j] * gx[0] + k[1][j] * gx[1];
            }
            value
        },
        fisher: move |theta: &[f64], fisher: &mut Matrix| {
            let mut fx = Matrix::zeros(2, 2);
            let x = back(theta);
            fx[(0, 0)] = (-2.0 * x[1]).exp();
            fx[(1, 1)] = 2.0;
            let k = inverse(theta);
            for i in 0..2 {
                for j in 0..2 {
                    fisher[(i, j)] =
                        k[0][i] * fx[(0, 0)] * k[0][j] + k[1][i] * fx[(1, 1)] * k[1][j];
                }
            }
        },
    };
    let gap = |step: f64, natural: bool| {
        let (a, b) = if natural {
            let method = NaturalGradient { step, ..NaturalGradient::default() };
            (after(&inner, method.clone(), &x, 1), after(&reparametrized, method, &phi(&x), 1))
        } else {
            let method = GradientDescent { step };
            (after(&inner, method.clone(), &x, 1), after(&reparametrized, method, &phi(&x), 1))
        };
        let a = phi(&a);
        (a[0] - b[0]).hypot(a[1] - b[1])
    };
    let ratio = gap(1e-3, true) / gap(5e-4, true);
    assert!((ratio - 4.0).abs() < 0.1, "second order: {ratio}");
    let ratio = gap(1e-3, false) / gap(5e-4, false);
    assert!((ratio - 2.0).abs() < 0.1, "gradient descent differs in first order: {ratio}");
}

#[test]
fn the_radius_bounds_the_divergence() {
    let f = gaussian(vec![9.0, 11.0]);
    for radius in [1e-4, 1e-2] {
        let method =
            NaturalGradient { trust: NaturalTrust::Radius(radius), ..NaturalGradient::default() };
        let x = after(&f, method, &[0.0, 1.0], 1);
        let d = [x[0], x[1] - 1.0];
        let quadratic = 0.5 * ((-2.0f64).exp() * d[0] * d[0] + 2.0 * d[1] * d[1]);
        assert!((quadratic - radius).abs() < 1e-12 * radius.max(1.0), "{quadratic}");
        // The divergence itself, in closed form.
        let (s0, s1) = (1f64.exp(), x[1].exp());
        let exact = (s1 / s0).ln() + (s0 * s0 + x[0] * x[0]) / (2.0 * s1 * s1) - 0.5;
        assert!((exact / radius - 1.0).abs() < 4.0 * radius.sqrt(), "{exact} against {radius}");
    }
    // Near the minimizer the radius does not bind.
    let method = NaturalGradient { trust: NaturalTrust::Radius(0.1), ..NaturalGradient::default() };
    let outcome = minimize(&f, vec![0.0, 1.0], method).run().unwrap();
    assert!(outcome.status.converged());
    assert_close(&[outcome.x[0], outcome.x[1].exp()], &[10.0, 1.0], 1e-7);
}

#[test]
fn a_line_search_makes_it_monotone() {
    let f = gaussian(vec![9.0, 11.0, 10.0, 30.0]);
    let trust = NaturalTrust::LineSearch(Default::default());
    let method = NaturalGradient { step: 4.0, trust, damping: 0.0 };
    let mut last = f64::INFINITY;
    let outcome = minimize(&f, vec![0.0, 1.0], method)
        .observe(|progress| {
            assert!(progress.value <= last);
            last = progress.value;
            std::ops::ControlFlow::Continue(())
        })
        .run()
        .unwrap();
    assert!(outcome.status.converged(), "{outcome:?}");
    assert!((outcome.x[0] - 15.0).abs() < 1e-6);
}

#[test]
fn damping_and_a_singular_information() {
    // Only x_0 + x_1 is identified: F = [[1, 1], [1, 1]].
    let redundant = |curvature: f64| Model {
        dimension: 2,
        value_and_gradient: |x: &[f64], g: &mut [f64]| {
            g.fill(x[0] + x[1] - 3.0);
            0.5 * (x[0] + x[1] - 3.0).powi(2)
        },
        fisher: move |_: &[f64], fisher: &mut Matrix| fisher.fill(curvature),
    };
    // (F + l I)^-1 (1, 1) = (1, 1) / (2 + l).
    let damped = NaturalGradient { damping: 0.5, ..NaturalGradient::default() };
    assert_close(&after(&redundant(1.0), damped, &[0.0, 0.0], 1), &[1.2, 1.2], 1e-14);
    let outcome = minimize(&redundant(1.0), vec![0.0, 1.0], NaturalGradient::default()).run();
    let outcome = outcome.unwrap();
    assert!(outcome.status.converged(), "{outcome:?}");
    assert!((outcome.x[0] + outcome.x[1] - 3.0).abs() < 1e-6);

    let outcome = minimize(&redundant(f64::NAN), vec![0.0, 1.0], NaturalGradient::default()).run();
    assert_eq!(outcome.unwrap().status, Status::NoProgress);
}

#[test]
fn a_step_out_of_the_domain() {
    // An exponential distribution in its rate, with the data's mean 1: from rate 3 the natural
    // gradient step is 3 - 9 (1 - 1/3) = -3, where the likelihood is not defined.
    let f = Model {
        dimension: 1,
        value_and_gradient: |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 - 1.0 / x[0];
            x[0] - x[0].ln()
        },
        fisher: |x: &[f64], fisher: &mut Matrix| fisher[(0, 0)] = 1.0 / (x[0] * x[0]),
    };
    let outcome = |trust| {
        let method = NaturalGradient { trust, ..NaturalGradient::default() };
        minimize(&f, vec![3.0], method).run().unwrap()
    };
    assert_eq!(outcome(NaturalTrust::Fixed).status, Status::Diverged);
    for trust in [NaturalTrust::LineSearch(Default::default()), NaturalTrust::Radius(1e3)] {
        let outcome = outcome(trust);
        assert!(outcome.status.converged(), "{outcome:?}");
        assert!((outcome.x[0] - 1.0).abs() < 1e-7);
    }
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let f = gaussian(vec![1.0, 2.0]);
    let error = |method| minimize(&f, vec![0.0, 0.0], method).run().unwrap_err().to_string();
    let default = NaturalGradient::default;
    assert!(error(NaturalGradient { step: 0.0, ..default() }).starts_with("step: is 0.0"));
    assert!(error(NaturalGradient { damping: -1.0, ..default() }).starts_with("damping: is -1.0"));
    let radius = NaturalTrust::Radius(f64::NAN);
    assert!(error(NaturalGradient { trust: radius, ..default() }).starts_with("trust.radius: "));
}
