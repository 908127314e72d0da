//! What a problem looks like at a point, and which method will win on it: [`diagnose`].
//!
//! The Hessian at the point says how methods will fare, before any is run: its extreme eigenvalues,
//! how the gradient spreads over them, and whether the quadratic model holds for a whole step. From
//! these each method's iterations are forecast, from measured times of the objective's evaluations
//! its seconds, and from all of it a method is recommended, by the reasoning of
//! [`methods::choose`](crate::methods::choose).

mod costs;
mod fixed_step;
mod forecast;
mod histogram;
mod measure;
mod model;
mod noise;
mod rehearsal;
mod report;
mod spectrum;
mod stages;
#[cfg(test)]
mod tests;
mod trial;
mod trust;
mod walk;

pub use costs::Costs;
pub use forecast::{Basis, Forecast};
pub use histogram::{Bin, histogram};
pub use measure::GradientMeasure;
pub use noise::Noise;
pub use spectrum::Eigenvalue;
pub use trial::Trial;
pub use trust::{ModelTrust, TrustedLength};
pub use walk::Walk;

use serde_json::Value;

use crate::minimize::{Conditions, Error, Stopping};
use crate::objective::{Counts, Derivatives, Supplies};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Inertia;
use ravine_linalg::spectrum::Density;

/// How a diagnosis is made.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diagnose {
    /// Up to this many variables the Hessian is formed and all its eigenvalues are found. Default
    /// 500.
    pub dense: usize,
    /// Of a larger one, most products for the ends of the spectrum, as many for its density, and as
    /// many for the measure of the gradient. Default 300.
    pub products: usize,
    /// Random vectors for the density, at least two. Default 6.
    pub probes: usize,
    /// Steps of a Newton-like method on the objective itself, to see how far its quadratic model
    /// holds. Default 4.
    pub trial_steps: u64,
    /// Most steps of that method where the first ones do not reach the end and the Hessian is dense:
    /// forecasts are then for the curvature where it arrives. Default 50.
    pub walk_steps: u64,
    /// The accuracy of the forecasts: the maximum norm of the gradient relative to that at the
    /// point, as in [`Stopping`]. Default `1e-8`.
    pub gradient_relative: f64,
    /// The seed of everything random. Default 1.
    pub seed: u64,
}

impl Default for Diagnose {
    fn default() -> Self {
        Self {
            dense: 500,
            products: 300,
            probes: 6,
            trial_steps: 4,
            walk_steps: 50,
            gradient_relative: 1e-8,
            seed: 1,
        }
    }
}

/// What a problem looks like at a point. What is `None` could not be found out: see the fields.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Diagnosis {
    /// The number of variables n.
    pub dimension: usize,
    /// What the objective supplies; the rest was had by finite differences.
    pub derivatives: Derivatives,
    /// `f(x)`.
    pub value: f64,
    /// The maximum norm of the gradient, projected where there are bounds.
    pub gradient_norm: f64,
    /// The largest eigenvalue of the Hessian; for many variables the largest Ritz value, which is at
    /// most that.
    pub largest_eigenvalue: Option<f64>,
    /// The smallest eigenvalue; for many variables the smallest Ritz value, which is at least that,
    /// or where a sparse factorization shows that all are positive the inverse of the largest of the
    /// inverse.
    pub smallest_eigenvalue: Option<f64>,
    /// How far an eigenvalue can be from each of these: the residuals of their Ritz vectors.
    pub residuals: [Option<f64>; 2],
    /// Whether all eigenvalues are known, to rounding.
    pub exact: bool,
    /// How many eigenvalues are positive, negative and zero.
    pub inertia: Option<Inertia>,
    /// Whether they were counted, from all eigenvalues or a factorization; else they follow from the
    /// ends of the spectrum where those have one sign, and from its density where they do not.
    pub inertia_counted: bool,
    /// `max |lambda| / min |lambda|`; `None` also where the Hessian is singular to rounding, or
    /// indefinite and too large for all its eigenvalues. For many variables at least what the Ritz
    /// values show.
    pub condition_number: Option<f64>,
    /// An interval for it, `None` at its upper end where the least eigenvalue may be zero.
    pub condition_interval: Option<(f64, Option<f64>)>,
    /// The condition number after scaling the variables by the roots of the Hessian's absolute
    /// diagonal.
    pub scaled_condition_number: Option<f64>,
    /// The spectral density: all eigenvalues, or the mean over a few random vectors.
    pub density: Option<Density>,
    /// How the gradient is spread over the spectrum.
    pub gradient_measure: Option<GradientMeasure>,
    /// Whether the quadratic model holds.
    pub model: Option<ModelTrust>,
    /// The noise of the values.
    pub noise: Option<Noise>,
    /// The first steps of Newton-like methods on the objective.
    pub trials: Vec<Trial>,
    /// Where the forecasts are made, where that is not the point itself.
    pub walk: Option<Walk>,
    /// What evaluations cost.
    pub costs: Costs,
    /// The accuracy of the forecasts, relative to the gradient at the point: as asked for, or what
    /// noise lets through.
    pub gradient_relative: f64,
    /// What each method will need, the fastest first.
    pub forecast: Vec<Forecast>,
    /// The method to take.
    pub recommended_method: Option<String>,
    /// The settings to take it with.
    pub recommended_settings: Value,
    /// Why, in a sentence without a full stop.
    pub reason: Option<String>,
    /// What the diagnosis itself took.
    pub evaluations: Counts,
    /// The seconds it took.
    pub seconds: f64,
    /// Whether the caller ended it early.
    pub interrupted: bool,
}

impl Diagnosis {
    /// The accuracy of the forecasts, as stopping rules: the gradient test alone. A run with the
    /// default rules goes on from there until the method's own model promises no more.
    pub fn stopping(&self) -> Stopping {
        Stopping {
            gradient_relative: self.gradient_relative,
            decrease: None,
            ..Stopping::default()
        }
    }
}

/// [`Diagnose::run`] at its defaults.
///
/// # Errors
///
/// See [`Diagnose::run`].
///
/// ```
/// use ravine::diagnose::diagnose;
/// use ravine::curvature::Verdict;
///
/// let f = ravine::objective!(2, |x| 50.0 * x[0].powi(2) + 0.5 * x[1].powi(2));
/// let diagnosis = diagnose(&f, &[1.0, 1.0])?;
/// assert!((diagnosis.condition_number.unwrap() - 100.0).abs() < 1e-10);
/// assert_eq!(diagnosis.scaled_condition_number.map(f64::round), Some(1.0));
/// assert_eq!(diagnosis.model.unwrap().verdict, Verdict::Quadratic);
/// let gd = diagnosis.forecast.iter().find(|forecast| forecast.method == "gd").unwrap();
/// assert!((gd.iterations as f64 - 18.4 / 0.0198).abs() < 10.0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn diagnose(objective: &dyn Supplies, x: &[f64]) -> Result<Diagnosis, Error> {
    Diagnose::default().run(objective, x, Conditions::default())
}

impl Diagnose {
    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { products, probes, gradient_relative, .. } = *self;
        ArgumentError::check(probes > 1, "probes", probes, "at least 2")?;
        ArgumentError::check(products > 0, "products", products, "at least 1")?;
        let holds = gradient_relative > 0.0 && gradient_relative < 1.0;
        ArgumentError::check(holds, "gradient_relative", gradient_relative, "in (0, 1)")
    }

    /// Diagnoses `objective` at `x`, within the bounds of `conditions`, and with their differences for
    /// what is missing, or central ones. Where they interrupt it, or their budget of evaluations or
    /// seconds is spent, the diagnosis ends before the next evaluation with what is known so far.
    ///
    /// # Errors
    ///
    /// A setting that cannot be used; a point of another dimension, or where entries, value or
    /// gradient are not finite; an error of the user's function.
    pub fn run<'a>(
        &self,
        objective: &'a (dyn Supplies + 'a),
        x: &[f64],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Diagnosis, Error> {
        self.validate()?;
        stages::run(self, objective, x, conditions.into())
    }
}
