//! The command as its users see it.

mod common;
mod contract;
mod data;
mod diagnose;
mod input;
#[cfg(target_os = "linux")]
mod interrupts;
mod pictures;
