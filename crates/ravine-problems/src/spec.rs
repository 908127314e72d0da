//! Specifications of problems in words: `name:key=value,key=value`.

use ravine::ArgumentError;
use ravine_text::did_you_mean;

use crate::decimal;

/// What follows the colon: at most one value without a key, which comes first, and values with
/// keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    family: String,
    first: Option<String>,
    values: Vec<(String, String)>,
}

impl Arguments {
    /// Splits `name:first,key=value,...` into the name and its arguments.
    ///
    /// # Errors
    ///
    /// If a key comes twice, or a value without a key is not the first.
    pub fn parse(spec: &str) -> Result<Self, ArgumentError> {
        let (family, rest) = spec.split_once(':').unwrap_or((spec, ""));
        let mut arguments = Self { family: family.trim().to_owned(), ..Self::default() };
        let parts = rest.split(',').map(str::trim).filter(|part| !part.is_empty());
        for (i, part) in parts.enumerate() {
            let Some((key, value)) = part.split_once('=') else {
                if i > 0 {
                    let message = format!("`{part}` in `{spec}` has no key: write key=value");
                    return Err(ArgumentError::new(&arguments.family, message));
                }
                arguments.first = Some(part.to_owned());
                continue;
            };
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            if arguments.values.iter().any(|(k, _)| *k == key) {
                let message = format!("`{key}` is given twice in `{spec}`");
                return Err(ArgumentError::new(&arguments.family, message));
            }
            arguments.values.push((key, value));
        }
        Ok(arguments)
    }

    /// What stands before the colon.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The value without a key.
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// The same arguments without the first, under another family's name.
    pub fn without_first(self, family: &str) -> Self {
        Self { family: family.to_owned(), first: None, ..self }
    }

    /// Checks that every key is one of `keys` and that there is no value without a key.
    ///
    /// # Errors
    ///
    /// Names what is not known, what is nearest, and what there is.
    pub fn expect_only(&self, keys: &[&str]) -> Result<(), ArgumentError> {
        let known = match keys {
            [] => "it has none".to_owned(),
            keys => format!("it has {}", keys.join(", ")),
        };
        if let Some(first) = &self.first {
            let message = format!("takes no `{first}`: parameters are given as key=value; {known}");
            return Err(ArgumentError::new(&self.family, message));
        }
        for (key, _) in &self.values {
            if !keys.contains(&key.as_str()) {
                let hint = did_you_mean(key, keys.iter().copied());
                let message = format!("has no parameter `{key}`{hint}; {known}");
                return Err(ArgumentError::new(&self.family, message));
            }
        }
        Ok(())
    }

    /// The text of a value.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// A number.
    pub fn number(&self, key: &str, default: f64) -> Result<f64, ArgumentError> {
        Ok(self.optional_number(key, "a number such as 0.5 or 1e4")?.unwrap_or(default))
    }

    fn optional_number(&self, key: &str, allowed: &str) -> Result<Option<f64>, ArgumentError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match decimal::read(text) {
            Some(number) => Ok(Some(number)),
            None => Err(ArgumentError::new(key, format!("is `{text}`, but must be {allowed}"))),
        }
    }

    /// A whole number, where it is given; `1e6` is one, too.
    pub fn optional_count(&self, key: &str) -> Result<Option<usize>, ArgumentError> {
        let allowed = "a whole number such as 100 or 1e6";
        let Some(text) = self.text(key) else { return Ok(None) };
        if let Ok(count) = text.parse() {
            return room(key, count).map(Some);
        }
        let number = self.optional_number(key, allowed)?.unwrap_or(f64::NAN);
        // Up to 2^53 every whole number is a double.
        let whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
        ArgumentError::check(whole, key, text, allowed)?;
        room(key, number as usize).map(Some)
    }

    /// A whole number.
    pub fn count(&self, key: &str, default: usize) -> Result<usize, ArgumentError> {
        Ok(self.optional_count(key)?.unwrap_or(default))
    }

    /// One of several words.
    pub fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&str, T)],
        default: T,
    ) -> Result<T, ArgumentError> {
        let Some(text) = self.text(key) else { return Ok(default) };
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let message = format!("is `{text}`, but must be one of {}", names.join(", "));
            ArgumentError::new(key, message)
        })
    }
}

/// The count, if there is memory for a few vectors of so many numbers. Asked before any is taken.
fn room(key: &str, count: usize) -> Result<usize, ArgumentError> {
    const BYTES: usize = 32;
    // The seed of random numbers is no size.
    if key == "seed" || Vec::<[u8; BYTES]>::new().try_reserve_exact(count).is_ok() {
        return Ok(count);
    }
    let gigabytes = (count as f64 * BYTES as f64 / 1e9) as u64;
    let message = format!("is {count}, which needs {gigabytes} GB of memory, more than there is");
    Err(ArgumentError::new(key, message))
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn parts_of_a_specification() {
        let arguments = Arguments::parse(" mgh : 20 , n = 9 ").unwrap();
        assert_eq!((arguments.family(), arguments.first()), ("mgh", Some("20")));
        assert_eq!(arguments.count("n", 1).unwrap(), 9);
        assert_eq!(arguments.optional_count("m").unwrap(), None);
        let arguments = Arguments::parse("quadratic:n=1e6,kappa=1e4").unwrap();
        assert_eq!(arguments.count("n", 1).unwrap(), 1_000_000);
        assert_eq!(arguments.number("kappa", 1.0).unwrap(), 1e4);
        assert_eq!(Arguments::parse("booth").unwrap().family(), "booth");
    }

    #[test]
    fn every_mistake_is_named() {
        let refused = |spec: &str| Arguments::parse(spec).unwrap_err().to_string();
        assert_eq!(refused("a:n=1,n=2"), "a: `n` is given twice in `a:n=1,n=2`");
        assert_eq!(refused("a:n=1,x"), "a: `x` in `a:n=1,x` has no key: write key=value");
        let arguments = Arguments::parse("a:n=1.5,kapa=x,c=d").unwrap();
        let message = arguments.expect_only(&["n", "kappa"]).unwrap_err().to_string();
        assert_eq!(message, "a: has no parameter `kapa`; did you mean `kappa`?; it has n, kappa");
        assert!(arguments.count("n", 1).unwrap_err().to_string().contains("\"1.5\""));
        let message = arguments.number("kapa", 1.0).unwrap_err().to_string();
        assert_eq!(message, "kapa: is `x`, but must be a number such as 0.5 or 1e4");
        let message = arguments.choice("c", &[("e", 1), ("f", 2)], 1).unwrap_err().to_string();
        assert_eq!(message, "c: is `d`, but must be one of e, f");
        let first = Arguments::parse("booth:3").unwrap().expect_only(&[]).unwrap_err();
        assert!(first.to_string().contains("takes no `3`"), "{first}");
    }
}
