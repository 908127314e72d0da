//! What a preconditioner is.

use crate::operator::LinearOperator;
use crate::vector::Vector;

/// A symmetric positive definite approximation M of the inverse of A, applied to residuals: every
/// linear operator is one where its user says so.
///
/// A preconditioned method works on the system with the matrix `M^(1/2) A M^(1/2)`, whose
/// condition number it feels instead of that of A; it never forms the root. What serves: the
/// inverse of the diagonal ([`Jacobi`](super::Jacobi)), an inverse L-BFGS matrix
/// ([`SecantPairs::inverse`](crate::secant::SecantPairs::inverse)), an incomplete factorization.
///
/// Source: Nocedal and Wright (2006), section 5.1, Preconditioning.
///
/// ```
/// use ravine_linalg::krylov::{CgWork, ConjugateGradient, Jacobi};
/// use ravine_linalg::matrix::Matrix;
///
/// // Badly scaled: condition number 1e8, but 3 after scaling by the diagonal.
/// let a = Matrix::from_rows(&[[1e8, 5e3], [5e3, 1.0]]);
/// let m = Jacobi::new(&[1e8, 1.0])?;
/// let b = vec![1e8, 0.0];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let info = ConjugateGradient::default().solve_preconditioned(&a, &m, &b, &mut x, &mut work)?;
/// assert_eq!(info.iterations, 2);
/// assert!((x[0] - 4.0 / 3.0).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Preconditioner<V: Vector>: LinearOperator<V> {}

impl<V: Vector, M: LinearOperator<V> + ?Sized> Preconditioner<V> for M {}
