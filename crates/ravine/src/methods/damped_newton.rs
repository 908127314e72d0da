//! Newton's method made safe.

use super::descent::Descent;
use crate::line_search::{LineSearch, MoreThuente};
use crate::minimize::{Method, Step};
use crate::objective::Hessian;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{Matrix, ModifiedCholesky, SymmetricEigen};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Newton with a line search: `x <- x - a B(x)^-1 grad f(x)`, where B is the Hessian, made positive
/// definite where it is not, and the line search finds a, trying 1 first.
///
/// Near a minimizer B is the Hessian and a is 1: the convergence is quadratic.
///
/// Source: Nocedal and Wright (2006), section 3.4.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::methods::{DampedNewton, Factorization};
/// use ravine::minimize;
/// use ravine::objective::from_hessian;
///
/// // f = x^4 / 4 - x^2 / 2 + y^2: at the start the Hessian is indefinite.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[x[0].powi(3) - x[0], 2.0 * x[1]]);
///         x[0].powi(4) / 4.0 - x[0] * x[0] / 2.0 + x[1] * x[1]
///     },
///     |x: &[f64], h: &mut Matrix| {
///         h.fill(0.0);
///         h[(0, 0)] = 3.0 * x[0] * x[0] - 1.0;
///         h[(1, 1)] = 2.0;
///     },
/// );
/// for factorization in [Factorization::ModifiedCholesky, Factorization::Eigenvalue] {
///     let method = DampedNewton { factorization, ..DampedNewton::default() };
///     let outcome = minimize(&f, vec![0.1, 1.0], method).run()?;
///     assert!(outcome.status.converged());
///     assert!((outcome.value + 0.25).abs() < 1e-12);
/// }
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DampedNewton {
    /// How the Hessian is made positive definite. Default: modified Cholesky.
    pub factorization: Factorization,
    /// How the step is found. Default: More-Thuente.
    pub line_search: LineSearch,
}

impl Default for DampedNewton {
    fn default() -> Self {
        Self {
            factorization: Factorization::default(),
            line_search: LineSearch::MoreThuente(MoreThuente::default()),
        }
    }
}

/// How a Hessian is made positive definite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factorization {
    /// A diagonal is added during the factorization, where it is needed
    /// ([`ModifiedCholesky`]).
    #[default]
    ModifiedCholesky,
    /// `B = Q |Lambda| Q'`: eigenvalues are taken by their absolute values, those that are zero to
    /// rounding by the least that is not. Costs about ten times as much. Where the gradient test
    /// holds at a point with negative curvature, the method knows and goes on along it.
    Eigenvalue,
}

/// The state of [`DampedNewton`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DampedNewtonState {
    descent: Descent<Vec<f64>>,
    /// The eigenvector of the smallest eigenvalue, where that is clearly negative, pointing down
    /// and as long as the step along it that is tried first; and the decrease it promises.
    downhill: Option<(Vec<f64>, f64)>,
    /// Whether the direction is that one.
    escaping: bool,
    #[serde(skip)]
    hessian: Option<Matrix>,
}

/// Eigenvalues below this times the largest are negative beyond doubt.
const NEGATIVE: f64 = -1e-8;

impl DampedNewton {
    /// The direction from the current point, unless it is there already.
    fn prepare<O: Hessian + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut DampedNewtonState,
    ) -> Result<(), Interrupt> {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let Descent { iterate, direction, .. } = &mut state.descent;
        let n = iterate.x.len();
        let hessian = state.hessian.get_or_insert_with(|| Matrix::zeros(n, n));
        oracle.hessian(&iterate.x, hessian)?;
        state.downhill = None;
        state.escaping = false;
        direction.axpby(-1.0, &iterate.gradient, 0.0);
        match self.factorization {
            Factorization::ModifiedCholesky => match ModifiedCholesky::new(hessian) {
                Ok(factor) => factor.solve(direction),
                Err(_) => direction.fill(f64::NAN),
            },
            Factorization::Eigenvalue => match SymmetricEigen::new(hessian) {
                Ok(eigen) => {
                    let least = n as f64 * f64::EPSILON * eigen.norm();
                    let gradient = &iterate.gradient;
                    eigen.apply(|lambda| -1.0 / lambda.abs().max(least), gradient, direction);
                    state.downhill = downhill(&eigen, iterate);
                }
                Err(_) => direction.fill(f64::NAN),
            },
        }
        // The minimum of g'd + d'Bd/2 is at d = -B^-1 g, and -g'd/2 lower.
        let predicted = -0.5 * iterate.gradient.dot(direction);
        state.descent.settle(predicted);
        Ok(())
    }
}

/// The way down along the smallest eigenvalue, if that is clearly negative.
fn downhill(eigen: &SymmetricEigen, iterate: &Iterate<Vec<f64>>) -> Option<(Vec<f64>, f64)> {
    let lambda = *eigen.values().first()?;
    if lambda >= NEGATIVE * eigen.norm() {
        return None;
    }
    let mut v = eigen.vectors().column(0).to_vec();
    let length = iterate.x.norm().max(1.0);
    let slope = v.dot(&iterate.gradient);
    v.scale(if slope > 0.0 { -length } else { length });
    Some((v, -0.5 * lambda * length * length))
}

impl<O: Hessian + ?Sized> Method<O> for DampedNewton {
    type State = DampedNewtonState;

    fn name(&self) -> &'static str {
        match self.factorization {
            Factorization::ModifiedCholesky => "newton-damped",
            Factorization::Eigenvalue => "newton-eigen",
        }
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(DampedNewtonState {
            descent: Descent::new(iterate),
            downhill: None,
            escaping: false,
            hessian: None,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        if state.escaping {
            state.descent.escape(oracle)
        } else {
            state.descent.search(oracle, &self.line_search)
        }
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
        if let Some((v, predicted)) = state.downhill.take() {
            state.descent.direction = v;
            state.descent.predicted = Some(predicted);
            state.escaping = true;
        }
        Ok(state.descent.predicted)
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
