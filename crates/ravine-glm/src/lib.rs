//! Generalized linear models: fitted, with certificates and inference, and as objectives for any method.
//!
//! | what I want | what I take |
//! |---|---|
//! | a table's model from beginning to end, stored and used to predict | [`analysis`] |
//! | a fit, with elastic net, bounds, weights, offsets | [`GeneralizedLinearModel`], [`Family`], [`Link`] |
//! | columns that enter together, as those of a factor | [`ColumnGroup`] |
//! | coefficients that rise or fall along a factor | [`MonotoneTerm`] |
//! | standard errors, tests, likelihoods, residuals | [`inference`] |
//! | many penalties, and the choice among them | [`Path`], [`CrossValidation`] |
//! | more than two classes | [`Multinomial`] |
//! | counts with an unknown dispersion | [`NegativeBinomialModel`] |
//! | a fit that outliers do not carry away | [`HuberModel`] |
//! | finite estimates in spite of separation | [`FirthLogistic`] |
//! | a support vector machine | [`HingeMachine`]; [`Family::SquaredHinge`], [`Family::SmoothedHinge`] |
//! | distributions, their information, natural gradients | [`exponential`] |
//! | the Gaussian nearest to a posterior | [`variational`] |
//! | to end a fit early, as by Ctrl-C | [`Interrupter`] |
//! | an objective for the methods of `ravine` | [`Regression`] |
//!
//! ```
//! use ravine::matrix::Matrix;
//! use ravine_data::Design;
//! use ravine_glm::inference::InferenceSettings;
//! use ravine_glm::{Family, GeneralizedLinearModel};
//!
//! let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]);
//! let x = Design::dense(x, vec!["dose".into()]);
//! let y = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0];
//! let fitted = GeneralizedLinearModel::new(Family::Binomial).fit(&x, &y)?;
//! assert!(fitted.status.converged());
//! let inference = fitted.inference(&x, &y, &InferenceSettings::default())?;
//! let (low, high) = inference.intervals(0.95)?[1].unwrap();
//! assert!(low < fitted.coefficients[0] && fitted.coefficients[0] < high);
//! # Ok::<(), ravine::ArgumentError>(())
//! ```
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

pub mod analysis;
mod cases;
pub mod exponential;
pub mod family;
mod firth;
mod hinge;
mod huber;
pub mod inference;
mod loss;
mod model;
mod multinomial;
mod negative_binomial;
mod path;
mod regression;
mod solve;
mod special;
pub mod variational;

pub use family::{Family, Link, Loss};
pub use firth::{FirthFit, FirthLogistic};
pub use hinge::{HingeFit, HingeMachine};
pub use huber::{HuberFit, HuberModel};
pub use loss::RegressionLoss;
pub use model::{
    Before, ColumnGroup, Direction, FittedModel, GeneralizedLinearModel, Infinite, MonotoneTerm,
    PenaltyUnits, Separation, Solver, Targets,
};
pub use multinomial::{Multinomial, MultinomialFit, MultinomialSolver};
pub use negative_binomial::{NegativeBinomialFit, NegativeBinomialModel};
pub use path::{
    ChosenModel, ChosenMultinomial, CrossValidated, CrossValidation, MultinomialCrossValidation,
    MultinomialPath, Path,
};
pub use regression::Regression;
pub use solve::aliasing::Alias;
pub use solve::{Certificate, Interrupter, Status, Test};
