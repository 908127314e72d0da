//! Runs that go in a circle of points which differ by rounding.

/// How long a run has gone without a lower value or a smaller gradient than all before. A method that
/// never goes up and finds neither goes in a circle of points that differ by rounding. So does one that
/// may go up, where its values are the same to rounding and its gradient falls as well as grows: where
/// it leaves a saddle, the gradient only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Stall {
    value: Option<f64>,
    gradient_norm: Option<f64>,
    steps: u32,
    /// The largest value since.
    highest: f64,
    /// The last gradient's norm.
    before: f64,
    /// Steps since that made the gradient smaller.
    falls: u32,
}

/// So many steps of a method that never goes up are a circle.
const CIRCLE: u32 = 30;

/// So many of one that may.
const WIDE_CIRCLE: u32 = 100;

impl Stall {
    /// Takes in a step; whether the run goes in a circle. Values that differ by `noise` are the same.
    pub fn record(&mut self, value: f64, gradient_norm: f64, monotone: bool, noise: f64) -> bool {
        let lower = self.value.is_none_or(|least| value < least);
        let smaller = self.gradient_norm.is_none_or(|least| gradient_norm < least);
        let least = self.value.map_or(value, |least| least.min(value));
        self.value = Some(least);
        self.falls += u32::from(gradient_norm < self.before);
        self.highest = self.highest.max(value);
        self.before = gradient_norm;
        if smaller {
            self.gradient_norm = Some(gradient_norm);
        }
        if lower || smaller {
            (self.steps, self.falls, self.highest) = (0, 0, value);
            return false;
        }
        self.steps += 1;
        if monotone {
            self.steps >= CIRCLE
        } else {
            self.steps >= WIDE_CIRCLE
                && self.highest - least <= noise
                && 4 * self.falls >= self.steps
        }
    }
}
