//! Every family beside values of 50 digits, its own derivatives, and numbers drawn from it.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_glm::exponential::{
    Binomial, Categorical, Dirichlet, ExponentialFamily, Gaussian, KnownVarianceGaussian,
    MultivariateGaussian, NegativeBinomial, Parameters, Poisson,
};

use super::cases;
use crate::reference::{assert_close, numbers};

const KINDS: [Parameters; 3] = [Parameters::Natural, Parameters::Mean, Parameters::Usual];

#[test]
fn values_are_those_of_the_reference() {
    let cases = cases();
    assert_eq!(cases.len(), 14);
    for case in &cases {
        let (family, expected) = (&case.family, &case.expected);
        let (p, q) = case.natural();
        let name = expected["family"].as_str().unwrap();
        let number = |key: &str| expected[key].as_f64().unwrap();
        let close = |what: &str, found: f64, key: &str| {
            assert_close(&format!("{name}: {what}"), &[found], &[number(key)], 1e-13);
        };
        close("A", family.log_partition(&p), "log_partition_p");
        close("divergence", family.divergence(&p, &q), "kl_p_q");
        close("entropy", family.entropy(&p), "entropy_p");
        if let Some(natural) = expected.get("natural_p") {
            assert_close(name, &p, &numbers(natural), 1e-13);
            let m = family.convert(&p, Parameters::Mean);
            assert_close(name, &m, &numbers(&expected["mean_parameters_p"]), 1e-13);
            let rows = expected["fisher_natural_p"].as_array().unwrap().iter();
            let rows: Vec<f64> = rows.flat_map(numbers).collect();
            let information = family.fisher(Parameters::Natural, &p).unwrap();
            assert_close(name, information.entries(), &rows, 1e-13);
        }
    }
}

/// The closed forms of the divergence beside `A(q) - A(p) - (q - p)'m`.
#[test]
fn divergences_are_their_definition() {
    for case in cases() {
        let (p, q) = case.natural();
        let m = case.family.convert(&p, Parameters::Mean);
        let change: f64 = p.iter().zip(&q).zip(&m).map(|((p, q), m)| (q - p) * m).sum();
        let defined = case.family.log_partition(&q) - case.family.log_partition(&p) - change;
        assert_close(case.family.name(), &[case.family.divergence(&p, &q)], &[defined], 1e-13);
        assert!(case.family.divergence(&p, &p).abs() < 1e-13, "{}", case.family.name());
    }
}

#[test]
fn mean_and_information_are_the_derivatives_of_the_log_partition_function() {
    for case in cases() {
        let (eta, family) = (case.natural().0, &case.family);
        let k = eta.len();
        let m = family.convert(&eta, Parameters::Mean);
        let information = family.fisher(Parameters::Natural, &eta).unwrap();
        for j in 0..k {
            let h = 1e-5;
            let moved = |t: f64| {
                let mut moved = eta.clone();
                moved[j] += t;
                moved
            };
            let slope =
                (family.log_partition(&moved(h)) - family.log_partition(&moved(-h))) / (2.0 * h);
            assert_close(family.name(), &[slope], &[m[j]], 1e-8);
            let up = family.convert(&moved(h), Parameters::Mean);
            let down = family.convert(&moved(-h), Parameters::Mean);
            let column: Vec<f64> = up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * h)).collect();
            assert_close(family.name(), &column, information.column(j), 1e-7);
        }
    }
}

/// In mean parameters the inverse; in usual ones `J'HJ`, J the derivative of the conversion.
#[test]
fn information_in_other_parameters_follows_from_the_chain_rule() {
    for case in cases() {
        let (eta, family) = (case.natural().0, &case.family);
        let k = eta.len();
        let natural = family.fisher(Parameters::Natural, &eta).unwrap();
        let m = family.convert(&eta, Parameters::Mean);
        let of_mean = family.fisher(Parameters::Mean, &m).unwrap();
        let product =
            Matrix::from_fn(k, k, |i, j| (0..k).map(|l| natural[(i, l)] * of_mean[(l, j)]).sum());
        assert_close(family.name(), product.entries(), Matrix::identity(k).entries(), 1e-11);

        let (mut jacobian, h) = (Matrix::zeros(k, k), 1e-5);
        family.jacobian_of_usual(&case.p, &mut jacobian);
        for j in 0..k {
            let moved = |t: f64| {
                let mut moved = case.p.clone();
                moved[j] += t;
                family.natural(Parameters::Usual, &moved).unwrap()
            };
            let column: Vec<f64> =
                moved(h).iter().zip(moved(-h)).map(|(u, d)| (u - d) / (2.0 * h)).collect();
            assert_close(family.name(), &column, jacobian.column(j), 1e-7);
        }
        let expected = Matrix::from_fn(k, k, |i, j| {
            let entries = (0..k).flat_map(|a| (0..k).map(move |b| (a, b)));
            entries.map(|(a, b)| jacobian[(a, i)] * natural[(a, b)] * jacobian[(b, j)]).sum()
        });
        let found = family.fisher(Parameters::Usual, &case.p).unwrap();
        assert_close(family.name(), found.entries(), expected.entries(), 1e-12);
    }
}

#[test]
fn conversions_lead_back() {
    for case in cases() {
        let family = &case.family;
        for eta in [case.natural().0, case.natural().1] {
            for kind in KINDS {
                let there = family.convert(&eta, kind);
                let back = family.natural(kind, &there).unwrap();
                assert_close(&format!("{} {kind:?}", family.name()), &back, &eta, 1e-12);
            }
        }
    }
}

/// Means and covariances of the statistics of cases drawn at random are the mean parameters and the
/// information; their log-densities have the entropy as mean; and their estimate is near the truth.
#[test]
fn drawn_cases_have_the_moments_of_the_family() {
    const CASES: usize = 40_000;
    for case in cases() {
        let (eta, family) = (case.natural().0, &case.family);
        let (k, size, name) = (eta.len(), family.case_dimension(), family.name());
        let mut random = Random::new(3);
        let mut data = vec![0.0; CASES * size];
        data.chunks_exact_mut(size).for_each(|x| family.draw(&eta, &mut random, x));
        let mean = family.mean_statistics(&data).unwrap();
        let m = family.convert(&eta, Parameters::Mean);
        let information = family.fisher(Parameters::Natural, &eta).unwrap();
        let mut covariance = Matrix::<f64>::zeros(k, k);
        let (mut t, mut log_density) = (vec![0.0; k], 0.0);
        for x in data.chunks_exact(size) {
            family.statistics(x, &mut t);
            log_density += family.log_density(&eta, x) / CASES as f64;
            for j in 0..k {
                for i in 0..k {
                    covariance[(i, j)] += (t[i] - m[i]) * (t[j] - m[j]) / CASES as f64;
                }
            }
        }
        for j in 0..k {
            let error = (information[(j, j)] / CASES as f64).sqrt();
            assert!((mean[j] - m[j]).abs() < 4.0 * error, "{name}: {mean:?} {m:?}");
            for i in 0..k {
                let scale = (information[(i, i)] * information[(j, j)]).sqrt();
                let difference = (covariance[(i, j)] - information[(i, j)]).abs();
                assert!(difference < 0.06 * scale, "{name}: {covariance:?} {information:?}");
            }
        }
        assert!((log_density + family.entropy(&eta)).abs() < 0.03, "{name}: {log_density}");
        let estimate = family.maximum_likelihood(&data).unwrap();
        assert!(family.divergence(&estimate, &eta) < 20.0 * k as f64 / CASES as f64, "{name}");
        // The estimate has the mean statistics of the data.
        assert_close(name, &family.convert(&estimate, Parameters::Mean), &mean, 1e-11);
    }
}

/// Means that are drawn by the algorithms for large numbers.
#[test]
fn large_counts_are_drawn_with_their_moments() {
    let large: [(Box<dyn ExponentialFamily>, f64); 3] = [
        (Box::new(Poisson), 1e4),
        (Box::new(Binomial::new(1000).unwrap()), 0.3),
        (Box::new(NegativeBinomial::new(50.0).unwrap()), 2e3),
    ];
    for (family, usual) in &large {
        let eta = family.natural(Parameters::Usual, &[*usual]).unwrap();
        let (m, variance) = (
            family.convert(&eta, Parameters::Mean)[0],
            family.fisher(Parameters::Natural, &eta).unwrap()[(0, 0)],
        );
        let (mut random, mut x) = (Random::new(1), [0.0]);
        let mut draw = || {
            family.draw(&eta, &mut random, &mut x);
            x[0]
        };
        let drawn: Vec<f64> = (0..20_000).map(|_| draw()).collect();
        let mean = drawn.iter().sum::<f64>() / 2e4;
        let found = drawn.iter().map(|x| (x - m).powi(2)).sum::<f64>() / 2e4;
        assert!((mean - m).abs() < 4.0 * (variance / 2e4).sqrt(), "{}", family.name());
        assert!((found / variance - 1.0).abs() < 0.05, "{}: {found} {variance}", family.name());
    }
}

/// Where no member is, the error says why; where numbers are wrong, which and what is allowed.
#[test]
fn errors_say_what_is_allowed() {
    let two = MultivariateGaussian::new(2).unwrap();
    let boundary: [(&dyn ExponentialFamily, &[f64]); 12] = [
        (&Gaussian, &[2.0, 2.0]),
        (&two, &[1.0, 2.0, 2.0, 4.0, 3.0, 6.0]),
        (&Binomial::bernoulli(), &[0.0, 0.0]),
        (&Binomial::new(3).unwrap(), &[3.0]),
        (&Categorical::new(3).unwrap(), &[0.0, 1.0]),
        (&Poisson, &[0.0, 0.0]),
        (&NegativeBinomial::new(1.0).unwrap(), &[0.0]),
        (&ravine_glm::exponential::Exponential, &[0.0]),
        (&ravine_glm::exponential::Gamma, &[2.0, 2.0]),
        (&ravine_glm::exponential::InverseGaussian, &[0.5, 0.5]),
        (&ravine_glm::exponential::Beta, &[0.5]),
        (&Dirichlet::new(2).unwrap(), &[0.5, 0.5]),
    ];
    for (family, data) in boundary {
        let error = family.maximum_likelihood(data).unwrap_err().to_string();
        let words = error.contains("on the boundary") && error.contains("no member");
        assert!(words, "{}: {error}", family.name());
    }
    let error = |result: Result<Vec<f64>, _>| match result {
        Err(error) => ravine::ArgumentError::to_string(&error),
        Ok(found) => panic!("{found:?}"),
    };
    assert_eq!(
        error(Poisson.maximum_likelihood(&[1.0, 0.5])),
        "data[1]: is 0.5, but must be a count: 0, 1, 2, ..."
    );
    assert!(error(two.maximum_likelihood(&[1.0])).starts_with("data.len(): is 1"));
    assert!(error(Poisson.maximum_likelihood(&[])).starts_with("data.len(): is 0"));
    assert_eq!(
        error(Gaussian.natural(Parameters::Usual, &[0.0, -1.0])),
        "variance: is -1.0, but must be positive and finite"
    );
    assert!(error(Gaussian.natural(Parameters::Natural, &[0.0, 1.0])).starts_with("natural: is"));
    assert!(error(Gaussian.natural(Parameters::Mean, &[0.0])).starts_with("mean.len(): is 1"));
    for case in cases() {
        let outside = vec![f64::NAN; case.family.dimension()];
        for kind in KINDS {
            assert!(case.family.natural(kind, &outside).is_err(), "{}", case.family.name());
        }
        assert_eq!(case.family.log_partition(&outside), f64::INFINITY, "{}", case.family.name());
        let x = vec![f64::NAN; case.family.case_dimension()];
        assert!(case.family.check_case(&x).is_err(), "{}", case.family.name());
        assert_eq!(case.family.parameter_names().len(), case.family.dimension());
    }
    assert!(
        Binomial::new(0).is_err() && Categorical::new(1).is_err() && Dirichlet::new(1).is_err()
    );
    assert!(NegativeBinomial::new(0.0).is_err() && KnownVarianceGaussian::new(-1.0).is_err());
    assert!(MultivariateGaussian::new(0).is_err());
}
