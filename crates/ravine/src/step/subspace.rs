//! Steps in random subspaces.

use super::{Free, Local, Solution, Step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::matrix::{Cholesky, Matrix, SymmetricEigen, orthonormalize};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_linalg::{ArgumentError, Interrupt};

/// The step in a random subspace of s dimensions, new at every step:
///
/// `d = -S (S'B S)^-1 S'g`,
///
/// with orthonormal S spanned by normal vectors: s products and an s by s factorization. Where `S'BS`
/// is not positive definite, its eigenvalues are taken by their absolute values, those
/// close to zero by the least that are not. Where a subspace holds no decrease, others are tried,
/// ten in a row at most. See [`SubspaceNewton`](crate::methods::SubspaceNewton) for an example.
///
/// Source: Gower, Kovalev, Lieder and Richtarik, RSN: randomized subspace Newton (2019).
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subspace {
    /// The dimension s of the subspaces; `None` for 50, and no more than n are used. Default `None`.
    #[range("at least 1")]
    pub subspace: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
}

/// What [`Subspace`] keeps: the generator, and how often it failed.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct SubspaceMemory<V> {
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

impl<V: Pointwise> Step<V, Free> for Subspace {
    type Memory = SubspaceMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.subspace != Some(0), "subspace", 0, "at least 1")
    }

    fn memory(&self, _like: &V) -> SubspaceMemory<V> {
        SubspaceMemory { random: Random::new(self.seed), failed: 0, work: None }
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        _reach: Free,
        memory: &mut SubspaceMemory<V>,
        direction: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let SubspaceMemory { random, work, .. } = memory;
        let n = direction.dimension();
        let s = self.subspace.unwrap_or(50).min(n);
        let Work { basis, product, core, factor, step } = work.get_or_insert_with(|| Work {
            basis: vec![direction.zeros_like(); s],
            product: direction.zeros_like(),
            core: Matrix::zeros(s, s),
            factor: Cholesky::default(),
            step: vec![0.0; s],
        });
        basis.iter_mut().for_each(|v| v.fill_normal(random));
        orthonormalize(basis, 0);
        for (j, v) in basis.iter().enumerate() {
            b.apply(v, product)?;
            product.dots(basis, core.column_mut(j));
        }
        local.gradient.dots(basis, step);
        step.iter_mut().for_each(|g| *g = -*g);
        newton_step(core, factor, step);
        direction.fill(0.0);
        direction.combine(step, basis);
        let predicted = -0.5 * local.gradient.dot(direction);
        Ok(Some(Solution { predicted, work: s, ..Solution::default() }))
    }

    fn forget(&self, memory: &mut SubspaceMemory<V>) {
        memory.failed = 0;
    }

    fn another(&self, memory: &mut SubspaceMemory<V>) -> bool {
        memory.failed += 1;
        memory.failed <= MOST_FAILED
    }

    fn share(&self, dimension: usize) -> f64 {
        let n = dimension.max(1);
        self.subspace.unwrap_or(50).min(n) as f64 / n as f64
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
