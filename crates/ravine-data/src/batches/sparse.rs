//! LIBSVM files of any size, batch by batch.

use std::path::{Path, PathBuf};

use ravine_linalg::matrix::SparseRows;

use super::{changed, check_is_file};
use crate::DataError;
use crate::libsvm::{LibsvmSettings, Rows, read_through};
use crate::stream::BLOCK;
use crate::unpacked::open;

/// Rows that a [sample](LibsvmBatches::sample) takes from the front of the file.
const SAMPLE: usize = 1_000;

/// A LIBSVM file that is read as often as it is asked for, a batch of rows at a time: in memory are some
/// megabytes a thread, however large the file is.
///
/// ```no_run
/// use ravine_data::{LibsvmBatches, LibsvmSettings};
///
/// let batches = LibsvmBatches::open("rcv1.svm.gz".as_ref(), &LibsvmSettings::default())?;
/// let mut entries = 0;
/// batches.each(|matrix, _| {
///     entries += matrix.stored();
///     Ok(())
/// })?;
/// println!("{} rows, {} columns, {entries} entries", batches.rows(), batches.columns());
/// # Ok::<(), ravine_data::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LibsvmBatches {
    path: PathBuf,
    file: String,
    settings: LibsvmSettings,
    rows: usize,
    /// How many rows store an entry of each column.
    stored: Vec<usize>,
    front: Rows,
    block: usize,
}

impl LibsvmBatches {
    /// Reads a file once to know how many rows and columns it has.
    ///
    /// # Errors
    ///
    /// What [`read_libsvm_file`](crate::read_libsvm_file) refuses; what can be read once only, as a pipe.
    pub fn open(path: &Path, settings: &LibsvmSettings) -> Result<Self, DataError> {
        Self::with_blocks(path, settings, BLOCK)
    }

    fn with_blocks(
        path: &Path,
        settings: &LibsvmSettings,
        block: usize,
    ) -> Result<Self, DataError> {
        let file = path.display().to_string();
        check_is_file(path, &file)?;
        let (mut rows, mut stored, mut front) = (0, Vec::new(), Rows::default());
        let mut look = |part: Rows| {
            rows += part.count();
            part.count_entries(&mut stored);
            front.take_from(&part, SAMPLE);
            Ok(())
        };
        read_through(open(path, &file)?, &file, settings, block, &mut look)?;
        Rows::check(rows, stored.len(), &file)?;
        Ok(Self { path: path.to_owned(), file, settings: *settings, rows, stored, front, block })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.stored.len()
    }

    /// How many rows store an entry of each column.
    pub fn stored(&self) -> &[usize] {
        &self.stored
    }

    /// The first rows of the file, with all its columns, and their labels.
    ///
    /// # Errors
    ///
    /// None of a file that was read.
    pub fn sample(&self) -> Result<(SparseRows, Vec<f64>), DataError> {
        self.front.clone().finish(self.columns(), &self.file)
    }

    /// Reads the file, and gives each batch of rows, in their order, with their labels to `visit`. All have
    /// the same number of columns.
    ///
    /// # Errors
    ///
    /// Those of `visit`, and of a file that is not what it was.
    pub fn each(
        &self,
        mut visit: impl FnMut(SparseRows, Vec<f64>) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut seen = 0;
        let mut take = |part: Rows| {
            if part.count() == 0 {
                return Ok(());
            }
            seen += part.count();
            if part.columns() > self.columns() {
                return Err(changed(&self.file));
            }
            let (matrix, labels) = part.finish(self.columns(), &self.file)?;
            visit(matrix, labels)
        };
        read_through(
            open(&self.path, &self.file)?,
            &self.file,
            &self.settings,
            self.block,
            &mut take,
        )?;
        if seen == self.rows { Ok(()) } else { Err(changed(&self.file)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_libsvm_file;

    #[test]
    fn batches_are_the_file() {
        let mut text = String::from("0 # nothing\n");
        for i in 0..500 {
            text.push_str(&format!("{} 1:{i}.5 {}:2 # row\n", i % 3, 2 + i % 40));
        }
        let place = std::env::temp_dir().join(format!("ravine-batches-{}.svm", std::process::id()));
        std::fs::write(&place, &text).unwrap();
        let usual = LibsvmSettings::default();
        let (whole, labels) = read_libsvm_file(&place, &usual).unwrap();
        for block in [1, 50, 3000, 1 << 20] {
            let batches = LibsvmBatches::with_blocks(&place, &usual, block).unwrap();
            assert_eq!((batches.rows(), batches.columns()), (501, 41));
            assert_eq!(batches.stored()[..3], [500, 13, 13]);
            let (mut count, mut row) = (0, 0);
            batches
                .each(|matrix, own| {
                    count += 1;
                    assert_eq!(matrix.columns(), 41);
                    for i in 0..matrix.rows() {
                        assert_eq!(
                            (matrix.row(i), own[i]),
                            (whole.row(row), labels[row]),
                            "{block} {row}"
                        );
                        row += 1;
                    }
                    Ok(())
                })
                .unwrap();
            assert!(row == 501 && (block == 1 << 20 || count > 3), "{block}: {row} {count}");
            let (sample, own) = batches.sample().unwrap();
            assert_eq!((sample, own), (whole.clone(), labels.clone()));
        }
        let batches = LibsvmBatches::open(&place, &usual).unwrap();
        let last = text.trim_end().rfind('\n').unwrap();
        for changed in [text.replace("41:2", "42:2"), text[..=last].to_owned()] {
            std::fs::write(&place, changed).unwrap();
            let error = batches.each(|_, _| Ok(())).unwrap_err().to_string();
            assert!(error.ends_with("has changed while it was read"), "{error}");
        }
        std::fs::write(&place, text.replacen("1:300.5", "1:3oo", 1)).unwrap();
        for error in [
            batches.each(|_, _| Ok(())).unwrap_err().to_string(),
            LibsvmBatches::open(&place, &usual).unwrap_err().to_string(),
        ] {
            assert!(
                error.contains(".svm:302: ") && error.contains("`3oo` is not a number"),
                "{error}"
            );
        }
        std::fs::remove_file(&place).unwrap();
    }
}
