//! Krylov methods and preconditioners.

mod kinds_of_vectors;
mod krylov;
mod krylov_least_squares;
mod krylov_peers;
mod krylov_preconditioners;
mod krylov_scales;
mod krylov_shifted;
mod krylov_symmetric;
mod krylov_workspaces;
mod nystrom;
#[path = "../random/mod.rs"]
mod random;
