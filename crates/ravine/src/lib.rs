//! Ravine minimizes smooth functions by their curvature.
//!
//! A method answers three questions about the next step: what **curvature** is believed, how the
//! quadratic model `g'd + d'Bd/2` is turned into a **step**, and how far the step is **trusted**. What
//! answers one of them is a part of its own, and any parts that fit make a method; the familiar names
//! are compositions of these parts.
//!
//! ```
//! use ravine::methods::{Bfgs, TrustRegion};
//! use ravine::step::MoreSorensen;
//! use ravine::{minimize, objective};
//!
//! // One definition gives the value, the exact gradient, Hessian products and the Hessian.
//! let valley = objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
//!
//! let outcome = minimize(&valley, vec![-1.2, 1.0], Bfgs::default()).run()?;
//! assert!(outcome.status.converged());
//! let newton = TrustRegion::<MoreSorensen>::default();
//! let by_newton = minimize(&valley, vec![-1.2, 1.0], newton).run()?;
//! assert!(by_newton.evaluations.gradient < outcome.evaluations.gradient);
//! # Ok::<(), ravine::minimize::Error>(())
//! ```
//!
//! | what I have | what I take |
//! |---|---|
//! | a formula, as Rust | [`objective!`], [`residuals!`]: exact derivatives by automatic differentiation |
//! | a value and a gradient | [`objective::from_gradient`] |
//! | a value alone | [`objective::from_value`], and [differences](objective::Differences) |
//! | residuals and their Jacobian | [`objective::from_residuals`] |
//! | a mean over cases | [`objective::FiniteSum`], [`minimize::minimize_sum`] over batches |
//! | any of these, and no method | [`methods::minimize_automatically`], which says why it takes one |
//! | the name of a method | [`methods::named`]: `lbfgs`, or `sr1/steihaug/radius` |
//! | bounds | [`methods::Lbfgsb`], [`methods::Tron`], [`methods::LevenbergMarquardt`], under [`Conditions`] with [`Bounds`] |
//! | a curve fitted to data | [`fit::Fit`]: standard errors, correlations, bands |
//! | a run to watch, stop or resume | [`minimize::Run`] |
//! | a question how hard it will be | [`diagnose`] |
//! | a matrix, or its products | [`operator`], [`krylov`], [`spectrum`], [`matrix`] |
//!
//! The three traits go together in [`methods::Composition`]; curvatures, steps and the rules of a
//! [`trust::Region`] can be implemented outside as well as here:
//!
//! - [`curvature::Curvature`] gives at each iterate a linear operator, and learns from steps;
//! - [`step::Step`] minimizes a model of that curvature, within a reach;
//! - [`trust::Trust`] says how far, and takes the step.
//!
//! The guide explains methods, composing, statuses and costs in plain words: `guide/` in the repository.

pub mod autodiff;
#[cfg(feature = "checkpoints")]
pub mod checkpoint;
mod clock;
mod conditions;
pub mod curvature;
#[cfg(feature = "all-methods")]
pub mod diagnose;
#[cfg(feature = "checkpoints")]
mod encoding;
pub mod fit;
pub mod line_search;
pub mod methods;
pub mod minimize;
pub mod objective;
pub mod oracle;
pub mod settings;
mod stationary;
pub mod step;
pub mod trust;

pub use minimize::{Conditions, Outcome, Rule, Status, Stopping, minimize};
pub use objective::{Bounds, Gradient, Hessian, HessianProduct, Objective};
pub use ravine_linalg::{
    ArgumentError, FunctionError, Interrupt, Pointwise, StartError, Threads, Vector, Watch, krylov,
    matrix, operator, random, spectrum, vector,
};
pub use stationary::StationaryPoint;
