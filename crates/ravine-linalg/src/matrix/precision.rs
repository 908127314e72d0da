//! The precisions in which dense matrices are factored.

use super::Matrix;
use super::backend::{self, BunchKaufman, PartialPivoting};
use super::error::Watched;
use super::part::Part;
use crate::vector::Scalar;
use crate::vector::product;
use crate::{Interrupt, Watch};

/// A precision of dense matrices, `f32` or `f64`, with products and factorizations of its own. They
/// are compiled once, here, whatever is generic over them.
///
/// ```
/// use ravine_linalg::matrix::{FactorizationError, Matrix, Precision, SymmetricEigen};
///
/// fn condition<T: Precision>(a: &Matrix<T>) -> Result<f64, FactorizationError> {
///     let eigen = SymmetricEigen::new(a)?;
///     Ok(eigen.norm() / eigen.values()[0])
/// }
/// let a = Matrix::from_rows(&[[2.0_f32, 1.0], [1.0, 2.0]]);
/// assert!((condition(&a)? - 3.0).abs() < 1e-5);
/// # Ok::<(), FactorizationError>(())
/// ```
pub trait Precision: Scalar + Compiled {}

/// What is compiled for each.
pub trait Compiled: Scalar {
    fn multiply(c: &mut [Self], a: &[Self], b: &[Self], rows: usize, count: usize);
    fn multiply_transposed(c: &mut [Self], a: &Matrix<Self>, b: &[Self]);
    fn add_gram(c: &mut Matrix<Self>, a: &Matrix<Self>);
    /// `C = [C +] factor A B`, C by rows.
    fn product<'a>(
        c: &mut [Self],
        add: bool,
        factor: Self,
        a: impl Into<Part<'a, Self>>,
        b: impl Into<Part<'a, Self>>,
    );
    /// `C += factor A'A` in the lower triangle.
    fn add_gram_in<'a>(
        c: &mut [Self],
        strides: [usize; 2],
        a: impl Into<Part<'a, Self>>,
        factor: Self,
    );
    fn cholesky(lower: &mut Matrix<Self>, watch: Watch<'_>) -> Watched<()>;
    fn symmetric_eigen(a: &Matrix<Self>, watch: Watch<'_>) -> Watched<(Vec<f64>, Matrix<Self>)>;
    fn bunch_kaufman(a: &Matrix<Self>, watch: Watch<'_>) -> Result<BunchKaufman<Self>, Interrupt>;
    fn solve_symmetric(factor: &BunchKaufman<Self>, x: &mut [Self]);
    fn partial_pivoting(a: &Matrix<Self>) -> PartialPivoting<Self>;
    fn solve(factor: &PartialPivoting<Self>, x: &mut [Self]);
    fn solve_transposed(factor: &PartialPivoting<Self>, x: &mut [Self]);
}

macro_rules! precision {
    ($scalar:ty) => {
        impl Precision for $scalar {}

        impl Compiled for $scalar {
            fn multiply(c: &mut [Self], a: &[Self], b: &[Self], rows: usize, count: usize) {
                product::multiply_in(c, a, b, rows, count);
            }

            fn multiply_transposed(c: &mut [Self], a: &Matrix<Self>, b: &[Self]) {
                backend::multiply_transposed(c, a, b);
            }

            fn add_gram(c: &mut Matrix<Self>, a: &Matrix<Self>) {
                backend::add_gram(c, a);
            }

            fn product<'a>(
                c: &mut [Self],
                add: bool,
                factor: Self,
                a: impl Into<Part<'a, Self>>,
                b: impl Into<Part<'a, Self>>,
            ) {
                backend::product(c, add, factor, a.into(), b.into());
            }

            fn add_gram_in<'a>(
                c: &mut [Self],
                strides: [usize; 2],
                a: impl Into<Part<'a, Self>>,
                factor: Self,
            ) {
                backend::add_gram_in(c, strides, a.into(), factor);
            }

            fn cholesky(lower: &mut Matrix<Self>, watch: Watch<'_>) -> Watched<()> {
                backend::cholesky_watched(lower, watch)
            }

            fn symmetric_eigen(
                a: &Matrix<Self>,
                watch: Watch<'_>,
            ) -> Watched<(Vec<f64>, Matrix<Self>)> {
                backend::symmetric_eigen(a, watch)
            }

            fn bunch_kaufman(
                a: &Matrix<Self>,
                watch: Watch<'_>,
            ) -> Result<BunchKaufman<Self>, Interrupt> {
                BunchKaufman::watched(a, watch)
            }

            fn solve_symmetric(factor: &BunchKaufman<Self>, x: &mut [Self]) {
                factor.solve(x);
            }

            fn partial_pivoting(a: &Matrix<Self>) -> PartialPivoting<Self> {
                PartialPivoting::new(a)
            }

            fn solve(factor: &PartialPivoting<Self>, x: &mut [Self]) {
                factor.solve(x);
            }

            fn solve_transposed(factor: &PartialPivoting<Self>, x: &mut [Self]) {
                factor.solve_transposed(x);
            }
        }
    };
}

precision!(f64);
precision!(f32);
