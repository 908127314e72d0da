//! Inexact Newton by conjugate gradients.

use super::descent::Descent;
use super::inexact::{Forcing, add_negative_curvature};
use crate::curvature::HessianAt;
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::HessianProduct;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, TrueResidual};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Newton-CG: the Newton system `H d = -g` is solved by conjugate gradients, from Hessian products
/// alone, only as well as pays; then a line search along d, trying 1 first.
///
/// The residual asked for is `eta |g|` with the forcing terms of Eisenstat and Walker (choice 2),
/// `eta = 0.9 (|g| / |g_before|)^2`, kept from falling too early and at most
/// [`forcing`](Self::forcing): fast convergence near the minimizer, no exact solves far from it.
///
/// Where conjugate gradients meet a direction p of negative curvature after some steps, p is added
/// to what they have found so far, with the length `|r'r / p'Hp|` that it would have if its
/// curvature were positive: the step goes down the sum of both.
///
/// Sources: Nocedal and Wright (2006), algorithm 7.1; Eisenstat and Walker, Choosing the forcing
/// terms in an inexact Newton method (1996).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::NewtonCg;
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///         g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///         100.0 * a * a + b * b
///     },
///     |x: &[f64], h: &mut Matrix| {
///         *h = Matrix::from_rows(&[
///             [1200.0 * x[0] * x[0] - 400.0 * x[1] + 2.0, -400.0 * x[0]],
///             [-400.0 * x[0], 200.0],
///         ]);
///     },
/// );
/// let outcome = minimize(&f, vec![-1.2, 1.0], NewtonCg::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewtonCg {
    /// The largest forcing term, also the first. Default `0.5`.
    pub forcing: f64,
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    pub products: Option<usize>,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for NewtonCg {
    fn default() -> Self {
        Self {
            forcing: 0.5,
            products: None,
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

/// The state of [`NewtonCg`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NewtonCgState<V> {
    descent: Descent<V>,
    forcing: Forcing,
    #[serde(skip)]
    work: Option<(V, CgWork<V>)>,
}

impl NewtonCg {
    /// The direction from the current point, unless it is there already.
    fn prepare<O: HessianProduct + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NewtonCgState<O::Point>,
    ) -> Result<(), Interrupt> {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let Descent { iterate, direction, .. } = &mut state.descent;
        let norm = iterate.gradient.norm();
        let eta = state.forcing.term(norm, self.forcing);
        let (b, work) =
            state.work.get_or_insert_with(|| (direction.zeros_like(), CgWork::new(direction)));
        b.axpby(-1.0, &iterate.gradient, 0.0);
        let hessian = HessianAt { oracle, x: &iterate.x };
        let cg = ConjugateGradient {
            tolerance: eta,
            iterations: Some(self.products.unwrap_or(2 * b.dimension() + 10)),
            true_residual: TrueResidual::Skipped,
            ..Default::default()
        };
        let info = cg.solve(&hessian, b, direction, work)?;
        let mut predicted = info.decrease;
        if info.end == CgEnd::NegativeCurvature {
            let rr = info.residual_norm * info.residual_norm;
            predicted += add_negative_curvature(direction, work.direction(), work.product(), rr);
        }
        state.forcing.record(norm, eta);
        state.descent.settle(predicted);
        Ok(())
    }
}

impl<O: HessianProduct + ?Sized> Method<O> for NewtonCg {
    type State = NewtonCgState<O::Point>;

    fn name(&self) -> &'static str {
        "newton-cg"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let forcing = self.forcing;
        ArgumentError::check(forcing > 0.0 && forcing < 1.0, "forcing", forcing, "in (0, 1)")?;
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")?;
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(NewtonCgState {
            descent: Descent::new(iterate),
            forcing: Forcing::default(),
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
