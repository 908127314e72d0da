//! Matrices in single precision: against double precision, and with errors as that precision allows.

use ravine_linalg::matrix::{
    Cholesky, Damped, FactorizationError, Inertia, Lblt, Lu, Matrix, Qr, SymmetricEigen,
};
use ravine_linalg::operator::{
    Adjoint, Algebra, BlockDiagonal, Invert, InvertShifted, Kronecker, KroneckerSpectral,
    LinearOperator, Spectral, Structure,
};

use crate::random::{Random, symmetric_with_spectrum};

const EPSILON: f64 = f32::EPSILON as f64;

fn single(v: &[f64]) -> Vec<f32> {
    v.iter().map(|&v| v as f32).collect()
}

/// `|a - b| <= tolerance |b|`.
fn near(a: &[f32], b: &[f64], tolerance: f64) {
    let error = a.iter().zip(b).map(|(&a, b)| (f64::from(a) - b).powi(2)).sum::<f64>().sqrt();
    let size = b.iter().map(|b| b * b).sum::<f64>().sqrt();
    assert!(a.len() == b.len() && error <= tolerance * size, "{:e}", error / size);
}

/// Logarithmic, of condition number 1000; the matrix that is exact in single precision, in both.
fn definite(n: usize, random: &mut Random) -> (Matrix<f32>, Matrix) {
    let spectrum: Vec<f64> =
        (0..n).map(|i| 10f64.powf(3.0 * i as f64 / (n - 1) as f64 - 1.0)).collect();
    let a: Matrix<f32> = symmetric_with_spectrum(&spectrum, random).to_precision();
    let double = a.to_precision();
    (a, double)
}

#[test]
fn factorizations_solve_as_well_as_the_precision_allows() {
    let mut random = Random::new(3);
    // Small ones by plain loops, large ones by blocks.
    for n in [5, 16, 17, 60] {
        let (a, double) = definite(n, &mut random);
        let exact = random.vector(n);
        let mut b = vec![0.0; n];
        double.multiply(&exact, &mut b);
        // Condition number times rounding, with a margin.
        let tolerance = 20.0 * 1e3 * EPSILON;

        let mut x = single(&b);
        Cholesky::new(&a).unwrap().solve(&mut x);
        near(&x, &exact, tolerance);
        let logarithm = Cholesky::new(&double).unwrap().log_determinant();
        assert!((Cholesky::new(&a).unwrap().log_determinant() - logarithm).abs() < 1e-3);

        x = single(&b);
        Lu::new(&a).unwrap().solve(&mut x);
        near(&x, &exact, tolerance);
        x = single(&b);
        Lu::new(&a).unwrap().solve_transposed(&mut x);
        near(&x, &exact, tolerance);

        near(&Qr::new(a.clone()).unwrap().solve(&single(&b)), &exact, tolerance);

        // Half of the eigenvalues negative: A - 3 I.
        let shifted = |i: usize, j: usize| double[(i, j)] - if i == j { 3.0 } else { 0.0 };
        let indefinite: Matrix<f32> = Matrix::from_fn(n, n, shifted).to_precision();
        let double = indefinite.to_precision::<f64>();
        double.multiply(&exact, &mut b);
        let factor = Lblt::new(&indefinite).unwrap();
        assert_eq!(factor.inertia(), Lblt::new(&double).unwrap().inertia(), "{n}");
        assert!(factor.inertia().negative > 0);
        x = single(&b);
        factor.solve(&mut x);
        near(&x, &exact, tolerance);
    }
}

#[test]
fn eigenvalues_are_those_of_double_precision_to_its_rounding() {
    let mut random = Random::new(5);
    for n in [4, 40] {
        let (a, double) = definite(n, &mut random);
        let (eigen, exact) =
            (SymmetricEigen::new(&a).unwrap(), SymmetricEigen::new(&double).unwrap());
        for (lambda, e) in eigen.values().iter().zip(exact.values()) {
            assert!((lambda - e).abs() <= 50.0 * EPSILON * exact.norm(), "{lambda} {e}");
        }
        let q = eigen.vectors();
        let products: Vec<f32> = (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .map(|(i, j)| q.column(i).iter().zip(q.column(j)).map(|(a, b)| a * b).sum())
            .collect();
        near(&products, Matrix::identity(n).entries(), 20.0 * EPSILON);
    }
    // Second differences, from entries whose squares single precision cannot hold.
    let n = 30;
    let entry = |i: usize, j: usize| match i.abs_diff(j) {
        0 => 2e30_f32,
        1 => -1e30,
        _ => 0.0,
    };
    let eigen = SymmetricEigen::new(&Matrix::from_fn(n, n, entry)).unwrap();
    for (k, lambda) in eigen.values().iter().enumerate() {
        let angle = std::f64::consts::PI * (k + 1) as f64 / (2 * (n + 1)) as f64;
        assert!((lambda - 4e30 * angle.sin().powi(2)).abs() <= 1e30 * 100.0 * EPSILON);
    }
}

#[test]
fn rank_and_damping_follow_the_precision() {
    let mut random = Random::new(9);
    // The third column is the sum of the others, but for the rounding of single precision.
    let columns = [random.vector(12), random.vector(12)];
    let a = Matrix::<f32>::from_fn(12, 3, |i, j| match j {
        2 => (columns[0][i] + columns[1][i]) as f32,
        _ => columns[j][i] as f32,
    });
    let qr = Qr::new(a.clone()).unwrap();
    assert_eq!(qr.rank(), 2);
    assert_eq!(Qr::new(a.to_precision::<f64>()).unwrap().rank(), 3);

    let (d, b) = ([0.5, 1.0, 2.0], random.vector(12));
    let mut c = single(&b);
    qr.multiply_q_transposed(&mut c);
    let damped = Damped::new(&qr, &c, &single(&d));
    let exact_qr = Qr::new(a.to_precision::<f64>()).unwrap();
    let mut exact_c = b.clone();
    exact_qr.multiply_q_transposed(&mut exact_c);
    let exact = Damped::new(&exact_qr, &exact_c, &d);
    near(damped.solution(), exact.solution(), 50.0 * EPSILON);
    let y = random.vector(3);
    let (form, exact) = (damped.inverse_form(&single(&y)), exact.inverse_form(&y));
    assert!((form / exact - 1.0).abs() < 50.0 * EPSILON);
}

#[test]
fn errors_are_the_same() {
    let of = |rows: &[[f32; 2]]| Matrix::from_rows(rows);
    let error = Cholesky::new(&of(&[[1.0, 2.0], [2.0, 1.0]])).unwrap_err();
    assert_eq!(error, FactorizationError::NotPositiveDefinite { pivot: 1 });
    let singular = of(&[[1.0, 2.0], [2.0, 4.0]]);
    assert_eq!(Lu::new(&singular).unwrap_err(), FactorizationError::Singular);
    let bad = of(&[[1.0, f32::NAN], [f32::NAN, 1.0]]);
    assert_eq!(SymmetricEigen::new(&bad).unwrap_err(), FactorizationError::NotFinite);
    assert_eq!(Qr::new(bad.clone()).unwrap_err(), FactorizationError::NotFinite);
    assert_eq!(Lblt::new(&bad).unwrap_err(), FactorizationError::NotFinite);
    let inertia = Lblt::new(&of(&[[0.0, 2.0], [2.0, 0.0]])).unwrap().inertia();
    assert_eq!(inertia, Inertia { positive: 1, negative: 1, zero: 0 });
    // What single precision cannot hold.
    assert!(!Matrix::from_rows(&[[1e200]]).to_precision::<f32>().is_finite());
}

/// Operator and double-precision twin agree, both ways round.
fn alike<A, B>(a: &A, b: &B, random: &mut Random, tolerance: f64)
where
    A: Adjoint<Vec<f32>>,
    B: Adjoint<Vec<f64>>,
{
    assert_eq!((a.rows(), a.dimension()), (b.rows(), b.dimension()));
    assert_eq!(a.structure(), b.structure());
    let (x, y) = (random.vector(b.dimension()), random.vector(b.rows()));
    let (mut ax, mut bx) = (vec![0.0; a.rows()], vec![0.0; b.rows()]);
    a.apply(&single(&x), &mut ax).unwrap();
    b.apply(&x, &mut bx).unwrap();
    near(&ax, &bx, tolerance);
    let (mut ay, mut by) = (vec![0.0; a.dimension()], vec![0.0; b.dimension()]);
    a.apply_adjoint(&single(&y), &mut ay).unwrap();
    b.apply_adjoint(&y, &mut by).unwrap();
    near(&ay, &by, tolerance);
}

#[test]
fn operators_of_matrices_and_their_inverses() {
    let mut random = Random::new(11);
    let (a, a64) = definite(6, &mut random);
    let (b, b64) = definite(9, &mut random);
    // A condition number of 1e6 leaves one digit; damping, as in practice, the rest.
    let rounding = 50.0 * EPSILON;
    alike(&a, &a64, &mut random, rounding);
    alike(&a.inverse().unwrap(), &a64.inverse().unwrap(), &mut random, 1e3 * rounding);
    let (shifted, shifted64) = (a.shifted_inverse(1.0).unwrap(), a64.shifted_inverse(1.0).unwrap());
    alike(&shifted, &shifted64, &mut random, 1e2 * rounding);

    let blocks = BlockDiagonal::new(vec![a.clone(), b.clone()]);
    let blocks64 = BlockDiagonal::new(vec![a64.clone(), b64.clone()]);
    alike(&blocks, &blocks64, &mut random, rounding);
    let (inverse, inverse64) =
        (blocks.shifted_inverse(1.0).unwrap(), blocks64.shifted_inverse(1.0).unwrap());
    alike(&inverse, &inverse64, &mut random, 1e2 * rounding);

    let kronecker = Kronecker::new(a.clone(), b.clone());
    let kronecker64 = Kronecker::new(a64.clone(), b64.clone());
    alike(&kronecker, &kronecker64, &mut random, rounding);
    let (inverse, inverse64) =
        (kronecker.shifted_inverse(10.0).unwrap(), kronecker64.shifted_inverse(10.0).unwrap());
    alike(&inverse, &inverse64, &mut random, 1e3 * rounding);
    let (both, both64) = (
        KroneckerSpectral::new(&a, &b).unwrap().map(f64::sqrt),
        KroneckerSpectral::new(&a64, &b64).unwrap().map(f64::sqrt),
    );
    alike(&both, &both64, &mut random, rounding);

    for p in [0.5, 2.0, -0.25] {
        let (f, f64) = (Spectral::power(&a, p).unwrap(), Spectral::power(&a64, p).unwrap());
        alike(&f, &f64, &mut random, 1e3 * rounding);
    }
    // A square root twice is the matrix.
    let root = Spectral::power(&a, 0.5).unwrap();
    let twice = (&root).then(&root).unwrap();
    let x = random.vector(6);
    let (mut y, mut expected) = (vec![0.0; 6], vec![0.0; 6]);
    twice.apply(&single(&x), &mut y).unwrap();
    a64.multiply(&x, &mut expected);
    near(&y, &expected, rounding);
    // What is zero to the rounding of single precision has no inverse power.
    let rank_one = Matrix::<f32>::from_fn(3, 3, |i, j| ((1 + i) * (1 + j)) as f32 / 7.0);
    let pseudo = Spectral::power(&rank_one, -1.0).unwrap();
    assert_eq!(pseudo.values().iter().filter(|&&v| v != 0.0).count(), 1);
    assert_eq!(pseudo.structure(), Structure::Semidefinite);
}
