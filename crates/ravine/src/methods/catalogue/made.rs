//! Entries that are made while a program runs: of methods composed by name, and of methods that the
//! program adds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::begin::{no_settings, run};
use super::{Begin, Entry, catalogue};
use crate::methods::chosen::{Anything, Chosen};
use crate::methods::family::Family;
use crate::methods::parts::{self, Composed};
use crate::minimize::Method;
use crate::objective::Need;
#[cfg(feature = "settings")]
use crate::settings::Takes;
use ravine_linalg::ArgumentError;

const ADDED_HAVE_NONE: &str = "a method that was added has none: add it with its own";

/// What was made. An entry lives as long as the program, as those of the catalogue do; there are as
/// many as names.
fn made() -> MutexGuard<'static, Vec<&'static Entry>> {
    static MADE: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// Starts the method that settings choose.
fn begins(
    choose: impl Fn(Map<String, Value>) -> Result<Chosen<Anything>, ArgumentError>
    + Send
    + Sync
    + 'static,
) -> &'static Begin {
    let begin: Box<Begin> = Box::new(move |settings, objective, origin, conditions| {
        run(objective, choose(settings)?, origin, conditions)
    });
    Box::leak(begin)
}

/// The method that a name composes, made once for each name.
pub(super) fn composed(name: &str) -> Result<&'static Entry, ArgumentError> {
    let Composed { name, title, family, needs, bounded, dense, settings } = parts::compose(name)?;
    let mut made = made();
    if let Some(entry) = made.iter().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let preset = kept(format!(r#"{{"composition": "{name}"}}"#));
    let name = kept(name);
    let entry: &'static Entry = Box::leak(Box::new(Entry {
        name,
        title: kept(title),
        family,
        needs,
        bounds: bounded,
        tuned: None,
        composition: Some(name),
        dense,
        preset,
        begin: begins(move |settings| Ok(parts::chosen(settings)?.called(name))),
        batches: None,
        #[cfg(feature = "settings")]
        defaults: || Ok(Map::new().into()),
        #[cfg(feature = "settings")]
        read: |settings| parts::chosen(settings.clone()).map(|_| settings.into()),
        #[cfg(feature = "settings")]
        takes: Takes::Settings(Box::leak(Box::new(settings))),
        #[cfg(feature = "settings")]
        documentation: "A curvature, a step and a trust, composed by name.",
    }));
    made.push(entry);
    Ok(entry)
}

/// The methods that were added.
pub(super) fn added() -> Vec<&'static Entry> {
    made().iter().copied().filter(|entry| !entry.name.contains('/')).collect()
}

/// Adds a method of the program's own to those that [`named`](super::named) finds: from then on `name`
/// means it wherever a method is chosen by name, in races as well. N is what it needs of an objective,
/// for which it is compiled. It runs as it is given, without settings; the [`catalogue`] stays the
/// library's.
///
/// # Errors
///
/// A name that is taken, empty, or holds one of the characters `/:,=` or a blank, which mean something
/// else where methods are named.
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
    let refuse = |message| Err(ArgumentError::new("name", message));
    let reserved = |c: char| "/:,=".contains(c) || c.is_whitespace();
    if name.is_empty() || name.contains(reserved) {
        return refuse(format!("is `{name}`, but must be a word without any of / : , ="));
    }
    let mut made = made();
    if catalogue().iter().chain(made.iter().copied()).any(|entry| entry.name == name) {
        return refuse(format!("is `{name}`, which is the name of another method"));
    }
    let name = kept(name.to_owned());
    let entry: &'static Entry = Box::leak(Box::new(Entry {
        name,
        title: kept(title.to_owned()),
        family,
        needs: N::DERIVATIVES,
        bounds: Method::<N::Of<'static>>::keeps_bounds(&method),
        tuned: None,
        composition: None,
        dense: false,
        preset: "{}",
        begin: begins(move |settings| {
            no_settings(settings, ADDED_HAVE_NONE)?;
            Ok(Chosen::<N>::new(method.clone()).over_anything().called(name))
        }),
        batches: None,
        #[cfg(feature = "settings")]
        defaults: || Ok(Map::new().into()),
        #[cfg(feature = "settings")]
        read: |settings| no_settings(settings, ADDED_HAVE_NONE),
        #[cfg(feature = "settings")]
        takes: Takes::Settings(&[]),
        #[cfg(feature = "settings")]
        documentation: "A method that the program added.",
    }));
    made.push(entry);
    Ok(entry)
}
