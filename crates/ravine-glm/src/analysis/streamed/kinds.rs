//! What the numbers of a target are, as far as families and classes depend on it.

use crate::analysis::target::MOST_CLASSES;

/// Numbers that stand for all of a target: its distinct ones, as many as tell that they are no classes, its
/// range, and one of each kind.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Sorted.
    distinct: Vec<f64>,
    range: Option<(f64, f64)>,
    /// 0, 1, another whole number above, any other.
    kinds: [Option<f64>; 4],
}

impl Kinds {
    pub(super) fn see(&mut self, y: &[f64]) {
        for &y in y {
            let kind = match y {
                0.0 => 0,
                1.0 => 1,
                y if y > 0.0 && y.fract() == 0.0 => 2,
                _ => 3,
            };
            self.kinds[kind].get_or_insert(y);
            let (low, high) = self.range.unwrap_or((y, y));
            self.range = Some((low.min(y), high.max(y)));
            let place = self.distinct.partition_point(|&other| other < y);
            if self.distinct.get(place) != Some(&y) && self.distinct.len() <= MOST_CLASSES {
                self.distinct.insert(place, y);
            }
        }
    }

    pub(super) fn numbers(self) -> Vec<f64> {
        let (low, high) = self.range.unzip();
        let others = self.kinds.into_iter().chain([low, high]).flatten();
        self.distinct.into_iter().chain(others).collect()
    }
}
