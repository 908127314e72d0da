//! Standard problems of smooth minimization with starts, minima and sources.
//!
//! [`named`] gives a problem by its specification, [`all`] lists what there is, [`ProblemText`]
//! reads what a user types.
//!
//! ```
//! let problem = ravine_problems::named("rosenbrock")?;
//! assert_eq!(problem.minima[0].point.as_deref(), Some(&[1.0, 1.0][..]));
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

pub mod article;
mod catalogue;
mod decimal;
pub mod expression;
mod family;
mod gaussian;
pub mod mgh;
mod problem;
pub mod quadratic;
pub mod scalable;
mod single_precision;
mod spec;
pub mod surfaces;
mod text;

pub use catalogue::{Listing, all, named};
pub use decimal::read as decimal;
pub use expression::{Curve, Expression, ExpressionError};
pub use family::Parameter;
pub use gaussian::GaussianFit;
pub use problem::{Minimum, Problem, Window};
pub use single_precision::SinglePrecision;
pub use text::ProblemText;
