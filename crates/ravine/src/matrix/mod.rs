//! Matrices of our own, over faer: no faer type appears in a public signature.

mod cholesky;
mod dense;
mod eigen;
mod error;
mod lblt;
mod modified_cholesky;
mod qr;
mod sparse;
mod symmetric;

pub use cholesky::Cholesky;
pub use dense::Matrix;
pub use eigen::SymmetricEigen;
pub use error::FactorizationError;
pub use lblt::{Inertia, Lblt};
pub use modified_cholesky::ModifiedCholesky;
pub use qr::{Damped, Qr};
pub use sparse::SparseMatrix;
pub use symmetric::Symmetric;

/// A matrix could not be factored because an entry, or a number on the way, is not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFinite;

impl std::fmt::Display for NotFinite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a matrix with an entry that is not finite cannot be factored")
    }
}

impl std::error::Error for NotFinite {}

/// The dimension of a matrix that must be square.
fn check_square(a: &Matrix) -> usize {
    assert_eq!(a.rows(), a.columns(), "only a square matrix has this factorization");
    a.rows()
}
