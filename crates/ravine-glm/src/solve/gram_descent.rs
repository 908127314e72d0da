//! Coordinate descent of a quadratic loss on the Gram matrix of all columns: rounds that read no rows.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine::vector::{axpy, dot};

use super::interrupter::Interrupter;
use super::problem::{Problem, soft};

/// Most rounds over the columns.
const ROUNDS: usize = 2_000;
/// The rows decide at the end: here the gap is to be this share of what is asked for.
const SHARE: f64 = 0.3;

/// A quadratic loss without its rows: `mean + g'b + b'Gb/2` with the intercept at its minimum.
pub(crate) struct Quadratic<'a> {
    /// G, centred where there is an intercept.
    pub(crate) gram: &'a Matrix,
    /// g, the gradient at zero.
    pub(crate) gradient: &'a [f64],
    /// The loss at zero.
    pub(crate) mean: f64,
}

/// A penalty `sum_j (l1_j |b_j| + l2_j b_j^2 / 2)`, and which columns are held at zero.
pub(crate) struct Shrinkage<'a> {
    pub(crate) l1: &'a [f64],
    pub(crate) l2: &'a [f64],
    pub(crate) held: &'a [bool],
    pub(crate) interrupter: &'a Interrupter,
}

impl<'a> From<&'a Problem<'_>> for Shrinkage<'a> {
    fn from(problem: &'a Problem<'_>) -> Self {
        Self {
            l1: &problem.l1,
            l2: &problem.l2,
            held: &problem.aliased,
            interrupter: &problem.interrupter,
        }
    }
}

/// When coefficients are exact enough.
pub(crate) struct Exactness {
    /// The gap, relative to the value or to what it is below that of the null model, or the violation,
    /// relative to that at the start.
    pub(crate) tolerance: f64,
    /// The value of the null model.
    pub(crate) null: f64,
    /// The violation at the start.
    pub(crate) start_violation: f64,
}

impl Quadratic<'_> {
    /// Coefficients at which the test of `exactness` holds in these numbers, or those of the last round.
    /// Neither groups nor bounds. In a random order, as one order over and over takes up to n^2 times as
    /// many rounds where all columns are correlated with each other.
    ///
    /// Sources: Friedman, Hastie and Tibshirani (2010), section 2.2, covariance updates; Sun and Ye,
    /// Worst-case complexity of cyclic coordinate descent (2021).
    pub(crate) fn minimize(
        &self,
        penalty: &Shrinkage<'_>,
        b: &mut [f64],
        exactness: &Exactness,
        random: &mut Random,
    ) {
        let n = b.len();
        let mut order: Vec<usize> = (0..n).filter(|&j| !penalty.held[j]).collect();
        let mut g = self.gradient.to_vec();
        for (j, &b) in b.iter().enumerate().filter(|(_, b)| **b != 0.0) {
            axpy(&mut g, b, self.gram.column(j));
        }
        let largest = (0..n).fold(0.0_f64, |most, j| self.gram[(j, j)].max(most));
        let mut full = true;
        for round in 1..=ROUNDS {
            let mut moved = false;
            random.shuffle(&mut order);
            for &j in &order {
                if !full && b[j] == 0.0 {
                    continue;
                }
                let curvature = self.gram[(j, j)].max(1e-14 * largest) + penalty.l2[j];
                if curvature <= 0.0 {
                    continue;
                }
                let centre = b[j] * self.gram[(j, j)].max(1e-14 * largest) - g[j];
                let next = soft(centre, penalty.l1[j]) / curvature;
                let change = next - b[j];
                if change != 0.0 {
                    axpy(&mut g, change, self.gram.column(j));
                    b[j] = next;
                    moved = true;
                }
            }
            let holds = self.holds(penalty, b, &g, exactness, full);
            if full && (holds || !moved) || penalty.interrupter.stops() {
                return;
            }
            // Those in use alone until they are at rest, with a look at all others now and then.
            full = holds || round % 10 == 0;
        }
    }

    /// Whether the test holds, over all columns or over those in use.
    fn holds(
        &self,
        shrinkage: &Shrinkage<'_>,
        b: &[f64],
        g: &[f64],
        exactness: &Exactness,
        all: bool,
    ) -> bool {
        let columns = (0..b.len()).filter(|&j| !shrinkage.held[j] && (all || b[j] != 0.0));
        // g'b + b'Gb/2, with the gradient g + Gb at hand.
        let mean = (self.mean + 0.5 * (dot(g, b) + dot(self.gradient, b))).max(0.0);
        let (mut scale, mut worst) = (1.0_f64, 0.0_f64);
        for j in columns.clone() {
            let (l1, l2) = (shrinkage.l1[j], shrinkage.l2[j]);
            if l2 == 0.0 && g[j].abs() > l1 {
                scale = scale.min(l1 / g[j].abs());
            }
            let slope = g[j] + l2 * b[j];
            let violation = match b[j] {
                0.0 => (slope.abs() - l1).max(0.0),
                b => (slope + l1 * b.signum()).abs(),
            };
            worst = worst.max(violation);
        }
        if scale == 0.0 {
            return worst <= SHARE * exactness.tolerance * exactness.start_violation;
        }
        let mut penalty = 0.0;
        let mut gap = (1.0 - scale).powi(2) * mean;
        for j in columns {
            let (l1, l2, q) = (shrinkage.l1[j], shrinkage.l2[j], scale * g[j]);
            let own = l1 * b[j].abs() + 0.5 * l2 * b[j] * b[j];
            let excess = (q.abs() - l1).max(0.0);
            let conjugate = if l2 > 0.0 { 0.5 * excess * excess / l2 } else { 0.0 };
            penalty += own;
            gap += own + conjugate + q * b[j];
        }
        let value = mean + penalty;
        gap <= SHARE * exactness.tolerance * value.abs().max(exactness.null - value)
    }
}
