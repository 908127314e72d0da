//! Solvers of the penalized objective, all of which take and give the same things.

pub(crate) mod aliasing;
pub(crate) mod centring;
pub(crate) mod cholesky;
pub(crate) mod coordinate_descent;
pub(crate) mod gram_descent;
pub(crate) mod group;
mod group_descent;
mod interrupter;
pub(crate) mod lbfgs;
pub(crate) mod line_search;
pub(crate) mod newton_cg;
pub(crate) mod problem;
pub(crate) mod rests;
pub(crate) mod saga;
pub(crate) mod separation;
pub(crate) mod solved;
pub(crate) mod status;

pub use interrupter::Interrupter;
pub use status::{Certificate, Status, Test};
