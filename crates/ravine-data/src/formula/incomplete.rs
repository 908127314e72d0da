//! Rows with missing cells of a file that is read in batches.

use super::Formula;
use super::expand::Expansion;
use super::frame::dropped_in_words;
use super::position::{At, mistake};
use super::selection::{judge, needed, no_row};
use super::settings::FrameSettings;
use crate::{DataError, TableBatches};

/// The cells that are missing in columns that a fit needs, counted over a whole file that is read in batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    file: String,
    rows: usize,
    /// Columns with missing cells, and how many; the most first.
    missing: Vec<(String, usize)>,
}

impl Formula {
    /// The cells that are missing in the columns that a [fit](Self::fit) needs, further ones among the
    /// settings included.
    ///
    /// ```no_run
    /// use ravine_data::{Formula, FrameSettings, TableBatches, TableSettings};
    ///
    /// let batches = TableBatches::open("flights.csv.gz".as_ref(), &TableSettings::default())?;
    /// let formula = Formula::parse("arr_delay ~ carrier + distance")?;
    /// let incomplete = formula.incomplete(&batches, &FrameSettings::default())?;
    /// println!("{}", incomplete.in_words(327_346).unwrap_or_default());
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A column that is not there, or of which all cells are missing; any missing cell with
    /// [`Missing::Fail`](crate::Missing::Fail). As [`fit`](Self::fit) has them of the table in memory.
    pub fn incomplete(
        &self,
        batches: &TableBatches,
        settings: &FrameSettings,
    ) -> Result<Incomplete, DataError> {
        let (text, table) = (self.text.as_str(), batches.sample());
        let expansion = Expansion::of(text, &self.right, &self.dot(&table, settings)?)?;
        let wrong = |at: At, message: String| mistake(text, at.0, message);
        let mut uses = self.uses_of_left(&table)?;
        uses.extend(self.uses(&expansion, &table, settings)?);
        let counted = |name: &str| batches.missing().find(|(other, _)| *other == name);
        let needed = needed(&table, &uses, &settings.also, &wrong)?;
        let counts = needed.into_iter().filter_map(|(name, _)| counted(name));
        let counts = counts.filter(|(_, count)| *count > 0);
        let mut missing: Vec<(String, usize)> =
            counts.map(|(name, count)| (name.to_owned(), count)).collect();
        let (file, rows) = (batches.file().to_owned(), batches.rows());
        judge(&mut missing, settings.missing, &file)?;
        if missing.first().is_some_and(|(_, most)| *most == rows) {
            return Err(no_row(&missing, &file));
        }
        Ok(Incomplete { file, rows, missing })
    }
}

impl Incomplete {
    /// How many rows were left out and why, where so many were kept; `None` where all were. As
    /// [`Frame::dropped_in_words`](crate::Frame::dropped_in_words).
    pub fn in_words(&self, kept: usize) -> Option<String> {
        dropped_in_words(self.rows.saturating_sub(kept), self.rows, &self.missing)
    }

    /// The error where no row was kept.
    pub fn no_row(&self) -> DataError {
        no_row(&self.missing, &self.file)
    }
}
