//! Orthogonal factors without pivoting, by blocks.

use ravine_linalg::matrix::{Matrix, MatrixSlice, MatrixSliceMut};
use ravine_linalg::vector::{dot, norm};

/// Columns that are reduced one by one before their reflections act on all others together.
const PANEL: usize = 32;

/// Room for [`orthogonal_factor`](Self::orthogonal_factor).
#[derive(Debug, Default)]
pub(super) struct Householder {
    /// The vectors of the reflections, with zeros above.
    vectors: Matrix<f64>,
    /// For each panel the upper triangle of `H_1 ... H_b = I - V T V'`.
    triangles: Vec<f64>,
    signs: Vec<f64>,
    products: Vec<f64>,
    second: Vec<f64>,
}

impl Householder {
    /// Writes to `q` the orthogonal Q of the square `a = Q R` whose R has no negative entry on its
    /// diagonal; `a` is overwritten. Q is orthogonal also where `a` is singular.
    ///
    /// Source: Golub and Van Loan, Matrix Computations (4th ed.), section 5.2.3.
    pub(super) fn orthogonal_factor(&mut self, a: &mut Matrix<f64>, q: &mut Matrix<f64>) {
        let n = a.rows();
        self.vectors.resize(n, n);
        self.vectors.fill(0.0);
        self.triangles.clear();
        self.triangles.resize(n.div_ceil(PANEL) * PANEL * PANEL, 0.0);
        self.signs.clear();
        for (panel, first) in (0..n).step_by(PANEL).enumerate() {
            let count = PANEL.min(n - first);
            self.reduce_panel(a, panel, first, count);
            let rest = &mut a.entries_mut()[(first + count) * n..];
            self.reflect(rest, n, panel, first, count, true);
        }
        super::dense::set_identity(q, n);
        for (panel, first) in (0..n).step_by(PANEL).enumerate().rev() {
            let count = PANEL.min(n - first);
            self.reflect(&mut q.entries_mut()[first * n..], n, panel, first, count, false);
        }
        for j in 0..n {
            let sign = self.signs[j];
            q.column_mut(j).iter_mut().for_each(|q| *q *= sign);
        }
    }

    /// The reflections of one panel, and the triangle that puts them together.
    fn reduce_panel(&mut self, a: &mut Matrix<f64>, panel: usize, first: usize, count: usize) {
        let n = a.rows();
        let triangle = &mut self.triangles[panel * PANEL * PANEL..][..count * count];
        for j in first..first + count {
            let (left, right) = a.entries_mut().split_at_mut((j + 1) * n);
            let v = &mut self.vectors.column_mut(j)[j..];
            v.copy_from_slice(&left[j * n + j..]);
            let length = norm(v);
            // R_jj = -sign(v_0) length; nothing to reflect in a column of zeros.
            self.signs.push(if v[0] > 0.0 { -1.0 } else { 1.0 });
            let tau = if length > 0.0 {
                v[0] += if v[0] > 0.0 { length } else { -length };
                2.0 / dot(v, v)
            } else {
                0.0
            };
            for column in right.chunks_exact_mut(n).take(first + count - j - 1) {
                let factor = -tau * dot(v, &column[j..]);
                ravine_linalg::vector::axpy(&mut column[j..], factor, v);
            }
            // T_j = -tau T V'v_j above tau, by columns.
            let at = j - first;
            for k in 0..at {
                let earlier = &self.vectors.column(first + k)[j..];
                triangle[at * count + k] = dot(earlier, &self.vectors.column(j)[j..]);
            }
            for k in 0..at {
                let sum: f64 =
                    (k..at).map(|l| triangle[l * count + k] * triangle[at * count + l]).sum();
                triangle[at * count + k] = -tau * sum;
            }
            triangle[at * count + at] = tau;
        }
    }

    /// `c <- (I - V T V') c`, or with `T'`.
    fn reflect(
        &mut self,
        c: &mut [f64],
        n: usize,
        panel: usize,
        first: usize,
        count: usize,
        transposed: bool,
    ) {
        let columns = c.len() / n;
        let v = &self.vectors.entries()[first * n..(first + count) * n];
        let v = MatrixSlice::by_columns(v, n, count);
        let t = &self.triangles[panel * PANEL * PANEL..][..count * count];
        let t = MatrixSlice::by_columns(t, count, count);
        let t = if transposed { t.transposed() } else { t };
        self.products.resize(count * columns, 0.0);
        self.second.resize(count * columns, 0.0);
        let by_columns = MatrixSliceMut::by_columns(&mut self.products, count, columns);
        by_columns.set_product(1.0, v.transposed(), MatrixSlice::by_columns(c, n, columns));
        let products = MatrixSlice::by_columns(&self.products, count, columns);
        MatrixSliceMut::by_columns(&mut self.second, count, columns).set_product(1.0, t, products);
        let second = MatrixSlice::by_columns(&self.second, count, columns);
        MatrixSliceMut::by_columns(c, n, columns).add_product(-1.0, v, second);
    }
}

#[cfg(test)]
mod tests {
    use super::super::dense::{multiply, view, view_mut};
    use super::*;
    use ravine_linalg::random::Random;

    #[test]
    fn factors_are_orthogonal_and_what_is_left_is_a_triangle() {
        let mut random = Random::new(1);
        let mut work = Householder::default();
        for n in [1_usize, 2, 7, 31, 32, 33, 70] {
            for rank in [n, n.div_ceil(2)] {
                let a = Matrix::from_fn(n, n, |_, _| random.normal());
                let keep = Matrix::from_fn(n, n, |i, j| if i == j && i < rank { 1.0 } else { 0.0 });
                let (mut deficient, mut q) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
                multiply(&mut deficient, &keep, &a);
                work.orthogonal_factor(&mut deficient.clone(), &mut q);
                let mut product = Matrix::zeros(n, n);
                view_mut(&mut product).set_product(1.0, view(&q).transposed(), view(&q));
                for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let right = if i == j { 1.0 } else { 0.0 };
                    assert!((product[(i, j)] - right).abs() < 1e-13, "{n} {i} {j}");
                }
                view_mut(&mut product).set_product(1.0, view(&q).transposed(), view(&deficient));
                for j in 0..n {
                    assert!((j + 1..n).all(|i| product[(i, j)].abs() < 1e-12), "{n} {j}");
                    assert!(product[(j, j)] > -1e-12);
                }
            }
        }
    }
}
