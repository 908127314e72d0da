//! Methods on the problems: what they solve, and what they say where they do not.

mod forecasts;
mod large_newton;
mod mgh_automatic;
mod mgh_newton;
mod mgh_quasi_newton;
mod nist;
mod nist_data;
mod unbounded;
