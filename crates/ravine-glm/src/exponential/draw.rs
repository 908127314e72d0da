//! Numbers drawn at random from distributions that several families share.

use ravine::random::Random;

/// A gamma variable of that shape and rate 1; never zero.
///
/// Source: Marsaglia and Tsang, A simple method for generating gamma variables (2000).
pub(super) fn gamma(shape: f64, random: &mut Random) -> f64 {
    if shape < 1.0 {
        let boost = (random.uniform().max(f64::MIN_POSITIVE).ln() / shape).exp();
        return (gamma(shape + 1.0, random) * boost).max(f64::MIN_POSITIVE);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = random.normal();
        let v = (1.0 + c * z).powi(3);
        let u = random.uniform().max(f64::MIN_POSITIVE);
        if v > 0.0 && u.ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// The successes among so many trials: small numbers one by one, large ones by halves, at an order
/// statistic of uniform numbers, which has a beta distribution.
///
/// Source: Devroye, Non-uniform random variate generation (1986), section X.4.
pub(super) fn binomial(trials: u64, probability: f64, random: &mut Random) -> u64 {
    let (mut rest, mut p, mut successes) = (trials, probability, 0);
    while rest > 30 {
        let i = rest / 2 + 1;
        let (a, b) = (gamma(i as f64, random), gamma((rest + 1 - i) as f64, random));
        let at = a / (a + b);
        if at <= p {
            successes += i;
            rest -= i;
            p = ((p - at) / (1.0 - at)).clamp(0.0, 1.0);
        } else {
            rest = i - 1;
            p = (p / at).min(1.0);
        }
    }
    successes + (0..rest).filter(|_| random.uniform() < p).count() as u64
}

/// A Poisson variable: small means by exponential waiting times, large ones by the time of a late
/// event, which has a gamma distribution.
///
/// Source: Ahrens and Dieter, Computer methods for sampling from gamma, beta, Poisson and binomial
/// distributions (1974).
pub(super) fn poisson(mean: f64, random: &mut Random) -> u64 {
    let (mut rest, mut events) = (mean, 0);
    while rest > 30.0 {
        let late = (0.875 * rest) as u64;
        let time = gamma(late as f64, random);
        if time > rest {
            return events + binomial(late - 1, rest / time, random);
        }
        events += late;
        rest -= time;
    }
    let limit = (-rest).exp();
    let mut product = random.uniform();
    while product > limit {
        events += 1;
        product *= random.uniform();
    }
    events
}
