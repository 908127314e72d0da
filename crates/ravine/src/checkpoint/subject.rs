//! What a checkpoint is of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::{Entry, named};
use crate::minimize::{Conditions, Epochs};

/// What a checkpoint is of: a run goes on only where all of it is the same.
///
/// ```
/// use ravine::checkpoint::Subject;
/// use ravine::methods::named;
/// use ravine::{Conditions, Stopping};
///
/// let conditions = Conditions::from(Stopping::default());
/// let subject = |settings| {
///     let settings = serde_json::from_str(settings).unwrap();
///     Subject::new("valley", named("lbfgs").unwrap(), &settings, &[-1.2, 1.0], &conditions)
/// };
/// // Defaults may be given or not.
/// assert_eq!(subject("{}").difference(&subject(r#"{"memory": 10}"#)), None);
/// let other = subject("{}").difference(&subject(r#"{"memory": 3}"#)).unwrap();
/// assert!(other.starts_with("the settings of `lbfgs`"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    problem: String,
    dimension: usize,
    /// The CRC-32 of the entries.
    start: u32,
    /// The CRC-32 of the entries.
    bounds: Option<u32>,
    /// How derivatives are taken that the problem lacks.
    differences: Option<Value>,
    method: String,
    settings: Value,
    /// The settings of a run over batches that decide what it does.
    batches: Option<Value>,
}

impl Subject {
    /// Of a run of `method` with `settings` on what `problem` names, from `start`, under these
    /// conditions. For data, the name should tell contents from others: see
    /// [`fingerprint`](super::fingerprint).
    pub fn new(
        problem: impl Into<String>,
        method: &Entry,
        settings: &Value,
        start: &[f64],
        conditions: &Conditions<'_>,
    ) -> Self {
        let settings = match settings {
            Value::Null => Value::Object(Map::new()),
            given => given.clone(),
        };
        let bounds = conditions.bounds.as_ref();
        // They are plain data: numbers, words, and objects of those.
        let differences = conditions.differences.as_ref();
        Self {
            problem: problem.into(),
            dimension: start.len(),
            start: sum([start]),
            bounds: bounds.map(|bounds| sum([bounds.lower(), bounds.upper()])),
            differences: differences.and_then(|d| serde_json::to_value(d).ok()),
            method: method.name.to_owned(),
            settings,
            batches: conditions.epochs.as_ref().and_then(batches),
        }
    }

    /// The method's name.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The settings that the method was given.
    pub fn settings(&self) -> &Value {
        &self.settings
    }

    /// What is another in `asked`, if anything is: `X, not Y`.
    pub fn difference(&self, asked: &Self) -> Option<String> {
        let other =
            |what: &str, of: &str, asked: &str| Some(format!("the {what} {of}, not {asked}"));
        let quoted = |text: &str| format!("`{text}`");
        if self.problem != asked.problem {
            return other("problem", &quoted(&self.problem), &quoted(&asked.problem));
        }
        if self.dimension != asked.dimension {
            let (of, n) = (self.dimension, asked.dimension);
            return Some(format!("a problem with {of} variables, not {n}"));
        }
        if self.method != asked.method {
            return other("method", &quoted(&self.method), &quoted(&asked.method));
        }
        // The settings of a method from outside are compared as they are.
        let complete = || self.complete().zip(asked.complete()).is_some_and(|(a, b)| a == b);
        if self.settings != asked.settings && !complete() {
            let of = format!("settings of `{}`:", self.method);
            return other(&of, &self.settings.to_string(), &asked.settings.to_string());
        }
        if self.start != asked.start {
            return Some("a run from another start; give the same".to_owned());
        }
        if self.bounds != asked.bounds {
            return Some(
                match (self.bounds, asked.bounds) {
                    (None, _) => "a run without bounds, not within some",
                    (_, None) => "a run within bounds, not without",
                    _ => "a run within other bounds",
                }
                .to_owned(),
            );
        }
        if self.differences != asked.differences {
            let text = |d: &Option<Value>| d.as_ref().map_or("none".to_owned(), Value::to_string);
            return other("differences", &text(&self.differences), &text(&asked.differences));
        }
        if self.batches != asked.batches {
            let text = |batches: &Option<Value>| match batches {
                None => "all cases at once".to_owned(),
                Some(batches) => format!("batches {batches}"),
            };
            let (of, asked) = (text(&self.batches), text(&asked.batches));
            return Some(format!("a run over {of}, not {asked}"));
        }
        None
    }

    /// The settings with the method's defaults.
    fn complete(&self) -> Option<Value> {
        named(&self.method).and_then(|entry| entry.complete(&self.settings)).ok()
    }
}

/// The CRC-32 of numbers, bit by bit.
fn sum<'a>(numbers: impl IntoIterator<Item = &'a [f64]>) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    for number in numbers.into_iter().flatten() {
        sum.update(&number.to_le_bytes());
    }
    sum.finalize()
}

/// The settings but those that say when to measure and to end: these may change.
fn batches(epochs: &Epochs) -> Option<Value> {
    let mut settings = serde_json::to_value(epochs).ok()?;
    let object = settings.as_object_mut()?;
    for free in ["epochs", "measure", "gradient_tolerance"] {
        object.remove(free);
    }
    Some(settings)
}
