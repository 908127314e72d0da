//! Columns that lie far from zero for how far their entries lie apart.

use ravine::matrix::Matrix;
use ravine_data::Design;

/// The square of deviation by mean below which a column is brought to mean zero before products are taken.
const FAR: f64 = 1e-6;
/// By size, how far apart entries may lie that differ by their rounding alone: a few units in the last place.
const ROUNDING: f64 = 16.0 * f64::EPSILON;
/// Rows in which a column has to lie close together far from zero before all its rows are looked at.
const LOOK: usize = 64;

/// Moments of columns over rows with weights.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// `sum_i w_i x_ij / W`; zeros where there is no intercept to take them up.
    pub(crate) means: Vec<f64>,
    /// `sum_i w_i x_ij^2 / W`.
    pub(crate) squares: Vec<f64>,
    /// `sum_i w_i (x_ij - m_j)^2 / W`, from differences where those of the sums would be rounding.
    pub(crate) variances: Vec<f64>,
}

impl Moments {
    pub(crate) fn of(design: &Design, weights: &[f64], intercept: bool) -> Self {
        let n = design.columns();
        let (mut sums, mut squares) = (vec![0.0; n], vec![0.0; n]);
        design.weighted_squares(weights, &mut squares);
        if intercept {
            design.multiply_columns_transposed(weights, &mut sums);
        }
        let total: f64 = weights.iter().sum();
        let mut moments = Self::of_totals(sums, squares, total);
        moments.sharpen(design, weights, total);
        moments
    }

    /// Those of `X'WX` and `X'w`, zeros where there is no intercept, as they are.
    pub(crate) fn of_sums(gram: &Matrix, sums: &[f64], total: f64) -> Self {
        let squares = (0..sums.len()).map(|j| gram[(j, j)]).collect();
        Self::of_totals(sums.to_vec(), squares, total)
    }

    fn of_totals(sums: Vec<f64>, squares: Vec<f64>, total: f64) -> Self {
        let by_total = |sum: f64| sum / total;
        let means: Vec<f64> = sums.into_iter().map(by_total).collect();
        let squares: Vec<f64> = squares.into_iter().map(by_total).collect();
        let variances = squares.iter().zip(&means).map(|(s, m)| s - m * m).collect();
        Self { means, squares, variances }
    }

    /// Takes the moments of columns far from zero about their means.
    pub(crate) fn sharpen(&mut self, design: &Design, weights: &[f64], total: f64) {
        let far: Vec<(usize, f64)> =
            (0..self.means.len()).filter(|&j| self.is_far(j)).map(|j| (j, self.means[j])).collect();
        if far.is_empty() {
            return;
        }
        for (&(j, _), (sum, square)) in far.iter().zip(design.moments_about(weights, &far)) {
            let rest = sum / total;
            self.means[j] += rest;
            self.variances[j] = square / total - rest * rest;
        }
    }

    /// Whether the deviations of a column are small beside its mean.
    pub(crate) fn is_far(&self, j: usize) -> bool {
        self.variances[j] < FAR * self.means[j] * self.means[j]
    }

    /// Whether the entries of a column are all alike to rounding.
    pub(crate) fn is_constant(&self, j: usize) -> bool {
        is_rounding(self.variances[j], self.squares[j])
    }
}

/// Whether a mean square is that of the rounding of numbers of another mean square.
pub(crate) fn is_rounding(square: f64, of: f64) -> bool {
    square.is_nan() || square <= ROUNDING * ROUNDING * of
}

/// The design with columns whose means are far larger than their deviations, such as years, brought to
/// mean zero, and what was subtracted; `None` where there is none. Products with such columns lose the
/// square of the quotient in digits.
pub(crate) fn centred(
    design: &Design,
    weights: &[f64],
    intercept: bool,
) -> Option<(Design, Vec<f64>)> {
    if !intercept {
        return None;
    }
    let stored = design.stored_ranges(LOOK);
    let close = |range: &Option<(f64, f64)>| {
        range.is_some_and(|(low, high)| high - low < 0.1 * low.abs().min(high.abs()))
    };
    if !stored.iter().any(close) {
        return None;
    }
    let moments = Moments::of(design, weights, intercept);
    // What is constant to rounding stays as it is.
    let moves = |j: usize| close(&stored[j]) && moments.is_far(j) && !moments.is_constant(j);
    let shift = |j: usize| if moves(j) { moments.means[j] } else { 0.0 };
    let shifts: Vec<f64> = (0..stored.len()).map(shift).collect();
    if shifts.iter().all(|&shift| shift == 0.0) {
        return None;
    }
    design.shifted(&shifts).map(|design| (design, shifts))
}
