//! The natural-gradient iteration.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::dot;
use ravine::{ArgumentError, FunctionError, Interrupt, StartError};

/// `ln(2 pi) + 1`.
const LN_TAU_E: f64 = 2.837_877_066_409_345_5;
/// A step shorter than this share of the first is rounding.
const SHORTEST: f64 = 1e-6;

/// Which covariances the Gaussian may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// All.
    #[default]
    Full,
    /// Diagonal ones: the mean-field approximation.
    Diagonal,
}

/// How an inference ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariationalStatus {
    /// The natural gradient is as short as was asked for.
    Converged,
    /// The iterations are used up.
    IterationLimit,
    /// No step raises the bound, though the natural gradient is longer than was asked for: rounding, or
    /// too few nodes.
    PrecisionLimit,
}

/// Expectations under a Gaussian of a log density l: a target of [`VariationalInference`].
pub(super) trait Target {
    fn dimension(&self) -> usize;

    /// Whether the bound falls only where a step was too long, not by noise.
    fn is_exact(&self) -> bool;

    /// Writes `E grad l` and `E[-Hess l]`, of which a diagonal covariance needs the diagonal alone, and
    /// returns `E l`.
    fn expect(&self, q: &Member, expected: &mut Expected) -> Result<f64, FunctionError>;
}

/// A Gaussian by mean and factored precision.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    pub(super) mean: Vec<f64>,
    pub(super) precision: Matrix,
    pub(super) factor: Cholesky,
}

/// The expectations of the derivatives of a log density.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) gradient: Vec<f64>,
    pub(super) curvature: Matrix,
}

/// The Gaussian `q = N(m, S)` that maximizes the evidence lower bound `E_q l - E_q ln q` of a log
/// density l, by natural gradients: with the precision `P = S^-1`, the rate rho and
/// `G = E_q[-Hess l] - P`,
///
/// `P <- P + rho G`, or where that is not positive definite `P + rho G + rho^2 G S G / 2`, which is, then
/// `m <- m + rho P^-1 E_q[grad l]`.
///
/// A Gaussian log density is found in one step of rate 1. Where expectations are a quadrature the rate
/// is halved while the bound falls; where they are over numbers drawn at random it is fixed.
///
/// Sources: Khan and Rue, The Bayesian learning rule (2023), section 3; Lin, Schmidt and Khan, Handling the
/// positive-definite constraint in the Bayesian learning rule (2020) for the second update.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::from_hessian;
/// use ravine_glm::variational::{LogDensity, VariationalInference};
///
/// // The negative log density of two independent Gaussians, of variances 1 and 1/4.
/// let f = from_hessian(
///     2,
///     |x: &[f64], g: &mut [f64]| {
///         g.copy_from_slice(&[x[0] - 1.0, 4.0 * x[1]]);
///         0.5 * (x[0] - 1.0).powi(2) + 2.0 * x[1] * x[1]
///     },
///     |_: &[f64], h: &mut Matrix| h.entries_mut().copy_from_slice(&[1.0, 0.0, 0.0, 4.0]),
/// );
/// let posterior = VariationalInference::default().fit(&LogDensity::new(&f)?, &[5.0, 5.0])?;
/// assert_eq!(posterior.iterations, 1);
/// assert!((posterior.mean[0] - 1.0).abs() < 1e-12 && posterior.mean[1].abs() < 1e-12);
/// assert!((posterior.covariance[(1, 1)] - 0.25).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VariationalInference {
    /// Which covariances are allowed. Default [`Covariance::Full`].
    pub covariance: Covariance,
    /// The rate rho, the first that is tried, above 0 and at most 1. Default 1.
    pub rate: f64,
    /// Converged where the natural gradient, measured by the Fisher information of q, is at most this:
    /// `sqrt(g'S g + tr(S G S G) / 2)`, positive. Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations. Default 200.
    pub iterations: usize,
}

impl Default for VariationalInference {
    fn default() -> Self {
        Self { covariance: Covariance::Full, rate: 1.0, tolerance: 1e-8, iterations: 200 }
    }
}

/// A Gaussian in place of a posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianPosterior {
    /// The mean.
    pub mean: Vec<f64>,
    /// The covariance.
    pub covariance: Matrix,
    /// The evidence lower bound, where the log density is normalized; else up to its constant.
    pub bound: f64,
    /// The length of the natural gradient at the end.
    pub natural_gradient: f64,
    /// How it ended.
    pub status: VariationalStatus,
    /// Steps that were taken.
    pub iterations: usize,
    /// The bound at the start and after each step.
    pub history: Vec<f64>,
}

/// A Gaussian with the expectations under it.
struct State {
    member: Member,
    expected: Expected,
    bound: f64,
    size: f64,
}

impl VariationalInference {
    fn check(&self) -> Result<(), ArgumentError> {
        let Self { rate, tolerance, iterations, .. } = *self;
        ArgumentError::check(rate > 0.0 && rate <= 1.0, "rate", rate, "above 0 and at most 1")?;
        let holds = tolerance > 0.0 && tolerance.is_finite();
        ArgumentError::check(holds, "tolerance", tolerance, "positive and finite")?;
        ArgumentError::check(iterations > 0, "iterations", iterations, "at least 1")
    }

    /// From a mean and a precision, of which a diagonal covariance takes the diagonal.
    pub(super) fn run(
        &self,
        target: &impl Target,
        mean: &[f64],
        precision: Matrix,
    ) -> Result<GaussianPosterior, StartError> {
        self.check()?;
        let n = target.dimension();
        let allowed = format!("{n}, one a variable");
        ArgumentError::check(mean.len() == n, "start.len()", mean.len(), &allowed)?;
        let finite = mean.iter().all(|m| m.is_finite());
        ArgumentError::check(finite, "start", mean, "finite in every entry")?;
        let mut precision = precision;
        self.project(&mut precision);
        let factor = Cholesky::new(&precision);
        let Ok(factor) = factor else {
            let message = "has no positive definite precision";
            return Err(ArgumentError::new("start", message).into());
        };
        let member = Member { mean: mean.to_vec(), precision, factor };
        let mut state = self.evaluate(target, member)?;
        if !(state.bound.is_finite() && state.size.is_finite()) {
            let message = format!(
                "the expectation of the log density around {mean:?} is {}, but must be finite: start nearer",
                state.bound
            );
            return Err(ArgumentError::new("start", message).into());
        }
        let mut history = vec![state.bound];
        let mut status = VariationalStatus::IterationLimit;
        let mut iterations = 0;
        loop {
            if state.size <= self.tolerance {
                status = VariationalStatus::Converged;
                break;
            }
            if iterations == self.iterations {
                break;
            }
            let Some(next) = self.step(target, &state)? else {
                status = VariationalStatus::PrecisionLimit;
                break;
            };
            state = next;
            iterations += 1;
            history.push(state.bound);
        }
        Ok(GaussianPosterior {
            covariance: inverse(&state.member.factor),
            mean: state.member.mean,
            bound: state.bound,
            natural_gradient: state.size,
            status,
            iterations,
            history,
        })
    }

    /// Leaves the diagonal alone where that is all there may be.
    fn project(&self, matrix: &mut Matrix) {
        if self.covariance == Covariance::Diagonal {
            let n = matrix.rows();
            for j in 0..n {
                let diagonal = matrix[(j, j)];
                matrix.column_mut(j).fill(0.0);
                matrix[(j, j)] = diagonal;
            }
        }
    }

    fn evaluate(&self, target: &impl Target, member: Member) -> Result<State, StartError> {
        let n = target.dimension();
        let mut expected = Expected { gradient: vec![0.0; n], curvature: Matrix::zeros(n, n) };
        let value = target.expect(&member, &mut expected).map_err(Interrupt::from)?;
        self.project(&mut expected.curvature);
        let entropy = 0.5 * (n as f64 * LN_TAU_E - member.factor.log_determinant());
        // |L^-1 g|^2 + |L^-1 G L^-T|^2 / 2
        let mut along = expected.gradient.clone();
        member.factor.solve_lower(&mut along);
        let whitened = whiten(&member.factor, &difference(&expected.curvature, &member.precision));
        let size = (dot(&along, &along) + 0.5 * dot(whitened.entries(), whitened.entries())).sqrt();
        Ok(State { member, expected, bound: value + entropy, size })
    }

    /// The next Gaussian; `None` where no step raises the bound.
    fn step(&self, target: &impl Target, state: &State) -> Result<Option<State>, StartError> {
        let State { member, expected, bound, size } = state;
        let change = difference(&expected.curvature, &member.precision);
        let mut rate = self.rate;
        while rate >= SHORTEST * self.rate {
            if let Some(next) = moved(member, expected, &change, rate) {
                let next = self.evaluate(target, next)?;
                let finite = next.bound.is_finite() && next.size.is_finite();
                let noise = 1e-14 * bound.abs().max(1.0);
                let rises = next.bound > bound + noise
                    || next.bound >= bound - noise && next.size < 0.999 * size
                    || !target.is_exact();
                if finite && rises {
                    return Ok(Some(next));
                }
            }
            rate *= 0.5;
        }
        Ok(None)
    }
}

/// The update of precision and mean with a rate.
fn moved(member: &Member, expected: &Expected, change: &Matrix, rate: f64) -> Option<Member> {
    let n = member.mean.len();
    let mut precision = member.precision.clone();
    add(&mut precision, rate, change);
    let mut factor = Cholesky::new(&precision);
    if factor.is_err() {
        // rho^2 G S G / 2 = rho^2 (L^-1 G)'(L^-1 G) / 2
        let mut half = change.clone();
        (0..n).for_each(|j| member.factor.solve_lower(half.column_mut(j)));
        let mut square = Matrix::zeros(n, n);
        for j in 0..n {
            for i in 0..n {
                square[(i, j)] = dot(half.column(i), half.column(j));
            }
        }
        add(&mut precision, 0.5 * rate * rate, &square);
        factor = Cholesky::new(&precision);
    }
    let factor = factor.ok()?;
    let mut step = expected.gradient.clone();
    factor.solve(&mut step);
    let mean = member.mean.iter().zip(&step).map(|(m, d)| m + rate * d).collect();
    Some(Member { mean, precision, factor })
}

fn add(matrix: &mut Matrix, factor: f64, other: &Matrix) {
    let entries = matrix.entries_mut().iter_mut();
    entries.zip(other.entries()).for_each(|(m, o)| *m += factor * o);
}

fn difference(a: &Matrix, b: &Matrix) -> Matrix {
    let mut difference = a.clone();
    add(&mut difference, -1.0, b);
    difference
}

/// `L^-1 G L^-T`.
fn whiten(factor: &Cholesky, g: &Matrix) -> Matrix {
    let n = g.rows();
    let mut once = g.clone();
    (0..n).for_each(|j| factor.solve_lower(once.column_mut(j)));
    let mut twice = Matrix::from_fn(n, n, |i, j| once[(j, i)]);
    (0..n).for_each(|j| factor.solve_lower(twice.column_mut(j)));
    twice
}

fn inverse(factor: &Cholesky) -> Matrix {
    let n = factor.dimension();
    let mut inverse = Matrix::identity(n);
    (0..n).for_each(|j| factor.solve(inverse.column_mut(j)));
    inverse
}
