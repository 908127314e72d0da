//! Methods made of their settings.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[cfg(feature = "all-methods")]
use crate::methods::automatic;
use crate::methods::chosen::Chosen;
use crate::minimize::Method;
use crate::minimize::{Conditions, Error, Run, Stepping, Supplied};
use crate::objective::{Need, Supplies};
use crate::oracle::Held;
use ravine_linalg::ArgumentError;

/// The preset with the caller's settings over it.
pub(super) fn merged(preset: &str, settings: &Value) -> Result<Map<String, Value>, ArgumentError> {
    let mut merged: Map<String, Value> = serde_json::from_str(preset)
        .map_err(|error| ArgumentError::new("settings", error.to_string()))?;
    match settings {
        Value::Null => {}
        Value::Object(given) => merged.extend(given.clone()),
        _ => {
            let message = "must be an object such as {\"step\": 0.1}";
            return Err(ArgumentError::new("settings", message));
        }
    }
    Ok(merged)
}

pub(super) fn begin<'a, M, N, S>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    x0: &[f64],
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>
where
    N: Need,
    S: 'static,
    M: DeserializeOwned + for<'b> Method<N::Of<'b>, State = S> + 'static,
{
    run(objective, Chosen::new(Supplied::<M, N, S>::new(read::<M>(settings)?)), x0, conditions)
}

/// A method of these settings.
pub(super) fn read<M: DeserializeOwned>(settings: Map<String, Value>) -> Result<M, ArgumentError> {
    M::deserialize(settings).map_err(|error| ArgumentError::new("settings", error.to_string()))
}

/// Starts a method; apart from [`begin`] to be compiled once.
fn run<'a>(
    objective: Held<'a, dyn Supplies + 'a>,
    method: Chosen<'a>,
    x0: &[f64],
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    Ok(Box::new(Run::holding(objective, method, &x0.to_vec(), conditions)?))
}

/// Starts what [`automatic`] chooses.
#[cfg(feature = "all-methods")]
pub(super) fn begin_automatic<'a>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    x0: &[f64],
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    no_settings(settings)?;
    automatic(&*objective, x0, conditions.bounds.as_ref())?.start_holding(objective, x0, conditions)
}

#[cfg(feature = "all-methods")]
pub(super) fn no_settings(settings: Map<String, Value>) -> Result<(), ArgumentError> {
    if settings.is_empty() {
        return Ok(());
    }
    let given = Value::Object(settings);
    let message = format!("are {given}, but `auto` has none: name a method to set its own");
    Err(ArgumentError::new("settings", message))
}
