//! What is known of a linear operator.

/// What is known of a linear operator, from least to most: each level includes those before it.
///
/// It chooses a solver: conjugate gradients for a definite operator, minimal residuals for a
/// symmetric one, least squares for any.
///
/// ```
/// use ravine::operator::Structure;
///
/// assert!(Structure::Definite > Structure::Semidefinite);
/// // A sum has what both terms have...
/// let sum = Structure::Symmetric.min(Structure::Definite);
/// assert_eq!(sum, Structure::Symmetric);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Structure {
    /// Nothing.
    #[default]
    General,
    /// `A = A'`.
    Symmetric,
    /// `A = A'` and `x'Ax >= 0` for all x.
    Semidefinite,
    /// `A = A'` and `x'Ax > 0` for all x but zero.
    Definite,
}
