//! One method on its way.

use std::rc::Rc;

use ravine::Stopping;
use ravine::curvature::{Belief, Source};
use ravine::methods::{Entry, Indefinite, named};
use ravine::minimize::Stepping;
use ravine::objective::Supplies;
use ravine_race::{History, Retention, gradient_equivalents, rest};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json::Object;
use crate::methods::nested;
use crate::{Failure, Surface};

/// A run with everything that the page draws of it: kept for every iteration, the start being
/// iteration 0.
#[wasm_bindgen]
pub struct Run {
    stepping: Box<dyn Stepping>,
    entry: &'static Entry,
    objective: Rc<dyn Supplies>,
    ended: String,
    history: History,
    internals: Vec<[f64; 6]>,
}

#[wasm_bindgen]
impl Run {
    /// Starts `method` at `(x, y)`, for at most so many iterations. `settings` are as
    /// `step=0.1,radius.initial=2`, or empty for the defaults; a setting within another has both names with a
    /// dot between them.
    ///
    /// # Errors
    ///
    /// A setting or start that cannot be used, a derivative that is missing.
    #[wasm_bindgen(constructor)]
    pub fn new(
        surface: &Surface,
        method: &str,
        settings: &str,
        x: f64,
        y: f64,
        iterations: u32,
    ) -> Result<Run, Failure> {
        Self::limited(surface, method, settings, x, y, iterations, None, None, None)
    }

    /// The same, which ends also as by the command's `--max-evaluations`, `--tolerance` and
    /// `--gradient-tolerance`.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    #[expect(clippy::too_many_arguments, reason = "what crosses to the page are numbers and texts")]
    pub fn limited(
        surface: &Surface,
        method: &str,
        settings: &str,
        x: f64,
        y: f64,
        iterations: u32,
        evaluations: Option<u32>,
        tolerance: Option<f64>,
        gradient_tolerance: Option<f64>,
    ) -> Result<Run, Failure> {
        let objective = Rc::clone(&surface.objective);
        let mut stopping = within(iterations).with_tolerances(tolerance, gradient_tolerance);
        stopping.evaluations = evaluations.map(u64::from);
        let shared: Rc<dyn Supplies> = Rc::clone(&objective);
        let entry = named(method)?;
        let stepping = entry.start_sharing(&nested(settings)?.into(), shared, &[x, y], stopping)?;
        let mut run = Self {
            stepping,
            entry,
            objective,
            ended: String::new(),
            history: History::new(Retention::ALL),
            internals: Vec::new(),
        };
        run.record();
        Ok(run)
    }

    /// Goes on for at most so many iterations; how many are there now.
    pub fn advance(&mut self, iterations: usize) -> usize {
        for _ in 0..iterations {
            if !self.ended.is_empty() {
                break;
            }
            let ended = self.stepping.step().is_some();
            self.record();
            if ended {
                self.ended = self.end();
            }
        }
        self.internals.len() - 1
    }

    /// Empty while the run is on its way, else JSON with the fields `status` (one word), `converged`,
    /// `sentence` (the status in words), `kind` (the [kind](ravine_race::Rest) of the point where it came to
    /// rest, or null), `bottom` (the value of the minimum that the way down from there leads to, or
    /// null) and `value`.
    pub fn ended(&self) -> String {
        self.ended.clone()
    }

    /// The points, x and y in turn.
    pub fn points(&self) -> Vec<f64> {
        self.history.coordinates().to_vec()
    }

    /// The values.
    pub fn values(&self) -> Vec<f64> {
        self.history.moments().iter().map(|moment| moment.value).collect()
    }

    /// The maximum norms of the gradient.
    pub fn gradient_norms(&self) -> Vec<f64> {
        self.history.moments().iter().map(|moment| moment.gradient_norm).collect()
    }

    /// What was evaluated up to each iteration: values, gradients, Hessian products, Hessians, and
    /// all of it in units of a gradient; 5 numbers an iteration.
    pub fn evaluations(&self) -> Vec<f64> {
        let counts = self.history.moments().iter().map(|moment| moment.evaluations);
        let numbers = counts.flat_map(|counts| {
            let kinds = [counts.value, counts.gradient, counts.hessian_product, counts.hessian];
            let [f, g, p, h] = kinds.map(|count| count as f64);
            [f, g, p, h, gradient_equivalents(&counts, 2)]
        });
        numbers.collect()
    }

    /// What the method believes at iteration k: the curvature `bxx, bxy, byy` (NaN where it keeps
    /// none, or evaluates it anew), the radius of its trust region, what the curvature comes from (0
    /// nothing, 1 secant pairs, 2 squared gradients, 3 the Hessian, 4 the Jacobian of residuals, 5
    /// the Fisher information, 6 part of the Hessian, 7 the Hessian with the sizes of its eigenvalues, 8
    /// the Hessian, changed where it is not positive definite), and the weight of its cubic term.
    ///
    /// # Errors
    ///
    /// If there is no such iteration.
    pub fn internals(&self, k: usize) -> Result<Vec<f64>, Failure> {
        let numbers = self.internals.get(k).ok_or_else(|| {
            Failure::new(format!("iteration: is {k}, but {} were made", self.internals.len() - 1))
        })?;
        Ok(numbers.to_vec())
    }
}

/// What [`Run::internals`] tells of a belief.
fn internals(belief: &Belief<'_, Vec<f64>>, indefinite: Indefinite) -> [f64; 6] {
    let source = match belief.curvature.as_ref().map(|believed| believed.source) {
        None => 0.0,
        Some(Source::SecantPairs) => 1.0,
        Some(Source::SquaredGradients) => 2.0,
        Some(Source::Hessian) => match indefinite {
            Indefinite::Kept => 3.0,
            Indefinite::Sizes => 7.0,
            Indefinite::Changed => 8.0,
        },
        Some(Source::Jacobian) => 4.0,
        Some(Source::Fisher | Source::CaseGradients) => 5.0,
        Some(Source::Sketch | Source::Sample) => 6.0,
    };
    let [xx, xy, yy] = match belief.dense_curvature() {
        None => [f64::NAN; 3],
        Some((_, b)) => [b[(0, 0)], b[(1, 0)], b[(1, 1)]],
    };
    let or_none = |number: Option<f64>| number.unwrap_or(f64::NAN);
    [xx, xy, yy, or_none(belief.radius), source, or_none(belief.cubic_weight)]
}

/// The library's rules, with so many iterations at most.
pub(crate) fn within(iterations: u32) -> Stopping {
    Stopping { iterations: Some(iterations.into()), ..Stopping::default() }
}

impl Run {
    fn record(&mut self) {
        if self.history.record(&self.stepping.progress()) {
            self.internals.push(internals(&self.stepping.belief(), self.entry.indefinite));
        }
    }

    fn end(&self) -> String {
        let outcome = self.stepping.outcome();
        let status = &outcome.status;
        let at_rest = status.converged() || status.name() == "precision_limit";
        let first = self.history.moments().first().map_or(outcome.value, |moment| moment.value);
        let rest = at_rest.then(|| rest(&*self.objective, &outcome.x, first)).flatten();
        Object::new()
            .with("status", status.name())
            .with("converged", &status.converged())
            .with("sentence", &status.to_string())
            .with("kind", &rest.as_ref().map(|rest| rest.kind.name().to_owned()))
            .with("bottom", &rest.and_then(|rest| rest.bottom).map(|bottom| bottom.value))
            .with("value", &outcome.value)
            .end()
            .text()
    }
}
