//! The noise of a function's values.

use crate::objective::HessianProduct;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_linalg::vector::Vector;

/// The standard deviation of the noise in the values of f near a point.
///
/// Values at `x + i h p`, i = 0, ..., 8, are differenced: the k-th differences of the smooth part
/// vanish like `h^k`, those of independent noise of standard deviation s have the variance
/// `s^2 (2k)! / (k!)^2`. The estimate is taken from the first order whose estimates agree with those
/// of the next two within a factor of four, and whose differences have both signs; the step is changed
/// by a factor of 100 where values hardly change or change by too much.
///
/// Source: Moré and Wild, Estimating Computational Noise, SIAM J. Sci. Comput. 33 (2011), algorithm
/// ECnoise.
///
/// ```
/// use ravine::diagnose::diagnose;
///
/// // Rounded to 1e-6: the noise is uniform, its standard deviation 1e-6 / sqrt(12).
/// let f = ravine::objective::from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[x[0].sinh(), x[1].sinh()]);
///     ((x[0].cosh() + x[1].cosh()) * 1e6).round() / 1e6
/// });
/// let noise = diagnose(&f, &[0.7, 0.2])?.noise.unwrap();
/// assert!(noise.level > 1e-7 && noise.level < 1e-6);
/// assert!(noise.is_noisy());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Noise {
    /// The standard deviation.
    pub level: f64,
    /// The standard deviation relative to `|f|`.
    pub relative: f64,
    /// Whether the same point gives the same value twice.
    pub repeats: bool,
}

/// Beyond this, relative to the value, noise is more than the rounding of a sum.
const ROUNDING: f64 = 1e-11;

/// Differences of this order are the last.
const ORDERS: usize = 8;

impl Noise {
    /// Whether values carry more than rounding: small differences of values then say nothing, and a
    /// gradient test below the noise is never met.
    pub fn is_noisy(&self) -> bool {
        !self.repeats || self.relative > ROUNDING
    }

    /// Estimates the noise along a random direction; `None` where no step shows it.
    pub(super) fn estimate(
        oracle: &Oracle<'_, dyn HessianProduct<Point = Vec<f64>> + '_>,
        x: &Vec<f64>,
        value: f64,
        seed: u64,
    ) -> Result<Option<Self>, Interrupt> {
        let repeats = oracle.value(x)? == value;
        let mut direction = x.zeros_like();
        direction.fill_normal(&mut Random::new(seed));
        direction.scale(1.0 / direction.norm());
        let scale = x.norm().max(1.0);
        let mut point = x.clone();
        let mut h = 1e-8 * scale;
        let mut found = None;
        for _ in 0..4 {
            let mut values = [value; ORDERS + 1];
            for (i, v) in values.iter_mut().enumerate() {
                point.point_along(x, i as f64 * h, &direction);
                if let Some(bounds) = oracle.bounds() {
                    bounds.project(&mut point);
                }
                *v = oracle.value(&point)?;
            }
            match level(&values) {
                Difference::Level(level) => {
                    found = Some(level);
                    break;
                }
                Difference::StepTooSmall => h *= 100.0,
                Difference::StepTooLarge => h /= 100.0,
            }
        }
        Ok(found.map(|level| Self {
            level,
            relative: level / value.abs().max(f64::MIN_POSITIVE),
            repeats,
        }))
    }
}

enum Difference {
    Level(f64),
    StepTooSmall,
    StepTooLarge,
}

fn level(values: &[f64; ORDERS + 1]) -> Difference {
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    if !(high - low).is_finite() || high - low > 0.1 * low.abs().max(high.abs()) {
        return Difference::StepTooLarge;
    }
    let mut differences = values.to_vec();
    // The variance of k-th differences of unit noise is (2k)! / (k!)^2.
    let mut variance = 1.0;
    let mut levels = [0.0; ORDERS];
    let mut both_signs = [false; ORDERS];
    for k in 1..=ORDERS {
        for i in 0..differences.len() - 1 {
            differences[i] = differences[i + 1] - differences[i];
        }
        differences.pop();
        let zeros = differences.iter().filter(|d| **d == 0.0).count();
        if k == 1 && 2 * zeros >= differences.len() {
            return Difference::StepTooSmall;
        }
        variance *= (2 * (2 * k - 1)) as f64 / k as f64;
        let mean = differences.iter().map(|d| d * d).sum::<f64>() / differences.len() as f64;
        levels[k - 1] = (mean / variance).sqrt();
        both_signs[k - 1] =
            differences.iter().any(|d| *d > 0.0) && differences.iter().any(|d| *d < 0.0);
    }
    for k in 0..ORDERS - 2 {
        let three = &levels[k..k + 3];
        let least = three.iter().copied().fold(f64::INFINITY, f64::min);
        let most = three.iter().copied().fold(0.0, f64::max);
        if most <= 4.0 * least && both_signs[k] {
            return Difference::Level(levels[k]);
        }
    }
    Difference::StepTooLarge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn independent_noise_is_found_beside_a_smooth_part() {
        let mut random = Random::new(5);
        for noise in [1e-3, 1e-6, 1e-9] {
            let mut ratios = Vec::new();
            for _ in 0..50 {
                let values = std::array::from_fn(|i| {
                    let t = 1e-4 * i as f64;
                    2.0 + t.sin() + noise * random.normal()
                });
                if let Difference::Level(level) = level(&values) {
                    ratios.push(level / noise);
                }
            }
            assert!(ratios.len() >= 40, "{noise}: {}", ratios.len());
            let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
            assert!(mean > 0.6 && mean < 1.6, "{noise}: {mean}");
        }
    }

    #[test]
    fn steps_that_show_nothing_are_changed() {
        assert!(matches!(level(&[1.0; 9]), Difference::StepTooSmall));
        let steep = std::array::from_fn(|i| (i as f64).exp());
        assert!(matches!(level(&steep), Difference::StepTooLarge));
        let not_defined = [f64::NAN; 9];
        assert!(matches!(level(&not_defined), Difference::StepTooLarge));
    }
}
