//! Newton's method for sparse Hessians.

use super::descent::Descent;
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::SparseHessian;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{FactorizationError, SparseCholesky, SparseMatrix};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Newton with a sparse Hessian and a line search: `(H + tau I) d = -g` by sparse Cholesky, with the
/// least tau of a growing sequence for which `H + tau I` is positive definite, zero where H is.
///
/// The pattern is analyzed once a run; then each iteration costs a numeric factorization. On grids
/// and chains of any length that is little more than the evaluation of the Hessian.
///
/// Source: Nocedal and Wright (2006), algorithm 3.3.
///
/// ```
/// use ravine::matrix::SparseMatrix;
/// use ravine::methods::named;
/// use ravine::minimize::Stopping;
/// # use ravine::objective::{Derivatives, DynamicObjective, Evaluation};
/// # struct Chain;
/// # impl DynamicObjective for Chain {
/// #     fn dimension(&self) -> usize { 500 }
/// #     fn derivatives(&self) -> Derivatives {
/// #         Derivatives::SPARSE_HESSIAN
/// #     }
/// #     fn value(&self, x: &[f64]) -> Evaluation<f64> {
/// #         self.value_and_gradient(x, &mut vec![0.0; x.len()])
/// #     }
/// #     fn value_and_gradient(&self, x: &[f64], g: &mut [f64]) -> Evaluation<f64> {
/// #         g.copy_from_slice(&x.iter().map(|x| x.powi(3) - 1.0).collect::<Vec<_>>());
/// #         let mut value: f64 = x.iter().map(|x| x.powi(4) / 4.0 - x).sum();
/// #         for i in 1..x.len() {
/// #             let d = x[i] - x[i - 1];
/// #             value += 5.0 * d * d;
/// #             g[i] += 10.0 * d;
/// #             g[i - 1] -= 10.0 * d;
/// #         }
/// #         Ok(value)
/// #     }
/// #     fn hessian_product(&self, x: &[f64], d: &[f64], p: &mut [f64]) -> Evaluation {
/// #         let mut h = self.sparse_hessian_pattern(x)?;
/// #         self.sparse_hessian(x, &mut h)?;
/// #         h.multiply(d, p);
/// #         Ok(())
/// #     }
/// #     fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
/// #         let n = x.len();
/// #         let mut t = Vec::new();
/// #         for i in 0..n {
/// #             t.push((i, i, 0.0));
/// #             if i > 0 { t.push((i, i - 1, 0.0)); t.push((i - 1, i, 0.0)); }
/// #         }
/// #         Ok(SparseMatrix::from_triplets(n, n, &t))
/// #     }
/// #     fn sparse_hessian(&self, x: &[f64], h: &mut SparseMatrix) -> Evaluation {
/// #         let n = x.len();
/// #         let mut t = Vec::new();
/// #         for i in 0..n {
/// #             let ends = f64::from(i > 0) + f64::from(i + 1 < n);
/// #             t.push((i, i, 3.0 * x[i] * x[i] + 10.0 * ends));
/// #             if i > 0 { t.push((i, i - 1, -10.0)); t.push((i - 1, i, -10.0)); }
/// #         }
/// #         *h = SparseMatrix::from_triplets(n, n, &t);
/// #         Ok(())
/// #     }
/// # }
///
/// // sum of x_i^4 / 4 - x_i, and springs between neighbours
/// let f = Chain;
/// let start = vec![3.0; 500];
/// let settings = serde_json::Value::Null;
/// let mut run = named("newton-sparse")?.start(&settings, &f, &start, Stopping::default(), None)?;
/// while run.step().is_none() {}
/// assert!(run.outcome().status.converged());
/// assert!((run.outcome().x[250] - 1.0).abs() < 1e-6);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SparseNewton {
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for SparseNewton {
    fn default() -> Self {
        Self { line_search: LineSearch::MoreThuente(MoreThuente::default()) }
    }
}

/// The state of [`SparseNewton`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SparseNewtonState {
    descent: Descent<Vec<f64>>,
    /// The last shift that was needed; 0 where none was.
    shift: f64,
    #[serde(skip)]
    work: Option<(SparseMatrix, SparseCholesky)>,
}

impl SparseNewtonState {
    /// The shift tau at the last factorization.
    pub fn shift(&self) -> f64 {
        self.shift
    }
}

impl SparseNewton {
    /// The direction from the current point, unless it is there already.
    fn prepare<O: SparseHessian + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut SparseNewtonState,
    ) -> Result<(), Interrupt> {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let Descent { iterate, direction, .. } = &mut state.descent;
        direction.axpby(-1.0, &iterate.gradient, 0.0);
        if state.work.is_none() {
            let pattern = oracle.sparse_hessian_pattern(&iterate.x)?;
            state.work = SparseCholesky::analyze(&pattern).ok().map(|factor| (pattern, factor));
        }
        if let Some((hessian, factor)) = &mut state.work {
            oracle.sparse_hessian(&iterate.x, hessian)?;
            match shifted(factor, hessian, state.shift) {
                Ok(shift) => {
                    state.shift = shift;
                    factor.solve(direction);
                }
                Err(_) => direction.fill(f64::NAN),
            }
        }
        let predicted = -0.5 * iterate.gradient.dot(direction);
        state.descent.settle(predicted);
        Ok(())
    }
}

/// Factorizes `H + tau I` and returns tau: zero, or else the first that works of a sequence that
/// begins a little below the shift needed last and grows by a factor of four.
fn shifted(
    factor: &mut SparseCholesky,
    hessian: &SparseMatrix,
    last: f64,
) -> Result<f64, FactorizationError> {
    /// More would mean that no shift helps.
    const MOST: usize = 100;
    let mut least_diagonal = f64::INFINITY;
    for j in 0..hessian.columns() {
        least_diagonal = least_diagonal.min(hessian.get(j, j));
    }
    let largest = hessian.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let first = 1e-3 * largest;
    let mut shift = 0.0;
    if least_diagonal <= 0.0 {
        shift = (first - least_diagonal).max(last / 8.0);
    }
    for _ in 0..MOST {
        match factor.factorize(hessian, shift) {
            Ok(()) => return Ok(shift),
            Err(FactorizationError::NotPositiveDefinite { .. }) => {
                shift = if shift == 0.0 { first.max(last / 8.0) } else { 4.0 * shift };
            }
            Err(error) => return Err(error),
        }
    }
    Err(FactorizationError::NotFinite)
}

impl<O: SparseHessian + ?Sized> Method<O> for SparseNewton {
    type State = SparseNewtonState;

    fn name(&self) -> &'static str {
        "newton-sparse"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(SparseNewtonState { descent: Descent::new(iterate), shift: 0.0, work: None })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        state.descent.search(oracle, &self.line_search)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        &state.descent.iterate
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        self.prepare(oracle, state)?;
        Ok(state.descent.predicted)
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
