//! Methods side by side on one problem.
//!
//! ```
//! use ravine_race::{MethodChoice, Track};
//!
//! let problem = ravine_problems::named("rosenbrock")?;
//! let methods = MethodChoice::parse_list("gd,bfgs,newton,trust-exact")?;
//! let race = Track::new(&problem).race(&methods, |_| ());
//! let ranking: Vec<&str> = race.entrants.iter().map(|e| e.method.entry.name).collect();
//! assert_eq!(ranking.last(), Some(&"gd"));
//! assert!(race.entrants[0].tuned.is_none() && race.entrants[3].tuned.is_some());
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

use std::cmp::Ordering;

use ravine::StationaryPoint;
use ravine::methods::Family;
use ravine::minimize::{Outcome, Progress};
use ravine::objective::{Bounds, Supplies};
use ravine::{Conditions, Status, Stopping};
use ravine_problems::Problem;

use crate::choice::MethodChoice;
use crate::effort::Effort;
use crate::ranking::level;
use crate::rest::{rest, told};
use crate::run::{Ran, run, tuned};
use crate::tune::Tuned;

/// Seconds that each method of a race gets where nobody says otherwise.
pub const SECONDS: f64 = 1.0;

/// Curves in a picture; more could not be told apart.
pub const MOST_CURVES: usize = 8;

/// Where methods race, and by which rules.
pub struct Track<'a> {
    /// What is minimized.
    pub objective: &'a (dyn Supplies + 'a),
    /// From where.
    pub start: &'a [f64],
    /// The lowest value known; infinite where none is.
    pub lowest: f64,
    /// When each run ends, within which bounds, and who may end the race: the run on its way then ends
    /// with the best point so far, and the methods after it do not begin. Default the library's, after
    /// [`SECONDS`] at the latest, within the problem's bounds. With epochs, the methods go over the
    /// batches of a sum, and should measure after each for the history.
    pub conditions: Conditions<'a>,
    /// What decides between methods that reached the same minimum. Default evaluations.
    pub effort: Effort,
}

/// What an observer of a race sees.
pub struct Glimpse<'a> {
    /// The method that runs.
    pub method: &'a MethodChoice,
    /// The setting that is tried and its value, while a method's step is searched for.
    pub trying: Option<(&'static str, f64)>,
    /// Where it is.
    pub progress: &'a Progress<'a, Vec<f64>>,
}

/// A method in a race.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// The method, with the step that was found for it.
    pub method: MethodChoice,
    /// The search for the step, of methods that need one.
    pub tuned: Option<Tuned>,
    /// How the run went, or why it did not begin.
    pub result: Result<Ran, String>,
    /// Converged, but at a higher value than others.
    pub elsewhere: bool,
    /// What the second derivatives say of the point where it converged, where they are at hand.
    pub point: Option<StationaryPoint>,
}

impl Entrant {
    /// A run of `method`, alone: `objective` says what its end is, within `bounds`.
    pub fn alone(
        method: MethodChoice,
        ran: Ran,
        objective: &dyn Supplies,
        bounds: Option<&Bounds>,
    ) -> Self {
        let point = kind(objective, &ran.outcome, bounds);
        Self { method, tuned: None, result: Ok(ran), elsewhere: false, point }
    }

    /// How the run ended, in one or two words: the status, and of a run that converged whether it did to
    /// something else than the lowest minimum.
    pub fn ending(&self) -> String {
        let Some(outcome) = self.outcome() else { return String::new() };
        match self.point {
            _ if !outcome.status.converged() => outcome.status.name().replace('_', " "),
            Some(StationaryPoint::Saddle) => "saddle point".to_owned(),
            Some(StationaryPoint::Maximum) => "maximum".to_owned(),
            Some(StationaryPoint::Minimum) if self.elsewhere => "other minimum".to_owned(),
            _ if self.elsewhere => "other point".to_owned(),
            _ => "converged".to_owned(),
        }
    }

    /// How the run ended, if it began.
    pub fn outcome(&self) -> Option<&Outcome<Vec<f64>>> {
        self.result.as_ref().ok().map(|ran| &ran.outcome)
    }

    /// The method's name with the step that was found for it.
    pub fn label(&self) -> String {
        match &self.tuned {
            Some(tuned) => {
                format!("{} {}={:.2e}", self.method.name, tuned.name, tuned.best().setting)
            }
            None => self.method.name.clone(),
        }
    }

    /// The effort of the run, that of finding its step included.
    pub fn effort(&self, effort: Effort) -> f64 {
        let Some(outcome) = self.outcome() else { return f64::INFINITY };
        let n = outcome.x.len();
        let search = self.tuned.as_ref().map(|t| effort.of(0, &t.evaluations, t.seconds, n));
        effort.of_run(outcome) + search.unwrap_or(0.0)
    }
}

/// A race that has been run, the winner first.
#[derive(Clone, Debug)]
pub struct Race {
    /// The methods that ran: those that reached the lowest value by effort, the search for a step
    /// included, then those that converged elsewhere by effort, then the rest by value.
    pub entrants: Vec<Entrant>,
    /// The lowest value known or reached.
    pub lowest: f64,
    /// Methods that did not begin, with the reason.
    pub left_out: Vec<(String, String)>,
}

impl<'a> Track<'a> {
    /// From a problem's own start.
    pub fn new(problem: &'a Problem) -> Self {
        Self {
            objective: problem.objective.as_ref(),
            start: &problem.start,
            lowest: problem.lowest_value().unwrap_or(f64::INFINITY),
            conditions: problem
                .conditions(Stopping { seconds: Some(SECONDS), ..Stopping::default() }),
            effort: Effort::default(),
        }
    }

    /// Runs each of `methods`; those with a fixed step first find it on a grid, within the budgets of the
    /// conditions: see [`tuned`]. `observe` sees every iterate.
    ///
    /// A method converged elsewhere if its value is above the lowest by more than `1e-6` of it and
    /// more than `1e-8` of the way down from the start.
    pub fn race(&self, methods: &[MethodChoice], mut observe: impl FnMut(&Glimpse<'_>)) -> Race {
        let mut entrants = Vec::new();
        for method in methods {
            if self.conditions.interrupted() {
                break;
            }
            entrants.push(self.enter(method, &mut observe));
        }
        let reached = entrants.iter().filter_map(|e| Some(e.outcome()?.value));
        let lowest = reached.filter(|value| !value.is_nan()).fold(self.lowest, f64::min);
        let first = entrants.iter().find_map(|e| e.result.as_ref().ok()?.history.moments().first());
        let first = first.map_or(lowest, |moment| moment.value);
        let level = level(lowest, first);
        for entrant in &mut entrants {
            let Some(outcome) = entrant.outcome() else { continue };
            let elsewhere = outcome.status.converged() && outcome.value > level;
            let bounds = self.conditions.bounds.as_ref();
            let mut point = kind_from(first, self.objective, outcome, bounds);
            // A gradient test may hold on the way to a lower minimum.
            if elsewhere && point == Some(StationaryPoint::Minimum) && bounds.is_none() {
                point = rest(self.objective, &outcome.x, first).map(|rest| rest.kind);
            }
            (entrant.elsewhere, entrant.point) = (elsewhere, point);
        }
        entrants.sort_by(|a, b| order(a, b, self.effort));
        let mut left_out = Vec::new();
        entrants.retain(|entrant| match &entrant.result {
            Ok(_) => true,
            Err(reason) => {
                left_out.push((entrant.method.name.clone(), reason.clone()));
                false
            }
        });
        Race { entrants, lowest, left_out }
    }

    fn enter(&self, method: &MethodChoice, observe: &mut impl FnMut(&Glimpse<'_>)) -> Entrant {
        let Self { objective, start, conditions, .. } = self;
        let setting = method.entry.tuned.unwrap_or_default();
        let found = tuned(method, *objective, start, conditions, |value, progress| {
            observe(&Glimpse { method, trying: Some((setting, value)), progress });
        });
        let (method, tuned) = match found {
            Ok(found) => found,
            Err(error) => {
                let result = Err(error.to_string());
                let (method, tuned) = (method.clone(), None);
                return Entrant { method, tuned, result, elsewhere: false, point: None };
            }
        };
        let mut conditions = conditions.clone();
        if let Some(tuned) = &tuned {
            conditions.stopping = tuned.rest_of(conditions.stopping);
        }
        let ran = run(&method, *objective, start, conditions, |progress| {
            observe(&Glimpse { method: &method, trying: None, progress });
        });
        let result = ran.map_err(|error| error.to_string());
        Entrant { method, tuned, result, elsewhere: false, point: None }
    }
}

/// What kind of point a run has found, where it found one and second derivatives are at hand. A saddle or
/// maximum only where the value does fall from it: a negative curvature may be one of rounding.
pub fn kind(
    objective: &dyn Supplies,
    outcome: &Outcome<Vec<f64>>,
    bounds: Option<&Bounds>,
) -> Option<StationaryPoint> {
    kind_from(outcome.value, objective, outcome, bounds)
}

/// The same of a run that began at the value `first`: what counts as a fall is measured by the way down.
fn kind_from(
    first: f64,
    objective: &dyn Supplies,
    outcome: &Outcome<Vec<f64>>,
    bounds: Option<&Bounds>,
) -> Option<StationaryPoint> {
    let found = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
    found.then(|| told(objective, &outcome.x, first, bounds))?
}

/// The winner first: see [`Race::entrants`].
fn order(a: &Entrant, b: &Entrant, effort: Effort) -> Ordering {
    let class = |entrant: &Entrant| match entrant.outcome() {
        None => 3,
        Some(outcome) if !outcome.status.converged() => 2,
        Some(_) => u8::from(entrant.elsewhere),
    };
    let key = |entrant: &Entrant| match entrant.outcome() {
        Some(outcome) if class(entrant) == 2 => outcome.value,
        _ => entrant.effort(effort),
    };
    class(a).cmp(&class(b)).then(key(a).total_cmp(&key(b)))
}

/// Which `most` of a ranking to draw, in its order: of each family the best, then the second, ...
///
/// ```
/// use ravine::methods::Family::{Newton, QuasiNewton};
///
/// let ranking = [Newton, Newton, Newton, QuasiNewton];
/// assert_eq!(ravine_race::spread(&ranking, 3), [0, 1, 3]);
/// ```
pub fn spread(families: &[Family], most: usize) -> Vec<usize> {
    let place = |k: usize| families[..k].iter().filter(|&&f| f == families[k]).count();
    let mut places: Vec<_> = (0..families.len()).map(|k| (place(k), k)).collect();
    places.sort_unstable();
    places.truncate(most);
    let mut drawn: Vec<_> = places.into_iter().map(|(_, k)| k).collect();
    drawn.sort_unstable();
    drawn
}

/// Methods left out, by reason: each reason once, with the names in order.
///
/// ```
/// let left_out = [("lm", "no residuals"), ("bfgs", "large"), ("gauss-newton", "no residuals")];
/// let by_reason = ravine_race::by_reason(left_out);
/// assert_eq!(by_reason[0], ("no residuals", vec!["lm", "gauss-newton"]));
/// ```
pub fn by_reason<'a>(
    left_out: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, reason) in left_out {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    reasons
}
