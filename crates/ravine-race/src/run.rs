//! One run of one method, with its history, and the search for the step before it.

use ravine::Conditions;
use ravine::minimize::{Error, Outcome, Progress, Seen, Stepping};
use ravine::objective::Supplies;
use serde_json::Value;

use crate::choice::MethodChoice;
use crate::history::History;
#[cfg(doc)]
use crate::tune::tune;
use crate::tune::{Grid, Search, Tuned};

/// The evaluations with which a step can be tried.
const LEAST: u64 = 4;

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
/// given: see [`tune`]. The search takes at most half of the evaluations and seconds that the
/// conditions allow, with fewer steps where it must: what is left is for the run ([`Tuned::rest_of`]). Where they
/// do not suffice for two steps, the method keeps its default. `observe` sees the step that is tried, and every
/// iterate.
///
/// ```
/// use ravine::{Conditions, Stopping};
/// use ravine_race::{MethodChoice, tuned};
///
/// let valley = ravine_problems::named("valley:kappa=100")?;
/// let (gd, f, start) = (MethodChoice::parse("gd")?, &*valley.objective, &valley.start);
/// let stopping = Stopping { evaluations: Some(1000), ..Stopping::default() };
/// let (_, tuned) = tuned(&gd, f, start, &Conditions::from(stopping.clone()), |_, _| ())?;
/// let tuned = tuned.unwrap();
/// assert!(tuned.evaluations.value <= 500);
/// assert_eq!(tuned.rest_of(stopping).evaluations, Some(1000 - tuned.evaluations.value));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
///
/// # Errors
///
/// What keeps the method from starting.
pub fn tuned<'a>(
    method: &MethodChoice,
    objective: &'a (dyn Supplies + 'a),
    start: &[f64],
    conditions: &Conditions<'a>,
    mut observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
) -> Result<(MethodChoice, Option<Tuned>), Error> {
    let mut method = method.clone();
    let Some(setting) = method.entry.tuned.filter(|&s| method.settings.get(s).is_none()) else {
        return Ok((method, None));
    };
    let evaluations = conditions.stopping.evaluations.map(|all| all / 2);
    let seconds = conditions.stopping.seconds.map(|all| all / 2.0);
    let mut grid = Grid::default();
    if let Some(evaluations) = evaluations {
        grid.points = grid.points.min((evaluations / LEAST) as usize);
    }
    if grid.points < 2 {
        return Ok((method, None));
    }
    let search = Search::new(&method.entry, &method.settings, &grid, start, conditions)?;
    let mut search = search.within(evaluations, seconds);
    while search.advance(objective, &mut observe)? {}
    let tuned = search.found();
    if let Value::Object(settings) = &mut method.settings {
        settings.insert(setting.to_owned(), tuned.best().setting.into());
    }
    Ok((method, Some(tuned)))
}

/// The method for the batches of a sum where none is named, with the search for its step, and why it is that.
///
/// # Errors
///
/// See [`tuned`].
///
/// ```
/// use ravine::Conditions;
/// use ravine::matrix::Matrix;
/// use ravine::minimize::Epochs;
/// use ravine_data::Design;
/// use ravine_glm::{Regression, RegressionLoss};
///
/// let design = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
/// let line = Regression::new(design, vec![3.0, 6.0], RegressionLoss::Squares, 0.0)?;
/// let epochs = Epochs { epochs: 30, batch_size: 1, ..Epochs::default() };
/// let conditions = Conditions::from(epochs);
/// let (method, tuned, why) = ravine_race::over_batches(&line, &[0.0], &conditions, |_, _| ())?;
/// assert_eq!(method.settings["step"], tuned.unwrap().best().setting);
/// assert!(method.name == "adam" && why.starts_with("it goes over batches; of 22 steps "));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[cfg(feature = "all-methods")]
pub fn over_batches<'a>(
    objective: &'a (dyn Supplies + 'a),
    start: &[f64],
    conditions: &Conditions<'a>,
    observe: impl FnMut(f64, &Progress<'_, Vec<f64>>),
) -> Result<(MethodChoice, Option<Tuned>, String), Error> {
    let untuned = MethodChoice::of(ravine::methods::for_batches()?);
    let (method, tuned) = tuned(&untuned, objective, start, conditions, observe)?;
    let why = match &tuned {
        Some(tuned) => {
            let (tried, step) = (tuned.trials.len(), ravine_text::short(tuned.best().setting));
            format!("it goes over batches; of {tried} steps {step} ended lowest")
        }
        None => {
            "it goes over batches; the evaluations do not suffice to try several steps".to_owned()
        }
    };
    Ok((method, tuned, why))
}
