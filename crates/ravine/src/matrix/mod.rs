//! Matrices of our own, over faer: no faer type appears in a public signature.

mod dense;
mod sparse;

pub use dense::Matrix;
pub use sparse::SparseMatrix;
