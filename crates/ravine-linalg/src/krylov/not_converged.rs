//! When an operator that is an iteration does not reach its tolerance.

use crate::error::Interrupt;

/// A product with an operator that is itself an iteration, an inverse or a function of another, did
/// not reach its tolerance: the cause inside of the [`Interrupt`] that the product then gives. What
/// was reached is in the result all the same.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::Interrupt;
/// use ravine_linalg::krylov::{Inverses, KrylovSettings, NotConverged};
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure};
///
/// // Singular, and the right-hand side is not in the range.
/// let a = Matrix::from_rows(&[[1.0, 1.0], [1.0, 1.0]]).assume(Structure::Semidefinite)?;
/// let inverse = a.krylov_inverse(KrylovSettings::default())?;
/// let Err(Interrupt::Function(error)) = inverse.apply(&vec![1.0, 0.0], &mut vec![0.0; 2]) else {
///     panic!("there is no solution")
/// };
/// let cause: &NotConverged = error.inner().downcast_ref().unwrap();
/// assert!(cause.reached > 0.7);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NotConverged {
    /// What iterates.
    pub method: &'static str,
    /// How it ended.
    pub end: String,
    /// The relative residual, or change, that it reached.
    pub reached: f64,
    /// The one asked for.
    pub tolerance: f64,
    /// Products made.
    pub products: usize,
}

impl std::fmt::Display for NotConverged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { method, end, reached, tolerance, products } = self;
        write!(
            f,
            "{method} reached {reached:.1e} in {products} products, not {tolerance:.1e}: {end}"
        )
    }
}

impl std::error::Error for NotConverged {}

impl From<NotConverged> for Interrupt {
    fn from(error: NotConverged) -> Self {
        Self::Function(error.into())
    }
}
