//! Methods as options name them.

use ravine::methods::{catalogue, named};
use ravine_race::MethodChoice;
use ravine_text::did_you_mean;

use crate::failure::Failure;

/// One method: `name` or `name:key=value,key=value`.
pub fn parse(text: &str) -> Result<MethodChoice, Failure> {
    let name = text.split(':').next().unwrap_or_default().trim();
    // Of a composition the library says which part is wrong, or why the parts do not go together.
    if !name.contains('/') && named(name).is_err() {
        return Err(unknown(name));
    }
    Ok(MethodChoice::parse(text)?)
}

/// Several methods, separated by commas.
pub fn parse_list(text: &str) -> Result<Vec<MethodChoice>, Failure> {
    let parts = MethodChoice::split_list(text);
    if parts.is_empty() {
        return Err(Failure::input("--methods is empty; see `ravine methods`"));
    }
    parts.iter().map(|part| parse(part)).collect()
}

fn unknown(name: &str) -> Failure {
    let names = catalogue().iter().map(|entry| entry.name);
    let hint = match did_you_mean(name, names) {
        hint if hint.is_empty() => "; `ravine methods` lists them".to_owned(),
        hint => hint,
    };
    Failure::input(format!("there is no method `{name}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named() {
        let message = |text| match parse_list(text) {
            Err(Failure::Input(message)) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message("newtn"), "there is no method `newtn`; did you mean `newton`?");
        assert!(message("qqqqqqqq").ends_with("`ravine methods` lists them"));
        assert_eq!(message("gd:step"), "method `gd`: `step` is not of the form setting=value");
        assert!(message("gd:step=1,step=2").contains("`step` is given twice"));
        assert!(message(" , ").contains("--methods is empty"));
        let apart = message("exact/steihaug/wolfe");
        assert!(apart.contains("`steihaug` and `wolfe` do not go together"), "{apart}");
        assert!(message("exact/steihug/radius").contains("there is no step `steihug`"));
    }
}
