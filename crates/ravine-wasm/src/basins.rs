//! Where a method goes from many starts.

use std::rc::Rc;

use ravine::methods::named;
use ravine::objective::Supplies;
use ravine_race::Reached;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::methods::nested;
use crate::{Failure, Surface};

/// A method that is run from many starts: see [`ravine_race::Basins`].
#[wasm_bindgen]
pub struct Basins {
    basins: ravine_race::Basins,
    objective: Rc<dyn Supplies>,
}

#[wasm_bindgen]
impl Basins {
    /// Of `method` with `settings` as for a [`Run`](crate::Run), each run with so many iterations at most.
    ///
    /// # Errors
    ///
    /// A method that there is not, or settings that cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        surface: &Surface,
        method: &str,
        settings: &str,
        iterations: u32,
    ) -> Result<Basins, Failure> {
        let (entry, settings) = (named(method)?.clone(), nested(settings)?.into());
        let minima = surface.minima.clone();
        let basins = ravine_race::Basins::new(entry, settings, iterations.into(), minima);
        Ok(Self { basins, objective: Rc::clone(&surface.objective) })
    }

    /// Two numbers for each of the starts, whose coordinates follow each other: what it reaches (0 nothing, as
    /// it cannot start; 1 no bound; 2 a point that is no minimum; 3 no end within the iterations; from 4 on
    /// the [minimum](Self::minima) of that number less 4) and after how many iterations.
    pub fn from(&mut self, starts: &[f64]) -> Vec<u32> {
        let reached = self.basins.from(&*self.objective, starts);
        let numbers = reached.into_iter().flat_map(|(reached, iterations)| {
            let number = match reached {
                Reached::Nowhere => 0,
                Reached::Away => 1,
                Reached::NoMinimum => 2,
                Reached::Underway => 3,
                Reached::Minimum(k) => 4 + k as u32,
            };
            [number, iterations as u32]
        });
        numbers.collect()
    }

    /// `x, y, value` of the minima that are known by now, those of the catalogue first.
    pub fn minima(&self) -> Vec<f64> {
        let minima = self.basins.minima().iter();
        minima.flat_map(|minimum| [minimum.point[0], minimum.point[1], minimum.value]).collect()
    }
}
