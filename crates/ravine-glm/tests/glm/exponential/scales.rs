//! Conversions and estimates at every scale.

use ravine_glm::exponential::{
    Beta, Binomial, Categorical, Dirichlet, Exponential, ExponentialFamily, Gamma, Gaussian,
    InverseGaussian, NegativeBinomial, Parameters, Poisson, VonMises,
};

/// From usual parameters to the mean and back, each parameter relatively; `loss(theta)` is by how much
/// the mean parameters magnify rounding.
fn there_and_back(family: &dyn ExponentialFamily, theta: &[f64], loss: impl Fn(&[f64]) -> f64) {
    let eta = family.natural(Parameters::Usual, theta).unwrap();
    let m = family.convert(&eta, Parameters::Mean);
    let again = family.natural(Parameters::Mean, &m).unwrap();
    let found = family.convert(&again, Parameters::Usual);
    let allowed = 1e-14 * loss(theta);
    for (found, theta_k) in found.iter().zip(theta) {
        let error = (found / theta_k - 1.0).abs();
        assert!(error < allowed, "{} {theta:?}: {found} is off by {error:e}", family.name());
    }
}

#[test]
fn mean_parameters_lead_back_at_every_scale() {
    let nothing = |_: &[f64]| 1.0;
    let negative_binomial = NegativeBinomial::new(2.5).unwrap();
    for exponent in -12..=12 {
        let scale = 10f64.powi(exponent);
        there_and_back(&Poisson, &[scale], |t| 1.0 + t[0].ln().abs());
        there_and_back(&Exponential, &[scale], nothing);
        there_and_back(&negative_binomial, &[scale], |t| 1.0 + t[0].ln().abs());
        // The shape is kept as a - 1, and found from a difference of about 1 / 2a.
        let digits = |t: &[f64]| 10.0 + 1.0 / t[0] + 40.0 * t[0];
        if (-6..=9).contains(&exponent) {
            there_and_back(&Gamma, &[scale, 3.0], digits);
        }
        there_and_back(&Gamma, &[2.5, scale], |_| 1e3);
        there_and_back(&InverseGaussian, &[2.0, scale], |t| 10.0 + 10.0 * t[1]);
        if (-4..=7).contains(&exponent) {
            there_and_back(&VonMises, &[0.6, scale], |t| 10.0 + 10.0 * t[1]);
        }
        if exponent < 0 {
            there_and_back(&Binomial::bernoulli(), &[scale], |t| 1.0 + t[0].ln().abs());
        }
        if exponent < 0 {
            let classes = Categorical::new(3).unwrap();
            there_and_back(&classes, &[scale, 0.3], |t| 10.0 + t[0].ln().abs());
        }
    }
}

#[test]
fn shapes_of_beta_and_dirichlet_lead_back() {
    let three = Dirichlet::new(3).unwrap();
    for a in [1e-5_f64, 1e-3, 0.1, 1.0, 7.0, 300.0, 1e5] {
        for b in [1e-5, 1e-3, 0.1, 1.0, 7.0, 300.0, 1e5] {
            // Small a in the company of large ones leave the sum of e^m near one.
            let digits = |t: &[f64]| {
                let (least, most) =
                    t.iter().fold((f64::MAX, 0.0_f64), |(l, m), &t| (t.min(l), t.max(m)));
                100.0 * (1.0 + most) * (1.0 + 1.0 / least)
            };
            if a.max(b) > 1e4 * a.min(b) {
                continue;
            }
            there_and_back(&Beta, &[a, b], digits);
            there_and_back(&three, &[a, b, (a * b).sqrt()], digits);
        }
    }
}

/// Data far from zero by their deviation: two passes keep what one loses.
#[test]
fn estimates_keep_their_digits_far_from_zero() {
    let data: Vec<f64> = (0..10).map(|i| 1e9 + f64::from(i)).collect();
    let eta = Gaussian.maximum_likelihood(&data).unwrap();
    let usual = Gaussian.convert(&eta, Parameters::Usual);
    assert!((usual[0] - (1e9 + 4.5)).abs() < 1e-6 && (usual[1] - 8.25).abs() < 1e-13);

    // The variance of 1 + e u, which is e^2 var u, is about 1 / shape.
    let data: Vec<f64> = (0..10).map(|i| 1.0 + 1e-6 * (f64::from(i) - 4.5)).collect();
    let eta = Gamma.maximum_likelihood(&data).unwrap();
    let shape = 1.0 / (8.25e-12);
    assert!((eta[0] / shape - 1.0).abs() < 1e-8, "{} {shape}", eta[0]);

    // Units of the data change the rate alone.
    let data = [0.4, 1.9, 2.2, 0.7, 3.1];
    let one = Gamma.maximum_likelihood(&data).unwrap();
    for unit in [1e-200, 1e-9, 1e9, 1e200] {
        let scaled = data.map(|x| unit * x);
        let found = Gamma.maximum_likelihood(&scaled).unwrap();
        assert!((found[0] - one[0]).abs() < 1e-12 * one[0]);
        assert!((found[1] * unit / one[1] - 1.0).abs() < 1e-12);
    }
}

/// The divergence of near members is half the square of their distance, with all of its digits.
#[test]
fn divergences_of_near_members_do_not_cancel() {
    let families: [(&dyn ExponentialFamily, &[f64]); 5] = [
        (&Gaussian, &[0.7, 1.5]),
        (&Binomial::bernoulli(), &[0.3]),
        (&Poisson, &[3.2]),
        (&Exponential, &[1.3]),
        (&ravine_glm::exponential::KnownVarianceGaussian::new(2.0).unwrap(), &[1.0]),
    ];
    for (family, theta) in families {
        let p = family.natural(Parameters::Usual, theta).unwrap();
        let q: Vec<f64> = p.iter().map(|p| p * (1.0 + 1e-7)).collect();
        let information = family.fisher(Parameters::Natural, &p).unwrap();
        let d: Vec<f64> = p.iter().zip(&q).map(|(p, q)| q - p).collect();
        let mut product = vec![0.0; d.len()];
        information.multiply(&d, &mut product);
        let half: f64 = 0.5 * d.iter().zip(&product).map(|(a, b)| a * b).sum::<f64>();
        let found = family.divergence(&p, &q);
        assert!((found / half - 1.0).abs() < 1e-6, "{}: {found:e} {half:e}", family.name());
    }
}

/// The entropy of counts is that of a normal distribution where they are large, that of one event
/// where they are rare.
#[test]
fn entropies_of_counts_at_both_ends() {
    let normal =
        |variance: f64| 0.5 * (std::f64::consts::TAU * std::f64::consts::E * variance).ln();
    let of = |family: &dyn ExponentialFamily, usual: f64| {
        family.entropy(&family.natural(Parameters::Usual, &[usual]).unwrap())
    };
    assert!((of(&Poisson, 1e8) - normal(1e8)).abs() < 1e-8);
    let binomial = Binomial::new(1_000_000_000).unwrap();
    assert!((of(&binomial, 0.5) - normal(2.5e8)).abs() < 1e-8);
    let rare = 1e-9_f64;
    assert!((of(&Poisson, rare) / (rare * (1.0 - rare.ln())) - 1.0).abs() < 1e-8);
    let k = NegativeBinomial::new(1.0).unwrap();
    // Geometric: (-q ln q - p ln p) / p with p = 1 / (1 + mu).
    for mean in [1e-6, 0.5, 3.0, 1e4] {
        let (p, q) = (1.0 / (1.0 + mean), mean / (1.0 + mean));
        let expected = (-q * f64::ln(q) + p * f64::ln_1p(mean)) / p;
        assert!((of(&k, mean) / expected - 1.0).abs() < 1e-11, "{mean}");
    }
}
