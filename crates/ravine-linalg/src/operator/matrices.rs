//! Matrices as operators.

use std::ops::Deref;

use super::{Adjoint, LinearOperator, Structure};
use crate::error::Interrupt;
use crate::matrix::{Lines, Matrix, MatrixView, Precision, Sparse, SparseIndex, Symmetric};

impl<T: Precision> LinearOperator<Vec<T>> for Matrix<T> {
    fn dimension(&self) -> usize {
        self.columns()
    }

    fn rows(&self) -> usize {
        self.rows()
    }

    fn range_like(&self, _x: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.rows()]
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }

    fn apply_all(&self, x: &[Vec<T>], y: &mut [Vec<T>]) -> Result<(), Interrupt> {
        self.multiply_all(x, y);
        Ok(())
    }
}

impl<T: Precision> Adjoint<Vec<T>> for Matrix<T> {
    fn domain_like(&self, _y: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.columns()]
    }

    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        self.multiply_transposed(y, x);
        Ok(())
    }

    fn apply_adjoint_all(&self, y: &[Vec<T>], x: &mut [Vec<T>]) -> Result<(), Interrupt> {
        self.multiply_transposed_all(y, x);
        Ok(())
    }
}

/// A matrix that multiplies one vector at a time.
macro_rules! matrix_operator {
    ($matrix:ty $(, [$($parameter:ident),*] $($bounds:tt)*)?) => {
        impl$(<$($parameter),*>)? LinearOperator<Vec<f64>> for $matrix $($($bounds)*)? {
            fn dimension(&self) -> usize {
                self.columns()
            }

            fn rows(&self) -> usize {
                self.rows()
            }

            fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
                vec![0.0; self.rows()]
            }

            fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
                self.multiply(x, y);
                Ok(())
            }
        }

        impl$(<$($parameter),*>)? Adjoint<Vec<f64>> for $matrix $($($bounds)*)? {
            fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
                vec![0.0; self.columns()]
            }

            fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
                self.multiply_transposed(y, x);
                Ok(())
            }
        }
    };
}

matrix_operator!(MatrixView<'_>);
matrix_operator!(
    Sparse<L, S, I, V>, [L, S, I, V, J, K]
    where
        L: Lines,
        S: Deref<Target = [J]>,
        I: Deref<Target = [K]>,
        V: Deref<Target = [f64]>,
        J: SparseIndex,
        K: SparseIndex
);

impl LinearOperator<Vec<f64>> for Symmetric {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Symmetric {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
