//! Cholesky factorization of a matrix made definite.

use super::{Cholesky, FactorizationError, Matrix, ascending, check_square};
use crate::{Interrupt, Watch};

/// `P (A + E) P' = L L'` with E diagonal and not negative, zero where A is safely positive
/// definite, and otherwise not much larger than makes `A + E` so.
///
/// The factorization proceeds as Cholesky's while the pivots stay safe; then the rest of the
/// matrix is shifted, entry by entry, by what Gershgorin's discs demand. All this is done to the
/// matrix scaled to entries of at most one, so that E follows the scales of the variables.
///
/// Source: Schnabel and Eskow, A revised modified Cholesky factorization algorithm (1999).
///
/// ```
/// use ravine_linalg::matrix::{Matrix, ModifiedCholesky};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let factor = ModifiedCholesky::new(&a)?;
/// // The smallest eigenvalue is -1, so that at least 1 must be added somewhere.
/// assert!(factor.largest_shift() >= 1.0 && factor.largest_shift() < 2.0);
/// let mut d = [-1.0, 0.0];
/// factor.solve(&mut d);
/// assert!(d[0] < 0.0, "a descent direction for the gradient (1, 0)");
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModifiedCholesky {
    factor: Cholesky,
    /// Row i of the factor belongs to row `order[i]` of the matrix; empty for the identity.
    order: Vec<usize>,
    largest_shift: f64,
}

/// Bounds of the algorithm: `tau = eps^(1/3)`, `tau_bar = eps^(2/3)`, `mu = 0.1`.
const TAU: f64 = 6.055_454_452_393_343e-6;
const TAU_BAR: f64 = TAU * TAU;
const MU: f64 = 0.1;

impl ModifiedCholesky {
    /// Factorizes; only the lower triangle of `a` is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`].
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn new(a: &Matrix) -> Result<Self, FactorizationError> {
        Watch::nobody(|watch| Self::watched(a, watch))
    }

    /// [`new`](Self::new), which `watch` may end.
    ///
    /// # Errors
    ///
    /// The interrupt; within, those of [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn watched(
        a: &Matrix,
        watch: Watch<'_>,
    ) -> Result<Result<Self, FactorizationError>, Interrupt> {
        let mut factor = Cholesky::default();
        match factor.refactor_watched(a, 0.0, watch)? {
            Ok(()) if safe(a, &factor) => {
                return Ok(Ok(Self { factor, order: Vec::new(), largest_shift: 0.0 }));
            }
            Err(error @ FactorizationError::NotFinite) => return Ok(Err(error)),
            _ => {}
        }
        let n = check_square(a);
        let scales = scales(a);
        let scaled = |i: usize, j: usize| a[(i, j)] / scales[i] / scales[j];
        let mut work = Work {
            a: Matrix::from_fn(n, n, |i, j| if i < j { 0.0 } else { scaled(i, j) }),
            order: (0..n).collect(),
            scales,
            largest_shift: 0.0,
        };
        work.factorize(watch)?;
        work.unscale();
        let Work { order, largest_shift, .. } = work;
        Ok(Cholesky::from_lower(work.a).map(|factor| Self { factor, order, largest_shift }))
    }

    /// `x = (A + E)^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [f64]) {
        if self.order.is_empty() {
            self.factor.solve(x);
            return;
        }
        let mut y: Vec<f64> = self.order.iter().map(|&i| x[i]).collect();
        self.factor.solve(&mut y);
        for (&i, y) in self.order.iter().zip(y) {
            x[i] = y;
        }
    }

    /// `x = (A + E) x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn multiply(&self, x: &mut [f64]) {
        if self.order.is_empty() {
            self.factor.multiply(x);
            return;
        }
        let mut y: Vec<f64> = self.order.iter().map(|&i| x[i]).collect();
        self.factor.multiply(&mut y);
        for (&i, y) in self.order.iter().zip(y) {
            x[i] = y;
        }
    }

    /// The largest entry of E; 0 where A was factorized as it is.
    pub fn largest_shift(&self) -> f64 {
        self.largest_shift
    }
}

/// Whether no pivot of a plain factorization is mere rounding of its diagonal entry. (The measure
/// does not change when the variables are scaled.)
fn safe(a: &Matrix, factor: &Cholesky) -> bool {
    let safe = |j| factor.lower()[(j, j)].powi(2) >= 100.0 * f64::EPSILON * a[(j, j)];
    (0..a.rows()).all(safe)
}

/// Scales with `|a_ij| <= s_i s_j`, to bring all variables to one: the roots of the diagonal,
/// raised where an entry beside it is larger than a definite matrix could have, the rows of the
/// largest diagonals first.
fn scales(a: &Matrix) -> Vec<f64> {
    let n = a.rows();
    let entry = |i: usize, j: usize| a[(i.max(j), i.min(j))].abs();
    let falling: Vec<f64> = (0..n).map(|i| -entry(i, i)).collect();
    let order = ascending(&falling);
    let mut scales = vec![1.0; n];
    for (k, &i) in order.iter().enumerate() {
        let beside = order[..k].iter().map(|&j| entry(i, j) / scales[j]);
        let mut scale = beside.fold(entry(i, i).sqrt(), f64::max);
        if scale == 0.0 {
            scale = (0..n).map(|j| entry(i, j)).fold(0.0, f64::max).sqrt();
        }
        scales[i] = if scale > 0.0 { scale } else { 1.0 };
    }
    scales
}

struct Work {
    /// The lower triangle: columns of L up to the current one, then what is left of A.
    a: Matrix,
    order: Vec<usize>,
    /// What row and column i (of the original order) were divided by.
    scales: Vec<f64>,
    largest_shift: f64,
}

impl Work {
    /// From the factor of the scaled matrix to that of the matrix.
    fn unscale(&mut self) {
        let n = self.order.len();
        for j in 0..n {
            for i in j..n {
                self.a[(i, j)] *= self.scales[self.order[i]];
            }
        }
    }

    fn factorize(&mut self, watch: Watch<'_>) -> Result<(), Interrupt> {
        let n = self.order.len();
        let gamma = (0..n).map(|j| self.a[(j, j)].abs()).fold(0.0, f64::max);
        let floor = (TAU_BAR * gamma).max(f64::MIN_POSITIVE);
        let Some(start) = self.plain_phase(gamma, watch)? else { return Ok(()) };

        // From here on the diagonal is raised. `bounds` are Gershgorin's lower bounds of the
        // eigenvalues of what is left.
        let mut bounds = vec![0.0; n];
        for (i, bound) in bounds.iter_mut().enumerate().skip(start) {
            let before: f64 = (start..i).map(|j| self.a[(i, j)].abs()).sum();
            let after: f64 = self.a.column(i)[i + 1..].iter().map(|v| v.abs()).sum();
            *bound = self.a[(i, i)] - before - after;
        }
        let mut shift = 0.0f64;
        for j in start..n.saturating_sub(2).max(start) {
            watch.ask_before((n - j) * (n - j))?;
            let pivot = (j..n).fold(j, |best, i| if bounds[i] > bounds[best] { i } else { best });
            self.swap(j, pivot);
            bounds.swap(j, pivot);
            let radius: f64 = self.a.column(j)[j + 1..].iter().map(|v| v.abs()).sum();
            let diagonal = self.a[(j, j)];
            shift = shift.max(radius.max(floor) - diagonal).max(0.0);
            self.raise(j, shift);
            let diagonal = self.a[(j, j)];
            if diagonal > radius {
                let shrink = 1.0 - radius / diagonal;
                let column = &self.a.column(j)[j + 1..];
                for (bound, v) in bounds[j + 1..].iter_mut().zip(column) {
                    *bound += v.abs() * shrink;
                }
            }
            self.eliminate(j);
        }
        if n - start >= 2 {
            self.last_two(shift, floor);
        } else {
            let diagonal = self.a[(start, start)];
            self.raise(start, (-diagonal + (-TAU * diagonal / (1.0 - TAU)).max(floor)).max(0.0));
            self.eliminate(start);
        }
        Ok(())
    }

    /// Cholesky with the largest diagonal entries as pivots, while what is left stays safe. The
    /// row where it stops, if it does.
    fn plain_phase(&mut self, gamma: f64, watch: Watch<'_>) -> Result<Option<usize>, Interrupt> {
        let n = self.order.len();
        for j in 0..n {
            watch.ask_before((n - j) * (n - j))?;
            let diagonal = |i: usize| self.a[(i, i)];
            let pivot =
                (j..n).fold(j, |best, i| if diagonal(i) > diagonal(best) { i } else { best });
            let largest = diagonal(pivot);
            let smallest = (j..n).map(diagonal).fold(f64::INFINITY, f64::min);
            if largest <= TAU_BAR * gamma || smallest < -MU * largest {
                return Ok(Some(j));
            }
            self.swap(j, pivot);
            let left = |i: usize| self.a[(i, i)] - self.a[(i, j)].powi(2) / self.a[(j, j)];
            if (j + 1..n).any(|i| left(i) < -MU * gamma) {
                return Ok(Some(j));
            }
            self.eliminate(j);
        }
        Ok(None)
    }

    /// The last two rows, by the eigenvalues of their block.
    fn last_two(&mut self, shift: f64, floor: f64) {
        let n = self.order.len();
        let (j, k) = (n - 2, n - 1);
        let (a, b, c) = (self.a[(j, j)], self.a[(k, j)], self.a[(k, k)]);
        let radius = (0.5 * (a - c)).hypot(b);
        let (low, spread) = (0.5 * (a + c) - radius, 2.0 * radius);
        let needed = -low + (TAU * spread / (1.0 - TAU)).max(floor);
        let shift = shift.max(needed).max(0.0);
        self.raise(j, shift);
        self.raise(k, shift);
        self.eliminate(j);
        self.eliminate(k);
    }

    fn raise(&mut self, j: usize, shift: f64) {
        self.a[(j, j)] += shift;
        let scale = self.scales[self.order[j]];
        self.largest_shift = self.largest_shift.max(shift * scale * scale);
    }

    /// One step of Cholesky's factorization on what is left.
    fn eliminate(&mut self, j: usize) {
        let n = self.order.len();
        let (done, rest) = self.a.entries_mut().split_at_mut((j + 1) * n);
        let column = &mut done[j * n + j..];
        let pivot = column[0].sqrt();
        column.iter_mut().for_each(|v| *v /= pivot);
        for (k, other) in rest.chunks_exact_mut(n).enumerate() {
            let factor = column[k + 1];
            for (o, c) in other[j + 1 + k..].iter_mut().zip(&column[k + 1..]) {
                *o -= factor * c;
            }
        }
    }

    /// Exchanges rows and columns `j < k` of the lower triangle.
    fn swap(&mut self, j: usize, k: usize) {
        if j == k {
            return;
        }
        let n = self.order.len();
        self.order.swap(j, k);
        let mut exchange = |(r, s): (usize, usize), (t, u): (usize, usize)| {
            let held = self.a[(r, s)];
            self.a[(r, s)] = self.a[(t, u)];
            self.a[(t, u)] = held;
        };
        for i in 0..j {
            exchange((j, i), (k, i));
        }
        for i in j + 1..k {
            exchange((i, j), (k, i));
        }
        for i in k + 1..n {
            exchange((i, j), (i, k));
        }
        exchange((j, j), (k, k));
    }
}
