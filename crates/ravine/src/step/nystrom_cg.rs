//! Conjugate gradients with a Nystrom preconditioner.

use super::forcing::{Forcing, add_negative_curvature};
use super::{Free, Local, Solution, Step, cg};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::krylov::{
    CgEnd, CgInfo, CgWork, ConjugateGradient, NystromApproximation, NystromError, Start,
    TrueResidual,
};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_linalg::{ArgumentError, Interrupt};

/// Conjugate gradients as in [`TruncatedCg`](super::TruncatedCg), preconditioned by a randomized
/// Nystrom approximation of the curvature: l products with random vectors show the l
/// largest eigenvalues well enough to bring them to the level of the rest.
///
/// An approximation costs l products, and is made by a rule that spends no more than about half of
/// all products on approximations:
///
/// - Conjugate gradients begin without, or with that of an earlier point.
/// - Once they have made as many products for this step as a new one costs, they pause; an
///   approximation is made here, and they go on from where they are.
/// - Where one was made at this very point and still the products come to as many again, its rank
///   is doubled, up to [`largest_rank`](Self::largest_rank); products made before are used again.
/// - Where a new one did not at least double the digits won by a product, the next comes after twice
///   as many products as this.
///
/// A curvature with negative Rayleigh quotients has no Nystrom approximation; conjugate gradients then
/// go on without, until they meet a direction of negative curvature.
///
/// Memory: `3 l` vectors. See [`NystromNewtonCg`](crate::methods::NystromNewtonCg) for an example.
///
/// Sources: Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023); Frangella, Rathore,
/// Zhao and Udell, SketchySGD and PROMISE (2023), for its use in optimization.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NystromCg {
    /// The largest forcing term, also the first. Default `0.5`.
    #[range("in (0, 1)")]
    pub forcing: f64,
    /// The rank of the first approximation, no more than half of the dimension. Default 20.
    #[range("at least 1")]
    pub rank: usize,
    /// The largest rank; `None` for half of the dimension, at most 500. Default `None`.
    #[range("at least `rank`")]
    pub largest_rank: Option<usize>,
    /// Most products of conjugate gradients a step; `None` for twice the dimension and ten more.
    /// Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
}

impl Default for NystromCg {
    fn default() -> Self {
        Self { forcing: 0.5, rank: 20, largest_rank: None, products: None, seed: 0 }
    }
}

/// What [`NystromCg`] keeps: the approximation, when it is renewed, and the generator.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NystromCgMemory<V> {
    forcing: Forcing,
    approximation: NystromApproximation<V>,
    renewal: Renewal,
    random: Random,
    #[serde(skip)]
    work: Option<(V, CgWork<V>)>,
}

/// When an approximation is made.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
struct Renewal {
    /// Of the last approximation; before, of the first.
    rank: usize,
    /// How many times what an approximation costs is spent before the next.
    patience: usize,
    /// The digits won by a product just before the last approximation, until it was judged.
    before: Option<f64>,
}

impl Renewal {
    /// How many products are made before the next approximation.
    fn allowance(&self) -> usize {
        self.patience * self.rank
    }

    /// Takes note of some iterations of conjugate gradients, from a residual to another; the
    /// digits won by a product.
    fn record(&mut self, info: &CgInfo, first_residual: f64) -> f64 {
        let rate = (first_residual / info.residual_norm).ln() / info.products.max(1) as f64;
        if let Some(before) = self.before.take()
            && info.products > 1
        {
            // Not NaN: also where neither won anything.
            let better = rate > 2.0 * before;
            self.patience = if better { 1 } else { (2 * self.patience).min(MOST_PATIENT) };
        }
        rate
    }
}

/// Beyond this no preconditioner is to be expected to help.
const MOST_PATIENT: usize = 1 << 20;

impl<V: Pointwise> Step<V, Free> for NystromCg {
    type Memory = NystromCgMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        cg::check(self.forcing, self.products)?;
        ArgumentError::check(self.rank > 0, "rank", self.rank, "at least 1")?;
        if let Some(largest) = self.largest_rank {
            let allowed = format!("at least the rank, {}", self.rank);
            ArgumentError::check(largest >= self.rank, "largest_rank", largest, &allowed)?;
        }
        Ok(())
    }

    fn memory(&self, _like: &V) -> NystromCgMemory<V> {
        NystromCgMemory {
            forcing: Forcing::default(),
            approximation: NystromApproximation::default(),
            renewal: Renewal { rank: self.rank, patience: 1, before: None },
            random: Random::new(self.seed),
            work: None,
        }
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        model: &mut B,
        local: &Local<'_, V>,
        _reach: Free,
        memory: &mut NystromCgMemory<V>,
        direction: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let NystromCgMemory { forcing, approximation, renewal, random, work } = memory;
        let (model, gradient) = (&*model, local.gradient);
        let n = direction.dimension();
        let largest = self.largest_rank.unwrap_or((n / 2).min(500)).min(n);
        let most = self.products.unwrap_or(2 * n + 10);
        let norm = gradient.norm();
        let eta = forcing.term(norm, self.forcing);
        let (b, work) =
            work.get_or_insert_with(|| (direction.zeros_like(), CgWork::new(direction)));
        b.axpby(-1.0, gradient, 0.0);
        let (mut made_here, mut no_more) = (false, largest == 0);
        let (mut iterations, mut predicted) = (0, 0.0);
        let info = loop {
            let left = most - iterations;
            let cg = ConjugateGradient {
                tolerance: eta,
                iterations: Some(if no_more { left } else { left.min(renewal.allowance()) }),
                start: if iterations == 0 { Start::Zero } else { Start::Given },
                true_residual: TrueResidual::Skipped,
                ..Default::default()
            };
            let info = if approximation.values().is_empty() {
                cg.solve(&model, b, direction, work)?
            } else {
                let m = approximation.preconditioner(0.0);
                cg.solve_preconditioned(&model, &m, b, direction, work)?
            };
            iterations += info.iterations;
            predicted += info.decrease;
            let rate = renewal.record(&info, work.history().first().copied().unwrap_or(norm));
            if info.end != CgEnd::IterationLimit || iterations >= most {
                break info;
            }
            let result = if made_here {
                renewal.rank = (2 * renewal.rank).min(largest);
                approximation.extend(&model, renewal.rank, random, b)
            } else {
                renewal.rank = renewal.rank.min(largest);
                approximation.refresh(&model, renewal.rank, random, b)
            };
            match result {
                Ok(()) => {
                    made_here = true;
                    no_more = renewal.rank >= largest;
                }
                Err(NystromError::Interrupt(interrupt)) => return Err(interrupt),
                Err(_) => no_more = true,
            }
            renewal.before = Some(rate);
        };
        if info.end == CgEnd::NegativeCurvature {
            let (p, hp) = (work.direction(), work.product());
            // p'r with r = -g - H d.
            let pr = (p.dot(b) - hp.dot(direction)).max(0.0);
            predicted += add_negative_curvature(direction, p, hp, pr);
        }
        forcing.record(norm, eta);
        Ok(Some(Solution { predicted, work: iterations, residual: eta, ..Solution::default() }))
    }
}
