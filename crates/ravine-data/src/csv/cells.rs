//! Columns while they are read.

use crate::Column;
use crate::levels::Levels;
use crate::numbers::number;
use crate::table_settings::{ColumnType, MissingCells, TableSettings};

/// How cells are taken, prepared for speed.
pub(super) struct Rules {
    missing: Vec<Vec<u8>>,
    /// By first byte: whether a missing cell may begin so.
    may_be_missing: [bool; 256],
    empty_is_missing: bool,
    pub keep: bool,
}

impl Rules {
    pub(super) fn new(settings: &TableSettings) -> Self {
        let missing: Vec<Vec<u8>> =
            settings.missing.iter().map(|text| text.clone().into()).collect();
        let mut may_be_missing = [false; 256];
        for first in missing.iter().filter_map(|text| text.first()) {
            may_be_missing[usize::from(first.to_ascii_lowercase())] = true;
            may_be_missing[usize::from(first.to_ascii_uppercase())] = true;
        }
        let empty_is_missing = missing.iter().any(Vec::is_empty);
        let keep = settings.allow == MissingCells::Keep;
        Self { missing, may_be_missing, empty_is_missing, keep }
    }

    fn is_missing(&self, cell: &[u8]) -> bool {
        match cell.first() {
            None => self.empty_is_missing,
            Some(&first) => {
                self.may_be_missing[usize::from(first)]
                    && self.missing.iter().any(|missing| cell.eq_ignore_ascii_case(missing))
            }
        }
    }
}

/// What is known of a column before a part of the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// All cells before were missing, or there are none.
    Nothing,
    /// It holds this, as its cells say.
    Found(ColumnType),
    /// It holds this, as was said.
    Said(ColumnType),
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    known: Known,
    numbers: Vec<f64>,
    codes: Vec<u32>,
    levels: Levels,
    /// Whether a text came after numbers, or the other way round, in a column of which nothing was said:
    /// then cells are not what they were.
    pub mixed: bool,
}

impl Cells {
    pub(super) fn new(known: Known) -> Self {
        Self {
            known,
            numbers: Vec::new(),
            codes: Vec::new(),
            levels: Levels::default(),
            mixed: false,
        }
    }

    pub(super) fn known(&self) -> Known {
        self.known
    }

    fn holds_texts(&self) -> bool {
        matches!(self.known, Known::Found(ColumnType::Text) | Known::Said(ColumnType::Text))
    }

    /// Takes a cell; an error is what is wrong with it.
    pub(super) fn push(&mut self, cell: &[u8], rules: &Rules) -> Result<(), String> {
        if rules.is_missing(cell) {
            return self.push_missing(cell, rules);
        }
        if self.holds_texts() {
            return self.push_text(cell);
        }
        match number(cell) {
            Some(number) if number.is_finite() => {
                if self.known == Known::Nothing {
                    self.known = Known::Found(ColumnType::Number);
                }
                self.numbers.push(number);
                Ok(())
            }
            Some(_) => Err(format!("`{}` is not a finite number", text(cell)?)),
            None => self.push_other(cell, rules),
        }
    }

    fn push_missing(&mut self, cell: &[u8], rules: &Rules) -> Result<(), String> {
        if !rules.keep {
            let cell = text(cell)?;
            let what = if cell.is_empty() { "the cell is empty" } else { cell };
            return Err(format!(
                "missing value ({what}); fill it in, or remove the row or the column"
            ));
        }
        if self.holds_texts() {
            self.codes.push(Column::MISSING);
        } else {
            self.numbers.push(f64::NAN);
        }
        Ok(())
    }

    /// Takes a cell that is no number where numbers, or nothing, came before.
    fn push_other(&mut self, cell: &[u8], rules: &Rules) -> Result<(), String> {
        let cell_text = text(cell)?;
        if cell_text.contains(',') && number(cell_text.replacen(',', ".", 1).as_bytes()).is_some() {
            return Err(format!(
                "`{cell_text}` looks like a number with a decimal comma; use a point"
            ));
        }
        match self.known {
            Known::Nothing => {
                self.known = Known::Found(ColumnType::Text);
                // What came before was missing.
                self.codes = vec![Column::MISSING; self.numbers.len()];
                self.numbers = Vec::new();
                self.push_text(cell)
            }
            Known::Said(_) => Err(format!(
                "`{cell_text}` is not a number, but the column is said to hold numbers"
            )),
            Known::Found(_) if rules.keep => {
                self.mixed = true;
                self.numbers.push(f64::NAN);
                Ok(())
            }
            Known::Found(_) => Err(format!(
                "`{cell_text}` is not a number, but the column began with numbers; correct it, or \
                 ignore the column"
            )),
        }
    }

    fn push_text(&mut self, cell: &[u8]) -> Result<(), String> {
        let code = self.levels.code(cell, self.codes.last().copied(), text)?;
        self.codes.push(code);
        Ok(())
    }

    /// Adds the cells of the rows that follow.
    pub(super) fn append(&mut self, other: Self) -> Result<(), String> {
        self.mixed |= other.mixed;
        match (self.known, other.known) {
            (Known::Nothing, Known::Found(ColumnType::Text)) => {
                self.codes = vec![Column::MISSING; self.numbers.len()];
                self.numbers = Vec::new();
                self.known = other.known;
            }
            (Known::Nothing, _) => self.known = other.known,
            _ => {}
        }
        if !self.holds_texts() {
            self.numbers.extend(other.numbers);
            return Ok(());
        }
        if other.known == Known::Nothing {
            self.codes.extend(std::iter::repeat_n(Column::MISSING, other.numbers.len()));
            return Ok(());
        }
        let texts = other.levels.into_texts().into_iter();
        let places: Vec<u32> =
            texts.map(|text| self.levels.code_of(text)).collect::<Result<_, _>>()?;
        let place = |code: u32| places.get(code as usize).copied().unwrap_or(Column::MISSING);
        self.codes.extend(other.codes.into_iter().map(place));
        Ok(())
    }

    /// The levels in the order in which they came; none where it holds numbers.
    pub(super) fn levels(&self) -> Option<&[String]> {
        self.holds_texts().then_some(self.levels.texts())
    }

    /// The numbers, or the codes, of the rows since this was asked last; the levels stay.
    pub(super) fn take_rows(&mut self) -> (Vec<f64>, Vec<u32>) {
        (std::mem::take(&mut self.numbers), std::mem::take(&mut self.codes))
    }

    pub(super) fn finish(self) -> Column {
        if !self.holds_texts() {
            return Column::Numbers(self.numbers);
        }
        Column::with_sorted_levels(self.levels.into_texts(), self.codes)
    }
}

pub(super) fn text(cell: &[u8]) -> Result<&str, String> {
    str::from_utf8(cell).map_err(|_| "is not UTF-8 text".to_owned())
}
