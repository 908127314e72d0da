//! What the solvers have in common: where they start, what they tell.

/// Where an iterative solver starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// At zero, whatever x holds. Costs no product.
    #[default]
    Zero,
    /// At the x that was given: one product for its residual.
    Given,
}

/// Whether a solver ends with one more product, for the residual `b - A x` of what it gives back:
/// that of its recurrence drifts away from it by about `eps |A| |x|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrueResidual {
    /// It does.
    #[default]
    Measured,
    /// It does not, where products are dear.
    Skipped,
}
