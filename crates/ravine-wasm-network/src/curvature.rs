//! The curvature at a step of a training.

use std::rc::Rc;

use ravine::HessianProduct;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_nn::{FisherBlock, Flat};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::lesson::Mean;
use crate::{Failure, Learner, Lesson};

/// The Fisher information of a layer, and the Kronecker product that stands for it.
#[wasm_bindgen]
pub struct Factors(FisherBlock);

#[wasm_bindgen]
impl Factors {
    /// Of layer number `layer` at step k.
    ///
    /// # Errors
    ///
    /// A layer that there is not, a step that was not made.
    #[wasm_bindgen(constructor)]
    pub fn new(
        lesson: &Lesson,
        learner: &Learner,
        layer: usize,
        k: usize,
    ) -> Result<Factors, Failure> {
        let blocks = lesson.blocks();
        let missing = || Failure::new(format!("layer: is {layer}, but there are {}", blocks.len()));
        let block = blocks.get(layer).ok_or_else(missing)?;
        let x = learner.at(k)?;
        let found = learner.mean_loss().fisher_block(&x, learner.all(), block)?;
        Ok(Self(found.ok_or_else(missing)?))
    }

    /// The covariance A of the inputs, by rows.
    pub fn inputs(&self) -> Vec<f64> {
        rows(&self.0.inputs)
    }

    /// The covariance S of the gradients in the outputs, by rows.
    pub fn gradients(&self) -> Vec<f64> {
        rows(&self.0.gradients)
    }

    /// The Fisher information F, by rows.
    pub fn exact(&self) -> Vec<f64> {
        rows(&self.0.exact)
    }

    /// `S (x) A`, by rows.
    pub fn kronecker(&self) -> Vec<f64> {
        rows(&self.0.kronecker())
    }

    /// `|S (x) A - F| / |F|`.
    pub fn difference(&self) -> f64 {
        self.0.relative_difference()
    }
}

/// The eigenvalues of the Hessian of the loss over all points, which is formed column by column: a page does other
/// things between them.
#[wasm_bindgen]
pub struct Spectrum {
    loss: Rc<Mean>,
    x: Vec<f64>,
    unit: Vec<f64>,
    hessian: Matrix,
    formed: usize,
}

#[wasm_bindgen]
impl Spectrum {
    /// Of a training at step k.
    ///
    /// # Errors
    ///
    /// A step that was not made.
    #[wasm_bindgen(constructor)]
    pub fn new(learner: &Learner, k: usize) -> Result<Spectrum, Failure> {
        let loss = learner.mean_loss();
        let x = Flat::new(&**loss).join(&learner.at(k)?);
        let n = x.len();
        let (unit, hessian) = (vec![0.0; n], Matrix::zeros(n, n));
        Ok(Self { loss: Rc::clone(loss), x, unit, hessian, formed: 0 })
    }

    /// Forms at most so many more columns; whether all are formed.
    ///
    /// # Errors
    ///
    /// Of an evaluation.
    pub fn advance(&mut self, columns: usize) -> Result<bool, Failure> {
        let Self { loss, x, unit, hessian, formed } = self;
        let flat = Flat::new(&**loss);
        let mut product = vec![0.0; x.len()];
        for j in *formed..x.len().min(*formed + columns) {
            unit[j] = 1.0;
            flat.hessian_product(x, unit, &mut product)?;
            unit[j] = 0.0;
            hessian.column_mut(j).copy_from_slice(&product);
            *formed += 1;
        }
        Ok(*formed == x.len())
    }

    /// The eigenvalues, ascending, once all columns are formed.
    ///
    /// # Errors
    ///
    /// A Hessian that is not finite.
    pub fn values(&self) -> Result<Vec<f64>, Failure> {
        Ok(SymmetricEigen::new(&self.hessian)?.values().to_vec())
    }
}

/// The entries by rows; of a symmetric matrix.
fn rows(matrix: &Matrix) -> Vec<f64> {
    (0..matrix.columns()).flat_map(|j| matrix.column(j).iter().copied()).collect()
}
