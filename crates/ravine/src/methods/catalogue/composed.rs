//! Entries of methods that are composed by name.

use std::sync::{Mutex, PoisonError};

use serde_json::Map;

use super::Entry;
use super::begin::begin_composed;
use crate::methods::parts::{self, Composed};
use ravine_linalg::ArgumentError;

/// The method that a name composes, made once for each name.
pub(super) fn composed(name: &str) -> Result<&'static Entry, ArgumentError> {
    static MADE: Mutex<Vec<&'static Entry>> = Mutex::new(Vec::new());
    let Composed { name, title, family, needs, bounded, dense } = parts::compose(name)?;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = made.iter().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    // An entry lives as long as the program, as those of the catalogue do; there are as many as names.
    let preset = format!(r#"{{"composition": "{name}"}}"#);
    let kept = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let entry: &'static Entry = Box::leak(Box::new(Entry {
        name: kept(name),
        title: kept(title),
        family,
        needs,
        bounds: bounded,
        tuned: None,
        dense,
        preset: kept(preset),
        begin: begin_composed,
        batches: None,
        #[cfg(feature = "settings")]
        defaults: || Ok(Map::new().into()),
        #[cfg(feature = "settings")]
        read: |settings| parts::chosen(settings).map(drop),
    }));
    made.push(entry);
    Ok(entry)
}
