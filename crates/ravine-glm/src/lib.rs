//! Generalized linear models as objectives of their coefficients.
//!
//! [`Regression`] is the mean of a [`RegressionLoss`] over the cases of a design matrix, with every
//! derivative that the methods of `ravine` can use.
//!
//! ```
//! use ravine::matrix::Matrix;
//! use ravine_data::Design;
//! use ravine_glm::{Regression, RegressionLoss};
//!
//! let mut design = Design::dense(Matrix::from_rows(&[[0.0], [1.0], [2.0]]), vec!["x".into()]);
//! design.add_intercept();
//! let f = Regression::new(design, vec![1.0, 3.0, 5.0], RegressionLoss::Squares, 0.0)?;
//! let outcome = ravine::minimize(&f, vec![0.0, 0.0], ravine::methods::Newton::default()).run()?;
//! assert!((outcome.x[0] - 1.0).abs() < 1e-12 && (outcome.x[1] - 2.0).abs() < 1e-12);
//! # Ok::<(), ravine::minimize::Error>(())
//! ```

mod cases;
pub mod family;
mod firth;
mod hinge;
pub mod inference;
mod loss;
mod model;
mod multinomial;
mod negative_binomial;
mod path;
mod regression;
mod solve;
mod special;

pub use family::{Family, Link, Loss};
pub use firth::{FirthFit, FirthLogistic};
pub use hinge::{HingeFit, HingeMachine};
pub use loss::RegressionLoss;
pub use model::{FittedModel, GeneralizedLinearModel, Infinite, Separation, Solver, Targets};
pub use multinomial::{Multinomial, MultinomialFit};
pub use negative_binomial::{NegativeBinomialFit, NegativeBinomialModel};
pub use path::{ChosenModel, CrossValidated, CrossValidation, Path};
pub use regression::Regression;
pub use solve::aliasing::Alias;
pub use solve::{Certificate, Status, Test};
