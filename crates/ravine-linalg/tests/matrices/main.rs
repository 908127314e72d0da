//! Matrices, their factorizations and the kernels below.

mod factorizations;
mod matrix_views;
#[path = "../random/mod.rs"]
mod random;
mod sparse_cholesky;
mod vector_kernels;
