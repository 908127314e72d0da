//! Jacobians from differences of residuals.

use super::stencil::{Room, stencils};
use super::{Bounds, Differences};
use crate::objective::Evaluation;
use ravine_linalg::matrix::Matrix;

/// A step is too short where residuals do not change by so many units of their rounding.
const VISIBLE: f64 = 1e3;

/// A step is too long where the second difference of the residuals is more than this share of the first.
const STRAIGHT: f64 = 0.1;

/// By how much a step grows or shrinks then.
const CHANGE: f64 = 30.0;

/// So often for one column.
const MOST: u32 = 6;

impl Differences {
    /// Writes the m by n Jacobian `J_ij = d r_i / d x_j` at `x`, where the residuals are `at_x`, from
    /// differences of `residuals`, which writes them for another point: n evaluations forward, 2 n
    /// central. Steps and bounds as for gradients: see
    /// [`FiniteDifferences`](crate::oracle::FiniteDifferences). A central step within which the residuals
    /// turn, or which they do not show, is tried again, shorter or longer; `factors` keeps by how
    /// much for each variable, from one Jacobian to the next, and is empty at first. Where residuals
    /// are not finite on one side, the other is tried.
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
    /// use ravine::objective::Differences;
    ///
    /// // r(x) = (x0 x1, exp x0, x1), at (0, 3).
    /// let (mut jacobian, mut factors) = (Matrix::zeros(3, 2), Vec::new());
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
        factors: &mut Vec<f64>,
        jacobian: &mut Matrix,
        mut residuals: impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation {
        let shape = (jacobian.rows(), jacobian.columns());
        assert_eq!(shape, (at_x.len(), x.len()), "jacobian: a matrix of the wrong shape");
        factors.resize(x.len(), 1.0);
        let mut around = Around {
            differences: self,
            x,
            at_x,
            bounds,
            point: x.to_vec(),
            r: at_x.to_vec(),
            above: at_x.to_vec(),
        };
        for (j, factor) in factors.iter_mut().enumerate() {
            let (mut before, first) = (None, *factor);
            for _ in 0..MOST {
                let column = jacobian.column_mut(j);
                let fit = around.column(j, *factor, column, &mut residuals)?;
                // Back and forth is no way to a better step.
                let turned = before.is_some_and(|before| before != fit);
                before = Some(fit);
                match fit {
                    // What was lengthened elsewhere is tried as it was at first, not a little shorter.
                    Fit::TooLong if *factor > 1.0 => (*factor, before) = (1.0, None),
                    Fit::TooLong if !turned => *factor /= CHANGE,
                    Fit::TooShort if !turned => *factor *= CHANGE,
                    _ => break,
                }
            }
            // Where no length shows a variable, as the rate of a term whose factor is zero, none is better.
            if jacobian.column(j).iter().all(|slope| *slope == 0.0) {
                *factor = first;
            }
        }
        Ok(())
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

impl Around<'_> {
    /// Column j of the Jacobian, with the step times this factor.
    fn column(
        &mut self,
        j: usize,
        factor: f64,
        column: &mut [f64],
        residuals: &mut impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation<Fit> {
        let Self { differences, x, at_x, bounds, point, r, above } = self;
        let room = Room::along_axis(x, j, *bounds);
        // The step as the variable takes it, after rounding.
        let step = factor * differences.first_step(f64::EPSILON) * differences.size(x[j]);
        let h = (x[j] + step) - x[j];
        column.fill(0.0);
        let mut fit = Fit::Good;
        for stencil in stencils(differences.scheme, h, room) {
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
            .jacobian(x, &at_x, bounds, &mut Vec::new(), &mut jacobian, |x, r| {
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
        let (mut factors, mut jacobian) = (Vec::new(), Matrix::zeros(4, 2));
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
            .jacobian(&[h], &[h.sqrt()], None, &mut Vec::new(), &mut jacobian, |x, r| {
                r[0] = x[0].sqrt();
                Ok(())
            })
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
            &mut Vec::new(),
            &mut jacobian,
            |_, _| Err("no".into()),
        );
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }
}
