//! Objectives, their derivatives, and curvatures made of them.

mod autodiff;
mod autodiff_sparse;
mod check_derivatives;
mod curvature_operators;
mod few;
mod finite_differences;
#[path = "../../../ravine-linalg/tests/random/mod.rs"]
mod random;
mod second_differences;
