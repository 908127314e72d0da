//! Steps for methods that cannot choose their own.

use ravine::methods::Entry;
use ravine::minimize::{Conditions, Error, Outcome, Progress};
use ravine::objective::{Counts, Supplies};
use ravine::{ArgumentError, Status, Stopping};
use serde_json::{Map, Value};

use crate::budget::Budget;
use crate::ranking::level;

/// Iterations that no run is denied: one that leaps far away ends within a few of them, before the
/// others have come down.
const FAIR: u64 = 20;

/// Values of a setting to try, evenly spaced in the logarithm, both ends included.
///
/// ```
/// use ravine_race::Grid;
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

    /// Whether a value is within its ends.
    fn spans(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
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
    /// How the run went; stopped, if it could not be the best any more.
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

    /// The rules of a run after the search: of its budgets what the search has left.
    #[must_use]
    pub fn rest_of(&self, stopping: Stopping) -> Stopping {
        let evaluations =
            stopping.evaluations.map(|all| all.saturating_sub(self.evaluations.value));
        let seconds = stopping.seconds.map(|all| (all - self.seconds).max(0.0));
        Stopping { evaluations, seconds, ..stopping }
    }
}

/// Runs `entry` once for each value that the grid gives to its [tuned](field@Entry::tuned) setting, the
/// others as in `settings`. Best is the run that ends lowest, and of those that converge there the
/// one with the fewest iterations. To have been low before going astray does not count, nor does a
/// run that diverges or falls without bound, while another does not; so that a leap to a plateau far
/// away, where the gradient vanishes, or a stop at a saddle is not taken for a minimum.
///
/// The largest value comes first, and a run is stopped once it has made as many iterations as the
/// best one before, at least 20, and is no lower: that saves most of the cost. `observe` sees every
/// iteration of every run.
///
/// # Errors
///
/// A method with nothing to tune, a grid that cannot be used, or what [`Entry::start`] refuses.
/// Where the caller cancels, the runs made so far are given, or [`Error::Interrupted`].
///
/// ```
/// use ravine::Conditions;
/// use ravine::methods::named;
/// use ravine::objective::from_gradient;
/// use ravine_race::{Grid, tune};
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[100.0 * x[0], x[1]]);
///     (100.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let none = serde_json::Value::Null;
/// let (gd, grid, start) = (named("gd")?, Grid::default(), [1.0, 1.0]);
/// let tuned = tune(gd, &none, &grid, &f, &start, &Conditions::default(), |_, _| ())?;
/// // The best step is 2 / 101, of those in the grid the largest that is stable.
/// assert!((tuned.best().setting - 0.01).abs() < 1e-10);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn tune<'a>(
    entry: &Entry,
    settings: &Value,
    grid: &Grid,
    objective: &'a (dyn Supplies + 'a),
    x0: &[f64],
    conditions: &Conditions<'a>,
    mut observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
) -> Result<Tuned, Error> {
    let mut search = Search::new(entry, settings, grid, x0, conditions)?;
    while search.advance(objective, &mut observe)? {}
    Ok(search.found())
}

/// The runs of [`tune`], one at a time, for who has other things to do between them; and a finer search after
/// them, where one is asked for.
///
/// ```
/// use ravine::Conditions;
/// use ravine::methods::named;
/// use ravine_race::{Grid, Search};
///
/// let valley = ravine_problems::named("valley:kappa=100")?;
/// let (gd, none, grid) = (named("gd")?, serde_json::Value::Null, Grid::default());
/// let mut search = Search::new(gd, &none, &grid, &[1.0, 1.0], &Conditions::default())?.refined(8);
/// while search.advance(&*valley.objective, |_, _| ())? {}
/// // The best step of all is near 2 / 101.
/// let step = search.found().best().setting;
/// assert!((step / (2.0 / 101.0) - 1.0).abs() < 0.02, "{step}");
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub struct Search<'e, 'c> {
    entry: &'e Entry,
    name: &'static str,
    settings: Value,
    grid: Grid,
    x0: Vec<f64>,
    conditions: Conditions<'c>,
    /// Values to try, the next one last.
    pending: Vec<f64>,
    /// How far apart the values tried last are, as a ratio.
    ratio: f64,
    /// Rounds of the finer search that are left.
    rounds: u32,
    /// What all runs together may still spend.
    left: Budget,
    /// The runs made, by rising value of the setting.
    ends: Vec<End>,
    leader: Option<Leader>,
    first: f64,
}

impl<'e, 'c> Search<'e, 'c> {
    /// A search over the values of `grid`, from `x0`.
    ///
    /// # Errors
    ///
    /// A method with nothing to tune, or a grid that cannot be used.
    pub fn new(
        entry: &'e Entry,
        settings: &Value,
        grid: &Grid,
        x0: &[f64],
        conditions: &Conditions<'c>,
    ) -> Result<Self, ArgumentError> {
        let Some(name) = entry.tuned else {
            let message = format!("`{}` has no setting that must be tuned", entry.name);
            return Err(ArgumentError::new("method", message));
        };
        grid.validate()?;
        let gaps = grid.points.saturating_sub(1).max(1) as f64;
        Ok(Self {
            entry,
            name,
            settings: settings.clone(),
            grid: *grid,
            x0: x0.to_vec(),
            conditions: conditions.clone(),
            pending: grid.values().collect(),
            ratio: (grid.high / grid.low).powf(1.0 / gaps),
            rounds: 0,
            left: Budget::default(),
            ends: Vec::with_capacity(grid.points),
            leader: None,
            first: f64::NAN,
        })
    }

    /// After the grid, `rounds` times two values more: on both sides of the best so far, at half the
    /// distance, in the logarithm, of the round before.
    #[must_use]
    pub fn refined(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self
    }

    /// All runs together within so many evaluations and seconds, where these are given: each gets its share of what
    /// those before it have left. The start of each is evaluated in any case.
    #[must_use]
    pub fn within(mut self, evaluations: Option<u64>, seconds: Option<f64>) -> Self {
        self.left = Budget { evaluations, seconds };
        self
    }

    /// Makes the next run; whether there is another to make.
    ///
    /// # Errors
    ///
    /// See [`tune`].
    pub fn advance(
        &mut self,
        objective: &(dyn Supplies + '_),
        mut observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
    ) -> Result<bool, Error> {
        let Some(setting) = self.pending.pop() else { return Ok(false) };
        let settings = with(&self.settings, self.name, setting)?;
        let mut conditions = self.conditions.clone();
        self.left.share(self.pending.len() as u64 + 1, &mut conditions.stopping);
        let started = self.entry.start(&settings, objective, &self.x0, conditions);
        let mut run = match started {
            Err(Error::Interrupted) if !self.ends.is_empty() => return Ok(self.stop()),
            started => started?,
        };
        self.first = run.progress().value;
        let mut overtaken = false;
        while run.step().is_none() {
            let now = run.progress();
            observe(setting, &now);
            overtaken = self.leader.as_ref().is_some_and(|it| it.is_ahead_of(&now, self.first));
            if overtaken {
                run.stop();
            }
        }
        let end =
            End { value: run.progress().value, trial: Trial { setting, outcome: run.outcome() } };
        self.left.take(&end.trial.outcome);
        let (iterations, value) = (end.trial.outcome.iterations, end.value);
        let cancelled = end.trial.outcome.status == Status::Stopped && !overtaken;
        let converged = end.trial.outcome.status.converged();
        if converged {
            let next = Leader { iterations, value };
            if self.leader.as_ref().is_none_or(|leader| next.replaces(leader, self.first)) {
                self.leader = Some(next);
            }
        }
        let place = self.ends.partition_point(|other| other.trial.setting < setting);
        self.ends.insert(place, end);
        // Nothing is faster than a start that is a minimizer.
        if cancelled || (converged && iterations == 0) {
            return Ok(self.stop());
        }
        if self.pending.is_empty() && self.rounds > 0 {
            self.rounds -= 1;
            self.ratio = self.ratio.sqrt();
            let best = self.ends[best(&self.ends, self.first)].trial.setting;
            let (low, high) = (best / self.ratio, best * self.ratio);
            self.pending.extend([low, high].into_iter().filter(|v| self.grid.spans(*v)));
        }
        Ok(!self.pending.is_empty())
    }

    /// No run more; that there is none.
    fn stop(&mut self) -> bool {
        self.pending.clear();
        self.rounds = 0;
        false
    }

    /// The runs made and the best of them: at least one must have been.
    pub fn found(self) -> Tuned {
        let best = best(&self.ends, self.first);
        let (mut evaluations, mut seconds) = (Counts::default(), 0.0);
        for End { trial: Trial { outcome, .. }, .. } in &self.ends {
            evaluations = evaluations + outcome.evaluations;
            seconds += outcome.seconds;
        }
        let trials = self.ends.into_iter().map(|end| end.trial).collect();
        Tuned { name: self.name, trials, best, evaluations, seconds }
    }
}

/// A run, and the value where it ended: that of its outcome may be from before.
struct End {
    trial: Trial,
    value: f64,
}

impl End {
    /// The value; infinite where the run went away, upwards or downwards.
    fn height(&self) -> f64 {
        let away = matches!(self.trial.outcome.status, Status::Diverged | Status::Unbounded);
        if away || self.value.is_nan() { f64::INFINITY } else { self.value }
    }
}

/// The run to beat: it converged, and lower than others before it.
struct Leader {
    iterations: u64,
    value: f64,
}

impl Leader {
    /// Whether a run that has come to `now` from the value `first` cannot be better.
    fn is_ahead_of(&self, now: &Progress<'_, Vec<f64>>, first: f64) -> bool {
        let late = now.iteration >= FAIR && now.iteration + 1 >= self.iterations;
        let lower = self.value > level(now.value, first);
        late && !lower
    }

    /// Whether this one is to beat in place of `other`.
    fn replaces(&self, other: &Self, first: f64) -> bool {
        let lower = other.value > level(self.value, first);
        let as_low = self.value <= level(other.value, first);
        lower || (as_low && self.iterations < other.iterations)
    }
}

/// Which of the runs is the best, the settings ascending: of equally fast ones the largest, of equally
/// low ones the smallest.
fn best(ends: &[End], first: f64) -> usize {
    let lowest = ends.iter().map(End::height).fold(f64::INFINITY, f64::min);
    let arrived =
        |end: &End| end.trial.outcome.status.converged() && end.height() <= level(lowest, first);
    let mut best = 0;
    for (k, end) in ends.iter().enumerate().skip(1) {
        let other = &ends[best];
        let better = match (arrived(end), arrived(other)) {
            (true, true) => end.trial.outcome.iterations <= other.trial.outcome.iterations,
            (false, false) => end.height() < other.height(),
            (arrived, _) => arrived,
        };
        if better {
            best = k;
        }
    }
    best
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
    use ravine::methods::named;
    use ravine::objective::{WithGradient, from_gradient};

    use super::*;
    use std::sync::atomic::AtomicBool;

    fn valley(kappa: f64) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
        from_gradient(2, move |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[kappa * x[0], x[1]]);
            (kappa * x[0] * x[0] + x[1] * x[1]) / 2.0
        })
    }

    fn run(name: &str, grid: Grid, kappa: f64, stopping: &Stopping) -> Result<Tuned, Error> {
        let f = valley(kappa);
        let conditions = stopping.clone().into();
        tune(named(name)?, &Value::Null, &grid, &f, &[1.0, 1.0], &conditions, |_, _| ())
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
                let mut run = entry.start(&settings, &f, &[1.0, 1.0], stopping.clone()).unwrap();
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
        let conditions = Conditions::default();
        let tuned = tune(gd, &Value::Null, &grid, &f, &[0.0, 0.0], &conditions, |_, _| ()).unwrap();
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
        let conditions = Conditions::default().cancel(&cancel);
        let tuned = tune(gd, &Value::Null, &grid, &f, &[1.0, 1.0], &conditions, observe).unwrap();
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
