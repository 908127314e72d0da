//! Columns while they are read.

use super::kind::Kind;
use crate::Column;
use crate::levels::Levels;
use crate::numbers::number;

/// The cells of a column.
pub(super) struct Cells {
    kind: Kind,
    keeps_missing: bool,
    numbers: Vec<f64>,
    codes: Vec<u32>,
    levels: Levels,
    /// The rows before the row group that is read.
    before: usize,
}

impl Cells {
    pub(super) fn new(kind: Kind, keeps_missing: bool) -> Self {
        Self {
            kind,
            keeps_missing,
            numbers: Vec::new(),
            codes: Vec::new(),
            levels: Levels::default(),
            before: 0,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    fn rows(&self) -> usize {
        self.numbers.len() + self.codes.len()
    }

    /// The rows since this was asked last.
    pub(super) fn rows_of_group(&mut self) -> usize {
        let rows = self.rows();
        rows - std::mem::replace(&mut self.before, rows)
    }

    pub(super) fn push_missing(&mut self) -> Result<(), String> {
        if !self.keeps_missing {
            return Err(format!(
                "row {} has no value; fill it in, or remove the row or the column",
                self.rows() + 1
            ));
        }
        match self.kind {
            Kind::Text => self.codes.push(Column::MISSING),
            _ => self.numbers.push(f64::NAN),
        }
        Ok(())
    }

    pub(super) fn push_number(&mut self, number: f64) -> Result<(), String> {
        if number.is_nan() {
            return self.push_missing();
        }
        if number.is_infinite() {
            return Err(format!("row {} is {number}, not a finite number", self.rows() + 1));
        }
        self.numbers.push(number);
        Ok(())
    }

    pub(super) fn push_text(&mut self, cell: &[u8]) -> Result<(), String> {
        let row = self.rows() + 1;
        let text = |cell| str::from_utf8(cell).map_err(|_| format!("row {row} is not UTF-8 text"));
        let code = self.levels.code(cell, self.codes.last().copied(), text)?;
        self.codes.push(code);
        Ok(())
    }

    /// The column as it is in the file.
    pub(super) fn finish(self) -> Column {
        match self.kind {
            Kind::Text => Column::with_sorted_levels(self.levels.into_texts(), self.codes),
            _ => Column::Numbers(self.numbers),
        }
    }

    /// The column as texts: numbers as they are written.
    pub(super) fn into_texts(mut self) -> Result<Column, String> {
        let numbers = std::mem::take(&mut self.numbers);
        let boolean = self.kind == Kind::Boolean;
        if self.kind != Kind::Text {
            self.kind = Kind::Text;
            for number in numbers {
                match number {
                    _ if number.is_nan() => self.codes.push(Column::MISSING),
                    _ if boolean && number == 1.0 => self.push_text(b"true")?,
                    _ if boolean => self.push_text(b"false")?,
                    _ => self.push_text(number.to_string().as_bytes())?,
                }
            }
        }
        Ok(self.finish())
    }

    /// The column as numbers: texts are read.
    pub(super) fn into_numbers(self) -> Result<Column, String> {
        if self.kind != Kind::Text {
            return Ok(self.finish());
        }
        let of_level =
            |level: &String| number(level.as_bytes()).filter(|number| number.is_finite());
        let numbers: Vec<Option<f64>> = self.levels.texts().iter().map(of_level).collect();
        let mut cells = Vec::with_capacity(self.codes.len());
        for (i, &code) in self.codes.iter().enumerate() {
            cells.push(match numbers.get(code as usize) {
                None => f64::NAN,
                Some(Some(number)) => *number,
                Some(None) => {
                    let level = &self.levels.texts()[code as usize];
                    return Err(format!(
                        "row {} is `{level}`, not a number, but the column is said to hold numbers",
                        i + 1
                    ));
                }
            });
        }
        Ok(Column::Numbers(cells))
    }
}
