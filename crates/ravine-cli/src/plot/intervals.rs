//! Estimates with their intervals, one under the other on one scale.

/// An estimate and its interval, where there are any.
type Row = (Option<f64>, Option<(f64, f64)>);

/// On a scale that holds them all, and zero.
#[derive(Clone, Debug)]
pub struct Intervals {
    rows: Vec<Row>,
    pub range: (f64, f64),
}

/// An interval so many times as wide as the middle one goes over the edge rather than press all others
/// into a point.
const WIDE: f64 = 12.0;

impl Intervals {
    /// Of estimates and intervals.
    pub fn of(rows: impl Iterator<Item = Row>) -> Self {
        let rows: Vec<_> = rows.collect();
        let mut widths: Vec<f64> = rows
            .iter()
            .filter_map(|(_, interval)| interval.map(|(low, high)| high - low))
            .collect();
        widths.sort_by(f64::total_cmp);
        let most = widths.get(widths.len() / 2).map_or(f64::INFINITY, |middle| WIDE * middle);
        let mut range = (0.0f64, 0.0f64);
        for (_, interval) in &rows {
            let Some((low, high)) = *interval else { continue };
            if high - low <= most && low.is_finite() && high.is_finite() {
                range = (range.0.min(low), range.1.max(high));
            }
        }
        // Room at the edges that are not zero.
        let room = 0.04 * (range.1 - range.0);
        if range.0 < 0.0 {
            range.0 -= room;
        }
        if range.1 > 0.0 {
            range.1 += room;
        }
        if range.0 == range.1 {
            range = (-1.0, 1.0);
        }
        Self { rows, range }
    }

    /// Row k in so many characters, `|` at zero.
    pub fn draw(&self, k: usize, width: usize) -> String {
        let (low, high) = self.range;
        let cell = |x: f64| ((x - low) / (high - low) * (width - 1) as f64).round();
        let inside = |x: f64| cell(x).clamp(0.0, (width - 1) as f64) as usize;
        let mut line = vec![' '; width];
        line[inside(0.0)] = '│';
        let (estimate, interval) = self.rows[k];
        if let Some((from, to)) = interval {
            line[inside(from)..=inside(to)].fill('─');
            if cell(from) < 0.0 {
                line[0] = '◂';
            }
            if cell(to) > (width - 1) as f64 {
                line[width - 1] = '▸';
            }
            if from <= 0.0 && to >= 0.0 {
                line[inside(0.0)] = '┼';
            }
            if let Some(estimate) = estimate.filter(|&x| cell(x) >= 0.0 && cell(x) < width as f64) {
                line[inside(estimate)] = '●';
            }
        }
        line.into_iter().collect::<String>().trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_stand_on_one_scale_around_zero() {
        let rows = [(Some(1.0), Some((0.0, 2.0))), (Some(-1.0), Some((-2.0, -0.5))), (None, None)];
        let drawn = Intervals::of(rows.into_iter());
        assert_eq!(drawn.range, (-2.16, 2.16));
        assert_eq!(drawn.draw(0, 13), "      ┼──●───");
        assert_eq!(drawn.draw(1, 13), "───●──│");
        assert_eq!(drawn.draw(2, 13), "      │");
    }

    #[test]
    fn an_interval_that_is_far_too_wide_goes_over_the_edge() {
        let mut rows = vec![(Some(1.0), Some((0.5, 1.5))); 5];
        rows.push((Some(5.0), Some((-1e6, 1e6))));
        let drawn = Intervals::of(rows.into_iter());
        assert_eq!(drawn.range, (0.0, 1.56));
        let line = drawn.draw(5, 9);
        assert!(line.starts_with('◂') || line.starts_with('┼'), "{line}");
        assert!(line.ends_with('▸') && !line.contains('●'), "{line}");
    }
}
