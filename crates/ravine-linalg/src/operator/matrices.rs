//! Matrices as operators.

use super::{Adjoint, LinearOperator, Structure};
use crate::error::Interrupt;
use crate::matrix::{Matrix, MatrixView, SparseIndex, SparseMatrix, SparseView, Symmetric};

impl LinearOperator<Vec<f64>> for Matrix {
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

    fn apply_all(&self, x: &[Vec<f64>], y: &mut [Vec<f64>]) -> Result<(), Interrupt> {
        self.multiply_all(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Matrix {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.columns()]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.multiply_transposed(y, x);
        Ok(())
    }

    fn apply_adjoint_all(&self, y: &[Vec<f64>], x: &mut [Vec<f64>]) -> Result<(), Interrupt> {
        self.multiply_transposed_all(y, x);
        Ok(())
    }
}

/// A matrix that multiplies one vector at a time.
macro_rules! matrix_operator {
    ($matrix:ty $(, $index:ident)?) => {
        impl$(<$index: SparseIndex>)? LinearOperator<Vec<f64>> for $matrix {
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

        impl$(<$index: SparseIndex>)? Adjoint<Vec<f64>> for $matrix {
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

matrix_operator!(SparseMatrix);
matrix_operator!(MatrixView<'_>);
matrix_operator!(SparseView<'_, I>, I);

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
