//! The loop, its contracts and diagnoses.

mod checkpoints;
mod contracts;
mod diagnose;
mod epochs;
mod refusals;
