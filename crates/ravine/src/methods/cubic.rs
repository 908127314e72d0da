//! Adaptive regularization by cubics.

use crate::curvature::Belief;
use crate::curvature::HessianAt;
use crate::minimize::{Method, Step};
use crate::objective::{Gradient, Hessian, HessianProduct};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::trust_region::secular::{Root, Target};
use crate::trust_region::{
    self, DenseModel, Gltr, KrylovModel, MoreSorensen, Solution, Subproblem, TrustState, Weight,
};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Adaptive regularization by cubics (ARC): minimizes `f + g'p + p'Hp/2 + sigma |p|^3 / 3`, moves
/// where the function agrees, and lets the weight sigma follow the agreement. Where sigma is at
/// least half the Lipschitz constant of the Hessian the cubic bounds the function from above.
///
/// The minimizer satisfies `(H + lambda I) p = -g` with `lambda = sigma |p|` and `H + lambda I`
/// positive semidefinite, so it is found as a trust-region step is, with the length that belongs
/// to a multiplier in place of the radius: [`ExactCubic`] by Cholesky factors, [`KrylovCubic`] in a
/// Krylov space by products alone.
///
/// To a gradient below epsilon it takes `O(epsilon^-1.5)` steps at worst, where steepest descent
/// and plain trust regions take `O(epsilon^-2)`.
///
/// Source: Cartis, Gould and Toint, Adaptive cubic regularisation methods for unconstrained
/// optimization, parts I and II (2011).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::{CubicRegularization, ExactCubic};
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// // f = x^2 - y^2 + y^4 / 2, from its saddle.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[2.0 * x[0], -2.0 * x[1] + 2.0 * x[1].powi(3)]);
///         x[0] * x[0] - x[1] * x[1] + 0.5 * x[1].powi(4)
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 2.0;
///         h[(1, 1)] = -2.0 + 6.0 * x[1] * x[1];
///     },
/// );
/// let method = CubicRegularization::<ExactCubic>::default();
/// let outcome = minimize(&f, vec![0.0, 0.0], method).run()?;
/// assert!(outcome.status.converged());
/// assert!((outcome.value + 0.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CubicRegularization<S> {
    /// How the cubic is minimized.
    pub step: S,
    /// How the weight is set.
    pub weight: Weight,
}

/// The minimizer of the cubic for a dense Hessian.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExactCubic {
    /// How far `lambda = sigma |p|` may be missed, relatively. Default `1e-3`.
    pub accuracy: f64,
}

impl Default for ExactCubic {
    fn default() -> Self {
        Self { accuracy: 1e-3 }
    }
}

/// The minimizer of the cubic in the Krylov space of Hessian and gradient, which grows until the
/// gradient of the cubic is at most `min(1/2, |p|) |g|`: products alone.
///
/// A saddle with zero gradient is not left: there is no Krylov space to leave it in.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KrylovCubic {
    /// How far `lambda = sigma |p|` may be missed, relatively. Default `1e-3`.
    pub accuracy: f64,
    /// The largest dimension of the space. Default 200.
    pub dimension: usize,
}

impl Default for KrylovCubic {
    fn default() -> Self {
        let Gltr { accuracy, dimension } = Gltr::default();
        Self { accuracy, dimension }
    }
}

fn solution(root: Root, work: usize) -> Solution {
    Solution {
        predicted: root.decrease,
        multiplier: root.lambda,
        on_boundary: root.on_target,
        work,
    }
}

impl<O: Hessian + ?Sized> Subproblem<O> for ExactCubic {
    type Model = DenseModel;

    fn name(&self) -> &'static str {
        "arc"
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        MoreSorensen { accuracy: self.accuracy }.validate()
    }

    fn model(&self, x0: &Vec<f64>) -> DenseModel {
        DenseModel::new(x0.len())
    }

    fn solve(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        model: &mut DenseModel,
        sigma: f64,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let hessian = model.at(oracle, &iterate.x)?;
        let exact = MoreSorensen { accuracy: self.accuracy };
        let root = exact.solve_for(hessian, &iterate.gradient, Target::Cubic(sigma), step);
        Ok(root.ok().map(|root| solution(root, root.factorizations)))
    }

    fn moved(&self, model: &mut DenseModel) {
        model.forget();
    }
}

impl<O: HessianProduct + ?Sized> Subproblem<O> for KrylovCubic {
    type Model = KrylovModel<O::Point>;

    fn name(&self) -> &'static str {
        "arc-lanczos"
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        self.krylov().validate()
    }

    fn model(&self, _x0: &O::Point) -> Self::Model {
        KrylovModel::new()
    }

    fn solve(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<O::Point>,
        model: &mut Self::Model,
        sigma: f64,
        step: &mut O::Point,
    ) -> Result<Option<Solution>, Interrupt> {
        let hessian = HessianAt { oracle, x: &iterate.x };
        let lanczos = model.begun_with(&iterate.gradient);
        let (before, gradient) = (lanczos.dimension(), lanczos.start_norm());
        let enough = |length: f64| length.min(0.5) * gradient;
        let target = Target::Cubic(sigma);
        let root = self.krylov().solve_for(&hessian, lanczos, target, enough, step)?;
        Ok(root.map(|root| solution(root, lanczos.dimension() - before)))
    }

    fn moved(&self, model: &mut Self::Model) {
        model.forget();
    }
}

impl KrylovCubic {
    fn krylov(&self) -> Gltr {
        Gltr { accuracy: self.accuracy, dimension: self.dimension }
    }
}

impl<O, S> Method<O> for CubicRegularization<S>
where
    O: Gradient + ?Sized,
    S: Subproblem<O>,
{
    type State = TrustState<O::Point, S::Model>;

    fn name(&self) -> &'static str {
        self.step.name()
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        trust_region::start(&self.step, &self.weight, oracle, x0)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        trust_region::step(&self.step, &self.weight, oracle, state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.iterate
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        Belief { cubic_weight: Some(state.trust()), ..Belief::default() }
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        trust_region::predicted_decrease(&self.step, oracle, state)
    }
}
