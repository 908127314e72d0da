//! Many rows at once, in loops that vector instructions speed up.

use ravine_linalg::widest;

use super::{Family, Link, Loss};

/// Below this `e^x` is no normal number, above it none.
const RANGE: (f64, f64) = (-708.0, 709.7);
/// `ln 2` as a number of few digits, whose products with small integers are exact, and the rest.
const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
/// Added to a number below 2^51 it leaves the nearest integer in the last digits.
const INTEGER: f64 = 6_755_399_441_055_744.0;
/// `1 / k!`, from k = 12 down.
const OF_EXPONENTIAL: [f64; 13] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
    1.0,
    1.0,
];
/// `1 / (2 k + 1)`, from k = 16 down.
const OF_LOGARITHM: [f64; 17] = [
    1.0 / 33.0,
    1.0 / 31.0,
    1.0 / 29.0,
    1.0 / 27.0,
    1.0 / 25.0,
    1.0 / 23.0,
    1.0 / 21.0,
    1.0 / 19.0,
    1.0 / 17.0,
    1.0 / 15.0,
    1.0 / 13.0,
    1.0 / 11.0,
    1.0 / 9.0,
    1.0 / 7.0,
    1.0 / 5.0,
    1.0 / 3.0,
    1.0,
];

/// `e^x` within some units of the last digit, without a branch: `2^k e^r` with `|r| <= ln(2) / 2` and
/// the series of `e^r`. Inside [`RANGE`]; NaN stays NaN.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + INTEGER;
    let k = shifted - INTEGER;
    let r = (x - k * LN_2.0) - k * LN_2.1;
    let series = OF_EXPONENTIAL.iter().fold(0.0, |sum, c| sum * r + c);
    // 2^(k - 1), which is a number for all k of the range.
    let exponent = shifted.to_bits().wrapping_sub(INTEGER.to_bits()).wrapping_add(1022);
    series * f64::from_bits(exponent << 52) * 2.0
}

/// `ln(1 + t)` for t from 0 to 1, within some units of the last digit: twice the series of artanh at
/// `t / (2 + t)`.
#[inline(always)]
fn logarithm_of_more(t: f64) -> f64 {
    let s = t / (2.0 + t);
    let square = s * s;
    2.0 * s * OF_LOGARITHM.iter().fold(0.0, |sum, c| sum * square + c)
}

/// Where the contributions of rows are written.
pub(crate) struct RowsMut<'a> {
    pub(crate) values: &'a mut [f64],
    pub(crate) slopes: &'a mut [f64],
    /// Observed or expected second derivatives.
    pub(crate) seconds: &'a mut [f64],
}

impl Loss {
    /// [`row`](Self::row) for many rows, to rounding.
    pub(crate) fn rows(&self, y: &[f64], z: &[f64], expected: Expected, into: RowsMut<'_>) {
        let RowsMut { values, slopes, seconds } = into;
        let into = values.iter_mut().zip(slopes).zip(seconds);
        let all = y.iter().zip(z).zip(into);
        match (self.family, self.link) {
            (Family::Binomial, Link::Logit) => widest(
                #[inline(always)]
                || {
                    for ((&y, &z), ((value, slope), second)) in all {
                        let far = -z.abs();
                        let inside = exponential(if far < RANGE.0 { RANGE.0 } else { far });
                        let t = if far < RANGE.0 { 0.0 } else { inside };
                        let large = 1.0 / (1.0 + t);
                        let small = t * large;
                        let (mu, rest) = if z >= 0.0 { (large, small) } else { (small, large) };
                        let linear = if z >= 0.0 { (1.0 - y) * z } else { -y * z };
                        *value = linear + logarithm_of_more(t);
                        *slope = (1.0 - y) * mu - y * rest;
                        *second = mu * rest;
                    }
                },
            ),
            (Family::Poisson, _) => widest(
                #[inline(always)]
                || {
                    for ((&y, &z), ((value, slope), second)) in all {
                        let low = if z < RANGE.0 { RANGE.0 } else { z };
                        let inside = exponential(if low > RANGE.1 { RANGE.1 } else { low });
                        let mu = if z < RANGE.0 { 0.0 } else { inside };
                        let mu = if z > RANGE.1 { f64::INFINITY } else { mu };
                        *value = mu - y * z;
                        *slope = mu - y;
                        *second = mu;
                    }
                },
            ),
            _ => {
                for ((&y, &z), ((value, slope), second)) in all {
                    let row = self.row(y, z);
                    (*value, *slope) = (row.value, row.slope);
                    *second = match expected {
                        Expected::Yes => row.expected,
                        Expected::No => row.observed,
                    };
                }
            }
        }
    }
}

/// Whether second derivatives are expected ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Yes,
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_exact_to_rounding() {
        for k in -70_800..=70_970 {
            let x = f64::from(k) / 100.0 + 1e-3;
            if x < RANGE.0 || x > RANGE.1 {
                continue;
            }
            let error = exponential(x) / x.exp() - 1.0;
            assert!(error.abs() < 1e-15, "e^{x}: {error:e}");
        }
        for k in 0..=1000 {
            for t in [f64::from(k) / 1000.0, 0.5_f64.powi(k)] {
                let (found, right) = (logarithm_of_more(t), t.ln_1p());
                assert!((found - right).abs() <= 1e-15 * right, "ln(1 + {t}): {found:e} {right:e}");
            }
        }
        assert!(exponential(f64::NAN).is_nan());
    }

    #[test]
    fn many_rows_are_what_each_is() {
        let families = [Family::Binomial, Family::Poisson, Family::Gamma, Family::Gaussian];
        let z = [-800.0, -40.0, -3.0, -1e-9, 0.0, 1e-9, 0.7, 3.0, 40.0, 709.0];
        for family in families {
            let loss = family.with(family.default_link()).unwrap();
            for y in [0.25, 1.0] {
                let n = z.len();
                let (mut values, mut slopes, mut seconds) =
                    (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
                let into =
                    RowsMut { values: &mut values, slopes: &mut slopes, seconds: &mut seconds };
                loss.rows(&vec![y; n], &z, Expected::No, into);
                for i in 0..n {
                    let row = loss.row(y, z[i]);
                    let near = |found: f64, right: f64| {
                        found == right || (found - right).abs() <= 2e-15 * right.abs().max(1e-290)
                    };
                    // A difference of two probabilities has the rounding of the larger.
                    let slope = (slopes[i] - row.slope).abs() <= 1e-15 * row.slope.abs().max(1.0);
                    let slope = slope || slopes[i] == row.slope;
                    assert!(near(values[i], row.value), "{family:?} value at {}", z[i]);
                    assert!(slope, "{family:?} slope at {}", z[i]);
                    assert!(near(seconds[i], row.observed), "{family:?} second at {}", z[i]);
                }
            }
        }
        let poisson = Family::Poisson.with(Link::Log).unwrap();
        let (mut a, mut b, mut c) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        let into = RowsMut { values: &mut a, slopes: &mut b, seconds: &mut c };
        poisson.rows(&[1.0, 1.0], &[710.0, f64::NAN], Expected::No, into);
        assert!(a[0] == f64::INFINITY && a[1].is_nan());
    }
}
