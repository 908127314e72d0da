//! Sorting by a key without moving what is sorted.

/// The places of the values in ascending order; of equal ones, the first first.
pub(crate) fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    order
}
