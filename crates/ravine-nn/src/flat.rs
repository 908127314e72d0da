//! A network's loss as a function of one vector.

use std::ops::Range;

use ravine::objective::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, CaseGradients, Evaluation,
    FiniteSum, Gradient, Hessian, HessianProduct, Objective, Supplies,
};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Matrix;
use ravine_linalg::vector::Partitioned;

use crate::backend::Backend;
use crate::cases::Cases;
use crate::loss::Loss;
use crate::mean_loss::MeanLoss;
use crate::network::Network;
use crate::tape::Parameters;

/// Up to so many parameters the matrix itself is supplied.
const DENSE: usize = 2000;

/// The matrix that stands for the curvature of a mean loss: see the products of [`MeanLoss`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CurvatureMatrix {
    /// The Hessian.
    #[default]
    Hessian,
    /// The Gauss-Newton matrix.
    GaussNewton,
    /// The Fisher information of the predictions.
    Fisher,
    /// The mean of `g g'` over the gradients of the cases.
    EmpiricalFisher,
}

impl CurvatureMatrix {
    /// All, with their names.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("hessian", Self::Hessian),
        ("gauss-newton", Self::GaussNewton),
        ("fisher", Self::Fisher),
        ("empirical-fisher", Self::EmpiricalFisher),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, matrix)| *matrix == self).map_or("", |(name, _)| name)
    }

    /// What it is called in a sentence.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hessian => "Hessian",
            Self::GaussNewton => "Gauss-Newton matrix",
            Self::Fisher => "Fisher information",
            Self::EmpiricalFisher => "empirical Fisher matrix",
        }
    }
}

impl std::str::FromStr for CurvatureMatrix {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let names = || Self::NAMES.iter().map(|(name, _)| *name);
        Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, matrix)| *matrix).ok_or_else(
            || {
                let names = names().collect::<Vec<_>>().join(", ");
                ArgumentError::new("curvature", format!("is `{text}`, but must be one of {names}"))
            },
        )
    }
}

/// A mean loss as a function of one vector, the blocks of the parameters one after another: for the tools that take a
/// function on `R^n`, such as [`diagnose`](ravine::diagnose) and methods by name. Products with its Hessian may be
/// those with another [matrix](CurvatureMatrix).
///
/// ```
/// use ravine::diagnose::Diagnose;
/// use ravine_nn::{Cases, Cpu, Flat, Input, Loss, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[3], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 3);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let flat = Flat::new(&loss);
/// let found = Diagnose::default().run(&flat, &flat.join(&start), ravine::Stopping::default())?;
/// assert_eq!(found.dimension, 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Flat<'a, B: Backend> {
    loss: &'a MeanLoss<B>,
    matrix: CurvatureMatrix,
}

impl<'a, B: Backend> Flat<'a, B> {
    /// With its Hessian.
    pub fn new(loss: &'a MeanLoss<B>) -> Self {
        Self { loss, matrix: CurvatureMatrix::Hessian }
    }

    /// With this matrix for its Hessian.
    #[must_use]
    pub fn with_matrix(self, matrix: CurvatureMatrix) -> Self {
        Self { matrix, ..self }
    }

    /// The blocks of the parameters, one after another.
    pub fn join(&self, x: &Parameters<B>) -> Vec<f64> {
        x.blocks().iter().flat_map(|block| self.loss.backend().download(block)).collect()
    }

    /// The blocks of a vector.
    ///
    /// # Panics
    ///
    /// If it has another dimension.
    pub fn split(&self, x: &[f64]) -> Parameters<B> {
        self.loss.network().split(self.loss.backend(), x)
    }

    /// Where each block lies.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        self.loss.network().ranges()
    }

    fn zeros(&self) -> Parameters<B> {
        self.split(&vec![0.0; self.loss.dimension()])
    }

    /// Evaluates into blocks, and writes them.
    fn into<T>(
        &self,
        out: &mut [f64],
        evaluate: impl FnOnce(&mut Parameters<B>) -> Evaluation<T>,
    ) -> Evaluation<T> {
        let mut blocks = self.zeros();
        let value = evaluate(&mut blocks)?;
        out.copy_from_slice(&self.join(&blocks));
        Ok(value)
    }
}

impl<B: Backend> Objective for Flat<'_, B> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.loss.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.loss.value(&self.split(x))
    }
}

impl<B: Backend> Gradient for Flat<'_, B> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.into(gradient, |g| self.loss.value_and_gradient(&self.split(x), g))
    }
}

impl<B: Backend> HessianProduct for Flat<'_, B> {
    fn hessian_product(
        &self,
        x: &Vec<f64>,
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        let all: Vec<usize> = (0..self.loss.cases()).collect();
        self.batch_hessian_product(x, &all, direction, product)
    }
}

impl<B: Backend> Hessian for Flat<'_, B> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let x = &x.to_vec();
        let n = x.len();
        let mut unit = vec![0.0; n];
        let mut column = vec![0.0; n];
        for j in 0..n {
            unit[j] = 1.0;
            self.hessian_product(x, &unit, &mut column)?;
            unit[j] = 0.0;
            (0..n).for_each(|i| hessian[(i, j)] = column[i]);
        }
        // Symmetric to the last bit, as its decomposition expects.
        for j in 0..n {
            for i in 0..j {
                let mean = 0.5 * (hessian[(i, j)] + hessian[(j, i)]);
                (hessian[(i, j)], hessian[(j, i)]) = (mean, mean);
            }
        }
        Ok(())
    }
}

impl<B: Backend> FiniteSum for Flat<'_, B> {
    fn cases(&self) -> usize {
        self.loss.cases()
    }

    fn batch_value(&self, x: &Vec<f64>, cases: &[usize]) -> Evaluation<f64> {
        self.loss.batch_value(&self.split(x), cases)
    }
}

impl<B: Backend> BatchGradient for Flat<'_, B> {
    fn batch_value_and_gradient(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        gradient: &mut Vec<f64>,
    ) -> Evaluation<f64> {
        self.into(gradient, |g| self.loss.batch_value_and_gradient(&self.split(x), cases, g))
    }
}

impl<B: Backend> BatchHessianProduct for Flat<'_, B> {
    fn batch_hessian_product(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        let (x, direction) = (self.split(x), self.split(direction));
        self.into(product, |out| self.loss.matrix_product(self.matrix, &x, cases, &direction, out))
    }
}

impl<B: Backend> CaseGradients for Flat<'_, B> {
    fn case_gradient(&self, x: &Vec<f64>, case: usize, gradient: &mut Vec<f64>) -> Evaluation {
        self.into(gradient, |g| self.loss.case_gradient(&self.split(x), case, g))
    }
}

impl<B: Backend> Supplies for Flat<'_, B> {
    ravine::supplies!(
        gradient,
        hessian_product,
        hessian if |f: &Self| f.dimension() <= DENSE,
        batch_gradient,
        batch_hessian_product,
        case_gradients,
    );
}

impl Network {
    /// Where each parameter lies in a vector of all of them.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut end = 0;
        let parameters = self.parameters().iter();
        parameters
            .map(|p| {
                let begin = end;
                end += p.shape.entries();
                begin..end
            })
            .collect()
    }

    /// The parameters that a vector consists of, one after another.
    ///
    /// # Panics
    ///
    /// If it has another dimension.
    pub fn split<B: Backend>(&self, backend: &B, x: &[f64]) -> Parameters<B> {
        assert_eq!(x.len(), self.dimension(), "split: the vector has the wrong length");
        let blocks = self.parameters().iter().zip(self.ranges());
        let blocks = blocks.map(|(p, range)| (p.name.clone(), backend.upload(&x[range])));
        Partitioned::new(blocks).unwrap_or_else(|_| unreachable!("names were checked"))
    }

    /// The outputs for some cases, one after another, whose targets are not known.
    ///
    /// ```
    /// use ravine_nn::{Cpu, Input, Unary, mlp};
    ///
    /// let line = mlp(Input::Features(vec![1]), &[], 1, Unary::Relu)?;
    /// let cpu = Cpu::<f64>::new();
    /// let x = line.split(&cpu, &[2.0, 1.0]);
    /// assert_eq!(line.outputs(&cpu, &x, &[1.0, 10.0])?, [3.0, 21.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No cases, or inputs that are none of this network.
    pub fn outputs<B: Backend + Clone>(
        &self,
        backend: &B,
        x: &Parameters<B>,
        inputs: &[f64],
    ) -> Result<Vec<f64>, ArgumentError> {
        // A loss whose targets may be any numbers.
        let squares = Loss::SquaredError { variance: 1.0 };
        let count = inputs.len() / self.input().entries().max(1);
        let targets = vec![0.0; count * self.output().entries()];
        let cases = Cases::new(backend, self, &squares, inputs, &targets)?;
        let loss = MeanLoss::new(backend.clone(), self.clone(), squares, cases)?;
        let all: Vec<usize> = (0..count).collect();
        loss.outputs(x, &all).map_err(|error| ArgumentError::new("inputs", error.to_string()))
    }
}

impl<B: Backend> MeanLoss<B> {
    /// `product = C_S(x) direction` with one of the matrices C of a batch S, and the penalty.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not; a Gauss-Newton matrix that may be indefinite.
    pub fn matrix_product(
        &self,
        matrix: CurvatureMatrix,
        x: &Parameters<B>,
        cases: &[usize],
        direction: &Parameters<B>,
        product: &mut Parameters<B>,
    ) -> Evaluation {
        match matrix {
            CurvatureMatrix::Hessian => self.batch_hessian_product(x, cases, direction, product),
            CurvatureMatrix::GaussNewton => {
                self.batch_gauss_newton_product(x, cases, direction, product)
            }
            CurvatureMatrix::Fisher => self.fisher_product(x, cases, direction, product),
            CurvatureMatrix::EmpiricalFisher => {
                self.empirical_fisher_product(x, cases, direction, product)
            }
        }
    }
}
