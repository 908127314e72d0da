//! Optimizers with settings as they are typed.

use ravine_linalg::ArgumentError;
use serde_json::Value;

use super::named::Optimizer;
use crate::network::Network;

impl Optimizer {
    /// An optimizer as it is typed: a name, after a colon settings that differ from its usual ones,
    /// `kfac:damping=1e-3,step=0.05`. A setting within another one is named by its last word where
    /// only one ends so, else with the words before it, `adaptive.every`; `null` takes a value away.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let kfac = Optimizer::parse("kfac:damping=1e-3,step=0.05", &network)?;
    /// assert_eq!(kfac, Optimizer::named("kfac", &network)?.with_step(0.05).with("damping", "1e-3")?);
    /// let error = Optimizer::parse("sgd:momentum=0.9", &network).unwrap_err();
    /// assert_eq!(error.to_string(), "method: `sgd` has no setting `momentum`; there are step=0.1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name or setting that there is not, or a value of another kind; what values are allowed is
    /// checked where a training starts.
    pub fn parse(text: &str, network: &Network) -> Result<Self, ArgumentError> {
        let (name, settings) = text.split_once(':').unwrap_or((text, ""));
        let mut optimizer = Self::named(name.trim(), network)?;
        for setting in settings.split(',').filter(|setting| !setting.trim().is_empty()) {
            let Some((key, value)) = setting.split_once('=') else {
                let message = format!("`{setting}` of `{text}` is not of the form NAME=VALUE");
                return Err(ArgumentError::new("method", message));
            };
            optimizer = optimizer.set(name, key.trim(), value.trim())?;
        }
        Ok(optimizer)
    }

    /// The texts of several optimizers, separated by commas; a part with `=` but no `:` goes on with the
    /// settings of the one before it.
    ///
    /// ```
    /// let texts = ravine_nn::Optimizer::split_list("sgd:step=0.1, kfac:damping=1e-3,step=0.1,soap");
    /// assert_eq!(texts, ["sgd:step=0.1", "kfac:damping=1e-3,step=0.1", "soap"]);
    /// ```
    pub fn split_list(text: &str) -> Vec<String> {
        ravine_text::split_list(text)
    }

    /// With one setting changed, as [`parse`](Self::parse) takes it.
    ///
    /// # Errors
    ///
    /// See [`parse`](Self::parse).
    pub fn with(self, setting: &str, value: &str) -> Result<Self, ArgumentError> {
        self.set("this optimizer", setting, value)
    }

    fn set(self, name: &str, setting: &str, value: &str) -> Result<Self, ArgumentError> {
        let wrong = |message: String| ArgumentError::new("method", message);
        let mut whole = serde_json::to_value(&self).map_err(|error| wrong(error.to_string()))?;
        let mut leaves = Vec::new();
        list(&whole, &mut Vec::new(), &mut leaves);
        let asked: Vec<&str> = setting.split('.').collect();
        let exact =
            |path: &&Vec<String>| path.iter().skip(1).map(String::as_str).eq(asked.iter().copied());
        let ends = |path: &&Vec<String>| {
            path.len() > asked.len() && path[path.len() - asked.len()..].iter().eq(asked.iter())
        };
        let mut found: Vec<&Vec<String>> = leaves.iter().filter(exact).collect();
        if found.is_empty() {
            found = leaves.iter().filter(ends).collect();
        }
        let words = |path: &Vec<String>| path[1..].join(".");
        let path = match found[..] {
            [path] => path,
            [] => {
                let listed: Vec<_> = leaves
                    .iter()
                    .filter_map(|path| {
                        Some(format!("{}={}", words(path), plain(at(&whole, path)?)))
                    })
                    .collect();
                let listed = listed.join(", ");
                return Err(wrong(format!(
                    "`{name}` has no setting `{setting}`; there are {listed}"
                )));
            }
            _ => {
                let listed: Vec<_> = found.iter().map(|path| words(path)).collect();
                let message = format!("`{setting}` of `{name}` may be {}", listed.join(" or "));
                return Err(wrong(message));
            }
        };
        if let Some(place) = at_mut(&mut whole, path) {
            *place =
                serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        }
        serde_json::from_value(whole)
            .map_err(|error| wrong(format!("`{setting}={value}` of `{name}`: {error}")))
    }
}

/// The paths of all values that are no objects.
fn list(value: &Value, path: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) {
    let Value::Object(entries) = value else {
        leaves.push(path.clone());
        return;
    };
    for (key, value) in entries {
        path.push(key.clone());
        list(value, path, leaves);
        path.pop();
    }
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn at_mut<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, key| value.get_mut(key))
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
