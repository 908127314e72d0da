//! The rows of a part of a file.

use std::ops::Range;

use super::cells::{Cells, Known, Rules};
use super::scan::{Record, Scanner, Step, Wrong};
use crate::stream::Part;

/// The rows that begin in a part of a text.
pub(super) struct Rows {
    pub columns: Vec<Cells>,
    pub rows: u64,
    /// Lines that end within it.
    pub lines: u64,
    pub wrong: Option<Wrong>,
    end: usize,
}

impl Part for Rows {
    fn end(&self) -> usize {
        self.end
    }

    fn failed(&self) -> bool {
        self.wrong.is_some()
    }
}

/// What all parts of a file have in common.
pub(super) struct Format<'f> {
    pub delimiter: u8,
    pub rules: &'f Rules,
}

impl Rows {
    /// Reads the rows that begin in a range; `last` says whether the text ends with the file.
    pub(super) fn read(
        text: &[u8],
        range: Range<usize>,
        format: &Format<'_>,
        known: &[Known],
        last: bool,
    ) -> Self {
        let columns = known.iter().map(|&known| Cells::new(known)).collect();
        let mut rows = Self { columns, rows: 0, lines: 0, wrong: None, end: range.start };
        let mut scanner = Scanner::new(text, range.start, format.delimiter, last);
        let mut record = Record::default();
        while scanner.at < range.end {
            match scanner.step(&mut record) {
                Ok(Step::Blank) => {}
                Ok(Step::Record(line)) => {
                    if let Err(wrong) = rows.push(text, &record, line, format) {
                        rows.wrong = Some(wrong);
                        break;
                    }
                }
                Ok(Step::Open) => break,
                Err(wrong) => {
                    rows.wrong = Some(wrong);
                    break;
                }
            }
        }
        (rows.end, rows.lines) = (scanner.at, scanner.lines);
        rows
    }

    fn push(
        &mut self,
        text: &[u8],
        record: &Record,
        line: u64,
        format: &Format<'_>,
    ) -> Result<(), Wrong> {
        let (given, expected) = (record.len(), self.columns.len());
        if given != expected {
            let s = if given == 1 { "" } else { "s" };
            let message = format!("the row has {given} cell{s}, but {expected} are expected");
            return Err(Wrong { line, cell: given.min(expected), message });
        }
        for (k, column) in self.columns.iter_mut().enumerate() {
            let cell = record.cell(text, k);
            let pushed = column.push(cell, format.rules);
            pushed.map_err(|message| Wrong { line, cell: k, message })?;
        }
        self.rows += 1;
        Ok(())
    }
}
