//! The steps from which an optimizer's is chosen.

use super::Optimizer;

/// The factor from one trial's step to the next: two to a decade.
const FACTOR: f64 = 3.162_277_660_168_379_5;

/// The number to three digits, as people write steps.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// An optimizer with the best of several steps.
#[derive(Clone, Debug, PartialEq)]
pub struct TunedStep {
    /// With that step; as it was, where it finds its steps itself.
    pub optimizer: Optimizer,
    /// Each step that was tried and the loss over all cases at the end of its trial; empty where there was
    /// nothing to choose.
    pub trials: Vec<(f64, f64)>,
}

impl Optimizer {
    /// The steps that [`tuned`](Self::tuned) tries, ascending: so many around the optimizer's own, two to a decade, to
    /// three digits; none of an optimizer that finds its steps itself.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let sgd = Optimizer::named("sgd", &network)?;
    /// assert_eq!(sgd.steps_to_try(3), [0.0316, 0.1, 0.316]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn steps_to_try(&self, trials: usize) -> Vec<f64> {
        let Some(usual) = self.step() else { return Vec::new() };
        let middle = trials.saturating_sub(1) as f64 / 2.0;
        (0..trials).map(|k| three_digits(usual * FACTOR.powf(k as f64 - middle))).collect()
    }

    /// With the step of the trial that ended at the lowest loss, of `(step, loss)`; a loss that is no number is worse
    /// than any. Without trials, as it is.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let tuned = Optimizer::named("sgd", &network)?.best_of(vec![(0.1, 0.5), (1.0, 0.2), (10.0, f64::NAN)]);
    /// assert_eq!(tuned.optimizer.step(), Some(1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn best_of(&self, trials: Vec<(f64, f64)>) -> TunedStep {
        let size = |loss: f64| if loss.is_nan() { f64::INFINITY } else { loss };
        let best = trials.iter().min_by(|a, b| size(a.1).total_cmp(&size(b.1)));
        let optimizer = best.map_or(self.clone(), |best| self.clone().with_step(best.0));
        TunedStep { optimizer, trials }
    }
}
