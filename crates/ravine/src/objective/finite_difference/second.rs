//! How long the steps of second differences are, variable by variable, and how far off they were.

use super::Differences;
use ravine_linalg::matrix::Matrix;

/// What second differences have shown, over a run.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SecondSteps {
    /// The length over which the second derivatives change with each variable, over its size; empty before
    /// the first Hessian.
    factors: Vec<f64>,
    /// The same along the direction of a product.
    pub along: Option<f64>,
    /// How often steps were looked for.
    looked: u32,
    /// The error of the last Hessian, or of the first product, relative to its largest entry, each entry in
    /// the units of its variables.
    pub error: Option<f64>,
}

/// Steps with an error below this are kept.
pub(crate) const GOOD: f64 = 1e-4;

/// Steps that do not become good are looked for so many times.
const LOOKS: u32 = 3;

impl SecondSteps {
    /// For n variables.
    pub fn begin(&mut self, n: usize) {
        self.factors.resize(n, 1.0);
    }

    pub fn factor(&self, i: usize) -> f64 {
        self.factors[i]
    }

    pub fn set_factor(&mut self, i: usize, factor: f64) {
        self.factors[i] = factor;
    }

    /// The lengths over which the variables change the function.
    pub fn scales(&self, differences: &Differences, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.factors).map(|(&x, factor)| factor * differences.size(x)).collect()
    }

    /// Whether a second look is due: at the first Hessian, and where the last one or this was not good.
    pub fn is_doubtful(&self, error: f64) -> bool {
        self.error.is_none_or(|last| last > GOOD) || error > GOOD
    }

    /// Whether steps may be looked for once more.
    pub fn looks(&mut self) -> bool {
        self.looked += 1;
        self.looked <= LOOKS
    }
}

/// `max |a_ij| s_i s_j`.
pub(crate) fn largest_scaled(a: &Matrix, s: &[f64]) -> f64 {
    let n = s.len();
    let entries = (0..n).flat_map(|j| (0..n).map(move |i| (i, j)));
    entries.fold(0.0f64, |m, (i, j)| worse(m, a[(i, j)].abs() * s[i] * s[j]))
}

/// The larger of two errors; an error that is no number is the largest.
pub(crate) fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}

/// An error over a size; nothing is off where there is nothing.
pub(crate) fn relative(error: f64, size: f64) -> f64 {
    if error == 0.0 { 0.0 } else { worse(error / size, 0.0) }
}

/// Second derivatives with a step, and what is wrong with them.
#[derive(Clone, Debug)]
pub(crate) struct Trial<T> {
    /// The step over a first one.
    pub factor: f64,
    /// By how much the derivatives change with another step.
    pub change: f64,
    /// The same, relative to them.
    pub error: f64,
    /// Whether the function turns within the step: what is wrong is no noise.
    pub turns: bool,
    pub found: T,
}

/// Tries factors that fall by `change` where the function turns within the step, and else, for noise, grow by it, within
/// `range`; the other way where that is no better.
pub(crate) fn search<T, E>(
    start: Trial<T>,
    change: f64,
    range: [f64; 2],
    mut measure: impl FnMut(f64) -> Result<Trial<T>, E>,
) -> Result<Trial<T>, E> {
    let mut best = start;
    let mut left = 6;
    for shorter in [best.turns, !best.turns] {
        let mut improved = false;
        while left > 0 && best.error > GOOD {
            let factor = if shorter { best.factor / change } else { best.factor * change };
            if !(range[0] <= factor && factor <= range[1]) {
                break;
            }
            left -= 1;
            let next = measure(factor)?;
            // Within a turn errors say little, and those relative to noise nothing.
            let better = match shorter {
                true => best.turns || next.error < best.error,
                false => !next.turns && next.change < best.change,
            };
            if !better {
                break;
            }
            (best, improved) = (next, true);
        }
        if improved {
            break;
        }
    }
    Ok(best)
}

impl Differences {
    /// How many times a step, given over the size of its variable, may be taken: not beyond that size, and so
    /// that a fourth of it is more than rounding of the variable.
    pub(crate) fn range(step: f64) -> [f64; 2] {
        [1e4 * f64::EPSILON / step, 0.5 / step]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Derivatives with an error that has its least at `10^best`, beyond which the function turns.
    fn trial(factor: f64, best: i32) -> Trial<()> {
        let off = factor.log10() - f64::from(best);
        let change = 1e-3 * (1.0 + off.abs());
        Trial { factor, change, error: change, turns: off > 0.5, found: () }
    }

    #[test]
    fn the_best_factor_is_found_on_either_side() {
        for best in [-4i32, -2, 0, 2, 4] {
            let measure = |factor: f64| Ok::<_, ()>(trial(factor, best));
            let found = search(trial(1.0, best), 100.0, [1e-5, 1e5], measure).unwrap();
            assert!((found.factor.log10() - f64::from(best)).abs() < 1e-9, "{best}: {found:?}");
        }
        let measure = |factor: f64| Ok::<_, ()>(trial(factor, 9));
        assert_eq!(search(trial(1.0, 9), 10.0, [0.1, 50.0], measure).unwrap().factor, 10.0);
    }

    #[test]
    fn what_is_no_number_is_the_largest_error() {
        assert_eq!(worse(1.0, f64::NAN), f64::INFINITY);
        assert_eq!(relative(0.0, 0.0), 0.0);
        assert_eq!(relative(1.0, 0.0), f64::INFINITY);
    }
}
