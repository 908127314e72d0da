//! Races against what separate runs say, level lines, and runs of all methods that go on.

mod amounts;
mod basins;
mod checkpoints;
mod compositions;
mod contour;
mod races;
mod settings;
mod stability;
