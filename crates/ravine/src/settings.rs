//! Settings in words: what each is called, takes, allows and means, from the declaration itself.
//!
//! A settings struct is declared once, with `#[derive(Described)]`: its fields' documentation is what
//! the command, the Python package and the reference say of them, their types say what they take, and
//! `Default` what they are where nothing is given.

pub(crate) use ravine_derive::Described;

use ravine_linalg::secant::Form;
use serde::Serialize;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// The name, as in `--method NAME:SETTING=VALUE`.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Which values are allowed, as in `at least 1`; empty where the type says it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub range: &'static str,
    #[serde(skip)]
    documentation: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// A number.
    Number,
    /// A whole number that is not negative.
    Whole,
    /// True or false.
    Switch,
    /// A number, or nothing (`null`) to leave the choice to the method.
    NumberOrNothing,
    /// A whole number, or nothing (`null`) to leave the choice to the method.
    WholeOrNothing,
    /// Indices from `start` on and below `end`.
    Indices,
    /// One of these.
    OneOf(&'static [Choice]),
    /// Settings of its own, as an object.
    Settings(&'static [Setting]),
}

/// One of the values that a setting may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The name: alone, or the only key of an object with what it takes.
    pub name: &'static str,
    /// What it takes, where it takes something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub takes: Option<Takes>,
    #[serde(skip)]
    documentation: &'static str,
}

impl Choice {
    /// For the derivation.
    pub(crate) const fn new(
        name: &'static str,
        takes: Option<Takes>,
        documentation: &'static str,
    ) -> Self {
        Self { name, takes, documentation }
    }

    /// What it means.
    ///
    /// ```
    /// use ravine::settings::Takes;
    ///
    /// let Takes::OneOf(formulas) = ravine::methods::named("cg-pr")?.settings()[0].takes else {
    ///     panic!("the setting `beta` is one of four");
    /// };
    /// assert_eq!(formulas[0].name, "polak_ribiere");
    /// assert!(!formulas[0].meaning().is_empty());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn meaning(&self) -> String {
        plain(self.documentation)
    }
}

/// A type that a setting may have.
pub trait Described {
    /// What a setting of this type takes.
    const TAKES: Takes;
    /// The documentation of the type; empty for numbers.
    const DOCUMENTATION: &'static str = "";
}

impl Setting {
    /// For the derivation.
    pub(crate) const fn new(
        name: &'static str,
        takes: Takes,
        range: &'static str,
        documentation: &'static str,
    ) -> Self {
        Self { name, takes, range, documentation }
    }

    /// The ends of its range, where they are numbers: of `in [0, 1)` they are 0 and 1.
    ///
    /// ```
    /// let adam = ravine::methods::named("adam")?.settings();
    /// assert_eq!((adam[0].name, adam[0].limits()), ("step", [Some(0.0), None]));
    /// assert_eq!((adam[1].name, adam[1].limits()), ("beta1", [Some(0.0), Some(1.0)]));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn limits(&self) -> [Option<f64>; 2] {
        let number = |text: &str| text.trim_matches(['[', ']', '(', ')']).parse().ok();
        let start = |start: &str| self.range.strip_prefix(start);
        let both = |(low, high): (&str, &str)| [number(low), number(high)];
        let inside = start("in ").and_then(|ends| ends.split_once(", ")).map(both);
        let between = start("between ").and_then(|ends| ends.split_once(" and ")).map(both);
        let least = start("at least ").or(start("above ")).map(|low| [number(low), None]);
        let most = start("below ").map(|high| [None, number(high)]);
        let zero = start("positive").or(start("zero or positive")).map(|_| [Some(0.0), None]);
        inside.or(between).or(least).or(most).or(zero).unwrap_or_default()
    }

    /// What it means, in a sentence or two.
    ///
    /// ```
    /// let lbfgs = ravine::methods::named("lbfgs")?;
    /// let memory = &lbfgs.settings()[0];
    /// assert_eq!((memory.name, memory.range), ("memory", "at least 1"));
    /// assert_eq!(memory.meaning(), "The number m of secant pairs kept. Default 10.");
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn meaning(&self) -> String {
        plain(self.documentation)
    }
}

impl Takes {
    /// The settings that it is made of; none where it is something else.
    pub const fn settings(self) -> &'static [Setting] {
        match self {
            Self::Settings(settings) => settings,
            _ => &[],
        }
    }

    /// In a few words.
    ///
    /// ```
    /// use ravine::methods::named;
    ///
    /// let takes = |method: &str, i: usize| named(method).unwrap().settings()[i].takes.words();
    /// assert_eq!(takes("lbfgs", 0), "whole number");
    /// assert_eq!(takes("cg-pr", 0), "polak_ribiere, hestenes_stiefel, dai_yuan or hager_zhang");
    /// ```
    pub fn words(self) -> String {
        match self {
            Self::Number => "number".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Switch => "true or false".to_owned(),
            Self::NumberOrNothing => "number or null".to_owned(),
            Self::WholeOrNothing => "whole number or null".to_owned(),
            Self::Indices => "indices, {\"start\": 0, \"end\": 1}".to_owned(),
            Self::OneOf(choices) => {
                let mut names: Vec<_> = choices.iter().map(|choice| choice.name).collect();
                let last = names.pop().unwrap_or_default();
                if names.is_empty() {
                    return last.to_owned();
                }
                format!("{} or {last}", names.join(", "))
            }
            Self::Settings(settings) => {
                let names: Vec<_> = settings.iter().map(|setting| setting.name).collect();
                format!("settings {}", names.join(", "))
            }
        }
    }
}

macro_rules! numbers {
    ($($type:ty: $takes:ident),*) => {$(
        impl Described for $type {
            const TAKES: Takes = Takes::$takes;
        }
    )*};
}

impl Described for Form {
    const TAKES: Takes = Takes::OneOf(&[
        Choice::new("two_loop", None, "Two loops over the pairs."),
        Choice::new("compact", None, "The compact form, one pass over all vectors."),
    ]);
}

numbers!(
    f64: Number, usize: Whole, u32: Whole, u64: Whole, bool: Switch,
    Option<f64>: NumberOrNothing, Option<usize>: WholeOrNothing, std::ops::Range<usize>: Indices
);

/// What a documentation says, without examples and tables, as plain text, a line a paragraph; and its
/// source.
#[cfg(feature = "all-methods")]
pub(crate) fn described(documentation: &str) -> (String, String) {
    let (mut said, mut sources) = (Vec::new(), Vec::new());
    for (k, block) in documentation.split("```").enumerate() {
        if k % 2 == 1 {
            // Formulas stay, code goes.
            let formula = block.strip_prefix("text\n").unwrap_or_default();
            said.extend(formula.lines().map(|line| format!("    {line}")));
            continue;
        }
        for paragraph in block.split("\n\n").map(plain) {
            match paragraph.strip_prefix("Sources: ").or(paragraph.strip_prefix("Source: ")) {
                Some(source) => sources.push(source.to_owned()),
                None if paragraph.is_empty() || paragraph.starts_with('|') => {}
                None => said.push(paragraph),
            }
        }
    }
    (said.join("\n"), sources.join(" "))
}

/// One line, without the brackets and addresses of links; values as settings are written,
/// `` `geodesic` `` for `` `Acceleration::Geodesic` ``.
fn plain(markdown: &str) -> String {
    let unlinked = unlinked(markdown);
    let pieces = unlinked.split('`').enumerate().map(|(k, piece)| match piece.rsplit_once("::") {
        Some((_, value)) if k % 2 == 1 && value.starts_with(|c: char| c.is_ascii_uppercase()) => {
            snake_case(value)
        }
        _ if k % 2 == 1 && piece == "None" => "null".to_owned(),
        _ => piece.to_owned(),
    });
    pieces.collect::<Vec<_>>().join("`")
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (k, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && k > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn unlinked(markdown: &str) -> String {
    let line = markdown.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut text, mut rest) = (String::new(), line.as_str());
    while let Some(open) = rest.find("[`") {
        text += &rest[..open];
        rest = &rest[open + 1..];
        let Some(close) = rest.find("`]") else { break };
        text += &rest[..=close];
        rest = &rest[close + 2..];
        if let Some(address) = rest.strip_prefix('(')
            && let Some(end) = address.find(')')
        {
            rest = &address[end + 1..];
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn values_are_written_as_settings_are() {
        let told = plain(
            "One of [two](address).\nDefault [`Acceleration::SomeKind`](crate::A), or `None`.",
        );
        assert_eq!(told, "One of [two](address). Default `some_kind`, or `null`.");
        assert_eq!(plain("See [`Adam::beta1`]; a::B."), "See `Adam::beta1`; a::B.");
    }
}
