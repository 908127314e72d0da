//! A CSV file from front to end, batch by batch.

use std::io::Read;

use super::cells::Cells;
use super::{Through, mixed, read_through};
use crate::DataError;
use crate::table_settings::TableSettings;
use crate::taken::{Passed, Taken, Visit};

/// Gives the rows of each block, of some size a thread, to `visit`.
pub(crate) fn pass(
    reader: impl Read,
    file: &str,
    settings: &TableSettings,
    block: usize,
    visit: &mut Visit<'_>,
) -> Result<Passed, DataError> {
    let mut after = |names: &[String], columns: &mut [Cells]| {
        fn take(column: &mut Cells) -> Taken<'_> {
            let (numbers, codes) = column.take_rows();
            Taken { numbers, codes, levels: column.levels() }
        }
        visit(names, columns.iter_mut().map(take).collect())
    };
    let Through { names, columns, note } = read_through(reader, file, settings, block, &mut after)?;
    let mixed = mixed(&names, &columns);
    let levels = columns.iter().map(|column| column.levels().map(<[String]>::to_vec)).collect();
    Ok(Passed { names, levels, mixed, note })
}
