//! The curvature at a step of a training.

use ravine::Hessian;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_nn::{FisherBlock, Flat};
use wasm_bindgen::prelude::wasm_bindgen;

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
    pub fn new(lesson: &Lesson, learner: &Learner, layer: usize, k: usize) -> Result<Factors, Failure> {
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

#[wasm_bindgen]
impl Learner {
    /// The eigenvalues of the Hessian of the loss over all points at step k, ascending.
    ///
    /// # Errors
    ///
    /// A step that was not made, a Hessian that is not finite.
    pub fn spectrum(&self, k: usize) -> Result<Vec<f64>, Failure> {
        let flat = Flat::new(self.mean_loss());
        let x = flat.join(&self.at(k)?);
        let mut hessian = Matrix::zeros(x.len(), x.len());
        flat.hessian(&x, &mut hessian)?;
        Ok(SymmetricEigen::new(&hessian)?.values().to_vec())
    }
}

/// The entries by rows; of a symmetric matrix.
fn rows(matrix: &Matrix) -> Vec<f64> {
    (0..matrix.columns()).flat_map(|j| matrix.column(j).iter().copied()).collect()
}
