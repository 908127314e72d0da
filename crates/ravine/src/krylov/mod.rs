//! Krylov methods: what products with an operator alone can do.

mod cg;
mod lanczos;

pub use cg::{CgEnd, CgInfo, CgWork, ConjugateGradient};
pub use lanczos::Lanczos;
