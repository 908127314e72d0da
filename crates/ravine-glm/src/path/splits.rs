//! Which rows are fitted and which are held out.

/// Splits of the rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Splits<'a> {
    /// The fold of each row: a split holds one fold out.
    Folds(&'a [usize]),
    /// Rows that are fitted, and rows that are held out.
    Lists(&'a [(Vec<usize>, Vec<usize>)]),
}

impl Splits<'_> {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Folds(folds) => folds.iter().max().map_or(0, |fold| fold + 1),
            Self::Lists(lists) => lists.len(),
        }
    }

    /// Of weights of all rows those of the training rows of split k; zeros for all others.
    pub(crate) fn training(&self, k: usize, weights: &[f64]) -> Vec<f64> {
        match self {
            Self::Folds(folds) => chosen(weights, |i| folds[i] != k),
            Self::Lists(lists) => listed(weights, &lists[k].0),
        }
    }

    /// The same of the rows held out.
    pub(crate) fn held_out(&self, k: usize, weights: &[f64]) -> Vec<f64> {
        match self {
            Self::Folds(folds) => chosen(weights, |i| folds[i] == k),
            Self::Lists(lists) => listed(weights, &lists[k].1),
        }
    }
}

fn chosen(weights: &[f64], takes: impl Fn(usize) -> bool) -> Vec<f64> {
    weights.iter().enumerate().map(|(i, &w)| if takes(i) { w } else { 0.0 }).collect()
}

/// A row that is listed several times has its weight as often.
fn listed(weights: &[f64], rows: &[usize]) -> Vec<f64> {
    let mut own = vec![0.0; weights.len()];
    rows.iter().for_each(|&i| own[i] += weights[i]);
    own
}
