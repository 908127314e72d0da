//! Columns while they are read.

use super::kind::Kind;
use crate::Column;
use crate::levels::Levels;
use crate::numbers::number;
use crate::table_settings::ColumnType;
use crate::taken::Taken;

/// The cells of a column.
pub(super) struct Cells {
    kind: Kind,
    keeps_missing: bool,
    numbers: Vec<f64>,
    codes: Vec<u32>,
    levels: Levels,
    /// Rows that were taken away.
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

    /// The number of the next row, from 1.
    fn next(&self) -> usize {
        self.before + self.numbers.len() + self.codes.len() + 1
    }

    /// The rows since this was asked last, of a column that is said to be of a type or not; the levels stay.
    pub(super) fn take(&mut self, said: Option<ColumnType>) -> Result<Taken<'_>, String> {
        let holds_texts = self.kind == Kind::Text;
        match said {
            Some(ColumnType::Text) if !holds_texts => self.write_numbers()?,
            Some(ColumnType::Number) if holds_texts => self.numbers = self.read_texts()?,
            _ => {}
        }
        let is_text = said.map_or(holds_texts, |said| said == ColumnType::Text);
        let (numbers, codes) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.codes));
        self.before += numbers.len() + codes.len();
        Ok(Taken { numbers, codes, levels: is_text.then_some(self.levels.texts()) })
    }

    /// The levels so far of a column that holds texts, or is said to.
    pub(super) fn levels(&self, said: Option<ColumnType>) -> Option<&[String]> {
        let is_text = said.map_or(self.kind == Kind::Text, |said| said == ColumnType::Text);
        is_text.then_some(self.levels.texts())
    }

    pub(super) fn push_missing(&mut self) -> Result<(), String> {
        if !self.keeps_missing {
            return Err(format!(
                "row {} has no value; fill it in, or remove the row or the column",
                self.next()
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
            return Err(format!("row {} is {number}, not a finite number", self.next()));
        }
        self.numbers.push(number);
        Ok(())
    }

    pub(super) fn push_text(&mut self, cell: &[u8]) -> Result<(), String> {
        let row = self.next();
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
        if self.kind != Kind::Text {
            self.write_numbers()?;
        }
        Ok(Column::with_sorted_levels(self.levels.into_texts(), self.codes))
    }

    /// The column as numbers: texts are read.
    pub(super) fn into_numbers(mut self) -> Result<Column, String> {
        match self.kind {
            Kind::Text => self.read_texts().map(Column::Numbers),
            _ => Ok(Column::Numbers(self.numbers)),
        }
    }

    /// Turns numbers into codes of their texts.
    fn write_numbers(&mut self) -> Result<(), String> {
        let boolean = self.kind == Kind::Boolean;
        for number in std::mem::take(&mut self.numbers) {
            match number {
                _ if number.is_nan() => self.codes.push(Column::MISSING),
                _ if boolean && number == 1.0 => self.push_text(b"true")?,
                _ if boolean => self.push_text(b"false")?,
                _ => self.push_text(number.to_string().as_bytes())?,
            }
        }
        Ok(())
    }

    /// Takes the codes, and gives the numbers that their texts are.
    fn read_texts(&mut self) -> Result<Vec<f64>, String> {
        let of_level =
            |level: &String| number(level.as_bytes()).filter(|number| number.is_finite());
        let known: Vec<Option<f64>> = self.levels.texts().iter().map(of_level).collect();
        let codes = std::mem::take(&mut self.codes);
        let mut numbers = Vec::with_capacity(codes.len());
        for (i, &code) in codes.iter().enumerate() {
            numbers.push(match known.get(code as usize) {
                None => f64::NAN,
                Some(Some(number)) => *number,
                Some(None) => {
                    let level = &self.levels.texts()[code as usize];
                    let row = self.before + i + 1;
                    return Err(format!(
                        "row {row} is `{level}`, not a number, but the column is said to hold numbers"
                    ));
                }
            });
        }
        Ok(numbers)
    }
}
