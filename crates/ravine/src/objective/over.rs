//! A batch of a sum as an objective.

use std::borrow::Cow;
use std::cell::RefCell;

use super::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients,
    Evaluation, FiniteSum, GaussNewtonProduct, Gradient, HessianProduct, HessianRoot, Objective,
};
use ravine_linalg::matrix::Matrix;

/// A sum over a batch S of its cases, `f_S(x)` ([`FiniteSum`]): an objective like any other, with
/// the derivatives that the sum has over batches. It is a sum over the cases of the batch itself,
/// which are numbered from 0 in the order of the batch.
///
/// ```
/// use ravine::objective::{BatchGradient, BatchHessianProduct, FiniteSum, Gradient, Over};
///
/// /// The gradient over the first two cases.
/// fn early<S: BatchGradient<Point = Vec<f64>>>(sum: &S, x: &Vec<f64>) -> Vec<f64> {
///     let mut gradient = x.clone();
///     let batch = Over::new(sum, &[0, 1][..]);
///     assert_eq!(batch.cases(), 2);
///     batch.value_and_gradient(x, &mut gradient).unwrap();
///     gradient
/// }
/// ```
#[derive(Debug)]
pub struct Over<'a, S: ?Sized> {
    sum: &'a S,
    batch: Cow<'a, [usize]>,
    /// Room for a batch of the batch, in the sum's numbers.
    inner: RefCell<Vec<usize>>,
}

impl<'a, S: ?Sized> Over<'a, S> {
    /// The batch of `sum`, lent or given; what is wrong with it is an error of its evaluations.
    pub fn new(sum: &'a S, batch: impl Into<Cow<'a, [usize]>>) -> Self {
        Self { sum, batch: batch.into(), inner: RefCell::default() }
    }

    /// The sum.
    pub fn sum(&self) -> &'a S {
        self.sum
    }

    /// The cases of the batch.
    pub fn batch(&self) -> &[usize] {
        &self.batch
    }

    /// The cases of the batch, to be changed.
    pub(crate) fn batch_mut(&mut self) -> &mut Vec<usize> {
        self.batch.to_mut()
    }

    /// Hands the sum's numbers of some cases of this batch to `evaluate`.
    fn within<T>(
        &self,
        cases: &[usize],
        evaluate: impl FnOnce(&[usize]) -> Evaluation<T>,
    ) -> Evaluation<T> {
        let mut inner = self.inner.borrow_mut();
        inner.clear();
        for &case in cases {
            inner.push(self.case(case)?);
        }
        evaluate(&inner)
    }

    /// The sum's number of a case of this batch.
    fn case(&self, case: usize) -> Evaluation<usize> {
        self.batch.get(case).copied().ok_or_else(|| {
            let all = self.batch.len();
            format!("there is no case {case}; the batch has {all}, from 0").into()
        })
    }
}

impl<S: FiniteSum + ?Sized> Objective for Over<'_, S> {
    type Point = S::Point;

    fn dimension(&self) -> usize {
        self.sum.dimension()
    }

    fn value(&self, x: &S::Point) -> Evaluation<f64> {
        self.sum.batch_value(x, &self.batch)
    }
}

impl<S: BatchGradient + ?Sized> Gradient for Over<'_, S> {
    fn value_and_gradient(&self, x: &S::Point, gradient: &mut S::Point) -> Evaluation<f64> {
        self.sum.batch_value_and_gradient(x, &self.batch, gradient)
    }
}

impl<S: BatchHessianProduct + ?Sized> HessianProduct for Over<'_, S> {
    fn hessian_product(
        &self,
        x: &S::Point,
        direction: &S::Point,
        product: &mut S::Point,
    ) -> Evaluation {
        self.sum.batch_hessian_product(x, &self.batch, direction, product)
    }
}

impl<S: BatchGaussNewtonProduct + ?Sized> GaussNewtonProduct for Over<'_, S> {
    fn gauss_newton_product(
        &self,
        x: &S::Point,
        direction: &S::Point,
        product: &mut S::Point,
    ) -> Evaluation {
        self.sum.batch_gauss_newton_product(x, &self.batch, direction, product)
    }
}

impl<S: BatchHessianRoot + ?Sized> HessianRoot for Over<'_, S> {
    fn root_rows(&self) -> usize {
        self.batch.len()
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        self.sum.batch_root_block(x, &self.batch, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        self.sum.root_diagonal(x, diagonal)
    }
}

impl<S: FiniteSum + ?Sized> FiniteSum for Over<'_, S> {
    fn cases(&self) -> usize {
        self.batch.len()
    }

    fn batch_value(&self, x: &S::Point, cases: &[usize]) -> Evaluation<f64> {
        self.within(cases, |cases| self.sum.batch_value(x, cases))
    }
}

impl<S: BatchGradient + ?Sized> BatchGradient for Over<'_, S> {
    fn batch_value_and_gradient(
        &self,
        x: &S::Point,
        cases: &[usize],
        gradient: &mut S::Point,
    ) -> Evaluation<f64> {
        self.within(cases, |cases| self.sum.batch_value_and_gradient(x, cases, gradient))
    }
}

impl<S: BatchHessianProduct + ?Sized> BatchHessianProduct for Over<'_, S> {
    fn batch_hessian_product(
        &self,
        x: &S::Point,
        cases: &[usize],
        direction: &S::Point,
        product: &mut S::Point,
    ) -> Evaluation {
        self.within(cases, |cases| self.sum.batch_hessian_product(x, cases, direction, product))
    }
}

impl<S: BatchGaussNewtonProduct + ?Sized> BatchGaussNewtonProduct for Over<'_, S> {
    fn batch_gauss_newton_product(
        &self,
        x: &S::Point,
        cases: &[usize],
        direction: &S::Point,
        product: &mut S::Point,
    ) -> Evaluation {
        self.within(cases, |cases| {
            self.sum.batch_gauss_newton_product(x, cases, direction, product)
        })
    }
}

impl<S: CaseGradients + BatchGradient + ?Sized> CaseGradients for Over<'_, S> {
    fn case_gradient(&self, x: &S::Point, case: usize, gradient: &mut S::Point) -> Evaluation {
        self.sum.case_gradient(x, self.case(case)?, gradient)
    }
}
