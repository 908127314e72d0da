//! Averages over steps.

use ravine_linalg::ArgumentError;

use super::allowed::share;

/// How something is averaged over steps. The same decay gives different numbers in different forms;
/// a state says which one it holds. Sample z, count k = 1, 2, ...
///
/// ```
/// use ravine_nn::precondition::{Average, Averaging};
///
/// let mut averaging = Averaging::new(Average::Corrected { decay: 0.9 });
/// let mut x = 0.0;
/// for z in [2.0, 2.0] {
///     let (keep, add) = averaging.next_weights();
///     x = keep * x + add * z;
/// }
/// assert!((x * averaging.correction() - 2.0_f64).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Average {
    /// `x <- decay x + (1 - decay) z` from zero: too small by `1 - decay^k`.
    Plain {
        /// In `[0, 1)`.
        decay: f64,
    },
    /// [`Plain`](Self::Plain), divided by `1 - decay^k` whenever it is read.
    Corrected {
        /// In `[0, 1)`.
        decay: f64,
    },
    /// `w <- decay w + 1; x <- x + (z - x) / w`: the numbers of [`Corrected`](Self::Corrected), stored as
    /// they are read.
    Counted {
        /// In `[0, 1]`; 1 is the mean of all.
        decay: f64,
    },
    /// `x <- e x + (1 - e) z` with `e = min(1 - 1/k, decay)`: the mean of all samples at first, an
    /// exponential average later (Martens and Grosse, 2015).
    Warming {
        /// In `[0, 1]`.
        decay: f64,
    },
    /// `x <- x + z`, as in AdaGrad and the first Shampoo.
    Sum,
}

impl Average {
    pub(super) fn check(self, name: &str) -> Result<(), ArgumentError> {
        let name = format!("{name}.decay");
        match self {
            Self::Plain { decay } | Self::Corrected { decay } => share(&name, decay),
            Self::Counted { decay } | Self::Warming { decay } => {
                ArgumentError::check((0.0..=1.0).contains(&decay), &name, decay, "in [0, 1]")
            }
            Self::Sum => Ok(()),
        }
    }
}

/// An [`Average`] and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Averaging {
    average: Average,
    count: u64,
    weight: f64,
}

impl Averaging {
    /// Before the first sample.
    pub fn new(average: Average) -> Self {
        Self { average, count: 0, weight: 0.0 }
    }

    /// The number of samples.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Counts one more sample z, and gives `(keep, add)` with which `x <- keep x + add z`.
    pub fn next_weights(&mut self) -> (f64, f64) {
        self.count += 1;
        match self.average {
            Average::Plain { decay } | Average::Corrected { decay } => {
                self.weight = decay * self.weight + (1.0 - decay);
                (decay, 1.0 - decay)
            }
            Average::Counted { decay } => {
                self.weight = decay * self.weight + 1.0;
                (1.0 - 1.0 / self.weight, 1.0 / self.weight)
            }
            Average::Warming { decay } => {
                let keep = (1.0 - 1.0 / self.count as f64).min(decay);
                (keep, 1.0 - keep)
            }
            Average::Sum => (1.0, 1.0),
        }
    }

    /// What the stored number is multiplied by when it is read.
    pub fn correction(&self) -> f64 {
        match self.average {
            Average::Corrected { .. } if self.count > 0 => 1.0 / self.weight,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(average: Average, samples: &[f64]) -> f64 {
        let (mut averaging, mut x) = (Averaging::new(average), 0.0);
        for &z in samples {
            let (keep, add) = averaging.next_weights();
            x = keep * x + add * z;
        }
        assert_eq!(averaging.count(), samples.len() as u64);
        x * averaging.correction()
    }

    #[test]
    fn forms_are_what_their_formulas_say() {
        let samples = [3.0, -1.0, 4.0, 1.0];
        let decay = 0.8f64;
        let plain: f64 =
            samples.iter().enumerate().map(|(k, z)| 0.2 * decay.powi(3 - k as i32) * z).sum();
        let corrected = plain / (1.0 - decay.powi(4));
        assert!((read(Average::Plain { decay }, &samples) - plain).abs() < 1e-15);
        assert!((read(Average::Corrected { decay }, &samples) - corrected).abs() < 1e-14);
        assert!((read(Average::Counted { decay }, &samples) - corrected).abs() < 1e-14);
        // Means of 1, 2, 3, 4 samples: 1 - 1/4 is still below 0.8.
        assert!((read(Average::Warming { decay }, &samples) - 1.75).abs() < 1e-14);
        let late = 0.5 * read(Average::Warming { decay: 0.5 }, &samples[..3]) + 0.5;
        assert!((read(Average::Warming { decay: 0.5 }, &samples) - late).abs() < 1e-14);
        assert_eq!(read(Average::Sum, &samples), 7.0);
        // Without a past the first sample is read as it is, but for the plain form.
        for average in
            [Average::Corrected { decay }, Average::Counted { decay }, Average::Warming { decay }]
        {
            assert!((read(average, &[3.0]) - 3.0).abs() < 1e-15);
        }
        assert_eq!(read(Average::Counted { decay: 1.0 }, &[1.0, 2.0, 6.0]), 3.0);
    }
}
