//! Newton-CG with Hessians over sampled cases.

use super::descent::Descent;
use super::inexact::{Forcing, add_negative_curvature};
use crate::curvature::{HessianAt, SubsetHessianAt};
use crate::line_search::{Backtracking, LineSearch};
use crate::minimize::{Method, Step};
use crate::objective::FiniteSum;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, TrueResidual};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Subsampled Newton for a mean over N cases: Newton-CG ([`NewtonCg`](super::NewtonCg)) whose Hessian
/// is that of a random subset of cases, drawn anew at every step, without replacement. Value and
/// gradient are those of all cases, and so is the line search: the method descends at every step
/// and ends at the minimizer whatever the samples are.
///
/// A product costs `|S| / N` of a full one. With samples of fixed size convergence is linear, at a
/// rate that the sample's error sets; a growing sample makes it superlinear. Here it doubles where a
/// step left more than half of the gradient although the solve was to leave less (more than twice the
/// forcing term), up to all cases: then it is Newton-CG.
///
/// Sources: Byrd, Chin, Neveitt and Nocedal, On the use of stochastic Hessian information (2011);
/// Roosta-Khorasani and Mahoney, Sub-sampled Newton methods (2019); Bollapragada, Byrd and Nocedal,
/// Exact and inexact subsampled Newton methods for optimization (2019).
///
/// ```
/// let entry = ravine::methods::named("newton-subsampled")?;
/// let missing = ravine::objective::Derivatives::HESSIAN.missing(entry.needs);
/// assert_eq!(missing, ["terms of a sum over cases"]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubsampledNewton {
    /// The cases of the first sample; `None` for a tenth of all, at least 100. No more than all are
    /// used. Default `None`.
    pub sample: Option<usize>,
    /// The largest forcing term, also the first. Default `0.5`.
    pub forcing: f64,
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    pub products: Option<usize>,
    /// Of the samples. Default 0.
    pub seed: u64,
    /// How the step is found. Default: backtracking.
    pub line_search: LineSearch,
}

impl Default for SubsampledNewton {
    fn default() -> Self {
        Self {
            sample: None,
            forcing: 0.5,
            products: None,
            seed: 0,
            line_search: LineSearch::Backtracking(Backtracking::default()),
        }
    }
}

/// The state of [`SubsampledNewton`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SubsampledNewtonState<V> {
    descent: Descent<V>,
    forcing: Forcing,
    /// Cases of the next sample.
    sample: usize,
    /// `|g|` before the last step, and the forcing term there.
    before: Option<(f64, f64)>,
    random: Random,
    #[serde(skip)]
    cases: Vec<usize>,
    #[serde(skip)]
    work: Option<(V, CgWork<V>)>,
}

/// The part of the gradient that a step may leave.
const LEFT: f64 = 0.5;

impl SubsampledNewton {
    /// The direction from the current point, unless it is there already.
    fn prepare<O: FiniteSum + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut SubsampledNewtonState<O::Point>,
    ) -> Result<(), Interrupt> {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let Descent { iterate, direction, .. } = &mut state.descent;
        let all = oracle.cases();
        let norm = iterate.gradient.norm();
        if let Some((before, eta)) = state.before
            && norm > LEFT.max(2.0 * eta) * before
        {
            state.sample = (2 * state.sample).min(all);
        }
        let eta = state.forcing.term(norm, self.forcing);
        let (b, work) =
            state.work.get_or_insert_with(|| (direction.zeros_like(), CgWork::new(direction)));
        b.axpby(-1.0, &iterate.gradient, 0.0);
        let cg = ConjugateGradient {
            tolerance: eta,
            iterations: self.products,
            true_residual: TrueResidual::Skipped,
            ..Default::default()
        };
        let x = &iterate.x;
        let info = if state.sample < all {
            state.random.sample(all, state.sample, &mut state.cases);
            let hessian = SubsetHessianAt { oracle, x, cases: &state.cases };
            cg.solve(&hessian, b, direction, work)?
        } else {
            cg.solve(&HessianAt { oracle, x }, b, direction, work)?
        };
        let mut predicted = info.decrease;
        if info.end == CgEnd::NegativeCurvature {
            let rr = info.residual_norm * info.residual_norm;
            predicted += add_negative_curvature(direction, work.direction(), work.product(), rr);
        }
        state.forcing.record(norm, eta);
        state.before = Some((norm, eta));
        state.descent.settle(predicted);
        Ok(())
    }
}

impl<O: FiniteSum + ?Sized> Method<O> for SubsampledNewton {
    type State = SubsampledNewtonState<O::Point>;

    fn name(&self) -> &'static str {
        "newton-subsampled"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        ArgumentError::check(self.sample != Some(0), "sample", 0, "at least 1")?;
        let forcing = self.forcing;
        ArgumentError::check(forcing > 0.0 && forcing < 1.0, "forcing", forcing, "in (0, 1)")?;
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")?;
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        let all = oracle.cases();
        Ok(SubsampledNewtonState {
            descent: Descent::new(iterate),
            forcing: Forcing::default(),
            sample: self.sample.unwrap_or((all / 10).max(100)).min(all),
            before: None,
            random: Random::new(self.seed),
            cases: Vec::new(),
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
