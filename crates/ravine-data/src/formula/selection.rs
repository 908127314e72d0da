//! The rows that are used.

use std::collections::HashSet;

use super::evaluate::{Wrong, absent};
use super::frame::missing_in_words;
use super::position::At;
use super::settings::Missing;
use crate::{Column, DataError, Table};

/// What a missing value of a column does to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Use {
    /// It takes the row away.
    Needed,
    /// It is a level, or no level: the row stays.
    Kept,
}

/// The rows that are used, and why others are not.
pub(super) struct Kept {
    pub rows: Vec<usize>,
    /// Names of columns, and in how many rows they are missing; the most first.
    pub dropped: Vec<(String, usize)>,
}

/// The columns that are needed, each once in the order in which they are named.
pub(super) fn needed<'t>(
    table: &'t Table,
    uses: &'t [(String, Use)],
    also: &'t [String],
    wrong: &Wrong<'_>,
) -> Result<Vec<(&'t str, &'t Column)>, DataError> {
    let mut needed: Vec<(&str, &Column)> = Vec::new();
    let mut seen = HashSet::new();
    let named = uses.iter().map(|(name, r#use)| (name, *r#use));
    for (name, r#use) in named.chain(also.iter().map(|name| (name, Use::Needed))) {
        if !seen.insert((name.as_str(), r#use)) {
            continue;
        }
        match table.column(name) {
            None => return Err(absent(table, name, At(0), wrong)),
            Some(column) if r#use == Use::Needed => needed.push((name, column)),
            Some(_) => {}
        }
    }
    Ok(needed)
}

/// Brings the columns with the most missing cells to the front, and refuses any where none may be missing.
pub(super) fn judge(
    dropped: &mut [(String, usize)],
    missing: Missing,
    file: &str,
) -> Result<(), DataError> {
    // The sort is stable: columns with as many keep the order of the formula.
    dropped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if missing == Missing::Fail && !dropped.is_empty() {
        let words = missing_in_words(dropped);
        let message =
            format!("values are missing: {words}; fill them in, or let the rows be dropped");
        return Err(DataError::of_file(file, message));
    }
    Ok(())
}

/// That every row has a missing cell.
pub(super) fn no_row(dropped: &[(String, usize)], file: &str) -> DataError {
    let words = missing_in_words(dropped);
    DataError::of_file(file, format!("no row has all values; missing are {words}"))
}

/// The rows in which no column that is needed is missing.
pub(super) fn keep(
    table: &Table,
    uses: &[(String, Use)],
    also: &[String],
    missing: Missing,
    wrong: &Wrong<'_>,
) -> Result<Kept, DataError> {
    let mut is_kept = vec![true; table.rows()];
    let mut dropped = Vec::new();
    for (name, column) in needed(table, uses, also, wrong)? {
        let mut count = 0;
        let mut drop = |i: usize| {
            is_kept[i] = false;
            count += 1;
        };
        match column {
            Column::Numbers(numbers) => {
                (0..numbers.len()).filter(|&i| numbers[i].is_nan()).for_each(&mut drop);
            }
            Column::Texts { codes, .. } => {
                (0..codes.len()).filter(|&i| codes[i] == Column::MISSING).for_each(&mut drop);
            }
        }
        if count > 0 {
            dropped.push((name.to_owned(), count));
        }
    }
    judge(&mut dropped, missing, &table.file)?;
    let rows: Vec<usize> = (0..table.rows()).filter(|&i| is_kept[i]).collect();
    if rows.is_empty() {
        return Err(no_row(&dropped, &table.file));
    }
    Ok(Kept { rows, dropped })
}
