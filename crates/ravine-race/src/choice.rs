//! Methods as they are typed: `lbfgs:memory=5,line_search.more_thuente.curvature=0.5`.

use ravine::ArgumentError;
use ravine::methods::{Entry, named};
use serde_json::{Map, Value};

/// A method with settings.
#[derive(Clone, Debug)]
pub struct MethodChoice {
    /// As it was typed, or what else it is to be called.
    pub name: String,
    /// The method.
    pub entry: Entry,
    /// The settings that were given, an object.
    pub settings: Value,
}

impl MethodChoice {
    /// A method at its defaults.
    ///
    /// ```
    /// use ravine_race::MethodChoice;
    ///
    /// let method = MethodChoice::of(ravine::methods::named("bfgs")?);
    /// assert_eq!((method.name.as_str(), method.settings), ("bfgs", serde_json::json!({})));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn of(entry: &Entry) -> Self {
        let settings = Value::Object(Map::new());
        Self { name: entry.name.to_owned(), entry: entry.clone(), settings }
    }

    /// One method: `name` or `name:key=value,key=value`; a dot in a key goes into a setting of
    /// settings. Values are numbers, `true`, `false`, or words.
    ///
    /// ```
    /// use ravine_race::MethodChoice;
    ///
    /// let method = MethodChoice::parse("lbfgs:memory=5,line_search.more_thuente.curvature=0.5")?;
    /// let settings = serde_json::json!({
    ///     "memory": 5, "line_search": { "more_thuente": { "curvature": 0.5 } }
    /// });
    /// assert_eq!((method.entry.name, method.settings), ("lbfgs", settings));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A method that there is not (see [`named`]), a setting without a value, or one
    /// that is given twice. Whether the method has such a setting is seen when it starts.
    pub fn parse(text: &str) -> Result<Self, ArgumentError> {
        let (name, settings) = text.split_once(':').unwrap_or((text, ""));
        let entry = named(name.trim())?.clone();
        let settings = Value::Object(Self::parse_settings(name, settings)?);
        Ok(Self { name: text.trim().to_owned(), entry, settings })
    }

    /// Settings as [`parse`](Self::parse) reads them after the colon: `key=value,key=value`. `method`
    /// is who has them, for messages.
    ///
    /// ```
    /// use ravine_race::MethodChoice;
    ///
    /// let settings = MethodChoice::parse_settings("trust-exact", "radius.initial=2")?;
    /// assert_eq!(settings["radius"], serde_json::json!({ "initial": 2 }));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A setting without a value, or one that is given twice.
    pub fn parse_settings(method: &str, text: &str) -> Result<Map<String, Value>, ArgumentError> {
        let mistake = |message| ArgumentError::new(format!("method `{method}`"), message);
        let mut object = Map::new();
        for setting in text.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            let Some((key, value)) = setting.split_once('=') else {
                return Err(mistake(format!("`{setting}` is not of the form setting=value")));
            };
            let path: Vec<_> = key.split('.').map(str::trim).collect();
            if !insert(&mut object, &path, value_of(value.trim())) {
                return Err(mistake(format!("the setting `{}` is given twice", key.trim())));
            }
        }
        Ok(object)
    }

    /// Several methods, separated by commas; a part with `=` but no `:` goes on with the settings
    /// of the method before it.
    ///
    /// ```
    /// use ravine_race::MethodChoice;
    ///
    /// let methods = MethodChoice::parse_list("gd:step=0.1, newton, adam:step=1e-2,beta1=0.5")?;
    /// let names: Vec<&str> = methods.iter().map(|method| method.entry.name).collect();
    /// assert_eq!(names, ["gd", "newton", "adam"]);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`parse`](Self::parse).
    pub fn parse_list(text: &str) -> Result<Vec<Self>, ArgumentError> {
        Self::split_list(text).iter().map(|part| Self::parse(part)).collect()
    }

    /// The texts of several methods, separated by commas, as [`parse_list`](Self::parse_list) reads
    /// them.
    ///
    /// ```
    /// use ravine_race::MethodChoice;
    ///
    /// let texts = MethodChoice::split_list("adam:step=1e-2,beta1=0.5,newton");
    /// assert_eq!(texts, ["adam:step=1e-2,beta1=0.5", "newton"]);
    /// ```
    pub fn split_list(text: &str) -> Vec<String> {
        ravine_text::split_list(text)
    }
}

/// Numbers, truth values and quoted texts are JSON, `0..2` a range of indices; anything else is a text.
fn value_of(text: &str) -> Value {
    if let Some((Ok(start), Ok(end))) =
        text.split_once("..").map(|(a, b)| (a.parse::<u64>(), b.parse::<u64>()))
    {
        return serde_json::json!({ "start": start, "end": end });
    }
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
        assert!(MethodChoice::parse_list(" , ").unwrap().is_empty());
    }

    #[test]
    fn dots_go_into_objects_and_words_are_texts() {
        let method = MethodChoice::parse("gd:a.b.c=1,a.d=exact,e=true,f=\"1\"").unwrap();
        let expected = json!({"a": {"b": {"c": 1}, "d": "exact"}, "e": true, "f": "1"});
        assert_eq!(method.settings, expected);
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text| MethodChoice::parse_list(text).unwrap_err().to_string();
        assert_eq!(message("newtn"), "method: there is no method `newtn`; did you mean `newton`?");
        assert!(message("qqqqqqqq").contains("there are gd, gd-linesearch"));
        assert!(message("sr1/steihug/radius").contains("there is no step `steihug`"));
        assert_eq!(message("gd:step"), "method `gd`: `step` is not of the form setting=value");
        assert!(message("gd:step=1,step=2").contains("`step` is given twice"));
        assert!(message("gd:a=1,a.b=2").contains("`a.b` is given twice"));
    }
}
