//! Matrices, their factorizations and the kernels below.

mod factorizations;
mod matrix_views;
mod pointwise;
#[path = "../random/mod.rs"]
mod random;
mod single_precision;
mod sparse_cholesky;
mod threads;
mod vector_kernels;
