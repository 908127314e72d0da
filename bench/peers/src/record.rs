//! How one method did on one problem.

use ravine::objective::Counts;

use crate::counted::Counted;
use crate::entry::Entry;

/// One line of the results.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Record {
    /// `ravine`, `argmin`, `basin`, ...
    pub library: &'static str,
    /// The library's method.
    pub method: String,
    /// The problem.
    pub problem: String,
    /// How the library says that it ended.
    pub status: String,
    /// Whether the gradient test holds at the last point.
    pub reached: bool,
    /// Whether the value at the last point is the best known one (relative 1e-6 or absolute 1e-12)
    /// or below.
    pub solved: bool,
    /// The value at the last point; null where not finite.
    pub value: f64,
    /// The maximum norm of the gradient there; null where not finite.
    pub gradient_norm: f64,
    /// What was evaluated.
    pub evaluations: Counts,
    /// Seconds.
    pub seconds: f64,
}

impl Record {
    /// Judges the last point `x` of a run.
    pub fn new(
        (library, method): (&'static str, &str),
        entry: &Entry,
        counted: &Counted,
        x: &[f64],
        status: String,
        seconds: f64,
    ) -> Self {
        let value = entry.objective().value(&x.to_vec()).unwrap_or(f64::NAN);
        let gradient_norm = counted.gradient_norm(x);
        Self {
            library,
            method: method.to_owned(),
            problem: entry.name.clone(),
            status: if counted.exhausted() { "evaluation limit".to_owned() } else { status },
            reached: gradient_norm <= entry.tolerance,
            solved: entry.solved(value),
            value,
            gradient_norm,
            evaluations: counted.counts(),
            seconds,
        }
    }
}
