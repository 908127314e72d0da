//! Functions of a Kronecker product of symmetric matrices.

use super::{Adjoint, Invert, InvertShifted, Kronecker, LinearOperator, Scratch, Structure};
use crate::error::{ArgumentError, Interrupt};
use crate::matrix::{FactorizationError, Matrix, Precision, SymmetricEigen};

/// `(Q_a (x) Q_b) diag(d) (Q_a (x) Q_b)'` with orthogonal `Q_a` and `Q_b`: a Kronecker product of two
/// symmetric matrices by their eigenvectors, `d_ij = a_i b_j`, and with any other d what is made of
/// it: its damped inverse, which is not itself a Kronecker product, its powers, or a diagonal that
/// was measured in this basis.
///
/// Source: George et al., Fast approximate natural gradient descent in a Kronecker-factored
/// eigenbasis (2018).
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Invert, Kronecker, LinearOperator};
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// let b = Matrix::from_rows(&[[1.0, 0.0], [0.0, -1.0]]);
/// // (A (x) B + 4 I)^-1 exactly, by two eigenvalue problems of dimension 2.
/// let damped = Kronecker::new(a, b).shifted(4.0)?;
/// let (mut y, mut x) = (vec![0.0; 4], vec![0.0_f64; 4]);
/// damped.apply(&vec![1.0, 2.0, 3.0, 4.0], &mut y)?;
/// damped.inverse()?.apply(&y, &mut x)?;
/// assert!(x.iter().zip([1.0, 2.0, 3.0, 4.0]).all(|(x, e)| (x - e).abs() < 1e-13));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KroneckerSpectral<T = f64> {
    vectors: Kronecker<Matrix<T>, Matrix<T>, T>,
    values: Vec<f64>,
    coefficients: Scratch<Vec<T>>,
}

impl<T: Precision> KroneckerSpectral<T> {
    /// Of `a (x) b`; only the lower triangles are read.
    ///
    /// # Errors
    ///
    /// If a matrix is not square, not finite, or its eigenvalues do not converge.
    pub fn new(a: &Matrix<T>, b: &Matrix<T>) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        FactorizationError::check_square(b.rows(), b.columns())?;
        let (of_a, q_a) = SymmetricEigen::new(a)?.into_parts();
        let (of_b, q_b) = SymmetricEigen::new(b)?.into_parts();
        let values = of_a.iter().flat_map(|a| of_b.iter().map(move |b| a * b)).collect();
        let vectors = Kronecker::new(q_a, q_b);
        Ok(Self { vectors, values, coefficients: Scratch::default() })
    }

    /// The diagonal d, that of `a_i b_j` at `i m + j` for B of dimension m.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The same eigenvectors with another diagonal.
    ///
    /// # Errors
    ///
    /// If it has another length.
    pub fn with_values(&self, values: Vec<f64>) -> Result<Self, ArgumentError> {
        super::ensure_dimension("values", values.len(), self.values.len())?;
        Ok(Self { values, ..self.clone() })
    }

    /// `f` of this operator: the same eigenvectors, each value through f.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.iter().map(|&d| f(d)).collect(), ..self.clone() }
    }

    /// `(Q_a (x) Q_b)' x`: x in the eigenbasis.
    ///
    /// # Panics
    ///
    /// If a length is another.
    pub fn coefficients(&self, x: &Vec<T>, c: &mut Vec<T>) -> Result<(), Interrupt> {
        self.vectors.apply_adjoint(x, c)
    }
}

impl<T: Precision> LinearOperator<Vec<T>> for KroneckerSpectral<T> {
    fn dimension(&self) -> usize {
        self.values.len()
    }

    fn structure(&self) -> Structure {
        Structure::of_eigenvalues(self.values.iter().copied())
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        self.coefficients.with(
            || vec![T::ZERO; self.values.len()],
            |c| {
                self.coefficients(x, c)?;
                for (c, d) in c.iter_mut().zip(&self.values) {
                    *c = T::narrow(c.wide() * d);
                }
                self.vectors.apply(c, y)
            },
        )
    }
}

impl<T: Precision> Adjoint<Vec<T>> for KroneckerSpectral<T> {
    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl<T: Precision> Invert<Vec<T>> for KroneckerSpectral<T> {
    type Inverse = Self;

    fn inverse_as(&self, structure: Structure) -> Result<Self, FactorizationError> {
        self.shifted_inverse_as(0.0, structure)
    }
}

impl<T: Precision> InvertShifted<Vec<T>> for KroneckerSpectral<T> {
    type ShiftedInverse = Self;

    fn shifted_inverse_as(&self, shift: f64, _: Structure) -> Result<Self, FactorizationError> {
        self.values.iter().try_for_each(|d| super::inverse::reciprocal(d + shift).map(|_| ()))?;
        Ok(self.map(|d| (d + shift).recip()))
    }
}

/// Of symmetric matrices, which is checked.
impl<T: Precision> InvertShifted<Vec<T>> for Kronecker<Matrix<T>, Matrix<T>, T> {
    type ShiftedInverse = KroneckerSpectral<T>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<KroneckerSpectral<T>, FactorizationError> {
        let (a, b) = self.factors();
        if !(a.is_symmetric() && b.is_symmetric()) {
            return Err(FactorizationError::NotSymmetric);
        }
        KroneckerSpectral::new(a, b)?.shifted_inverse_as(shift, structure)
    }
}
