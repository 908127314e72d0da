//! Steps for methods that cannot choose their own.

use ravine::Stopping;
use ravine::methods::{Grid, Tuned, tune};
use ravine::minimize::Error;
use ravine::objective::DynamicObjective;
use serde_json::Value;

use crate::interrupt;
use crate::method::MethodChoice;
use crate::output::short;
use crate::progress::Ticker;

/// The share of a method's seconds that each step of the grid gets: all together take about as
/// long as the race itself.
const SHARE: f64 = 0.05;

/// `method` with the best step of the library's grid, where it has a step to be found and none is
/// given.
///
/// # Errors
///
/// What keeps the method from starting.
pub fn tuned(
    method: &MethodChoice,
    objective: &dyn DynamicObjective,
    start: &[f64],
    stopping: &Stopping,
    ticker: &mut Ticker,
) -> Result<(MethodChoice, Option<Tuned>), Error> {
    let mut method = method.clone();
    let Some(setting) = method.entry.tuned.filter(|&s| method.settings.get(s).is_none()) else {
        return Ok((method, None));
    };
    let stopping =
        Stopping { seconds: stopping.seconds.map(|seconds| SHARE * seconds), ..stopping.clone() };
    let cancel = Some(interrupt::flag());
    let tuned = tune(
        method.entry,
        &method.settings,
        &Grid::default(),
        objective,
        start,
        &stopping,
        cancel,
        |value, now| {
            ticker.show(|| {
                format!(
                    "{}: trying {setting} = {}, iteration {}",
                    method.name,
                    short(value),
                    now.iteration
                )
            });
        },
    )?;
    if let Value::Object(settings) = &mut method.settings {
        settings.insert(setting.to_owned(), tuned.best().setting.into());
    }
    Ok((method, Some(tuned)))
}
