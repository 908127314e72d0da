//! What is known of a linear operator.

/// What is known of a linear operator, from least to most: each level includes those before it.
///
/// It chooses a solver: conjugate gradients for a definite operator, minimal residuals for a
/// symmetric one, least squares for any. The methods say what is known of a result from what is
/// known of its parts.
///
/// ```
/// use ravine_linalg::operator::Structure;
///
/// assert!(Structure::Definite > Structure::Semidefinite);
/// // Damping makes semidefinite curvature definite; a definite term does not help an indefinite one.
/// assert_eq!(Structure::Semidefinite.plus(Structure::Definite), Structure::Definite);
/// assert_eq!(Structure::Symmetric.plus(Structure::Definite), Structure::Symmetric);
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
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

impl Structure {
    /// Of a symmetric operator with these eigenvalues.
    ///
    /// ```
    /// use ravine_linalg::operator::Structure;
    ///
    /// assert_eq!(Structure::of_eigenvalues([1.0, 0.0]), Structure::Semidefinite);
    /// assert_eq!(Structure::of_eigenvalues([1.0, -2.0]), Structure::Symmetric);
    /// ```
    pub fn of_eigenvalues(eigenvalues: impl IntoIterator<Item = f64>) -> Self {
        let of_one = |lambda: f64| {
            if lambda > 0.0 {
                Self::Definite
            } else if lambda == 0.0 {
                Self::Semidefinite
            } else {
                Self::Symmetric
            }
        };
        eigenvalues.into_iter().map(of_one).min().unwrap_or(Self::Definite)
    }

    /// Whether `A = A'` is known.
    pub fn is_symmetric(self) -> bool {
        self >= Self::Symmetric
    }

    /// Of a sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let least = self.min(other);
        if least >= Self::Semidefinite { self.max(other) } else { least }
    }

    /// Of a multiple.
    ///
    /// ```
    /// use ravine_linalg::operator::Structure;
    ///
    /// assert_eq!(Structure::Definite.scaled(-1.0), Structure::Symmetric);
    /// assert_eq!(Structure::Definite.scaled(0.0), Structure::Semidefinite);
    /// ```
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Symmetric if factor == 0.0 => Self::Semidefinite,
            _ => self.min(Self::of_eigenvalues([factor])),
        }
    }

    /// Of `A + shift I`.
    #[must_use]
    pub fn shifted(self, shift: f64) -> Self {
        self.plus(Self::of_eigenvalues([shift]))
    }

    /// Of the inverse, if there is one.
    #[must_use]
    pub fn inverse(self) -> Self {
        if self == Self::Semidefinite { Self::Definite } else { self }
    }

    /// Of the power with that exponent.
    #[must_use]
    pub fn power(self, exponent: u32) -> Self {
        match exponent {
            0 => Self::Definite,
            _ if exponent.is_multiple_of(2) && self == Self::Symmetric => Self::Semidefinite,
            _ => self,
        }
    }
}
