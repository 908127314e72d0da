//! Why a factorization does not exist.

use crate::error::Interrupt;

/// What work that a watch may end gives.
pub(super) type Watched<T> = Result<Result<T, FactorizationError>, Interrupt>;

/// Why a matrix could not be factorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorizationError {
    /// An entry is NaN or infinite, or an intermediate result left the range of numbers.
    NotFinite,
    /// The matrix is not positive definite: the leading block up to and including row `pivot`
    /// (counted from 0; of a sparse matrix, in the order of elimination) has no Cholesky factor.
    NotPositiveDefinite {
        /// The row.
        pivot: usize,
    },
    /// The matrix is singular.
    Singular,
    /// The matrix is not square.
    NotSquare {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// The matrix is not symmetric, as what is asked for needs.
    NotSymmetric,
    /// The factor does not fit into memory.
    TooLarge,
    /// The iteration for eigenvalues did not converge.
    NoConvergence,
}

impl FactorizationError {
    /// An error unless the numbers agree.
    pub(crate) fn check_square(rows: usize, columns: usize) -> Result<(), Self> {
        if rows == columns { Ok(()) } else { Err(Self::NotSquare { rows, columns }) }
    }
}

impl std::fmt::Display for FactorizationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFinite => f.write_str("the matrix has entries that are not finite"),
            Self::NotPositiveDefinite { pivot } => {
                write!(f, "the matrix is not positive definite (pivot {pivot} is not positive)")
            }
            Self::Singular => f.write_str("the matrix is singular"),
            Self::NotSquare { rows, columns } => {
                write!(f, "the matrix is not square ({rows} by {columns})")
            }
            Self::NotSymmetric => f.write_str("the matrix is not symmetric"),
            Self::TooLarge => f.write_str("the factor does not fit into memory"),
            Self::NoConvergence => f.write_str("the eigenvalue iteration did not converge"),
        }
    }
}

impl std::error::Error for FactorizationError {}
