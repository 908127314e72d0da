//! The loop, its contracts and diagnoses.

mod contracts;
mod diagnose;
mod epochs;
