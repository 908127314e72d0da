//! Minimal residuals of minimal length.

use super::minimal_residual::{
    Advance, LanczosMethod, MinimalResidualMethod, MinimalResidualSolver, MinimalResidualWork,
    OverLanczos, TridiagonalRecurrence,
};
use super::report::{Estimates, reflection};
use super::{ShortLanczos, SolveEnd};
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
/// that of `M^(-1/2) x`. With [`Start::Given`](super::Start::Given) the change of x has minimal length.
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
/// let a: Matrix = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]]);
/// let b = vec![3.5, 2.0];
/// let (mut x, mut work) = (b.clone(), MinresQlpWork::new(&b));
/// let info = MinresQlp::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::LeastSquares);
/// assert!((x[0] - 0.3).abs() < 1e-14 && (x[1] - 0.6).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub type MinresQlp = MinimalResidualSolver<MinresQlpMethod>;

/// The vectors of [`MinresQlp`] and its history, kept for the next solve.
pub type MinresQlpWork<V> = MinimalResidualWork<V, OverLanczos<V, Recurrence<V>>>;

/// That a [`MinimalResidualSolver`] is [`MinresQlp`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinresQlpMethod;

impl MinimalResidualMethod for MinresQlpMethod {
    type Recurrence<V: Vector> = OverLanczos<V, Recurrence<V>>;
}

impl LanczosMethod for MinresQlpMethod {}

/// What MINRES-QLP makes of the columns of T, one after another.
#[derive(Clone, Debug)]
pub struct Recurrence<V> {
    basis: Basis<V>,
    lower: Lower,
    u: Coefficients,
    /// The last left reflection, and what it made of the next column of T.
    c: f64,
    s: f64,
    delta_bar: f64,
    epsilon: f64,
    /// `|r|`, of the last iterate.
    residual: f64,
    /// `|A r|` of the iterate before.
    normal_residual: f64,
    /// `|A| >= |T e_j|` of every column.
    norm: f64,
    /// The smallest singular value, an estimate that comes late.
    narrowest: f64,
}

impl<V: Vector> TridiagonalRecurrence<V> for Recurrence<V> {
    fn new(like: &V) -> Self {
        let zero = || like.zeros_like();
        Self {
            basis: Basis { before: zero(), last: zero(), settled: zero(), rotated: zero() },
            lower: Lower::default(),
            u: Coefficients::default(),
            c: -1.0,
            s: 0.0,
            delta_bar: 0.0,
            epsilon: 0.0,
            residual: 0.0,
            normal_residual: f64::NAN,
            norm: 0.0,
            narrowest: f64::INFINITY,
        }
    }

    fn begin(&mut self, residual: f64) {
        self.basis.settled.fill(0.0);
        (self.lower, self.u) = (Lower::default(), Coefficients::default());
        (self.c, self.s, self.delta_bar, self.epsilon) = (-1.0, 0.0, 0.0, 0.0);
        (self.residual, self.normal_residual) = (residual, f64::NAN);
        (self.norm, self.narrowest) = (0.0, f64::INFINITY);
    }

    fn estimates(&self) -> Estimates {
        Estimates {
            residual: self.residual,
            normal_residual: self.normal_residual,
            solution: self.u.length(),
            operator: self.norm,
            condition: self.norm / self.narrowest,
        }
    }

    fn advance(&mut self, lanczos: &ShortLanczos<V>, normal_tolerance: f64, _x: &mut V) -> Advance {
        let (alpha, beta) = (lanczos.diagonal(), lanczos.off_diagonal());
        self.norm = self.norm.max(alpha.hypot(beta).hypot(lanczos.off_diagonal_before()));
        // The last left reflection on the new column of T.
        let epsilon = self.epsilon;
        let delta = self.c * self.delta_bar + self.s * alpha;
        let gamma_bar = self.s * self.delta_bar - self.c * alpha;
        self.epsilon = self.s * beta;
        self.delta_bar = -self.c * beta;
        // |A r| of the iterate so far; where it is nothing, T is singular and r stays.
        let root = gamma_bar.hypot(self.delta_bar);
        self.normal_residual = self.residual * root;
        let singular = root <= normal_tolerance * self.norm;
        let (mut gamma, mut tau) = (0.0, 0.0);
        if !singular {
            (self.c, self.s, gamma) = reflection(gamma_bar, beta);
            tau = self.c * self.residual;
            self.residual *= self.s;
        }
        let turn = self.lower.append(delta, epsilon, gamma, tau);
        self.u.solve(&self.lower);
        self.basis.append(lanczos.vector(), &turn, self.u.before_last);
        self.narrowest = self.narrowest.min(self.lower.settled_pivot());
        if singular { Advance::Last(SolveEnd::LeastSquares) } else { Advance::Done }
    }

    fn show(&self, x: &V, r: &mut V, observe: &mut dyn FnMut(&V)) {
        r.copy_from(x);
        self.finish(r);
        observe(r);
    }

    fn finish(&self, x: &mut V) {
        if self.lower.count > 0 {
            self.basis.add_iterate(&self.u, x);
        }
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
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default)]
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
