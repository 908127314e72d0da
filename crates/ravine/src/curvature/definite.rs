//! Shifts that make a matrix positive definite.

use std::convert::Infallible;

use ravine_linalg::matrix::FactorizationError;

/// The factor by which a shift grows that was not enough.
const GROWTH: f64 = 4.0;

/// After so many shifts there is no sense in another: the last is `4^100` times the first.
const MOST: usize = 100;

/// Factorizes `A + shift I` for growing shifts until it is positive definite, and gives the shift:
/// first the one of the caller, which may be zero, then at least `first`, then each four times the one
/// before.
///
/// For a matrix that is semidefinite but for rounding, `first` is a few units of rounding of its
/// largest entry; for one that may be indefinite, a thousandth of it, since each try costs a
/// factorization.
///
/// Source: Nocedal and Wright (2006), algorithm 3.3.
///
/// ```
/// use ravine::curvature::until_definite;
/// use ravine::matrix::{Cholesky, FactorizationError, Matrix};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let mut factor = Cholesky::default();
/// let shift = until_definite(0.0, 1e-3, |shift| factor.refactor(&a, shift))?;
/// assert!(shift > 1.0 && shift < 4.1);
/// # Ok::<(), FactorizationError>(())
/// ```
///
/// # Errors
///
/// Any other error of the factorization; [`FactorizationError::NotFinite`] where no shift is enough.
pub fn until_definite(
    shift: f64,
    first: f64,
    mut factorize: impl FnMut(f64) -> Result<(), FactorizationError>,
) -> Result<f64, FactorizationError> {
    let Ok(found) = until_definite_or(shift, first, |shift| Ok::<_, Infallible>(factorize(shift)));
    found
}

/// The same with a factorization that may be ended.
pub(super) fn until_definite_or<E>(
    shift: f64,
    first: f64,
    mut factorize: impl FnMut(f64) -> Result<Result<(), FactorizationError>, E>,
) -> Result<Result<f64, FactorizationError>, E> {
    let mut shift = shift;
    for _ in 0..MOST {
        match factorize(shift)? {
            Ok(()) => return Ok(Ok(shift)),
            Err(FactorizationError::NotPositiveDefinite { .. }) => {
                shift = (GROWTH * shift).max(first).max(f64::MIN_POSITIVE);
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Err(FactorizationError::NotFinite))
}
