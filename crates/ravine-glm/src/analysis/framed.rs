//! The rows of a table as a model takes them.

use ravine_data::{
    Column, DataError, Design, Formula, Frame, FrameSettings, LevelColumns, Missing,
    PredictionSettings, Table, Terms,
};

use super::saved::SavedModel;
use super::settings::Cases;

/// What is taken from a table beside the variables of a formula.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// The column of weights. Default `None`.
    pub weights: Option<String>,
    /// The column that is added to the linear predictor, beside offsets of the formula. Default `None`.
    pub offset: Option<String>,
    /// The columns of clusters, one or two: rows with equal cells are one. Default none.
    pub clusters: Vec<String>,
    /// What happens to rows with missing cells. Default [`Missing::Drop`].
    pub missing: Missing,
    /// Whether categories keep all levels, as suits a penalty. Default [`LevelColumns::FullRank`].
    pub levels: LevelColumns,
}

impl Variables {
    /// `target ~ .` without the columns to ignore and those that are taken for something else.
    ///
    /// ```
    /// use ravine_data::{Column, FrameSettings, Table};
    /// use ravine_glm::analysis::Variables;
    ///
    /// let names = ["y", "x", "w", "id"].map(str::to_owned).to_vec();
    /// let columns = vec![Column::Numbers(vec![1.0, 2.0]); 4];
    /// let table = Table::from_columns(names, columns)?;
    /// let variables = Variables { weights: Some("w".into()), ..Variables::default() };
    /// let formula = variables.explaining("y", &["id".into()]);
    /// let (terms, _) = formula.fit(&table, &FrameSettings::default())?;
    /// assert_eq!(terms.formula(), "y ~ x");
    /// # Ok::<(), ravine_data::DataError>(())
    /// ```
    pub fn explaining(&self, target: &str, ignore: &[String]) -> Formula {
        let ignored: Vec<String> = ignore.iter().cloned().chain(self.columns()).collect();
        Formula::all(target, &ignored)
    }

    /// How a formula is fitted.
    pub(super) fn of_frame(&self) -> FrameSettings {
        let also = self.columns().collect();
        let Self { missing, levels, .. } = *self;
        FrameSettings { missing, levels, also, ..FrameSettings::default() }
    }

    /// The columns that are taken beside those of a formula.
    pub(super) fn columns(&self) -> impl Iterator<Item = String> {
        [&self.weights, &self.offset].into_iter().flatten().chain(&self.clusters).cloned()
    }
}

/// The rows of a table, ready for an [`Analysis`](super::Analysis).
#[derive(Clone, Debug)]
pub struct Framed {
    /// The terms of the formula, for new tables.
    pub terms: Terms,
    /// What the target is called.
    pub target: String,
    /// The rows.
    pub cases: Cases,
    /// What was done that may surprise, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl Framed {
    /// The rows of a table by a formula.
    ///
    /// ```
    /// use ravine_data::{Formula, TableSettings, read_table};
    /// use ravine_glm::analysis::{Analysis, Framed, Variables};
    ///
    /// let text = "y,x,g,w\n1,0.5,a,1\n3,1.5,b,2\n2,2.5,b,1\n5,NA,a,1\n4,3.0,a,1\n";
    /// let table = read_table(text.as_bytes(), "a.csv", &TableSettings::default())?;
    /// let variables = Variables { weights: Some("w".into()), ..Variables::default() };
    /// let framed = Framed::new(&Formula::parse("y ~ x + g")?, &table, &variables)?;
    /// assert_eq!(framed.notes, ["1 of 5 rows dropped: x (1)"]);
    /// assert_eq!(framed.cases.weights.as_deref(), Some(&[1.0, 2.0, 1.0, 1.0][..]));
    /// assert!(Analysis::default().fit(&framed.cases)?.status.converged());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Formula::fit`]; a further column that is not there, or of texts where numbers are
    /// needed.
    pub fn new(formula: &Formula, table: &Table, variables: &Variables) -> Result<Self, DataError> {
        let (terms, mut frame) = formula.fit(table, &variables.of_frame())?;
        let mut notes: Vec<String> = frame.dropped_in_words().into_iter().collect();
        notes.append(&mut frame.notes);
        Ok(Self {
            target: terms.target().unwrap_or_default(),
            terms,
            cases: cases_of(frame, variables)?,
            notes,
        })
    }
}

/// The rows of a frame with what is taken beside the formula.
pub(super) fn cases_of(mut frame: Frame, variables: &Variables) -> Result<Cases, DataError> {
    let Variables { weights, offset, clusters, .. } = variables;
    let column =
        |name: &Option<String>| name.as_deref().map(|name| numbers(&frame, name)).transpose();
    let (weights, more) = (column(weights)?, column(offset)?);
    let clusters = clusters.iter().map(|name| groups(&frame, name)).collect();
    let offset = sum(frame.offset.take(), more);
    let Frame { design, response, .. } = frame;
    Ok(Cases { design, response, weights, offset, clusters })
}

/// The rows of a table for a stored model.
#[derive(Clone, Debug)]
pub struct NewRows {
    /// Their columns.
    pub design: Design,
    /// What is added to the linear predictor.
    pub offset: Option<Vec<f64>>,
    /// Their numbers in the table, from 0.
    pub numbers: Vec<usize>,
    /// What was done that may surprise, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl SavedModel {
    /// The rows of a new table, with the column `offset` added to the linear predictor; the target need
    /// not be there. `None` of a model without terms.
    ///
    /// # Errors
    ///
    /// Those of [`Terms::frame`], and of the further column.
    pub fn rows_of(
        &self,
        table: &Table,
        settings: &PredictionSettings,
        offset: Option<&str>,
    ) -> Result<Option<NewRows>, DataError> {
        let Some(terms) = &self.terms else { return Ok(None) };
        let mut settings = settings.clone();
        settings.also.extend(offset.map(str::to_owned));
        let mut frame = terms.frame(table, &settings)?;
        let mut notes: Vec<String> = frame.dropped_in_words().into_iter().collect();
        notes.append(&mut frame.notes);
        let more = offset.map(|name| numbers(&frame, name)).transpose()?;
        let offset = sum(frame.offset.take(), more);
        Ok(Some(NewRows { design: frame.design, offset, numbers: frame.rows, notes }))
    }
}

/// A further column of numbers.
fn numbers(frame: &Frame, name: &str) -> Result<Vec<f64>, DataError> {
    match frame.also.iter().find(|(other, _)| other == name) {
        Some((_, Column::Numbers(numbers))) => Ok(numbers.clone()),
        _ => {
            let message = "is a column of texts, but must be of numbers";
            Err(DataError::of_column("the table", None, name, message))
        }
    }
}

/// A number for each distinct cell of a further column.
fn groups(frame: &Frame, name: &str) -> Vec<usize> {
    match frame.also.iter().find(|(other, _)| other == name) {
        Some((_, Column::Texts { codes, .. })) => codes.iter().map(|&code| code as usize).collect(),
        Some((_, Column::Numbers(numbers))) => {
            let mut distinct = numbers.clone();
            distinct.sort_by(f64::total_cmp);
            distinct.dedup();
            numbers.iter().map(|x| distinct.partition_point(|other| other < x)).collect()
        }
        None => Vec::new(),
    }
}

fn sum(a: Option<Vec<f64>>, b: Option<Vec<f64>>) -> Option<Vec<f64>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.iter().zip(&b).map(|(a, b)| a + b).collect()),
        (a, b) => a.or(b),
    }
}
