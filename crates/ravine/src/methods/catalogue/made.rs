//! Entries that are made while a program runs: of methods composed by name, and of methods that the
//! program brings along.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::begin::{no_settings, run};
use super::rows::{bare, has_radius};
use super::{Begin, Begins, Entry, catalogue};
use crate::methods::chosen::{Anything, Chosen};
use crate::methods::family::Family;
use crate::methods::parts::{self, Composed};
use crate::methods::turns::AllCases;
use crate::minimize::Method;
use crate::objective::Need;
use crate::settings::Takes;
use ravine_linalg::ArgumentError;

const BROUGHT_HAVE_NONE: &str = "a method of the program's own has none: make it with its own";

/// What was made to be found by name. An entry lives as long as the program, as those of the catalogue
/// do; there are as many as names.
fn made() -> MutexGuard<'static, Vec<&'static Entry>> {
    static MADE: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A text that lives as long as the program; the same one is kept once, so that a name can be given
/// again and again.
fn kept(text: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let new = Box::leak(text.to_owned().into_boxed_str());
    kept.insert(new);
    new
}

/// Starts the method that settings choose.
fn begins(
    choose: impl Fn(Map<String, Value>) -> Result<Chosen<Anything>, ArgumentError>
    + Send
    + Sync
    + 'static,
) -> Begins {
    let begin: Arc<Begin> = Arc::new(move |settings, objective, origin, conditions| {
        run(objective, choose(settings)?, origin, conditions)
    });
    Begins::Shared(begin)
}

/// The method that a name composes, made once for each name.
pub(super) fn composed(name: &str) -> Result<&'static Entry, ArgumentError> {
    let Composed { name, title, family, needs, bounded, dense, settings, defaults, documentation } =
        parts::compose(name)?;
    let mut made = made();
    if let Some(entry) = made.iter().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let name = kept(&name);
    let begin = begins(move |settings| Ok(parts::chosen(name, settings)?.called(name)));
    let entry: &'static Entry = Box::leak(Box::new(Entry {
        bounds: bounded,
        batches: true,
        composition: Some(name),
        radius: has_radius(name),
        dense,
        defaults: Box::leak(Box::new(move || Ok(defaults.clone()))),
        read: Box::leak(Box::new(move |settings: Map<String, Value>| {
            parts::chosen(name, settings.clone()).map(|_| settings.into())
        })),
        takes: Takes::Settings(Box::leak(Box::new(settings))),
        documentation: kept(&documentation),
        ..bare(name, kept(&title), family, needs, begin)
    }));
    made.push(entry);
    Ok(entry)
}

/// The methods that were added.
pub(super) fn added() -> Vec<&'static Entry> {
    made().iter().copied().filter(|entry| !entry.name.contains('/')).collect()
}

/// Adds a method of the program's own to those that [`named`](super::named) finds: from then on `name`
/// means it wherever a method is chosen by name, in races as well. The rest is as in [`Entry::new`]; the
/// [`catalogue`] stays the library's.
///
/// # Errors
///
/// What [`Entry::new`] refuses, and a name that was added before.
///
/// ```
/// use ravine::Stopping;
/// use ravine::curvature::LimitedSr1Curvature;
/// use ravine::methods::{Composition, Family, add, named};
/// use ravine::objective::Gradients;
/// use ravine::step::Steihaug;
/// use ravine::trust::Radius;
///
/// let mine = Composition {
///     curvature: LimitedSr1Curvature { memory: 3 },
///     step: Steihaug::default(),
///     trust: Radius { initial: Some(0.1), ..Radius::default() },
/// };
/// add::<Gradients, _, _>("mine", "SR1, three pairs, cautious", Family::QuasiNewton, mine)?;
///
/// let f = ravine::objective!(2, |x| x[0].cosh() + 3.0 * x[1].cosh());
/// let none = serde_json::Value::Null;
/// let mut run = named("mine")?.start(&none, &f, &[1.0, 0.5], Stopping::default())?;
/// while run.step().is_none() {}
/// assert!(run.outcome().status.converged());
/// assert_eq!(run.outcome().method, "mine");
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn add<N, M, S>(
    name: &str,
    title: &str,
    family: Family,
    method: M,
) -> Result<&'static Entry, ArgumentError>
where
    N: Need,
    M: for<'b> Method<N::Of<'b>, State = S> + Clone + Send + Sync + 'static,
    S: Serialize + DeserializeOwned + 'static,
{
    let entry = Entry::new::<N, M, S>(name, title, family, method)?;
    let mut made = made();
    if made.iter().any(|entry| entry.name == name) {
        return Err(taken(name));
    }
    let entry: &'static Entry = Box::leak(Box::new(entry));
    made.push(entry);
    Ok(entry)
}

fn taken(name: &str) -> ArgumentError {
    ArgumentError::new("name", format!("is `{name}`, which is the name of another method"))
}

impl Entry {
    /// A method of the program's own, to be run as those of the [`catalogue`] are, without being found
    /// by name: [`add`] makes it so. N is what it needs of an objective, for which it is compiled. It
    /// runs as it is given, without settings.
    ///
    /// # Errors
    ///
    /// A name that is one of the catalogue's, empty, or holds one of the characters `/:,=` or a blank,
    /// which mean something else where methods are named.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::{Entry, Family, GradientDescent, named};
    /// use ravine::objective::Gradients;
    ///
    /// let half = GradientDescent { step: 0.5 };
    /// let half = Entry::new::<Gradients, _, _>("half", "steps of a half", Family::Own, half)?;
    /// let f = ravine::objective!(1, |x| x[0].cosh());
    /// let mut run = half.start(&serde_json::Value::Null, &f, &[1.0], Stopping::default())?;
    /// while run.step().is_none() {}
    /// assert_eq!(run.outcome().method, "half");
    /// assert!(named("half").is_err());
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn new<N, M, S>(
        name: &str,
        title: &str,
        family: Family,
        method: M,
    ) -> Result<Self, ArgumentError>
    where
        N: Need,
        M: for<'b> Method<N::Of<'b>, State = S> + Clone + Send + Sync + 'static,
        S: Serialize + DeserializeOwned + 'static,
    {
        let reserved = |c: char| "/:,=".contains(c) || c.is_whitespace();
        if name.is_empty() || name.contains(reserved) {
            let message = format!("is `{name}`, but must be a word without any of / : , =");
            return Err(ArgumentError::new("name", message));
        }
        if catalogue().iter().any(|entry| entry.name == name) {
            return Err(taken(name));
        }
        let name = kept(name);
        let bounds = Method::<N::Of<'static>>::within(&method).is_some();
        let begin = begins(move |settings| {
            no_settings(settings, BROUGHT_HAVE_NONE)?;
            Ok(Chosen::<N>::new::<AllCases, _, _>(method.clone()).over_anything().called(name))
        });
        Ok(Self {
            bounds,
            read: &|settings| no_settings(settings, BROUGHT_HAVE_NONE),
            documentation: "A method of the program's own.",
            ..bare(name, kept(title), family, N::DERIVATIVES, begin)
        })
    }
}
