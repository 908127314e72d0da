//! Races against what separate runs say, and level lines.

mod contour;
mod races;
