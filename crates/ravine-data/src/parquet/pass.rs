//! A Parquet file from front to end, batch by batch.

use std::path::Path;

use parquet::column::reader::ColumnReader;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;

use super::cells::Cells;
use super::guard::unless_it_panics;
use super::{Source, Taken, check_count, contradictory, is_nullable, taken, values};
use crate::DataError;
use crate::table_settings::{MissingCells, TableSettings};
use crate::taken::{Passed, Visit};

/// Gives `rows` rows at a time, fewer at the end of a row group, to `visit`.
pub(crate) fn parquet_pass(
    path: &Path,
    settings: &TableSettings,
    rows: usize,
    visit: &mut Visit<'_>,
) -> Result<Passed, DataError> {
    let file = path.display().to_string();
    let source = Source { path, file: &file };
    let guarded =
        |found: Option<Result<_, DataError>>| found.unwrap_or_else(|| Err(contradictory(&file)));
    let (reader, Taken { columns, note }) = guarded(unless_it_panics(|| {
        let reader = source.open()?;
        let taken = taken(&reader, &file, settings)?;
        Ok((reader, taken))
    }))?;
    let wrong = |name: &str, message: String| DataError::of_column(&file, None, name, message);
    let keeps = settings.allow == MissingCells::Keep;
    let names: Vec<String> = columns.iter().map(|(_, name, _)| name.clone()).collect();
    let said = |name: &String| settings.types.get(name).copied();
    let mut all: Vec<Cells> = columns.iter().map(|(_, _, kind)| Cells::new(*kind, keeps)).collect();
    for g in 0..reader.num_row_groups() {
        let opened = unless_it_panics(|| {
            let unsound = |error| DataError::of_file(&file, format!("cannot be read: {error}"));
            let group = reader.get_row_group(g).map_err(unsound)?;
            let places = columns.iter().map(|(j, _, _)| *j);
            let readers: Result<Vec<ColumnReader>, _> =
                places.map(|j| group.get_column_reader(j)).collect();
            Ok((group.metadata().clone(), readers.map_err(unsound)?))
        });
        let (group, mut readers): (RowGroupMetaData, Vec<ColumnReader>) =
            opened.unwrap_or_else(|| Err(contradictory(&file)))?;
        let expected = usize::try_from(group.num_rows()).unwrap_or(0);
        let mut read = 0;
        // Once more at the end, to see that there is no more.
        while read <= expected {
            let most = if read < expected { rows.min(expected - read) } else { 1 };
            let at = read;
            for (((j, name, _), values), cells) in columns.iter().zip(&mut readers).zip(&mut all) {
                let nullable = is_nullable(&group, *j);
                let found = unless_it_panics(|| values::read(values, nullable, most, cells));
                let found = found
                    .ok_or_else(|| contradictory(&file))?
                    .map_err(|message| wrong(name, message))?;
                if at == expected || found < most {
                    check_count(at + found, g, &group).map_err(|message| wrong(name, message))?;
                }
            }
            read += most;
            if at == expected {
                break;
            }
            let take = |(cells, name): (_, &String)| {
                Cells::take(cells, said(name)).map_err(|message| wrong(name, message))
            };
            visit(&names, all.iter_mut().zip(&names).map(take).collect::<Result<_, _>>()?)?;
        }
    }
    let levels = all.iter().zip(&names);
    let levels = levels.map(|(cells, name)| cells.levels(said(name)).map(<[String]>::to_vec));
    Ok(Passed { levels: levels.collect(), names, mixed: Vec::new(), note })
}
