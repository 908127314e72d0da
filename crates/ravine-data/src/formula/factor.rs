//! Factors as they were in the data of the fit, and their columns.

use super::calls::{argument, number, real_number, truth, whole_number};
use super::category::{Category, Declaration, NONE};
use super::contrasts::Contrast;
use super::evaluate::{Memory, Rows};
use super::expression::{Call, Expr};
use super::polynomial::Polynomial;
use super::position::{At, mistake};
use super::rank::Coding;
use super::settings::{MissingCategories, Outside, Unseen};
use super::spline::{Extrapolation, Spline, quantiles};
use crate::{Column, DataError, Table};

/// Most columns of a spline or polynomial.
pub(super) const MOST_FUNCTIONS: usize = 1000;

/// A factor of the right side with what it takes from the data of the fit.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Factor {
    pub label: String,
    pub kind: Kind,
    /// Whether its columns span a constant.
    pub spans: bool,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A column of numbers.
    Numbers {
        of: Expr,
    },
    Category(Category),
    /// Without its first function, unless it spans a constant and is whole.
    Spline {
        of: Expr,
        spline: Spline,
        extrapolation: Extrapolation,
    },
    /// Orthonormal polynomials from degree 1 on.
    Polynomial {
        of: Expr,
        polynomial: Polynomial,
    },
    /// Powers from 1 on.
    Powers {
        of: Expr,
        degree: usize,
    },
}

/// The columns of a factor.
pub(super) enum FactorColumns {
    /// Indicators: for each row which is one, or [`NONE`].
    Codes {
        codes: Vec<u32>,
        count: usize,
    },
    Dense(Vec<Vec<f64>>),
}

/// What is done about values that the fit did not have.
#[derive(Clone, Copy)]
pub(super) struct Novelty {
    pub unseen: Unseen,
    pub outside: Outside,
}

/// The call of C that a factor is, or the column of texts.
fn category(text: &str, expr: &Expr, table: &Table) -> Result<Option<Declaration>, DataError> {
    match expr {
        Expr::Name(name, _) => Ok(matches!(table.column(name), Some(Column::Texts { .. }))
            .then(|| Declaration::plain(expr.clone()))),
        Expr::Call(call) if call.function == "C" => Declaration::of_call(text, call).map(Some),
        _ => Ok(None),
    }
}

impl Factor {
    /// Of the rows of the fit.
    pub(super) fn fit(
        text: &str,
        expr: &Expr,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
        missing: MissingCategories,
        notes: &mut Vec<String>,
    ) -> Result<Self, DataError> {
        let label = expr.label();
        if let Some(declaration) = category(text, expr, rows.table)? {
            let spans = declaration.spans;
            let category = declaration.fit(rows, memory, missing, notes)?;
            return Ok(Self { label, kind: Kind::Category(category), spans });
        }
        let (kind, spans) = match expr {
            Expr::Call(call) if call.function == "bs" => {
                let spans = truth(text, call, "include_intercept")?.unwrap_or(false);
                (spline(text, call, spans, rows, memory)?, spans)
            }
            Expr::Call(call) if call.function == "poly" => {
                (polynomial(text, call, rows, memory)?, false)
            }
            other => {
                // Once, for what is to be remembered.
                rows.numbers(other, memory)?;
                (Kind::Numbers { of: other.clone() }, false)
            }
        };
        Ok(Self { label, kind, spans })
    }

    /// The names of its columns.
    pub(super) fn names(&self, coding: Coding) -> Vec<String> {
        let label = &self.label;
        match &self.kind {
            Kind::Numbers { .. } => vec![label.clone()],
            Kind::Category(category) => {
                let levels = &category.levels;
                match (coding, &category.contrast) {
                    (Coding::Whole, _) => {
                        levels.iter().map(|level| format!("{label}[{level}]")).collect()
                    }
                    (Coding::Reduced, contrast @ Contrast::Treatment { .. }) => {
                        let others = (0..levels.len()).filter(|&j| j != category.base());
                        others.map(|j| format!("{label}[{}]", contrast.name(levels, j))).collect()
                    }
                    (Coding::Reduced, contrast) => (1..levels.len())
                        .map(|j| format!("{label}[{}]", contrast.name(levels, j - 1)))
                        .collect(),
                }
            }
            Kind::Spline { spline, .. } => (self.first_function(coding)..spline.functions())
                .map(|j| format!("{label}[{j}]"))
                .collect(),
            Kind::Polynomial { polynomial, .. } => {
                (1..=polynomial.centers.len()).map(|j| format!("{label}[{j}]")).collect()
            }
            Kind::Powers { degree, .. } => (0..*degree).map(|j| format!("{label}[{j}]")).collect(),
        }
    }

    /// The first function of a spline that has a column.
    fn first_function(&self, coding: Coding) -> usize {
        usize::from(!self.spans || coding == Coding::Reduced)
    }

    /// Its columns over some rows.
    pub(super) fn columns(
        &self,
        coding: Coding,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
        novelty: Novelty,
    ) -> Result<FactorColumns, DataError> {
        Ok(match &self.kind {
            Kind::Numbers { of } => FactorColumns::Dense(vec![rows.numbers(of, memory)?]),
            Kind::Category(category) => {
                let codes = category.codes(rows, memory, novelty.unseen)?;
                coded(category, coding, codes)
            }
            Kind::Spline { of, spline, extrapolation } => {
                let clip =
                    *extrapolation == Extrapolation::Clip || novelty.outside == Outside::Clip;
                let x = within(rows.numbers(of, memory)?, spline, clip, &self.label, rows, of)?;
                let first = self.first_function(coding);
                FactorColumns::Dense(by_columns(&x, spline.functions() - first, |x, row| {
                    row.copy_from_slice(&spline.values(x)[first..]);
                }))
            }
            Kind::Polynomial { of, polynomial } => {
                let x = rows.numbers(of, memory)?;
                FactorColumns::Dense(by_columns(&x, polynomial.centers.len(), |x, row| {
                    row.copy_from_slice(&polynomial.values(x));
                }))
            }
            Kind::Powers { of, degree } => {
                let x = rows.numbers(of, memory)?;
                FactorColumns::Dense(by_columns(&x, *degree, |x, row| {
                    (1..).zip(row).for_each(|(power, value)| *value = x.powi(power));
                }))
            }
        })
    }
}

fn by_columns(x: &[f64], count: usize, write: impl Fn(f64, &mut [f64])) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; x.len()]; count];
    let mut row = vec![0.0; count];
    for (i, &x) in x.iter().enumerate() {
        write(x, &mut row);
        columns.iter_mut().zip(&row).for_each(|(column, value)| column[i] = *value);
    }
    columns
}

/// The columns of a category whose rows are of these levels.
fn coded(category: &Category, coding: Coding, mut codes: Vec<u32>) -> FactorColumns {
    let levels = category.levels.len();
    match (coding, &category.contrast) {
        (Coding::Whole, _) => FactorColumns::Codes { codes, count: levels },
        (Coding::Reduced, Contrast::Treatment { .. }) => {
            let base = category.base() as u32;
            for code in codes.iter_mut().filter(|code| **code != NONE) {
                *code = match (*code).cmp(&base) {
                    std::cmp::Ordering::Less => *code,
                    std::cmp::Ordering::Equal => NONE,
                    std::cmp::Ordering::Greater => *code - 1,
                };
            }
            FactorColumns::Codes { codes, count: levels.saturating_sub(1) }
        }
        (Coding::Reduced, contrast) => {
            let matrix = contrast.matrix(levels);
            let column = |j: usize| {
                let entries = matrix.column(j);
                let entry = |&code: &u32| if code == NONE { 0.0 } else { entries[code as usize] };
                codes.iter().map(entry).collect()
            };
            FactorColumns::Dense((0..matrix.columns()).map(column).collect())
        }
    }
}

/// Values within the bounds of a spline, moved there where that is allowed.
fn within(
    mut x: Vec<f64>,
    spline: &Spline,
    clip: bool,
    label: &str,
    rows: &Rows<'_>,
    of: &Expr,
) -> Result<Vec<f64>, DataError> {
    let (lower, upper) = spline.bounds();
    if clip {
        x.iter_mut().for_each(|x| *x = x.clamp(lower, upper));
        return Ok(x);
    }
    match x.iter().position(|x| !(lower..=upper).contains(x)) {
        None => Ok(x),
        Some(i) => {
            let message = format!(
                "`{of}` is {} in row {}, outside of {label}, which goes from {lower} to {upper}; \
                 extrapolation='clip' takes the nearest end",
                x[i],
                rows.number(i)
            );
            Err((rows.wrong)(super::evaluate::place(of), message))
        }
    }
}

/// The column that a call is of.
fn data<'c>(text: &str, call: &'c Call) -> Result<&'c Expr, DataError> {
    match argument(call, "x") {
        Some(argument) => Ok(&argument.value),
        None => {
            let message = format!("`{}` needs a column", call.function);
            Err(mistake(text, call.at.0, message))
        }
    }
}

fn place_of(call: &Call, name: &str) -> At {
    argument(call, name).map_or(call.at, |argument| argument.at)
}

fn spline(
    text: &str,
    call: &Call,
    include_intercept: bool,
    rows: &Rows<'_>,
    memory: &mut Memory<'_>,
) -> Result<Kind, DataError> {
    let of = data(text, call)?;
    let degree = whole_number(text, call, "degree", 0..=20)?.unwrap_or(3);
    let wrong = |name: &str, message: String| Err(mistake(text, place_of(call, name).0, message));
    let extrapolation = match argument(call, "extrapolation").map(|argument| &argument.value) {
        None => Extrapolation::Raise,
        Some(Expr::Text(word)) if word == "raise" => Extrapolation::Raise,
        Some(Expr::Text(word)) if word == "clip" => Extrapolation::Clip,
        Some(other) => {
            let message = format!("`extrapolation` is {other}; allowed are 'raise' and 'clip'");
            return wrong("extrapolation", message);
        }
    };
    let values = rows.numbers(of, memory)?;
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let lower = real_number(text, call, "lower_bound")?.unwrap_or(sorted[0]);
    let upper = real_number(text, call, "upper_bound")?.unwrap_or(sorted[sorted.len() - 1]);
    if lower >= upper {
        let message = format!("a spline needs an interval, but goes from {lower} to {upper}");
        return wrong("lower_bound", message);
    }
    let least = degree + usize::from(include_intercept);
    let df = whole_number(text, call, "df", least.max(1)..=MOST_FUNCTIONS)?;
    let interior = match (df, argument(call, "knots")) {
        (Some(_), Some(_)) => {
            return wrong("knots", "give `df` or `knots`, not both".to_owned());
        }
        (Some(df), None) => {
            let inside: Vec<f64> =
                sorted.iter().copied().filter(|x| (lower..=upper).contains(x)).collect();
            if inside.is_empty() {
                return wrong("lower_bound", "no value is within the bounds".to_owned());
            }
            quantiles(&inside, df - least)
        }
        (None, None) => Vec::new(),
        (None, Some(knots)) => {
            let given: Option<Vec<f64>> = match &knots.value {
                Expr::List(items) => items.iter().map(number).collect(),
                _ => None,
            };
            let Some(mut given) = given else {
                return wrong("knots", "`knots` is a list of numbers, as in [1, 2.5]".to_owned());
            };
            given.sort_by(f64::total_cmp);
            if let Some(knot) = given.iter().find(|knot| !(lower..=upper).contains(*knot)) {
                let message = format!("the knot {knot} is not between {lower} and {upper}");
                return wrong("knots", message);
            }
            given
        }
    };
    let spline = Spline::new(degree, &interior, lower, upper);
    // Whether all values are within the bounds.
    within(values, &spline, extrapolation == Extrapolation::Clip, "the spline", rows, of)?;
    Ok(Kind::Spline { of: of.clone(), spline, extrapolation })
}

fn polynomial(
    text: &str,
    call: &Call,
    rows: &Rows<'_>,
    memory: &mut Memory<'_>,
) -> Result<Kind, DataError> {
    let of = data(text, call)?;
    let degree = whole_number(text, call, "degree", 1..=MOST_FUNCTIONS)?.unwrap_or(1);
    let x = rows.numbers(of, memory)?;
    if truth(text, call, "raw")?.unwrap_or(false) {
        return Ok(Kind::Powers { of: of.clone(), degree });
    }
    match Polynomial::fit(&x, degree) {
        Some(polynomial) => Ok(Kind::Polynomial { of: of.clone(), polynomial }),
        None => {
            let message =
                format!("polynomials of degree {degree} need more than {degree} different values");
            Err(mistake(text, place_of(call, "degree").0, message))
        }
    }
}
