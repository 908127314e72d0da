//! Monotone terms as bounds of increments.

use ravine::ArgumentError;
use ravine::matrix::{Matrix, SparseRows};
use ravine_data::Design;

use super::monotone::{Before, Direction, MonotoneTerm};
use super::settings::GeneralizedLinearModel;

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
