//! The left side of a formula.

use super::calls::{argument, is_data};
use super::category::{Category, Declaration, NONE};
use super::evaluate::{Memory, Rows};
use super::expression::Expr;
use super::position::At;
use super::settings::{MissingCategories, Unseen};
use crate::{Column, DataError, Response};

/// What is explained.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Left {
    None,
    Numbers {
        of: Expr,
    },
    /// Texts, or what is in `C()`.
    Classes {
        of: Expr,
        classes: Category,
    },
    /// `cbind(successes, failures)`
    Counts {
        of: Expr,
        successes: Expr,
        failures: Expr,
    },
}

impl Left {
    /// Of the rows of the fit.
    pub(super) fn fit(
        text: &str,
        expr: Option<&Expr>,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
        notes: &mut Vec<String>,
    ) -> Result<(Self, Response), DataError> {
        let Some(expr) = expr else { return Ok((Self::None, Response::None)) };
        let of = expr.clone();
        let declaration = match expr {
            Expr::Name(name, _) => {
                let is_text = matches!(rows.table.column(name), Some(Column::Texts { .. }));
                is_text.then(|| Declaration::plain(of.clone()))
            }
            Expr::Call(call) if call.function == "C" => Some(Declaration::of_call(text, call)?),
            Expr::Call(call) if call.function == "cbind" => {
                let part = |name| argument(call, name).map(|argument| argument.value.clone());
                let (Some(successes), Some(failures)) = (part("successes"), part("failures"))
                else {
                    return Err((rows.wrong)(call.at, "`cbind` needs two columns".to_owned()));
                };
                let left = Self::Counts { of, successes, failures };
                let response = left.response(rows, memory)?;
                return Ok((left, response));
            }
            _ => None,
        };
        let left = match declaration {
            Some(declaration) => {
                let missing = MissingCategories::Drop;
                let classes = declaration.fit(rows, memory, missing, notes)?;
                Self::Classes { of, classes }
            }
            None => Self::Numbers { of },
        };
        let response = left.response(rows, memory)?;
        Ok((left, response))
    }

    /// A value a row.
    pub(super) fn response(
        &self,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
    ) -> Result<Response, DataError> {
        Ok(match self {
            Self::None => Response::None,
            Self::Numbers { of } => Response::Numbers(rows.numbers(of, memory)?),
            Self::Classes { classes, .. } => {
                let codes = classes.codes(rows, memory, Unseen::Refuse)?;
                debug_assert!(!codes.contains(&NONE), "rows without a class were dropped");
                Response::Classes { levels: classes.levels.clone(), codes }
            }
            Self::Counts { successes, failures, .. } => {
                let successes = self.counts(successes, rows, memory)?;
                let failures = self.counts(failures, rows, memory)?;
                Response::Counts { successes, failures }
            }
        })
    }

    fn counts(
        &self,
        of: &Expr,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
    ) -> Result<Vec<f64>, DataError> {
        let counts = rows.numbers(of, memory)?;
        match counts.iter().position(|&count| count < 0.0) {
            None => Ok(counts),
            Some(i) => {
                let row = rows.number(i);
                let message =
                    format!("`{of}` is {} in row {row}; counts are not negative", counts[i]);
                Err((rows.wrong)(super::evaluate::place(of), message))
            }
        }
    }

    pub(super) fn label(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Numbers { of } | Self::Classes { of, .. } | Self::Counts { of, .. } => {
                Some(of.label())
            }
        }
    }

    pub(super) fn classes(&self) -> Option<&[String]> {
        match self {
            Self::Classes { classes, .. } => Some(&classes.levels),
            _ => None,
        }
    }

    /// The columns of the data that it is of.
    pub(super) fn visit_names(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::None => {}
            Self::Numbers { of } | Self::Classes { of, .. } | Self::Counts { of, .. } => {
                of.visit_names(&is_data, &mut |name, _: At| visit(name));
            }
        }
    }
}
