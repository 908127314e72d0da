//! Minimal residuals of minimal length.

use super::report::{begin, check_tolerance, measured_residual, reflection, trouble};
use super::{Preconditioner, ShortLanczos, SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// MINRES-QLP for `A x = b` with symmetric A, singular or nearly: the x of minimal length among
/// those that minimize `|b - A x|`, the pseudoinverse times b.
///
/// The tridiagonal T of the Lanczos process is factorized from both sides,
///
/// ```text
/// Q T P = L,   W = V P,   L u = t,   x = W u,   t = Q |b| e_1
/// ```
///
/// with L lower triangular of three diagonals: W has orthonormal columns, so that nothing in x is
/// larger than x itself, and where T is singular the last entry of u is left zero. For ill-conditioned
/// A the residual reached is smaller than that of [`Minres`](super::Minres), whose directions
/// `V R^-1` grow with the condition number. Otherwise the two agree.
///
/// With a positive definite preconditioner M, `|r|_M = sqrt(r'M r)` is minimized, and the length is
/// that of `M^(-1/2) x`. With [`Start::Given`] the change of x has minimal length.
///
/// One product and about `20 n` operations an iteration; eight vectors, two more with a
/// preconditioner.
///
/// Source: Choi, Paige and Saunders, MINRES-QLP: a Krylov subspace method for indefinite or singular
/// symmetric systems (2011), section 3 and table 3.5.
///
/// ```
/// use ravine_linalg::krylov::{MinresQlp, MinresQlpWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// // Of rank one, b not in the range: the shortest least-squares solution is (0.3, 0.6).
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]]);
/// let b = vec![3.5, 2.0];
/// let (mut x, mut work) = (b.clone(), MinresQlpWork::new(&b));
/// let info = MinresQlp::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::LeastSquares);
/// assert!((x[0] - 0.3).abs() < 1e-14 && (x[1] - 0.6).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinresQlp {
    /// The residual that is small enough, relative to that at zero. Default `1e-8`.
    pub tolerance: f64,
    /// The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`. Where b
    /// is not in the range of A, rounding lets it fall to about `1e-8` and then grow, and x with it;
    /// where it is, and the condition number is greater than the reciprocal of this, a slow phase is
    /// taken for the end: then set it to zero. Default `1e-7`.
    pub normal_tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
}

impl Default for MinresQlp {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            normal_tolerance: 1e-7,
            iterations: None,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
        }
    }
}

/// The vectors of [`MinresQlp`] and its history, kept for the next solve.
#[derive(Clone, Debug)]
pub struct MinresQlpWork<V> {
    lanczos: ShortLanczos<V>,
    residual: V,
    basis: Basis<V>,
    history: Vec<f64>,
}

impl<V: Vector> MinresQlpWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = || like.zeros_like();
        Self {
            lanczos: ShortLanczos::new(like),
            residual: zero(),
            basis: Basis { before: zero(), last: zero(), settled: zero(), rotated: zero() },
            history: Vec::new(),
        }
    }

    /// The norm of the residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }
}

impl MinresQlp {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)?;
        check_tolerance("normal_tolerance", self.normal_tolerance)
    }

    /// Solves `A x = b`.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut MinresQlpWork<V>,
    ) -> Result<SolveInfo, Interrupt> {
        self.run(a, None, b, x, work, None)
    }

    /// Solves `A x = b` with the preconditioner `m`.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_preconditioned<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: &impl Preconditioner<V>,
        b: &V,
        x: &mut V,
        work: &mut MinresQlpWork<V>,
    ) -> Result<SolveInfo, Interrupt> {
        self.run(a, Some(m), b, x, work, None)
    }

    /// Solves `A x = b`, with a preconditioner or without, and shows every iterate, which costs about
    /// `6 n` operations more each: without an observer they are not formed.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
        b: &V,
        x: &mut V,
        work: &mut MinresQlpWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        self.run(a, m, b, x, work, Some(observe))
    }

    fn run<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
        b: &V,
        x: &mut V,
        work: &mut MinresQlpWork<V>,
        mut observe: Option<&mut dyn FnMut(&V)>,
    ) -> Result<SolveInfo, Interrupt> {
        let MinresQlpWork { lanczos, residual: r, basis, history } = work;
        let begun = begin(self.start, a, m, b, x, r, lanczos)?;
        let mut products = begun.products;
        let most = self.iterations.unwrap_or(10 * b.dimension() + 10);
        let enough = self.tolerance * begun.scale;
        basis.settled.fill(0.0);
        history.clear();
        let mut phi = begun.norm;
        history.push(phi);
        let (mut lower, mut u) = (Lower::default(), Coefficients::default());
        // The last left reflection, and what it made of the next column of T.
        let (mut c, mut s) = (-1.0, 0.0);
        let (mut delta_bar, mut epsilon) = (0.0, 0.0);
        // `|A| >= |T e_j|` of every column; estimates of the smallest singular value come late.
        let (mut norm, mut narrowest) = (0.0_f64, f64::INFINITY);
        let mut normal = f64::NAN;
        let mut iterations = 0;
        let end = loop {
            if let Some(end) = begun.trouble {
                break end;
            }
            if phi <= enough {
                break SolveEnd::Converged;
            }
            if m.is_none() && phi <= f64::EPSILON * norm * u.length() {
                break SolveEnd::PrecisionLimit;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            products += 1;
            if let Some(end) = trouble(lanczos.step_preconditioned(a, m)?) {
                break end;
            }
            let (alpha, beta) = (lanczos.diagonal(), lanczos.off_diagonal());
            norm = norm.max(alpha.hypot(beta).hypot(lanczos.off_diagonal_before()));
            // The last left reflection on the new column of T.
            let delta = c * delta_bar + s * alpha;
            let gamma_bar = s * delta_bar - c * alpha;
            let epsilon_next = s * beta;
            delta_bar = -c * beta;
            // |A r| of the iterate so far; where it is nothing, T is singular and r stays.
            let root = gamma_bar.hypot(delta_bar);
            normal = phi * root;
            let singular = root <= self.normal_tolerance * norm;
            let (mut gamma, mut tau) = (0.0, 0.0);
            if !singular {
                (c, s, gamma) = reflection(gamma_bar, beta);
                tau = c * phi;
                phi *= s;
            }
            let turn = lower.append(delta, epsilon, gamma, tau);
            epsilon = epsilon_next;
            u.solve(&lower);
            basis.append(lanczos.vector(), &turn, u.before_last);
            iterations += 1;
            history.push(phi);
            narrowest = narrowest.min(lower.settled_pivot());
            if let Some(observe) = &mut observe {
                r.copy_from(x);
                basis.add_iterate(&u, r);
                observe(r);
            }
            if singular {
                break SolveEnd::LeastSquares;
            }
        };
        if iterations > 0 {
            basis.add_iterate(&u, x);
        }
        let true_residual_norm =
            measured_residual(self.true_residual, end, a, b, x, r, &mut products)?;
        Ok(SolveInfo {
            end,
            iterations,
            products,
            residual_norm: phi,
            true_residual_norm,
            normal_residual_norm: normal,
            solution_norm: x.norm(),
            operator_norm: norm,
            condition: norm / narrowest,
        })
    }
}

/// A row of L: `eta u_{j-2} + theta u_{j-1} + gamma u_j = tau`.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    eta: f64,
    theta: f64,
    gamma: f64,
    tau: f64,
}

/// The last three rows of L, which right reflections still change, and the reflection to come.
#[derive(Debug, Default)]
struct Lower {
    count: usize,
    /// Rows k, k - 1 and k - 2.
    rows: [Row; 3],
}

/// The right reflections of a step: of columns k - 2 and k, then of k - 1 and k. Both `(c, s)`.
struct Turn {
    far: Option<(f64, f64)>,
    near: Option<(f64, f64)>,
}

impl Lower {
    /// Column k of R, `(epsilon, delta, gamma)` upwards from the diagonal's end, made part of L.
    fn append(&mut self, mut delta: f64, epsilon: f64, mut gamma: f64, tau: f64) -> Turn {
        self.count += 1;
        let mut row = Row { tau, ..Default::default() };
        let [before, far_row, _] = self.rows;
        let (mut before, mut far_row) = (before, far_row);
        let far = (self.count > 2).then(|| {
            let (c, s, pivot) = reflection(far_row.gamma, epsilon);
            far_row.gamma = pivot;
            (before.theta, delta) = (c * before.theta + s * delta, s * before.theta - c * delta);
            row.eta = s * gamma;
            gamma *= -c;
            (c, s)
        });
        let near = (self.count > 1).then(|| {
            let (c, s, pivot) = reflection(before.gamma, delta);
            before.gamma = pivot;
            row.theta = s * gamma;
            gamma *= -c;
            (c, s)
        });
        row.gamma = gamma;
        self.rows = [row, before, far_row];
        Turn { far, near }
    }

    /// The smallest pivot that no later reflection changes much.
    fn settled_pivot(&self) -> f64 {
        if self.count > 2 { self.rows[2].gamma } else { f64::INFINITY }
    }
}

/// The last entries of u, and the length of all before them.
#[derive(Debug, Default)]
struct Coefficients {
    last: f64,
    before: f64,
    /// `u_{k-2}`, which is final, and so are the two before.
    before_last: f64,
    earlier: [f64; 2],
    settled_length: f64,
}

impl Coefficients {
    /// The last three rows of `L u = t`; an entry with a zero pivot is zero.
    fn solve(&mut self, lower: &Lower) {
        let [row, before, far] = &lower.rows;
        let quotient = |a: f64, b: f64| if b == 0.0 { 0.0 } else { a / b };
        self.earlier = [self.before_last, self.earlier[0]];
        let [u3, u4] = self.earlier;
        self.before_last = quotient(far.tau - far.eta * u4 - far.theta * u3, far.gamma);
        self.before =
            quotient(before.tau - before.eta * u3 - before.theta * self.before_last, before.gamma);
        self.last =
            quotient(row.tau - row.eta * self.before_last - row.theta * self.before, row.gamma);
        self.settled_length = self.settled_length.hypot(self.before_last);
    }

    fn length(&self) -> f64 {
        self.settled_length.hypot(self.before).hypot(self.last)
    }
}

/// The columns k and k - 1 of W, and the part of x that belongs to all before.
#[derive(Clone, Debug)]
struct Basis<V> {
    before: V,
    last: V,
    settled: V,
    rotated: V,
}

impl<V: Vector> Basis<V> {
    /// The reflections of the step on `(w_{k-2}, w_{k-1}, v_k)`; `w_{k-2}` is final then and takes
    /// its part `u` in x.
    fn append(&mut self, v: &V, turn: &Turn, u: f64) {
        let Self { before, last, settled, rotated } = self;
        let Some((c, s)) = turn.near else {
            last.copy_from(v);
            before.fill(0.0);
            return;
        };
        rotated.copy_from(v);
        if let Some((c, s)) = turn.far {
            // `before` is w_{k-2}: reflect it and v, and settle it.
            rotated.axpby(s, before, -c);
            before.axpby(s, v, c);
            settled.axpy(u, before);
        }
        // w_{k-1} and what is left of v.
        before.axpby(s, rotated, 0.0);
        before.axpy(c, last);
        last.axpby(-c, rotated, s);
    }

    /// `x += W u`, of the iterate that u belongs to.
    fn add_iterate(&self, u: &Coefficients, x: &mut V) {
        x.axpy(1.0, &self.settled);
        x.axpy(u.last, &self.last);
        x.axpy(u.before, &self.before);
    }
}
