//! Jacobians from differences of residuals.

use super::stencil::{Room, stencils};
use super::{Bounds, Differences};
use crate::objective::Evaluation;
use ravine_linalg::matrix::Matrix;

impl Differences {
    /// Writes the m by n Jacobian `J_ij = d r_i / d x_j` at `x`, where the residuals are `at_x`, from
    /// differences of `residuals`, which writes them for another point: n evaluations forward, 2 n
    /// central. Steps and bounds as for gradients: see
    /// [`FiniteDifferences`](crate::oracle::FiniteDifferences). Where residuals are not finite on one side,
    /// the other is tried.
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
    /// let mut jacobian = Matrix::zeros(3, 2);
    /// Differences::default().jacobian(&[0.0, 3.0], &[0.0, 1.0, 3.0], None, &mut jacobian, |x, r| {
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
        jacobian: &mut Matrix,
        mut residuals: impl FnMut(&[f64], &mut [f64]) -> Evaluation,
    ) -> Evaluation {
        let shape = (jacobian.rows(), jacobian.columns());
        assert_eq!(shape, (at_x.len(), x.len()), "jacobian: a matrix of the wrong shape");
        let (mut point, mut r) = (x.to_vec(), at_x.to_vec());
        for j in 0..x.len() {
            let room = Room::along_axis(x, j, bounds);
            // The step as the variable takes it, after rounding.
            let h = (x[j] + self.first_step(f64::EPSILON, x[j].abs())) - x[j];
            let column = jacobian.column_mut(j);
            column.fill(0.0);
            for stencil in stencils(self.scheme, h, room) {
                column.fill(0.0);
                for &(t, weight) in stencil.terms() {
                    if t == 0.0 {
                        r.copy_from_slice(at_x);
                    } else {
                        point[j] = x[j] + t;
                        // Undoes the rounding of a displacement up to a bound.
                        if let Some(bounds) = bounds {
                            bounds.project(&mut point);
                        }
                        residuals(&point, &mut r)?;
                    }
                    column.iter_mut().zip(&r).for_each(|(c, r)| *c += weight * r);
                }
                if column.iter().all(|c| c.is_finite()) {
                    break;
                }
            }
            point[j] = x[j];
        }
        Ok(())
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
            .jacobian(x, &at_x, bounds, &mut jacobian, |x, r| {
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
            .jacobian(&[h], &[h.sqrt()], None, &mut jacobian, |x, r| {
                r[0] = x[0].sqrt();
                Ok(())
            })
            .unwrap();
        assert!(jacobian.is_finite() && jacobian[(0, 0)] > 0.0);
    }

    #[test]
    fn errors_end_it() {
        let mut jacobian = Matrix::zeros(1, 2);
        let failed =
            Differences::default()
                .jacobian(&[1.0, 2.0], &[0.0], None, &mut jacobian, |_, _| Err("no".into()));
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }
}
