//! Standard problems of smooth minimization with starts, minima and sources.

mod problem;

pub use problem::{Minimum, Problem, Window};
