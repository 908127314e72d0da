//! Errors of the parameters of a fit.

use super::two_sided_quantile;
use crate::curvature::LossCurvature;
use crate::objective::Loss;
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, Qr};
use ravine_linalg::vector::Vector;

/// Whether the errors of the data are known, or only in proportion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// They are known up to a common factor, which the residuals tell: `s^2 = |r|^2 / (m - n)`.
    #[default]
    Estimated,
    /// They are the standard deviations that the residuals were divided by.
    Known,
}

/// How accurate the entries of a Jacobian are, relative to its columns, which decides how small a
/// combination of columns counts as none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accuracy {
    /// To rounding.
    #[default]
    Exact,
    /// By central differences.
    Central,
    /// By forward differences.
    Forward,
}

impl Accuracy {
    /// The relative error.
    fn error(self) -> f64 {
        match self {
            Self::Exact => f64::EPSILON,
            Self::Central => f64::EPSILON.powf(2.0 / 3.0),
            Self::Forward => f64::EPSILON.sqrt(),
        }
    }
}

/// The statistics of n parameters fitted to m data by least squares, from the residuals r and their
/// Jacobian J at the solution: covariance `s^2 (J'J)^-1`, with `s^2 = |r|^2 / (m - n)` or 1
/// ([`Scale`]).
///
/// The inverse is formed of the orthogonal factors of J with columns of norm one, never of `J'J`, so
/// that it is accurate to the condition number of J and does not depend on units. Where J lacks rank,
/// the parameters that are not determined have infinite errors, the others their own.
///
/// This is the linear theory: it holds where the curve is nearly linear in the parameters over their
/// errors, and for parameters that are not at their bounds.
///
/// Source: Bates and Watts, Nonlinear regression analysis and its applications (1988), sections 1.2
/// and 2.3.
///
/// ```
/// use ravine::fit::{Fit, Scale};
/// use ravine::matrix::Matrix;
///
/// // The mean of four numbers: its error is their deviation over the square root of four.
/// let (mean, data) = (3.0, [1.0, 2.0, 4.0, 5.0]);
/// let residuals = data.map(|y| mean - y);
/// let ones: Matrix = Matrix::from_rows(&[[1.0]; 4]);
/// let fit = Fit::new(&[mean], &residuals, &ones, Scale::Estimated)?;
/// let deviation = (10.0f64 / 3.0).sqrt();
/// assert!((fit.standard_errors()[0] - deviation / 2.0).abs() < 1e-15);
/// let (low, high) = fit.intervals(0.95)?[0];
/// // Student's t of three degrees of freedom.
/// assert!((high - 3.0 - 3.1824463052837078 * deviation / 2.0).abs() < 1e-12);
/// assert!((low + high - 6.0).abs() < 1e-12);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fit {
    parameters: Vec<f64>,
    count: usize,
    /// `sum_i rho(r_i^2)`.
    sum: f64,
    scale: Scale,
    /// The norms of the columns of J.
    norms: Vec<f64>,
    pivots: Vec<usize>,
    /// The inverse of the leading triangle of R, as large as the rank.
    inverse: Matrix,
    /// A column for each direction that J maps to zero, in the order of the pivots.
    null: Matrix,
    /// What a component of such a direction must exceed.
    rounding: f64,
}

impl Fit {
    /// From the parameters found, the residuals there, in units of the errors of the data where these
    /// are known ([`Weights::whiten`](super::Weights::whiten)), and their exact Jacobian.
    ///
    /// # Errors
    ///
    /// If the dimensions disagree, or a number is not finite.
    pub fn new(
        parameters: &[f64],
        residuals: &[f64],
        jacobian: &Matrix,
        scale: Scale,
    ) -> Result<Self, ArgumentError> {
        Self::with(parameters, residuals, jacobian, scale, Loss::Squares, Accuracy::Exact)
    }

    /// The same under a robust loss, of which the curvature weighs the rows of J, and where J is by
    /// differences.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    ///
    /// ```
    /// use ravine::fit::{Accuracy, Fit, Scale};
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::Loss;
    ///
    /// // Of a b only the product is known, and the last parameter.
    /// let j: Matrix = Matrix::from_rows(&[[1.0, 3.0, 0.0], [2.0, 6.0, 1.0], [3.0, 9.0, 0.0], [1.0, 3.0, 5.0]]);
    /// let (r, loss) = ([0.1, -0.1, 0.2, 0.1], Loss::Squares);
    /// let fit = Fit::with(&[3.0, 1.0, 7.0], &r, &j, Scale::Estimated, loss, Accuracy::Central)?;
    /// assert_eq!((fit.rank(), fit.undetermined()), (2, vec![0, 1]));
    /// let errors = fit.standard_errors();
    /// assert!(errors[0].is_infinite() && errors[1].is_infinite() && errors[2] < 0.1);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn with(
        parameters: &[f64],
        residuals: &[f64],
        jacobian: &Matrix,
        scale: Scale,
        loss: Loss,
        accuracy: Accuracy,
    ) -> Result<Self, ArgumentError> {
        let (m, n) = (jacobian.rows(), jacobian.columns());
        let agrees = parameters.len() == n && residuals.len() == m;
        let shape = format!("of {m} rows and {n} columns");
        ArgumentError::check(agrees, "jacobian", shape, "a row a residual, a column a parameter")?;
        let finite = |x: &[f64]| x.iter().all(|x| x.is_finite());
        let what = "finite in every entry";
        ArgumentError::check(finite(parameters), "parameters", "not finite", what)?;
        ArgumentError::check(finite(residuals), "residuals", "not finite", what)?;
        ArgumentError::check(jacobian.is_finite(), "jacobian", "not finite", what)?;
        let mut scaled = jacobian.clone();
        if loss != Loss::Squares {
            let factor = |r: &f64| LossCurvature::Second.factors(loss, *r).0;
            let factors: Vec<f64> = residuals.iter().map(factor).collect();
            for j in 0..n {
                scaled.column_mut(j).iter_mut().zip(&factors).for_each(|(a, w)| *a *= w);
            }
        }
        let norms: Vec<f64> = (0..n).map(|j| scaled.column(j).to_vec().norm()).collect();
        for (j, &norm) in norms.iter().enumerate().filter(|(_, norm)| **norm > 0.0) {
            scaled.column_mut(j).iter_mut().for_each(|a| *a /= norm);
        }
        let refused =
            |error| ArgumentError::new("jacobian", format!("cannot be factored: {error}"));
        let qr = Qr::new(scaled).map_err(refused)?;
        let tolerance = (m.max(n) as f64 * f64::EPSILON).max(accuracy.error()) * 10.0;
        let largest = if m.min(n) > 0 { qr.r(0, 0).abs() } else { 0.0 };
        let counts = |&k: &usize| qr.r(k, k).abs() > tolerance * largest;
        let rank = (0..m.min(n)).take_while(counts).count();
        let mut inverse = Matrix::zeros(rank, rank);
        for j in 0..rank {
            inverse[(j, j)] = 1.0;
            back_substitute(&qr, inverse.column_mut(j));
        }
        let mut null = Matrix::zeros(n, n - rank);
        for k in rank..n {
            let direction = null.column_mut(k - rank);
            for (i, d) in direction[..rank].iter_mut().enumerate() {
                *d = -qr.r(i, k);
            }
            back_substitute(&qr, &mut direction[..rank]);
            direction[k] = 1.0;
        }
        Ok(Self {
            parameters: parameters.to_vec(),
            count: m,
            sum: loss.total(residuals),
            scale,
            norms,
            pivots: qr.pivots().to_vec(),
            inverse,
            null,
            rounding: tolerance.sqrt(),
        })
    }

    /// The parameters.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// How many combinations of the parameters the data determine.
    pub fn rank(&self) -> usize {
        self.inverse.columns()
    }

    /// The parameters that the data do not determine, by number: those that can be changed, with others or
    /// alone, without changing the curve at the data.
    pub fn undetermined(&self) -> Vec<usize> {
        let free =
            |k: usize| (0..self.null.columns()).any(|c| self.null[(k, c)].abs() > self.rounding);
        let mut found: Vec<usize> =
            self.pivots.iter().enumerate().filter(|(k, _)| free(*k)).map(|(_, &p)| p).collect();
        found.sort_unstable();
        found
    }

    /// What is wrong with the parameters, in a sentence without a full stop, for these names of them;
    /// `None` where all are determined.
    ///
    /// ```
    /// use ravine::fit::{Fit, Scale};
    /// use ravine::matrix::Matrix;
    ///
    /// let j: Matrix = Matrix::from_rows(&[[1.0, 3.0], [2.0, 6.0], [3.0, 9.0]]);
    /// let fit = Fit::new(&[1.0, 2.0], &[0.1, 0.0, 0.1], &j, Scale::Known)?;
    /// assert_eq!(
    ///     fit.deficiency(&["a".into(), "b".into()]).unwrap(),
    ///     "the data determine 1 combination of the 2 parameters: a, b can change together without \
    ///      changing the curve at the data, and their errors are infinite"
    /// );
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn deficiency(&self, names: &[String]) -> Option<String> {
        let (rank, n) = (self.rank(), self.parameters.len());
        if rank == n {
            return None;
        }
        let undetermined = self.undetermined();
        let name = |&i: &usize| names.get(i).cloned().unwrap_or_else(|| format!("parameter {i}"));
        let list = undetermined.iter().map(name).collect::<Vec<_>>().join(", ");
        let combinations = if rank == 1 { "combination" } else { "combinations" };
        let (how, whose) = match undetermined.len() {
            1 => ("can change", "its error is"),
            _ => ("can change together", "their errors are"),
        };
        Some(format!(
            "the data determine {rank} {combinations} of the {n} parameters: {list} {how} without \
             changing the curve at the data, and {whose} infinite"
        ))
    }

    /// `m - n`, at least 0: what is left of the data once the parameters are fitted.
    pub fn degrees_of_freedom(&self) -> usize {
        self.count.saturating_sub(self.parameters.len())
    }

    /// The residual standard error `sqrt(|r|^2 / (m - n))`: an estimate of the standard deviation of the
    /// data, in units of what the residuals were divided by. NaN where no degree of freedom is left.
    pub fn residual_standard_error(&self) -> f64 {
        match self.degrees_of_freedom() {
            0 => f64::NAN,
            degrees => (self.sum / degrees as f64).sqrt(),
        }
    }

    /// The standard deviation that the covariance is scaled by: [`Scale`]. Infinite where it is to be
    /// estimated and there is nothing to estimate it from.
    fn deviation(&self) -> f64 {
        match self.scale {
            Scale::Known => 1.0,
            Scale::Estimated if self.degrees_of_freedom() == 0 => f64::INFINITY,
            Scale::Estimated => self.residual_standard_error(),
        }
    }

    /// The rows of the factor F of `(J'J)^-1 = F F'`, one a parameter; `None` for one that is not
    /// determined.
    fn rows(&self) -> Vec<Option<Vec<f64>>> {
        let (rank, undetermined) = (self.rank(), self.undetermined());
        let mut rows = vec![None; self.parameters.len()];
        for (k, &p) in self.pivots.iter().enumerate().take(rank) {
            if !undetermined.contains(&p) {
                let row = (0..rank).map(|i| self.inverse[(k, i)] / self.norms[p]).collect();
                rows[p] = Some(row);
            }
        }
        rows
    }

    /// The covariance matrix of the parameters, by rows; infinite in the rows and columns of those that are
    /// not determined, and everywhere where the errors of the data are to be estimated and no degree
    /// of freedom is left.
    pub fn covariance(&self) -> Matrix {
        let (rows, deviation) = (self.rows(), self.deviation());
        let n = rows.len();
        Matrix::from_fn(n, n, |i, j| match (&rows[i], &rows[j]) {
            (Some(a), Some(b)) if deviation.is_finite() => (deviation * a.dot(b)) * deviation,
            _ => f64::INFINITY,
        })
    }

    /// The standard errors of the parameters: the roots of the diagonal of the covariance.
    pub fn standard_errors(&self) -> Vec<f64> {
        let deviation = self.deviation();
        let error =
            |row: &Option<Vec<f64>>| row.as_ref().map_or(f64::INFINITY, |r| r.norm() * deviation);
        self.rows().iter().map(error).collect()
    }

    /// The correlation matrix of the parameters; NaN in the rows and columns of those that are not
    /// determined.
    pub fn correlation(&self) -> Matrix {
        let rows = self.rows();
        let n = rows.len();
        Matrix::from_fn(n, n, |i, j| match (&rows[i], &rows[j]) {
            (Some(_), Some(_)) if i == j => 1.0,
            (Some(a), Some(b)) => (a.dot(b) / (a.norm() * b.norm())).clamp(-1.0, 1.0),
            _ => f64::NAN,
        })
    }

    /// How many standard errors an interval of this level reaches to either side: Student's t where the
    /// errors of the data are estimated, the normal distribution's quantile where they are known.
    ///
    /// # Errors
    ///
    /// If the level is not between 0 and 1.
    fn reach(&self, level: f64) -> Result<f64, ArgumentError> {
        match (self.scale, self.degrees_of_freedom()) {
            (Scale::Known, _) => two_sided_quantile(level, None),
            // Errors are infinite; the level is checked all the same.
            (Scale::Estimated, 0) => two_sided_quantile(level, None).map(|_| 1.0),
            (Scale::Estimated, degrees) => two_sided_quantile(level, Some(degrees)),
        }
    }

    /// The intervals of confidence of the parameters, lower and upper ends.
    ///
    /// # Errors
    ///
    /// If the level is not between 0 and 1.
    pub fn intervals(&self, level: f64) -> Result<Vec<(f64, f64)>, ArgumentError> {
        let reach = self.reach(level)?;
        let errors = self.standard_errors();
        let ends = |(p, error): (&f64, f64)| (p - reach * error, p + reach * error);
        Ok(self.parameters.iter().zip(errors).map(ends).collect())
    }

    /// The standard error of a curve's value of which this is the gradient by the parameters:
    /// `sqrt(g' C g)`. Infinite where the data do not determine it.
    ///
    /// # Panics
    ///
    /// If the gradient has not one entry a parameter.
    ///
    /// ```
    /// use ravine::fit::{Fit, Scale};
    /// use ravine::matrix::Matrix;
    ///
    /// // The product of the parameters is determined, they are not.
    /// let j: Matrix = Matrix::from_rows(&[[3.0, 1.0]; 4]);
    /// let fit = Fit::new(&[1.0, 3.0], &[1.0, -1.0, 1.0, -1.0], &j, Scale::Known)?;
    /// assert!((fit.error_of(&[3.0, 1.0]) - 0.5).abs() < 1e-15);
    /// assert!(fit.error_of(&[1.0, 0.0]).is_infinite());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn error_of(&self, gradient: &[f64]) -> f64 {
        let n = self.parameters.len();
        assert_eq!(gradient.len(), n, "error_of: the gradient has the wrong length");
        let scaled = |&p: &usize| match self.norms[p] {
            0.0 => gradient[p],
            norm => gradient[p] / norm,
        };
        let g: Vec<f64> = self.pivots.iter().map(scaled).collect();
        let size = g.norm();
        for c in 0..self.null.columns() {
            let direction = self.null.column(c).to_vec();
            if direction.dot(&g).abs() > self.rounding * direction.norm() * size {
                return f64::INFINITY;
            }
        }
        let rank = self.rank();
        let along = |i: usize| -> f64 { (0..=i).map(|k| self.inverse[(k, i)] * g[k]).sum() };
        (0..rank).map(along).collect::<Vec<f64>>().norm() * self.deviation()
    }

    /// Half the width of the band of this level around a curve's value of which this is the gradient by
    /// the parameters. `error` is the standard deviation of a new datum, in the units that the
    /// residuals were divided by (1 where they were not): the band is that of its prediction. With
    /// `None` it is the band of the curve itself. Both are for one place at a time.
    ///
    /// # Errors
    ///
    /// If the level is not between 0 and 1.
    ///
    /// # Panics
    ///
    /// If the gradient has not one entry a parameter.
    ///
    /// ```
    /// use ravine::fit::{Fit, Scale};
    /// use ravine::matrix::Matrix;
    ///
    /// let ones: Matrix = Matrix::from_rows(&[[1.0]; 4]);
    /// let fit = Fit::new(&[3.0], &[2.0, 1.0, -1.0, -2.0], &ones, Scale::Estimated)?;
    /// let (curve, datum) = (fit.half_width(&[1.0], None, 0.9)?, fit.half_width(&[1.0], Some(1.0), 0.9)?);
    /// // A datum varies four times as much as the mean of four, and the mean varies, too.
    /// assert!((datum / curve - 5.0f64.sqrt()).abs() < 1e-12);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn half_width(
        &self,
        gradient: &[f64],
        error: Option<f64>,
        level: f64,
    ) -> Result<f64, ArgumentError> {
        let of_datum = error.map_or(0.0, |error| error * self.deviation());
        Ok(self.reach(level)? * self.error_of(gradient).hypot(of_datum))
    }
}

/// Solves with the leading triangle of R.
fn back_substitute(qr: &Qr, b: &mut [f64]) {
    for k in (0..b.len()).rev() {
        let known: f64 = (k + 1..b.len()).map(|j| qr.r(k, j) * b[j]).sum();
        b[k] = (b[k] - known) / qr.r(k, k);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine_linalg::matrix::Cholesky;

    /// Four columns of very different size through twelve data.
    fn data() -> (Vec<f64>, Vec<f64>, Matrix) {
        let j = Matrix::from_fn(12, 4, |i, j| {
            ((3 * i + 5 * j + i * j + 1) as f64).sin() * 1e3f64.powi(j as i32 - 1)
        });
        let r = (0..12).map(|i| 0.1 * f64::from(i * i % 7 - 3)).collect();
        (vec![1.0, -2.0, 3.0, 4.0], r, j)
    }

    #[test]
    fn the_covariance_is_the_inverse_of_the_normal_matrix() {
        let (p, r, j) = data();
        let fit = Fit::new(&p, &r, &j, Scale::Estimated).unwrap();
        assert_eq!((fit.rank(), fit.degrees_of_freedom()), (4, 8));
        let variance = r.dot(&r) / 8.0;
        let gram = Matrix::from_fn(4, 4, |a, b| j.column(a).to_vec().dot(&j.column(b).to_vec()));
        let inverse = Cholesky::new(&gram).unwrap();
        let covariance = fit.covariance();
        for k in 0..4 {
            let mut column = vec![0.0; 4];
            column[k] = variance;
            inverse.solve(&mut column);
            for i in 0..4 {
                let size = fit.standard_errors()[i] * fit.standard_errors()[k];
                assert!((covariance[(i, k)] - column[i]).abs() < 1e-9 * size);
                let correlation = fit.correlation()[(i, k)];
                assert!((correlation - column[i] / size).abs() < 1e-9);
            }
            let mut unit = vec![0.0; 4];
            unit[k] = 1.0;
            assert!((fit.error_of(&unit) / fit.standard_errors()[k] - 1.0).abs() < 1e-12);
        }
        let known = Fit::new(&p, &r, &j, Scale::Known).unwrap();
        let ratio = fit.standard_errors()[2] / known.standard_errors()[2];
        assert!((ratio / variance.sqrt() - 1.0).abs() < 1e-12);
        // The normal quantile instead of Student's.
        let (low, high) = known.intervals(0.95).unwrap()[1];
        let reach = 1.959963984540054 * known.standard_errors()[1];
        assert!((high - low - 2.0 * reach).abs() < 1e-9 * reach);
    }

    #[test]
    fn errors_do_not_depend_on_units() {
        let (p, r, j) = data();
        let fit = Fit::new(&p, &r, &j, Scale::Estimated).unwrap();
        let units = [1e-9, 1e7, 1.0, 1e-3];
        let in_units = Matrix::from_fn(12, 4, |i, k| j[(i, k)] * units[k]);
        let other = Fit::new(&p, &r, &in_units, Scale::Estimated).unwrap();
        for k in 0..4 {
            let ratio = other.standard_errors()[k] * units[k] / fit.standard_errors()[k];
            assert!((ratio - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn what_is_not_determined_is_told_and_the_rest_keeps_its_errors() {
        let (_, r, full) = data();
        // Columns 0 and 2 of four are one direction; 1 and 3 are as they would be without 2.
        let j =
            Matrix::from_fn(12, 4, |i, k| if k == 2 { -2.0 * full[(i, 0)] } else { full[(i, k)] });
        let fit = Fit::new(&[1.0; 4], &r, &j, Scale::Known).unwrap();
        assert_eq!((fit.rank(), fit.undetermined()), (3, vec![0, 2]));
        let without = Matrix::from_fn(12, 3, |i, k| full[(i, [0, 1, 3][k])]);
        let without = Fit::new(&[1.0; 3], &r, &without, Scale::Known).unwrap();
        let (errors, expected) = (fit.standard_errors(), without.standard_errors());
        assert!((errors[1] / expected[1] - 1.0).abs() < 1e-10);
        assert!((errors[3] / expected[2] - 1.0).abs() < 1e-10);
        assert!(errors[0].is_infinite() && fit.correlation()[(0, 1)].is_nan());
        assert!(fit.covariance()[(0, 1)].is_infinite() && fit.covariance()[(1, 3)].is_finite());
        // What the data see of both is determined.
        let seen = fit.error_of(&[1.0, 0.0, -2.0, 0.0]);
        assert!((seen / expected[0] - 1.0).abs() < 1e-10);
        assert!(fit.error_of(&[1.0, 0.0, 0.0, 0.0]).is_infinite());
    }

    #[test]
    fn too_few_data_and_columns_of_zeros() {
        let fit = Fit::new(&[1.0; 3], &[0.1, 0.2], &data().2.clone(), Scale::Known);
        assert!(fit.unwrap_err().to_string().starts_with("jacobian: is"));
        let wide = Matrix::from_rows(&[[1.0, 2.0, 0.0], [0.5, -1.0, 0.0]]);
        let fit = Fit::new(&[1.0; 3], &[0.1, 0.2], &wide, Scale::Estimated).unwrap();
        assert_eq!((fit.rank(), fit.degrees_of_freedom(), fit.undetermined()), (2, 0, vec![2]));
        assert!(fit.residual_standard_error().is_nan());
        assert!(fit.standard_errors().iter().all(|e| e.is_infinite()));
        assert!(fit.intervals(0.9).unwrap()[0].1.is_infinite() && fit.intervals(1.9).is_err());
        let none = Matrix::from_rows(&[[0.0], [0.0]]);
        let fit = Fit::new(&[1.0], &[0.1, 0.2], &none, Scale::Known).unwrap();
        assert_eq!((fit.rank(), fit.undetermined()), (0, vec![0]));
        assert!(fit.deficiency(&[]).unwrap().contains("parameter 0 can change without"));
    }
}
