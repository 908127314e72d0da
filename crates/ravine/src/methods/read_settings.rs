//! Settings from an object, with errors that name the setting.

use ravine_linalg::ArgumentError;
use serde::de::DeserializeOwned;
use serde_json::{Error, Map, Value};

/// Settings of this type, those that are left out as by default; the errors name the setting, after the name of
/// the `part` that it belongs to, if any.
pub(super) fn read_settings<P: DeserializeOwned>(
    part: &str,
    settings: Map<String, Value>,
) -> Result<P, ArgumentError> {
    let given = settings.clone();
    let alone = |name: &str, value: &Value| {
        let one = Map::from_iter([(name.to_owned(), value.clone())]);
        P::deserialize(one).err()
    };
    P::deserialize(settings).map_err(|error| named(part, &given, &error, &alone))
}

/// The error of the setting that is refused by itself.
fn named(
    part: &str,
    settings: &Map<String, Value>,
    error: &Error,
    alone: &dyn Fn(&str, &Value) -> Option<Error>,
) -> ArgumentError {
    let whole = if part.is_empty() { "settings" } else { part };
    let message = error.to_string();
    // That says the name already.
    if message.starts_with("unknown field") {
        return ArgumentError::new(whole, message);
    }
    let refused =
        settings.iter().find_map(|(name, value)| Some((name, value, alone(name, value)?)));
    let Some((name, value, error)) = refused else { return ArgumentError::new(whole, message) };
    let name = if part.is_empty() { name.clone() } else { format!("{part}.{name}") };
    ArgumentError::new(name, format!("is {value}: {error}"))
}
