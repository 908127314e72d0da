//! What a model is fitted to.

use ravine::ArgumentError;

/// Targets, with weights and offsets where there are any: a number a row.
///
/// Weights count how often a row is there, or how exact its target is: a weight of 0 leaves the row
/// out, and all weights times a constant give the same fit. Of the binomial family, the target is the
/// share of successes, and the weight the number of trials. The offset is added to the linear
/// predictor, as the logarithm of an exposure is.
///
/// ```
/// use ravine_glm::Targets;
///
/// let y = [1.0, 0.0, 3.0];
/// let targets = Targets::new(&y).with_weights(&[1.0, 2.0, 0.5]).with_offset(&[0.0, 0.1, 0.0]);
/// assert_eq!(targets.weights, Some(&[1.0, 2.0, 0.5][..]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Targets<'a> {
    /// The targets.
    pub y: &'a [f64],
    /// Not negative; all 1 where there are none.
    pub weights: Option<&'a [f64]>,
    /// What is added to the linear predictor.
    pub offset: Option<&'a [f64]>,
}

impl<'a> Targets<'a> {
    /// Targets alone.
    pub fn new(y: &'a [f64]) -> Self {
        Self { y, weights: None, offset: None }
    }

    /// With weights.
    #[must_use]
    pub fn with_weights(self, weights: &'a [f64]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// With an offset.
    #[must_use]
    pub fn with_offset(self, offset: &'a [f64]) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// The weight of a row.
    pub(crate) fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }

    /// The sum of the weights.
    pub(crate) fn total_weight(&self) -> f64 {
        self.weights.map_or(self.y.len() as f64, |w| w.iter().sum())
    }

    /// The mean of the targets.
    pub(crate) fn mean(&self) -> f64 {
        let sum: f64 = (0..self.y.len()).map(|i| self.weight(i) * self.y[i]).sum();
        sum / self.total_weight()
    }

    /// Checks lengths, weights and offsets.
    pub(crate) fn check(&self, rows: usize) -> Result<(), ArgumentError> {
        let allowed = format!("one a row of the design, {rows}");
        ArgumentError::check(rows > 0, "design", "empty", "of at least one row")?;
        ArgumentError::check(self.y.len() == rows, "y.len()", self.y.len(), &allowed)?;
        if let Some(weights) = self.weights {
            ArgumentError::check(weights.len() == rows, "weights.len()", weights.len(), &allowed)?;
            if let Some(i) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
                let name = format!("weights[{i}]");
                ArgumentError::check(false, &name, weights[i], "zero or positive, and finite")?;
            }
            if weights.iter().all(|&w| w == 0.0) {
                let message = "every weight is zero: no row is left";
                return Err(ArgumentError::new("weights", message));
            }
        }
        if let Some(offset) = self.offset {
            ArgumentError::check(offset.len() == rows, "offset.len()", offset.len(), &allowed)?;
            if let Some(i) = offset.iter().position(|o| !o.is_finite()) {
                ArgumentError::check(false, &format!("offset[{i}]"), offset[i], "finite")?;
            }
        }
        Ok(())
    }
}

impl<'a> From<&'a [f64]> for Targets<'a> {
    fn from(y: &'a [f64]) -> Self {
        Self::new(y)
    }
}

impl<'a> From<&'a Vec<f64>> for Targets<'a> {
    fn from(y: &'a Vec<f64>) -> Self {
        Self::new(y)
    }
}

impl<'a, const N: usize> From<&'a [f64; N]> for Targets<'a> {
    fn from(y: &'a [f64; N]) -> Self {
        Self::new(y)
    }
}
