//! Tables of any size, batch by batch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{changed, check_is_file};
use crate::columnar::{is_parquet, parquet_pass};
use crate::csv::pass as csv_pass;
use crate::stream::BLOCK;
use crate::table_settings::{ColumnType, TableSettings};
use crate::taken::{Passed, Taken, Visit};
use crate::unpacked::open;
use crate::{Column, DataError, Table};

/// Rows that a [sample](TableBatches::sample) takes from the front of the file.
const SAMPLE: usize = 1_000;

/// A CSV file, or a Parquet file where the feature `parquet` is on, that is read as often as it is asked for,
/// a batch of rows at a time: in memory are some megabytes a thread and the levels of the columns of texts,
/// however large the file is. A Parquet file is read by one thread.
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
    format: Format,
    names: Vec<String>,
    /// The sorted levels of each column of texts.
    levels: Vec<Option<Vec<String>>>,
    /// How many cells of each column are missing.
    missing: Vec<usize>,
    rows: usize,
    note: Option<String>,
    front: Vec<Vec<f64>>,
    block: usize,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Csv,
    Parquet,
}

impl Format {
    /// Reads a file once; a block is so many bytes a thread, or rows.
    fn pass(
        self,
        path: &Path,
        settings: &TableSettings,
        block: usize,
        visit: &mut Visit<'_>,
    ) -> Result<Passed, DataError> {
        let file = path.display().to_string();
        match self {
            Self::Csv => csv_pass(open(path, &file)?, &file, settings, block, visit),
            Self::Parquet => parquet_pass(path, settings, block.min(ROWS), visit),
        }
    }
}

/// Rows of a Parquet file that are read at a time.
const ROWS: usize = 1 << 15;

impl TableBatches {
    /// Reads a file once, or twice where columns of a CSV file hold numbers and texts, to know what it holds.
    ///
    /// # Errors
    ///
    /// What [`read_table_file`](crate::read_table_file) refuses; what can be read once only, as a pipe.
    pub fn open(path: &Path, settings: &TableSettings) -> Result<Self, DataError> {
        Self::with_blocks(path, settings, BLOCK)
    }

    fn with_blocks(path: &Path, settings: &TableSettings, block: usize) -> Result<Self, DataError> {
        let file = path.display().to_string();
        check_is_file(path, &file)?;
        let format = if is_parquet(path)? { Format::Parquet } else { Format::Csv };
        let mut settings = settings.clone();
        loop {
            let mut front: Vec<Vec<f64>> = Vec::new();
            let (mut rows, mut missing) = (0, Vec::new());
            let mut look = |_: &[String], columns: Vec<Taken<'_>>| {
                rows += columns.first().map_or(0, Taken::rows);
                front.resize(columns.len(), Vec::new());
                missing.resize(columns.len(), 0);
                for (j, column) in columns.into_iter().enumerate() {
                    missing[j] += column.missing();
                    let more = SAMPLE.saturating_sub(front[j].len());
                    front[j].extend(column.numbers.into_iter().filter(|x| !x.is_nan()).take(more));
                }
                Ok(())
            };
            let Passed { names, mut levels, mixed, note } =
                format.pass(path, &settings, block, &mut look)?;
            if !mixed.is_empty() {
                settings.types.extend(mixed.into_iter().map(|name| (name, ColumnType::Text)));
                continue;
            }
            levels.iter_mut().flatten().for_each(|levels| levels.sort_unstable());
            let kind = |levels: &Option<Vec<String>>| match levels {
                Some(_) => ColumnType::Text,
                None => ColumnType::Number,
            };
            let types: BTreeMap<String, ColumnType> =
                names.iter().cloned().zip(levels.iter().map(kind)).collect();
            let settings = TableSettings { types, ..settings };
            let path = path.to_owned();
            return Ok(Self {
                path,
                file,
                settings,
                format,
                names,
                levels,
                missing,
                rows,
                note,
                front,
                block,
            });
        }
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
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
        Table { file: self.file.clone(), names: self.names.clone(), columns, note: None, first: 0 }
    }

    /// The names of the columns, and in how many rows each is missing.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names.iter().map(String::as_str).zip(self.missing.iter().copied())
    }

    /// What errors call the file.
    pub(crate) fn file(&self) -> &str {
        &self.file
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
        // Of each column, the place among the sorted levels of those in the order in which they come.
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.names.len()];
        let mut seen = 0;
        let mut take = |names: &[String], columns: Vec<Taken<'_>>| {
            let rows = columns.first().map_or(0, Taken::rows);
            if rows == 0 {
                return Ok(());
            }
            if names != self.names {
                return Err(changed(&self.file));
            }
            let first = seen;
            seen += rows;
            let mut taken = Vec::with_capacity(columns.len());
            for ((cells, levels), places) in columns.into_iter().zip(&self.levels).zip(&mut places)
            {
                let Taken { numbers, mut codes, levels: found } = cells;
                let Some(levels) = levels else {
                    taken.push(Column::Numbers(numbers));
                    continue;
                };
                for level in &found.unwrap_or_default()[places.len()..] {
                    let place = levels.binary_search(level).map_err(|_| changed(&self.file))?;
                    places.push(place as u32);
                }
                for code in codes.iter_mut().filter(|code| **code != Column::MISSING) {
                    *code = places[*code as usize];
                }
                taken.push(Column::Texts { levels: levels.clone(), codes });
            }
            let (file, names) = (self.file.clone(), self.names.clone());
            visit(&Table { file, names, columns: taken, note: None, first })
        };
        self.format.pass(&self.path, &self.settings, self.block, &mut take)?;
        if seen == self.rows { Ok(()) } else { Err(changed(&self.file)) }
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
