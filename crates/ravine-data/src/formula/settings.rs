//! How a formula becomes numbers.

/// What is done with rows in which a variable that is used has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They are left out, and counted.
    #[default]
    Drop,
    /// They are an error.
    Fail,
}

/// What a missing value of a category is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingCategories {
    /// A missing value like any other: see [`Missing`].
    #[default]
    Drop,
    /// A level of its own, the last, called `(missing)`.
    Level,
    /// Of no level: zeros in all columns.
    Zero,
}

/// Which levels of a category have columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelColumns {
    /// As many as are not spanned by the terms before: with an intercept, all but the base.
    #[default]
    FullRank,
    /// All, as suits a fit with a penalty.
    All,
}

/// How a formula is fitted to a table: see [`Formula::fit`](crate::Formula::fit).
///
/// ```
/// use ravine_data::{FrameSettings, Missing};
///
/// let settings = FrameSettings { missing: Missing::Fail, ..FrameSettings::default() };
/// assert!(settings.also.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrameSettings {
    /// Rows with missing values. Default [`Missing::Drop`].
    pub missing: Missing,
    /// Missing values of categories. Default [`MissingCategories::Drop`].
    pub categories_missing: MissingCategories,
    /// Whether the base level of a category has a column. Default [`LevelColumns::FullRank`].
    pub levels: LevelColumns,
    /// Further columns that are needed, such as weights and clusters: a row in which one is missing is a
    /// row with a missing value, and the frame holds them along its rows. They are no part of `.`.
    /// Default none.
    pub also: Vec<String>,
}

/// What a level that no row of the fit had is, in new data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unseen {
    /// An error that names column, value and row.
    #[default]
    Refuse,
    /// Of no level: zeros in all columns, which beside an intercept is the base.
    Base,
}

/// What values of new data are, beyond those that a spline was fitted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    /// What the formula says: an error, unless it has `extrapolation='clip'`.
    #[default]
    AsWritten,
    /// As the nearest end.
    Clip,
}

/// Whether the left side is evaluated for new data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftSide {
    /// It is not, and its columns need not be there.
    #[default]
    Ignore,
    /// It is, as where a model is tested.
    Evaluate,
}

/// How known terms are evaluated for new data: see [`Terms::frame`](crate::Terms::frame).
///
/// ```
/// use ravine_data::{PredictionSettings, Unseen};
///
/// let settings = PredictionSettings { unseen: Unseen::Base, ..PredictionSettings::default() };
/// assert!(settings.also.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictionSettings {
    /// Rows with missing values. Default [`Missing::Drop`].
    pub missing: Missing,
    /// Levels that the fit did not have. Default [`Unseen::Refuse`].
    pub unseen: Unseen,
    /// Values beyond the ends of splines. Default [`Outside::AsWritten`].
    pub outside: Outside,
    /// The target. Default [`LeftSide::Ignore`].
    pub left: LeftSide,
    /// Further columns that are needed: see [`FrameSettings::also`]. Default none.
    pub also: Vec<String>,
}
