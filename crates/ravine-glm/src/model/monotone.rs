//! Coefficients that rise or fall along an ordered factor.

/// Which way coefficients go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// None is below the one before it.
    #[default]
    Rising,
    /// None is above the one before it.
    Falling,
}

/// What comes before the first column of a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// A level without a column, whose coefficient is zero: the reference of a factor.
    #[default]
    Reference,
    /// Nothing: the first coefficient is free, as of a spline.
    Nothing,
}

/// Columns, in order, whose coefficients rise or fall: of an ordered factor, or of B-splines, whose curve
/// is then monotone.
///
/// They are fitted as increments `delta_k = b_k - b_(k-1)` with a bound of zero, which is exact. A
/// penalty is one of the increments.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{GeneralizedLinearModel, MonotoneTerm};
///
/// // Four levels with one row each: the means of the middle two are in the wrong order.
/// let x = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// let names = ["b", "c", "d"].map(str::to_owned);
/// let x = Design::dense(Matrix::from_rows(&x), names.to_vec());
/// let model = GeneralizedLinearModel {
///     monotone: vec![MonotoneTerm::rising([0, 1, 2])],
///     ..Default::default()
/// };
/// let fitted = model.fit(&x, &[1.0, 4.0, 2.0, 5.0])?;
/// // They are pooled.
/// for (mean, expected) in fitted.predict(&x, None)?.iter().zip([1.0, 3.0, 3.0, 5.0]) {
///     assert!((mean - expected).abs() < 1e-6);
/// }
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonotoneTerm {
    /// Which columns, without the intercept, in the order of the levels.
    pub columns: Vec<usize>,
    /// Which way. Default [`Direction::Rising`].
    #[serde(default)]
    pub direction: Direction,
    /// What comes before the first. Default [`Before::Reference`].
    #[serde(default)]
    pub before: Before,
}

impl MonotoneTerm {
    /// The columns of the levels but the reference, with coefficients that rise from zero.
    pub fn rising(columns: impl Into<Vec<usize>>) -> Self {
        let (direction, before) = (Direction::Rising, Before::Reference);
        Self { columns: columns.into(), direction, before }
    }

    /// The same with coefficients that fall.
    pub fn falling(columns: impl Into<Vec<usize>>) -> Self {
        Self { direction: Direction::Falling, ..Self::rising(columns) }
    }
}
