//! Ravine minimizes smooth functions by their curvature.
//!
//! A method answers three questions about the next step: what **curvature** is believed, how the
//! quadratic model `g'd + d'Bd/2` is turned into a **step**, and how far the step is **trusted**.
//! Every named method in [`methods`] is a short composition of these parts.

pub mod autodiff;
mod clock;
mod conditions;
pub mod curvature;
pub mod diagnose;
pub mod line_search;
pub mod methods;
pub mod minimize;
pub mod objective;
pub mod oracle;
pub mod step;
pub mod trust;

pub use minimize::{Conditions, Outcome, Rule, Status, Stopping, minimize};
pub use objective::{Bounds, Gradient, Hessian, HessianProduct, Objective};
pub use ravine_linalg::{
    ArgumentError, FunctionError, Interrupt, Pointwise, StartError, Vector, krylov, matrix,
    operator, random, spectrum, vector,
};
