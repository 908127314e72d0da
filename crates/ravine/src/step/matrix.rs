//! The matrix of a model, for steps that factorize it.

use std::borrow::Cow;

use crate::curvature::Model;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::Matrix;

/// The matrix of a model that has only products, kept while the model holds.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct MatrixMemory {
    by_products: Option<Matrix>,
}

impl MatrixMemory {
    /// The matrix of `b`: the one that it keeps, or else made of a product a column, symmetrized.
    pub(crate) fn of<'m, B>(&'m mut self, b: &'m B) -> Result<Cow<'m, Matrix>, Interrupt>
    where
        B: Model<Vec<f64>> + ?Sized,
    {
        if let Some(matrix) = b.matrix()? {
            return Ok(matrix);
        }
        if self.by_products.is_none() {
            self.by_products = Some(by_products(b)?);
        }
        Ok(self.by_products.as_ref().map_or_else(|| Cow::Owned(Matrix::zeros(0, 0)), Cow::Borrowed))
    }

    pub(crate) fn forget(&mut self) {
        self.by_products = None;
    }
}

/// One product a column, made symmetric.
fn by_products<B: Model<Vec<f64>> + ?Sized>(b: &B) -> Result<Matrix, Interrupt> {
    let n = b.dimension();
    let mut matrix = Matrix::zeros(n, n);
    let (mut unit, mut product) = (vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        unit[j] = 1.0;
        b.apply(&unit, &mut product)?;
        unit[j] = 0.0;
        matrix.column_mut(j).copy_from_slice(&product);
    }
    Ok(Matrix::from_fn(n, n, |i, j| 0.5 * (matrix[(i, j)] + matrix[(j, i)])))
}
