//! The methods that the page offers, with the settings that it shows.

use ravine::methods::{Entry, named};
use ravine::objective::Derivatives;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json::{Object, Written, text};
use crate::{Failure, Surface};

/// A method of the catalogue with the settings that the page shows, the defaults of the library.
pub(crate) struct Offered {
    pub name: &'static str,
    settings: &'static [Setting],
}

/// A setting: its name, with a dot before a field of a field, and its default.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Number { value: f64, low: f64, high: f64 },
    Integer { value: u64, low: u64, high: u64 },
    Choice { value: &'static str, choices: &'static [&'static str] },
}

/// What stands for the default of a choice, which may be more than a word can say.
const DEFAULT: &str = "default";

const fn number(name: &'static str, value: f64, low: f64, high: f64) -> Setting {
    Setting { name, kind: Kind::Number { value, low, high } }
}

const fn choice(
    name: &'static str,
    value: &'static str,
    choices: &'static [&'static str],
) -> Setting {
    Setting { name, kind: Kind::Choice { value, choices } }
}

/// A rate of forgetting.
const fn rate(name: &'static str, value: f64) -> Setting {
    number(name, value, 0.0, 0.9999)
}

/// A fixed step.
const fn step(value: f64) -> Setting {
    number("step", value, 1e-6, 10.0)
}

const LINE_SEARCH: Setting = choice(
    "line_search",
    DEFAULT,
    &[DEFAULT, "backtracking", "more_thuente", "hager_zhang", "exact", "fixed"],
);

/// `null` is the library's rule: the length of the start, or the root of the dimension.
const RADIUS: Setting = number("radius.initial", f64::NAN, 1e-3, 1e3);
const WEIGHT: Setting = number("weight.initial", 1.0, 1e-6, 1e6);

const fn offered(name: &'static str, settings: &'static [Setting]) -> Offered {
    Offered { name, settings }
}

/// In the order of the families, and within them from what knows least to what knows most.
pub(crate) const OFFERED: &[Offered] = &[
    offered("gd", &[step(1e-3)]),
    offered("gd-linesearch", &[LINE_SEARCH]),
    offered("bb", &[]),
    offered("momentum", &[step(1e-3), rate("momentum", 0.9)]),
    offered("nesterov", &[step(1e-3), choice("restart", "never", &["never", "gradient"])]),
    offered("adagrad", &[step(1e-2)]),
    offered("rmsprop", &[step(1e-2), rate("decay", 0.99)]),
    offered("adam", &[step(1e-3), rate("beta1", 0.9), rate("beta2", 0.999)]),
    offered("adamw", &[step(1e-3), rate("beta1", 0.9), rate("beta2", 0.999), rate("decay", 1e-2)]),
    offered("cg-pr", &[LINE_SEARCH]),
    offered("cg-hs", &[LINE_SEARCH]),
    offered("cg-dy", &[LINE_SEARCH]),
    offered("cg-hz", &[LINE_SEARCH]),
    offered("bfgs", &[LINE_SEARCH]),
    offered("dfp", &[LINE_SEARCH]),
    offered(
        "lbfgs",
        &[
            Setting { name: "memory", kind: Kind::Integer { value: 10, low: 1, high: 50 } },
            LINE_SEARCH,
        ],
    ),
    offered("sr1", &[RADIUS]),
    offered("newton", &[]),
    offered("newton-damped", &[LINE_SEARCH]),
    offered("newton-eigen", &[LINE_SEARCH]),
    offered("newton-cg", &[number("forcing", 0.5, 1e-6, 0.999), LINE_SEARCH]),
    offered("trust-cauchy", &[RADIUS]),
    offered("trust-dogleg", &[RADIUS]),
    offered("trust-steihaug", &[RADIUS]),
    offered("trust-gltr", &[RADIUS]),
    offered("trust-exact", &[RADIUS]),
    offered("arc", &[WEIGHT]),
    offered("arc-lanczos", &[WEIGHT]),
    offered("natural-gradient", &[number("step", 1.0, 1e-3, 10.0)]),
    offered("natural-gradient-linesearch", &[]),
    offered("natural-gradient-kl", &[]),
];

impl Offered {
    fn entry(&self) -> Option<&'static Entry> {
        named(self.name).ok()
    }

    /// What it is called in print.
    pub fn title(&self) -> &'static str {
        self.entry().map_or(self.name, |entry| entry.title)
    }

    /// Whether it has a setting of that name.
    pub fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|setting| setting.name == name)
    }

    /// Whether the surface has the derivatives that it needs.
    pub fn is_available(&self, surface: &Surface) -> bool {
        let supplied = surface.objective.derivatives();
        self.entry().is_some_and(|entry| supplied.missing(entry.needs).is_empty())
    }
}

/// A setting, as the page sees it.
fn described(setting: &Setting) -> Written {
    let object = Object::new().with("name", setting.name);
    match setting.kind {
        Kind::Number { value, low, high } => {
            let object = object.with("kind", "number").with("value", &value);
            object.with("low", &low).with("high", &high)
        }
        Kind::Integer { value, low, high } => {
            let object = object.with("kind", "integer").with("value", &value);
            object.with("low", &low).with("high", &high)
        }
        Kind::Choice { value, choices } => {
            object.with("kind", "choice").with("value", value).with("choices", choices)
        }
    }
    .end()
}

/// The methods, as a JSON array of objects with the fields `name`, `title`, `family`, `needs` (the
/// derivatives), `tuned` (the setting that must be tuned for each function, or null: see
/// [`tuned`](crate::tuned)) and `settings`: each with `name`, `kind` (`number`, `integer` or
/// `choice`), `value` (the default; null where a rule chooses it) and `low` and `high`, or
/// `choices`.
///
/// # Errors
///
/// None for the methods that there are.
#[wasm_bindgen]
pub fn methods() -> Result<String, Failure> {
    let description = |offered: &Offered| {
        let entry = named(offered.name)?;
        let settings: Vec<Written> = offered.settings.iter().map(described).collect();
        Ok(Object::new()
            .with("name", entry.name)
            .with("title", entry.title)
            .with("family", entry.family.name())
            .with("needs", &Derivatives::NONE.missing(entry.needs))
            .with("tuned", &entry.tuned)
            .with("settings", &settings)
            .end())
    };
    let list = OFFERED.iter().map(description).collect::<Result<Vec<_>, Failure>>()?;
    Ok(text(&list))
}

/// Settings as the page writes them, `{"step": 0.1, "radius.initial": 2}`, as the library reads them:
/// what a dot joins becomes an object in an object, and what is left at `null` or `default` goes.
pub(crate) fn nested(settings: &str) -> Result<Map<String, Value>, Failure> {
    let flat: Map<String, Value> = match settings.trim() {
        "" => Map::new(),
        text => serde_json::from_str(text)?,
    };
    let mut nested = Map::new();
    for (name, value) in flat {
        if value.is_null() || value == DEFAULT {
            continue;
        }
        match name.split_once('.') {
            None => {
                nested.insert(name, value);
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
