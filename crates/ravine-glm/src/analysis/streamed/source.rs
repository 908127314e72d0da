//! The rows of a file that are used, batch after batch.

use ravine_data::{
    Column, DataError, LeftSide, Missing, PredictionSettings, Table, TableBatches, Terms,
};

use super::StreamError;
use crate::analysis::framed::{Variables, cases_of};
use crate::analysis::settings::Cases;

/// A file with the terms by which it is read.
pub(super) struct Source<'a> {
    batches: &'a TableBatches,
    terms: &'a Terms,
    variables: &'a Variables,
    /// Columns in which no cell may be missing for a row to be used.
    needed: Vec<String>,
    pub(super) passes: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        batches: &'a TableBatches,
        terms: &'a Terms,
        variables: &'a Variables,
    ) -> Self {
        let mut needed = terms.target_variables();
        needed.extend(terms.variables().into_iter().map(str::to_owned));
        needed.extend(variables.columns());
        Self { batches, terms, variables, needed, passes: 0 }
    }

    /// A pass over the rows that are used.
    pub(super) fn each(
        &mut self,
        mut visit: impl FnMut(Cases) -> Result<(), StreamError>,
    ) -> Result<(), StreamError> {
        self.passes += 1;
        let settings = PredictionSettings {
            missing: self.variables.missing,
            left: LeftSide::Evaluate,
            also: self.variables.columns().collect(),
            ..PredictionSettings::default()
        };
        let mut wrong = None;
        let read = self.batches.each(|table| {
            if self.variables.missing == Missing::Drop && !self.has_whole_row(table) {
                return Ok(());
            }
            let frame = self.terms.frame(table, &settings)?;
            let visited =
                cases_of(frame, self.variables).map_err(StreamError::Data).and_then(&mut visit);
            visited.map_err(|error| {
                let message = error.to_string();
                wrong = Some(error);
                DataError::of_file("the table", message)
            })
        });
        match wrong {
            Some(error) => Err(error),
            None => read.map_err(StreamError::Data),
        }
    }

    fn has_whole_row(&self, table: &Table) -> bool {
        let columns: Vec<&Column> =
            self.needed.iter().filter_map(|name| table.column(name)).collect();
        (0..table.rows()).any(|i| columns.iter().all(|column| !column.is_missing(i)))
    }
}
