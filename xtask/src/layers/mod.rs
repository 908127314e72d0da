//! Whether the parts of the code know each other in one direction only.
//!
//! [`rust`], [`python`] and [`typescript`] read which module names which from the sources, [`modules`]
//! finds where a name leads, [`graph`] finds the circles, and [`crates`] holds which crate may know
//! which.

pub mod crates;
pub mod graph;
mod modules;
pub mod python;
pub mod rust;
pub mod typescript;

#[cfg(test)]
mod trees;
