//! Rows of every family and link, beside differences, high precision and closed forms.

use ravine_glm::{Family, Link, Loss};

use crate::reference::{assert_close, family_of, numbers, reference};

/// Every pair, with targets that it takes.
fn pairs() -> Vec<(Loss, Vec<f64>)> {
    let counts = vec![0.0, 1.0, 4.0];
    let positive = vec![0.3, 1.0, 2.7];
    let shares = vec![0.0, 0.3, 1.0];
    let list = [
        (Family::Gaussian, vec![-1.2, 0.0, 2.5]),
        (Family::Binomial, shares),
        (Family::Poisson, counts.clone()),
        (Family::Gamma, positive.clone()),
        (Family::InverseGaussian, positive),
        (Family::NegativeBinomial { alpha: 0.5 }, counts),
        (Family::Tweedie { power: 1.3 }, vec![0.0, 0.8, 3.0]),
        (Family::Huber { delta: 0.7 }, vec![-1.2, 0.4, 2.5]),
        (Family::SquaredHinge, vec![0.0, 1.0]),
        (Family::SmoothedHinge { width: 0.63 }, vec![0.0, 1.0]),
    ];
    let with_links = list.into_iter().flat_map(|(family, y)| {
        family.links().iter().map(move |&link| (family.with(link).unwrap(), y.clone()))
    });
    with_links.collect()
}

fn points(loss: Loss) -> &'static [f64] {
    match loss.link() {
        Link::Inverse | Link::InverseSquared => &[0.2, 0.9, 3.1],
        _ => &[-6.3, -2.1, -0.4, 0.55, 1.9, 3.3],
    }
}

#[test]
fn slopes_and_curvatures_are_those_of_the_values() {
    for (loss, targets) in pairs() {
        for &y in &targets {
            for &z in points(loss) {
                let h = 1e-5 * z.abs().max(0.1);
                let (before, here, after) =
                    (loss.row(y, z - h), loss.row(y, z), loss.row(y, z + h));
                let size = here.slope.abs().max(here.observed.abs()).max(here.value.abs()).max(1.0);
                let slope = (after.value - before.value) / (2.0 * h);
                assert!((slope - here.slope).abs() < 1e-8 * size, "{loss:?} {y} {z}: slope");
                let observed = (after.slope - before.slope) / (2.0 * h);
                let error = (observed - here.observed).abs();
                assert!(error < 1e-7 * size, "{loss:?} {y} {z}: {observed} {here:?}");
            }
        }
    }
}

#[test]
fn the_expected_curvature_is_the_square_of_the_slope_of_the_mean_over_the_variance() {
    for (loss, targets) in pairs().into_iter().filter(|(loss, _)| loss.family().has_likelihood()) {
        for &z in points(loss) {
            let (mu, slope) = (loss.mean(z), loss.mean_slope(z));
            let h = 1e-5 * z.abs().max(0.1);
            let difference = (loss.mean(z + h) - loss.mean(z - h)) / (2.0 * h);
            assert!(
                (difference - slope).abs() < 1e-6 * slope.abs() + 1e-10,
                "{loss:?} {z}: {difference} {slope}"
            );
            if loss.family() == Family::Binomial && 1.0 - mu < 1e-9 {
                // Here the variance of the mean would be rounding.
                continue;
            }
            let expected = slope * slope / loss.family().variance(mu);
            let row = loss.row(targets[1], z);
            assert!((row.expected / expected - 1.0).abs() < 1e-7, "{loss:?} {z}");
            let score = (mu - targets[1]) * slope / loss.family().variance(mu);
            let error = (row.slope - score).abs() / score.abs().max(1.0);
            assert!(error < 1e-7, "{loss:?} {z}: {} {score}", row.slope);
            let back = loss.linear_predictor(mu);
            assert!((back - z).abs() < 1e-6 * z.abs().max(1.0), "{loss:?} {z}: {back}");
        }
    }
}

#[test]
fn deviances_are_twice_the_distance_to_the_best_value() {
    for (loss, targets) in pairs().into_iter().filter(|(loss, _)| loss.family().has_likelihood()) {
        for &y in &targets {
            let at = |z: f64| loss.row(y, z).value;
            let z = points(loss)[2];
            let d = loss.unit_deviance(y, z);
            assert!(d >= 0.0);
            // Differences of deviances are twice those of the values.
            let other = points(loss)[1];
            let change = d - loss.unit_deviance(y, other);
            let expected = 2.0 * (at(z) - at(other));
            assert!((change - expected).abs() < 1e-9 * expected.abs().max(1.0), "{loss:?} {y}");
            // Where the target may be a mean, the deviance is zero there.
            let own = loss.linear_predictor(y);
            if own.is_finite() {
                assert!(loss.unit_deviance(y, own).abs() < 1e-13, "{loss:?} {y}");
            }
        }
    }
}

#[test]
fn log_likelihoods_differ_by_deviances() {
    for (loss, targets) in pairs().into_iter().filter(|(loss, _)| loss.family().has_likelihood()) {
        let phi = if loss.family().estimates_dispersion() { 0.7 } else { 1.0 };
        for &y in &targets {
            let (z, other) = (points(loss)[2], points(loss)[1]);
            let by_likelihood = loss.log_likelihood(y, z, 1.5, phi).unwrap()
                - loss.log_likelihood(y, other, 1.5, phi).unwrap();
            let by_deviance =
                -0.75 / phi * (loss.unit_deviance(y, z) - loss.unit_deviance(y, other));
            let error = (by_likelihood - by_deviance).abs();
            assert!(error < 1e-9 * by_deviance.abs().max(1.0), "{loss:?} {y}: {error}");
        }
    }
}

#[test]
fn conjugates_are_suprema() {
    for (loss, targets) in pairs().into_iter().filter(|(loss, _)| loss.is_convex()) {
        for &y in &targets {
            for &z in points(loss) {
                let row = loss.row(y, z);
                // Fenchel's inequality everywhere, with equality at the slope.
                let equality = row.value + loss.conjugate(y, row.slope, z) - z * row.slope;
                let size = row.value.abs().max((z * row.slope).abs()).max(1.0);
                assert!(equality.abs() < 1e-13 * size, "{loss:?} {y} {z}: {equality}");
                let half = 0.5 * row.slope;
                for &other in points(loss) {
                    let gap = loss.row(y, other).value + loss.conjugate(y, half, z) - other * half;
                    assert!(gap >= -1e-13 * size, "{loss:?} {y} {z} {other}: {gap}");
                }
            }
        }
    }
}

#[test]
fn values_far_out_are_those_of_high_precision() {
    let all = reference();
    let table = |name: &str| -> Vec<Vec<f64>> {
        all["numerics"][name].as_array().unwrap().iter().map(numbers).collect()
    };
    let close = |name: &str, z: f64, found: f64, expected: f64| {
        let error = (found - expected).abs() / expected.abs().max(1e-300);
        assert!(error < 1e-13, "{name} at {z}: {found} in place of {expected}");
    };
    let logit = Family::Binomial.with(Link::Logit).unwrap();
    for row in table("log1p_exp") {
        let found = logit.row(0.0, row[0]).value;
        assert!((found - row[1]).abs() <= 1e-15 * row[1].max(1e-300), "{row:?} {found}");
    }
    let probit = Family::Binomial.with(Link::Probit).unwrap();
    for row in table("log_normal_cdf") {
        close("ln Phi", row[0], -probit.row(1.0, row[0]).value, row[1]);
    }
    for row in table("inverse_mills_phi_over_Phi") {
        close("phi / Phi", row[0], -probit.row(1.0, row[0]).slope, row[1]);
    }
    for row in table("probit_observed_weight_y1") {
        close("probit weight", row[0], probit.row(1.0, row[0]).observed, row[1]);
    }
    let cloglog = Family::Binomial.with(Link::ComplementaryLogLog).unwrap();
    for row in table("cloglog_log_mu") {
        close("ln mu", row[0], -cloglog.row(1.0, row[0]).value, row[1]);
    }
    for row in table("cloglog_score_y1") {
        close("cloglog score", row[0], -cloglog.row(1.0, row[0]).slope, row[1]);
    }
    for row in table("tweedie_log_likelihood") {
        let [y, mu, phi, power, expected] = row[..] else { panic!("five columns") };
        let tweedie = Family::Tweedie { power }.with(Link::Log).unwrap();
        let found = tweedie.log_likelihood(y, mu.ln(), 1.0, phi).unwrap();
        assert_close("Tweedie", &[found], &[expected], 1e-10);
    }
}

#[test]
fn nothing_that_is_not_a_number_comes_out_far_away() {
    for (loss, targets) in pairs() {
        let far: &[f64] = if points(loss)[0] > 0.0 { &[1e-8, 1e8] } else { &[-600.0, 340.0] };
        for &y in &targets {
            for &z in far {
                let row = loss.row(y, z);
                let numbers = [row.value, row.slope, row.expected, row.observed];
                assert!(!numbers.iter().any(|x| x.is_nan()), "{loss:?} {y} {z}: {row:?}");
            }
        }
    }
}

#[test]
fn wrong_targets_and_parameters_are_named() {
    let error = |family: Family, y: &[f64]| family.check(y).unwrap_err().to_string();
    assert_eq!(
        error(Family::Binomial, &[0.5, 1.5]),
        "y: binomial needs 0 <= y <= 1; row 1 has 1.5"
    );
    assert_eq!(error(Family::Poisson, &[-1.0]), "y: poisson needs y >= 0; row 0 has -1");
    assert_eq!(error(Family::Gaussian, &[f64::NAN]), "y: gaussian needs a finite y; row 0 has NaN");
    assert!(Family::Tweedie { power: 1.5 }.check(&[0.0, 3.0]).is_ok());
    let parameter = |family: Family| family.with(family.links()[0]).unwrap_err().to_string();
    assert!(parameter(Family::Tweedie { power: 2.0 }).starts_with("family.power: is 2.0"));
    assert!(parameter(Family::NegativeBinomial { alpha: 0.0 }).starts_with("family.alpha"));
    assert!(parameter(Family::Huber { delta: -1.0 }).starts_with("family.delta"));
    assert!(parameter(Family::SmoothedHinge { width: f64::NAN }).starts_with("family.width"));
}

#[test]
fn reference_fits_have_the_families_that_there_are() {
    let all = reference();
    for case in all["glm"].as_array().unwrap() {
        let (family, link) = family_of(case);
        assert!(family.with(link).is_ok());
    }
}
