//! The command as its users see it.

mod common;
mod contract;
mod data;
mod diagnose;
mod input;
#[cfg(unix)]
mod interrupts;
mod pictures;
