//! Orthogonal factorization with column pivoting, and least squares by it.

use super::{FactorizationError, Matrix};
use crate::vector::{self, Scalar};
use crate::{Interrupt, Watch};

/// `A P = Q R` of an m by n matrix, by Householder reflections; the pivots make the diagonal of R
/// fall in absolute value, so that its small end shows the rank.
///
/// Least-squares problems are solved on R alone; `A'A`, which squares the condition number, is
/// never formed. Cost: `2 n^2 (m - n/3)` operations.
///
/// Source: Golub and Van Loan, Matrix Computations (4th ed.), sections 5.2 and 5.4.2.
///
/// ```
/// use ravine_linalg::matrix::{Matrix, Qr};
///
/// // The line through (0, 1), (1, 3), (2, 5): intercept 1, slope 2.
/// let a: Matrix = Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
/// let x = Qr::new(a)?.solve(&[1.0, 3.0, 5.0]);
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Qr<T = f64> {
    /// R on and above the diagonal; below it the reflectors `v`, whose first entry is 1.
    factors: Matrix<T>,
    /// The reflections are `I - tau v v'`.
    taus: Vec<T>,
    /// Column k of `A P` is column `pivots[k]` of A.
    pivots: Vec<usize>,
    /// Room for the norms of what is left of each column, and what they were when last computed; empty
    /// but for the memory.
    #[serde(skip)]
    norms: Vec<[f64; 2]>,
}

impl<T: Scalar> Qr<T> {
    /// Factors `a`.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`] if an entry is not finite, or the norm of a column
    /// overflows.
    pub fn new(a: Matrix<T>) -> Result<Self, FactorizationError> {
        Watch::nobody(|watch| Self::watched(a, watch))
    }

    /// [`new`](Self::new), which `watch` may end.
    ///
    /// # Errors
    ///
    /// The interrupt; within, those of [`new`](Self::new).
    pub fn watched(
        a: Matrix<T>,
        watch: Watch<'_>,
    ) -> Result<Result<Self, FactorizationError>, Interrupt> {
        let mut qr = Self { factors: a, ..Self::default() };
        let factored = qr.factor(watch)?;
        Ok(factored.map(|()| qr))
    }

    /// Factors the matrix that `write` writes over what is there, in the same memory. After an error or an
    /// interrupt the factors are of no use until the next success.
    ///
    /// # Errors
    ///
    /// As for [`watched`](Self::watched).
    ///
    /// ```
    /// use ravine_linalg::Watch;
    /// use ravine_linalg::matrix::{Matrix, Qr};
    ///
    /// let mut qr = Qr::<f64>::new(Matrix::from_rows(&[[1.0], [1.0]]))?;
    /// let factored = qr.refactor(|a| a.column_mut(0).copy_from_slice(&[3.0, 4.0]), Watch::default());
    /// factored.unwrap()?;
    /// assert_eq!(qr.r(0, 0).abs(), 5.0);
    /// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
    /// ```
    pub fn refactor(
        &mut self,
        write: impl FnOnce(&mut Matrix<T>),
        watch: Watch<'_>,
    ) -> Result<Result<(), FactorizationError>, Interrupt> {
        write(&mut self.factors);
        self.factor(watch)
    }

    fn factor(&mut self, watch: Watch<'_>) -> Result<Result<(), FactorizationError>, Interrupt> {
        let Self { factors, taus, pivots, norms } = self;
        let (m, n) = (factors.rows(), factors.columns());
        pivots.clear();
        pivots.extend(0..n);
        norms.clear();
        norms.extend((0..n).map(|j| [norm(factors.column(j)); 2]));
        if norms.iter().any(|[norm, _]| !norm.is_finite()) {
            norms.clear();
            return Ok(Err(FactorizationError::NotFinite));
        }
        taus.clear();
        taus.resize(m.min(n), T::ZERO);
        for k in 0..m.min(n) {
            watch.ask_before((m - k) * (n - k))?;
            let longer =
                |best: usize, j: usize| if norms[j][0] > norms[best][0] { j } else { best };
            let pivot = (k..n).fold(k, longer);
            swap_columns(factors, k, pivot);
            pivots.swap(k, pivot);
            norms.swap(k, pivot);
            let (left, right) = factors.entries_mut().split_at_mut((k + 1) * m);
            let reflector = &mut left[k * m + k..];
            let tau = reflect(reflector);
            taus[k] = tau;
            let v = &reflector[1..];
            for (column, j) in right.chunks_exact_mut(m).zip(k + 1..) {
                let (head, tail) = column[k..].split_at_mut(1);
                apply(tau, v, &mut head[0], tail);
                downdate(&mut norms[j], head[0].wide(), tail);
            }
        }
        norms.clear();
        let finite = factors.is_finite();
        Ok(if finite { Ok(()) } else { Err(FactorizationError::NotFinite) })
    }

    /// The number of rows m.
    pub fn rows(&self) -> usize {
        self.factors.rows()
    }

    /// The number of columns n.
    pub fn columns(&self) -> usize {
        self.factors.columns()
    }

    /// Column k of `A P` is column `pivots()[k]` of A.
    pub fn pivots(&self) -> &[usize] {
        &self.pivots
    }

    /// `R_ij`; zero below the diagonal.
    pub fn r(&self, i: usize, j: usize) -> T {
        if i <= j { self.factors[(i, j)] } else { T::ZERO }
    }

    /// The number of diagonal entries of R above `10 max(m, n) eps |R_11|`: columns that differ from
    /// combinations of others by no more than rounding do not count.
    pub fn rank(&self) -> usize {
        let size = self.rows().max(self.columns()) as f64;
        let tolerance = 10.0 * size * T::EPSILON * self.r_diagonal(0).abs();
        (0..self.taus.len()).take_while(|&k| self.r_diagonal(k).abs() > tolerance).count()
    }

    fn r_diagonal(&self, k: usize) -> f64 {
        if k < self.taus.len() { self.factors[(k, k)].wide() } else { 0.0 }
    }

    /// `b <- Q'b`.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the number of rows.
    pub fn multiply_q_transposed(&self, b: &mut [T]) {
        assert_eq!(b.len(), self.rows(), "multiply_q_transposed: b has the wrong length");
        for k in 0..self.taus.len() {
            self.reflect_vector(k, b);
        }
    }

    /// `b <- Q b`.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the number of rows.
    pub fn multiply_q(&self, b: &mut [T]) {
        assert_eq!(b.len(), self.rows(), "multiply_q: b has the wrong length");
        for k in (0..self.taus.len()).rev() {
            self.reflect_vector(k, b);
        }
    }

    fn reflect_vector(&self, k: usize, b: &mut [T]) {
        let (head, tail) = b[k..].split_at_mut(1);
        apply(self.taus[k], &self.factors.column(k)[k + 1..], &mut head[0], tail);
    }

    /// The x of least norm among those that minimize `|A x - b|`.
    ///
    /// # Panics
    ///
    /// If the length of `b` is not the number of rows.
    pub fn solve(&self, b: &[T]) -> Vec<T> {
        let n = self.columns();
        let rank = self.rank();
        let mut c = b.to_vec();
        self.multiply_q_transposed(&mut c);
        let z = if rank == n { self.back_substitute(&c) } else { self.least_norm(&c, rank) };
        let mut x = vec![T::ZERO; n];
        for (&pivot, &z) in self.pivots.iter().zip(&z) {
            x[pivot] = z;
        }
        x
    }

    /// `b = (A'A)^-1 b` for A of full column rank, by the triangles `R'R`: `A'A` is never formed.
    /// NaN or infinite where the rank is less.
    ///
    /// ```
    /// use ravine_linalg::matrix::{Matrix, Qr};
    ///
    /// let qr = Qr::<f64>::new(Matrix::from_rows(&[[3.0, 0.0], [4.0, 2.0]]))?;
    /// // A'A = [[25, 8], [8, 4]].
    /// let mut b = [33.0, 12.0];
    /// qr.solve_gram(&mut b);
    /// assert!((b[0] - 1.0).abs() < 1e-14 && (b[1] - 1.0).abs() < 1e-14);
    /// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `b` has not one entry a column, or there are fewer rows than columns.
    pub fn solve_gram(&self, b: &mut [T]) {
        let n = self.columns();
        assert_eq!(b.len(), n, "solve_gram: b has the wrong length");
        assert!(self.rows() >= n, "solve_gram: more columns than rows");
        let mut w: Vec<T> = self.pivots.iter().map(|&p| b[p]).collect();
        for k in 0..n {
            let column = self.factors.column(k);
            let known: T = column[..k].iter().zip(&w).map(|(&r, &w)| r * w).sum();
            w[k] = (w[k] - known) / column[k];
        }
        for (&pivot, &z) in self.pivots.iter().zip(&self.back_substitute(&w)) {
            b[pivot] = z;
        }
    }

    /// Solves `R z = c` for a nonsingular R.
    fn back_substitute(&self, c: &[T]) -> Vec<T> {
        let n = self.columns();
        let mut z = c[..n].to_vec();
        for j in (0..n).rev() {
            z[j] /= self.factors[(j, j)];
            let zj = z[j];
            for (z, &r) in z[..j].iter_mut().zip(self.factors.column(j)) {
                *z -= r * zj;
            }
        }
        z
    }

    /// The z of least norm with `R_1 z = c_1`, R_1 the first `rank` rows of R: with
    /// `R_1' = Q_2 R_2 P_2'` it is `z = Q_2 y`, `R_2'y = P_2'c_1`.
    fn least_norm(&self, c: &[T], rank: usize) -> Vec<T> {
        let n = self.columns();
        let transposed = Matrix::from_fn(n, rank, |i, j| self.r(j, i));
        let mut z = vec![T::ZERO; n];
        // What was finite stays finite under transposition; only an overflow of a row's norm can
        // end here, and then zero is the honest step.
        let Ok(second) = Self::new(transposed) else { return z };
        for k in 0..rank {
            let known: T = (0..k).map(|i| second.factors[(i, k)] * z[i]).sum();
            z[k] = (c[second.pivots[k]] - known) / second.factors[(k, k)];
        }
        second.multiply_q(&mut z);
        z
    }
}

/// Turns `a` into the reflector that maps it to `(beta, 0, ..)`: beta, then v without its leading
/// 1; returns tau.
pub(super) fn reflect<T: Scalar>(a: &mut [T]) -> T {
    let length = T::narrow(norm(a));
    if length == T::ZERO {
        return T::ZERO;
    }
    let alpha = a[0];
    let beta = if alpha > T::ZERO { -length } else { length };
    for v in &mut a[1..] {
        *v /= alpha - beta;
    }
    a[0] = beta;
    (beta - alpha) / beta
}

/// `(head, tail) <- (I - tau v v') (head, tail)`.
pub(super) fn apply<T: Scalar>(tau: T, v: &[T], head: &mut T, tail: &mut [T]) {
    let product: T = v.iter().zip(tail.iter()).map(|(&v, &t)| v * t).sum();
    let w = tau * (*head + product);
    *head -= w;
    for (t, v) in tail.iter_mut().zip(v) {
        *t -= w * *v;
    }
}

/// The norm of what is left of a column once its entry `gone` is split off; computed afresh where
/// the difference of squares has lost its digits (LAPACK Working Note 176).
fn downdate<T: Scalar>([norm_left, computed]: &mut [f64; 2], gone: f64, tail: &[T]) {
    if *norm_left == 0.0 {
        return;
    }
    let share = (gone / *norm_left).abs();
    let left = ((1.0 - share) * (1.0 + share)).max(0.0);
    if left * (*norm_left / *computed).powi(2) <= T::EPSILON.sqrt() {
        *norm_left = norm(tail);
        *computed = *norm_left;
    } else {
        *norm_left *= left.sqrt();
    }
}

fn swap_columns<T: Scalar>(a: &mut Matrix<T>, i: usize, j: usize) {
    if i != j {
        let m = a.rows();
        let (left, right) = a.entries_mut().split_at_mut(j * m);
        left[i * m..(i + 1) * m].swap_with_slice(&mut right[..m]);
    }
}

/// The Euclidean norm without avoidable overflow or underflow.
fn norm<T: Scalar>(x: &[T]) -> f64 {
    let square: f64 = x.iter().map(|v| v.wide() * v.wide()).sum();
    if square > 1e-280 && square < 1e300 { square.sqrt() } else { vector::norm(x) }
}

/// The damped problem `min |A x - b|^2 + |D x|^2` solved on a factorization of A: R and D stacked,
/// made triangular again by Givens rotations.
///
/// ```
/// use ravine_linalg::matrix::{Damped, Matrix, Qr};
///
/// // (3 x - 6)^2 + (4 x)^2 is least at 18 / 25.
/// let qr = Qr::<f64>::new(Matrix::from_rows(&[[3.0]]))?;
/// let mut c = [6.0];
/// qr.multiply_q_transposed(&mut c);
/// assert!((Damped::new(&qr, &c, &[4.0]).solution()[0] - 0.72).abs() < 1e-15);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Damped<T = f64> {
    /// Column k holds row k of the triangle S, so that rotations run along memory.
    rows: Matrix<T>,
    pivots: Vec<usize>,
    solution: Vec<T>,
    /// Room for the right-hand side, and for a row that is rotated in.
    z: Vec<T>,
    row: Vec<T>,
}

impl<T: Scalar> Damped<T> {
    /// Solves with `c = Q'b` and the diagonal `d` of D. Where R and D together are singular, the
    /// components that nothing determines are zero.
    ///
    /// Source: Moré, The Levenberg-Marquardt algorithm (1978), section 3.
    ///
    /// # Panics
    ///
    /// If `c` has not one entry a row or `d` not one a column.
    pub fn new(qr: &Qr<T>, c: &[T], d: &[T]) -> Self {
        let mut damped = Self::default();
        damped.renew(qr, c, d);
        damped
    }

    /// [`new`](Self::new) in the same memory.
    ///
    /// # Panics
    ///
    /// If `c` has not one entry a row or `d` not one a column.
    pub fn renew(&mut self, qr: &Qr<T>, c: &[T], d: &[T]) {
        let Self { rows, pivots, solution, z, row } = self;
        let n = qr.columns();
        assert_eq!(c.len(), qr.rows(), "damped: c has the wrong length");
        assert_eq!(d.len(), n, "damped: d has the wrong length");
        let known = qr.rows().min(n);
        if rows.rows() != n {
            *rows = Matrix::filled(n, n, T::ZERO);
        }
        for k in 0..n {
            let row = rows.column_mut(k);
            row.fill(T::ZERO);
            if k < known {
                (k..n).for_each(|j| row[j] = qr.factors[(k, j)]);
            }
        }
        z.clear();
        z.resize(n, T::ZERO);
        z[..known].copy_from_slice(&c[..known]);
        row.clear();
        row.resize(n, T::ZERO);
        for j in 0..n {
            // The row of D for this column; the rotations fill it from the diagonal rightwards.
            row[j..].fill(T::ZERO);
            row[j] = d[qr.pivots[j]];
            let mut right = T::ZERO;
            for k in j..n {
                if row[k] == T::ZERO {
                    continue;
                }
                let s_row = rows.column_mut(k);
                let length = s_row[k].hypot(row[k]);
                let (cosine, sine) = (s_row[k] / length, row[k] / length);
                s_row[k] = length;
                for (s, e) in s_row[k + 1..].iter_mut().zip(&mut row[k + 1..]) {
                    (*s, *e) = (cosine * *s + sine * *e, cosine * *e - sine * *s);
                }
                (z[k], right) = (cosine * z[k] + sine * right, cosine * right - sine * z[k]);
            }
        }
        for k in (0..n).rev() {
            let s_row = rows.column(k);
            let later: T = s_row[k + 1..].iter().zip(&z[k + 1..]).map(|(&s, &z)| s * z).sum();
            z[k] = if s_row[k] == T::ZERO { T::ZERO } else { (z[k] - later) / s_row[k] };
        }
        solution.resize(n, T::ZERO);
        for (&pivot, &z) in qr.pivots.iter().zip(&*z) {
            solution[pivot] = z;
        }
        pivots.clone_from(&qr.pivots);
    }

    /// `x'W^2 (A'A + D'D)^-1 W^2 x` for the solution x and a diagonal W: minus the derivative of
    /// `|W x|^2 / 2` by the factor of `W^2` in `D^2`.
    ///
    /// # Panics
    ///
    /// If there is not one weight a column.
    pub fn weighted_form(&mut self, weights: &[T]) -> f64 {
        assert_eq!(weights.len(), self.pivots.len(), "weighted_form: one weight a column");
        let mut y = std::mem::take(&mut self.z);
        y.clear();
        y.extend(self.pivots.iter().map(|&p| self.solution[p] * weights[p] * weights[p]));
        let form = self.form_of(&mut y);
        self.z = y;
        form
    }

    /// The x that minimizes.
    pub fn solution(&self) -> &[T] {
        &self.solution
    }

    /// `y' (A'A + D'D)^-1 y`, as `|S^-T P'y|^2`.
    ///
    /// # Panics
    ///
    /// If `y` has not one entry a column.
    pub fn inverse_form(&self, y: &[T]) -> f64 {
        let n = self.pivots.len();
        assert_eq!(y.len(), n, "inverse_form: y has the wrong length");
        self.form_of(&mut self.pivots.iter().map(|&p| y[p]).collect::<Vec<T>>())
    }

    /// `|S^-T w|^2`; w is overwritten.
    fn form_of(&self, w: &mut [T]) -> f64 {
        let n = w.len();
        for k in 0..n {
            let s_row = self.rows.column(k);
            w[k] = if s_row[k] == T::ZERO { T::ZERO } else { w[k] / s_row[k] };
            let wk = w[k];
            for (w, &s) in w[k + 1..].iter_mut().zip(&s_row[k + 1..]) {
                *w -= s * wk;
            }
        }
        w.iter().map(|w| w.wide() * w.wide()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Vector;

    /// Entries without structure, in (-1, 1).
    fn scattered(m: usize, n: usize) -> Matrix {
        Matrix::from_fn(m, n, |i, j| ((7 * i + 13 * j * j + 3 * i * j + 1) as f64 * 0.7312).sin())
    }

    fn product_transposed(a: &Matrix, b: &Matrix) -> Matrix {
        Matrix::from_fn(a.columns(), b.columns(), |i, j| {
            a.column(i).iter().zip(b.column(j)).map(|(x, y)| x * y).sum()
        })
    }

    #[test]
    fn the_factors_multiply_to_the_matrix_for_tall_square_and_wide() {
        for (m, n) in [(7, 4), (5, 5), (3, 6), (1, 1), (1, 3), (4, 1)] {
            let a = scattered(m, n);
            let qr = Qr::new(a.clone()).unwrap();
            for k in 0..n {
                let mut column: Vec<f64> = (0..m).map(|i| qr.r(i, k)).collect();
                qr.multiply_q(&mut column);
                for (q, a) in column.iter().zip(a.column(qr.pivots()[k])) {
                    assert!((q - a).abs() < 1e-14, "{m} by {n}");
                }
            }
            for k in 1..m.min(n) {
                assert!(qr.r(k, k).abs() <= qr.r(k - 1, k - 1).abs() * (1.0 + 1e-12));
            }
        }
    }

    #[test]
    fn least_squares_leave_a_residual_orthogonal_to_the_columns() {
        let a = scattered(9, 4);
        let b: Vec<f64> = (0..9).map(|i| f64::from(i * i % 7)).collect();
        let x = Qr::new(a.clone()).unwrap().solve(&b);
        let mut residual = vec![0.0; 9];
        a.multiply(&x, &mut residual);
        residual.iter_mut().zip(&b).for_each(|(r, b)| *r -= b);
        let mut against = vec![0.0; 4];
        a.multiply_transposed(&residual, &mut against);
        assert!(against.norm_max() < 1e-13 && residual.norm() > 0.1);
    }

    #[test]
    fn deficient_rank_gives_the_solution_of_least_norm() {
        // Column 2 = column 0 + 2 column 1, so the null space is (1, 2, -1).
        let full = scattered(6, 2);
        let a = Matrix::from_fn(6, 3, |i, j| match j {
            2 => full[(i, 0)] + 2.0 * full[(i, 1)],
            _ => full[(i, j)],
        });
        let qr = Qr::new(a.clone()).unwrap();
        assert_eq!(qr.rank(), 2);
        let mut b = vec![0.0; 6];
        a.multiply(&[1.0, -1.0, 0.5], &mut b);
        let x = qr.solve(&b);
        let mut fitted = vec![0.0; 6];
        a.multiply(&x, &mut fitted);
        assert!(fitted.iter().zip(&b).all(|(f, b)| (f - b).abs() < 1e-13));
        assert!((x[0] + 2.0 * x[1] - x[2]).abs() < 1e-13, "not of least norm: {x:?}");
        assert_eq!(Qr::new(Matrix::zeros(3, 2)).unwrap().rank(), 0);
        assert_eq!(Qr::new(Matrix::zeros(3, 2)).unwrap().solve(&[1.0, 2.0, 3.0]), [0.0, 0.0]);
    }

    #[test]
    fn fewer_rows_than_columns_give_the_point_of_least_norm_on_the_flat() {
        let x = Qr::new(Matrix::from_rows(&[[1.0, 2.0, 2.0]])).unwrap().solve(&[9.0]);
        for (x, expected) in x.iter().zip([1.0, 2.0, 2.0]) {
            assert!((x - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn the_damped_solution_is_that_of_the_stacked_system() {
        for (m, n) in [(8, 4), (4, 4), (2, 5)] {
            let a = scattered(m, n);
            let b: Vec<f64> = (0..m).map(|i| (i as f64).cos()).collect();
            let d: Vec<f64> = (0..n).map(|j| 0.3 + j as f64).collect();
            let qr = Qr::new(a.clone()).unwrap();
            let mut c = b.clone();
            qr.multiply_q_transposed(&mut c);
            let damped = Damped::new(&qr, &c, &d);
            let stacked = Matrix::from_fn(m + n, n, |i, j| match i {
                i if i < m => a[(i, j)],
                i if i - m == j => d[j],
                _ => 0.0,
            });
            let mut right = b;
            right.resize(m + n, 0.0);
            let expected = Qr::new(stacked.clone()).unwrap().solve(&right);
            for (x, e) in damped.solution().iter().zip(&expected) {
                assert!((x - e).abs() < 1e-13, "{m} by {n}");
            }
            // y'(A'A + D'D)^-1 y, where y = (A'A + D'D) u, is u'y.
            let u: Vec<f64> = (0..n).map(|j| (j as f64 + 0.4).sin()).collect();
            let gram = product_transposed(&stacked, &stacked);
            let mut y = vec![0.0; n];
            gram.multiply(&u, &mut y);
            assert!((damped.inverse_form(&y) / u.dot(&y) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn graded_columns_keep_their_digits() {
        // Condition 1e12: normal equations would lose every digit of the second entry.
        let a = Matrix::from_rows(&[[1.0, 1.0], [1e-12, 0.0], [0.0, 1e-12]]);
        let x = Qr::new(a).unwrap().solve(&[2.0, 1e-12, 1e-12]);
        assert!((x[0] - 1.0).abs() < 1e-3 && (x[1] - 1.0).abs() < 1e-3, "{x:?}");
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        assert_eq!(
            Qr::new(Matrix::from_rows(&[[1.0, f64::NAN]])),
            Err(FactorizationError::NotFinite)
        );
        assert_eq!(
            Qr::new(Matrix::from_rows(&[[f64::INFINITY], [1.0]])),
            Err(FactorizationError::NotFinite)
        );
        let large = Matrix::from_fn(4, 1, |_, _| 1e200);
        assert!((Qr::new(large).unwrap().r(0, 0).abs() / 2e200 - 1.0).abs() < 1e-14);
    }
}
