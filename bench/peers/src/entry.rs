//! The problems of the comparison.

use ravine::objective::Supplies;
use ravine_problems::{Problem, mgh};

/// The gradient test of the comparison: a maximum norm of this times the one at the start.
pub const TOLERANCE: f64 = 1e-8;

/// A problem with what a peer needs to know of it.
#[derive(serde::Serialize)]
pub struct Entry {
    /// The name, as in `ravine race NAME`.
    pub name: String,
    /// What it is called in print.
    pub title: String,
    /// The number of variables.
    pub n: usize,
    /// The number of residuals.
    pub m: usize,
    /// The standard start.
    pub start: Vec<f64>,
    /// The best known value.
    pub best: f64,
    /// The gradient test, absolute, in the maximum norm.
    pub tolerance: f64,
    #[serde(skip)]
    objective: Box<dyn Supplies>,
}

impl Entry {
    /// The function.
    pub fn objective(&self) -> &dyn Supplies {
        self.objective.as_ref()
    }

    /// Whether `value` is the best known one or below.
    pub fn solved(&self, value: f64) -> bool {
        value <= self.best + (1e-6 * self.best.abs()).max(1e-12)
    }

    /// A problem by its specification, as in `ravine race NAME`; the best known value is infinite
    /// where none is known.
    ///
    /// # Panics
    ///
    /// If there is no such problem.
    pub fn named(name: &str) -> Self {
        let problem = ravine_problems::named(name).unwrap_or_else(|error| panic!("{error}"));
        let best = problem.minima.first().map_or(f64::INFINITY, |minimum| minimum.value);
        Self::new(problem, best)
    }

    fn new(problem: Problem, best: f64) -> Self {
        let n = problem.start.len();
        let mut gradient = vec![0.0; n];
        if let Some(f) = problem.objective.as_gradient() {
            let _ = f.value_and_gradient(&problem.start, &mut gradient);
        }
        let norm = gradient.iter().fold(0.0, |norm: f64, g| norm.max(g.abs()));
        Self {
            name: problem.name,
            title: problem.title,
            n,
            m: problem.objective.residual_total(),
            start: problem.start,
            best,
            tolerance: TOLERANCE * norm,
            objective: problem.objective,
        }
    }
}

/// All 42: the 35 problems, those of variable size also at the larger sizes used in print.
///
/// # Panics
///
/// If one of them does not come to be, which its own tests rule out.
pub fn entries() -> Vec<Entry> {
    let problem = |entry: &mgh::Entry| entry.problem().expect("an entry of the collection");
    mgh::all().iter().map(|entry| Entry::new(problem(entry), entry.best.value)).collect()
}
