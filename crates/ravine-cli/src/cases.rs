//! The cases that networks learn from, as files.

use std::path::Path;

use ravine_data::{Selection, read, read_idx};
use ravine_nn::{DataSource, Learning, Preparation, Task, digits};

use crate::failure::Failure;

/// Built-in data.
pub const DIGITS: &str = "digits";

/// Where cases come from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Handwritten digits, where there is none.
    pub data: Option<&'a Path>,
    pub labels: Option<&'a Path>,
    pub target: Option<&'a str>,
}

impl Source<'_> {
    /// What they are called.
    pub fn name(&self) -> String {
        self.data.map_or(DIGITS.to_owned(), |path| path.display().to_string())
    }

    /// As a checkpoint keeps it.
    pub fn about(&self, held_out: (f64, u64)) -> DataSource {
        let labels = self.labels.map(|path| path.display().to_string());
        DataSource { name: self.name(), labels, target: self.target.map(str::to_owned), held_out }
    }

    /// Reads them, for a task.
    pub fn read(&self, task: Option<Task>) -> Result<Learning, Failure> {
        let labelled = task.unwrap_or(Task::Classification);
        self.learning(
            |images, labels| Learning::of_images(images, labels, labelled),
            |table| Learning::of_table(table, task),
        )
    }

    /// Reads them, prepared as others were.
    pub fn read_as(&self, preparation: &Preparation) -> Result<Learning, Failure> {
        self.learning(
            |images, labels| Learning::of_images_as(preparation, images, labels),
            |table| Learning::of_table_as(preparation, table),
        )
    }

    fn learning(
        &self,
        of_images: impl Fn(
            &ravine_data::Idx,
            Option<&ravine_data::Idx>,
        ) -> Result<Learning, ravine::ArgumentError>,
        of_table: impl Fn(&ravine_data::Dataset) -> Result<Learning, ravine::ArgumentError>,
    ) -> Result<Learning, Failure> {
        let Some(path) = self.data else {
            let (images, labels) = digits()?;
            return Ok(of_images(&images, Some(&labels))?);
        };
        if self.target.is_none() && is_idx(path) {
            let images = read_idx(path)?;
            let labels = self.labels.map(read_idx).transpose()?;
            return Ok(of_images(&images, labels.as_ref())?);
        }
        let target = self.target.map(str::to_owned);
        let selection = Selection { target, intercept: false, ..Selection::default() };
        Ok(of_table(&read(path, &selection)?)?)
    }
}

/// Whether a file begins as IDX files do.
fn is_idx(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [1; 2];
    let file = std::fs::File::open(path);
    path.is_file() && file.and_then(|mut f| f.read_exact(&mut begin)).is_ok() && begin == [0, 0]
}
