//! One run of one method, with its history, and the search for the step before it.

use ravine::Conditions;
use ravine::minimize::{Error, Outcome, Progress, Seen, Stepping};
use ravine::objective::Supplies;
use serde_json::Value;

use crate::choice::MethodChoice;
use crate::history::History;
use crate::tune::{Grid, Tuned, tune};

/// The share of a method's seconds that each step of the grid gets: all together take about as
/// long as the race itself.
const SHARE: f64 = 0.05;

/// How a run went.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its end.
    pub outcome: Outcome<Vec<f64>>,
    /// The way there.
    pub history: History,
    /// What a run over the batches of a sum has seen of its cases.
    pub seen: Option<Seen>,
}

/// Runs `method` to its end; `observe` sees every iterate, the first and the last included. Once
/// the conditions end it the run stops with the best point so far.
///
/// ```
/// use ravine_race::{MethodChoice, run};
///
/// let problem = ravine_problems::named("rosenbrock")?;
/// let method = MethodChoice::parse("lbfgs:memory=5")?;
/// let (f, stopping) = (&*problem.objective, ravine::Stopping::default());
/// let mut lowest = f64::INFINITY;
/// let ran = run(&method, f, &problem.start, stopping, |now| lowest = lowest.min(now.value))?;
/// assert!(ran.outcome.status.converged());
/// assert_eq!(lowest, ran.outcome.value);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
///
/// # Errors
///
/// What keeps the method from starting.
pub fn run<'a>(
    method: &MethodChoice,
    objective: &'a (dyn Supplies + 'a),
    start: &[f64],
    conditions: impl Into<Conditions<'a>>,
    observe: impl FnMut(&Progress<'_, Vec<f64>>),
) -> Result<Ran, Error> {
    let run = method.entry.start(&method.settings, objective, start, conditions)?;
    follow(run, observe, |_| Ok(()))
}

/// Steps a run that was begun to its end; `observe` sees every iterate, and `between` the run itself at
/// the start and after every step, as [`Checkpoints`](ravine::checkpoint::Checkpoints) want it.
///
/// ```
/// use ravine_race::follow;
///
/// let problem = ravine_problems::named("rosenbrock")?;
/// let (bfgs, none) = (ravine::methods::named("bfgs")?, serde_json::Value::Null);
/// let (f, stopping) = (&*problem.objective, ravine::Stopping::default());
/// let run = bfgs.start(&none, f, &problem.start, stopping)?;
/// let mut seen = 0;
/// let ran = follow(run, |_| (), |_| {
///     seen += 1;
///     Ok::<(), ravine::minimize::Error>(())
/// })?;
/// assert_eq!(seen, ran.outcome.iterations + 1);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
///
/// # Errors
///
/// That of `between`, which ends the run.
pub fn follow<E>(
    mut run: Box<dyn Stepping + '_>,
    mut observe: impl FnMut(&Progress<'_, Vec<f64>>),
    mut between: impl FnMut(&dyn Stepping) -> Result<(), E>,
) -> Result<Ran, E> {
    let mut history = History::default();
    let mut look = |progress: &Progress<'_, Vec<f64>>| {
        // The last step may have ended without a new iterate.
        if history.record(progress) {
            observe(progress);
        }
    };
    look(&run.progress());
    between(&*run)?;
    loop {
        let ended = run.step().is_some();
        look(&run.progress());
        between(&*run)?;
        if ended {
            break;
        }
    }
    Ok(Ran { outcome: run.outcome(), history, seen: run.seen() })
}

/// `method` with the best step of the library's grid, where it has a step to be found and none is
/// given: see [`tune`]. Each step of the grid gets a twentieth of the seconds of a run. `observe`
/// sees the step that is tried, and every iterate.
///
/// # Errors
///
/// What keeps the method from starting.
pub fn tuned<'a>(
    method: &MethodChoice,
    objective: &'a (dyn Supplies + 'a),
    start: &[f64],
    conditions: &Conditions<'a>,
    observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
) -> Result<(MethodChoice, Option<Tuned>), Error> {
    let mut method = method.clone();
    let Some(setting) = method.entry.tuned.filter(|&s| method.settings.get(s).is_none()) else {
        return Ok((method, None));
    };
    let mut conditions = conditions.clone();
    conditions.stopping.seconds = conditions.stopping.seconds.map(|seconds| SHARE * seconds);
    let (grid, settings) = (Grid::default(), &method.settings);
    let tuned = tune(&method.entry, settings, &grid, objective, start, &conditions, observe)?;
    if let Value::Object(settings) = &mut method.settings {
        settings.insert(setting.to_owned(), tuned.best().setting.into());
    }
    Ok((method, Some(tuned)))
}
