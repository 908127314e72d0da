//! The places of eigenvalues that are sought or excluded.

use super::restart::Ends;
use super::ritz::{Accuracy, Ritz};

/// All below `low` and above `high`, both finite or not.
#[derive(Clone, Debug)]
pub(super) struct Beyond {
    pub low: f64,
    pub high: f64,
    /// How many are looked at.
    pub most: usize,
    pub accuracy: Accuracy,
}

impl Beyond {
    pub fn has(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }

    /// How many are beyond on either side.
    pub fn beyond(&self, values: &[f64]) -> Ends {
        let low = values.partition_point(|v| *v < self.low);
        let high = values.len() - values.partition_point(|v| *v <= self.high);
        Ends { low: low.min(self.most), high: high.min(self.most) }
    }

    /// The share of an eigenvector at `bound` in the start, relative to that of pair i, with which it
    /// would have been missed; without meaning where the pair is not near yet.
    pub fn share(&self, ritz: &Ritz, i: usize, bound: f64, discarded: &[f64]) -> f64 {
        let values = ritz.values();
        let (theta, residual) = (values[i], ritz.bound(i));
        let gap = (bound - theta).abs();
        if residual > 0.1 * gap {
            return f64::INFINITY;
        }
        // What is within the residual of theta is not told from it.
        let near = theta + residual.copysign(bound - theta);
        let others = values.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, v)| v);
        let growth: f64 = others
            .chain(discarded)
            .map(|zero| ((bound - zero).abs() / (near - zero).abs().max(f64::MIN_POSITIVE)).ln())
            .sum();
        residual / gap * (-growth).exp()
    }
}
