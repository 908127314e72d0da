//! Gaussians in place of posteriors, beside closed forms and long quadratures.

use ravine::FunctionError;
use ravine::matrix::{Cholesky, Matrix};
use ravine::objective::from_hessian;
use ravine_data::Design;
use ravine_glm::variational::{
    Covariance, GaussianPosterior, LogDensity, ModelPosterior, Nodes, Prior, VariationalInference,
    VariationalStatus,
};
use ravine_glm::{Family, Link, Targets};

use crate::reference::{assert_close, column, design, reference};

/// `(x - c)'A(x - c) / 2` as an objective, with the entries of A.
fn quadratic(n: usize) -> (Matrix, Vec<f64>) {
    let a = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0 + i as f64,
        1 => 0.7,
        _ => 0.0,
    });
    (a, (0..n).map(|i| 1.0 - 0.5 * i as f64).collect())
}

#[test]
fn a_gaussian_is_solved_in_one_step() {
    for n in [2, 3, 7] {
        let (a, c) = quadratic(n);
        let f = from_hessian(
            n,
            |x: &[f64], g: &mut [f64]| {
                let d: Vec<f64> = x.iter().zip(&c).map(|(x, c)| x - c).collect();
                a.multiply(&d, g);
                0.5 * d.iter().zip(&*g).map(|(d, g)| d * g).sum::<f64>()
            },
            |_: &[f64], h: &mut Matrix| h.clone_from(&a),
        );
        let density = LogDensity::new(&f).unwrap();
        let start = vec![4.0; n];
        let posterior = VariationalInference::default().fit(&density, &start).unwrap();
        assert_eq!((posterior.iterations, posterior.status), (1, VariationalStatus::Converged));
        assert_close("mean", &posterior.mean, &c, 1e-11);
        let factor = Cholesky::new(&a).unwrap();
        let mut covariance = Matrix::identity(n);
        (0..n).for_each(|j| factor.solve(covariance.column_mut(j)));
        assert_close("covariance", posterior.covariance.entries(), covariance.entries(), 1e-11);
        if n <= 4 {
            // The bound of a Gaussian is its log integral.
            let integral = 0.5 * (n as f64 * std::f64::consts::TAU.ln() - factor.log_determinant());
            assert_close("bound", &[posterior.bound], &[integral], 1e-12);
        }
        // Mean field: the same means, the inverse diagonal as variances.
        let diagonal =
            VariationalInference { covariance: Covariance::Diagonal, ..Default::default() };
        let field = diagonal.fit(&density, &start).unwrap();
        assert_eq!(field.status, VariationalStatus::Converged);
        assert_close("mean field", &field.mean, &c, 1e-8);
        for j in 0..n {
            assert_close("variance", &[field.covariance[(j, j)]], &[1.0 / a[(j, j)]], 1e-10);
        }
        assert!(field.bound <= posterior.bound + 1e-12);
    }
}

/// Mean and covariance of `e^l` over a fine grid, and the logarithm of its integral.
fn integrated(l: impl Fn(f64, f64) -> f64, half_width: f64) -> ([f64; 2], [f64; 3], f64) {
    const POINTS: i32 = 300;
    let at = |i: i32| half_width * f64::from(i) / f64::from(POINTS / 2);
    let grid = -POINTS / 2..=POINTS / 2;
    let (mut sum, mut first, mut second) = (0.0, [0.0; 2], [0.0; 3]);
    for i in grid.clone() {
        for j in grid.clone() {
            let (x, y) = (at(i), at(j));
            let w = l(x, y).exp();
            sum += w;
            first = [first[0] + w * x, first[1] + w * y];
            second = [second[0] + w * x * x, second[1] + w * x * y, second[2] + w * y * y];
        }
    }
    let mean = first.map(|m| m / sum);
    let products = [mean[0] * mean[0], mean[0] * mean[1], mean[1] * mean[1]];
    let covariance = [0, 1, 2].map(|k| second[k] / sum - products[k]);
    (mean, covariance, (sum * at(1) * at(1)).ln())
}

fn logistic_data() -> (Design, Vec<f64>) {
    let all = reference();
    (design(&all, &["x1", "x2"]), column(&all, "y_binary"))
}

/// `ln p(y, b)` of logistic regression with standard normal priors, constants included.
fn log_joint(x: &Matrix, y: &[f64], b: [f64; 2]) -> f64 {
    let likelihood: f64 = (0..y.len())
        .map(|i| {
            let z = x[(i, 0)] * b[0] + x[(i, 1)] * b[1];
            y[i] * z - z.max(0.0) - (-z.abs()).exp().ln_1p()
        })
        .sum();
    likelihood - 0.5 * (b[0] * b[0] + b[1] * b[1]) - std::f64::consts::TAU.ln()
}

fn entries(x: &Design) -> Matrix {
    let mut entries = Matrix::zeros(x.rows(), 2);
    x.write(0, &vec![1.0; x.rows()], &mut entries);
    entries
}

#[test]
fn the_posterior_of_logistic_regression_is_near_that_of_a_long_quadrature() {
    let (x, y) = logistic_data();
    let matrix = entries(&x);
    let (mean, covariance, evidence) = integrated(|a, b| log_joint(&matrix, &y, [a, b]), 8.0);
    let loss = Family::Binomial.with(Link::Logit).unwrap();
    let model = ModelPosterior::new(&x, &y, loss, 1.0, Prior::centred(2, 1.0)).unwrap();
    let found = VariationalInference::default().fit_model(&model).unwrap();
    assert_eq!(found.status, VariationalStatus::Converged);
    assert!(found.iterations <= 20, "{}", found.iterations);
    let deviations = [covariance[0].sqrt(), covariance[2].sqrt()];
    for j in 0..2 {
        assert!((found.mean[j] - mean[j]).abs() < 0.03 * deviations[j], "{found:?} {mean:?}");
        assert!((found.deviations()[j] / deviations[j] - 1.0).abs() < 0.03, "{covariance:?}");
    }
    let correlation = |s: [f64; 3]| s[1] / (s[0] * s[2]).sqrt();
    let s = &found.covariance;
    let own = [s[(0, 0)], s[(0, 1)], s[(1, 1)]];
    assert!((correlation(own) - correlation(covariance)).abs() < 0.03);
    // Below the log evidence, and near it.
    assert!(found.bound < evidence && found.bound > evidence - 0.02, "{} {evidence}", found.bound);
    assert!(found.history.windows(2).all(|w| w[1] >= w[0] - 1e-12), "{:?}", found.history);
}

/// At the optimum no Gaussian nearby has a larger bound, by a quadrature of its own.
#[test]
fn the_bound_is_largest_where_the_fit_ends() {
    let (x, y) = logistic_data();
    let matrix = entries(&x);
    let loss = Family::Binomial.with(Link::Logit).unwrap();
    let model = ModelPosterior::new(&x, &y, loss, 1.0, Prior::centred(2, 1.0)).unwrap();
    for covariance in [Covariance::Full, Covariance::Diagonal] {
        let settings = VariationalInference { covariance, ..Default::default() };
        let found = settings.fit_model(&model).unwrap();
        // E_q[l - ln q] over a grid in the coordinates of q.
        let bound = |mean: &[f64], s: &Matrix| {
            let lower = Cholesky::new(s).unwrap();
            let l = lower.lower();
            let (a, c, d) = (l[(0, 0)], l[(1, 0)], l[(1, 1)]);
            let (mut sum, mut total) = (0.0, 0.0);
            for i in -80..=80 {
                for j in -80..=80 {
                    let (u, v) = (f64::from(i) / 10.0, f64::from(j) / 10.0);
                    let w = (-0.5 * (u * u + v * v)).exp();
                    let b = [mean[0] + a * u, mean[1] + c * u + d * v];
                    sum += w * log_joint(&matrix, &y, b);
                    total += w;
                }
            }
            sum / total + 1.0 + std::f64::consts::TAU.ln() + 0.5 * lower.log_determinant()
        };
        let best = bound(&found.mean, &found.covariance);
        assert_close("bound", &[found.bound], &[best], 1e-10);
        let mut moves = vec![(vec![0.05, 0.0], [0.0; 3]), (vec![0.0, -0.05], [0.0; 3])];
        moves.extend(
            [[0.03, 0.0, 0.0], [-0.03, 0.0, 0.0], [0.0, 0.0, 0.05]].map(|s| (vec![0.0; 2], s)),
        );
        if covariance == Covariance::Full {
            moves.extend([[0.0, 0.03, 0.0], [0.0, -0.03, 0.0]].map(|s| (vec![0.0; 2], s)));
        }
        for (d, change) in moves {
            let mean: Vec<f64> = found.mean.iter().zip(&d).map(|(m, d)| m + d).collect();
            let mut s = found.covariance.clone();
            s[(0, 0)] += change[0];
            s[(1, 1)] += change[2];
            (s[(0, 1)], s[(1, 0)]) = (s[(0, 1)] + change[1], s[(1, 0)] + change[1]);
            assert!(bound(&mean, &s) < best, "{covariance:?}: {d:?} {change:?}");
        }
    }
}

/// The same posterior as a log density, by a product of quadratures and by pairs.
#[test]
fn three_ways_to_the_same_posterior() {
    let (x, y) = logistic_data();
    let matrix = entries(&x);
    let loss = Family::Binomial.with(Link::Logit).unwrap();
    let model = ModelPosterior::new(&x, &y, loss, 1.0, Prior::centred(2, 1.0)).unwrap();
    let rows = VariationalInference::default().fit_model(&model).unwrap();
    let shares = |b: &[f64]| -> Vec<f64> {
        let z = (0..y.len()).map(|i| matrix[(i, 0)] * b[0] + matrix[(i, 1)] * b[1]);
        z.map(|z| 1.0 / (1.0 + (-z).exp())).collect()
    };
    let f = from_hessian(
        2,
        |b: &[f64], g: &mut [f64]| {
            let p = shares(b);
            for j in 0..2 {
                g[j] = b[j] + (0..y.len()).map(|i| (p[i] - y[i]) * matrix[(i, j)]).sum::<f64>();
            }
            -log_joint(&matrix, &y, [b[0], b[1]])
        },
        |b: &[f64], h: &mut Matrix| {
            let p = shares(b);
            for j in 0..2 {
                for k in 0..2 {
                    let sum: f64 = (0..y.len())
                        .map(|i| p[i] * (1.0 - p[i]) * matrix[(i, j)] * matrix[(i, k)])
                        .sum();
                    h[(j, k)] = f64::from(j == k) + sum;
                }
            }
        },
    );
    let density = LogDensity::with_nodes(&f, Nodes::Quadrature(20)).unwrap();
    let product = VariationalInference::default().fit(&density, &[0.0, 0.0]).unwrap();
    assert_close("mean", &product.mean, &rows.mean, 1e-6);
    assert_close("covariance", product.covariance.entries(), rows.covariance.entries(), 1e-6);
    assert_close("bound", &[product.bound], &[rows.bound], 1e-8);
    let density = LogDensity::with_nodes(&f, Nodes::Pairs { count: 4000, seed: 3 }).unwrap();
    let settings = VariationalInference { rate: 0.5, ..Default::default() };
    let pairs = settings.fit(&density, &[0.0, 0.0]).unwrap();
    assert_eq!(pairs.status, VariationalStatus::Converged);
    assert_close("mean", &pairs.mean, &rows.mean, 0.02);
    assert_close("covariance", pairs.covariance.entries(), rows.covariance.entries(), 0.02);
}

/// Not concave: the plain rule would leave the positive definite matrices.
#[test]
fn the_precision_stays_positive_definite() {
    // -ln of a double well: x^4 / 4 - x^2 / 2 + (y - x)^2.
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            let d = x[1] - x[0];
            g[0] = x[0].powi(3) - x[0] - 2.0 * d;
            g[1] = 2.0 * d;
            0.25 * x[0].powi(4) - 0.5 * x[0] * x[0] + d * d
        },
        |x: &[f64], h: &mut Matrix| {
            let entries = [3.0 * x[0] * x[0] + 1.0, -2.0, -2.0, 2.0];
            h.entries_mut().copy_from_slice(&entries);
        },
    );
    let density = LogDensity::with_nodes(&f, Nodes::Quadrature(20)).unwrap();
    let found = VariationalInference::default().fit(&density, &[0.1, -3.0]).unwrap();
    assert_eq!(found.status, VariationalStatus::Converged, "{found:?}");
    assert!(Cholesky::new(&found.covariance).is_ok());
    assert!(found.history.windows(2).all(|w| w[1] >= w[0] - 1e-12), "{:?}", found.history);
    // A peak of negative curvature all around the start.
    let g = from_hessian(
        1,
        |x: &[f64], g: &mut [f64]| {
            g[0] = x[0].sinh() - 1.5 * x[0];
            x[0].cosh() - 0.75 * x[0] * x[0]
        },
        |x: &[f64], h: &mut Matrix| h[(0, 0)] = x[0].cosh() - 1.5,
    );
    let density = LogDensity::new(&g).unwrap();
    let found = VariationalInference::default().fit(&density, &[0.0]).unwrap();
    assert_eq!(found.status, VariationalStatus::Converged, "{found:?}");
    // E cosh x = e^(s/2) cosh m at the optimum: e^(s/2) - 3/2 = 1/s.
    let s = found.covariance[(0, 0)];
    assert!(((0.5 * s).exp() - 1.5 - 1.0 / s).abs() < 1e-7, "{found:?}");
}

/// Counts with wide priors: a start whose first step overflows is shortened.
#[test]
fn models_of_other_families_converge_and_rise() {
    let all = reference();
    let mut x = design(&all, &["x1", "x2", "x3"]);
    x.add_intercept();
    let fit =
        |family: Family, link: Link, y: &[f64], phi: f64, precision: f64| -> GaussianPosterior {
            let loss = family.with(link).unwrap();
            let model =
                ModelPosterior::new(&x, y, loss, phi, Prior::centred(4, precision)).unwrap();
            VariationalInference::default().fit_model(&model).unwrap()
        };
    let counts = column(&all, "y_count");
    let positive = column(&all, "y_positive");
    let binary = column(&all, "y_binary");
    for found in [
        fit(Family::Poisson, Link::Log, &counts, 1.0, 1e-2),
        fit(Family::NegativeBinomial { alpha: 0.4 }, Link::Log, &counts, 1.0, 1e-2),
        fit(Family::Gamma, Link::Log, &positive, 0.5, 1e-2),
        fit(Family::Binomial, Link::Probit, &binary, 1.0, 0.1),
        fit(Family::Binomial, Link::ComplementaryLogLog, &binary, 1.0, 0.1),
    ] {
        assert_eq!(found.status, VariationalStatus::Converged, "{found:?}");
        assert!(found.history.windows(2).all(|w| w[1] >= w[0] - 1e-12), "{:?}", found.history);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let (x, y) = logistic_data();
    let loss = Family::Binomial.with(Link::Logit).unwrap();
    let prior = || Prior::centred(2, 1.0);
    let refused = |result: Result<ModelPosterior<'_>, ravine::ArgumentError>, start: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    };
    refused(ModelPosterior::new(&x, &y, loss, 2.0, prior()), "dispersion: is 2.0, but must be 1");
    refused(ModelPosterior::new(&x, &y, loss, 0.0, prior()), "dispersion: is 0.0");
    refused(ModelPosterior::new(&x, &y, loss, 1.0, Prior::centred(3, 1.0)), "prior.means.len()");
    refused(ModelPosterior::new(&x, &y, loss, 1.0, Prior::centred(2, 0.0)), "prior.precisions");
    refused(ModelPosterior::new(&x, &y[1..], loss, 1.0, prior()), "y.len()");
    let hinge = Family::SquaredHinge.with(Link::Identity).unwrap();
    refused(ModelPosterior::new(&x, &y, hinge, 1.0, prior()), "loss");
    let inverse = Family::Gamma.with(Link::Inverse).unwrap();
    let ones = vec![1.0; y.len()];
    refused(ModelPosterior::new(&x, &ones, inverse, 1.0, prior()), "loss");
    let weights = vec![-1.0; y.len()];
    let weighted = Targets::new(&y).with_weights(&weights);
    refused(ModelPosterior::new(&x, weighted, loss, 1.0, prior()), "weights[0]");

    let f = from_hessian(
        1,
        |x: &[f64], g: &mut [f64]| {
            g[0] = 1.0 / x[0];
            x[0].ln()
        },
        |x: &[f64], h: &mut Matrix| h[(0, 0)] = -1.0 / (x[0] * x[0]),
    );
    let density = LogDensity::new(&f).unwrap();
    let settings = VariationalInference::default();
    let error =
        |result: Result<GaussianPosterior, ravine::StartError>| result.unwrap_err().to_string();
    assert!(error(settings.fit(&density, &[0.0])).starts_with("start: the expectation"));
    assert!(error(settings.fit(&density, &[0.0, 1.0])).starts_with("start.len(): is 2"));
    assert!(error(settings.fit(&density, &[f64::NAN])).starts_with("start: is"));
    let wrong = VariationalInference { rate: 1.5, ..settings };
    assert_eq!(
        error(wrong.fit(&density, &[1.0])),
        "rate: is 1.5, but must be above 0 and at most 1"
    );
    let wrong = VariationalInference { tolerance: 0.0, ..settings };
    assert!(error(wrong.fit(&density, &[1.0])).starts_with("tolerance"));
    let wrong = VariationalInference { iterations: 0, ..settings };
    assert!(error(wrong.fit(&density, &[1.0])).starts_with("iterations"));
    assert!(LogDensity::with_nodes(&f, Nodes::Quadrature(0)).is_err());
    assert!(LogDensity::with_nodes(&f, Nodes::Quadrature(2_000_000)).is_err());
    assert!(LogDensity::with_nodes(&f, Nodes::Pairs { count: 0, seed: 1 }).is_err());
}

/// An error of the objective ends the inference and is passed on.
#[test]
fn errors_of_the_density_are_passed_on() {
    use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective};
    struct Broken;
    impl Objective for Broken {
        type Point = Vec<f64>;
        fn dimension(&self) -> usize {
            1
        }
        fn value(&self, _: &Vec<f64>) -> Evaluation<f64> {
            Err(FunctionError::from("no file"))
        }
    }
    impl Gradient for Broken {
        fn value_and_gradient(&self, x: &Vec<f64>, _: &mut Vec<f64>) -> Evaluation<f64> {
            self.value(x)
        }
    }
    impl HessianProduct for Broken {
        fn hessian_product(&self, _: &Vec<f64>, _: &Vec<f64>, _: &mut Vec<f64>) -> Evaluation {
            Ok(())
        }
    }
    impl Hessian for Broken {
        fn hessian(&self, _: &[f64], _: &mut Matrix) -> Evaluation {
            Ok(())
        }
    }
    let density = LogDensity::new(&Broken).unwrap();
    let error = VariationalInference::default().fit(&density, &[0.0]).unwrap_err();
    assert_eq!(error.to_string(), "the objective failed: no file");
}
