//! Which coefficients are shown.

use ravine_glm::analysis::{Coefficient, Estimate};

/// Rows of the table; of more, those that are not zero, and of these the largest.
const MOST_ROWS: usize = 40;
/// The number of a finite estimate.
pub fn value(row: &Coefficient) -> Option<f64> {
    match row.estimate {
        Estimate::Finite(b) => Some(b),
        _ => None,
    }
}

/// All rows where they are few, else the largest that are not zero, by their statistics where there are
/// some, the intercept first.
pub fn shown(all: &[Coefficient]) -> Vec<&Coefficient> {
    if all.len() <= MOST_ROWS {
        return all.iter().collect();
    }
    let size = |row: &Coefficient| row.statistic.or(value(row)).map_or(f64::INFINITY, f64::abs);
    let mut rows: Vec<&Coefficient> = all.iter().filter(|row| value(row) != Some(0.0)).collect();
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows.truncate(MOST_ROWS);
    rows
}
