//! Inverses of matrices by factorization.

use super::inverse::shifted_matrix;
use super::{Adjoint, Invert, InvertShifted, LinearOperator, Structure};
use crate::error::Interrupt;
use crate::matrix::{
    Cholesky, FactorizationError, Lblt, Lu, Matrix, Precision, SparseCholesky, SparseLblt,
    SparseMatrix, Symmetric,
};

/// The inverse of a dense matrix, by the factorization that its structure calls for: Cholesky for a
/// definite or semidefinite one (a semidefinite matrix with an inverse is definite), Bunch-Kaufman
/// for a symmetric one, LU for any other.
///
/// A matrix of which nothing is said and that is equal to its transpose is tried by Cholesky, then
/// by Bunch-Kaufman.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Invert, LinearOperator, Structure};
///
/// let a: Matrix = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let inverse = a.inverse()?;
/// assert_eq!(inverse.structure(), Structure::Symmetric);
/// let mut x = vec![0.0; 2];
/// inverse.apply(&vec![5.0, 4.0], &mut x).unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DenseInverse<T: Precision = f64> {
    dimension: usize,
    factor: DenseFactor<T>,
}

#[derive(Clone, Debug)]
enum DenseFactor<T: Precision> {
    Cholesky(Cholesky<T>),
    Lblt(Lblt<T>),
    Lu(Lu<T>),
}

impl<T: Precision> DenseInverse<T> {
    /// The inverse of `a`, known to have `structure`.
    ///
    /// # Errors
    ///
    /// If `a` is not square, not finite, singular, or not definite though it should be.
    pub fn new(a: &Matrix<T>, structure: Structure) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        let factor = match structure {
            Structure::Definite | Structure::Semidefinite => {
                DenseFactor::Cholesky(Cholesky::new(a)?)
            }
            Structure::Symmetric => lblt(a)?,
            Structure::General if a.is_symmetric() => match Cholesky::new(a) {
                Ok(factor) => DenseFactor::Cholesky(factor),
                Err(FactorizationError::NotPositiveDefinite { .. }) => lblt(a)?,
                Err(error) => return Err(error),
            },
            Structure::General => DenseFactor::Lu(Lu::new(a)?),
        };
        Ok(Self { dimension: a.columns(), factor })
    }
}

fn lblt<T: Precision>(a: &Matrix<T>) -> Result<DenseFactor<T>, FactorizationError> {
    let factor = Lblt::new(a)?;
    if factor.inertia().zero > 0 {
        return Err(FactorizationError::Singular);
    }
    Ok(DenseFactor::Lblt(factor))
}

impl<T: Precision> LinearOperator<Vec<T>> for DenseInverse<T> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        match self.factor {
            DenseFactor::Cholesky(_) => Structure::Definite,
            DenseFactor::Lblt(_) => Structure::Symmetric,
            DenseFactor::Lu(_) => Structure::General,
        }
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        y.copy_from_slice(x);
        match &self.factor {
            DenseFactor::Cholesky(factor) => factor.solve(y),
            DenseFactor::Lblt(factor) => factor.solve(y),
            DenseFactor::Lu(factor) => factor.solve(y),
        }
        Ok(())
    }
}

impl<T: Precision> Adjoint<Vec<T>> for DenseInverse<T> {
    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        let DenseFactor::Lu(factor) = &self.factor else { return self.apply(y, x) };
        x.copy_from_slice(y);
        factor.solve_transposed(x);
        Ok(())
    }
}

impl<T: Precision> Invert<Vec<T>> for Matrix<T> {
    type Inverse = DenseInverse<T>;

    fn inverse_as(&self, structure: Structure) -> Result<DenseInverse<T>, FactorizationError> {
        DenseInverse::new(self, structure)
    }
}

impl<T: Precision> InvertShifted<Vec<T>> for Matrix<T> {
    type ShiftedInverse = DenseInverse<T>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<DenseInverse<T>, FactorizationError> {
        DenseInverse::new(&shifted_matrix(self, shift), structure)
    }
}

impl Invert<Vec<f64>> for Symmetric {
    type Inverse = DenseInverse;

    fn inverse_as(&self, structure: Structure) -> Result<DenseInverse, FactorizationError> {
        DenseInverse::new(&self.to_dense(), structure)
    }
}

impl InvertShifted<Vec<f64>> for Symmetric {
    type ShiftedInverse = DenseInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<DenseInverse, FactorizationError> {
        self.to_dense().shifted_inverse_as(shift, structure)
    }
}

/// The inverse of a sparse symmetric matrix: of a positive definite one by its Cholesky
/// factorization, of another one by [`SparseLblt`].
///
/// ```
/// use ravine_linalg::matrix::SparseMatrix;
/// use ravine_linalg::operator::{InvertShifted, LinearOperator};
///
/// let a = SparseMatrix::from_triplets(2, 2, &[(0, 1, 1.0), (1, 0, 1.0)]);
/// let mut x = vec![0.0; 2];
/// a.shifted_inverse(2.0)?.apply(&vec![4.0, 5.0], &mut x).unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// // Not definite.
/// a.shifted_inverse(0.5)?.apply(&vec![2.5, 2.0], &mut x).unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
/// assert!(a.shifted_inverse(1.0).is_err());
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseInverse {
    factor: SparseFactor,
}

#[derive(Clone, Debug)]
enum SparseFactor {
    Cholesky(SparseCholesky),
    Lblt(SparseLblt),
}

impl SparseInverse {
    /// `(a + shift I)^-1`, of which `structure` is known.
    ///
    /// # Errors
    ///
    /// If `a` is not square, symmetric and finite, or `a + shift I` singular, not definite as it
    /// should be, or its factor too large.
    pub fn new(
        a: &SparseMatrix,
        shift: f64,
        structure: Structure,
    ) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        if !a.is_symmetric() {
            return Err(FactorizationError::NotSymmetric);
        }
        let mut factor = SparseCholesky::analyze(a)?;
        let factor = match factor.factorize(a, shift) {
            Ok(()) => SparseFactor::Cholesky(factor),
            Err(FactorizationError::NotPositiveDefinite { .. })
                if structure < Structure::Semidefinite =>
            {
                SparseFactor::Lblt(SparseLblt::new(a, shift)?)
            }
            Err(error) => return Err(error),
        };
        Ok(Self { factor })
    }
}

impl LinearOperator<Vec<f64>> for SparseInverse {
    fn dimension(&self) -> usize {
        match &self.factor {
            SparseFactor::Cholesky(factor) => factor.dimension(),
            SparseFactor::Lblt(factor) => factor.dimension(),
        }
    }

    fn structure(&self) -> Structure {
        match self.factor {
            SparseFactor::Cholesky(_) => Structure::Definite,
            SparseFactor::Lblt(_) => Structure::Symmetric,
        }
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        y.copy_from_slice(x);
        match &self.factor {
            SparseFactor::Cholesky(factor) => factor.solve(y),
            SparseFactor::Lblt(factor) => factor.solve(y),
        }
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for SparseInverse {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl Invert<Vec<f64>> for SparseMatrix {
    type Inverse = SparseInverse;

    fn inverse_as(&self, structure: Structure) -> Result<SparseInverse, FactorizationError> {
        SparseInverse::new(self, 0.0, structure)
    }
}

impl InvertShifted<Vec<f64>> for SparseMatrix {
    type ShiftedInverse = SparseInverse;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        structure: Structure,
    ) -> Result<SparseInverse, FactorizationError> {
        SparseInverse::new(self, shift, structure)
    }
}
