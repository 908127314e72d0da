//! What methods are compared by.

use ravine::minimize::Outcome;
use ravine::objective::Counts;

use crate::gradient_equivalents;

/// What decides between methods that reached the same minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Steps of the method.
    Iterations,
    /// Evaluations at the price of a gradient: see [`gradient_equivalents`].
    #[default]
    Evaluations,
    /// Wall time.
    Seconds,
}

impl Effort {
    /// So many iterations, evaluations of a function of `n` variables and seconds, in this measure.
    ///
    /// ```
    /// use ravine::objective::Counts;
    /// use ravine_problems::race::Effort;
    ///
    /// let counts = Counts { value: 3, gradient: 3, hessian: 1, ..Counts::default() };
    /// assert_eq!(Effort::Evaluations.of(2, &counts, 0.5, 10), 13.0);
    /// assert_eq!(Effort::Iterations.of(2, &counts, 0.5, 10), 2.0);
    /// ```
    pub fn of(self, iterations: u64, evaluations: &Counts, seconds: f64, n: usize) -> f64 {
        match self {
            Self::Iterations => iterations as f64,
            Self::Evaluations => gradient_equivalents(evaluations, n),
            Self::Seconds => seconds,
        }
    }

    /// What a run took.
    pub fn of_run(self, outcome: &Outcome<Vec<f64>>) -> f64 {
        self.of(outcome.iterations, &outcome.evaluations, outcome.seconds, outcome.x.len())
    }
}
