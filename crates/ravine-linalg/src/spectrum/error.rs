//! Why there is no answer about a spectrum.

use crate::error::{ArgumentError, Interrupt};
use crate::matrix::FactorizationError;

/// Why a measurement of a spectrum gave nothing.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::spectrum::{SpectralDensity, SpectrumError};
///
/// let a = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
/// let error = SpectralDensity::default().estimate(&a, &vec![0.0; 2]).unwrap_err();
/// assert!(matches!(error, SpectrumError::NotFinite));
/// ```
#[derive(Debug)]
pub enum SpectrumError {
    /// An argument or setting cannot be used.
    Argument(ArgumentError),
    /// A product with the operator did not come back.
    Interrupt(Interrupt),
    /// A product with the operator is not finite.
    NotFinite,
    /// A small factorization failed.
    Factorization(FactorizationError),
}

impl std::fmt::Display for SpectrumError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
            Self::Interrupt(interrupt) => interrupt.fmt(f),
            Self::NotFinite => f.write_str("a product with the operator is not finite"),
            Self::Factorization(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SpectrumError {}

impl From<ArgumentError> for SpectrumError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<Interrupt> for SpectrumError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

impl From<FactorizationError> for SpectrumError {
    fn from(error: FactorizationError) -> Self {
        Self::Factorization(error)
    }
}
