//! Sums over cases whose derivatives are known at run time.

use crate::objective::{
    BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients, Counts, Derivatives,
    Evaluation, FiniteSum, Gradient, HessianProduct, HessianRoot, Objective, Over, Supplies,
};
use crate::oracle::Held;
use ravine_linalg::FunctionError;
use ravine_linalg::matrix::Matrix;

/// What an objective supplies of a sum, as the typed traits: those that it does not supply are errors. A batch of
/// it is again an objective that says at run time what it can.
pub(super) struct AnySum<'a>(Held<'a, dyn Supplies + 'a>);

impl<'a> AnySum<'a> {
    /// The sum that the objective is.
    pub fn new(objective: Held<'a, dyn Supplies + 'a>) -> Self {
        Self(objective)
    }
}

/// What a batch of any sum may supply: the rest is of all cases alone.
pub(super) const OF_BATCHES: Derivatives =
    Derivatives::HESSIAN_ROOT.and(Derivatives::CASES).and(Derivatives::CASE_GRADIENTS);

/// What a batch of this sum supplies; nothing, where it is none.
pub(super) fn of_batches(sum: &dyn Supplies) -> Derivatives {
    Derivatives {
        gradient: sum.as_batch_gradient().is_some(),
        hessian_product: sum.as_batch_hessian_product().is_some(),
        finite_sum: sum.as_batch_gradient().is_some(),
        hessian_root: sum.as_batch_hessian_root().is_some(),
        case_gradients: sum.as_case_gradients().is_some(),
        ..Derivatives::NONE
    }
}

/// What is asked for, or an error that there is none.
fn some<T>(part: Option<T>) -> Evaluation<T> {
    part.ok_or_else(|| FunctionError::from("the sum does not supply that over batches"))
}

impl Objective for AnySum<'_> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.0.value(x)
    }

    fn taken(&self) -> Option<Counts> {
        self.0.taken()
    }
}

impl Gradient for AnySum<'_> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        some(self.0.as_gradient())?.value_and_gradient(x, gradient)
    }

    fn gradient_follows_value(&self) -> bool {
        self.0.as_gradient().is_some_and(|f| f.gradient_follows_value())
    }
}

impl HessianProduct for AnySum<'_> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        some(self.0.as_hessian_product())?.hessian_product(x, d, product)
    }
}

impl HessianRoot for AnySum<'_> {
    fn root_rows(&self) -> usize {
        self.0.as_hessian_root().map_or(0, |f| f.root_rows())
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        some(self.0.as_hessian_root())?.root_block(x, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        some(self.0.as_hessian_root())?.root_diagonal(x, diagonal)
    }
}

impl FiniteSum for AnySum<'_> {
    fn cases(&self) -> usize {
        self.0.as_batch_gradient().map_or(0, |sum| sum.cases())
    }

    fn batch_value(&self, x: &Vec<f64>, cases: &[usize]) -> Evaluation<f64> {
        some(self.0.as_batch_gradient())?.batch_value(x, cases)
    }
}

impl BatchGradient for AnySum<'_> {
    fn batch_value_and_gradient(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        gradient: &mut Vec<f64>,
    ) -> Evaluation<f64> {
        some(self.0.as_batch_gradient())?.batch_value_and_gradient(x, cases, gradient)
    }
}

impl BatchHessianProduct for AnySum<'_> {
    fn batch_hessian_product(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        let sum = some(self.0.as_batch_hessian_product())?;
        sum.batch_hessian_product(x, cases, direction, product)
    }
}

impl BatchHessianRoot for AnySum<'_> {
    fn batch_root_block(
        &self,
        x: &[f64],
        cases: &[usize],
        first: usize,
        block: &mut Matrix,
    ) -> Evaluation {
        some(self.0.as_batch_hessian_root())?.batch_root_block(x, cases, first, block)
    }
}

impl CaseGradients for AnySum<'_> {
    fn case_gradient(&self, x: &Vec<f64>, case: usize, gradient: &mut Vec<f64>) -> Evaluation {
        some(self.0.as_case_gradients())?.case_gradient(x, case, gradient)
    }
}

impl Over<'_, AnySum<'_>> {
    fn has(&self, needs: Derivatives) -> bool {
        of_batches(&*self.sum().0).missing(needs).is_empty()
    }
}

impl Supplies for Over<'_, AnySum<'_>> {
    crate::supplies!(
        gradient,
        hessian_product if |f: &Self| f.has(Derivatives::HESSIAN_PRODUCT),
        hessian_root if |f: &Self| f.has(Derivatives::HESSIAN_ROOT),
        case_gradients if |f: &Self| f.has(Derivatives::CASE_GRADIENTS),
        batch_gradient,
        batch_hessian_product if |f: &Self| f.has(Derivatives::FINITE_SUM),
    );
}
