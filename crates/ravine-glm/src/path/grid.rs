//! The alphas of a path.

use ravine::ArgumentError;
use ravine_data::Design;

/// A path ends where this share of the null deviance is explained.
pub(super) const EXPLAINED: f64 = 0.999;

/// Alphas as given, or a geometric sequence.
pub(super) struct Grid<'a> {
    pub(super) alphas: Option<&'a [f64]>,
    pub(super) count: usize,
    /// The last by the first.
    pub(super) ratio: Option<f64>,
}

impl Grid<'_> {
    /// The alphas in falling order; the first of a sequence is `largest`.
    pub(super) fn of(
        &self,
        design: &Design,
        largest: impl FnOnce() -> Result<f64, ArgumentError>,
    ) -> Result<Vec<f64>, ArgumentError> {
        if let Some(alphas) = self.alphas {
            ArgumentError::check(!alphas.is_empty(), "alphas.len()", 0, "at least 1")?;
            if let Some(i) = alphas.iter().position(|a| !(*a >= 0.0 && a.is_finite())) {
                let name = format!("alphas[{i}]");
                ArgumentError::check(false, &name, alphas[i], "zero or positive, and finite")?;
            }
            let mut alphas = alphas.to_vec();
            alphas.sort_by(|a, b| b.total_cmp(a));
            return Ok(alphas);
        }
        let count = self.count;
        ArgumentError::check(count > 0, "count", count, "at least 1")?;
        let wide = design.rows() <= design.columns();
        let ratio = self.ratio.unwrap_or(if wide { 1e-2 } else { 1e-4 });
        ArgumentError::check(ratio > 0.0 && ratio < 1.0, "ratio", ratio, "above 0 and below 1")?;
        let first = largest()?;
        let step = |k: usize| ratio.powf(k as f64 / (count.max(2) - 1) as f64);
        Ok((0..count).map(|k| first * step(k)).collect())
    }
}
