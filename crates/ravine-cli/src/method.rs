//! Methods as options name them.

use ravine_race::MethodChoice;

use crate::failure::Failure;

/// Several methods, separated by commas.
pub fn parse_list(text: &str) -> Result<Vec<MethodChoice>, Failure> {
    let methods = MethodChoice::parse_list(text)?;
    if methods.is_empty() {
        return Err(Failure::input("--methods is empty; see `ravine methods`"));
    }
    Ok(methods)
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
        assert_eq!(message("newtn"), "method: there is no method `newtn`; did you mean `newton`?");
        assert!(message("qqqqqqqq").contains("there are gd, gd-linesearch"));
        let renamed = message("nystrom-newton-cg:rank=5");
        assert_eq!(renamed, "method: `nystrom-newton-cg` is called `newton-nystrom` now");
        assert_eq!(message("gd:step"), "method `gd`: `step` is not of the form setting=value");
        assert!(message("gd:step=1,step=2").contains("`step` is given twice"));
        assert!(message(" , ").contains("--methods is empty"));
        let apart = message("exact/steihaug/wolfe");
        assert!(apart.contains("`steihaug` and `wolfe` do not go together"), "{apart}");
        assert!(message("exact/steihug/radius").contains("there is no step `steihug`"));
    }
}
