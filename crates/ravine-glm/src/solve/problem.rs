//! The penalized objective of a model: values, slopes and bounds at a point.

use ravine::Threads;
use ravine::vector::dot;
use ravine_data::Design;

use super::centring::Moments;
use super::group::Group;
use super::interrupter::Interrupter;
use super::status::{Certificate, Limits, Status, Test};
use crate::family::Loss;
use crate::family::rows::{Expected, RowsMut};

/// Sums over rows are of blocks of so many rows, in order: the same bits for every number of threads.
const BLOCK: usize = 2048;

/// `F(b, b0) = sum_i w_i f(y_i, z_i) + sum_j (l1_j |b_j| + l2_j b_j^2 / 2)`, `z = X b + b0 + offset`,
/// the weights summing to one, over `lower <= b <= upper`; and `l1_g ||b_g||` for each group of columns.
#[derive(Clone, Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) design: &'a Design,
    pub(crate) y: &'a [f64],
    /// Summing to one.
    pub(crate) weights: Vec<f64>,
    pub(crate) offset: Option<&'a [f64]>,
    pub(crate) loss: Loss,
    pub(crate) intercept: bool,
    pub(crate) l1: Vec<f64>,
    pub(crate) l2: Vec<f64>,
    pub(crate) bounds: Option<(Vec<f64>, Vec<f64>)>,
    /// Groups of columns, whose own `l1` are zero. Not with bounds.
    pub(crate) groups: Vec<Group>,
    /// Columns whose coefficients stay zero: combinations of others.
    pub(crate) aliased: Vec<bool>,
    /// What was subtracted from the columns; nothing where there are none.
    pub(crate) shifts: Vec<f64>,
    pub(crate) interrupter: Interrupter,
}

/// Coefficients and the linear predictor that they give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Point {
    pub(crate) intercept: f64,
    pub(crate) b: Vec<f64>,
    pub(crate) z: Vec<f64>,
}

/// The rows at a linear predictor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// `f(y_i, z_i)`.
    pub(crate) values: Vec<f64>,
    /// `w_i f'(y_i, z_i)`.
    pub(crate) slopes: Vec<f64>,
    /// `w_i f''(y_i, z_i)`, observed or expected.
    pub(crate) weights: Vec<f64>,
    /// `sum_i w_i f(y_i, z_i)`.
    pub(crate) mean: f64,
}

/// A number of rows, their values, slopes and weights.
type Piece<'a> = (usize, ((&'a mut [f64], &'a mut [f64]), &'a mut [f64]));

/// Which second derivatives are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Information {
    Expected,
    Observed,
}

impl Problem<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.y.len()
    }

    pub(crate) fn columns(&self) -> usize {
        self.design.columns()
    }

    /// The first two moments of the columns.
    pub(crate) fn moments(&self) -> Moments {
        Moments::of(self.design, &self.weights, self.intercept)
    }

    /// Whether the fit is to end before its time.
    pub(crate) fn stopped(&self) -> bool {
        self.interrupter.stops()
    }

    /// Why there was no step: it was stopped, or floating point has none.
    pub(crate) fn without_step(&self) -> Status {
        if self.stopped() { Status::Stopped } else { Status::PrecisionLimit }
    }

    /// Whether the optimum has a lower bound.
    pub(crate) fn is_convex(&self) -> bool {
        self.loss.is_convex()
    }

    /// Whether no coefficient is penalized.
    pub(crate) fn is_unpenalized(&self) -> bool {
        self.l1.iter().chain(&self.l2).all(|&l| l == 0.0) && self.groups.is_empty()
    }

    /// Whether the penalty has corners.
    pub(crate) fn has_corners(&self) -> bool {
        self.l1.iter().any(|&l| l > 0.0) || !self.groups.is_empty()
    }

    /// The weights by which Newton's method is safe: observed where they are not negative.
    pub(crate) fn information(&self) -> Information {
        if self.is_convex() { Information::Observed } else { Information::Expected }
    }

    /// Brings z to the coefficients.
    pub(crate) fn refresh(&self, point: &mut Point) {
        point.z.resize(self.rows(), 0.0);
        self.design.multiply_columns(&point.b, &mut point.z);
        point.z.iter_mut().for_each(|z| *z += point.intercept);
        if let Some(offset) = self.offset {
            point.z.iter_mut().zip(offset).for_each(|(z, o)| *z += o);
        }
    }

    /// The penalty.
    pub(crate) fn penalty(&self, b: &[f64]) -> f64 {
        let terms = b.iter().zip(&self.l1).zip(&self.l2);
        let of_columns: f64 = terms.map(|((b, l1), l2)| l1 * b.abs() + 0.5 * l2 * b * b).sum();
        of_columns + self.groups.iter().map(|group| group.penalty(b)).sum::<f64>()
    }

    /// Evaluates all rows at `z + t d`; where d is given, `sum_i w_i (f(z_i + t d_i) - f(z_i))` with
    /// the values that `before` has, and the derivative by t: neither cancels.
    pub(crate) fn evaluate(
        &self,
        z: &[f64],
        along: Option<(f64, &[f64], &Rows)>,
        information: Information,
        rows: &mut Rows,
    ) -> (f64, f64) {
        let n = self.rows();
        let expected = match information {
            Information::Expected => Expected::Yes,
            Information::Observed => Expected::No,
        };
        for numbers in [&mut rows.values, &mut rows.slopes, &mut rows.weights] {
            numbers.resize(n, 0.0);
        }
        // A row takes as long as some sixteen operations.
        let parts = Threads::current().parts(16 * n);
        let size = n.div_ceil(parts).max(1).next_multiple_of(BLOCK);
        let pieces: Vec<_> = rows
            .values
            .chunks_mut(size)
            .zip(rows.slopes.chunks_mut(size))
            .zip(rows.weights.chunks_mut(size))
            .enumerate()
            .collect();
        let of_piece = |(k, ((values, slopes), weights)): Piece<'_>| {
            let mut sums = Vec::with_capacity(values.len() / BLOCK + 1);
            let mut moved = [0.0; BLOCK];
            for start in (0..values.len()).step_by(BLOCK) {
                let own = start..(start + BLOCK).min(values.len());
                let rows = k * size + own.start..k * size + own.end;
                let (values, slopes) = (&mut values[own.clone()], &mut slopes[own.clone()]);
                let seconds = &mut weights[own];
                let at = match along {
                    None => &z[rows.clone()],
                    Some((t, d, _)) => {
                        let moved = &mut moved[..values.len()];
                        let numbers = z[rows.clone()].iter().zip(&d[rows.clone()]);
                        moved.iter_mut().zip(numbers).for_each(|(m, (z, d))| *m = z + t * d);
                        moved
                    }
                };
                let into =
                    RowsMut { values: &mut *values, slopes: &mut *slopes, seconds: &mut *seconds };
                self.loss.rows(&self.y[rows.clone()], at, expected, into);
                let mut sum = [0.0; 3];
                for (l, &w) in self.weights[rows.clone()].iter().enumerate() {
                    if w == 0.0 {
                        (values[l], slopes[l], seconds[l]) = (0.0, 0.0, 0.0);
                        continue;
                    }
                    slopes[l] *= w;
                    seconds[l] *= w;
                    sum[0] += w * values[l];
                    if let Some((_, d, before)) = along {
                        let i = rows.start + l;
                        sum[1] += w * (values[l] - before.values[i]);
                        sum[2] += slopes[l] * d[i];
                    }
                }
                sums.push(sum);
            }
            sums
        };
        let sums: Vec<[f64; 3]> = Threads::each(pieces, of_piece).concat();
        let total = |k: usize| sums.iter().map(|sum| sum[k]).sum::<f64>();
        rows.mean = total(0);
        (total(1), total(2))
    }

    /// The gradient of the mean loss by the coefficients, `X'(w f')`; the derivative by the intercept.
    pub(crate) fn gradient(&self, rows: &Rows, gradient: &mut [f64]) -> f64 {
        self.design.multiply_columns_transposed(&rows.slopes, gradient);
        for (g, _) in gradient.iter_mut().zip(&self.aliased).filter(|(_, aliased)| **aliased) {
            *g = 0.0;
        }
        if self.intercept { rows.slopes.iter().sum() } else { 0.0 }
    }

    /// Moves the intercept to its minimum for these coefficients, by Newton steps in one dimension,
    /// and evaluates the rows there; whether it has moved. Each costs a pass over the rows, none over the
    /// design.
    pub(crate) fn polish_intercept(
        &self,
        point: &mut Point,
        information: Information,
        rows: &mut Rows,
    ) -> bool {
        if !self.intercept {
            return false;
        }
        let mut moved = false;
        // The sum of the slopes of n rows has rounding of this size.
        let rounding = f64::EPSILON * (self.rows() as f64).sqrt().max(4.0);
        let mut ones = Vec::new();
        let mut trial = Rows::default();
        for _ in 0..50 {
            let slope: f64 = rows.slopes.iter().sum();
            let size: f64 = rows.slopes.iter().map(|s| s.abs()).sum();
            let curvature: f64 = rows.weights.iter().sum();
            if slope.abs() <= rounding * size || curvature <= 0.0 || self.stopped() {
                return moved;
            }
            ones.resize(self.rows(), 1.0);
            let mut step = (-slope / curvature).clamp(-5.0, 5.0);
            let accepted = (0..40).any(|_| {
                let along = Some((step, &ones[..], &*rows));
                let (change, _) = self.evaluate(&point.z, along, information, &mut trial);
                let after: f64 = trial.slopes.iter().sum();
                if change <= 0.0 && after.abs() < slope.abs() || after.abs() <= 0.5 * slope.abs() {
                    return true;
                }
                step *= 0.5;
                false
            });
            if !accepted {
                return moved;
            }
            point.intercept += step;
            point.z.iter_mut().for_each(|z| *z += step);
            std::mem::swap(rows, &mut trial);
            moved = true;
        }
        moved
    }

    /// `R*_j(t) = sup_u (t u - l1_j |u| - l2_j u^2 / 2)` over the bounds.
    fn penalty_conjugate(&self, j: usize, t: f64) -> f64 {
        let (l1, l2) = (self.l1[j], self.l2[j]);
        if let Some((lower, upper)) = &self.bounds {
            let (low, high) = (lower[j], upper[j]);
            let at = |u: f64| t * u - l1 * u.abs() - 0.5 * l2 * u * u;
            if l2 > 0.0 {
                return at((soft(t, l1) / l2).clamp(low, high));
            }
            // Concave and linear on either side of zero: the largest value is at an end or at zero.
            if (high.is_infinite() && t > l1) || (low.is_infinite() && -t > l1) {
                return f64::INFINITY;
            }
            let finite =
                [low, 0.0_f64.clamp(low, high), high].into_iter().filter(|u| u.is_finite());
            return finite.map(at).fold(f64::NEG_INFINITY, f64::max);
        }
        let excess = (t.abs() - l1).max(0.0);
        if l2 > 0.0 {
            0.5 * excess * excess / l2
        } else if excess == 0.0 {
            0.0
        } else {
            f64::INFINITY
        }
    }

    /// A bound of `F - F*` from the dual point `v = c f'(z)`, the better of two c: 1, where that is
    /// allowed, and the largest for which `|x_j'v| <= l1_j` where nothing else penalizes column j.
    /// Needs an exact [intercept](Self::polish_intercept). Infinite where there is none: a loss that is
    /// not convex, or a column without penalty.
    ///
    /// As a sum of the gaps of Fenchel's inequality, none of which is negative or a difference of
    /// large numbers.
    pub(crate) fn gap(&self, point: &Point, rows: &Rows, gradient: &[f64]) -> Gap {
        let grouped = self.grouped();
        let free = |j: usize| {
            let bounded =
                self.bounds.as_ref().is_some_and(|(l, u)| l[j].is_finite() && u[j].is_finite());
            self.l2[j] == 0.0 && !bounded && !self.aliased[j] && !grouped[j]
        };
        if !self.is_convex() {
            return Gap { value: f64::INFINITY, scale: 0.0 };
        }
        let mut scale = 1.0_f64;
        for j in (0..self.columns()).filter(|&j| free(j)) {
            let t = match &self.bounds {
                // Only the directions that are not bounded constrain v.
                Some((lower, _)) if lower[j].is_finite() => (-gradient[j]).max(0.0),
                Some((_, upper)) if upper[j].is_finite() => gradient[j].max(0.0),
                _ => gradient[j].abs(),
            };
            if t > self.l1[j] {
                scale = scale.min(self.l1[j] / t);
            }
        }
        for group in self.groups.iter().filter(|group| group.l2 == 0.0) {
            let pull = group.pull(gradient);
            if pull > group.l1 {
                scale = scale.min(group.l1 / pull);
            }
        }
        if scale == 0.0 {
            return Gap { value: f64::INFINITY, scale };
        }
        // Rounding of the quotient must not leave the box.
        let scale = if scale < 1.0 { scale * (1.0 - 4.0 * f64::EPSILON) } else { scale };
        let of_rows = if scale == 1.0 {
            0.0
        } else {
            let terms = (0..self.rows()).filter(|&i| self.weights[i] > 0.0).map(|i| {
                let (w, z) = (self.weights[i], point.z[i]);
                let v = scale * rows.slopes[i] / w;
                w * (rows.values[i] + self.loss.conjugate(self.y[i], v, z) - v * z)
            });
            terms.sum::<f64>()
        };
        let of_columns: f64 = (0..self.columns())
            .filter(|&j| !self.aliased[j] && !grouped[j])
            .map(|j| {
                let (b, q) = (point.b[j], scale * gradient[j]);
                let own = self.l1[j] * b.abs() + 0.5 * self.l2[j] * b * b;
                if self.bounds.is_none() && self.l2[j] > 0.0 && self.l1[j] == 0.0 {
                    // The square that the three terms are.
                    return 0.5 * (q + self.l2[j] * b).powi(2) / self.l2[j];
                }
                own + self.penalty_conjugate(j, -q) + q * b
            })
            .sum();
        let of_groups: f64 =
            self.groups.iter().map(|group| group.gap(&point.b, scale, gradient)).sum();
        Gap { value: (of_rows + of_columns + of_groups).max(0.0), scale }
    }

    /// What is known of the distance from the optimum where the intercept is exact, and the test that holds,
    /// if one does: the gap, or where there is none the violation.
    pub(crate) fn judge(
        &self,
        point: &Point,
        rows: &Rows,
        gradient: &[f64],
        limits: &Limits,
    ) -> (Certificate, Option<Test>) {
        let gap = self.gap(point, rows, gradient).value;
        if gap.is_finite() {
            let holds = limits.gap_holds(gap, rows.mean + self.penalty(&point.b));
            return (Certificate::Gap(gap), holds.then_some(Test::Gap));
        }
        let violation = self.violation(&point.b, gradient, 0.0);
        let holds = violation <= limits.tolerance * limits.start_violation;
        (Certificate::Violation(violation), holds.then_some(Test::Violation))
    }

    /// The largest violation of the conditions of optimality, over columns and intercept.
    pub(crate) fn violation(&self, b: &[f64], gradient: &[f64], of_intercept: f64) -> f64 {
        self.violations(b, gradient).into_iter().fold(of_intercept.abs(), f64::max)
    }

    /// The violations column by column; of the columns of a group, that of the group.
    pub(crate) fn violations(&self, b: &[f64], gradient: &[f64]) -> Vec<f64> {
        let mut violations: Vec<f64> =
            (0..b.len()).map(|j| self.violation_of(j, b[j], gradient[j])).collect();
        for group in &self.groups {
            let of_group = group.violation(b, gradient);
            for &j in &group.columns {
                violations[j] = if self.aliased[j] { 0.0 } else { of_group };
            }
        }
        violations
    }

    /// Which columns are in groups.
    pub(crate) fn grouped(&self) -> Vec<bool> {
        let mut grouped = vec![false; self.columns()];
        let columns = self.groups.iter().flat_map(|group| &group.columns);
        columns.for_each(|&j| grouped[j] = true);
        grouped
    }

    /// The distance of zero from the subdifferential by coefficient j, which is in no group.
    fn violation_of(&self, j: usize, b: f64, gradient: f64) -> f64 {
        if self.aliased[j] {
            return 0.0;
        }
        let (l1, g) = (self.l1[j], gradient + self.l2[j] * b);
        let (low, high) = match &self.bounds {
            Some((lower, upper)) => (lower[j], upper[j]),
            None => (f64::NEG_INFINITY, f64::INFINITY),
        };
        // Downhill to the right where -right > 0, to the left where left > 0.
        let right = g + if b >= 0.0 { l1 } else { -l1 };
        let left = g + if b > 0.0 { l1 } else { -l1 };
        let to_right = if b < high { (-right).max(0.0) } else { 0.0 };
        let to_left = if b > low { left.max(0.0) } else { 0.0 };
        to_right.max(to_left)
    }

    /// `w_i f'` of all rows along a direction.
    pub(crate) fn slope_along(rows: &Rows, d: &[f64]) -> f64 {
        dot(&rows.slopes, d)
    }
}

/// A bound of `F - F*`, and the factor of the dual point that gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    pub(crate) value: f64,
    pub(crate) scale: f64,
}

/// `sign(t) max(0, |t| - a)`.
pub(crate) fn soft(t: f64, a: f64) -> f64 {
    if t > a {
        t - a
    } else if t < -a {
        t + a
    } else {
        0.0
    }
}
