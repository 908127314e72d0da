//! The methods that the page offers.

use ravine::methods::{Entry, catalogue, named};
use ravine::objective::Derivatives;
use ravine_problems::decimal;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json::{Object, Written, text};
use crate::{Failure, Surface};

/// The methods for functions of two variables.
pub(crate) fn offered() -> impl Iterator<Item = &'static Entry> {
    catalogue().iter().filter(|entry| !entry.special)
}

/// Whether the surface has the derivatives that the method needs.
pub(crate) fn is_available(entry: &Entry, surface: &Surface) -> bool {
    surface.objective.derivatives().missing(entry.needs).is_empty()
}

/// The methods, as a JSON array of objects with the fields `name`, `title`, `family`, `needs` (the
/// derivatives) and `tuned` (the setting that must be tuned for each function, or null: see
/// [`Tuning`](crate::Tuning)). What more is said of them, their settings included, is not in the module:
/// the command `ravine methods --json` says it.
#[wasm_bindgen]
pub fn methods() -> String {
    let described = offered().map(|entry| {
        Object::new()
            .with("name", entry.name)
            .with("title", entry.title)
            .with("family", entry.family.name())
            .with("needs", &Derivatives::NONE.missing(entry.needs))
            .with("tuned", &entry.tuned)
            .end()
    });
    text(&described.collect::<Vec<Written>>())
}

/// The step from which on a method is thrown out of a minimum of that curvature, NaN where there is none: see
/// [`ravine_race::step_limit`].
///
/// # Errors
///
/// A method that there is not, or settings that cannot be read.
#[wasm_bindgen]
pub fn step_limit(method: &str, settings: &str, curvature: f64) -> Result<f64, Failure> {
    let (entry, settings) = (named(method)?, nested(settings)?.into());
    Ok(ravine_race::step_limit(entry, &settings, curvature).unwrap_or(f64::NAN))
}

/// Settings as the page writes them, `step=0.1,radius.initial=2`, as the library reads them: what a dot
/// joins becomes an object in an object, and what has no value goes.
pub(crate) fn nested(settings: &str) -> Result<Map<String, Value>, Failure> {
    let mut nested = Map::new();
    for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
        let Some((name, text)) = setting.split_once('=') else {
            return Err(Failure::new(format!("settings: `{setting}` has no value")));
        };
        let value = match (text.parse::<u64>(), decimal(text)) {
            _ if text.is_empty() => continue,
            (Ok(whole), _) => whole.into(),
            (_, Some(number)) => number.into(),
            _ => text.into(),
        };
        match name.split_once('.') {
            None => {
                nested.insert(name.to_owned(), value);
            }
            Some((outer, inner)) => {
                let object = nested.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                let Some(object) = object.as_object_mut() else {
                    return Err(Failure::new(format!("settings: `{outer}` is given twice")));
                };
                object.insert(inner.to_owned(), value);
            }
        }
    }
    Ok(nested)
}
