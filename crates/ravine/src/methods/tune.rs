//! Steps for methods that cannot choose their own.

use std::sync::atomic::AtomicBool;

use serde_json::{Map, Value};

use super::Entry;
use crate::minimize::{Error, Outcome, Progress, Stopping};
use crate::objective::Counts;
use crate::objective::DynamicObjective;
use ravine_linalg::ArgumentError;

/// Values of a setting to try, evenly spaced in the logarithm, both ends included.
///
/// ```
/// use ravine::methods::Grid;
///
/// let grid = Grid { low: 1e-2, high: 1e2, points: 5 };
/// assert!(grid.values().zip([1e-2, 1e-1, 1.0, 1e1, 1e2]).all(|(v, e)| (v / e - 1.0).abs() < 1e-14));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grid {
    /// The smallest value, positive. Default `1e-6`.
    pub low: f64,
    /// The largest value. Default 10.
    pub high: f64,
    /// How many values. Default 22, three a decade.
    pub points: usize,
}

impl Default for Grid {
    fn default() -> Self {
        Self { low: 1e-6, high: 10.0, points: 22 }
    }
}

impl Grid {
    /// The values, from the smallest.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + use<> {
        let Self { low, high, points } = *self;
        let steps = points.saturating_sub(1).max(1) as f64;
        (0..points).map(move |k| low * (high / low).powf(k as f64 / steps))
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { low, high, points } = *self;
        ArgumentError::check(low > 0.0 && low.is_finite(), "grid.low", low, "positive")?;
        let above = high >= low && high.is_finite();
        ArgumentError::check(above, "grid.high", high, "finite, and not below `low`")?;
        ArgumentError::check(points > 0, "grid.points", points, "at least 1")
    }
}

/// One run of the grid.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Trial {
    /// The value of the setting.
    pub setting: f64,
    /// How the run went.
    pub outcome: Outcome<Vec<f64>>,
}

/// What [`tune`] found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Tuned {
    /// The name of the setting.
    pub name: &'static str,
    /// The runs made, by rising value of the setting.
    pub trials: Vec<Trial>,
    /// The index of the best of them.
    pub best: usize,
    /// The evaluations of all runs together: what the tuning cost.
    pub evaluations: Counts,
    /// The wall time of all runs together.
    pub seconds: f64,
}

impl Tuned {
    /// The best run.
    pub fn best(&self) -> &Trial {
        &self.trials[self.best]
    }
}

/// Runs `entry` once for each value that the grid gives to its [tuned](field@Entry::tuned) setting, the
/// others as in `settings`. The best run is the one that converged in the fewest iterations; if
/// none did, the one that ended lowest.
///
/// The largest value comes first, and a run is ended (at its iteration limit) once it cannot be
/// better than one before: that saves most of the cost without changing the result. `observe` sees
/// every iteration of every run.
///
/// # Errors
///
/// A method with nothing to tune, a grid that cannot be used, or what [`Entry::start`] refuses.
/// Where the caller cancels, the runs made so far are given, or [`Error::Interrupted`].
///
/// ```
/// use ravine::Stopping;
/// use ravine::methods::{Grid, named, tune};
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let none = serde_json::Value::Null;
/// let (gd, grid, start) = (named("gd")?, Grid::default(), [1.0, 1.0]);
/// let tuned = tune(gd, &none, &grid, &f, &start, &Stopping::default(), None, |_, _| ())?;
/// // The best step is 2 / 101, of those in the grid the largest that is stable.
/// assert!((tuned.best().setting - 0.01).abs() < 1e-10);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[allow(clippy::too_many_arguments)]
pub fn tune<'a>(
    entry: &Entry,
    settings: &Value,
    grid: &Grid,
    objective: &'a (dyn DynamicObjective + 'a),
    x0: &[f64],
    stopping: &Stopping,
    cancel: Option<&'a AtomicBool>,
    mut observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
) -> Result<Tuned, Error> {
    let Some(name) = entry.tuned else {
        let message = format!("`{}` has no setting that must be tuned", entry.name);
        return Err(ArgumentError::new("method", message).into());
    };
    grid.validate()?;
    let mut stopping = stopping.clone();
    let mut trials: Vec<Trial> = Vec::with_capacity(grid.points);
    for setting in grid.values().rev() {
        let settings = with(settings, name, setting)?;
        let started = entry.start(&settings, objective, x0, stopping.clone(), cancel);
        let mut run = match started {
            Err(Error::Interrupted) if !trials.is_empty() => break,
            started => started?,
        };
        while run.step().is_none() {
            observe(setting, &run.progress());
        }
        let outcome = run.outcome();
        let stopped = outcome.status == crate::Status::Stopped;
        let enough = outcome.status.converged().then_some(outcome.iterations);
        trials.push(Trial { setting, outcome });
        match enough {
            // Nothing is faster than a start that is a minimizer.
            Some(0) => break,
            Some(iterations) => stopping.iterations = Some(iterations - 1),
            None if stopped => break,
            None => {}
        }
    }
    trials.reverse();
    let (mut best, mut evaluations, mut seconds) = (0, Counts::default(), 0.0);
    for (k, Trial { outcome, .. }) in trials.iter().enumerate() {
        if better(outcome, &trials[best].outcome) {
            best = k;
        }
        let Counts { value, gradient, hessian_product, hessian } = outcome.evaluations;
        evaluations.value += value;
        evaluations.gradient += gradient;
        evaluations.hessian_product += hessian_product;
        evaluations.hessian += hessian;
        seconds += outcome.seconds;
    }
    Ok(Tuned { name, trials, best, evaluations, seconds })
}

/// Whether `a` is better than `b`.
fn better(a: &Outcome<Vec<f64>>, b: &Outcome<Vec<f64>>) -> bool {
    match (a.status.converged(), b.status.converged()) {
        (true, true) => a.iterations < b.iterations,
        (false, false) => a.value < b.value,
        (converged, _) => converged,
    }
}

/// The settings with one more.
fn with(settings: &Value, name: &str, value: f64) -> Result<Value, ArgumentError> {
    let mut map = match settings {
        Value::Null => Map::new(),
        Value::Object(map) => map.clone(),
        _ => {
            let message = "must be an object such as {\"beta1\": 0.9}";
            return Err(ArgumentError::new("settings", message));
        }
    };
    map.insert(name.to_owned(), value.into());
    Ok(Value::Object(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::named;
    use crate::minimize::Status;
    use crate::objective::{WithGradient, from_gradient};

    fn valley(kappa: f64) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
        from_gradient(2, move |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[kappa * x[0], x[1]]);
            (kappa * x[0] * x[0] + x[1] * x[1]) / 2.0
        })
    }

    fn run(name: &str, grid: Grid, kappa: f64, stopping: &Stopping) -> Result<Tuned, Error> {
        let f = valley(kappa);
        tune(named(name)?, &Value::Null, &grid, &f, &[1.0, 1.0], stopping, None, |_, _| ())
    }

    #[test]
    fn the_best_is_what_separate_runs_say() {
        let grid = Grid { low: 1e-3, high: 1.0, points: 10 };
        let stopping = Stopping::default();
        for name in ["gd", "momentum", "nesterov", "adam"] {
            let tuned = run(name, grid, 30.0, &stopping).unwrap();
            let f = valley(30.0);
            let iterations = |step: f64| {
                let settings = serde_json::json!({ "step": step });
                let entry = named(name).unwrap();
                let mut run =
                    entry.start(&settings, &f, &[1.0, 1.0], stopping.clone(), None).unwrap();
                while run.step().is_none() {}
                let outcome = run.outcome();
                if outcome.status.converged() { outcome.iterations } else { u64::MAX }
            };
            let fewest = grid.values().map(iterations).min().unwrap();
            assert_eq!(tuned.best().outcome.iterations, fewest, "{name}");
            assert_eq!(tuned.trials.len(), 10);
            assert!(tuned.trials.windows(2).all(|w| w[0].setting < w[1].setting));
            let total: u64 = tuned.trials.iter().map(|t| t.outcome.evaluations.gradient).sum();
            assert_eq!(tuned.evaluations.gradient, total);
        }
    }

    #[test]
    fn if_none_converges_the_lowest_is_best() {
        let grid = Grid { low: 1e-3, high: 1.0, points: 7 };
        let stopping = Stopping { iterations: Some(5), ..Stopping::default() };
        let tuned = run("gd", grid, 1e4, &stopping).unwrap();
        assert!(!tuned.best().outcome.status.converged());
        let lowest = tuned.trials.iter().map(|t| t.outcome.value).fold(f64::INFINITY, f64::min);
        assert_eq!(tuned.best().outcome.value, lowest);
    }

    #[test]
    fn a_start_that_is_a_minimizer_needs_one_run() {
        let f = valley(10.0);
        let (gd, grid) = (named("gd").unwrap(), Grid::default());
        let stopping = Stopping::default();
        let tuned =
            tune(gd, &Value::Null, &grid, &f, &[0.0, 0.0], &stopping, None, |_, _| ()).unwrap();
        assert_eq!((tuned.trials.len(), tuned.best().outcome.iterations), (1, 0));
    }

    #[test]
    fn cancelled_it_gives_what_it_has() {
        let f = valley(1e4);
        let cancel = AtomicBool::new(false);
        let (gd, grid) = (named("gd").unwrap(), Grid::default());
        let mut seen = 0;
        let observe = |_: f64, _: &Progress<'_, Vec<f64>>| {
            seen += 1;
            if seen == 500 {
                cancel.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        };
        let stopping = Stopping::default();
        let start = [1.0, 1.0];
        let tuned =
            tune(gd, &Value::Null, &grid, &f, &start, &stopping, Some(&cancel), observe).unwrap();
        assert_eq!(tuned.trials[0].outcome.status, Status::Stopped);
        assert!(tuned.trials.len() < grid.points);
    }

    #[test]
    fn what_cannot_be_tuned_is_refused() {
        let message = |name: &str, grid: Grid| {
            run(name, grid, 10.0, &Stopping::default()).unwrap_err().to_string()
        };
        let none = message("bb", Grid::default());
        assert_eq!(none, "method: `bb` has no setting that must be tuned");
        assert!(
            message("gd", Grid { low: 0.0, ..Grid::default() }).starts_with("grid.low: is 0.0")
        );
        assert!(message("gd", Grid { high: 1e-9, ..Grid::default() }).starts_with("grid.high"));
        assert!(message("gd", Grid { points: 0, ..Grid::default() }).starts_with("grid.points"));
    }
}
