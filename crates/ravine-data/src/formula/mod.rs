//! Formulas: a design matrix from a text such as `y ~ x + g*z`.

mod blocks;
mod calls;
mod category;
mod contrasts;
mod evaluate;
mod expand;
mod expression;
mod factor;
mod frame;
mod incomplete;
mod left;
mod lex;
mod parse;
mod polynomial;
mod position;
mod rank;
mod selection;
mod settings;
mod spline;
mod stored;
mod terms;

use std::collections::HashSet;

pub use frame::{Frame, Response};
pub use incomplete::Incomplete;
pub use settings::{
    FrameSettings, LeftSide, LevelColumns, Missing, MissingCategories, Outside, PredictionSettings,
    Unseen,
};
pub use terms::{TermColumns, Terms};

use calls::{Place, argument, check, is_data};
use evaluate::{Memory, Moments, Rows, absent};
use expand::Expansion;
use expression::{Expr, Quoted};
use factor::Factor;
use left::Left;
use parse::Node;
use position::{At, mistake};
use rank::Coding;
use selection::{Use, keep};
use terms::{FittedTerm, NOTHING_NEW};

use crate::{Column, DataError, Table};

/// A formula: what is explained, `~`, and the terms that explain it.
///
/// - `a + b` both, `a:b` their product, `a*b` is `a + b + a:b`, `a/b` is `a + a:b`, `b %in% a` the same,
///   `(a + b)^2` all products of up to two, `- a` takes a term away. Products bind stronger than `*` and
///   `/`, powers stronger than products.
/// - There is an intercept unless `0` or `- 1` takes it away.
/// - `.` is all columns that the left side does not use.
/// - Columns of texts are categories, of numbers are numbers; `C(x, contr.sum, levels=[...])` makes a
///   category, with contrasts `contr.treatment(base)`, `contr.sum`, `contr.helmert`, `contr.diff` and
///   `contr.poly`.
/// - `log`, `log2`, `log10`, `log1p`, `exp`, `expm1`, `sqrt`, `abs`; `I(x + z)` or `{x + z}` for
///   arithmetic; `center`, `scale` and `standardize` by mean and standard deviation (with divisor n - 1);
///   `bs(x, df, knots, degree, include_intercept, lower_bound, upper_bound, extrapolation)` for B-splines;
///   `poly(x, degree, raw)` for polynomials.
/// - `offset(x)` adds to the linear predictor. The left side may be `cbind(successes, failures)`.
/// - Names that are not of letters, digits, `_` and `.` stand in backquotes.
///
/// A category, or another factor whose columns add up to one, loses a column where the terms before span
/// it: `y ~ g - 1` has all levels, `y ~ g` all but the first. The meaning, and the names of columns, are
/// those of the Python package formulaic; nothing but columns of the table is ever evaluated.
///
/// ```
/// use ravine_data::{Formula, FrameSettings, Response, TableSettings, read_table};
///
/// let text = "y,x,g\n1,0.5,a\n3,1.5,b\n2,2.5,b\n5,0.5,a\n";
/// let table = read_table(text.as_bytes(), "a.csv", &TableSettings::default())?;
/// let formula = Formula::parse("y ~ g*x")?;
/// let (terms, frame) = formula.fit(&table, &FrameSettings::default())?;
/// assert_eq!(frame.design.names(), ["(intercept)", "g[T.b]", "x", "g[T.b]:x"]);
/// assert_eq!(frame.response, Response::Numbers(vec![1.0, 3.0, 2.0, 5.0]));
/// assert_eq!(terms.formula(), "y ~ g + x + g:x");
///
/// let error = Formula::parse("y ~ x +").unwrap_err().to_string();
/// assert!(error.ends_with("\n  y ~ x +\n         ^"));
/// # Ok::<(), ravine_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    left: Option<Expr>,
    right: Node,
    ignore: Vec<String>,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    ///
    /// What is no formula, with the place marked: an operator without a term, brackets that do not close, a
    /// number that is no scale, a function that there is not or an argument that it does not take.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let (left, right) = parse::formula(text)?;
        if let Some(left) = &left {
            check(text, left, Place::Left, At(0))?;
        }
        let expansion = Expansion::of(text, &right, &[])?;
        for factor in expansion.factors.iter().chain(&expansion.offsets) {
            check(text, &factor.expr, Place::Factor, factor.at)?;
        }
        Ok(Self { text: text.to_owned(), left, right, ignore: Vec::new() })
    }

    /// `target ~ .` without the columns to ignore.
    ///
    /// ```
    /// use ravine_data::Formula;
    ///
    /// assert_eq!(Formula::all("miles per gallon", &[]).text(), "`miles per gallon` ~ .");
    /// ```
    pub fn all(target: &str, ignore: &[String]) -> Self {
        Self {
            text: format!("{} ~ .", Quoted(target)),
            left: Some(Expr::Name(target.to_owned(), At(0))),
            right: Node::Sum(vec![(parse::Sign::Plus, Node::Dot(At(0)))]),
            ignore: ignore.to_vec(),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The terms and the frame of a table.
    ///
    /// # Errors
    ///
    /// With the place in the formula: a column that is not there, texts where numbers are needed, an
    /// expression that is not finite, a level that is not listed, a spline or polynomial that the values do
    /// not suffice for. A missing value where they are not dropped, no row without missing values.
    pub fn fit(
        &self,
        table: &Table,
        settings: &FrameSettings,
    ) -> Result<(Terms, Frame), DataError> {
        let text = self.text.as_str();
        let expansion = Expansion::of(text, &self.right, &self.dot(table, settings)?)?;
        let wrong = |at: At, message: String| mistake(text, at.0, message);
        let uses = self.uses(&expansion, table, settings)?;
        let mut all_uses = self.uses_of_left(table)?;
        all_uses.extend(uses.iter().cloned());
        let also = &settings.also;
        let kept = keep(table, &all_uses, also, settings.missing, &wrong)?;
        let rows = Rows { table, rows: &kept.rows, wrong: &wrong };

        let (mut moments, mut notes) = (Moments::new(), Vec::new());
        let mut memory = Memory::Fit(&mut moments);
        let (left, response) = Left::fit(text, self.left.as_ref(), &rows, &mut memory, &mut notes)?;
        let used: HashSet<usize> =
            expansion.terms.iter().flat_map(|term| term.factors.iter().copied()).collect();
        let mut factors = Vec::new();
        let mut place = vec![0; expansion.factors.len()];
        for (k, factor) in expansion.factors.iter().enumerate().filter(|(k, _)| used.contains(k)) {
            place[k] = factors.len();
            let missing = settings.categories_missing;
            factors.push(Factor::fit(text, &factor.expr, &rows, &mut memory, missing, &mut notes)?);
        }
        let mut offsets = Vec::new();
        for offset in &expansion.offsets {
            let Expr::Call(call) = &offset.expr else { continue };
            let Some(of) = argument(call, "x") else { continue };
            rows.numbers(&of.value, &mut memory)?;
            offsets.push(of.value.clone());
        }
        let parts = parts(text, &expansion, &place, &factors, settings.levels)?;
        let fitted = expansion.terms.iter().zip(parts).map(|(term, parts)| FittedTerm {
            name: expansion.name(term),
            scale: term.scale,
            parts,
        });
        let terms = Terms {
            formula: expand::join(self.left.as_ref(), &expansion.right_side()),
            left,
            intercept: expansion.intercept,
            terms: fitted.collect(),
            factors,
            offsets,
            moments,
            uses,
        };
        terms.check_size()?;
        let mut frame = terms.build(&rows, response, NOTHING_NEW, &kept, also)?;
        frame.notes = notes;
        Ok((terms, frame))
    }

    /// The columns that `.` stands for.
    fn dot(&self, table: &Table, settings: &FrameSettings) -> Result<Vec<String>, DataError> {
        let mut taken: HashSet<&str> = settings.also.iter().map(String::as_str).collect();
        for name in &self.ignore {
            if table.column(name).is_none() {
                let message =
                    format!("is to be ignored, but is not there; {}", table.instead_of(name));
                return Err(DataError::of_column(&table.file, None, name, message));
            }
            taken.insert(name);
        }
        if let Some(left) = &self.left {
            left.visit_names(&is_data, &mut |name, _| {
                taken.insert(name);
            });
        }
        Ok(table.names().iter().filter(|name| !taken.contains(name.as_str())).cloned().collect())
    }

    /// The columns of the left side, all of which are needed.
    fn uses_of_left(&self, table: &Table) -> Result<Vec<(String, Use)>, DataError> {
        let mut uses = Vec::new();
        if let Some(left) = &self.left {
            let mut visit = |name: &str| uses.push((name.to_owned(), Use::Needed));
            each_name(left, table, &mut visit, self.text.as_str())?;
        }
        Ok(uses)
    }

    /// The columns of the right side, and what their missing values do.
    fn uses(
        &self,
        expansion: &Expansion,
        table: &Table,
        settings: &FrameSettings,
    ) -> Result<Vec<(String, Use)>, DataError> {
        let text = self.text.as_str();
        let used = expansion.terms.iter().flat_map(|term| term.factors.iter().copied());
        let mut seen = HashSet::new();
        let factors = used.filter(|&k| seen.insert(k)).map(|k| &expansion.factors[k]);
        let mut uses: Vec<(String, Use)> = Vec::new();
        for factor in factors.chain(&expansion.offsets) {
            let of = match &factor.expr {
                Expr::Name(name, _) => {
                    matches!(table.column(name), Some(Column::Texts { .. })).then_some(&factor.expr)
                }
                Expr::Call(call) if call.function == "C" => {
                    argument(call, "x").map(|argument| &argument.value)
                }
                _ => None,
            };
            let stays = matches!(of, Some(Expr::Name(..)))
                && settings.categories_missing != MissingCategories::Drop;
            let r#use = if stays { Use::Kept } else { Use::Needed };
            each_name(&factor.expr, table, &mut |name| uses.push((name.to_owned(), r#use)), text)?;
        }
        Ok(uses)
    }
}

impl std::fmt::Display for Formula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Calls `visit` with the columns of an expression, all of which are there.
fn each_name(
    expr: &Expr,
    table: &Table,
    visit: &mut impl FnMut(&str),
    text: &str,
) -> Result<(), DataError> {
    let mut result = Ok(());
    let wrong = |at: At, message: String| mistake(text, at.0, message);
    expr.visit_names(&is_data, &mut |name, at| {
        if table.column(name).is_some() {
            visit(name);
        } else if result.is_ok() {
            result = Err(absent(table, name, at, &wrong));
        }
    });
    result
}

/// The products that each term contributes, in numbers of `factors`.
fn parts(
    text: &str,
    expansion: &Expansion,
    place: &[usize],
    factors: &[Factor],
    levels: LevelColumns,
) -> Result<Vec<Vec<rank::Part>>, DataError> {
    let placed = |term: &expand::Term| term.factors.iter().map(|&k| place[k]).collect();
    let products: Vec<Vec<usize>> = expansion.terms.iter().map(placed).collect();
    if levels == LevelColumns::All {
        let whole = |product: &Vec<usize>| {
            vec![product.iter().map(|&k| (k, Coding::Whole)).collect::<rank::Part>()]
        };
        return Ok(products.iter().map(whole).collect());
    }
    let spans: Vec<bool> = factors.iter().map(|factor| factor.spans).collect();
    for (term, product) in expansion.terms.iter().zip(&products) {
        if product.iter().filter(|&&k| spans[k]).count() > rank::MOST_SPANNING {
            let at = expansion.factors[term.factors[0]].at;
            let message =
                format!("more than {} categories are multiplied here", rank::MOST_SPANNING);
            return Err(mistake(text, at.0, message));
        }
    }
    let intercept = expansion.intercept.then(Vec::new);
    let first = usize::from(expansion.intercept);
    let all: Vec<Vec<usize>> = intercept.into_iter().chain(products).collect();
    Ok(rank::parts(&all, &spans).split_off(first))
}
