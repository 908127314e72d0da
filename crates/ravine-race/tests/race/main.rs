//! Races against what separate runs say, level lines, and runs of all methods that go on.

mod amounts;
mod checkpoints;
mod compositions;
mod contour;
mod races;
mod settings;
