//! The rows of a file that are used, batch after batch.

use ravine_data::{
    Column, DataError, Design, Incomplete, LeftSide, LibsvmBatches, Missing, PredictionSettings,
    Table, TableBatches, Terms,
};

use super::StreamError;
use crate::analysis::framed::{Variables, cases_of};
use crate::analysis::settings::Cases;

/// A file that is read as often as it is asked for.
pub(super) struct Source<'a> {
    rows: Rows<'a>,
    pub(super) passes: usize,
}

enum Rows<'a> {
    Table(TableRows<'a>),
    Sparse(&'a LibsvmBatches),
}

/// A table with the terms by which it is read.
struct TableRows<'a> {
    batches: &'a TableBatches,
    terms: &'a Terms,
    variables: &'a Variables,
    incomplete: &'a Incomplete,
    /// Columns in which no cell may be missing for a row to be used.
    needed: Vec<String>,
}

/// Takes the cases of a batch.
type Visit<'v> = dyn FnMut(Cases) -> Result<(), StreamError> + 'v;

impl<'a> Source<'a> {
    pub(super) fn of_table(
        batches: &'a TableBatches,
        terms: &'a Terms,
        variables: &'a Variables,
        incomplete: &'a Incomplete,
    ) -> Self {
        let mut needed = terms.target_variables();
        needed.extend(terms.variables().into_iter().map(str::to_owned));
        needed.extend(variables.columns());
        let rows = Rows::Table(TableRows { batches, terms, variables, incomplete, needed });
        Self { rows, passes: 0 }
    }

    pub(super) fn of_libsvm(batches: &'a LibsvmBatches) -> Self {
        Self { rows: Rows::Sparse(batches), passes: 0 }
    }

    /// Which columns store an entry in every row, as far as a sample of the rows tells that does not hold the
    /// file's own.
    pub(super) fn stored(&self, sample: &Design) -> Vec<bool> {
        match self.rows {
            Rows::Table(_) => {
                sample.stored_ranges(sample.rows()).iter().map(Option::is_some).collect()
            }
            Rows::Sparse(batches) => {
                batches.stored().iter().map(|&count| count == batches.rows()).collect()
            }
        }
    }

    /// A pass over the rows that are used.
    pub(super) fn each(
        &mut self,
        mut visit: impl FnMut(Cases) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        self.passes += 1;
        match &self.rows {
            Rows::Table(rows) => rows.each(&mut visit),
            Rows::Sparse(batches) => each_of_libsvm(batches, &mut visit),
        }
    }
}

/// Hands an error of a visit through a reader, whose errors are of the file.
struct Through(Option<StreamError>);

impl Through {
    fn visit(&mut self, visited: Result<(), StreamError>) -> Result<(), DataError> {
        visited.map_err(|error| {
            let message = error.to_string();
            self.0 = Some(error);
            DataError::of_file("the table", message)
        })
    }

    fn end(self, read: Result<(), DataError>) -> Result<(), StreamError> {
        match self.0 {
            Some(error) => Err(error),
            None => read.map_err(StreamError::Data),
        }
    }
}

impl TableRows<'_> {
    fn each(&self, visit: &mut Visit<'_>) -> Result<(), StreamError> {
        let settings = PredictionSettings {
            missing: self.variables.missing,
            left: LeftSide::Evaluate,
            also: self.variables.columns().collect(),
            ..PredictionSettings::default()
        };
        let mut through = Through(None);
        let mut is_empty = true;
        let read = self.batches.each(|table| {
            if self.variables.missing == Missing::Drop && !self.has_whole_row(table) {
                return Ok(());
            }
            is_empty = false;
            let frame = self.terms.frame(table, &settings)?;
            let cases = cases_of(frame, self.variables).map_err(StreamError::Data);
            through.visit(cases.and_then(&mut *visit))
        });
        through.end(read)?;
        match is_empty {
            true => Err(self.incomplete.no_row().into()),
            false => Ok(()),
        }
    }

    fn has_whole_row(&self, table: &Table) -> bool {
        let columns: Vec<&Column> =
            self.needed.iter().filter_map(|name| table.column(name)).collect();
        (0..table.rows()).any(|i| columns.iter().all(|column| !column.is_missing(i)))
    }
}

fn each_of_libsvm(batches: &LibsvmBatches, visit: &mut Visit<'_>) -> Result<(), StreamError> {
    let mut through = Through(None);
    let read =
        batches.each(|matrix, labels| through.visit(visit(Cases::of_sparse(matrix, labels))));
    through.end(read)
}
