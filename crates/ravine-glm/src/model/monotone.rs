//! Coefficients that rise or fall along an ordered factor.

use ravine::ArgumentError;
use ravine::matrix::{Matrix, SparseRows};
use ravine_data::Design;

use super::settings::GeneralizedLinearModel;

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

/// The model of the increments and its design, whose column k of a term is the sum of the columns from k
/// on; `None` where no term is monotone.
pub(crate) fn by_increments(
    model: &GeneralizedLinearModel,
    design: &Design,
) -> Result<Option<(GeneralizedLinearModel, Design)>, ArgumentError> {
    if model.monotone.is_empty() {
        return Ok(None);
    }
    let n = design.columns();
    let bounds = |own: &Option<Vec<f64>>, far: f64| own.clone().unwrap_or_else(|| vec![far; n]);
    let mut lower = bounds(&model.lower, f64::NEG_INFINITY);
    let mut upper = bounds(&model.upper, f64::INFINITY);
    if (lower.len(), upper.len()) != (n, n) {
        // What is wrong is said where bounds are checked.
        return Ok(Some((without_terms(model, lower, upper), design.clone())));
    }
    let mut place: Vec<Option<(usize, usize)>> = vec![None; n];
    for (t, term) in model.monotone.iter().enumerate() {
        let name = format!("monotone[{t}]");
        if term.columns.is_empty() {
            return Err(ArgumentError::new(name, "is empty, but must have at least one column"));
        }
        for (k, &j) in term.columns.iter().enumerate() {
            let allowed = format!("the number of a column, below {n}");
            ArgumentError::check(j < n, &name, j, &allowed)?;
            if let Some((other, _)) = place[j].replace((t, k)) {
                let message = format!("has column {j}, which is in monotone[{other}] already");
                return Err(ArgumentError::new(name, message));
            }
            if lower[j].is_finite() || upper[j].is_finite() {
                let message = format!("has column {j}, which has bounds of its own");
                return Err(ArgumentError::new(name, message));
            }
            if k > 0 || term.before == Before::Reference {
                match term.direction {
                    Direction::Rising => lower[j] = 0.0,
                    Direction::Falling => upper[j] = 0.0,
                }
            }
        }
    }
    let rows = design.to_rows();
    let mut sums = SparseRows::default();
    let mut dense = Matrix::zeros(if design.is_sparse() { 0 } else { design.rows() }, n);
    let (mut row, mut touched) = (vec![0.0; n], Vec::new());
    for i in 0..design.rows() {
        let (columns, values) = rows.row(i);
        for (&j, &x) in columns.iter().zip(values) {
            let j = j as usize;
            let own = [j];
            let reached = match place[j] {
                Some((t, k)) => &model.monotone[t].columns[..=k],
                None => &own[..],
            };
            for &l in reached {
                row[l] += x;
                touched.push(l);
            }
        }
        touched.sort_unstable();
        touched.dedup();
        if design.is_sparse() {
            let entries: Vec<(u32, f64)> = touched.iter().map(|&l| (l as u32, row[l])).collect();
            sums.push_row(&entries);
        } else {
            touched.iter().for_each(|&l| dense[(i, l)] = row[l]);
        }
        touched.drain(..).for_each(|l| row[l] = 0.0);
    }
    sums.widen(n);
    let names = design.names()[usize::from(design.has_intercept())..].to_vec();
    let mut changed = if design.is_sparse() {
        Design::sparse(sums).with_names(names)
    } else {
        Design::dense(dense, names)
    };
    if design.has_intercept() {
        changed.add_intercept();
    }
    Ok(Some((without_terms(model, lower, upper), changed)))
}

fn without_terms(
    model: &GeneralizedLinearModel,
    lower: Vec<f64>,
    upper: Vec<f64>,
) -> GeneralizedLinearModel {
    let (lower, upper) = (Some(lower), Some(upper));
    GeneralizedLinearModel { monotone: Vec::new(), lower, upper, ..model.clone() }
}

/// Coefficients from increments.
pub(crate) fn add_up(terms: &[MonotoneTerm], b: &mut [f64]) {
    for term in terms {
        let mut sum = 0.0;
        for &j in &term.columns {
            sum += b[j];
            b[j] = sum;
        }
    }
}

/// Increments from coefficients.
pub(crate) fn differences(terms: &[MonotoneTerm], b: &mut [f64]) {
    for term in terms {
        let mut before = 0.0;
        for &j in &term.columns {
            (before, b[j]) = (b[j], b[j] - before);
        }
    }
}
