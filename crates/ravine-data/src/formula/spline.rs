//! B-splines.

/// Where a spline may be evaluated beyond its knots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Extrapolation {
    /// Nowhere: an error.
    Raise,
    /// Everywhere, as at the nearest end.
    Clip,
}

/// The basis of splines of a degree over knots: B_(j,0)(x) = 1 between knots j and j + 1, and
///
/// B_(j,k)(x) = (x - t_j)/(t_(j+k) - t_j) B_(j,k-1)(x) + (t_(j+k+1) - x)/(t_(j+k+1) - t_(j+1)) B_(j+1,k-1)(x)
///
/// (de Boor, A Practical Guide to Splines, chapter IX). The last interval includes its end.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Spline {
    pub degree: usize,
    /// Ascending, both ends degree + 1 times.
    pub knots: Vec<f64>,
}

impl Spline {
    /// With interior knots, ascending, between two bounds.
    pub(super) fn new(degree: usize, interior: &[f64], lower: f64, upper: f64) -> Self {
        let ends = |x: f64| std::iter::repeat_n(x, degree + 1);
        let knots = ends(lower).chain(interior.iter().copied()).chain(ends(upper)).collect();
        Self { degree, knots }
    }

    /// The number of functions.
    pub(super) fn functions(&self) -> usize {
        self.knots.len().saturating_sub(self.degree + 1)
    }

    pub(super) fn bounds(&self) -> (f64, f64) {
        (self.knots[0], self.knots[self.knots.len() - 1])
    }

    /// The values of all functions at a point within the bounds.
    pub(super) fn values(&self, x: f64) -> Vec<f64> {
        let (degree, t) = (self.degree, &self.knots);
        let functions = self.functions();
        // The interval t_s <= x < t_(s+1), not empty; at the upper end the last one that is not.
        let mut s = t.partition_point(|&knot| knot <= x).saturating_sub(1).min(functions - 1);
        while s > degree && t[s] == t[s + 1] {
            s -= 1;
        }
        // The degree + 1 functions that are not zero there, degree by degree.
        let mut local = vec![0.0; degree + 1];
        local[0] = 1.0;
        for k in 1..=degree {
            let mut carried = 0.0;
            for j in 0..k {
                let (right, left) = (t[s + 1 + j], t[s + 1 + j - k]);
                let width = right - left;
                let share = if width > 0.0 { local[j] / width } else { 0.0 };
                local[j] = carried + (right - x) * share;
                carried = (x - left) * share;
            }
            local[k] = carried;
        }
        let mut values = vec![0.0; functions];
        for (j, value) in local.into_iter().enumerate() {
            values[s - degree + j] = value;
        }
        values
    }
}

/// The quantiles of sorted numbers at k/(count + 1), k = 1, ..., count, between neighbours linearly.
pub(super) fn quantiles(sorted: &[f64], count: usize) -> Vec<f64> {
    (1..=count)
        .map(|k| {
            let place = k as f64 / (count + 1) as f64 * (sorted.len() - 1) as f64;
            let below = (place.floor() as usize).min(sorted.len() - 1);
            let above = (below + 1).min(sorted.len() - 1);
            sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
        })
        .collect()
}
