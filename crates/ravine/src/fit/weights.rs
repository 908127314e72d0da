//! Errors of data, and residuals in their units.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Cholesky, Matrix};

/// What is known of the errors of the data, up to a common factor or not (see [`Scale`](super::Scale)).
#[derive(Clone, Debug, Default)]
pub enum Weights {
    /// All are alike and independent.
    #[default]
    Equal,
    /// Independent, with these standard deviations.
    Deviations(Vec<f64>),
    /// With the covariance matrix `L L'`.
    Covariance(Cholesky),
}

impl Weights {
    /// Independent errors of these standard deviations.
    ///
    /// # Errors
    ///
    /// If one is not positive and finite.
    ///
    /// ```
    /// use ravine::fit::Weights;
    ///
    /// let mut residuals = [2.0, 3.0];
    /// Weights::deviations(vec![0.5, 3.0])?.whiten(&mut residuals);
    /// assert_eq!(residuals, [4.0, 1.0]);
    /// assert!(Weights::deviations(vec![1.0, 0.0]).is_err());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn deviations(sigma: Vec<f64>) -> Result<Self, ArgumentError> {
        if let Some((i, s)) = sigma.iter().enumerate().find(|(_, s)| !(**s > 0.0 && s.is_finite()))
        {
            let message = format!("is {s} at {i}, but must be positive and finite everywhere");
            return Err(ArgumentError::new("sigma", message));
        }
        Ok(Self::Deviations(sigma))
    }

    /// Errors with this covariance matrix, of which the lower triangle is read.
    ///
    /// # Errors
    ///
    /// If it is not positive definite.
    ///
    /// ```
    /// use ravine::fit::Weights;
    /// use ravine::matrix::Matrix;
    ///
    /// // [[4, 2], [2, 5]] = L L' with L = [[2, 0], [1, 2]].
    /// let weights = Weights::covariance(&Matrix::from_rows(&[[4.0, 2.0], [2.0, 5.0]]))?;
    /// let mut residuals = [2.0, 5.0];
    /// weights.whiten(&mut residuals);
    /// assert_eq!(residuals, [1.0, 2.0]);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn covariance(sigma: &Matrix) -> Result<Self, ArgumentError> {
        Cholesky::new(sigma).map(Self::Covariance).map_err(|error| {
            let message = format!("must be a positive definite covariance matrix: {error}");
            ArgumentError::new("sigma", message)
        })
    }

    /// For how many data it is; `None` for any number.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Equal => None,
            Self::Deviations(sigma) => Some(sigma.len()),
            Self::Covariance(factor) => Some(factor.dimension()),
        }
    }

    /// Residuals, or a column of their Jacobian, in units of their errors: each divided by its standard
    /// deviation, or `L^-1 r`, whose sum of squares is that of generalized least squares.
    ///
    /// # Panics
    ///
    /// If there is another number of residuals than of errors.
    pub fn whiten(&self, residuals: &mut [f64]) {
        match self {
            Self::Equal => {}
            Self::Deviations(sigma) => {
                assert_eq!(residuals.len(), sigma.len(), "whiten: wrong number of residuals");
                residuals.iter_mut().zip(sigma).for_each(|(r, s)| *r /= s);
            }
            Self::Covariance(factor) => factor.solve_lower(residuals),
        }
    }
}
