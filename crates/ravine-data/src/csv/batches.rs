//! CSV files of any size, batch by batch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cells::Cells;
use super::{Through, mixed, read_through};
use crate::columnar::is_parquet;
use crate::stream::BLOCK;
use crate::table_settings::{ColumnType, TableSettings};
use crate::unpacked::open;
use crate::{Column, DataError, Table};

/// Rows that a [sample](TableBatches::sample) takes from the front of the file.
const SAMPLE: usize = 1_000;

/// A CSV file that is read as often as it is asked for, a batch of rows at a time: in memory are some
/// megabytes a thread and the levels of the columns of texts, however large the file is.
///
/// ```no_run
/// use ravine_data::{TableBatches, TableSettings};
///
/// let batches = TableBatches::open("flights.csv.gz".as_ref(), &TableSettings::default())?;
/// let mut most = 0;
/// batches.each(|table| {
///     most = most.max(table.rows());
///     Ok(())
/// })?;
/// println!("{} rows, at most {most} at a time", batches.rows());
/// # Ok::<(), ravine_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableBatches {
    path: PathBuf,
    file: String,
    settings: TableSettings,
    names: Vec<String>,
    /// The sorted levels of each column of texts.
    levels: Vec<Option<Vec<String>>>,
    rows: usize,
    note: Option<String>,
    front: Vec<Vec<f64>>,
    block: usize,
}

impl TableBatches {
    /// Reads a file once, or twice where columns hold numbers and texts, to know what it holds.
    ///
    /// # Errors
    ///
    /// What [`read_table_file`](crate::read_table_file) refuses; what is no CSV file, or can be read once
    /// only, as a pipe.
    pub fn open(path: &Path, settings: &TableSettings) -> Result<Self, DataError> {
        Self::with_blocks(path, settings, BLOCK)
    }

    fn with_blocks(path: &Path, settings: &TableSettings, block: usize) -> Result<Self, DataError> {
        let file = path.display().to_string();
        let wrong = |message: String| DataError::of_file(&file, message);
        if !std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.is_file() {
            return Err(wrong("is read several times, and must be a file".to_owned()));
        }
        if is_parquet(path)? {
            return Err(wrong("is a Parquet file; batches are read of CSV files".to_owned()));
        }
        let mut settings = settings.clone();
        loop {
            let (mut rows, mut front) = (0, Vec::new());
            let mut look = |_: &[String], columns: &mut [Cells]| {
                rows += columns.first().map_or(0, Cells::rows);
                front.resize(columns.len(), Vec::new());
                for (column, front) in columns.iter_mut().zip(&mut front) {
                    let (numbers, _) = column.take_rows();
                    let missing = SAMPLE.saturating_sub(front.len());
                    front.extend(numbers.into_iter().filter(|x| !x.is_nan()).take(missing));
                }
                Ok(())
            };
            let read = read_through(open(path, &file)?, &file, &settings, block, &mut look)?;
            let Through { names, columns, note } = read;
            let mixed = mixed(&names, &columns);
            if !mixed.is_empty() {
                settings.types.extend(mixed.into_iter().map(|name| (name, ColumnType::Text)));
                continue;
            }
            let sorted = |column: &Cells| {
                column.levels().map(|levels| {
                    let mut levels = levels.to_vec();
                    levels.sort_unstable();
                    levels
                })
            };
            let levels: Vec<Option<Vec<String>>> = columns.iter().map(sorted).collect();
            let kind = |levels: &Option<Vec<String>>| match levels {
                Some(_) => ColumnType::Text,
                None => ColumnType::Number,
            };
            let types: BTreeMap<String, ColumnType> =
                names.iter().cloned().zip(levels.iter().map(kind)).collect();
            let settings = TableSettings { types, ..settings };
            let path = path.to_owned();
            return Ok(Self { path, file, settings, names, levels, rows, note, front, block });
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How the file was taken, where that may surprise: see [`Table::note`].
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// A table in which each column of texts has each of its levels, and each of numbers some of those at
    /// the front of the file: what a formula needs to know of the columns. Its rows are none of the file.
    pub fn sample(&self) -> Table {
        let most = self.levels.iter().flatten().map(Vec::len).max().unwrap_or(0);
        let rows = most.max(self.rows.min(SAMPLE)).max(1);
        let columns = self.levels.iter().zip(&self.front).map(|(levels, front)| match levels {
            Some(levels) if levels.is_empty() => {
                Column::Texts { levels: Vec::new(), codes: vec![Column::MISSING; rows] }
            }
            Some(levels) => Column::Texts {
                levels: levels.clone(),
                codes: (0..levels.len() as u32).cycle().take(rows).collect(),
            },
            None if front.is_empty() => Column::Numbers(vec![f64::NAN; rows]),
            None => Column::Numbers(front.iter().copied().cycle().take(rows).collect()),
        });
        let columns = columns.collect();
        Table { file: self.file.clone(), names: self.names.clone(), columns, note: None }
    }

    /// Reads the file, and gives each batch of rows, in their order, to `visit`. All have the same columns
    /// with the same levels.
    ///
    /// # Errors
    ///
    /// Those of `visit`, and of a file that is not what it was.
    pub fn each(
        &self,
        mut visit: impl FnMut(&Table) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let changed = || DataError::of_file(&self.file, "has changed while it was read");
        // Of each column, the place among the sorted levels of those in the order in which they come.
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.names.len()];
        let mut seen = 0;
        let mut take = |names: &[String], columns: &mut [Cells]| {
            let rows = columns.first().map_or(0, Cells::rows);
            if rows == 0 {
                return Ok(());
            }
            if names != self.names {
                return Err(changed());
            }
            seen += rows;
            let mut taken = Vec::with_capacity(columns.len());
            for ((cells, levels), places) in columns.iter_mut().zip(&self.levels).zip(&mut places) {
                let (numbers, mut codes) = cells.take_rows();
                let Some(levels) = levels else {
                    taken.push(Column::Numbers(numbers));
                    continue;
                };
                for level in &cells.levels().unwrap_or_default()[places.len()..] {
                    let place = levels.binary_search(level).map_err(|_| changed())?;
                    places.push(place as u32);
                }
                for code in codes.iter_mut().filter(|code| **code != Column::MISSING) {
                    *code = places[*code as usize];
                }
                taken.push(Column::Texts { levels: levels.clone(), codes });
            }
            visit(&Table {
                file: self.file.clone(),
                names: self.names.clone(),
                columns: taken,
                note: None,
            })
        };
        let reader = open(&self.path, &self.file)?;
        read_through(reader, &self.file, &self.settings, self.block, &mut take)?;
        if seen == self.rows { Ok(()) } else { Err(changed()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_table_file;

    #[test]
    fn batches_are_the_table() {
        let mut text = String::from("x,g,m,n\n");
        for i in 0..700 {
            let g = ["b", "a", "NA", "d e", "\"c,\""][i * 7 % 5];
            let m = if i > 300 && i % 50 == 0 { "many".to_owned() } else { (i % 9).to_string() };
            let n = if i % 11 == 0 { String::new() } else { format!("{}", i as f64 / 7.0) };
            text.push_str(&format!("{i},{g},{m},{n}\n"));
        }
        let place = std::env::temp_dir().join(format!("ravine-batches-{}.csv", std::process::id()));
        std::fs::write(&place, &text).unwrap();
        let usual = TableSettings::default();
        let whole = read_table_file(&place, &usual).unwrap();
        for block in [1, 50, 3000, 1 << 20] {
            let batches = TableBatches::with_blocks(&place, &usual, block).unwrap();
            assert_eq!(batches.rows(), 700);
            let mut columns: Vec<Column> = Vec::new();
            let mut count = 0;
            batches
                .each(|table| {
                    count += 1;
                    if columns.is_empty() {
                        columns = table.columns().to_vec();
                        return Ok(());
                    }
                    for (all, more) in columns.iter_mut().zip(table.columns()) {
                        match (all, more) {
                            (Column::Numbers(all), Column::Numbers(more)) => all.extend(more),
                            (
                                Column::Texts { levels, codes },
                                Column::Texts { levels: others, codes: more },
                            ) => {
                                assert_eq!(levels, others);
                                codes.extend(more);
                            }
                            _ => panic!("a column has changed its kind"),
                        }
                    }
                    Ok(())
                })
                .unwrap();
            assert!(block == 1 << 20 || count > 3, "{block}: {count}");
            assert_eq!(format!("{columns:?}"), format!("{:?}", whole.columns()));
            let sample = batches.sample();
            let Column::Texts { levels, codes } = &sample.columns()[2] else { panic!() };
            assert!((0..levels.len() as u32).all(|code| codes.contains(&code)));
        }
        let batches = TableBatches::open(&place, &usual).unwrap();
        let last = text.trim_end().rfind('\n').unwrap();
        for changed in [text.replace("d e", "new"), text[..=last].to_owned()] {
            std::fs::write(&place, changed).unwrap();
            let error = batches.each(|_| Ok(())).unwrap_err().to_string();
            assert!(error.ends_with("has changed while it was read"), "{error}");
        }
        std::fs::remove_file(&place).unwrap();
    }
}
