//! What each method will need.

use serde_json::Value;

use super::costs::Costs;
use super::fixed_step::{Fixed, Reduction};
use super::rehearsal::{GradientTest, Model, Rehearsal, rehearse};
use crate::methods::{ClosedForm, Entry, Family, Pace, Sizes, catalogue, named};
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
    /// The method itself, or its polynomial, on the quadratic model where a [`Walk`](super::Walk) ended.
    Walk,
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
    /// Whether it is the model where a walk ended.
    pub walked: bool,
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

/// The secant pairs that methods keep by default.
const PAIRS: f64 = 10.0;

/// About the columns of a sketch.
const COLUMNS: f64 = 50.0;

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
        match &entry.closed_form {
            Some(form) => self.fixed(entry, form),
            None if entry.tuned.is_some() => None,
            None if entry.needs.sparse_hessian && !self.same_variables => self.sparse_newton(entry),
            None => self.rehearsed(entry),
        }
    }

    /// By the method's polynomial.
    fn fixed(&self, entry: &Entry, form: &ClosedForm) -> Option<Forecast> {
        let tolerance = self.stopping.gradient_relative;
        let Fixed { settings, iterations } = self.reduction.fixed(form, self.mu, self.l, tolerance);
        let gradients = iterations + 1.0;
        let rehearsal = Rehearsal {
            iterations,
            evaluations: [gradients, gradients, 0.0, 0.0],
            outside: iterations * self.per_iteration(entry, 0.0),
            complete: true,
        };
        let basis = if self.walked { Basis::Walk } else { Basis::ClosedForm };
        iterations.is_finite().then(|| self.priced(entry, settings, rehearsal, basis))
    }

    fn rehearsed(&self, entry: &Entry) -> Option<Forecast> {
        let (model, test) = match entry.needs.residuals {
            true => (self.residuals?, GradientTest::Rules),
            false => (self.model, self.test),
        };
        let stopping = Stopping { iterations: Some(self.iterations), ..self.stopping.clone() };
        let rehearsal = rehearse(entry, &Value::Null, model, &stopping, test, self.conditions)?;
        let mut basis = match rehearsal.complete {
            _ if self.walked && !entry.needs.residuals => Basis::Walk,
            true => Basis::Rehearsal,
            false => Basis::Extrapolation,
        };
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
        if self.walked && entry.pace == Pace::Conditioning {
            // A quadratic may be started where steepest descent is fast, a valley that bends leads away from
            // there.
            let least = self.steepest_descent().unwrap_or(0.0);
            rehearsal = rehearsal.scaled((least / rehearsal.iterations.max(1.0)).max(1.0));
        }
        if !self.same_variables {
            let each = rehearsal.evaluations[2] / rehearsal.iterations.max(1.0);
            rehearsal.outside = rehearsal.iterations * self.per_iteration(entry, each);
        }
        Some(self.priced(entry, Value::Null, rehearsal, basis))
    }

    /// Iterations of steepest descent with the best step.
    fn steepest_descent(&self) -> Option<f64> {
        let form = named("gd").ok()?.closed_form.as_ref()?;
        let tolerance = self.stopping.gradient_relative;
        Some(self.reduction.fixed(form, self.mu, self.l, tolerance).iterations)
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

    /// Seconds of a method's own work in an iteration with so many products: its multiplications, at
    /// what an update of a vector takes for n of them.
    fn per_iteration(&self, entry: &Entry, products: f64) -> f64 {
        /// What the loop and the counting of an iteration take.
        const LOOP: f64 = 2e-7;
        let sizes = self.sizes(products);
        LOOP + entry.cost().at(&sizes) / sizes.n * self.costs.vector_update
    }

    /// What costs and memory depend on, at the defaults of the settings.
    fn sizes(&self, products: f64) -> Sizes {
        let (stored, factor) = self.sparse.unwrap_or_default();
        let n = self.objective.dimension() as f64;
        Sizes {
            n,
            m: PAIRS,
            k: products,
            q: COLUMNS.min(n),
            r: self.objective.residual_total() as f64,
            c: n,
            s: stored as f64,
            l: factor as f64,
        }
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
            memory_bytes: 8 * count(
                entry.memory().at(&self.sizes(products / r.iterations.max(1.0))),
            ),
            seconds: inside + r.outside,
            basis,
        }
    }
}
