//! Quantiles of Student's t and of the normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, FRAC_2_SQRT_PI, FRAC_PI_2};

use ravine_linalg::ArgumentError;

/// Beyond so many degrees of freedom the expansion about the normal quantile is exact to rounding.
const MANY: usize = 1000;
/// Halvings of a bracket, to below the spacing of numbers.
const HALVINGS: usize = 60;

/// The t with `P(|T| <= t) = level`, of Student's distribution with so many degrees of freedom, or of
/// the normal one (`None`): half the length of an interval of confidence, in standard errors.
///
/// Up to 1000 degrees from the finite sums for the probability, whose terms are all positive; above
/// from Cornish and Fisher's expansion about the normal quantile.
///
/// Source: Abramowitz and Stegun, Handbook of mathematical functions (1964), 26.7.3 to 26.7.5 and,
/// for the normal distribution, 7.1.6.
///
/// # Errors
///
/// If `level` is not between 0 and 1, or there is no degree of freedom.
///
/// ```
/// use ravine::fit::two_sided_quantile;
///
/// assert!((two_sided_quantile(0.95, Some(10))? - 2.228138851986274).abs() < 1e-12);
/// assert!((two_sided_quantile(0.95, None)? - 1.959963984540054).abs() < 1e-12);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn two_sided_quantile(level: f64, degrees: Option<usize>) -> Result<f64, ArgumentError> {
    ArgumentError::check(level > 0.0 && level < 1.0, "level", level, "between 0 and 1")?;
    Ok(match degrees {
        None => normal(level),
        Some(0) => {
            let message = "is 0, but must be positive: as many parameters as data leave nothing to \
                           tell errors from";
            return Err(ArgumentError::new("degrees of freedom", message));
        }
        Some(degrees) if degrees <= MANY => {
            let angle = halve(FRAC_PI_2, |angle| probability(angle, degrees) < level);
            (degrees as f64).sqrt() * angle.tan()
        }
        Some(degrees) => expanded(normal(level), degrees as f64),
    })
}

/// Where `below`, true up to some number between zero and `upper`, becomes false.
fn halve(mut upper: f64, below: impl Fn(f64) -> bool) -> f64 {
    let mut lower = 0.0;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (lower + upper);
        if below(middle) { lower = middle } else { upper = middle }
    }
    0.5 * (lower + upper)
}

/// `P(|T| <= sqrt(degrees) tan(angle))`.
fn probability(angle: f64, degrees: usize) -> f64 {
    let (sine, cosine) = angle.sin_cos();
    let odd = degrees % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    let mut k = if odd { 3 } else { 2 };
    while k < degrees {
        term *= (k - 1) as f64 / k as f64 * cosine * cosine;
        sum += term;
        k += 2;
    }
    if odd { FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

/// The t with `erf(t / sqrt 2) = level`.
fn normal(level: f64) -> f64 {
    // erf(6) differs from one by less than the spacing of numbers.
    let root = halve(6.0, |x| {
        let (mut term, mut sum, mut k) = (x, x, 1.0);
        while term > 1e-17 * sum {
            term *= 2.0 * x * x / (2.0 * k + 1.0);
            sum += term;
            k += 1.0;
        }
        FRAC_2_SQRT_PI * (-x * x).exp() * sum < level
    });
    root / FRAC_1_SQRT_2
}

/// Student's quantile from the normal one, z.
fn expanded(z: f64, degrees: f64) -> f64 {
    let s = z * z;
    let g1 = (s + 1.0) / 4.0;
    let g2 = ((5.0 * s + 16.0) * s + 3.0) / 96.0;
    let g3 = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
    let g4 = ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92160.0;
    let h = 1.0 / degrees;
    z * (1.0 + h * (g1 + h * (g2 + h * (g3 + h * g4))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_other_libraries() {
        // scipy.stats.t.ppf(0.5 + level / 2, degrees), SciPy 1.17.
        for (level, degrees, expected) in REFERENCE {
            let t = two_sided_quantile(level, degrees).unwrap();
            assert!((t / expected - 1.0).abs() < 1e-12, "{level} {degrees:?}: {t}");
        }
    }

    #[test]
    fn both_ways_agree_where_they_meet() {
        for level in [0.1, 0.5, 0.95, 0.999] {
            let sum = two_sided_quantile(level, Some(MANY)).unwrap();
            assert!((expanded(normal(level), 1e3) / sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn what_has_no_quantile_is_refused() {
        assert!(two_sided_quantile(1.0, Some(3)).unwrap_err().to_string().starts_with("level"));
        assert!(two_sided_quantile(f64::NAN, None).is_err());
        let none = two_sided_quantile(0.9, Some(0)).unwrap_err().to_string();
        assert!(none.starts_with("degrees of freedom: is 0"), "{none}");
    }

    const REFERENCE: [(f64, Option<usize>, f64); 9] = [
        (0.95, Some(1), 12.706204736174694),
        (0.95, Some(2), 4.302652729749462),
        (0.99, Some(3), 5.840909309733355),
        (0.9, Some(10), 1.8124611228116756),
        (0.68, Some(25), 1.014633998502285),
        (0.999, Some(150), 3.356568981742476),
        (0.95, Some(1001), 1.9623367052808798),
        (0.99, Some(100000), 2.575878469908375),
        (0.99, None, 2.5758293035489004),
    ];
}
