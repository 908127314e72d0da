//! What the web page calls: surfaces, their fields and local models, and runs that are stepped.
//!
//! Everything is computed by `ravine`, `ravine-problems` and `ravine-race`; here it becomes flat arrays and JSON.
//! The same functions run natively, for tests. Errors reach the page as exceptions of the class
//! `Error` with the library's message.

mod basins;
mod contours;
mod failure;
mod json;
mod landscape;
mod local;
mod methods;
mod problems;
mod run;
mod surface;

pub use basins::Basins;
pub use contours::Contours;
pub use failure::Failure;
pub use landscape::{Tuning, landscape_start, level};
pub use methods::{methods, step_limit};
pub use problems::problems;
pub use run::Run;
pub use surface::Surface;
