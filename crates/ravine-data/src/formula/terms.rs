//! The terms of a formula as they were fitted to a table.

use std::collections::HashSet;

use super::blocks::{Growing, MOST_COLUMNS, product_names};
use super::evaluate::{Memory, Moments, Rows};
use super::expression::Expr;
use super::factor::{Factor, Kind, Novelty};
use super::frame::Frame;
use super::left::Left;
use super::position::{At, FORMULA};
use super::rank::{Coding, Part};
use super::selection::{Kept, Use, keep};
use super::settings::{LeftSide, Outside, PredictionSettings, Unseen};
use crate::{DataError, Response, Table};

/// The terms of a formula with all that they take from the data of a fit: levels and bases of categories,
/// knots, polynomials, means. What [`Formula::fit`](crate::Formula::fit) gives, and a fitted model keeps to
/// be used on new data.
///
/// ```
/// use ravine_data::{Column, Formula, FrameSettings, PredictionSettings, Table};
///
/// let table = |x: [f64; 3]| {
///     let columns = vec![Column::Numbers(vec![1.0, 2.0, 4.0]), Column::Numbers(x.to_vec())];
///     Table::from_columns(vec!["y".into(), "x".into()], columns)
/// };
/// let formula = Formula::parse("y ~ center(x)")?;
/// let (terms, _) = formula.fit(&table([1.0, 2.0, 6.0])?, &FrameSettings::default())?;
/// assert_eq!(terms.formula(), "y ~ center(x)");
/// let frame = terms.frame(&table([3.0, 4.0, 5.0])?, &PredictionSettings::default())?;
/// assert_eq!(frame.design.to_rows().row(1).1, [1.0]);
/// # Ok::<(), ravine_data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "super::stored::Stored", into = "super::stored::Stored")]
pub struct Terms {
    pub(super) formula: String,
    pub(super) left: Left,
    pub(super) intercept: bool,
    pub(super) factors: Vec<Factor>,
    pub(super) terms: Vec<FittedTerm>,
    pub(super) offsets: Vec<Expr>,
    pub(super) moments: Moments,
    /// The columns of the data, and whether a missing value of one takes the row away.
    pub(super) uses: Vec<(String, Use)>,
}

/// A term, and the products of columns that it contributes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct FittedTerm {
    pub name: String,
    pub scale: f64,
    pub parts: Vec<Part>,
}

/// The columns of a design that belong to a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermColumns {
    /// What the term is called, as in `g:x`.
    pub term: String,
    /// The place of its first column among [`Design::names`](crate::Design::names), the intercept
    /// included.
    pub first: usize,
    /// The names of its columns; none where the terms before span it.
    pub names: Vec<String>,
}

impl Terms {
    /// The formula in normal form: `.` and products written out, each term once.
    pub fn formula(&self) -> &str {
        &self.formula
    }

    /// Whether the design has an intercept.
    pub fn has_intercept(&self) -> bool {
        self.intercept
    }

    /// What the left side is called: the name of a column, or the normal form of a call.
    pub fn target(&self) -> Option<String> {
        self.left.label()
    }

    /// The names of the classes where the left side is one of texts.
    pub fn classes(&self) -> Option<&[String]> {
        self.left.classes()
    }

    /// The columns of the data that the right side is of, offsets included, each once: what
    /// [`frame`](Self::frame) needs.
    ///
    /// ```
    /// use ravine_data::{Formula, FrameSettings, TableSettings, read_table};
    ///
    /// let text = "y,x,n\n1,2,4\n3,5,8\n";
    /// let table = read_table(text.as_bytes(), "a.csv", &TableSettings::default())?;
    /// let formula = Formula::parse("y ~ x + log(x) + offset(log(n))")?;
    /// let (terms, _) = formula.fit(&table, &FrameSettings::default())?;
    /// assert_eq!(terms.variables(), ["x", "n"]);
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    pub fn variables(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let names = self.uses.iter().map(|(name, _)| name.as_str());
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// The columns of the data that the left side is of, each once.
    pub fn target_variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.left.visit_names(&mut |name| {
            if !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        });
        names
    }

    /// Whether the rows of the fit, beside the levels of its categories, say what the terms are: means and
    /// deviations of `center` and `scale`, knots of splines, polynomials.
    pub fn depend_on_rows(&self) -> bool {
        let of_rows =
            |factor: &Factor| matches!(factor.kind, Kind::Spline { .. } | Kind::Polynomial { .. });
        !self.moments.is_empty() || self.factors.iter().any(of_rows)
    }

    /// The columns of the design by term, the intercept left out, in the order of the design.
    ///
    /// ```
    /// use ravine_data::{Formula, FrameSettings, TableSettings, read_table};
    ///
    /// let text = "y,x,g\n1,2,a\n3,5,b\n2,4,c\n";
    /// let table = read_table(text.as_bytes(), "a.csv", &TableSettings::default())?;
    /// let (terms, frame) = Formula::parse("y ~ x + g")?.fit(&table, &FrameSettings::default())?;
    /// let columns = terms.columns();
    /// assert_eq!((columns[1].term.as_str(), columns[1].first), ("g", 2));
    /// assert_eq!(columns[1].names, ["g[T.b]", "g[T.c]"]);
    /// assert_eq!(frame.design.names()[2..], columns[1].names);
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    pub fn columns(&self) -> Vec<TermColumns> {
        let mut first = usize::from(self.intercept);
        let each = |term: &FittedTerm| {
            let names: Vec<String> =
                term.parts.iter().flat_map(|part| self.part_names(part)).collect();
            let start = first;
            first += names.len();
            TermColumns { term: term.name.clone(), first: start, names }
        };
        self.terms.iter().map(each).collect()
    }

    fn part_names(&self, part: &[(usize, Coding)]) -> Vec<String> {
        let each = part.iter().map(|&(k, coding)| self.factors[k].names(coding));
        product_names(&each.collect::<Vec<_>>())
    }

    /// The number of columns of a product, and an error where there are too many.
    pub(super) fn check_size(&self) -> Result<(), DataError> {
        for term in &self.terms {
            let size = |part: &Part| {
                let counts = part.iter().map(|&(k, coding)| self.factors[k].names(coding).len());
                counts.fold(1usize, usize::saturating_mul)
            };
            if term.parts.iter().map(size).any(|size| size > MOST_COLUMNS) {
                let name = &term.name;
                let message = format!("`{name}` has more than {MOST_COLUMNS} columns");
                return Err(DataError::of_file(FORMULA, message));
            }
        }
        Ok(())
    }

    /// The design of new data, with the levels, knots and means of the fit. The target need not be there.
    ///
    /// # Errors
    ///
    /// A column that is not there or of another type, a missing value where they are not dropped, no row
    /// without missing values, a level that the fit did not have, a value outside of a spline, an
    /// expression that is not finite: with the row.
    pub fn frame(&self, table: &Table, settings: &PredictionSettings) -> Result<Frame, DataError> {
        let evaluate = settings.left == LeftSide::Evaluate;
        let mut uses: Vec<(String, Use)> = Vec::new();
        if evaluate {
            self.left.visit_names(&mut |name| uses.push((name.to_owned(), Use::Needed)));
        }
        uses.extend(self.uses.iter().cloned());
        let wrong = |_: At, message: String| DataError::of_file(&table.file, message);
        let kept = keep(table, &uses, &settings.also, settings.missing, &wrong)?;
        let rows = Rows { table, rows: &kept.rows, wrong: &wrong };
        let response = match evaluate {
            true => self.left.response(&rows, &mut Memory::Known(&self.moments))?,
            false => Response::None,
        };
        let novelty = Novelty { unseen: settings.unseen, outside: settings.outside };
        self.build(&rows, response, novelty, &kept, &settings.also)
    }

    /// The frame of some rows.
    pub(super) fn build(
        &self,
        rows: &Rows<'_>,
        response: Response,
        novelty: Novelty,
        kept: &Kept,
        also: &[String],
    ) -> Result<Frame, DataError> {
        let memory = || Memory::Known(&self.moments);
        let mut growing = Growing::new(rows.rows.len());
        for term in &self.terms {
            for part in &term.parts {
                let columns = part.iter().map(|&(k, coding)| {
                    self.factors[k].columns(coding, rows, &mut memory(), novelty)
                });
                let columns = columns.collect::<Result<Vec<_>, _>>()?;
                growing.multiply(&columns, term.scale, self.part_names(part))?;
            }
        }
        let mut offset: Option<Vec<f64>> = None;
        for expr in &self.offsets {
            let values = rows.numbers(expr, &mut memory())?;
            match &mut offset {
                Some(sum) => sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
                None => offset = Some(values),
            }
        }
        let of = |name: &String| {
            rows.table.column(name).map(|column| (name.clone(), column.of_rows(rows.rows)))
        };
        Ok(Frame {
            design: growing.finish(self.intercept)?,
            response,
            offset,
            rows: kept.rows.clone(),
            dropped: kept.dropped.clone(),
            table_rows: rows.table.rows(),
            also: also.iter().filter_map(of).collect(),
            notes: Vec::new(),
        })
    }
}

/// What is done at the fit: nothing is new there.
pub(super) const NOTHING_NEW: Novelty =
    Novelty { unseen: Unseen::Refuse, outside: Outside::AsWritten };
