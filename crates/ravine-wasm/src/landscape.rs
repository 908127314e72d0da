//! Steps that suit a function, and what else is measured of many runs.

use std::rc::Rc;

use ravine::methods::named;
use ravine::objective::Supplies;
use ravine_race::{Grid, Search, gradient_equivalents};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::methods::nested;
use crate::run::within;
use crate::{Failure, Surface};

/// Rounds of the finer search for a step: the last values are within 1.2 percent of each other.
const ROUNDS: u32 = 6;

/// Where a run on the quadratic of condition number `kappa`, turned by `angle` degrees, begins: across and
/// along the valley by `kappa^-share` and 1. All components of the gradient are alike at share 1, where
/// exact steps along it are slowest, while at 0 it lies across the valley but for one part in `kappa`.
#[wasm_bindgen]
pub fn landscape_start(kappa: f64, angle: f64, share: f64) -> Vec<f64> {
    let (sine, cosine) = angle.to_radians().sin_cos();
    let across = kappa.powf(-share);
    vec![cosine * across - sine, sine * across + cosine]
}

/// The search for the value of the setting of a method that must be tuned: see [`Search`].
#[wasm_bindgen]
pub struct Tuning {
    search: Option<Search<'static, 'static>>,
    objective: Rc<dyn Supplies>,
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
        let (settings, grid) = (nested(settings)?.into(), Grid::default());
        let conditions = within(iterations).into();
        let search = Search::new(named(method)?, &settings, &grid, &[x, y], &conditions)?;
        Ok(Self { search: Some(search.refined(ROUNDS)), objective: Rc::clone(&surface.objective) })
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
