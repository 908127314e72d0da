//! Matrices of our own. Their factorizations are faer's, or, without the feature `faer`, plain loops;
//! no faer type appears in a public signature.
//!
//! Dense matrices are of single or double precision, `Matrix<f32>` and `Matrix<f64>`: entries and the
//! arithmetic of factorizations are of that precision, scalars that go in or come out (shifts,
//! eigenvalues, logarithms of determinants) are `f64`.

#[cfg(feature = "faer")]
mod by_faer;
mod cholesky;
mod dense;
mod eigen;
mod error;
mod inertia;
mod lblt;
mod lower_triangle;
mod lu;
mod modified_cholesky;
mod order;
mod orthogonal;
mod part;
mod plain;
mod precision;
mod products;
mod qr;
mod slices;
mod sparse;
mod sparse_cholesky;
mod sparse_columns;
mod sparse_index;
mod sparse_lblt;
mod sparse_qr;
mod sparse_rows;
mod symmetric;
mod tridiagonal;
mod view;

pub use cholesky::Cholesky;
pub use dense::Matrix;
pub use eigen::SymmetricEigen;
pub use error::FactorizationError;
pub use inertia::Inertia;
pub use lblt::Lblt;
pub use lu::Lu;
pub use modified_cholesky::ModifiedCholesky;
pub use orthogonal::{orthogonalize, orthonormalize};
pub use precision::Precision;
pub use qr::{Damped, Qr};
pub use slices::{MatrixSlice, MatrixSliceMut};
pub use sparse::{ByColumns, ByRows, Lines, Sparse, SparseMatrix, SparseRows, SparseView};
pub use sparse_cholesky::SparseCholesky;
pub use sparse_index::SparseIndex;
pub use sparse_lblt::SparseLblt;
pub use sparse_qr::{SparseQr, SparseQrPattern};
pub use symmetric::Symmetric;
pub use tridiagonal::TridiagonalEigen;
pub use view::{MatrixView, StoredBy};

#[cfg(feature = "faer")]
use by_faer as backend;
#[cfg(not(feature = "faer"))]
use plain as backend;

use crate::vector::Scalar;
pub(crate) use order::ascending;

/// The dimension of a matrix that must be square.
fn check_square<T: Scalar>(a: &Matrix<T>) -> usize {
    assert_eq!(a.rows(), a.columns(), "only a square matrix has this factorization");
    a.rows()
}
