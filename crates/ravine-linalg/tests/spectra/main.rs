//! Eigenvalues, traces, densities and condition numbers.

mod condition;
mod copies;
mod eigen;
mod estimators;
#[path = "../random/mod.rs"]
mod random;
#[path = "../rotated/mod.rs"]
mod rotated;
mod spectral_density;
