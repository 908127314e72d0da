//! When an operator that is an iteration does not reach its tolerance.

use crate::minimize::Interrupt;

/// A product with an operator that is itself an iteration, an inverse or a function of another, did
/// not reach its tolerance: the cause inside of the [`Interrupt`] that the product then gives. What
/// was reached is in the result all the same.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::minimize::Interrupt;
/// use ravine::operator::{Algebra, KrylovSettings, LinearOperator, NotConverged, Structure};
///
/// // Singular, and the right-hand side is not in the range.
/// let a = Matrix::from_rows(&[[1.0, 1.0], [1.0, 1.0]]).assume(Structure::Semidefinite)?;
/// let inverse = a.krylov_inverse(KrylovSettings::default())?;
/// let Err(Interrupt::Objective(error)) = inverse.apply(&vec![1.0, 0.0], &mut vec![0.0; 2]) else {
///     panic!("there is no solution")
/// };
/// let cause: &NotConverged = error.inner().downcast_ref().unwrap();
/// assert!(cause.reached > 0.7);
/// # Ok::<(), ravine::minimize::ArgumentError>(())
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
        Self::Objective(error.into())
    }
}
