//! How a number that shortens steps where it grows, a damping or the weight of a cubic term, follows the
//! agreement of model and function.

use ravine_linalg::ArgumentError;

/// The settings of [`Damping`](super::Damping) and [`Weight`](super::Weight), which say what they mean.
pub(super) struct Multiplier {
    pub initial: f64,
    pub smallest: f64,
    pub accept: f64,
    pub grow_below: f64,
    pub shrink_above: f64,
    pub grow: f64,
    pub shrink: f64,
}

impl Multiplier {
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let Self { initial, smallest, accept, grow_below, shrink_above, grow, shrink } = *self;
        let check = ArgumentError::check;
        check(smallest > 0.0 && smallest.is_finite(), "smallest", smallest, "positive")?;
        let allowed = initial >= smallest && initial.is_finite();
        check(allowed, "initial", initial, "at least `smallest`")?;
        check((0.0..grow_below).contains(&accept), "accept", accept, "in [0, grow_below)")?;
        let below = grow_below > 0.0 && grow_below < shrink_above;
        check(below, "grow_below", grow_below, "between 0 and shrink_above")?;
        check(shrink_above < 1.0, "shrink_above", shrink_above, "below 1")?;
        check(grow > 1.0 && grow.is_finite(), "grow", grow, "above 1")?;
        check(shrink > 0.0 && shrink < 1.0, "shrink", shrink, "between 0 and 1")
    }

    /// After a trial with this ratio of the actual to the predicted decrease.
    pub fn next(&self, now: f64, ratio: f64) -> f64 {
        if ratio.is_nan() {
            // Nothing is known of how far to shorten.
            10.0 * self.grow * now
        } else if ratio < self.grow_below {
            self.grow * now
        } else if ratio > self.shrink_above {
            (self.shrink * now).max(self.smallest)
        } else {
            now
        }
    }
}
