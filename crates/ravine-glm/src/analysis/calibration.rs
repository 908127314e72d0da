//! Whether predicted means come true.

/// A group of rows with about the same prediction.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Calibration {
    /// The mean prediction.
    pub predicted: f64,
    /// The mean of what was observed.
    pub observed: f64,
    /// The standard deviation of the observed mean, were the predictions true probabilities:
    /// `sqrt(sum w^2 mu (1 - mu)) / W`.
    pub deviation: f64,
    /// The rows.
    pub rows: usize,
}

/// At most `groups` groups of rows in the order of their predictions, as equal in number as they can be;
/// rows of equal predictions stay together. Rows of weight zero do not count.
///
/// ```
/// use ravine_glm::analysis::calibration;
///
/// let groups = calibration(&[0.0, 1.0, 0.0, 1.0], &[0.1, 0.9, 0.2, 0.7], |_| 1.0, 2);
/// assert_eq!((groups.len(), groups[0].rows), (2, 2));
/// assert!((groups[0].predicted - 0.15).abs() < 1e-15 && groups[1].observed == 1.0);
/// ```
pub fn calibration(
    y: &[f64],
    means: &[f64],
    weight: impl Fn(usize) -> f64,
    groups: usize,
) -> Vec<Calibration> {
    let mut order: Vec<usize> = (0..y.len()).filter(|&i| weight(i) > 0.0).collect();
    order.sort_by(|&i, &j| means[i].total_cmp(&means[j]));
    let count = order.len();
    let mut found = Vec::new();
    let mut first = 0;
    for group in 1..=groups {
        let mut end = (count * group / groups).max(first);
        while end > first && end < count && means[order[end]] == means[order[end - 1]] {
            end += 1;
        }
        if end > first {
            let rows = &order[first..end];
            let total: f64 = rows.iter().map(|&i| weight(i)).sum();
            let mean = |of: &[f64]| rows.iter().map(|&i| weight(i) * of[i]).sum::<f64>() / total;
            let spread = |i: &usize| weight(*i).powi(2) * means[*i] * (1.0 - means[*i]);
            found.push(Calibration {
                predicted: mean(means),
                observed: mean(y),
                deviation: rows.iter().map(spread).sum::<f64>().max(0.0).sqrt() / total,
                rows: rows.len(),
            });
        }
        first = end;
    }
    found
}
