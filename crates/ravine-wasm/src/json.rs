//! JSON as the page reads it, written by hand: the general way needs tables for its numbers that are a
//! fifteenth of the whole module.

use std::fmt::Write;

/// A value of JSON that is being written.
pub(crate) trait Json {
    /// Appends it.
    fn write(&self, out: &mut String);
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }
}

impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut String) {
        match self {
            Some(value) => value.write(out),
            None => out.push_str("null"),
        }
    }
}

impl Json for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Json for u64 {
    fn write(&self, out: &mut String) {
        // Writing to a string does not fail.
        let _ = write!(out, "{self}");
    }
}

/// To the last bit; `null` for what is not finite, which JSON has no numbers for.
impl Json for f64 {
    fn write(&self, out: &mut String) {
        if self.is_finite() {
            let _ = write!(out, "{self:e}");
        } else {
            out.push_str("null");
        }
    }
}

impl Json for str {
    fn write(&self, out: &mut String) {
        out.push('"');
        for c in self.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\u{0}'..='\u{1f}' => {
                    let _ = write!(out, "\\u{:04x}", c as u32);
                }
                _ => out.push(c),
            }
        }
        out.push('"');
    }
}

impl Json for String {
    fn write(&self, out: &mut String) {
        self.as_str().write(out);
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut String) {
        out.push('[');
        for (i, item) in self.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            item.write(out);
        }
        out.push(']');
    }
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, out: &mut String) {
        self.as_slice().write(out);
    }
}

/// Something written already, such as an [`Object`].
pub(crate) struct Written(String);

impl Json for Written {
    fn write(&self, out: &mut String) {
        out.push_str(&self.0);
    }
}

impl Written {
    /// The text.
    pub fn text(self) -> String {
        self.0
    }
}

/// An object, field by field.
pub(crate) struct Object(String);

impl Object {
    /// Without fields.
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    /// With one more field, whose name needs no escapes.
    pub fn with(mut self, name: &str, value: &(impl Json + ?Sized)) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        name.write(&mut self.0);
        self.0.push(':');
        value.write(&mut self.0);
        self
    }

    /// The object, whole.
    pub fn end(mut self) -> Written {
        self.0.push('}');
        Written(self.0)
    }
}

/// The text of a value.
pub(crate) fn text(value: &(impl Json + ?Sized)) -> String {
    let mut out = String::new();
    value.write(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Object, text};

    #[test]
    fn what_is_written_is_read_back() {
        let numbers = [0.1, -1e-300, 5e-324, f64::MAX, 1e21, 0.0, 123456.789];
        let read: Vec<f64> = serde_json::from_str(&text(&numbers[..])).unwrap();
        assert_eq!(read, numbers);
        let odd = "a \"quoted\" \\ word\nand µ";
        let object = Object::new()
            .with("text", odd)
            .with("none", &None::<f64>)
            .with("nan", &f64::NAN)
            .with("list", &vec![true, false])
            .with("count", &12u64)
            .with("inner", &Object::new().end())
            .end();
        let read: Value = serde_json::from_str(&object.text()).unwrap();
        let expected = json!({"text": odd, "none": null, "nan": null, "list": [true, false], "count": 12, "inner": {}});
        assert_eq!(read, expected);
        assert_eq!(text(&[1.0][..0]), "[]");
    }
}
