//! Methods made of their settings.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[cfg(feature = "all-methods")]
use super::{any_sum::AnySum, kept::Kept, over_batches::OnBatches};

#[cfg(feature = "all-methods")]
use super::automatic::automatic;
use crate::methods::chosen::{Anything, Chosen};
#[cfg(feature = "all-methods")]
use crate::methods::read_settings::read_settings;
use crate::methods::turns::Turns;
#[cfg(feature = "all-methods")]
use crate::minimize::EpochRun;
use crate::minimize::Method;
use crate::minimize::{Conditions, Error, Run, Stepping};
use crate::objective::{Need, Supplies};
use crate::oracle::Held;
use ravine_linalg::ArgumentError;

/// Where a run begins.
pub(super) enum Origin<'s> {
    /// At a point.
    Start(&'s [f64]),
    /// Where another has written this.
    #[cfg(feature = "checkpoints")]
    Checkpoint(&'s [u8]),
}

/// The preset with the caller's settings over it.
pub(super) fn merged(
    preset: fn() -> Value,
    settings: &Value,
) -> Result<Map<String, Value>, ArgumentError> {
    let mut merged = match preset() {
        Value::Object(preset) => preset,
        _ => Map::new(),
    };
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

/// Starts a method of these settings that goes over batches as B says.
pub(super) fn begin<'a, M, N, S, B>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>
where
    N: Need,
    S: Serialize + DeserializeOwned + 'static,
    M: DeserializeOwned + for<'b> Method<N::Of<'b>, State = S> + 'static,
    B: Turns<N, M, S>,
{
    let method = Chosen::<N>::new::<B, _, _>(read::<M>(settings)?).over_anything();
    run(objective, method, origin, conditions)
}

/// A method of these settings.
pub(super) fn read<M: DeserializeOwned>(settings: Map<String, Value>) -> Result<M, ArgumentError> {
    #[cfg(feature = "all-methods")]
    return read_settings("", settings);
    #[cfg(not(feature = "all-methods"))]
    M::deserialize(settings).map_err(|error| ArgumentError::new("settings", error.to_string()))
}

/// Starts a method, over batches where the conditions ask for that; apart from [`begin`] to be compiled once.
pub(super) fn run<'a>(
    objective: Held<'a, dyn Supplies + 'a>,
    method: Chosen<Anything>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    #[cfg(feature = "all-methods")]
    if conditions.epochs.is_some() {
        return over_batches(objective, method, origin, conditions);
    }
    Ok(Box::new(match origin {
        Origin::Start(x0) => Run::holding(objective, method, &x0.to_vec(), conditions)?,
        #[cfg(feature = "checkpoints")]
        Origin::Checkpoint(bytes) => {
            Run::resume_from(objective, method, bytes, Chosen::read, conditions)?
        }
    }))
}

/// Starts a method over the batches of a sum.
#[cfg(feature = "all-methods")]
fn over_batches<'a>(
    objective: Held<'a, dyn Supplies + 'a>,
    method: Chosen<Anything>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    Kept::start(AnySum::new(objective), |sum| {
        let method = OnBatches(method);
        Ok(Box::new(match origin {
            Origin::Start(x0) => EpochRun::new(sum, method, &x0.to_vec(), conditions)?,
            #[cfg(feature = "checkpoints")]
            Origin::Checkpoint(bytes) => {
                EpochRun::resume_with(sum, method, bytes, OnBatches::read, conditions)?
            }
        }))
    })
}

#[cfg(feature = "all-methods")]
pub(super) const AUTO_HAS_NONE: &str = "`auto` has none: name a method to set its own";

/// Starts what [`automatic`] chooses.
#[cfg(feature = "all-methods")]
pub(super) fn begin_automatic<'a>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    no_settings(settings, AUTO_HAS_NONE)?;
    match origin {
        Origin::Start(x0) => automatic(&*objective, x0, conditions.bounds.as_ref())?
            .start_holding(objective, x0, conditions),
        #[cfg(feature = "checkpoints")]
        Origin::Checkpoint(_) => {
            let message = "chooses where a run starts; to go on, name the method of the checkpoint";
            Err(ArgumentError::new("auto", message).into())
        }
    }
}

/// No settings, for a method that has none; `otherwise` says why, and what to do.
#[cfg(feature = "all-methods")]
pub(super) fn no_settings(
    settings: Map<String, Value>,
    otherwise: &str,
) -> Result<Value, ArgumentError> {
    let settings = Value::Object(settings);
    if settings.as_object().is_some_and(Map::is_empty) {
        return Ok(settings);
    }
    Err(ArgumentError::new("settings", format!("are {settings}, but {otherwise}")))
}
