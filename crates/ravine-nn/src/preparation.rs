//! What was done to the numbers of a file before a network sees them.

use ravine_linalg::ArgumentError;

use crate::loss::Loss;
use crate::network::Input;

/// What is to be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The class of a case: [`Loss::CrossEntropy`].
    Classification,
    /// A number: [`Loss::SquaredError`] in units of the target's variance.
    Regression,
    /// The inputs themselves, scaled to `[0, 1]`: [`Loss::Bernoulli`].
    Autoencoder,
}

/// A scale of its own: `(x - zero) / unit`; zero everywhere where the unit is 0.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scaling {
    /// What becomes zero.
    pub zero: f64,
    /// What is one from there.
    pub unit: f64,
}

impl Scaling {
    /// A number on that scale.
    ///
    /// ```
    /// let celsius = ravine_nn::Scaling { zero: 32.0, unit: 1.8 };
    /// assert_eq!(celsius.apply(50.0), 10.0);
    /// ```
    pub fn apply(&self, x: f64) -> f64 {
        if self.unit > 0.0 { (x - self.zero) / self.unit } else { 0.0 }
    }

    /// Mean and standard deviation.
    pub(crate) fn moments(column: &[f64]) -> Self {
        let n = column.len() as f64;
        let zero = column.iter().map(|x| x / n).sum::<f64>();
        let largest = column.iter().map(|x| (x - zero).abs()).fold(0.0, f64::max);
        if largest == 0.0 {
            return Self { zero, unit: 0.0 };
        }
        let square = column.iter().map(|x| ((x - zero) / largest).powi(2)).sum::<f64>() / n;
        Self { zero, unit: largest * square.sqrt() }
    }

    /// The least number and the distance to the largest.
    pub(crate) fn range(column: &[f64]) -> Self {
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { zero: low, unit: high - low }
    }
}

/// What was done to the numbers of a file before a network sees them: to be done again to those of another.
/// [`Learning::preparation`](crate::Learning::preparation) gives it, checkpoints keep it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Preparation {
    /// What is learnt.
    pub task: Task,
    /// What a case is.
    pub input: Input,
    /// The names of the classes, in the order of their numbers.
    pub classes: Vec<String>,
    /// The scale of each column of a table; a single one, of all pixels, for images.
    pub inputs: Vec<Scaling>,
    /// The scale of the target of a regression.
    pub target: Option<Scaling>,
}

impl Preparation {
    /// How many outputs a network needs.
    pub fn outputs(&self) -> usize {
        match self.task {
            Task::Classification => self.classes.len().max(2),
            Task::Regression => 1,
            Task::Autoencoder => self.input.entries(),
        }
    }

    /// The loss of the task.
    pub fn loss(&self) -> Loss {
        match self.task {
            Task::Classification => Loss::CrossEntropy,
            Task::Regression => Loss::SquaredError { variance: 1.0 },
            Task::Autoencoder => Loss::Bernoulli,
        }
    }

    /// The number of a class.
    pub(crate) fn class(&self, name: &str) -> Result<f32, ArgumentError> {
        let found = self.classes.iter().position(|class| class == name);
        found.map(|class| class as f32).ok_or_else(|| {
            let some = self.classes.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
            let rest = if self.classes.len() > 10 { ", ..." } else { "" };
            ArgumentError::new(
                "target",
                format!("has the class `{name}`, but must be one of {some}{rest}"),
            )
        })
    }
}
