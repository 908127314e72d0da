//! Nystrom approximations against their theory: the error bound, the order of semidefinite
//! matrices, the condition number after preconditioning.

use std::cell::Cell;

use ravine_linalg::Interrupt;
use ravine_linalg::Vector;
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, Nystrom, NystromApproximation, NystromError,
};
use ravine_linalg::matrix::orthonormalize;
use ravine_linalg::matrix::{Cholesky, Matrix, SymmetricEigen};
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = Matrix::zeros(a.rows(), b.columns());
    for j in 0..b.columns() {
        a.multiply(b.column(j), c.column_mut(j));
    }
    c
}

fn transposed(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns(), a.rows(), |i, j| a[(j, i)])
}

/// `Q diag(values) Q'` with a random orthogonal Q.
fn with_spectrum(values: &[f64], seed: u64) -> Matrix {
    let n = values.len();
    let mut random = Random::new(seed);
    let mut q: Vec<Vec<f64>> = vec![vec![0.0; n]; n];
    q.iter_mut().for_each(|v| v.fill_normal(&mut random));
    assert_eq!(orthonormalize(&mut q, 0).0, n);
    Matrix::from_fn(n, n, |i, j| (0..n).map(|k| values[k] * q[k][i] * q[k][j]).sum())
}

fn dense(a: &impl LinearOperator<Vec<f64>>) -> Matrix {
    let n = a.dimension();
    let mut matrix = Matrix::zeros(n, n);
    for j in 0..n {
        let (mut e, mut y) = (vec![0.0; n], vec![0.0; n]);
        e[j] = 1.0;
        a.apply(&e, &mut y).unwrap();
        matrix.column_mut(j).copy_from_slice(&y);
    }
    matrix
}

fn difference(a: &Matrix, b: &Matrix) -> Matrix {
    Matrix::from_fn(a.rows(), a.columns(), |i, j| a[(i, j)] - b[(i, j)])
}

fn approximate(a: &Matrix, rank: usize, seed: u64) -> NystromApproximation<Vec<f64>> {
    let nystrom = Nystrom { rank, largest_rank: rank, seed, ..Nystrom::default() };
    nystrom.approximate(a, 0.0, &vec![0.0; a.rows()]).unwrap()
}

fn polynomial(n: usize) -> Vec<f64> {
    (1..=n).map(|i| 1.0 / (i * i) as f64).collect()
}

fn exponential(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.7f64.powi(i as i32)).collect()
}

#[test]
fn the_error_is_below_its_bound_and_the_approximation_below_the_matrix() {
    let (n, l) = (80, 16);
    for sigma in [polynomial(n), exponential(n)] {
        let a = with_spectrum(&sigma, 5);
        // Proposition 2.2 of Frangella, Tropp and Udell.
        let bound = (2..=l - 2)
            .map(|p| {
                let tail: f64 = sigma[l - p..].iter().sum();
                let (lf, pf) = (l as f64, p as f64);
                (1.0 + 2.0 * (lf - pf) / (pf - 1.0)) * sigma[l - p]
                    + 2.0 * 1f64.exp().powi(2) * lf / (pf * pf - 1.0) * tail
            })
            .fold(f64::INFINITY, f64::min);
        let mut mean = 0.0;
        for seed in 0..10 {
            let approximation = approximate(&a, l, seed);
            let error = SymmetricEigen::new(&difference(&a, &dense(&approximation))).unwrap();
            let (least, most) = (error.values()[0], error.values()[n - 1]);
            assert!(least > -1e-14 * n as f64, "not below A: {least}");
            assert!(most >= sigma[l] * (1.0 - 1e-12), "better than the best of its rank");
            mean += most / 10.0;
            // Each eigenvalue is below that of A.
            for (value, sigma) in approximation.values().iter().zip(&sigma) {
                assert!(*value <= sigma * (1.0 + 1e-12));
            }
            let estimate = approximation.error_norm(&a, 12, seed + 7, &vec![0.0; n]).unwrap();
            assert!(estimate <= most * (1.0 + 1e-12) && estimate > 0.7 * most);
        }
        assert!(mean <= bound, "{mean} is above {bound}");
        // Not only below a bound that is far away: 50 approximations in NumPy have mean errors of
        // 6.9 and 9.5 times the best.
        assert!(mean < 11.0 * sigma[l], "{mean} is far from {}", sigma[l]);
    }
}

#[test]
fn operators_of_low_rank_are_reproduced() {
    let n = 40;
    let mut sigma = vec![0.0; n];
    sigma[..7].copy_from_slice(&[3.0, 1.0, 1.0, 0.5, 1e-2, 1e-3, 1e-4]);
    let a = with_spectrum(&sigma, 2);
    let approximation = approximate(&a, 12, 1);
    assert_eq!((approximation.values().len(), approximation.smallest()), (7, 0.0));
    for (value, sigma) in approximation.values().iter().zip(&sigma) {
        assert!((value - sigma).abs() < 1e-13, "{value} is not {sigma}");
    }
    let error = difference(&a, &dense(&approximation));
    assert!(error.entries().iter().all(|e| e.abs() < 1e-13));
    // Eigenvectors: orthonormal to rounding, although the values span five orders.
    let mut u = vec![vec![0.0; n]; 7];
    for (i, u) in u.iter_mut().enumerate() {
        approximation.eigenvector(i, u);
    }
    for i in 0..7 {
        for j in 0..7 {
            assert!((u[i].dot(&u[j]) - f64::from(i == j)).abs() < 1e-13);
        }
    }
    // As many random vectors as dimensions, and more.
    let a = with_spectrum(&polynomial(9), 3);
    for rank in [9, 30] {
        let approximation = approximate(&a, rank, 4);
        assert_eq!(approximation.rank(), 9);
        let error = difference(&a, &dense(&approximation));
        assert!(error.entries().iter().all(|e| e.abs() < 1e-14));
    }
}

/// Counts its products.
struct Counted<'a>(&'a Matrix, Cell<usize>);

impl LinearOperator<Vec<f64>> for Counted<'_> {
    fn dimension(&self) -> usize {
        self.0.columns()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.1.set(self.1.get() + 1);
        self.0.apply(x, y)
    }
}

#[test]
fn an_extension_uses_what_is_known_and_only_improves() {
    let a = with_spectrum(&polynomial(60), 8);
    let counted = Counted(&a, Cell::new(0));
    let like = vec![0.0; 60];
    let mut random = Random::new(1);
    let mut approximation = NystromApproximation::default();
    approximation.refresh(&counted, 6, &mut random, &like).unwrap();
    let before = dense(&approximation);
    approximation.extend(&counted, 24, &mut random, &like).unwrap();
    assert_eq!((counted.1.get(), approximation.rank()), (24, 24));
    let gain = SymmetricEigen::new(&difference(&dense(&approximation), &before)).unwrap();
    assert!(gain.values()[0] > -1e-13, "{}", gain.values()[0]);
    // Fewer again, in the same memory.
    approximation.refresh(&counted, 3, &mut random, &like).unwrap();
    assert_eq!((counted.1.get(), approximation.rank()), (27, 3));
    assert_eq!(approximation.values().len(), 3);
    let text = serde_json::to_string(&approximation).unwrap();
    let restored: NystromApproximation<Vec<f64>> = serde_json::from_str(&text).unwrap();
    assert_eq!(dense(&restored), dense(&approximation));
}

#[test]
fn the_rank_adapts_to_the_shift() {
    let a = with_spectrum(&polynomial(200), 4);
    let like = vec![0.0; 200];
    let nystrom = Nystrom { rank: 5, largest_rank: 150, ratio: 10.0, seed: 3 };
    let mut last = 0;
    for (mu, most) in [(1e-2, 20), (1e-3, 40), (1e-4, 80)] {
        let counted = Counted(&a, Cell::new(0));
        let approximation = nystrom.approximate(&counted, mu, &like).unwrap();
        assert!(approximation.smallest() <= 10.0 * mu);
        assert!(approximation.rank() >= last && approximation.rank() <= most);
        assert_eq!(counted.1.get(), approximation.rank());
        last = approximation.rank();
        // A lower bound of the effective dimension.
        let exact: f64 = polynomial(200).iter().map(|s| s / (s + mu)).sum();
        let estimate = approximation.effective_dimension(mu);
        assert!(estimate < exact && 2.0 * estimate > approximation.rank() as f64, "{estimate}");
    }
    assert!(last >= 20);
    let few = Nystrom { largest_rank: 30, ..nystrom };
    assert_eq!(few.approximate(&a, 1e-8, &like).unwrap().rank(), 30);
}

/// The condition number of `P^-1 (A + mu I)`, from the eigenvalues of `L' P^-1 L`.
fn condition(a: &Matrix, mu: f64, inverse: &impl LinearOperator<Vec<f64>>) -> f64 {
    let n = a.rows();
    let shifted = Matrix::from_fn(n, n, |i, j| a[(i, j)] + if i == j { mu } else { 0.0 });
    let factor = Cholesky::new(&shifted).unwrap();
    let inner = product(&transposed(factor.lower()), &product(&dense(inverse), factor.lower()));
    let eigen = SymmetricEigen::new(&inner).unwrap();
    eigen.values()[n - 1] / eigen.values()[0]
}

#[test]
fn the_condition_number_is_what_the_theorem_says() {
    let n = 100;
    for (sigma, mu) in [(polynomial(n), 1e-3), (exponential(n), 1e-6)] {
        let a = with_spectrum(&sigma, 6);
        let effective: f64 = sigma.iter().map(|s| s / (s + mu)).sum();
        let rank = 2 * (1.5 * effective).ceil() as usize + 1;
        let mut mean = 0.0;
        for seed in 0..5 {
            let approximation = approximate(&a, rank, seed);
            let error = SymmetricEigen::new(&difference(&a, &dense(&approximation))).unwrap();
            let inverse = approximation.preconditioner(mu);
            let kappa = condition(&a, mu, &inverse);
            let bound = inverse.condition_bound(error.norm());
            assert!(kappa <= bound * (1.0 + 1e-6), "{kappa} is above {bound}");
            mean += kappa / 5.0;
        }
        assert!(mean < 28.0, "{mean}");
        assert!((1.0 + mu) / (sigma[n - 1] + mu) > 30.0 * mean, "nothing was gained");
    }
    // Exactly low rank: conjugate gradients feel two eigenvalues at most.
    let mut sigma = vec![0.0; n];
    sigma[..5].copy_from_slice(&[1e4, 1e3, 10.0, 1.0, 0.1]);
    let a = with_spectrum(&sigma, 7);
    let approximation = approximate(&a, 8, 1);
    assert!((condition(&a, 1e-2, &approximation.preconditioner(1e-2)) - 1.0).abs() < 1e-4);
}

#[test]
fn conjugate_gradients_need_fewer_products() {
    let n = 300;
    let mu = 1e-5;
    let sigma = polynomial(n);
    let shifted: Vec<_> = sigma.iter().map(|s| s + mu).collect();
    let (a, a_mu) = (with_spectrum(&sigma, 9), with_spectrum(&shifted, 9));
    let mut b = vec![0.0; n];
    b.fill_normal(&mut Random::new(11));
    let cg = ConjugateGradient { tolerance: 1e-10, ..Default::default() };
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let plain = cg.solve(&a_mu, &b, &mut x, &mut work).unwrap();
    let approximation = approximate(&a, 60, 2);
    let inverse = approximation.preconditioner(mu);
    let preconditioned = cg.solve_preconditioned(&a_mu, &inverse, &b, &mut x, &mut work).unwrap();
    assert_eq!(preconditioned.end, CgEnd::Converged);
    let spent = 60 + preconditioned.products;
    assert!(2 * spent < plain.products, "{spent} against {}", plain.products);
}

#[test]
fn what_cannot_be_approximated_is_an_error() {
    let like = vec![0.0; 30];
    let nystrom = Nystrom { rank: 10, largest_rank: 10, ..Nystrom::default() };
    let mut sigma = polynomial(30);
    sigma[3] = -0.8;
    let error = nystrom.approximate(&with_spectrum(&sigma, 1), 0.0, &like).unwrap_err();
    assert!(matches!(error, NystromError::Indefinite { quotient } if quotient < 0.0), "{error}");
    let nan = Matrix::from_fn(30, 30, |i, j| if i + j == 7 { f64::NAN } else { 1.0 });
    let error = nystrom.approximate(&nan, 0.0, &like).unwrap_err();
    assert!(matches!(error, NystromError::NotFinite), "{error}");
    for (wrong, mu, name) in [
        (Nystrom { rank: 0, ..Nystrom::default() }, 0.0, "rank"),
        (Nystrom { rank: 21, ..Nystrom::default() }, 0.0, "largest_rank"),
        (Nystrom { ratio: 0.0, ..Nystrom::default() }, 0.0, "ratio"),
        (Nystrom::default(), -1.0, "mu"),
        (Nystrom::default(), f64::NAN, "mu"),
    ] {
        let error = wrong.approximate(&with_spectrum(&polynomial(30), 1), mu, &like).unwrap_err();
        assert!(error.to_string().starts_with(name), "{error}");
    }
    // After an error, and of a zero operator: zero, and the preconditioner changes nothing.
    let mut approximation = approximate(&with_spectrum(&polynomial(30), 1), 5, 1);
    assert!(approximation.refresh(&nan, 5, &mut Random::new(1), &like).is_err());
    let zero = approximate(&Matrix::zeros(30, 30), 5, 1);
    for approximation in [approximation, zero] {
        let (mut x, mut y) = (vec![1.5; 30], vec![9.0; 30]);
        approximation.apply(&x, &mut y).unwrap();
        assert_eq!(y, like);
        approximation.preconditioner(0.0).apply(&x, &mut y).unwrap();
        assert_eq!(x, y);
        x.clear();
    }
    let one = approximate(&Matrix::from_rows(&[[4.0]]), 20, 0);
    assert!((one.values()[0] - 4.0).abs() < 1e-14 && one.rank() == 1);
}

#[test]
fn orthonormal_bases() {
    let mut random = Random::new(4);
    let n = 12;
    // Nearly dependent, then dependent, then zero.
    let mut v: Vec<Vec<f64>> = vec![vec![0.0; n]; 6];
    v[..3].iter_mut().for_each(|v| v.fill_normal(&mut random));
    for i in 0..n {
        v[3][i] = v[0][i] + 1e-7 * v[1][i] * v[2][i];
        v[4][i] = 2.0 * v[1][i] - v[0][i];
    }
    let original = v.clone();
    let (rank, r) = orthonormalize(&mut v, 0);
    assert_eq!((rank, r.rows(), r.columns()), (4, 4, 6));
    for i in 0..rank {
        for j in 0..rank {
            assert!((v[i].dot(&v[j]) - f64::from(i == j)).abs() < 1e-14);
        }
    }
    for (j, original) in original.iter().enumerate() {
        let mut sum = vec![0.0; n];
        sum.combine(r.column(j), &v[..rank]);
        sum.axpy(-1.0, original);
        assert!(sum.norm() < 1e-13, "{j}: {}", sum.norm());
    }
    // More vectors than dimensions, some known.
    let mut w: Vec<Vec<f64>> = vec![vec![0.6, 0.8], vec![1.0, 1.0], vec![2.0, -1.0]];
    let (rank, r) = orthonormalize(&mut w, 1);
    assert_eq!((rank, w[0].as_slice(), r[(0, 0)]), (2, &[0.6, 0.8][..], 1.0));
}
