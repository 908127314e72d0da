//! When two values count as the same.

/// Up to which value a run counts as having reached `lowest`, from the value `first`: `1e-6` of the
/// lowest above it, or `1e-8` of the way down.
///
/// ```
/// assert!((ravine_race::level(2.0, 102.0) - (2.0 + 2e-6)).abs() < 1e-15);
/// assert_eq!(ravine_race::level(0.0, 100.0), 1e-6);
/// ```
pub fn level(lowest: f64, first: f64) -> f64 {
    lowest + (1e-6 * lowest.abs()).max(1e-8 * (first - lowest))
}
