//! The loop, its contracts and diagnoses.

mod cancelled;
mod checkpoints;
mod contracts;
mod diagnose;
mod epochs;
mod refusals;
mod values_alone;
