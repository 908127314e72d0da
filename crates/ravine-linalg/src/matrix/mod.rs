//! Matrices of our own. Their factorizations are faer's, or, without the feature `faer`, plain loops;
//! no faer type appears in a public signature.

#[cfg(feature = "faer")]
mod by_faer;
mod cholesky;
mod dense;
mod eigen;
mod error;
mod lblt;
mod lower_triangle;
mod lu;
mod modified_cholesky;
mod order;
mod orthogonal;
mod plain;
mod qr;
mod sparse;
mod sparse_cholesky;
mod sparse_lblt;
mod sparse_view;
mod symmetric;
mod tridiagonal;
mod view;

pub use cholesky::Cholesky;
pub use dense::Matrix;
pub use eigen::SymmetricEigen;
pub use error::FactorizationError;
pub use lblt::{Inertia, Lblt};
pub use lu::Lu;
pub use modified_cholesky::ModifiedCholesky;
pub use orthogonal::{orthogonalize, orthonormalize};
pub use qr::{Damped, Qr};
pub use sparse::SparseMatrix;
pub use sparse_cholesky::SparseCholesky;
pub use sparse_lblt::SparseLblt;
pub use sparse_view::{SparseIndex, SparseView};
pub use symmetric::Symmetric;
pub use tridiagonal::TridiagonalEigen;
pub use view::{MatrixView, StoredBy};

#[cfg(feature = "faer")]
use by_faer as backend;
#[cfg(not(feature = "faer"))]
use plain as backend;

use crate::product::multiply;
pub(crate) use order::ascending;

/// The dimension of a matrix that must be square.
fn check_square(a: &Matrix) -> usize {
    assert_eq!(a.rows(), a.columns(), "only a square matrix has this factorization");
    a.rows()
}
