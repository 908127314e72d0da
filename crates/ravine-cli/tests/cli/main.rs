//! The command as its users see it.

#[cfg(unix)]
mod checkpoints;
mod common;
mod contract;
mod data;
mod diagnose;
mod fit;
mod fit_curve;
mod fit_streams;
mod input;
#[cfg(target_os = "linux")]
mod interrupts;
mod methods;
mod networks;
mod pictures;
mod train;
