//! What a restart keeps.

use std::ops::Range;

/// How many are wanted, or kept, at each end of an ascending list of Ritz values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spectrum) struct Ends {
    pub low: usize,
    pub high: usize,
}

impl Ends {
    /// The places of these in a list of m, ascending; each once where the ends overlap.
    pub fn places(self, m: usize) -> impl Iterator<Item = usize> + Clone {
        let low = self.low.min(m);
        let high = m.saturating_sub(self.high).max(low);
        (0..low).chain(high..m)
    }

    /// The rest, between the ends.
    fn between(self, m: usize) -> Range<usize> {
        self.low..m - self.high
    }
}

/// What a product and the step around it cost, in units of a restart's work on one vector of the
/// basis for one vector kept. Chosen by measurement on sparse matrices with five entries a row,
/// n = 40,000 and 1,000,000: with more, restarts come earlier and take longer and save no products.
const PRODUCT: f64 = 20.0;

/// How many Ritz vectors to keep at each end, at least the wanted ones, so that the next cycle does
/// most for the first pair at each end that has not converged.
///
/// A cycle of d products multiplies the error of a Ritz pair by about `exp(-2 d sqrt(gamma))`, with
/// gamma the distance of its value from those that are not kept, relative to their spread: the more
/// are kept, the larger gamma, and the fewer products fit into the basis.
///
/// Source: Yamazaki, Bai, Simon, Wang and Wu (2010), ACM Trans. Math. Software 37, section 4,
/// here for both ends at once.
pub(super) fn keep(values: &[f64], converged: &[bool], wanted: Ends) -> Ends {
    let m = values.len();
    let low_target = (0..wanted.low).find(|&i| !converged[i]);
    let high_target = (m - wanted.high..m).rev().find(|&i| !converged[i]);
    // Room for at least a few products.
    let most = m - (m / 4).clamp(1, 20);
    let mut best = (f64::NEG_INFINITY, wanted);
    for low in wanted.low..=most {
        for high in wanted.high..=most.saturating_sub(low) {
            let kept = Ends { low, high };
            let rest = kept.between(m);
            let (first, last) = (values[rest.start], values[rest.end - 1]);
            let spread = (last - first).max(f64::MIN_POSITIVE);
            let gap_low = low_target.map_or(f64::INFINITY, |i| (first - values[i]) / spread);
            let gap_high = high_target.map_or(f64::INFINITY, |i| (values[i] - last) / spread);
            let (products, columns) = (rest.len() as f64, (low + high) as f64);
            let cost = PRODUCT * products + columns * m as f64;
            let gain = products * gap_low.min(gap_high).max(0.0).sqrt() / cost;
            if gain > best.0 {
                best = (gain, kept);
            }
        }
    }
    best.1
}
