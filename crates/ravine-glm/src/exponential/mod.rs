//! Exponential families: distributions of density `h(x) exp(eta'T(x) - A(eta))`, their information and
//! their natural gradients.
//!
//! | family | usual parameters | statistics T |
//! |---|---|---|
//! | [`KnownVarianceGaussian`] | mean | `x` |
//! | [`Gaussian`] | mean, variance | `x, x^2` |
//! | [`MultivariateGaussian`] | mean, covariance (lower triangle) | `x, x x'` (lower triangle) |
//! | [`Binomial`], of one trial Bernoulli | probability | `x` |
//! | [`Categorical`] | probabilities but the last | indicators but the last |
//! | [`Poisson`] | mean | `x` |
//! | [`NegativeBinomial`] | mean | `x` |
//! | [`Exponential`] | rate | `x` |
//! | [`Gamma`] | shape, rate | `ln x, x` |
//! | [`InverseGaussian`] | mean, shape | `x, 1/x` |
//! | [`Beta`] | a, b | `ln x, ln(1 - x)` |
//! | [`Dirichlet`] | a | `ln x` |
//! | [`VonMises`] | direction, concentration | `cos x, sin x` |
//!
//! [`Likelihood`] makes data and a family an objective for the methods of `ravine`, in any smooth
//! parameters.

mod categorical;
mod counts;
mod draw;
mod family;
mod gaussian;
mod likelihood;
mod multivariate_gaussian;
mod positive;
mod simplex;
mod von_mises;

pub use categorical::Categorical;
pub use counts::{Binomial, NegativeBinomial, Poisson};
pub use family::{ExponentialFamily, Parameters};
pub use gaussian::{Gaussian, KnownVarianceGaussian};
pub use likelihood::{Chart, Coordinates, Likelihood};
pub use multivariate_gaussian::MultivariateGaussian;
pub use positive::{Exponential, Gamma, InverseGaussian};
pub use simplex::{Beta, Dirichlet};
pub use von_mises::VonMises;
