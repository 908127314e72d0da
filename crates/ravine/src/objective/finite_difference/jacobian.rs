//! Jacobians from differences of residuals.

use super::stencil::{Room, Stencil, stencils};
use super::{Bounds, ColumnGroups, Differences};
use crate::objective::Evaluation;
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// A step is too short where residuals do not change by so many units of their rounding.
const VISIBLE: f64 = 1e3;

/// A step is too long where the second difference of the residuals is more than this share of the first.
const STRAIGHT: f64 = 0.1;

/// By how much a step grows or shrinks then.
const CHANGE: f64 = 30.0;

/// So often for one column.
const MOST: u32 = 6;

/// By what the steps of each variable are multiplied: found from one Jacobian to the next (the default), or
/// given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepFactors {
    factors: Vec<f64>,
    /// The steps over the sizes of the variables, where they are given: one for all, or one each.
    given: Vec<f64>,
}

impl StepFactors {
    /// Steps of `steps[j] |x_j|` (times the typical size at 0), one for all variables or one each, which
    /// nothing changes.
    ///
    /// # Errors
    ///
    /// If one is not positive and finite, or there are none.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::{Differences, Scheme, StepFactors};
    ///
    /// let forward = Differences { scheme: Scheme::Forward, ..Differences::default() };
    /// let mut jacobian = Matrix::zeros(1, 1);
    /// let mut factors = StepFactors::relative(vec![0.5])?;
    /// forward.jacobian(&[2.0], &[4.0], None, &mut factors, &mut jacobian, |x, r| {
    ///     r[0] = x[0] * x[0];
    ///     Ok(())
    /// })?;
    /// // (9 - 4) / (3 - 2).
    /// assert_eq!(jacobian[(0, 0)], 5.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn relative(steps: Vec<f64>) -> Result<Self, ArgumentError> {
        ArgumentError::check(!steps.is_empty(), "steps", &steps, "one for all, or one a variable")?;
        for &step in &steps {
            let allowed = step > 0.0 && step.is_finite();
            ArgumentError::check(allowed, "steps", step, "positive and finite")?;
        }
        Ok(Self { factors: Vec::new(), given: steps })
    }

    /// Prepares factors for n variables, of steps that are `first` times the size.
    fn prepare(&mut self, n: usize, first: f64) {
        if self.given.is_empty() {
            self.factors.resize(n, 1.0);
            return;
        }
        let count = self.given.len();
        assert!(count == 1 || count == n, "{count} steps for {n} variables");
        self.factors = (0..n).map(|j| self.given[if count == 1 { 0 } else { j }] / first).collect();
    }
}

impl Differences {
    /// Writes the m by n Jacobian `J_ij = d r_i / d x_j` at `x`, where the residuals are `at_x`, from
    /// differences of `residuals`, which writes them for another point: n evaluations forward, 2 n
    /// central. Steps and bounds as for gradients: see
    /// [`FiniteDifferences`](crate::oracle::FiniteDifferences). A central step within which the residuals
    /// turn, or which they do not show, is tried again, shorter or longer, unless steps were given;
    /// `factors` keeps by how much for each variable, from one Jacobian to the next. Where residuals are
    /// not finite on one side, the other is tried.
    ///
    /// # Errors
    ///
    /// Those of `residuals`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::{Differences, StepFactors};
    ///
    /// // r(x) = (x0 x1, exp x0, x1), at (0, 3).
    /// let (mut jacobian, mut factors) = (Matrix::zeros(3, 2), StepFactors::default());
    /// let (x, at_x) = ([0.0, 3.0], [0.0, 1.0, 3.0]);
    /// Differences::default().jacobian(&x, &at_x, None, &mut factors, &mut jacobian, |x, r| {
    ///     r.copy_from_slice(&[x[0] * x[1], x[0].exp(), x[1]]);
    ///     Ok(())
    /// })?;
    /// let exact = Matrix::from_rows(&[[3.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    /// for (j, e) in jacobian.entries().iter().zip(exact.entries()) {
    ///     assert!((j - e).abs() < 1e-9);
    /// }
    /// # Ok::<(), ravine::FunctionError>(())
    /// ```
    pub fn jacobian(
        &self,
        x: &[f64],
        at_x: &[f64],
        bounds: Option<&Bounds>,
        factors: &mut StepFactors,
        jacobian: &mut Matrix,
        mut residuals: impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation {
        let shape = (jacobian.rows(), jacobian.columns());
        assert_eq!(shape, (at_x.len(), x.len()), "jacobian: a matrix of the wrong shape");
        factors.prepare(x.len(), self.first_step(f64::EPSILON));
        let adapts = factors.given.is_empty();
        let mut around = Around::new(self, x, at_x, bounds);
        for (j, factor) in factors.factors.iter_mut().enumerate() {
            let (mut search, first) = (Search::default(), *factor);
            for _ in 0..MOST {
                let column = jacobian.column_mut(j);
                let fit = around.column(j, *factor, column, &mut residuals)?;
                if !adapts || !search.another(fit, factor) {
                    break;
                }
            }
            // Where no length shows a variable, as the rate of a term whose factor is zero, none is better.
            if jacobian.column(j).iter().all(|slope| *slope == 0.0) {
                *factor = first;
            }
        }
        Ok(())
    }

    /// The same for a sparse Jacobian, whose pattern says which variables residuals depend on: those of a
    /// group, no two of which appear in one residual, are moved at once, so that a Jacobian takes
    /// as many evaluations as there are groups, or twice as many.
    ///
    /// # Errors
    ///
    /// Those of `residuals`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine::matrix::SparseMatrix;
    /// use ravine::objective::{ColumnGroups, Differences, StepFactors};
    ///
    /// // r(x) = (x0^2, x0 x1, x2).
    /// let entries = [(0, 0, 1.0), (1, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0)];
    /// let mut jacobian = SparseMatrix::from_triplets(3, 3, &entries);
    /// let groups = ColumnGroups::new(&jacobian);
    /// assert_eq!(groups.count(), 2);
    /// let mut factors = StepFactors::default();
    /// let (x, at_x) = ([3.0, 5.0, 7.0], [9.0, 15.0, 7.0]);
    /// let r = |x: &[f64], r: &mut [f64]| {
    ///     r.copy_from_slice(&[x[0] * x[0], x[0] * x[1], x[2]]);
    ///     Ok(())
    /// };
    /// let differences = Differences::default();
    /// differences.sparse_jacobian(&x, &at_x, None, &mut factors, &groups, &mut jacobian, r)?;
    /// assert!((jacobian.get(1, 0) - 5.0).abs() < 1e-9 && (jacobian.get(2, 2) - 1.0).abs() < 1e-9);
    /// # Ok::<(), ravine::FunctionError>(())
    /// ```
    #[expect(clippy::too_many_arguments, reason = "as for a dense one, and the groups")]
    pub fn sparse_jacobian(
        &self,
        x: &[f64],
        at_x: &[f64],
        bounds: Option<&Bounds>,
        factors: &mut StepFactors,
        groups: &ColumnGroups,
        jacobian: &mut SparseMatrix,
        mut residuals: impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation {
        let shape = (jacobian.rows(), jacobian.columns());
        assert_eq!(shape, (at_x.len(), x.len()), "sparse_jacobian: a matrix of the wrong shape");
        factors.prepare(x.len(), self.first_step(f64::EPSILON));
        let adapts = factors.given.is_empty();
        let factors = &mut factors.factors;
        let before = factors.clone();
        let mut around = Around::new(self, x, at_x, bounds);
        for group in groups.iter() {
            let mut moving: Vec<_> = group.iter().map(|&j| (j, Search::default())).collect();
            for _ in 0..MOST {
                let fits = around.columns(&moving, factors, jacobian, &mut residuals)?;
                let mut fits = fits.into_iter();
                moving.retain_mut(|(j, search)| {
                    fits.next().is_some_and(|fit| adapts && search.another(fit, &mut factors[*j]))
                });
                if moving.is_empty() {
                    break;
                }
            }
        }
        for (j, factor) in factors.iter_mut().enumerate() {
            let column = jacobian.column_starts()[j]..jacobian.column_starts()[j + 1];
            if jacobian.values()[column].iter().all(|slope| *slope == 0.0) {
                *factor = before[j];
            }
        }
        Ok(())
    }
}

/// The search for the step of a variable.
#[derive(Clone, Copy, Debug, Default)]
struct Search(Option<Fit>);

impl Search {
    /// Changes the factor of a step that was not right; `false` where it stays.
    fn another(&mut self, fit: Fit, factor: &mut f64) -> bool {
        // Back and forth is no way to a better step.
        let turned = self.0.is_some_and(|before| before != fit);
        self.0 = Some(fit);
        match fit {
            // What was lengthened elsewhere is tried as it was at first, not a little shorter.
            Fit::TooLong if *factor > 1.0 => (*factor, self.0) = (1.0, None),
            Fit::TooLong if !turned => *factor /= CHANGE,
            Fit::TooShort if !turned => *factor *= CHANGE,
            _ => return false,
        }
        true
    }
}

/// Whether a step was right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fit {
    Good,
    TooShort,
    TooLong,
}

/// Residuals around a point.
struct Around<'r> {
    differences: &'r Differences,
    x: &'r [f64],
    at_x: &'r [f64],
    bounds: Option<&'r Bounds>,
    /// Room for a point, its residuals, and those before.
    point: Vec<f64>,
    r: Vec<f64>,
    above: Vec<f64>,
}

impl<'r> Around<'r> {
    fn new(
        differences: &'r Differences,
        x: &'r [f64],
        at_x: &'r [f64],
        bounds: Option<&'r Bounds>,
    ) -> Self {
        let (point, r, above) = (x.to_vec(), at_x.to_vec(), at_x.to_vec());
        Self { differences, x, at_x, bounds, point, r, above }
    }

    /// The stencils of variable j, with the step times this factor.
    fn stencils(&self, j: usize, factor: f64) -> impl Iterator<Item = Stencil> + use<> {
        let Self { differences, x, bounds, .. } = self;
        // The step as the variable takes it, after rounding.
        let step = factor * differences.first_step(f64::EPSILON) * differences.size(x[j]);
        let h = (x[j] + step) - x[j];
        stencils(differences.scheme, h, Room::along_axis(x, j, *bounds))
    }

    /// Columns that have no row in common, all moved at once; and how right each step was.
    fn columns(
        &mut self,
        moving: &[(usize, Search)],
        factors: &[f64],
        jacobian: &mut SparseMatrix,
        residuals: &mut impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation<Vec<Fit>> {
        let nowhere = Stencil::nowhere();
        let first = |j: usize| self.stencils(j, factors[j]).next().unwrap_or(nowhere);
        let chosen: Vec<Stencil> = moving.iter().map(|&(j, _)| first(j)).collect();
        // Residuals where each variable is at its first displacement, and at its second.
        let mut sides = [self.at_x.to_vec(), self.at_x.to_vec()];
        for (side, r) in sides.iter_mut().enumerate() {
            let mut any = false;
            for (&(j, _), stencil) in moving.iter().zip(&chosen) {
                if let Some(t) = stencil.displacements().nth(side) {
                    (self.point[j], any) = (self.x[j] + t, true);
                }
            }
            if any {
                if let Some(bounds) = self.bounds {
                    bounds.project(&mut self.point);
                }
                residuals(&self.point, r)?;
                moving.iter().for_each(|&(j, _)| self.point[j] = self.x[j]);
            }
        }
        let mut fits = Vec::with_capacity(moving.len());
        for (&(j, _), stencil) in moving.iter().zip(&chosen) {
            let range = jacobian.column_starts()[j]..jacobian.column_starts()[j + 1];
            let rows = jacobian.row_indices()[range.clone()].to_vec();
            let at = |r: &[f64]| rows.iter().map(|&i| r[i]).collect::<Vec<f64>>();
            let (here, first, second) = (at(self.at_x), at(&sides[0]), at(&sides[1]));
            let mut column = vec![0.0; rows.len()];
            let mut moved = [&first, &second].into_iter();
            for &(t, weight) in stencil.terms() {
                let r = if t == 0.0 { &here } else { moved.next().unwrap_or(&here) };
                column.iter_mut().zip(r).for_each(|(c, r)| *c += weight * r);
            }
            let mut fit = Fit::Good;
            if column.iter().all(|c| c.is_finite()) {
                if stencil.central_step().is_some() {
                    fit = judge(&here, &first, &second);
                }
            } else {
                // By itself, to the other side.
                let mut whole = vec![0.0; self.at_x.len()];
                fit = self.column(j, factors[j], &mut whole, residuals)?;
                column = at(&whole);
            }
            jacobian.values_mut()[range].copy_from_slice(&column);
            fits.push(fit);
        }
        Ok(fits)
    }

    /// Column j of the Jacobian, with the step times this factor.
    fn column(
        &mut self,
        j: usize,
        factor: f64,
        column: &mut [f64],
        residuals: &mut impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation<Fit> {
        let tried = self.stencils(j, factor);
        let Self { x, at_x, bounds, point, r, above, .. } = self;
        column.fill(0.0);
        let mut fit = Fit::Good;
        for stencil in tried {
            column.fill(0.0);
            for (k, &(t, weight)) in stencil.terms().iter().enumerate() {
                if t == 0.0 {
                    r.copy_from_slice(at_x);
                } else {
                    point[j] = x[j] + t;
                    // Undoes the rounding of a displacement up to a bound.
                    if let Some(bounds) = bounds {
                        bounds.project(point);
                    }
                    residuals(point, r)?;
                }
                column.iter_mut().zip(&*r).for_each(|(c, r)| *c += weight * r);
                if k == 0 {
                    above.copy_from_slice(r);
                }
            }
            if column.iter().all(|c| c.is_finite()) {
                let sides = stencil.central_step().is_some();
                fit = if sides { judge(at_x, above, r) } else { Fit::Good };
                break;
            }
        }
        point[j] = x[j];
        Ok(fit)
    }
}

/// Of a step with these residuals at the point and on both sides.
fn judge(at_x: &[f64], above: &[f64], below: &[f64]) -> Fit {
    let (mut first, mut second, mut size) = (0.0f64, 0.0f64, 0.0f64);
    for ((r, above), below) in at_x.iter().zip(above).zip(below) {
        first = first.max((above - below).abs());
        second = second.max(((above - r) + (below - r)).abs());
        size = size.max(r.abs());
    }
    let noise = f64::EPSILON * size;
    if first.max(second) <= VISIBLE * noise {
        Fit::TooShort
    } else if second > STRAIGHT * first && second > VISIBLE * noise {
        Fit::TooLong
    } else {
        Fit::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Scheme;

    /// `r(x) = (sin(x0) x2, exp(x1 / 100), x2^2 / x0, 5 x1)`.
    fn residuals(x: &[f64], r: &mut [f64]) -> Evaluation {
        r.copy_from_slice(&[
            x[0].sin() * x[2],
            (x[1] / 100.0).exp(),
            x[2] * x[2] / x[0],
            5.0 * x[1],
        ]);
        Ok(())
    }

    fn exact(x: &[f64]) -> Matrix {
        Matrix::from_rows(&[
            [x[0].cos() * x[2], 0.0, x[0].sin()],
            [0.0, (x[1] / 100.0).exp() / 100.0, 0.0],
            [-(x[2] / x[0]).powi(2), 0.0, 2.0 * x[2] / x[0]],
            [0.0, 5.0, 0.0],
        ])
    }

    fn error(scheme: Scheme, x: &[f64], bounds: Option<&Bounds>) -> (f64, usize) {
        let mut at_x = [0.0; 4];
        residuals(x, &mut at_x).unwrap();
        let (mut jacobian, mut calls) = (Matrix::zeros(4, 3), 0);
        let differences = Differences { scheme, ..Differences::default() };
        differences
            .jacobian(x, &at_x, bounds, &mut StepFactors::default(), &mut jacobian, |x, r| {
                calls += 1;
                if let Some(bounds) = bounds {
                    let mut projected = x.to_vec();
                    bounds.project(&mut projected);
                    assert_eq!(projected, x);
                }
                residuals(x, r)
            })
            .unwrap();
        let pairs = jacobian.entries().iter().zip(exact(x).entries().to_vec());
        (pairs.fold(0.0, |m, (a, b)| f64::max(m, (a - b).abs())), calls)
    }

    #[test]
    fn a_variable_that_nothing_shows_at_one_point_is_seen_at_the_next() {
        // x0 exp(-x1 t) at x0 = 0, then at x0 = 1.
        let times = [0.5, 1.0, 2.0, 8.0];
        let curve = |x: &[f64], r: &mut [f64]| {
            r.iter_mut().zip(times).for_each(|(r, t)| *r = x[0] * (-x[1] * t).exp() - 1.0);
            Ok(())
        };
        let (mut factors, mut jacobian) = (StepFactors::default(), Matrix::zeros(4, 2));
        for x in [[0.0, 0.7], [1.0, 0.7]] {
            let mut at_x = [0.0; 4];
            curve(&x, &mut at_x).unwrap();
            let differences = Differences { scheme: Scheme::Central, ..Differences::default() };
            differences.jacobian(&x, &at_x, None, &mut factors, &mut jacobian, curve).unwrap();
            for (i, t) in times.into_iter().enumerate() {
                let exact = -x[0] * t * (-x[1] * t).exp();
                assert!((jacobian[(i, 1)] - exact).abs() < 1e-9, "{x:?} {t}: {jacobian:?}");
            }
        }
    }

    #[test]
    fn as_accurate_as_the_scheme_promises() {
        let x = [0.7, 130.0, -2.0];
        let (forward, calls) = error(Scheme::Forward, &x, None);
        assert!(forward > 1e-9 && forward < 1e-6 && calls == 3, "{forward} {calls}");
        let (central, calls) = error(Scheme::Central, &x, None);
        assert!(central < 1e-8 && calls == 6, "{central} {calls}");
    }

    #[test]
    fn stays_within_bounds_and_away_from_what_is_not_finite() {
        let x = [0.7, 130.0, -2.0];
        let bounds = Bounds::new(vec![0.7, 0.0, -3.0], vec![1.0, 130.0, -2.0 + 1e-7]).unwrap();
        let (error, _) = error(Scheme::Central, &x, Some(&bounds));
        assert!(error < 1e-7, "{error}");
        // The square root of x is not real below 0.
        let mut jacobian = Matrix::zeros(1, 1);
        let differences = Differences::default();
        let h = 1e-9;
        differences
            .jacobian(
                &[h],
                &[h.sqrt()],
                None,
                &mut StepFactors::default(),
                &mut jacobian,
                |x, r| {
                    r[0] = x[0].sqrt();
                    Ok(())
                },
            )
            .unwrap();
        assert!(jacobian.is_finite() && jacobian[(0, 0)] > 0.0);
    }

    #[test]
    fn errors_end_it() {
        let mut jacobian = Matrix::zeros(1, 2);
        let failed = Differences::default().jacobian(
            &[1.0, 2.0],
            &[0.0],
            None,
            &mut StepFactors::default(),
            &mut jacobian,
            |_, _| Err("no".into()),
        );
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }

    #[test]
    fn a_sparse_jacobian_is_the_dense_one_in_fewer_evaluations() {
        let n = 30usize;
        // Far from straight in units of 1e-6, and next to a bound.
        let unit = |j: usize| if j.is_multiple_of(3) { 1e-6 } else { 1.0 };
        let curve = |x: &[f64], r: &mut [f64]| {
            for i in 0..n {
                let at = |j: usize| x.get(j).map_or(0.0, |x| x / unit(j));
                r[i] =
                    (at(i) - 0.3).exp() + at(i).sin() * at(i + 1) + at(i.wrapping_sub(1)).powi(2);
            }
            Ok(())
        };
        let near = |i: usize| i.saturating_sub(1)..(i + 2).min(n);
        let entries: Vec<_> = (0..n).flat_map(|i| near(i).map(move |j| (i, j, 0.0))).collect();
        let mut sparse = SparseMatrix::from_triplets(n, n, &entries);
        let groups = ColumnGroups::new(&sparse);
        let x: Vec<f64> = (0..n).map(|j| unit(j) * (0.2 + 0.05 * j as f64)).collect();
        let mut at_x = vec![0.0; n];
        curve(&x, &mut at_x).unwrap();
        let mut lower = vec![f64::NEG_INFINITY; n];
        lower[4..8].copy_from_slice(&x[4..8]);
        let bounds = Bounds::new(lower, vec![f64::INFINITY; n]).unwrap();
        for scheme in [Scheme::Forward, Scheme::Central] {
            for bounds in [None, Some(&bounds)] {
                let differences = Differences { scheme, ..Differences::default() };
                let (mut dense, mut calls) = (Matrix::zeros(n, n), 0);
                let mut of_dense = StepFactors::default();
                differences.jacobian(&x, &at_x, bounds, &mut of_dense, &mut dense, curve).unwrap();
                let mut factors = StepFactors::default();
                let counted = |x: &[f64], r: &mut [f64]| {
                    calls += 1;
                    curve(x, r)
                };
                differences
                    .sparse_jacobian(&x, &at_x, bounds, &mut factors, &groups, &mut sparse, counted)
                    .unwrap();
                assert!(calls <= if scheme == Scheme::Forward { 3 } else { 18 }, "{calls}");
                for i in 0..n {
                    for j in near(i) {
                        let (found, expected) = (sparse.get(i, j), dense[(i, j)]);
                        let allowed = if scheme == Scheme::Forward { 1e-6 } else { 1e-8 };
                        let size = expected.abs().max(1.0 / unit(j));
                        assert!((found - expected).abs() <= allowed * size, "{scheme:?} {i} {j}");
                    }
                }
            }
        }
    }

    #[test]
    fn steps_that_are_given_are_kept() {
        for wrong in [vec![], vec![0.0], vec![1e-3, f64::NAN], vec![-1.0]] {
            assert_eq!(StepFactors::relative(wrong).unwrap_err().argument(), "steps");
        }
        // (x + h)^2 at x = 2 with h = 0.2, 0.02; and typical sizes at zero.
        let differences = Differences { scheme: Scheme::Forward, typical: 3.0 };
        let mut factors = StepFactors::relative(vec![0.1, 0.01, 0.1]).unwrap();
        let mut jacobian = Matrix::zeros(3, 3);
        differences
            .jacobian(
                &[2.0, 2.0, 0.0],
                &[4.0, 4.0, 0.0],
                None,
                &mut factors,
                &mut jacobian,
                |x, r| {
                    r.iter_mut().zip(x).for_each(|(r, x)| *r = x * x);
                    Ok(())
                },
            )
            .unwrap();
        for (j, exact) in [4.2, 4.02, 0.3].into_iter().enumerate() {
            assert!((jacobian[(j, j)] - exact).abs() < 1e-12, "{}", jacobian[(j, j)]);
        }
    }
}
