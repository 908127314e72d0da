//! Objectives that are sums of small functions of few variables each.

use ravine::autodiff::{Function, LeftOperand, Real};
use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Objective, SparseHessian, Supplies,
};

use crate::quadratic::DENSE_LIMIT;

/// In place of a variable's number: the value is given by [`Elements::fixed`].
pub(super) const FIXED: usize = usize::MAX;

/// Element functions `f_e` of K variables each: `f(x) = sum_e f_e(x_{e1}, ..., x_{eK})`.
///
/// Each is written twice: over `Real`, and by hand with its first and second derivatives.
pub(super) trait Elements<const K: usize> {
    /// The number of variables of the sum.
    fn dimension(&self) -> usize;

    /// The number of elements.
    fn count(&self) -> usize;

    /// The variables of element e, `FIXED` where a value is given.
    fn variables(&self, e: usize) -> [usize; K];

    /// The given value in place k of element e.
    fn fixed(&self, _e: usize, _k: usize) -> f64 {
        0.0
    }

    /// `f_e(x)`.
    fn value<R: Real>(&self, e: usize, x: [R; K]) -> R
    where
        f64: LeftOperand<R>;

    /// `f_e(x)` and its gradient.
    fn gradient(&self, e: usize, x: [f64; K]) -> (f64, [f64; K]);

    /// The Hessian of `f_e`.
    fn hessian(&self, e: usize, x: [f64; K]) -> [[f64; K]; K];
}

/// A sum of elements as an objective.
///
/// Every derivative costs a pass over the elements; the sparse Hessian has the pattern of the
/// elements, the dense one is offered up to 5000 variables.
#[derive(Clone, Debug)]
pub(super) struct PartiallySeparable<E, const K: usize>(pub E);

/// Sums go by blocks of this size, so that rounding does not grow with the number of elements.
const BLOCK: usize = 512;

impl<const K: usize, E: Elements<K>> PartiallySeparable<E, K> {
    /// Places of element e, with their values.
    fn gather<R: Real>(&self, e: usize, variables: &[usize; K], x: &[R]) -> [R; K] {
        std::array::from_fn(|k| match variables[k] {
            FIXED => R::from(self.0.fixed(e, k)),
            i => x[i],
        })
    }

    /// `sum_e term(e)`.
    fn sum(&self, mut term: impl FnMut(usize) -> f64) -> f64 {
        let count = self.0.count();
        let blocks = (0..count).step_by(BLOCK);
        blocks.map(|start| (start..count.min(start + BLOCK)).map(&mut term).sum::<f64>()).sum()
    }

    /// Every entry of every element's Hessian, until `add` fails.
    fn second_derivatives(
        &self,
        x: &[f64],
        mut add: impl FnMut(usize, usize, f64) -> Evaluation,
    ) -> Evaluation {
        for e in 0..self.0.count() {
            let variables = self.0.variables(e);
            let hessian = self.0.hessian(e, self.gather(e, &variables, x));
            for (&i, row) in variables.iter().zip(&hessian) {
                for (&j, &value) in variables.iter().zip(row) {
                    if i != FIXED && j != FIXED {
                        add(i, j, value)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl<const K: usize, E: Elements<K>> Objective for PartiallySeparable<E, K> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Ok(self.sum(|e| {
            let variables = self.0.variables(e);
            self.0.value(e, self.gather(e, &variables, x))
        }))
    }
}

impl<const K: usize, E: Elements<K>> Gradient for PartiallySeparable<E, K> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        gradient.fill(0.0);
        Ok(self.sum(|e| {
            let variables = self.0.variables(e);
            let (value, slopes) = self.0.gradient(e, self.gather(e, &variables, x));
            for (&i, slope) in variables.iter().zip(slopes) {
                if i != FIXED {
                    gradient[i] += slope;
                }
            }
            value
        }))
    }
}

impl<const K: usize, E: Elements<K>> HessianProduct for PartiallySeparable<E, K> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        product.fill(0.0);
        for e in 0..self.0.count() {
            let variables = self.0.variables(e);
            let hessian = self.0.hessian(e, self.gather(e, &variables, x));
            let direction = variables.map(|i| if i == FIXED { 0.0 } else { d[i] });
            for (&i, row) in variables.iter().zip(&hessian) {
                if i != FIXED {
                    product[i] += row.iter().zip(&direction).map(|(h, d)| h * d).sum::<f64>();
                }
            }
        }
        Ok(())
    }
}

impl<const K: usize, E: Elements<K>> Hessian for PartiallySeparable<E, K> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        hessian.fill(0.0);
        self.second_derivatives(x, |i, j, value| {
            hessian[(i, j)] += value;
            Ok(())
        })
    }
}

impl<const K: usize, E: Elements<K>> SparseHessian for PartiallySeparable<E, K> {
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        let n = self.0.dimension();
        let mut triplets = Vec::with_capacity(K * K * self.0.count());
        self.second_derivatives(x, |i, j, value| {
            triplets.push((i, j, value));
            Ok(())
        })?;
        Ok(SparseMatrix::from_triplets(n, n, &triplets))
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        hessian.values_mut().fill(0.0);
        self.second_derivatives(x, |i, j, value| {
            let start = hessian.column_starts()[j];
            let place = hessian.column(j).0.binary_search(&i);
            let place = place.map_err(|_| format!("the pattern has no entry ({i}, {j})"))?;
            hessian.values_mut()[start + place] += value;
            Ok(())
        })
    }
}

impl<const K: usize, E: Elements<K>> Supplies for PartiallySeparable<E, K> {
    ravine::supplies!(
        gradient,
        hessian_product,
        hessian if |f: &Self| f.0.dimension() <= DENSE_LIMIT,
        sparse_hessian,
    );
}

impl<const K: usize, E: Elements<K>> Function for PartiallySeparable<E, K> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        let term = |e| {
            let variables = self.0.variables(e);
            self.0.value(e, self.gather(e, &variables, x))
        };
        (0..self.0.count()).map(term).sum()
    }
}
