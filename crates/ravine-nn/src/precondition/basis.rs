//! Eigenbases that follow a slowly changing matrix.

use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::vector::norm_max;

use super::dense::{self, convert, trace, view, view_mut, widen};
use super::householder::Householder;
use super::scratch::Scratch;
use super::{Failures, Status};

/// An orthogonal Q, in whose columns are approximate eigenvectors of a symmetric semidefinite S, most
/// important first. Before the first [decomposition](Self::decompose) it is the identity.
///
/// Eigenvectors are taken in double precision, whatever the precision of the entries.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Eigenbasis<T: Precision> {
    vectors: Matrix<T>,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<BasisWork<T>>,
}

#[derive(Debug, Default)]
struct BasisWork<T> {
    matrix: Matrix<f64>,
    basis: Matrix<f64>,
    image: Matrix<f64>,
    projected: Matrix<f64>,
    narrow: Matrix<T>,
    order: Vec<usize>,
    factorization: Householder,
}

impl<T: Precision> Eigenbasis<T> {
    /// The identity.
    pub fn new(dimension: usize) -> Self {
        let vectors = dense::identity(dimension);
        Self { vectors, failures: Failures::default(), work: Scratch::default() }
    }

    /// Q.
    pub fn vectors(&self) -> &Matrix<T> {
        &self.vectors
    }

    /// How often the last Q had to be kept.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// The eigenvectors of S, eigenvalues descending. Where S is zero Q is kept.
    ///
    /// # Panics
    ///
    /// If `s` has another dimension.
    pub fn decompose(&mut self, s: &Matrix<T>) -> Status {
        self.decompose_with_values(s, &mut Vec::new())
    }

    /// [`decompose`](Self::decompose), and the eigenvalues; they are kept where Q is, but zero where S is.
    ///
    /// # Panics
    ///
    /// If `s` has another dimension.
    pub fn decompose_with_values(&mut self, s: &Matrix<T>, values: &mut Vec<f64>) -> Status {
        let status = self.try_decompose(s, values);
        self.failures.count(status)
    }

    fn try_decompose(&mut self, s: &Matrix<T>, values: &mut Vec<f64>) -> Status {
        let n = self.load(s);
        let BasisWork { matrix, basis, narrow, .. } = &mut *self.work;
        match usable(matrix) {
            Status::Refreshed => {}
            Status::Empty => {
                values.clear();
                values.resize(n, 0.0);
                return Status::Empty;
            }
            other => return other,
        }
        let Ok(eigen) = SymmetricEigen::new(matrix) else { return Status::KeptOld };
        basis.resize(n, n);
        for j in 0..n {
            basis.column_mut(j).copy_from_slice(eigen.vectors().column(n - 1 - j));
        }
        if !convert(basis, narrow) {
            return Status::KeptOld;
        }
        std::mem::swap(&mut self.vectors, narrow);
        let largest = norm_max(s.entries());
        values.clear();
        values.extend(eigen.values().iter().rev().map(|v| v * largest));
        Status::Refreshed
    }

    /// One step of subspace iteration, `Q <- qr(S Q)` with columns ordered before by descending
    /// `diag(Q'SQ)` and the diagonal of R positive; [`order`](Self::order) says where they were.
    /// Nothing happens where Q diagonalizes S already, up to `tolerance` in the Frobenius norm of `Q'SQ`
    /// (zero: never skipped).
    ///
    /// # Panics
    ///
    /// If `s` has another dimension.
    pub fn refresh(&mut self, s: &Matrix<T>, tolerance: f64) -> Status {
        let status = self.try_refresh(s, tolerance, true);
        self.failures.count(status)
    }

    /// [`refresh`](Self::refresh) without the ordering.
    ///
    /// # Panics
    ///
    /// If `s` has another dimension.
    pub fn refresh_unordered(&mut self, s: &Matrix<T>, tolerance: f64) -> Status {
        let status = self.try_refresh(s, tolerance, false);
        self.failures.count(status)
    }

    /// After a refresh, until the state is copied or saved: column j of Q comes from column `order()[j]`
    /// of the one before.
    pub fn order(&self) -> &[usize] {
        &self.work.order
    }

    fn try_refresh(&mut self, s: &Matrix<T>, tolerance: f64, ordered: bool) -> Status {
        let n = self.load(s);
        let BasisWork { matrix, basis, image, projected, narrow, order, factorization } =
            &mut *self.work;
        match usable(matrix) {
            Status::Refreshed => {}
            other => return other,
        }
        convert(&self.vectors, basis);
        dense::multiply(image, matrix, basis);
        if tolerance > 0.0 {
            projected.resize(n, n);
            view_mut(projected).set_product(1.0, view(basis).transposed(), view(image));
            let square = |(at, x): (usize, &f64)| if at % (n + 1) == 0 { 0.0 } else { x * x };
            let beside: f64 = projected.entries().iter().enumerate().map(square).sum();
            let all: f64 = projected.entries().iter().map(|x| x * x).sum();
            if beside.sqrt() <= tolerance * all.sqrt() {
                return Status::Unchanged;
            }
        }
        order.clear();
        order.extend(0..n);
        if ordered {
            let value = |j| ravine_linalg::vector::dot(basis.column(j), image.column(j));
            let values: Vec<f64> = (0..n).map(value).collect();
            order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
            projected.resize(n, n);
            for (j, &from) in order.iter().enumerate() {
                projected.column_mut(j).copy_from_slice(image.column(from));
            }
            std::mem::swap(image, projected);
        }
        factorization.orthogonal_factor(image, basis);
        if !convert(basis, narrow) {
            return Status::KeptOld;
        }
        std::mem::swap(&mut self.vectors, narrow);
        Status::Refreshed
    }

    /// S in double precision, its largest entry one: the basis does not depend on the scale.
    fn load(&mut self, s: &Matrix<T>) -> usize {
        let n = self.vectors.rows();
        assert_eq!((s.rows(), s.columns()), (n, n), "Eigenbasis: another dimension");
        let largest = norm_max(s.entries());
        widen(s, if largest > 0.0 { 1.0 / largest } else { 1.0 }, &mut self.work.matrix);
        n
    }
}

fn usable(matrix: &Matrix<f64>) -> Status {
    if !matrix.is_finite() {
        Status::KeptOld
    } else if trace(matrix) <= 0.0 {
        Status::Empty
    } else {
        Status::Refreshed
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{close, semidefinite};
    use super::*;
    use ravine_linalg::random::Random;

    fn beside(s: &Matrix<f64>, q: &Matrix<f64>) -> f64 {
        let n = s.rows();
        let (mut image, mut projected) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
        dense::multiply(&mut image, s, q);
        view_mut(&mut projected).set_product(1.0, view(q).transposed(), view(&image));
        let all = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        all.filter(|(i, j)| i != j).fold(0.0, |m: f64, at| m.max(projected[at].abs()))
    }

    #[test]
    fn decompositions_descend_and_steps_converge() {
        let mut random = Random::new(6);
        let values = [8.0, 4.0, 2.0, 1.0, 0.5];
        let s = semidefinite(&mut random, &values);
        let mut basis = Eigenbasis::new(5);
        assert_eq!(basis.decompose(&s), Status::Refreshed);
        assert!(beside(&s, basis.vectors()) < 1e-13);
        let mut image = Matrix::zeros(5, 5);
        dense::multiply(&mut image, &s, basis.vectors());
        for (j, value) in values.iter().enumerate() {
            let found = ravine_linalg::vector::dot(image.column(j), basis.vectors().column(j));
            assert!((found - value).abs() < 1e-13);
        }
        let decomposed = basis.vectors().clone();
        assert_eq!(basis.refresh(&s, 1e-8), Status::Unchanged);
        assert_eq!(basis.vectors(), &decomposed);
        let mut iterated = Eigenbasis::new(5);
        for _ in 0..60 {
            assert_eq!(iterated.refresh(&s, 0.0), Status::Refreshed);
        }
        assert!(beside(&s, iterated.vectors()) < 1e-12);
        let absolute = |q: &Matrix<f64>| q.entries().iter().map(|x| x.abs()).collect::<Vec<_>>();
        close(&absolute(iterated.vectors()), &absolute(&decomposed), 1e-12);
    }

    #[test]
    fn columns_are_ordered_by_what_they_explain() {
        let mut random = Random::new(7);
        let s = semidefinite(&mut random, &[1.0, 3.0, 2.0]);
        let mut basis = Eigenbasis::new(3);
        basis.decompose(&s);
        // The same eigenvectors with values that change places: 3, 2, 1 become 1, 2, 3.
        let q = basis.vectors().clone();
        let mut exchanged = Matrix::zeros(3, 3);
        let scaled = Matrix::from_fn(3, 3, |i, j| q[(i, j)] * [1.0, 2.0, 3.0][j]);
        view_mut(&mut exchanged).set_product(1.0, view(&scaled), view(&q).transposed());
        basis.refresh(&exchanged, 0.0);
        assert_eq!(basis.order(), [2, 1, 0]);
        let reversed = Matrix::from_fn(3, 3, |i, j| q[(i, 2 - j)]);
        close(basis.vectors().entries(), reversed.entries(), 1e-13);
        let mut unordered = Eigenbasis::new(3);
        unordered.decompose(&s);
        unordered.refresh_unordered(&exchanged, 0.0);
        close(unordered.vectors().entries(), q.entries(), 1e-13);
    }

    #[test]
    fn what_is_of_no_use_is_not_used() {
        let mut random = Random::new(8);
        let s = semidefinite(&mut random, &[1.0, 3.0, 2.0]).to_precision::<f32>();
        let mut basis = Eigenbasis::new(3);
        basis.decompose(&s);
        let kept = basis.vectors().clone();
        let (zero, infinite) = (Matrix::filled(3, 3, 0.0), Matrix::filled(3, 3, f32::INFINITY));
        assert_eq!(basis.refresh(&zero, 0.0), Status::Empty);
        assert_eq!(basis.refresh(&infinite, 0.0), Status::KeptOld);
        assert_eq!(basis.decompose(&infinite), Status::KeptOld);
        assert_eq!((basis.vectors(), basis.failures().consecutive), (&kept, 2));
        // As good at the edge of single precision.
        let tiny = Matrix::from_fn(3, 3, |i, j| s[(i, j)] * 1e-30);
        assert_eq!(basis.decompose(&tiny), Status::Refreshed);
        close(basis.vectors().entries(), kept.entries(), 1e-5);
    }
}
