//! Work against condition number, and steps that suit a function.

use std::rc::Rc;

use ravine::Stopping;
use ravine::methods::{Entry, named};
use ravine::objective::Supplies;
use ravine_problems::surfaces;
use ravine_race::{Grid, Search, gradient_equivalents};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::methods::nested;
use crate::run::within;
use crate::{Failure, Surface};

/// The direction of the valleys of the landscape, in degrees: no axis has it.
const ANGLE: f64 = 30.0;

/// Rounds of the finer search for a step: the last values are within 1.2 percent of each other.
const ROUNDS: u32 = 6;

/// The work, in units of a gradient, that `method` needs to the minimum of a quadratic of condition number
/// `kappa`; NaN where it does not converge. It starts across and along the valley by `kappa^-share` and 1:
/// all components of the gradient are alike at share 1, where steepest descent is slowest, while at 0 it
/// lies across the valley but for one part in `kappa`. A method with a fixed step has the best one for
/// that start; the search for it does not count.
///
/// # Errors
///
/// A method or condition number that there is not.
#[wasm_bindgen]
pub fn landscape(method: &str, kappa: f64, share: f64, iterations: u32) -> Result<f64, Failure> {
    let (entry, stopping) = (named(method)?, within(iterations));
    let problem = surfaces::valley(kappa, ANGLE)?;
    let (sine, cosine) = ANGLE.to_radians().sin_cos();
    let across = kappa.powf(-share);
    let start = [cosine * across - sine, sine * across + cosine];
    let objective: Rc<dyn Supplies> = Rc::from(problem.objective);
    let mut settings = json!({});
    if let Some(name) = entry.tuned {
        let mut tuning = Tuning::of(entry, &settings, &objective, &start, &stopping)?;
        while tuning.advance()? {}
        settings = json!({ (name): tuning.found().first() });
    }
    let mut run = entry.start_sharing(&settings, objective, &start, stopping)?;
    while run.step().is_none() {}
    let outcome = run.outcome();
    let needed = gradient_equivalents(&outcome.evaluations, 2);
    Ok(if outcome.status.converged() { needed } else { f64::NAN })
}

/// The search for the value of the setting of a method that must be tuned: see [`Search`].
#[wasm_bindgen]
pub struct Tuning {
    search: Option<Search<'static, 'static>>,
    objective: Rc<dyn Supplies>,
}

impl Tuning {
    fn of(
        entry: &'static Entry,
        settings: &Value,
        objective: &Rc<dyn Supplies>,
        start: &[f64],
        stopping: &Stopping,
    ) -> Result<Self, Failure> {
        let conditions = stopping.clone().into();
        let search = Search::new(entry, settings, &Grid::default(), start, &conditions)?;
        Ok(Self { search: Some(search.refined(ROUNDS)), objective: Rc::clone(objective) })
    }
}

#[wasm_bindgen]
impl Tuning {
    /// A search from `(x, y)`, over a grid and then finer around the best.
    ///
    /// # Errors
    ///
    /// A method without such a setting, or as [`Run`](crate::Run) refuses.
    #[wasm_bindgen(constructor)]
    pub fn new(
        surface: &Surface,
        method: &str,
        settings: &str,
        x: f64,
        y: f64,
        iterations: u32,
    ) -> Result<Tuning, Failure> {
        let (settings, start) = (nested(settings)?.into(), [x, y]);
        Self::of(named(method)?, &settings, &surface.objective, &start, &within(iterations))
    }

    /// Makes one run more; whether there is another to make.
    ///
    /// # Errors
    ///
    /// As [`Run`](crate::Run) refuses.
    pub fn advance(&mut self) -> Result<bool, Failure> {
        match &mut self.search {
            Some(search) => Ok(search.advance(&*self.objective, |_, _| ())?),
            None => Ok(false),
        }
    }

    /// The best value, the number of runs made, and their evaluations in units of a gradient; empty before
    /// the first run and after this was asked for.
    pub fn found(&mut self) -> Vec<f64> {
        let Some(found) = self.search.take().map(Search::found) else { return Vec::new() };
        if found.trials.is_empty() {
            return Vec::new();
        }
        let work = gradient_equivalents(&found.evaluations, 2);
        vec![found.best().setting, found.trials.len() as f64, work]
    }
}

/// Up to which value a run from the value `first` counts as having reached `lowest`: see
/// [`level`](ravine_race::level).
#[wasm_bindgen]
pub fn level(lowest: f64, first: f64) -> f64 {
    ravine_race::level(lowest, first)
}
