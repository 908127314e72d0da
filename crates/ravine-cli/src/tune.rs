//! Steps for methods that cannot choose their own.

use ravine::Stopping;
use ravine::objective::DynamicObjective;

use crate::method::MethodChoice;
use crate::progress::Ticker;
use crate::race::Tuned;

pub fn tuned(
    method: &MethodChoice,
    _objective: &dyn DynamicObjective,
    _start: &[f64],
    _stopping: &Stopping,
    _ticker: &mut Ticker,
) -> (MethodChoice, Option<Tuned>) {
    (method.clone(), None)
}
