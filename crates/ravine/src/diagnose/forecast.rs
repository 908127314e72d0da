//! What each method will need.

use serde_json::Value;

use super::costs::Costs;
use super::fixed_step::{self, Fixed, Reduction};
use super::rehearsal::{GradientTest, Model, Rehearsal, rehearse};
use crate::methods::{Entry, Family, catalogue};
use crate::minimize::{Conditions, Stopping};
use crate::objective::{Counts, Supplies};

/// What a method will need from a point to a gradient small against that at the point.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Forecast {
    /// The name in the catalogue.
    pub method: String,
    /// The settings that it is made for: for a fixed step the best one.
    pub settings: Value,
    /// Iterations.
    pub iterations: u64,
    /// Evaluations of each kind.
    pub evaluations: Counts,
    /// Memory for vectors and matrices, the objective's own left out.
    pub memory_bytes: u64,
    /// Wall time on this machine.
    pub seconds: f64,
    /// Where the iterations come from.
    pub basis: Basis,
}

/// Where a forecast comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The method's polynomial on the spectral measure of the gradient.
    ClosedForm,
    /// The method itself, run on the quadratic model to the end.
    Rehearsal,
    /// The method itself, run on the quadratic model, its rate of convergence continued.
    Extrapolation,
    /// The first steps of a method of the family on the objective.
    Trial,
}

/// All that forecasts are made from.
pub(super) struct Grounds<'a> {
    pub objective: &'a dyn Supplies,
    pub costs: &'a Costs,
    pub reduction: Reduction<'a>,
    /// The least and the largest absolute eigenvalue.
    pub mu: f64,
    pub l: f64,
    /// The quadratic model.
    pub model: Model<'a>,
    /// The linear model of residuals.
    pub residuals: Option<Model<'a>>,
    /// When the gradient of the model is small enough.
    pub test: GradientTest,
    /// Whether the model has the variables of the objective.
    pub same_variables: bool,
    /// Iterations beyond those on the model that Newton-like methods need, and those for residuals.
    pub excess: f64,
    pub residual_excess: f64,
    /// For the sparse factorization: the stored entries of the Hessian and of its factor.
    pub sparse: Option<(usize, usize)>,
    pub stopping: &'a Stopping,
    /// The most iterations of a rehearsal.
    pub iterations: u64,
    /// The bounds of the objective, and who may end a rehearsal.
    pub conditions: &'a Conditions<'a>,
}

/// Up to this many variables methods with dense matrices are forecast.
pub(super) const DENSE: usize = 500;

/// Iterations of a method that turns secants or single gradients into curvature, for one more of
/// Newton's.
const SECANTS: f64 = 2.0;

impl Grounds<'_> {
    /// A forecast for every method that applies, by rising time.
    pub fn forecasts(&self) -> Vec<Forecast> {
        let mut forecasts: Vec<_> =
            catalogue().iter().filter_map(|entry| self.forecast(entry)).collect();
        forecasts.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        forecasts
    }

    fn forecast(&self, entry: &Entry) -> Option<Forecast> {
        let supplied = self.objective.derivatives();
        // Gradients that are missing are differences of values.
        let needed = crate::objective::Derivatives { gradient: false, ..entry.needs };
        let able = supplied.missing(needed).is_empty()
            && (self.conditions.bounds.is_none() || entry.bounds)
            && !(entry.is_dense() && !(self.same_variables && self.objective.dimension() <= DENSE))
            && entry.family != Family::Automatic;
        if !able {
            return None;
        }
        let tolerance = self.stopping.gradient_relative;
        let fixed = |f: fn(&Reduction<'_>, f64, f64, f64) -> Fixed| {
            let Fixed { settings, iterations } = f(&self.reduction, self.mu, self.l, tolerance);
            let gradients = iterations + 1.0;
            let rehearsal = Rehearsal {
                iterations,
                evaluations: [gradients, gradients, 0.0, 0.0],
                outside: iterations * self.per_iteration(entry),
                complete: true,
            };
            iterations
                .is_finite()
                .then(|| self.priced(entry, settings, rehearsal, Basis::ClosedForm))
        };
        match entry.name {
            "gd" => fixed(fixed_step::gradient_descent),
            "momentum" => fixed(fixed_step::momentum),
            "nesterov" => fixed(fixed_step::nesterov),
            _ if entry.tuned.is_some() => None,
            "newton-sparse" if !self.same_variables => self.sparse_newton(entry),
            _ => self.rehearsed(entry),
        }
    }

    fn rehearsed(&self, entry: &Entry) -> Option<Forecast> {
        let (model, test) = match entry.needs.residuals {
            true => (self.residuals?, GradientTest::Rules),
            false => (self.model, self.test),
        };
        let stopping = Stopping { iterations: Some(self.iterations), ..self.stopping.clone() };
        let rehearsal = rehearse(entry, &Value::Null, model, &stopping, test, self.conditions)?;
        let mut basis = if rehearsal.complete { Basis::Rehearsal } else { Basis::Extrapolation };
        let excess = match entry.family {
            Family::LeastSquares => self.residual_excess,
            Family::Newton | Family::Sketched | Family::TrustRegion | Family::NaturalGradient => {
                self.excess
            }
            _ => SECANTS * self.excess,
        };
        if excess > rehearsal.iterations {
            basis = Basis::Trial;
        }
        let mut rehearsal = rehearsal.scaled(1.0 + excess / rehearsal.iterations.max(1.0));
        if !self.same_variables {
            let products = rehearsal.evaluations[2];
            let each = products / rehearsal.iterations.max(1.0);
            rehearsal.outside = rehearsal.iterations * self.per_iteration(entry)
                + products * updates_per_product(entry, each) * self.costs.vector_update;
        }
        Some(self.priced(entry, Value::Null, rehearsal, basis))
    }

    /// One factorization a step.
    fn sparse_newton(&self, entry: &Entry) -> Option<Forecast> {
        let iterations = 1.0 + self.excess;
        let evaluations = [iterations + 1.0, iterations + 1.0, 0.0, iterations + 1.0];
        let outside = self.costs.analysis? + (iterations + 1.0) * self.costs.factorization?;
        let rehearsal = Rehearsal { iterations, evaluations, outside, complete: true };
        let basis = if self.excess > 0.5 { Basis::Trial } else { Basis::ClosedForm };
        Some(self.priced(entry, Value::Null, rehearsal, basis))
    }

    /// Seconds of a method's own work in an iteration, by its updates of vectors.
    fn per_iteration(&self, entry: &Entry) -> f64 {
        /// What the loop and the counting of an iteration take.
        const LOOP: f64 = 2e-7;
        LOOP + updates_per_iteration(entry) * self.costs.vector_update
    }

    fn priced(&self, entry: &Entry, settings: Value, r: Rehearsal, basis: Basis) -> Forecast {
        let [values, gradients, products, hessians] = r.evaluations;
        let costs = self.costs;
        let gradient = if entry.needs.residuals { costs.jacobian } else { costs.gradient };
        let hessian = if entry.needs.sparse_hessian {
            costs.sparse_hessian
        } else if entry.needs.fisher {
            costs.fisher
        } else {
            costs.hessian
        };
        let inside = (values - gradients).max(0.0) * costs.value.unwrap_or(0.0)
            + gradients * gradient.unwrap_or(0.0)
            + products * costs.hessian_product.unwrap_or(0.0)
            + hessians * hessian.unwrap_or(0.0);
        let count = |n: f64| n.round().max(0.0) as u64;
        Forecast {
            method: entry.name.to_owned(),
            settings,
            iterations: count(r.iterations),
            evaluations: Counts {
                value: count(values),
                gradient: count(gradients),
                hessian_product: count(products),
                hessian: count(hessians),
            },
            memory_bytes: self.memory(entry, products / r.iterations.max(1.0)),
            seconds: inside + r.outside,
            basis,
        }
    }

    /// Vectors and matrices of a method; `each` is its products an iteration.
    fn memory(&self, entry: &Entry, each: f64) -> u64 {
        let n = self.objective.dimension();
        let m = self.objective.residual_total();
        let numbers = match entry.name {
            "gd" => 4 * n,
            "momentum" => 5 * n,
            "nesterov" | "bb" | "gd-linesearch" => 6 * n,
            "cg-pr" | "cg-hs" | "cg-dy" | "cg-hz" => 5 * n,
            // Ten pairs.
            "lbfgs" | "owlqn" => 26 * n,
            "lbfgsb" => 50 * n,
            "bfgs" | "dfp" | "sr1" => 6 * n + n * n,
            // Hessian, or the stored entries with their rows, and its factor.
            "newton-sparse" => {
                6 * n + self.sparse.map_or(0, |(stored, factor)| 2 * stored + 2 * factor)
            }
            // The basis of the Krylov space.
            "trust-gltr" | "arc-lanczos" => 8 * n + each as usize * n,
            _ if entry.needs.residuals => 8 * n + 3 * m + 2 * m * n,
            _ if entry.is_dense() => 8 * n + 2 * n * n,
            _ => 10 * n,
        };
        8 * numbers as u64
    }
}

/// What a method does to vectors of n entries in an iteration, in units of `y += a x`.
fn updates_per_iteration(entry: &Entry) -> f64 {
    match entry.name {
        "gd" => 3.0,
        "momentum" => 4.0,
        "nesterov" => 6.0,
        "gd-linesearch" => 5.0,
        "bb" => 7.0,
        "cg-pr" | "cg-hs" | "cg-dy" | "cg-hz" => 10.0,
        // Two loops over ten pairs, and the new pair.
        "lbfgs" | "owlqn" => 50.0,
        "lbfgsb" => 120.0,
        _ => 10.0,
    }
}

/// The same for a Hessian product; `each` is their number in an iteration.
fn updates_per_product(entry: &Entry, each: f64) -> f64 {
    match entry.name {
        // Made orthogonal to all before, twice.
        "trust-gltr" | "arc-lanczos" => 6.0 + 2.0 * each,
        _ => 7.0,
    }
}
