//! Categories: levels, and the level of each row.

use std::collections::HashMap;

use super::calls::{argument, number, truth};
use super::contrasts::{Contrast, MOST_POLYNOMIALS};
use super::evaluate::{Memory, Rows, absent, place};
use super::expression::{Call, Expr};
use super::position::{At, mistake};
use super::settings::{MissingCategories, Unseen};
use crate::{Column, DataError};

/// What a missing value is called where it is a level.
const MISSING_LEVEL: &str = "(missing)";
/// The code of a row that is of no level.
pub(super) const NONE: u32 = u32::MAX;

/// A category as it was in the data of the fit.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Category {
    /// The column, or arithmetic.
    pub of: Expr,
    pub contrast: Contrast,
    /// Those that had rows, in order.
    pub levels: Vec<String>,
    /// The numbers that the levels are, where they are numbers; none for a level of missing values.
    pub numbers: Option<Vec<f64>>,
    pub missing: MissingCategories,
}

/// What a formula says about a category.
pub(super) struct Declaration {
    pub of: Expr,
    pub contrast: Contrast,
    /// Where the base is named.
    base_at: At,
    levels: Option<(Vec<Expr>, At)>,
    pub spans: bool,
}

impl Declaration {
    /// A column of texts.
    pub(super) fn plain(of: Expr) -> Self {
        let contrast = Contrast::Treatment { base: None };
        Self { of, contrast, base_at: At(0), levels: None, spans: true }
    }

    /// `C(x, contrast, levels=, spans_intercept=)`
    pub(super) fn of_call(text: &str, call: &Call) -> Result<Self, DataError> {
        let Some(of) = argument(call, "x") else {
            return Err(mistake(text, call.at.0, "`C` needs a column"));
        };
        let mut declaration = Self::plain(of.value.clone());
        if let Some(contrast) = argument(call, "contrast") {
            let base;
            (declaration.contrast, base) = contrast_of(text, &contrast.value, contrast.at)?;
            declaration.base_at = base;
        }
        if let Some(levels) = argument(call, "levels") {
            let allowed = |item: &Expr| matches!(item, Expr::Text(_)) || number(item).is_some();
            match &levels.value {
                Expr::List(items) if !items.is_empty() && items.iter().all(allowed) => {
                    declaration.levels = Some((items.clone(), levels.at));
                }
                _ => {
                    let message = "`levels` is a list of texts in quotes or of numbers";
                    return Err(mistake(text, levels.at.0, message));
                }
            }
        }
        declaration.spans = truth(text, call, "spans_intercept")?.unwrap_or(true);
        Ok(declaration)
    }

    /// Takes the levels from the rows of the fit; sentences on what may surprise come to `notes`.
    pub(super) fn fit(
        self,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
        missing: MissingCategories,
        notes: &mut Vec<String>,
    ) -> Result<Category, DataError> {
        let label = self.of.label();
        let (mut levels, mut numbers) = match &self.levels {
            Some((items, at)) => declared(items, *at, rows)?,
            None => found(&self.of, rows, memory)?,
        };
        let mut category = Category {
            of: self.of,
            contrast: self.contrast,
            levels: levels.clone(),
            numbers: numbers.clone(),
            missing: MissingCategories::Zero,
        };
        let codes = category.codes(rows, memory, Unseen::Refuse)?;
        let mut used = vec![false; levels.len()];
        codes.iter().filter(|&&code| code != NONE).for_each(|&code| used[code as usize] = true);
        let unused = levels.iter().zip(&used).filter(|(_, used)| !**used);
        let unused: Vec<String> = unused.map(|(level, _)| level.clone()).collect();
        if !unused.is_empty() {
            notes.push(format!("{label}: left out are levels without rows: {}", listed(&unused)));
        }
        let mut keep = used.iter();
        levels.retain(|_| *keep.next().unwrap_or(&true));
        if let Some(numbers) = &mut numbers {
            let mut keep = used.iter();
            numbers.retain(|_| *keep.next().unwrap_or(&true));
        }
        if missing == MissingCategories::Level && codes.contains(&NONE) {
            levels.push(MISSING_LEVEL.to_owned());
        }
        if let Contrast::Treatment { base: Some(base) } = &category.contrast
            && !levels.contains(base)
        {
            let message = format!("the base `{base}` is no level; there are {}", listed(&levels));
            return Err((rows.wrong)(self.base_at, message));
        }
        if category.contrast == Contrast::Poly && levels.len() > MOST_POLYNOMIALS {
            let count = levels.len();
            let message =
                format!("{label} has {count} levels; contr.poly takes up to {MOST_POLYNOMIALS}");
            return Err((rows.wrong)(self.base_at, message));
        }
        if levels.len() == 1 {
            notes.push(format!("{label}: all rows are of the level `{}`", levels[0]));
        }
        (category.levels, category.numbers, category.missing) = (levels, numbers, missing);
        Ok(category)
    }
}

/// The contrast that an argument names, and where its base stands.
fn contrast_of(text: &str, value: &Expr, at: At) -> Result<(Contrast, At), DataError> {
    let (name, arguments): (&str, &[_]) = match value {
        Expr::Name(name, _) => (name, &[]),
        Expr::Call(call) => (&call.function, &call.arguments),
        _ => ("", &[]),
    };
    let contrast = match name {
        "contr.treatment" => Contrast::Treatment { base: None },
        "contr.sum" => Contrast::Sum,
        "contr.helmert" => Contrast::Helmert,
        "contr.diff" => Contrast::Diff,
        "contr.poly" => Contrast::Poly,
        _ => {
            let message = format!(
                "`{value}` is no contrast; there are contr.treatment, contr.sum, contr.helmert, \
                 contr.diff and contr.poly"
            );
            return Err(mistake(text, at.0, message));
        }
    };
    match (&contrast, arguments) {
        (_, []) => Ok((contrast, at)),
        (Contrast::Treatment { .. }, [base])
            if base.keyword.as_deref().is_none_or(|keyword| keyword == "base") =>
        {
            let name = match &base.value {
                Expr::Text(name) => name.clone(),
                other => match number(other) {
                    Some(number) => number.to_string(),
                    None => {
                        let message = "the base is a text in quotes or a number";
                        return Err(mistake(text, base.at.0, message));
                    }
                },
            };
            Ok((Contrast::Treatment { base: Some(name) }, base.at))
        }
        (_, [first, ..]) => {
            let message = "only contr.treatment takes an argument, `base`";
            Err(mistake(text, first.at.0, message))
        }
    }
}

type Levels = (Vec<String>, Option<Vec<f64>>);

/// The levels that a formula lists: numbers where all of them are.
fn declared(items: &[Expr], at: At, rows: &Rows<'_>) -> Result<Levels, DataError> {
    let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
    let name = |item: &Expr| match item {
        Expr::Text(text) => text.clone(),
        other => number(other).map_or_else(|| other.to_string(), |number| number.to_string()),
    };
    let levels: Vec<String> = items.iter().map(name).collect();
    let mut seen = std::collections::HashSet::new();
    match levels.iter().find(|level| !seen.insert(level.as_str())) {
        Some(twice) => Err((rows.wrong)(at, format!("the level `{twice}` is listed twice"))),
        None => Ok((levels, numbers)),
    }
}

/// The levels that the data has: of texts in the order of the column, of numbers by size.
fn found(of: &Expr, rows: &Rows<'_>, memory: &mut Memory<'_>) -> Result<Levels, DataError> {
    if let Expr::Name(name, at) = of {
        match rows.table.column(name) {
            Some(Column::Texts { levels, .. }) => return Ok((levels.clone(), None)),
            Some(Column::Numbers(numbers)) => {
                let values = rows.rows.iter().map(|&i| numbers[i]).filter(|x| !x.is_nan());
                return Ok(of_numbers(values.collect()));
            }
            None => return Err(absent(rows.table, name, *at, rows.wrong)),
        }
    }
    Ok(of_numbers(rows.numbers(of, memory)?))
}

fn of_numbers(mut values: Vec<f64>) -> Levels {
    // The two zeros are one.
    values.iter_mut().for_each(|x| *x += 0.0);
    values.sort_by(f64::total_cmp);
    values.dedup();
    (values.iter().map(f64::to_string).collect(), Some(values))
}

/// The first levels of a list, in print.
fn listed(levels: &[String]) -> String {
    const MOST: usize = 12;
    let some: Vec<String> = levels.iter().take(MOST).map(|level| format!("`{level}`")).collect();
    let more = if levels.len() > MOST { ", ..." } else { "" };
    format!("{}{more}", some.join(", "))
}

impl Category {
    /// The level of each row, or [`NONE`].
    pub(super) fn codes(
        &self,
        rows: &Rows<'_>,
        memory: &mut Memory<'_>,
        unseen: Unseen,
    ) -> Result<Vec<u32>, DataError> {
        let known: HashMap<&str, u32> = self.levels.iter().map(String::as_str).zip(0..).collect();
        let code_of_missing = match self.missing {
            MissingCategories::Level => known.get(MISSING_LEVEL).copied(),
            MissingCategories::Drop | MissingCategories::Zero => Some(NONE),
        };
        let unknown = |i: usize, level: &str| match unseen {
            Unseen::Base => Ok(NONE),
            Unseen::Refuse => {
                let message = format!(
                    "`{}` is `{level}` in row {}, which is none of its levels: {}",
                    self.of.label(),
                    rows.number(i),
                    listed(&self.levels)
                );
                Err((rows.wrong)(place(&self.of), message))
            }
        };
        let known_number: HashMap<u64, u32> = match &self.numbers {
            Some(numbers) => numbers.iter().map(|x| x.to_bits()).zip(0..).collect(),
            None => HashMap::new(),
        };
        let of_number = |x: f64| match &self.numbers {
            Some(_) => known_number.get(&(x + 0.0).to_bits()).copied(),
            None => known.get(x.to_string().as_str()).copied(),
        };
        let of_text = |text: &str| match &self.numbers {
            Some(_) => text.parse().ok().and_then(of_number),
            None => known.get(text).copied(),
        };
        let numbers = |values: &mut dyn Iterator<Item = f64>| {
            let code = |(i, x): (usize, f64)| match x.is_nan() {
                true => code_of_missing.map_or_else(|| unknown(i, MISSING_LEVEL), Ok),
                false => of_number(x).map_or_else(|| unknown(i, &x.to_string()), Ok),
            };
            values.enumerate().map(code).collect()
        };
        let Expr::Name(name, at) = &self.of else {
            return numbers(&mut rows.numbers(&self.of, memory)?.into_iter());
        };
        match rows.table.column(name) {
            None => Err(absent(rows.table, name, *at, rows.wrong)),
            Some(Column::Numbers(values)) => numbers(&mut rows.rows.iter().map(|&i| values[i])),
            Some(Column::Texts { levels, codes }) => {
                let places: Vec<Option<u32>> = levels.iter().map(|level| of_text(level)).collect();
                let code = |(i, &row): (usize, &usize)| match codes[row] {
                    Column::MISSING => {
                        code_of_missing.map_or_else(|| unknown(i, MISSING_LEVEL), Ok)
                    }
                    code => match places[code as usize] {
                        Some(place) => Ok(place),
                        None => unknown(i, &levels[code as usize]),
                    },
                };
                rows.rows.iter().enumerate().map(code).collect()
            }
        }
    }

    /// The place of the base among the levels.
    pub(super) fn base(&self) -> usize {
        match &self.contrast {
            Contrast::Treatment { base: Some(base) } => {
                self.levels.iter().position(|level| level == base).unwrap_or(0)
            }
            _ => 0,
        }
    }
}
