//! How far a quadratic model agrees with the function.

/// How far the quadratic model can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The function is quadratic, as far as can be seen: an error below `1e-6`.
    Quadratic,
    /// An error below 0.1: the model is good for a whole step.
    Good,
    /// An error below 1: the model points the right way, its length is not to be trusted.
    Fair,
    /// Anything else: a step needs a line search or a radius.
    Poor,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Quadratic => "the function is quadratic",
            Self::Good => "good for a whole step",
            Self::Fair => "right in direction, not in length",
            Self::Poor => "not to be trusted for a whole step",
        })
    }
}
