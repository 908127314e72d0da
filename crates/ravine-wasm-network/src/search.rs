//! The step of a method by trials.

use ravine_nn::Optimizer;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::methods::{named, optimizer};
use crate::{Failure, Learner, Lesson};

/// A search for the step of a method, trial by trial, as `ravine train --tune` makes it: each in a training of its own
/// from the same start, for a fifth of the steps; the lowest loss over all points at its end wins.
#[wasm_bindgen]
pub struct Search {
    method: String,
    usual: Option<Optimizer>,
    steps: u32,
    left: Vec<f64>,
    trials: Vec<(f64, f64)>,
}

/// A trial is of the steps by this number.
const TRIAL: u32 = 5;

#[wasm_bindgen]
impl Search {
    /// So many trials for a race of so many steps.
    ///
    /// # Errors
    ///
    /// A method that there is not, or takes no batches.
    #[wasm_bindgen(constructor)]
    pub fn new(lesson: &Lesson, method: &str, trials: u32, most: u32) -> Result<Search, Failure> {
        let usual = optimizer(named(method)?, lesson.network(), lesson.by_batch())?;
        let steps = usual.as_ref().map(|usual| usual.steps_to_try(trials as usize));
        let mut left = steps.unwrap_or_default();
        left.reverse();
        Ok(Self {
            method: method.to_owned(),
            usual,
            steps: most.div_ceil(TRIAL),
            left,
            trials: Vec::new(),
        })
    }

    /// Makes the next trial; whether it was the last.
    ///
    /// # Errors
    ///
    /// Of an evaluation.
    pub fn advance(&mut self, lesson: &Lesson) -> Result<bool, Failure> {
        if let Some(step) = self.left.pop() {
            let mut trial = Learner::new(lesson, &self.method, step, self.steps)?;
            trial.advance(self.steps as usize)?;
            let ended = trial.losses().last().copied().unwrap_or(f64::NAN);
            self.trials.push((step, ended));
        }
        Ok(self.left.is_empty())
    }

    /// The steps tried and the losses they ended at, in turn.
    pub fn trials(&self) -> Vec<f64> {
        self.trials.iter().flat_map(|&(step, loss)| [step, loss]).collect()
    }

    /// The best step so far; NaN for a method that finds its steps itself.
    pub fn best(&self) -> f64 {
        let best = self
            .usual
            .as_ref()
            .and_then(|usual| usual.best_of(self.trials.clone()).optimizer.step());
        best.unwrap_or(f64::NAN)
    }
}
