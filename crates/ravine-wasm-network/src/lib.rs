//! What the network view of the web page calls: points to be told apart, a small network, and methods that train it
//! step by step from the same start.
//!
//! Everything is computed by `ravine` and `ravine-nn`; here it becomes flat arrays. The same functions run natively,
//! for tests. Errors reach the page as exceptions of the class `Error` with the library's message.

mod curvature;
mod failure;
mod learner;
mod lesson;
mod methods;
mod moves;
mod search;

pub use curvature::{Factors, Spectrum};
pub use failure::Failure;
pub use learner::Learner;
pub use lesson::Lesson;
pub use methods::methods;
pub use search::Search;
