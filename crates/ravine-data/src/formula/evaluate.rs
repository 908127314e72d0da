//! Arithmetic over the rows of a table.

use std::collections::BTreeMap;

use super::calls::{CENTERING, argument, elementwise, is_data};
use super::expression::{Call, Expr};
use super::position::At;
use crate::{Column, DataError, Table};

/// What was subtracted from a column and what it was then divided by, by the call that asked for it.
pub(super) type Moments = BTreeMap<String, Moment>;

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Moment {
    pub mean: f64,
    pub deviation: f64,
}

/// Says that something is wrong at a place of the formula, where there is a text to show it in.
pub(super) type Wrong<'w> = dyn Fn(At, String) -> DataError + 'w;

/// The rows of a table that are used.
pub(super) struct Rows<'r> {
    pub table: &'r Table,
    pub rows: &'r [usize],
    pub wrong: &'r Wrong<'r>,
}

impl Rows<'_> {
    /// The number of a row in its file, from 1.
    pub(super) fn number(&self, i: usize) -> usize {
        self.table.first + self.rows[i] + 1
    }
}

/// Whether moments are taken from the data or known from before.
pub(super) enum Memory<'m> {
    Fit(&'m mut Moments),
    Known(&'m Moments),
}

enum Value {
    Constant(f64),
    Rows(Vec<f64>),
}

impl Rows<'_> {
    /// A value a row, all of them finite.
    pub(super) fn numbers(
        &self,
        expr: &Expr,
        memory: &mut Memory<'_>,
    ) -> Result<Vec<f64>, DataError> {
        let values = match self.value(expr, memory)? {
            Value::Constant(value) => vec![value; self.rows.len()],
            Value::Rows(values) => values,
        };
        if let Some(i) = values.iter().position(|value| !value.is_finite()) {
            let mut names = Vec::new();
            expr.visit_names(&is_data, &mut |name, _| names.push(name.to_owned()));
            names.dedup();
            let cell = |name: &String| match self.table.column(name) {
                Some(Column::Numbers(numbers)) => format!("{name} = {}", numbers[self.rows[i]]),
                _ => name.clone(),
            };
            let cells = names.iter().map(cell).collect::<Vec<_>>().join(", ");
            let cells = if cells.is_empty() { cells } else { format!(" ({cells})") };
            let message = format!("`{expr}` is {} in row {}{cells}", values[i], self.number(i));
            return Err((self.wrong)(place(expr), message));
        }
        Ok(values)
    }

    fn value(&self, expr: &Expr, memory: &mut Memory<'_>) -> Result<Value, DataError> {
        Ok(match expr {
            Expr::Number(value, _) => Value::Constant(*value),
            Expr::Name(name, at) => match self.table.column(name) {
                Some(Column::Numbers(numbers)) => {
                    Value::Rows(self.rows.iter().map(|&i| numbers[i]).collect())
                }
                Some(Column::Texts { .. }) => {
                    let message = format!("`{name}` holds texts, where numbers are needed");
                    return Err((self.wrong)(*at, message));
                }
                None => return Err(absent(self.table, name, *at, self.wrong)),
            },
            Expr::Braces(inner) => self.value(inner, memory)?,
            Expr::Negative(inner) => map(self.value(inner, memory)?, |x| -x),
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.value(a, memory)?, self.value(b, memory)?);
                combine(a, b, |a, b| operator.apply(a, b))
            }
            Expr::Call(call) => self.call(call, memory)?,
            Expr::Text(_) | Expr::List(_) => {
                return Err((self.wrong)(
                    At(0),
                    format!("`{expr}` stands where numbers are needed"),
                ));
            }
        })
    }

    fn call(&self, call: &Call, memory: &mut Memory<'_>) -> Result<Value, DataError> {
        let Some(of) = argument(call, "x") else {
            return Err((self.wrong)(call.at, format!("`{}` needs a column", call.function)));
        };
        if let Some(function) = elementwise(&call.function) {
            return Ok(map(self.value(&of.value, memory)?, function));
        }
        if !CENTERING.contains(&call.function.as_str()) {
            let message = format!("`{}` stands in no arithmetic", call.function);
            return Err((self.wrong)(call.at, message));
        }
        let key = Expr::Call(call.clone()).to_string();
        let value = match memory {
            Memory::Fit(_) => {
                // The inside first: its moments may be needed as well.
                let values = self.numbers(&of.value, memory)?;
                let moment = moment(&values, &call.function);
                if let Memory::Fit(moments) = memory {
                    moments.insert(key.clone(), moment);
                }
                Value::Rows(values)
            }
            Memory::Known(_) => self.value(&of.value, memory)?,
        };
        let known = match memory {
            Memory::Fit(moments) => moments.get(&key),
            Memory::Known(moments) => moments.get(&key),
        };
        let Some(&Moment { mean, deviation }) = known else {
            return Err((self.wrong)(call.at, format!("the moments of `{key}` are not known")));
        };
        Ok(map(value, |x| (x - mean) / deviation))
    }
}

/// Mean and standard deviation with divisor n - 1, as far as the function uses them; a constant is not
/// divided.
fn moment(values: &[f64], function: &str) -> Moment {
    let count = values.len() as f64;
    let mean = values.iter().map(|x| x / count).sum::<f64>();
    // A second pass takes the rounding of the first away.
    let mean = mean + values.iter().map(|x| (x - mean) / count).sum::<f64>();
    let largest = values.iter().fold(0.0f64, |most, x| most.max((x - mean).abs()));
    if function == "center" || largest <= 1e-14 * mean.abs() || largest == 0.0 {
        return Moment { mean, deviation: 1.0 };
    }
    let squares: f64 = values.iter().map(|x| ((x - mean) / largest).powi(2)).sum();
    Moment { mean, deviation: largest * (squares / (count - 1.0)).sqrt() }
}

fn map(value: Value, function: impl Fn(f64) -> f64) -> Value {
    match value {
        Value::Constant(x) => Value::Constant(function(x)),
        Value::Rows(mut rows) => {
            rows.iter_mut().for_each(|x| *x = function(*x));
            Value::Rows(rows)
        }
    }
}

fn combine(a: Value, b: Value, operator: impl Fn(f64, f64) -> f64) -> Value {
    match (a, b) {
        (Value::Constant(a), b) => map(b, |b| operator(a, b)),
        (a, Value::Constant(b)) => map(a, |a| operator(a, b)),
        (Value::Rows(mut a), Value::Rows(b)) => {
            a.iter_mut().zip(b).for_each(|(a, b)| *a = operator(*a, b));
            Value::Rows(a)
        }
    }
}

/// Where an expression begins, as far as it is known.
pub(super) fn place(expr: &Expr) -> At {
    match expr {
        Expr::Name(_, at) => *at,
        Expr::Call(call) => call.at,
        Expr::Negative(inner) | Expr::Braces(inner) => place(inner),
        Expr::Binary(_, a, _) => place(a),
        Expr::Number(..) | Expr::Text(_) | Expr::List(_) => At(0),
    }
}

/// The error that a column is not there.
pub(super) fn absent(table: &Table, name: &str, at: At, wrong: &Wrong<'_>) -> DataError {
    wrong(at, format!("there is no column `{name}`; {}", table.instead_of(name)))
}
