//! Newton in random subspaces.

use super::descent::Descent;
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::HessianProduct;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::orthonormalize;
use ravine_linalg::matrix::{Cholesky, Matrix, SymmetricEigen};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Vector};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Randomized subspace Newton: every step is Newton's in a new random subspace of s dimensions,
///
/// `d = -S (S'H S)^-1 S'g`,
///
/// with orthonormal S spanned by normal vectors, then a line search along d. It needs s Hessian
/// products and an s by s factorization a step, and never more of the Hessian. Where all of the
/// space is drawn (`s = n`), it is Newton's method. Convergence is linear: where the Hessian changes
/// little, a step takes on average at least the share
///
/// `rho = lambda_min(E H^{1/2} S (S'H S)^-1 S' H^{1/2})`
///
/// of the distance to the minimum. A random subspace sees little of the smallest eigenvalues beside
/// large ones (with two variables and `s = 1`, `rho = 1 / (1 + sqrt(kappa))`), so that s is best
/// close to n or larger than the number of large eigenvalues.
///
/// Where `S'HS` is not positive definite, its eigenvalues are taken by their absolute values, those
/// close to zero by the least that are not. Where a subspace holds no decrease, others are tried,
/// ten in a row at most.
///
/// Source: Gower, Kovalev, Lieder and Richtarik, RSN: randomized subspace Newton (2019).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::SubspaceNewton;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// // sum_i (i+1)^4 x_i^2 / 2 - x_i: condition number 1e4.
/// let f = from_hessian(
///     10,
///     |x: &[f64], g: &mut [f64]| {
///         (0..10).for_each(|i| g[i] = ((i + 1) as f64).powi(4) * x[i] - 1.0);
///         (0..10).map(|i| 0.5 * x[i] * (g[i] - 1.0)).sum()
///     },
///     |_: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         (0..10).for_each(|i| h[(i, i)] = ((i + 1) as f64).powi(4));
///     },
/// );
/// let method = SubspaceNewton { subspace: Some(5), ..SubspaceNewton::default() };
/// let outcome = minimize(&f, vec![0.0; 10], method).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.x[0] - 1.0).abs() < 1e-4);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubspaceNewton {
    /// The dimension s of the subspaces; `None` for 50, and no more than n are used. Default `None`.
    pub subspace: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for SubspaceNewton {
    fn default() -> Self {
        Self {
            subspace: None,
            seed: 0,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

/// The state of [`SubspaceNewton`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SubspaceNewtonState<V> {
    descent: Descent<V>,
    random: Random,
    /// Subspaces without decrease since the last step.
    failed: usize,
    #[serde(skip)]
    work: Option<Work<V>>,
}

#[derive(Clone, Debug)]
struct Work<V> {
    /// The columns of S.
    basis: Vec<V>,
    product: V,
    /// `S'HS`.
    core: Matrix,
    factor: Cholesky,
    /// `-S'g`, then the step in the subspace.
    step: Vec<f64>,
}

/// So many subspaces in a row without decrease are the end.
const MOST_FAILED: usize = 10;

/// Eigenvalues are not taken to be smaller than this part of the largest.
const LEAST: f64 = 1e-12;

impl SubspaceNewton {
    /// The direction from the current point, unless it is there already.
    fn prepare<O>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut SubspaceNewtonState<O::Point>,
    ) -> Result<(), Interrupt>
    where
        O: HessianProduct + ?Sized,
        O::Point: Entries,
    {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let Descent { iterate, direction, .. } = &mut state.descent;
        let n = direction.dimension();
        let s = self.subspace.unwrap_or(50).min(n);
        let Work { basis, product, core, factor, step } = state.work.get_or_insert_with(|| Work {
            basis: vec![direction.zeros_like(); s],
            product: direction.zeros_like(),
            core: Matrix::zeros(s, s),
            factor: Cholesky::default(),
            step: vec![0.0; s],
        });
        let random = &mut state.random;
        basis.iter_mut().for_each(|v| random.fill_normal(v));
        orthonormalize(basis, 0);
        for (j, v) in basis.iter().enumerate() {
            oracle.hessian_product(&iterate.x, v, product)?;
            product.dots(basis, core.column_mut(j));
        }
        iterate.gradient.dots(basis, step);
        step.iter_mut().for_each(|g| *g = -*g);
        newton_step(core, factor, step);
        direction.fill(0.0);
        direction.combine(step, basis);
        let predicted = -0.5 * iterate.gradient.dot(direction);
        state.descent.settle(predicted);
        Ok(())
    }
}

/// `step <- |core|^-1 step`; NaN where the core is not finite.
fn newton_step(core: &Matrix, factor: &mut Cholesky, step: &mut [f64]) {
    if factor.refactor(core, 0.0).is_ok() {
        factor.solve(step);
        return;
    }
    match SymmetricEigen::new(core) {
        Ok(eigen) => {
            let least = LEAST * eigen.norm();
            let right = step.to_vec();
            eigen.apply(|lambda| 1.0 / lambda.abs().max(least), &right, step);
        }
        Err(_) => step.fill(f64::NAN),
    }
}

impl<O> Method<O> for SubspaceNewton
where
    O: HessianProduct + ?Sized,
    O::Point: Entries,
{
    type State = SubspaceNewtonState<O::Point>;

    fn name(&self) -> &'static str {
        "subspace-newton"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        ArgumentError::check(self.subspace != Some(0), "subspace", 0, "at least 1")?;
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(SubspaceNewtonState {
            descent: Descent::new(iterate),
            random: Random::new(self.seed),
            failed: 0,
            work: None,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        let step = state.descent.search(oracle, &self.line_search)?;
        match step {
            Step::NoDecrease { .. } if state.failed < MOST_FAILED => {
                state.failed += 1;
                state.descent.predicted = None;
                Ok(Step::Rejected)
            }
            Step::NoDecrease { .. } => Ok(step),
            _ => {
                state.failed = 0;
                Ok(step)
            }
        }
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.descent.iterate
    }

    /// That of the subspace times `n / s`, as if all of the space had as much to give.
    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        self.prepare(oracle, state)?;
        let n = oracle.dimension().max(1);
        let share = self.subspace.unwrap_or(50).min(n) as f64 / n as f64;
        Ok(state.descent.predicted.map(|predicted| predicted / share))
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
