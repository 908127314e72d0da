//! Methods made of their settings.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[cfg(feature = "all-methods")]
use super::kept::Kept;

#[cfg(feature = "all-methods")]
use super::automatic::automatic;
use crate::methods::chosen::{Anything, Chosen};
#[cfg(feature = "all-methods")]
use crate::methods::read_settings::read_settings;
use crate::minimize::Method;
use crate::minimize::{Conditions, Error, Run, Stepping};
#[cfg(feature = "all-methods")]
use crate::minimize::{EpochRun, OverBatches};
#[cfg(feature = "all-methods")]
use crate::objective::{BatchGradient, Over};
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

pub(super) fn begin<'a, M, N, S>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>
where
    N: Need,
    S: Serialize + DeserializeOwned + 'static,
    M: DeserializeOwned + for<'b> Method<N::Of<'b>, State = S> + 'static,
{
    run(objective, Chosen::<N>::new(read::<M>(settings)?).over_anything(), origin, conditions)
}

/// A method of these settings.
pub(super) fn read<M: DeserializeOwned>(settings: Map<String, Value>) -> Result<M, ArgumentError> {
    #[cfg(feature = "all-methods")]
    return read_settings("", settings);
    #[cfg(not(feature = "all-methods"))]
    M::deserialize(settings).map_err(|error| ArgumentError::new("settings", error.to_string()))
}

/// Starts a method; apart from [`begin`] to be compiled once.
pub(super) fn run<'a>(
    objective: Held<'a, dyn Supplies + 'a>,
    method: Chosen<Anything>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error> {
    Ok(Box::new(match origin {
        Origin::Start(x0) => Run::holding(objective, method, &x0.to_vec(), conditions)?,
        #[cfg(feature = "checkpoints")]
        Origin::Checkpoint(bytes) => {
            Run::resume_from(objective, method, bytes, Chosen::read, conditions)?
        }
    }))
}

/// A need that hands out sums with gradients over batches.
#[cfg(feature = "all-methods")]
pub(super) trait BatchNeed: for<'b> Need<Of<'b>: BatchGradient<Point = Vec<f64>>> {}

#[cfg(feature = "all-methods")]
impl<N: for<'b> Need<Of<'b>: BatchGradient<Point = Vec<f64>>>> BatchNeed for N {}

/// Starts a method over the batches of a sum.
#[cfg(feature = "all-methods")]
pub(super) fn begin_epochs<'a, M, N, S>(
    settings: Map<String, Value>,
    objective: Held<'a, dyn Supplies + 'a>,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>
where
    N: BatchNeed,
    S: Serialize + DeserializeOwned + 'static,
    M: DeserializeOwned + for<'b> OverBatches<Over<'b, N::Of<'b>>, State = S> + 'static,
{
    let method = read::<M>(settings)?;
    match objective {
        Held::Lent(objective) => over_batches::<M, N, S>(objective, method, origin, conditions),
        Held::Given(objective) => Kept::start(objective.into(), |objective| {
            over_batches::<M, N, S>(&**objective, method, origin, conditions)
        }),
        Held::Shared(objective) => Kept::start(objective, |objective| {
            over_batches::<M, N, S>(&**objective, method, origin, conditions)
        }),
    }
}

#[cfg(feature = "all-methods")]
fn over_batches<'a, M, N, S>(
    objective: &'a (dyn Supplies + 'a),
    method: M,
    origin: Origin<'_>,
    conditions: Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>
where
    N: BatchNeed,
    S: Serialize + DeserializeOwned + 'static,
    M: for<'b> OverBatches<Over<'b, N::Of<'b>>, State = S> + 'static,
{
    let Some(sum) = N::of(objective) else {
        let missing = objective.derivatives().missing(N::DERIVATIVES).join(" and ");
        let message = format!("needs {missing} over batches, which the objective does not supply");
        return Err(ArgumentError::new("method", message).into());
    };
    Ok(Box::new(match origin {
        Origin::Start(x0) => EpochRun::new(sum, method, &x0.to_vec(), conditions)?,
        #[cfg(feature = "checkpoints")]
        Origin::Checkpoint(bytes) => EpochRun::resume_from(sum, method, bytes, conditions)?,
    }))
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
