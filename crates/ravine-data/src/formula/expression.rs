//! Arithmetic over columns, and calls.

use std::fmt::{self, Display, Formatter};

use super::lex::{is_name_part, is_name_start};
use super::position::At;

/// An expression, as in `log(x / 2)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// A number, and how it was written.
    Number(f64, String),
    Text(String),
    Name(String, At),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Call(Call),
    List(Vec<Expr>),
    /// Arithmetic in braces, at the outside alone.
    Braces(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub function: String,
    pub arguments: Vec<Argument>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub keyword: Option<String>,
    pub value: Expr,
    pub at: At,
}

impl Operator {
    pub(super) fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            // Whole powers by multiplication: x ** 2 is x * x to the last bit.
            Self::Power if b.fract() == 0.0 && b.abs() <= 64.0 => a.powi(b as i32),
            Self::Power => a.powf(b),
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "**",
        }
    }

    fn strength(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide => 2,
            Self::Power => 4,
        }
    }
}

impl Expr {
    /// Calls `visit` with the names of columns and where they stand, from left to right. Of a call, columns
    /// are in the arguments that `is_data` says of.
    pub(super) fn visit_names<'e>(
        &'e self,
        is_data: &impl Fn(&Call, usize) -> bool,
        visit: &mut impl FnMut(&'e str, At),
    ) {
        match self {
            Self::Number(..) | Self::Text(_) => {}
            Self::Name(name, at) => visit(name, *at),
            Self::Negative(inner) | Self::Braces(inner) => inner.visit_names(is_data, visit),
            Self::Binary(_, a, b) => {
                a.visit_names(is_data, visit);
                b.visit_names(is_data, visit);
            }
            Self::Call(call) => {
                for (k, argument) in call.arguments.iter().enumerate() {
                    if is_data(call, k) {
                        argument.value.visit_names(is_data, visit);
                    }
                }
            }
            Self::List(items) => items.iter().for_each(|item| item.visit_names(is_data, visit)),
        }
    }

    /// What the columns that come of it are called: a lone name as it is, else the normal form.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Name(name, _) => name.clone(),
            Self::Braces(inner) => inner.to_string(),
            other => other.to_string(),
        }
    }

    fn strength(&self) -> u8 {
        match self {
            Self::Binary(operator, ..) => operator.strength(),
            Self::Negative(_) => 3,
            _ => 5,
        }
    }

    fn write(&self, f: &mut Formatter<'_>, least: u8) -> fmt::Result {
        if self.strength() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

/// A name as it stands in a formula: in backquotes where it must.
pub(super) struct Quoted<'n>(pub &'n str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let start = name.strip_prefix('.').unwrap_or(name);
        if start.starts_with(is_name_start) && name.chars().all(is_name_part) {
            f.write_str(name)
        } else {
            write!(f, "`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
        }
    }
}

/// The normal form, which is read as the same expression.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_, text) => f.write_str(text),
            Self::Text(text) => {
                write!(f, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            Self::Name(name, _) => Quoted(name).fmt(f),
            Self::Negative(inner) => {
                f.write_str("-")?;
                inner.write(f, 3)
            }
            Self::Binary(operator, a, b) => {
                let strength = operator.strength();
                // Powers group from the right, the others from the left.
                let right = u8::from(*operator == Operator::Power);
                a.write(f, strength + right)?;
                write!(f, " {} ", operator.symbol())?;
                let least = if right == 1 { 3 } else { strength + 1 };
                b.write(f, least)
            }
            Self::Call(call) => {
                write!(f, "{}(", call.function)?;
                for (k, argument) in call.arguments.iter().enumerate() {
                    if k > 0 {
                        f.write_str(", ")?;
                    }
                    if let Some(keyword) = &argument.keyword {
                        write!(f, "{keyword}=")?;
                    }
                    write!(f, "{}", argument.value)?;
                }
                f.write_str(")")
            }
            Self::List(items) => {
                f.write_str("[")?;
                for (k, item) in items.iter().enumerate() {
                    if k > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Braces(inner) => write!(f, "{{{inner}}}"),
        }
    }
}
