//! Inexact Newton by conjugate gradients with a Nystrom preconditioner.

use super::descent::Descent;
use super::inexact::{Forcing, add_negative_curvature};
use crate::curvature::HessianAt;
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::HessianProduct;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::krylov::{
    CgEnd, CgInfo, CgWork, ConjugateGradient, NystromApproximation, NystromError, Start,
    TrueResidual,
};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Vector};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Newton-CG ([`NewtonCg`](super::NewtonCg)) whose conjugate gradients are preconditioned by a
/// randomized Nystrom approximation of the Hessian: l products with random vectors show the l
/// largest eigenvalues well enough to bring them to the level of the rest. Where eigenvalues decay
/// fast, as those of regressions on correlated columns, this takes most of the condition number
/// away.
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
/// So an easy problem, with few products a step, never pays for a preconditioner. A Hessian with negative Rayleigh quotients has
/// no Nystrom approximation; conjugate gradients then go on without, until they meet a direction of
/// negative curvature, which is used as in [`NewtonCg`](super::NewtonCg).
///
/// Memory: `3 l` vectors.
///
/// Sources: Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023); Frangella, Rathore,
/// Zhao and Udell, SketchySGD and PROMISE (2023), for its use in optimization.
///
/// ```
/// use ravine::methods::NystromNewtonCg;
/// use ravine::{minimize, objective::from_hessian};
/// use ravine::matrix::Matrix;
///
/// // sum_i (cosh(x_i) - x_i) / i^3: condition number 1e6.
/// let weight = |i: usize| ((i + 1) as f64).powi(-3);
/// let f = from_hessian(
///     100,
///     move |x: &[f64], g: &mut [f64]| {
///         (0..100).for_each(|i| g[i] = weight(i) * (x[i].sinh() - 1.0));
///         (0..100).map(|i| weight(i) * (x[i].cosh() - x[i])).sum()
///     },
///     move |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         (0..100).for_each(|i| h[(i, i)] = weight(i) * x[i].cosh());
///     },
/// );
/// let outcome = minimize(&f, vec![0.0; 100], NystromNewtonCg::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NystromNewtonCg {
    /// The largest forcing term, also the first. Default `0.5`.
    pub forcing: f64,
    /// The rank of the first approximation, no more than half of the dimension. Default 20.
    pub rank: usize,
    /// The largest rank; `None` for half of the dimension, at most 500. Default `None`.
    pub largest_rank: Option<usize>,
    /// Most products of conjugate gradients a step; `None` for twice the dimension and ten more.
    /// Default `None`.
    pub products: Option<usize>,
    /// Of the random vectors. Default 0.
    pub seed: u64,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for NystromNewtonCg {
    fn default() -> Self {
        Self {
            forcing: 0.5,
            rank: 20,
            largest_rank: None,
            products: None,
            seed: 0,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

/// The state of [`NystromNewtonCg`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NystromNewtonCgState<V> {
    descent: Descent<V>,
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

impl NystromNewtonCg {
    /// The direction from the current point, unless it is there already.
    fn prepare<O>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NystromNewtonCgState<O::Point>,
    ) -> Result<(), Interrupt>
    where
        O: HessianProduct + ?Sized,
        O::Point: Entries,
    {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let NystromNewtonCgState { descent, approximation, renewal, random, .. } = state;
        let Descent { iterate, direction, .. } = descent;
        let n = direction.dimension();
        let largest = self.largest_rank.unwrap_or((n / 2).min(500)).min(n);
        let most = self.products.unwrap_or(2 * n + 10);
        let norm = iterate.gradient.norm();
        let eta = state.forcing.term(norm, self.forcing);
        let (b, work) =
            state.work.get_or_insert_with(|| (direction.zeros_like(), CgWork::new(direction)));
        b.axpby(-1.0, &iterate.gradient, 0.0);
        let hessian = HessianAt { oracle, x: &iterate.x };
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
                cg.solve(&hessian, b, direction, work)?
            } else {
                let m = approximation.preconditioner(0.0);
                cg.solve_preconditioned(&hessian, &m, b, direction, work)?
            };
            iterations += info.iterations;
            predicted += info.decrease;
            let rate = renewal.record(&info, work.history().first().copied().unwrap_or(norm));
            if info.end != CgEnd::IterationLimit || iterations >= most {
                break info;
            }
            let result = if made_here {
                renewal.rank = (2 * renewal.rank).min(largest);
                approximation.extend(&hessian, renewal.rank, random, b)
            } else {
                renewal.rank = renewal.rank.min(largest);
                approximation.refresh(&hessian, renewal.rank, random, b)
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
        state.forcing.record(norm, eta);
        state.descent.settle(predicted);
        Ok(())
    }
}

impl<O> Method<O> for NystromNewtonCg
where
    O: HessianProduct + ?Sized,
    O::Point: Entries,
{
    type State = NystromNewtonCgState<O::Point>;

    fn name(&self) -> &'static str {
        "nystrom-newton-cg"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let forcing = self.forcing;
        ArgumentError::check(forcing > 0.0 && forcing < 1.0, "forcing", forcing, "in (0, 1)")?;
        ArgumentError::check(self.rank > 0, "rank", self.rank, "at least 1")?;
        if let Some(largest) = self.largest_rank {
            let allowed = format!("at least the rank, {}", self.rank);
            ArgumentError::check(largest >= self.rank, "largest_rank", largest, &allowed)?;
        }
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")?;
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(NystromNewtonCgState {
            descent: Descent::new(iterate),
            forcing: Forcing::default(),
            approximation: NystromApproximation::default(),
            renewal: Renewal { rank: self.rank, patience: 1, before: None },
            random: Random::new(self.seed),
            work: None,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        state.descent.search(oracle, &self.line_search)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
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
