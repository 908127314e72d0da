//! Standard problems of smooth minimization with starts, minima and sources.
//!
//! [`named`] gives a problem by its specification, [`all`] lists what there is, [`ProblemText`]
//! reads what a user types. [`race`] runs methods side by side.
//!
//! ```
//! let problem = ravine_problems::named("rosenbrock")?;
//! assert_eq!(problem.minima[0].point.as_deref(), Some(&[1.0, 1.0][..]));
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

pub mod article;
mod catalogue;
pub mod contour;
mod decimal;
pub mod expression;
mod gaussian;
mod kernels;
pub mod mgh;
pub mod plane;
mod problem;
mod profile;
pub mod quadratic;
pub mod race;
mod regression;
pub mod scalable;
mod single_precision;
mod spec;
pub mod surfaces;
mod text;

pub use catalogue::{Listing, Parameter, all, named};
pub use expression::{Expression, ExpressionError};
pub use gaussian::GaussianFit;
pub use problem::{Minimum, Problem, Window};
pub use profile::{Profile, gradient_equivalents, is_solved, lowest_value, performance_profiles};
pub use regression::{Regression, RegressionLoss};
pub use single_precision::SinglePrecision;
pub use text::ProblemText;
