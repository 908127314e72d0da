//! Networks, their exact curvature, and the optimizers that use it.

pub mod precondition;
