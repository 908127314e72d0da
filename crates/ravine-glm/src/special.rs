//! Special functions that the standard library lacks.

/// `ln |Gamma(x)|`.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The complementary error function.
pub(crate) fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// The derivative of `ln Gamma` at x > 0: the recurrence up to 10, then the asymptotic series.
///
/// Source: Abramowitz and Stegun, Handbook of mathematical functions (1964), 6.3.5 and 6.3.18.
pub(crate) fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    let series = s
        * (1.0 / 12.0
            - s * (1.0 / 120.0
                - s * (1.0 / 252.0
                    - s * (1.0 / 240.0 - s * (1.0 / 132.0 - s * (691.0 / 32760.0 - s / 12.0))))));
    sum + x.ln() - 0.5 / x - series
}

/// The derivative of [`digamma`] at x > 0.
///
/// Source: Abramowitz and Stegun (1964), 6.4.6 and 6.4.12.
pub(crate) fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let s = 1.0 / (x * x);
    let series = s
        * (1.0 / 6.0
            - s * (1.0 / 30.0
                - s * (1.0 / 42.0 - s * (1.0 / 30.0 - s * (5.0 / 66.0 - s * 691.0 / 2730.0)))));
    sum + 1.0 / x + 0.5 * s + series / x
}

/// `ln x - digamma(x)` at x > 0, between `1 / 2x` and `1 / x`: without the cancellation of the
/// difference where x is large.
pub(crate) fn log_minus_digamma(x: f64) -> f64 {
    if x < 10.0 {
        return x.ln() - digamma(x);
    }
    let s = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - s * (1.0 / 120.0
            - s * (1.0 / 252.0
                - s * (1.0 / 240.0 - s * (1.0 / 132.0 - s * (691.0 / 32760.0 - s / 12.0)))));
    0.5 / x + s * series
}

/// `trigamma(x) - 1 / x` at x > 0, about `1 / 2x^2` where x is large.
pub(crate) fn trigamma_rest(x: f64) -> f64 {
    if x < 10.0 {
        return trigamma(x) - 1.0 / x;
    }
    let s = 1.0 / (x * x);
    let series = s
        * (1.0 / 6.0
            - s * (1.0 / 30.0
                - s * (1.0 / 42.0 - s * (1.0 / 30.0 - s * (5.0 / 66.0 - s * 691.0 / 2730.0)))));
    0.5 * s + series / x
}

/// The x > 0 of which the [`digamma`] is y, by Newton's method.
///
/// Source: Minka, Estimating a Dirichlet distribution (2000), appendix C, for the start.
pub(crate) fn inverse_digamma(y: f64) -> f64 {
    let mut x = if y >= -2.22 { y.exp() + 0.5 } else { -1.0 / (y - digamma(1.0)) };
    for _ in 0..6 {
        let step = (digamma(x) - y) / trigamma(x);
        x -= step.min(0.9 * x);
    }
    x
}

/// `e^z E1(z)` at z > 0, E1 the exponential integral.
///
/// Source: Abramowitz and Stegun (1964), 5.1.11 and 5.1.22.
pub(crate) fn scaled_exponential_integral(z: f64) -> f64 {
    if z >= 1.0 {
        return 1.0 / lentz(z + 1.0, |k| (-k * k, z + 2.0 * k + 1.0));
    }
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    while term.abs() > 1e-18 * z {
        k += 1.0;
        term *= -z / k;
        sum += term / k;
    }
    z.exp() * (sum + digamma(1.0) - z.ln())
}

/// `P(|Z| > |z|)` of a standard normal Z.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// `P(|T| > |t|)` of Student's distribution with `degrees` degrees of freedom.
pub(crate) fn student_two_sided(t: f64, degrees: f64) -> f64 {
    incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t), t * t / (degrees + t * t))
}

/// `P(F > f)` of the F distribution with `d1` and `d2` degrees of freedom.
pub(crate) fn f_upper(f: f64, d1: f64, d2: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    incomplete_beta(0.5 * d2, 0.5 * d1, d2 / (d2 + d1 * f), d1 * f / (d2 + d1 * f))
}

/// `P(X > x)` of chi squared with `degrees` degrees of freedom: the regularized incomplete gamma
/// function, by its series below `a + 1` and by its continued fraction above.
///
/// Source: Abramowitz and Stegun (1964), 6.5.29 and 6.5.31.
pub(crate) fn chi_squared_upper(x: f64, degrees: f64) -> f64 {
    let (a, x) = (0.5 * degrees, 0.5 * x);
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > 1e-17 * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    front / lentz(x + 1.0 - a, |k| (-k * (k - a), x + 2.0 * k + 1.0 - a))
}

/// The regularized incomplete beta function at x, given `complement = 1 - x` without cancellation.
///
/// Source: Abramowitz and Stegun (1964), 26.5.8.
fn incomplete_beta(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if x <= 0.0 || complement <= 0.0 {
        return f64::from(x > 0.0);
    }
    // The fraction converges fast on one side of the mean; the other side is one minus it.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, complement, x);
    }
    let log_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    let front = (a * x.ln() + b * complement.ln() - log_beta).exp() / a;
    let fraction = lentz(1.0, |k| {
        let m = (k / 2.0).floor();
        let numerator = if k % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    });
    front / fraction
}

/// `b0 + a1 / (b1 + a2 / (b2 + ...))` from `term(k) = (a_k, b_k)`, by Lentz's recurrence.
fn lentz(b0: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |x: f64| if x.abs() < TINY { TINY } else { x };
    let (mut value, mut c, mut d) = (nonzero(b0), nonzero(b0), 0.0);
    for k in 1..10_000 {
        let (a, b) = term(f64::from(k));
        d = 1.0 / nonzero(b + a * d);
        c = nonzero(b + a / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} in place of {expected}");
    }

    #[test]
    fn functions_are_those_of_other_libraries() {
        // scipy.special.digamma and polygamma(1, .), SciPy 1.17; the last by the recurrence.
        close(digamma(1.0), -0.577_215_664_901_532_9);
        close(digamma(0.25), -4.227_453_533_376_265);
        let harmonic: f64 = (1..30).map(|k| 1.0 / f64::from(k)).sum();
        close(digamma(30.0), harmonic - 0.577_215_664_901_532_9);
        close(trigamma(1.0), std::f64::consts::PI.powi(2) / 6.0);
        close(trigamma(0.5), std::f64::consts::PI.powi(2) / 2.0);
        close(digamma(8.5) - digamma(7.5), 1.0 / 7.5);
    }

    #[test]
    fn differences_do_not_cancel() {
        // The first terms of the asymptotic series are the values where x is large.
        close(log_minus_digamma(1e14), 0.5e-14);
        close(trigamma_rest(1e14), 0.5e-28);
        for x in [0.01, 0.7, 3.0, 9.999_999, 10.0, 40.0] {
            assert!((log_minus_digamma(x) - (x.ln() - digamma(x))).abs() < 1e-13 / x.min(1.0));
            assert!((trigamma_rest(x) - (trigamma(x) - 1.0 / x)).abs() < 1e-14 * trigamma(x));
        }
        for x in [1e-8, 1e-3, 0.3, 1.46, 2.0, 50.0, 1e8] {
            close(inverse_digamma(digamma(x)), x);
        }
        // In 25 digits by mpmath 1.3, and the start of the asymptotic series.
        close(scaled_exponential_integral(0.5), 0.922_910_632_483_730_5);
        close(scaled_exponential_integral(1.0), 0.596_347_362_323_194_1);
        close(scaled_exponential_integral(1e14), 1e-14);
    }

    #[test]
    fn tails_are_closed_forms_where_there_are_any() {
        // Two degrees of freedom: exponential; one: Cauchy, or the square of a normal.
        close(chi_squared_upper(3.0, 2.0), (-1.5_f64).exp());
        close(chi_squared_upper(30.0, 2.0), (-15.0_f64).exp());
        close(chi_squared_upper(4.0, 1.0), normal_two_sided(2.0));
        close(student_two_sided(1.0, 1.0), 0.5);
        close(student_two_sided(50.0, 1.0), 1.0 - 2.0 / std::f64::consts::PI * 50.0_f64.atan());
        // t = 2 with two degrees of freedom: 1 - t / sqrt(2 + t^2).
        close(student_two_sided(2.0, 2.0), 1.0 - 2.0 / 6.0_f64.sqrt());
        close(f_upper(4.0, 1.0, 7.0), student_two_sided(2.0, 7.0));
        // F with two numerator degrees: (1 + 2 f / d)^(-d/2).
        close(f_upper(3.0, 2.0, 10.0), 1.6_f64.powf(-5.0));
        assert_eq!(chi_squared_upper(0.0, 3.0), 1.0);
    }
}
