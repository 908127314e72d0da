//! Methods side by side: races with their tuning, histories and tables, profiles over many problems,
//! and the geometry of pictures.
//!
//! [`Track::race`] runs methods on one problem, [`performance_profiles`] compares them over many;
//! [`MethodChoice`] reads what a user types. [`contour`] and [`plane`] are for pictures of functions of
//! two variables.
//!
//! ```
//! use ravine_race::{MethodChoice, Track};
//!
//! let problem = ravine_problems::named("rosenbrock")?;
//! let methods = MethodChoice::parse_list("gd,bfgs,newton,trust-exact")?;
//! let race = Track::new(&problem).race(&methods, |_| ());
//! let ranking: Vec<&str> = race.entrants.iter().map(|e| e.method.entry.name).collect();
//! assert_eq!(ranking.last(), Some(&"gd"));
//! assert!(race.entrants[0].tuned.is_none() && race.entrants[3].tuned.is_some());
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

mod basins;
mod budget;
mod choice;
pub mod contour;
mod effort;
mod history;
mod obstacle;
pub mod plane;
mod profile;
mod race;
mod ranking;
mod regression;
mod rest;
mod run;
mod stability;
mod table;
mod tune;

pub use basins::{Basins, Reached};
pub use choice::MethodChoice;
pub use effort::{Effort, gradient_equivalents};
pub use history::{History, Moment, Retention};
pub use obstacle::{Obstacle, applicable, applicable_over_batches};
pub use profile::{Profile, is_solved, lowest_value, performance_profiles};
pub use race::{Entrant, Glimpse, MOST_CURVES, Race, SECONDS, Track, by_reason, kind, spread};
pub use ranking::level;
#[cfg(feature = "all-methods")]
pub use regression::leave_intercept;
pub use regression::{data_problem, is_data_file, regression_problem};
pub use rest::{Bottom, Rest, rest};
#[cfg(feature = "all-methods")]
pub use run::over_batches;
pub use run::{Ran, follow, run, tuned};
pub use stability::step_limit;
pub use table::{Side, Table, footnotes};
pub use tune::{Grid, Search, Trial, Tuned, tune};
