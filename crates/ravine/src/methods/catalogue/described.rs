//! All that is said of a method, as one JSON object: what the command, the Python package and the page
//! read.

use serde_json::{Value, json};

use super::Entry;
use crate::objective::Derivatives;
use crate::settings::{Setting, Takes};
use ravine_linalg::ArgumentError;

impl Entry {
    /// All that is said of the method, as an object: `name`, `title`, `family`, `needs` (the
    /// derivatives, in words), `bounds`, `batches` (whether it goes over those of a sum), `tuned`, `composition`,
    /// `special`, `dense`, `description`, `source`; `cost` and `memory` (see [`Amount`](crate::methods::Amount)) and the `letters` in them
    /// with what they count; and `settings`: of each the `name`, what it `takes`, its `range` with the
    /// numbers `low` and `high`, its `default` and `meaning`, the `choices` where it is one of some, and
    /// `settings` where it or a choice has its own.
    ///
    /// # Errors
    ///
    /// None for the methods of the catalogue.
    ///
    /// ```
    /// let lbfgs = ravine::methods::named("lbfgs")?.describe()?;
    /// assert_eq!(lbfgs["memory"], "2 m n + 7 n");
    /// assert_eq!(lbfgs["settings"][0]["name"], "memory");
    /// assert_eq!(lbfgs["settings"][0]["default"], 10);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn describe(&self) -> Result<Value, ArgumentError> {
        let (description, source) = self.description();
        let (cost, memory) = (self.cost(), self.memory());
        Ok(json!({
            "name": self.name,
            "title": self.title,
            "family": self.family,
            "needs": Derivatives::NONE.missing(self.needs),
            "bounds": self.bounds,
            "batches": self.goes_over_batches(),
            "tuned": self.tuned,
            "composition": self.composition,
            "special": self.special,
            "dense": self.is_dense(),
            "description": description,
            "source": source,
            "cost": cost.to_string(),
            "memory": memory.to_string(),
            "letters": (cost + memory).letters().into_iter().collect::<Value>(),
            "settings": all_settings(self.settings(), &self.defaults()?),
        }))
    }
}

/// Settings with their `defaults`, an object, or nothing where they are those of a choice.
fn all_settings(settings: &[Setting], defaults: &Value) -> Value {
    settings.iter().map(|setting| described(setting, &defaults[setting.name])).collect()
}

fn described(setting: &Setting, default: &Value) -> Value {
    let [low, high] = setting.limits();
    let mut object = json!({
        "name": setting.name,
        "takes": setting.takes.words(),
        "range": setting.range,
        "low": low,
        "high": high,
        "default": default,
        "meaning": setting.meaning(),
    });
    match setting.takes {
        Takes::Settings(settings) => object["settings"] = all_settings(settings, default),
        Takes::OneOf(choices) => {
            let described = choices.iter().map(|choice| {
                let settings = choice.takes.map_or(&[][..], Takes::settings);
                json!({
                    "name": choice.name,
                    "takes": choice.takes.map(Takes::words),
                    "meaning": choice.meaning(),
                    "settings": all_settings(settings, &Value::Null),
                })
            });
            object["choices"] = described.collect();
        }
        _ => {}
    }
    object
}
