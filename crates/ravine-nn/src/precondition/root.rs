//! Inverse roots of symmetric semidefinite matrices, and damped inverses, with safeguards.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Cholesky, Matrix, Precision, SymmetricEigen};

use super::allowed::not_negative;
use super::dense::{self, convert, mirror, set_identity, trace, view, view_mut, widen};
use super::scratch::Scratch;
use super::{Failures, Status};

/// What keeps eigenvalues away from zero before a negative power is taken. Eigenvalues below zero are
/// rounding and count as zero.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Epsilon {
    /// Adds this times the largest eigenvalue to each: invariant to the scale of gradients.
    Relative(f64),
    /// Adds this to each (eigenvalues that are zero even then become zero in the power), as distributed
    /// Shampoo does (1e-12 there): means a different damping for each
    /// scale of gradients, and nothing in single precision where eigenvalues are about one.
    Absolute(f64),
    /// Where the smallest eigenvalue is below this, adds what is missing to each.
    Lift(f64),
    /// Adds nothing; eigenvalues up to this times the largest become zero in the power too. Nothing
    /// stands for `d` roundings of the precision of the entries.
    PseudoInverse(Option<f64>),
}

impl Default for Epsilon {
    /// `Relative(1e-6)`.
    fn default() -> Self {
        Self::Relative(1e-6)
    }
}

impl Epsilon {
    pub(super) fn check(self, name: &str) -> Result<(), ArgumentError> {
        match self {
            Self::Relative(value) | Self::Absolute(value) | Self::Lift(value) => {
                not_negative(name, value)
            }
            Self::PseudoInverse(share) => share.map_or(Ok(()), |share| not_negative(name, share)),
        }
    }
}

/// `X = A^-r` of a symmetric semidefinite A, kept until the next refresh that is of use.
///
/// Before the first refresh, and where A is zero, X is the identity.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct InverseRoot<T: Precision> {
    matrix: Matrix<T>,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<RootWork<T>>,
}

#[derive(Debug, Default)]
struct RootWork<T> {
    wide: Matrix<f64>,
    scaled: Matrix<f64>,
    narrow: Matrix<T>,
}

impl<T: Precision> InverseRoot<T> {
    /// The identity.
    pub fn new(dimension: usize) -> Self {
        let matrix = dense::identity(dimension);
        Self { matrix, failures: Failures::default(), work: Scratch::default() }
    }

    /// X.
    pub fn matrix(&self) -> &Matrix<T> {
        &self.matrix
    }

    /// How often the last X had to be kept.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// `X = (factor A)^-power` by an eigendecomposition in double precision, `factor` being what an
    /// average is [corrected](super::Averaging::correction) by. A is not changed.
    ///
    /// # Panics
    ///
    /// If `a` has another dimension.
    pub fn refresh(&mut self, a: &Matrix<T>, factor: f64, power: f64, epsilon: Epsilon) -> Status {
        let status = self.try_refresh(a, factor, power, epsilon);
        self.failures.count(status)
    }

    fn try_refresh(&mut self, a: &Matrix<T>, factor: f64, power: f64, epsilon: Epsilon) -> Status {
        let n = self.matrix.rows();
        assert_eq!((a.rows(), a.columns()), (n, n), "InverseRoot: another dimension");
        let RootWork { wide, scaled, narrow } = &mut *self.work;
        widen(a, factor, wide);
        if !wide.is_finite() {
            return Status::KeptOld;
        }
        if trace(wide) <= 0.0 {
            set_identity(&mut self.matrix, n);
            return Status::Empty;
        }
        let Ok(eigen) = SymmetricEigen::new(wide) else { return Status::KeptOld };
        let (values, mut vectors) = eigen.into_parts();
        let half_powers = half_powers::<T>(&values, power, epsilon);
        for (j, half) in half_powers.into_iter().enumerate() {
            vectors.column_mut(j).iter_mut().for_each(|u| *u *= half);
        }
        scaled.resize(n, n);
        scaled.fill(0.0);
        view_mut(scaled).add_gram(1.0, view(&vectors).transposed());
        mirror(scaled);
        if !convert(scaled, narrow) {
            return Status::KeptOld;
        }
        std::mem::swap(&mut self.matrix, narrow);
        Status::Refreshed
    }
}

/// `lambda^(-power/2)` of ascending eigenvalues.
fn half_powers<T: Precision>(values: &[f64], power: f64, epsilon: Epsilon) -> Vec<f64> {
    let largest = values.last().copied().unwrap_or(0.0);
    let smallest = values.first().copied().unwrap_or(0.0);
    let (add, cutoff) = match epsilon {
        Epsilon::Relative(share) => (share * largest, 0.0),
        Epsilon::Absolute(add) => (add, 0.0),
        Epsilon::Lift(least) => ((least - smallest.max(0.0)).max(0.0), 0.0),
        Epsilon::PseudoInverse(share) => {
            (0.0, largest * share.unwrap_or(values.len() as f64 * T::EPSILON))
        }
    };
    let damped = values.iter().map(|v| v.max(0.0) + add);
    damped.map(|v| if v > cutoff { v.powf(-power / 2.0) } else { 0.0 }).collect()
}

/// `(A + damping I)^-1` by a Cholesky factorization in double precision, kept until the next refresh
/// that is of use. Before the first it is the identity.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct DampedInverse<T: Precision> {
    matrix: Matrix<T>,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<InverseWork<T>>,
}

#[derive(Debug, Default)]
struct InverseWork<T> {
    wide: Matrix<f64>,
    factor: Cholesky<f64>,
    narrow: Matrix<T>,
}

impl<T: Precision> DampedInverse<T> {
    /// The identity.
    pub fn new(dimension: usize) -> Self {
        let matrix = dense::identity(dimension);
        Self { matrix, failures: Failures::default(), work: Scratch::default() }
    }

    /// The inverse.
    pub fn matrix(&self) -> &Matrix<T> {
        &self.matrix
    }

    /// How often the last inverse had to be kept.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// The inverse of `factor A + damping I`. The damping is added to a copy: refreshed twice with the
    /// same A it is the same to the bit. Zero without damping is [empty](Status::Empty), and the inverse
    /// the identity.
    ///
    /// # Panics
    ///
    /// If `a` has another dimension.
    pub fn refresh(&mut self, a: &Matrix<T>, factor: f64, damping: f64) -> Status {
        let status = self.try_refresh(a, factor, damping);
        self.failures.count(status)
    }

    fn try_refresh(&mut self, a: &Matrix<T>, factor: f64, damping: f64) -> Status {
        let n = self.matrix.rows();
        assert_eq!((a.rows(), a.columns()), (n, n), "DampedInverse: another dimension");
        let InverseWork { wide, factor: lower, narrow } = &mut *self.work;
        widen(a, factor, wide);
        if !wide.is_finite() || !damping.is_finite() {
            return Status::KeptOld;
        }
        if trace(wide) <= 0.0 && damping <= 0.0 {
            set_identity(&mut self.matrix, n);
            return Status::Empty;
        }
        if lower.refactor(wide, damping).is_err() {
            return Status::KeptOld;
        }
        let inverse = invert_lower(lower.lower(), 0, n);
        wide.fill(0.0);
        view_mut(wide).add_gram(1.0, view(&inverse));
        mirror(wide);
        if !convert(wide, narrow) {
            return Status::KeptOld;
        }
        std::mem::swap(&mut self.matrix, narrow);
        Status::Refreshed
    }
}

/// Triangles up to this dimension are inverted column by column.
const SMALL: usize = 32;

/// The inverse of the lower triangular block of `l` of dimension n that begins at `first`:
/// `((L1^-1, 0), (-L2^-1 L21 L1^-1, L2^-1))`.
fn invert_lower(l: &Matrix<f64>, first: usize, n: usize) -> Matrix<f64> {
    let mut inverse = Matrix::zeros(n, n);
    if n <= SMALL {
        for j in 0..n {
            inverse[(j, j)] = 1.0;
            let x = &mut inverse.column_mut(j)[..];
            for k in j..n {
                let column = &l.column(first + k)[first..first + n];
                x[k] /= column[k];
                let factor = x[k];
                for (x, &l) in x[k + 1..].iter_mut().zip(&column[k + 1..]) {
                    *x -= factor * l;
                }
            }
        }
        return inverse;
    }
    let half = n / 2;
    let (upper, lower) = (invert_lower(l, first, half), invert_lower(l, first + half, n - half));
    let below = Matrix::from_fn(n - half, half, |i, j| l[(first + half + i, first + j)]);
    let (mut product, mut corner) = (Matrix::zeros(0, 0), Matrix::zeros(0, 0));
    dense::multiply(&mut product, &below, &upper);
    dense::multiply(&mut corner, &lower, &product);
    for j in 0..half {
        let column = inverse.column_mut(j);
        column[..half].copy_from_slice(upper.column(j));
        for (x, &c) in column[half..].iter_mut().zip(corner.column(j)) {
            *x = -c;
        }
    }
    for j in half..n {
        inverse.column_mut(j)[half..].copy_from_slice(lower.column(j - half));
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::super::examples::{close, semidefinite};
    use super::*;
    use ravine_linalg::random::Random;

    /// `A X^(1/r) = I` for eigenvalues over six decades with random eigenvectors (mistake 8).
    #[test]
    fn roots_of_spread_spectra() {
        let mut random = Random::new(2);
        let n = 12;
        let values: Vec<f64> =
            (0..n).map(|k| 10f64.powf(-6.0 * k as f64 / (n - 1) as f64)).collect();
        let a = semidefinite(&mut random, &values);
        for p in [1, 2, 4] {
            let mut root = InverseRoot::new(n);
            let epsilon = Epsilon::Absolute(0.0);
            assert_eq!(root.refresh(&a, 1.0, 1.0 / f64::from(p), epsilon), Status::Refreshed);
            let (mut product, mut next) = (a.clone(), Matrix::zeros(n, n));
            for _ in 0..p {
                dense::multiply(&mut next, &product, root.matrix());
                std::mem::swap(&mut product, &mut next);
            }
            close(product.entries(), dense::identity::<f64>(n).entries(), 2e-9);
            // Single precision: entries rounded, the root of what they are.
            let (single, mut narrow) = (a.to_precision::<f32>(), InverseRoot::<f32>::new(n));
            narrow.refresh(&single, 1.0, 1.0 / f64::from(p), Epsilon::Relative(1e-6));
            let mut wide = InverseRoot::<f64>::new(n);
            wide.refresh(&single.to_precision(), 1.0, 1.0 / f64::from(p), Epsilon::Relative(1e-6));
            let size = root.matrix().entries().iter().fold(0.0f64, |m, x| m.max(x.abs()));
            let wide: Vec<f32> = wide.matrix().entries().iter().map(|&x| x as f32).collect();
            close(narrow.matrix().entries(), &wide, 1e-6 * size);
        }
    }

    #[test]
    fn epsilons_are_what_they_say() {
        let mut random = Random::new(3);
        let values = [4.0, 1.0, 1e-3, 0.0];
        let a = semidefinite(&mut random, &values);
        let cases: [(Epsilon, [f64; 4]); 4] = [
            (Epsilon::Relative(0.01), [4.04, 1.04, 0.041, 0.04]),
            (Epsilon::Absolute(0.5), [4.5, 1.5, 0.501, 0.5]),
            (Epsilon::Lift(0.1), [4.1, 1.1, 0.101, 0.1]),
            (Epsilon::PseudoInverse(Some(0.01)), [4.0, 1.0, f64::INFINITY, f64::INFINITY]),
        ];
        for (epsilon, damped) in cases {
            let mut root = InverseRoot::new(4);
            root.refresh(&a, 1.0, 0.5, epsilon);
            let eigen = SymmetricEigen::new(root.matrix()).unwrap();
            let mut right = damped.map(|v| v.powf(-0.5));
            right.sort_by(f64::total_cmp);
            close(eigen.values(), &right, 1e-10);
        }
        let mut root = InverseRoot::new(4);
        assert_eq!(root.refresh(&a, 1.0, 0.5, Epsilon::PseudoInverse(None)), Status::Refreshed);
        let largest = SymmetricEigen::new(root.matrix()).unwrap().norm();
        assert!((largest - 1e-3f64.powf(-0.5)).abs() < 1e-6, "{largest}");
    }

    #[test]
    fn what_is_of_no_use_is_not_used() {
        let mut random = Random::new(4);
        let a = semidefinite(&mut random, &[2.0, 1.0, 0.5]).to_precision::<f32>();
        let mut broken = a.clone();
        broken[(2, 1)] = f32::NAN;
        let mut root = InverseRoot::new(3);
        root.refresh(&a, 1.0, 0.25, Epsilon::default());
        let kept = root.matrix().clone();
        for k in 1..3 {
            assert_eq!(root.refresh(&broken, 1.0, 0.25, Epsilon::default()), Status::KeptOld);
            assert_eq!(root.failures(), Failures { consecutive: k, total: k });
        }
        // A power that leaves single precision.
        let status = root.refresh(&a, 1e-30, 2.0, Epsilon::Absolute(0.0));
        assert_eq!((status, root.matrix()), (Status::KeptOld, &kept));
        assert_eq!(root.refresh(&a, 1.0, 0.25, Epsilon::default()), Status::Refreshed);
        assert_eq!(root.failures(), Failures { consecutive: 0, total: 3 });
        let zero = Matrix::filled(3, 3, 0.0);
        assert_eq!(root.refresh(&zero, 1.0, 0.25, Epsilon::default()), Status::Empty);
        assert_eq!(root.matrix(), &dense::identity(3));

        let mut inverse = DampedInverse::new(3);
        assert_eq!(inverse.refresh(&zero, 1.0, 0.0), Status::Empty);
        assert_eq!(inverse.refresh(&zero, 1.0, 0.5), Status::Refreshed);
        assert_eq!(inverse.matrix()[(1, 1)], 2.0);
        let kept = inverse.matrix().clone();
        assert_eq!(inverse.refresh(&broken, 1.0, 0.5), Status::KeptOld);
        assert_eq!(inverse.refresh(&a, -1.0, 0.5), Status::KeptOld);
        assert_eq!((inverse.matrix(), inverse.failures().consecutive), (&kept, 2));
    }

    /// Mistake 10: damping that adds up.
    #[test]
    fn damped_inverses_are_inverses_and_the_same_twice() {
        let mut random = Random::new(5);
        for n in [1, 5, 33, 70] {
            let values: Vec<f64> = (0..n).map(|k| 10f64.powf(-4.0 * k as f64 / n as f64)).collect();
            let a = semidefinite(&mut random, &values);
            let mut inverse = DampedInverse::new(n);
            assert_eq!(inverse.refresh(&a, 2.0, 1e-3), Status::Refreshed);
            let first = inverse.matrix().clone();
            inverse.refresh(&a, 2.0, 1e-3);
            assert_eq!(inverse.matrix(), &first);
            let damped =
                Matrix::from_fn(n, n, |i, j| 2.0 * a[(i, j)] + if i == j { 1e-3 } else { 0.0 });
            let mut product = Matrix::zeros(n, n);
            dense::multiply(&mut product, &damped, &first);
            close(product.entries(), dense::identity::<f64>(n).entries(), 1e-11);
        }
    }
}
