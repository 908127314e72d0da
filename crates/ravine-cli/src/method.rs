//! Methods as they are typed: `lbfgs:memory=5,line_search.more_thuente.curvature=0.5`.

use ravine::methods::{Entry, catalogue, named};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::names::nearest;

/// A method of the catalogue with settings.
#[derive(Clone, Debug)]
pub struct MethodChoice {
    /// As it was typed.
    pub name: String,
    pub entry: &'static Entry,
    /// The settings that were given, an object.
    pub settings: Value,
}

impl MethodChoice {
    /// A method at its defaults.
    pub fn of(entry: &'static Entry) -> Self {
        Self { name: entry.name.to_owned(), entry, settings: Value::Object(Map::new()) }
    }

    /// One method: `name` or `name:key=value,key=value`.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let (name, settings) = text.split_once(':').unwrap_or((text, ""));
        let Ok(entry) = named(name.trim()) else { return Err(unknown(name.trim())) };
        let mut object = Map::new();
        for setting in settings.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            let Some((key, value)) = setting.split_once('=') else {
                return Err(Failure::input(format!(
                    "method `{name}`: `{setting}` is not of the form setting=value"
                )));
            };
            let path: Vec<_> = key.split('.').map(str::trim).collect();
            if !insert(&mut object, &path, value_of(value.trim())) {
                return Err(Failure::input(format!(
                    "method `{name}`: the setting `{key}` is given twice"
                )));
            }
        }
        Ok(Self { name: text.trim().to_owned(), entry, settings: Value::Object(object) })
    }

    /// Several methods, separated by commas; a part with `=` but no `:` goes on with the settings
    /// of the method before it.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Failure> {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            match parts.last_mut() {
                Some(last) if part.contains('=') && !part.contains(':') => {
                    last.push(',');
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
        if parts.is_empty() {
            return Err(Failure::input("--methods is empty; see `ravine methods`"));
        }
        parts.iter().map(|part| Self::parse(part)).collect()
    }
}

fn unknown(name: &str) -> Failure {
    let names = catalogue().iter().map(|entry| entry.name);
    Failure::input(match nearest(name, names) {
        Some(near) => format!("there is no method `{name}`; did you mean `{near}`?"),
        None => format!("there is no method `{name}`; `ravine methods` lists them"),
    })
}

/// Numbers, truth values and quoted texts are JSON; anything else is a text.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Sets a nested entry; whether there was none.
fn insert(object: &mut Map<String, Value>, path: &[&str], value: Value) -> bool {
    match path {
        [] => false,
        [key] => object.insert((*key).to_owned(), value).is_none(),
        [key, rest @ ..] => {
            let inner =
                object.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            match inner {
                Value::Object(inner) => insert(inner, rest, value),
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_belong_to_the_method_before_them() {
        let list =
            MethodChoice::parse_list("gd:step=0.1, newton,adam:step=1e-2,beta1=0.5").unwrap();
        let read: Vec<_> = list.iter().map(|m| (m.entry.name, m.settings.clone())).collect();
        assert_eq!(
            read,
            [
                ("gd", json!({"step": 0.1})),
                ("newton", json!({})),
                ("adam", json!({"step": 0.01, "beta1": 0.5})),
            ]
        );
    }

    #[test]
    fn dots_go_into_objects_and_words_are_texts() {
        let method = MethodChoice::parse("gd:a.b.c=1,a.d=exact,e=true,f=\"1\"").unwrap();
        let expected = json!({"a": {"b": {"c": 1}, "d": "exact"}, "e": true, "f": "1"});
        assert_eq!(method.settings, expected);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text| match MethodChoice::parse_list(text) {
            Err(Failure::Input(message)) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message("newtn"), "there is no method `newtn`; did you mean `newton`?");
        assert!(message("qqqqqqqq").ends_with("`ravine methods` lists them"));
        assert!(message("gd:step").contains("`step` is not of the form setting=value"));
        assert!(message("gd:step=1,step=2").contains("`step` is given twice"));
        assert!(message("gd:a=1,a.b=2").contains("`a.b` is given twice"));
        assert!(message(" , ").contains("--methods is empty"));
    }
}
