//! Formulas and the frames that they give.

mod frames;
mod fuzz;
mod mistakes;
mod prediction;
mod reference;
mod shared;
mod spans;
