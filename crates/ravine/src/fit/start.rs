//! Where a fit begins that is given no start.

use crate::objective::Bounds;

/// Ones; within bounds of which both are finite the middle, beside a single one its neighbour at a
/// distance of one: what SciPy's `curve_fit` takes.
///
/// ```
/// use ravine::Bounds;
///
/// let infinity = f64::INFINITY;
/// let bounds = Bounds::new(vec![0.0, 2.0, -infinity, -infinity], vec![10.0, infinity, -3.0, infinity])?;
/// assert_eq!(ravine::fit::usual_start(&bounds), [5.0, 3.0, -4.0, 1.0]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn usual_start(bounds: &Bounds) -> Vec<f64> {
    let between = |(&low, &high): (&f64, &f64)| match (low.is_finite(), high.is_finite()) {
        (true, true) => 0.5 * low + 0.5 * high,
        (true, false) => low + 1.0,
        (false, true) => high - 1.0,
        (false, false) => 1.0,
    };
    bounds.lower().iter().zip(bounds.upper()).map(between).collect()
}
