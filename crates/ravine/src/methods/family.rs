//! Families of methods.

/// Which part of the spectrum a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Gradients only, no curvature or a diagonal one.
    FirstOrder,
    /// Nonlinear conjugate gradients.
    ConjugateGradient,
    /// Curvature from secant pairs.
    QuasiNewton,
    /// Exact Hessians or their products.
    Newton,
    /// Curvature seen through random vectors, or over random cases.
    Sketched,
    /// A model within a radius, or with a cubic term.
    TrustRegion,
    /// Residuals and their Jacobian.
    LeastSquares,
    /// The Fisher information.
    NaturalGradient,
    /// Chosen among all others.
    Automatic,
    /// Not the library's.
    Own,
}

impl Family {
    /// The family in one word, as in JSON.
    ///
    /// ```
    /// use ravine::methods::Family;
    ///
    /// assert_eq!(Family::QuasiNewton.name(), "quasi_newton");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstOrder => "first_order",
            Self::ConjugateGradient => "conjugate_gradient",
            Self::QuasiNewton => "quasi_newton",
            Self::Newton => "newton",
            Self::Sketched => "sketched",
            Self::TrustRegion => "trust_region",
            Self::LeastSquares => "least_squares",
            Self::NaturalGradient => "natural_gradient",
            Self::Automatic => "automatic",
            Self::Own => "own",
        }
    }
}
