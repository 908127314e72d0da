//! The algebra of operators against that of dense matrices.

use crate::random::{Random, dot, max_difference, orthogonal, product, symmetric_with_spectrum};
use ravine_linalg::StartError;
use ravine_linalg::matrix::{FactorizationError, Matrix, SparseMatrix, Symmetric};
use ravine_linalg::operator::{
    Adjoint, Algebra, BlockDiagonal, Congruence, Diagonal, Identity, Invert, InvertShifted,
    Kronecker, LARGEST_DENSE, LinearOperator, LowRank, Masked, Restricted, Spectral, Structure,
    Sum, from_fn, from_fns,
};
use ravine_linalg::{ArgumentError, Interrupt};

type V = Vec<f64>;

fn matrix(rows: usize, columns: usize, random: &mut Random) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| random.uniform())
}

fn transposed(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns(), a.rows(), |i, j| a[(j, i)])
}

fn combined(a: &Matrix, b: &Matrix, f: impl Fn(f64, f64) -> f64) -> Matrix {
    Matrix::from_fn(a.rows(), a.columns(), |i, j| f(a[(i, j)], b[(i, j)]))
}

fn diagonal(d: &[f64]) -> Matrix {
    Matrix::from_fn(d.len(), d.len(), |i, j| if i == j { d[i] } else { 0.0 })
}

/// The operator is the matrix, its adjoint the transpose: entry by entry, and twice over, so that
/// scratch that is used again is right too.
#[track_caller]
fn assert_is(a: &impl Adjoint<V>, expected: &Matrix) {
    assert_eq!((a.rows(), a.dimension()), (expected.rows(), expected.columns()));
    let scale = 1.0 + expected.entries().iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    for _ in 0..2 {
        let difference = max_difference(&a.dense().unwrap(), expected);
        assert!(difference < 1e-12 * scale, "differs by {difference}");
        let adjoint = a.transposed().dense().unwrap();
        let difference = max_difference(&adjoint, &transposed(expected));
        assert!(difference < 1e-12 * scale, "the adjoint differs by {difference}");
    }
    let (x, y) = (vec![0.0; a.dimension()], vec![0.0; a.rows()]);
    assert_eq!(a.range_like(&x).len(), a.rows());
    assert_eq!(a.domain_like(&y).len(), a.dimension());
}

/// `A^-1 A x = x` and `A A^-1 x = x` to a residual.
#[track_caller]
fn assert_inverse(a: &impl LinearOperator<V>, inverse: &impl LinearOperator<V>, tolerance: f64) {
    let n = a.dimension();
    let mut random = Random::new(99);
    let (x, mut between, mut back) = (random.vector(n), vec![0.0; n], vec![0.0; n]);
    for _ in 0..2 {
        inverse.apply(&x, &mut between).unwrap();
        a.apply(&between, &mut back).unwrap();
        let error = x.iter().zip(&back).fold(0.0, |m: f64, (x, b)| m.max((x - b).abs()));
        assert!(error < tolerance, "residual {error}");
    }
}

#[test]
fn sums_multiples_shifts_and_products_are_those_of_matrices() {
    let mut random = Random::new(1);
    let (a, b) = (matrix(5, 3, &mut random), matrix(5, 3, &mut random));
    let c = matrix(4, 5, &mut random);
    let s = matrix(5, 5, &mut random);
    assert_is(&(&a).scaled(-2.5), &combined(&a, &a, |a, _| -2.5 * a));
    assert_is(&(&a).plus(&b).unwrap(), &combined(&a, &b, |a, b| a + b));
    assert_is(&(&a).then(&c).unwrap(), &product(&c, &a));
    assert_is(
        &(&s).shifted(0.75).unwrap(),
        &combined(&s, &Matrix::identity(5), |a, i| a + 0.75 * i),
    );
    let d = random.vector(5);
    let damped = (&s).damped(0.3, Diagonal::new(d.clone())).unwrap();
    assert_is(&damped, &combined(&s, &diagonal(&d), |a, d| a + 0.3 * d));
    assert_is(&(&a).transposed(), &transposed(&a));
    assert_is(&(&a).gram(), &product(&transposed(&a), &a));
    let congruence = Congruence::new(&a, &s).unwrap();
    assert_is(&congruence, &product(&transposed(&a), &product(&s, &a)));
    assert_is(&(&s).power(0).unwrap(), &Matrix::identity(5));
    assert_is(&(&s).power(1).unwrap(), &s);
    assert_is(&(&s).power(4).unwrap(), &product(&product(&s, &s), &product(&s, &s)));
    assert_is(&Identity::new(3), &Matrix::identity(3));
}

#[test]
fn composition_is_associative_and_distributes() {
    let mut random = Random::new(2);
    let (a, b, c) =
        (matrix(4, 6, &mut random), matrix(5, 4, &mut random), matrix(3, 5, &mut random));
    let left = (&a).then(&b).unwrap().then(&c).unwrap();
    let right = (&a).then((&b).then(&c).unwrap()).unwrap();
    assert!(max_difference(&left.dense().unwrap(), &right.dense().unwrap()) < 1e-14);
    // (A + A2) then B.
    let a2 = matrix(4, 6, &mut random);
    let together = (&a).plus(&a2).unwrap().then(&b).unwrap();
    let apart = (&a).then(&b).unwrap().plus((&a2).then(&b).unwrap()).unwrap();
    assert!(max_difference(&together.dense().unwrap(), &apart.dense().unwrap()) < 1e-14);
}

#[test]
fn sub_blocks_are_the_entries_of_the_matrix() {
    let mut random = Random::new(3);
    let a = matrix(6, 4, &mut random);
    let (rows, columns) = ([5, 0, 3], [2, 1]);
    let expected = Matrix::from_fn(3, 2, |i, j| a[(rows[i], columns[j])]);
    assert_is(&(&a).block(&rows, &columns).unwrap(), &expected);
    let s = matrix(6, 6, &mut random);
    let expected = Matrix::from_fn(3, 3, |i, j| s[(rows[i], rows[j])]);
    assert_is(&(&s).restricted(&rows).unwrap(), &expected);
    assert_is(&(&s).restricted(&[]).unwrap(), &Matrix::zeros(0, 0));
    // The same block in the whole space.
    let kept = [true, false, false, true, true, false];
    let expected = Matrix::from_fn(6, 6, |i, j| if kept[i] && kept[j] { s[(i, j)] } else { 0.0 });
    assert_is(&Masked::new(&s, &kept).unwrap(), &expected);
    let definite = (&s).assume(Structure::Definite).unwrap();
    assert_eq!(Masked::new(&definite, &kept).unwrap().structure(), Structure::Semidefinite);
    assert_eq!(Masked::new(&definite, &[true; 6]).unwrap().structure(), Structure::Definite);
    assert!(Masked::new(&s, &[true; 5]).is_err() && Masked::new(&a, &[true; 4]).is_err());
}

#[test]
fn kronecker_products_and_their_identities() {
    let mut random = Random::new(4);
    let (a, b) = (matrix(3, 4, &mut random), matrix(5, 2, &mut random));
    let (c, d) = (matrix(4, 2, &mut random), matrix(2, 3, &mut random));
    let kronecker = |a: &Matrix, b: &Matrix| {
        let (m, n) = (b.rows(), b.columns());
        Matrix::from_fn(a.rows() * m, a.columns() * n, |i, j| a[(i / m, j / n)] * b[(i % m, j % n)])
    };
    let ab = Kronecker::new(&a, &b);
    assert_is(&ab, &kronecker(&a, &b));
    // (A (x) B) (C (x) D) = AC (x) BD.
    let composed = Kronecker::new(&c, &d).then(&ab).unwrap();
    assert_is(&composed, &kronecker(&product(&a, &c), &product(&b, &d)));
    // Eigenvalues are products: a negative definite factor twice gives a definite product.
    let (e, f) = (
        symmetric_with_spectrum(&[-3.0, -0.1], &mut random),
        symmetric_with_spectrum(&[-2.0, -1.0, -0.5], &mut random),
    );
    let ef = Kronecker::new(&e, &f);
    assert_inverse(&ef, &ef.inverse().unwrap(), 1e-12);
    assert!(ravine_linalg::matrix::Cholesky::new(&ef.dense().unwrap()).is_ok());
    assert_is(&ef.inverse().unwrap().then(&ef).unwrap(), &Matrix::identity(6));
}

#[test]
fn many_products_at_once_are_those_one_by_one() {
    let mut random = Random::new(14);
    for (m, n, count) in [(7, 5, 3), (40, 33, 20), (3, 4, 0), (0, 2, 2)] {
        let a = matrix(m, n, &mut random);
        let x: Vec<V> = (0..count).map(|_| random.vector(n)).collect();
        let y: Vec<V> = (0..count).map(|_| random.vector(m)).collect();
        // By the matrix, and by what passes the whole block on or applies one by one.
        let transposed = (&a).transposed();
        let boxed: Box<dyn Adjoint<V>> = Box::new(&transposed);
        let scaled = (&a).scaled(1.0);
        for k in 0..3 {
            let mut images = vec![vec![f64::NAN; m]; count];
            let mut back = vec![vec![f64::NAN; n]; count];
            let made = match k {
                0 => (a.apply_all(&x, &mut images), a.apply_adjoint_all(&y, &mut back)),
                1 => (boxed.apply_adjoint_all(&x, &mut images), boxed.apply_all(&y, &mut back)),
                _ => (scaled.apply_all(&x, &mut images), scaled.apply_adjoint_all(&y, &mut back)),
            };
            assert!(matches!(made, (Ok(()), Ok(()))));
            for (vectors, results, one) in
                [(&x, &images, &a as &dyn Adjoint<V>), (&y, &back, &transposed)]
            {
                for (v, result) in vectors.iter().zip(results) {
                    let mut expected = vec![0.0; result.len()];
                    one.apply(v, &mut expected).unwrap();
                    for (r, e) in result.iter().zip(&expected) {
                        assert!((r - e).abs() < 1e-14 * n.max(m) as f64, "{r} and {e}");
                    }
                }
            }
        }
    }
}

#[test]
fn block_diagonals_of_rectangles() {
    let mut random = Random::new(5);
    let blocks =
        vec![matrix(2, 3, &mut random), matrix(1, 1, &mut random), matrix(4, 2, &mut random)];
    let mut expected = Matrix::zeros(7, 6);
    let (mut i0, mut j0) = (0, 0);
    for block in &blocks {
        for j in 0..block.columns() {
            for i in 0..block.rows() {
                expected[(i0 + i, j0 + j)] = block[(i, j)];
            }
        }
        (i0, j0) = (i0 + block.rows(), j0 + block.columns());
    }
    assert_is(&BlockDiagonal::new(blocks), &expected);
    let empty = BlockDiagonal::new(Vec::<Matrix>::new());
    assert_is(&empty, &Matrix::zeros(0, 0));
    // Square as a whole, but of blocks that are not.
    let rectangles = vec![Matrix::zeros(1, 2), Matrix::zeros(2, 1)];
    assert_eq!(BlockDiagonal::new(rectangles).structure(), Structure::General);
    // Blocks of different types.
    let mixed: Vec<Box<dyn LinearOperator<V>>> =
        vec![Box::new(matrix(2, 2, &mut random)), Box::new(Diagonal::new(vec![3.0]))];
    assert_eq!(BlockDiagonal::new(mixed).dense().unwrap()[(2, 2)], 3.0);
}

/// `sigma I + U C U'` with three columns of which one depends on the others, and an indefinite C.
fn dependent_columns(sigma: f64, random: &mut Random) -> (LowRank<V>, Matrix) {
    let n = 7;
    let (u, v) = (random.vector(n), random.vector(n));
    let w: V = u.iter().zip(&v).map(|(u, v)| 2.0 * u - v).collect();
    let c = symmetric_with_spectrum(&[-0.1, 0.5, 2.0], random);
    let columns = Matrix::from_fn(n, 3, |i, j| [&u, &v, &w][j][i]);
    let dense = product(&columns, &product(&c, &transposed(&columns)));
    let dense = combined(&dense, &Matrix::identity(n), |a, i| a + sigma * i);
    (LowRank::new(vec![u, v, w], &c, sigma).unwrap(), dense)
}

#[test]
fn low_rank_plus_a_multiple_of_the_identity() {
    let mut random = Random::new(6);
    let (a, dense) = dependent_columns(0.25, &mut random);
    assert_eq!(a.basis().len(), 2);
    assert_is(&a, &dense);
    let inverse = a.inverse().unwrap();
    assert_inverse(&dense, &inverse, 1e-12);
    let eigen = ravine_linalg::matrix::SymmetricEigen::new(&dense).unwrap();
    let exact: f64 = eigen.values().iter().map(|v| v.abs().ln()).sum();
    assert!((a.log_determinant() - exact).abs() < 1e-12);
    assert!((a.trace() - eigen.values().iter().sum::<f64>()).abs() < 1e-12);
    assert_inverse(&(&dense).shifted(0.4).unwrap(), &a.shifted_inverse(0.4).unwrap(), 1e-12);
    // Without the identity there is no inverse, but a pseudo-inverse.
    let (a, dense) = dependent_columns(0.0, &mut random);
    assert_eq!(a.inverse().unwrap_err(), FactorizationError::Singular);
    let pseudo = a.map(|lambda| if lambda == 0.0 { 0.0 } else { lambda.recip() });
    let back = (&dense).then(&pseudo).unwrap().then(&dense).unwrap().dense().unwrap();
    assert!(max_difference(&back, &dense) < 1e-12);
}

#[test]
fn more_columns_than_rows_are_a_full_rank() {
    // 5000 columns of 4 numbers: a second moment.
    let mut random = Random::new(5);
    let u: Vec<V> = (0..5000).map(|_| random.vector(4)).collect();
    let dense = Matrix::from_fn(4, 4, |i, j| u.iter().map(|u| u[i] * u[j]).sum::<f64>());
    let a = LowRank::from_factor(u, 0.5).unwrap();
    assert_eq!(a.basis().len(), 4);
    for j in 0..4 {
        let (mut e, mut y) = (vec![0.0_f64; 4], vec![0.0_f64; 4]);
        e[j] = 1.0;
        a.apply(&e, &mut y).unwrap();
        for (i, y) in y.into_iter().enumerate() {
            let exact = dense[(i, j)] + if i == j { 0.5 } else { 0.0 };
            assert!((y - exact).abs() < 1e-11 * dense[(j, j)], "{i} {j}: {y} {exact}");
        }
    }
}

#[test]
fn low_rank_keeps_its_digits_over_sixteen_decades() {
    // Woodbury's formula as it stands loses all digits here: 1e8 against 1e-8.
    let mut random = Random::new(7);
    let q = orthogonal(6, &mut random);
    let u: Vec<V> = (0..2).map(|j| q.column(j).iter().map(|v| 1e4 * v).collect()).collect();
    let a = LowRank::from_factor(u, 1e-8).unwrap();
    let inverse = a.inverse().unwrap();
    let mut x = vec![0.0; 6];
    inverse.apply(&q.column(4).to_vec(), &mut x).unwrap();
    let along = dot(&x, q.column(4));
    assert!((along / 1e8 - 1.0).abs() < 1e-14, "{along}");
    let exact = 2.0 * 1e8f64.ln() + 4.0 * 1e-8f64.ln();
    assert!((a.log_determinant() - exact).abs() < 1e-12 * exact.abs());
    assert_eq!(a.structure(), Structure::Definite);
}

#[test]
fn as_many_columns_as_rows_leave_nothing_to_sigma() {
    let mut random = Random::new(8);
    let u: Vec<V> = (0..4).map(|_| random.vector(3)).collect();
    let columns = Matrix::from_fn(3, 4, |i, j| u[j][i]);
    // Sigma is zero, but A is definite.
    let a = LowRank::from_factor(u, 0.0).unwrap();
    assert_eq!(a.structure(), Structure::Definite);
    assert_is(&a, &product(&columns, &transposed(&columns)));
    assert_inverse(&a, &a.inverse().unwrap(), 1e-10);
    assert!(a.log_determinant().is_finite());
}

#[test]
fn inverses_are_chosen_by_structure() {
    let mut random = Random::new(9);
    let definite = symmetric_with_spectrum(&[1e-3, 0.5, 2.0, 70.0], &mut random);
    let indefinite = symmetric_with_spectrum(&[-5.0, -1e-2, 0.3, 9.0], &mut random);
    let general = matrix(4, 4, &mut random);
    for (a, structure) in [
        (&definite, Structure::Definite),
        (&indefinite, Structure::Symmetric),
        (&general, Structure::General),
    ] {
        let inverse = a.inverse().unwrap();
        assert_eq!(inverse.structure(), structure);
        assert_inverse(a, &inverse, 1e-11);
        assert_inverse(&inverse, a, 1e-11);
        // The adjoint of the inverse is the inverse of the adjoint.
        assert_inverse(&a.transposed(), &inverse.transposed(), 1e-11);
        assert_inverse(&a.transposed(), &a.transposed().inverse().unwrap(), 1e-11);
        assert_inverse(&a.scaled(-3.0), &a.scaled(-3.0).inverse().unwrap(), 1e-11);
        let damped = a.scaled(2.0).shifted(0.7).unwrap().shifted(0.1).unwrap();
        assert_inverse(&damped, &damped.inverse().unwrap(), 1e-11);
    }
    // What is claimed and false comes out.
    let claimed = (&indefinite).assume(Structure::Definite).unwrap();
    assert!(matches!(claimed.inverse(), Err(FactorizationError::NotPositiveDefinite { .. })));
    assert!(claimed.shifted(5.1).unwrap().inverse().is_ok());
    // -A of a definite A is symmetric, so that Bunch-Kaufman inverts it.
    let negative = (&definite).assume(Structure::Definite).unwrap().scaled(-1.0);
    assert_inverse(&negative, &negative.inverse().unwrap(), 1e-11);
}

#[test]
fn inverses_of_what_is_made_of_parts() {
    let mut random = Random::new(10);
    let (a, b) =
        (matrix(3, 3, &mut random), symmetric_with_spectrum(&[-1.0, 0.2, 3.0], &mut random));
    let composed = (&a).then(&b).unwrap();
    assert_inverse(&composed, &composed.inverse().unwrap(), 1e-12);
    let blocks = BlockDiagonal::new(vec![&a, &b]);
    assert_inverse(&blocks, &blocks.inverse().unwrap(), 1e-12);
    let shifted = (&blocks).shifted(0.6).unwrap();
    assert_inverse(&shifted, &shifted.inverse().unwrap(), 1e-12);
    let d = Diagonal::new(vec![1.0, -2.0, 4.0]);
    assert_is(&d.inverse().unwrap(), &diagonal(&[1.0, -0.5, 0.25]));
    assert_is(&d.shifted_inverse(4.0).unwrap(), &diagonal(&[0.2, 0.5, 0.125]));
    assert_eq!(d.shifted_inverse(2.0).unwrap_err(), FactorizationError::Singular);
    let identity = Invert::<V>::inverse(&Identity::new(3)).unwrap();
    assert_is(&identity, &Matrix::identity(3));
    let damped = InvertShifted::<V>::shifted_inverse(&Identity::new(2), 3.0).unwrap();
    assert_is(&damped, &diagonal(&[0.25, 0.25]));
    let spectral = Spectral::new(&b).unwrap();
    assert_inverse(&b, &spectral.inverse().unwrap(), 1e-12);
    assert!(spectral.map(|_| 0.0).inverse().is_err());
}

#[test]
fn sparse_inverses_need_a_symmetric_matrix() {
    let n = 30;
    let mut triplets = Vec::new();
    for i in 0..n {
        triplets.push((i, i, 2.0 + 0.1 * i as f64));
        if i + 1 < n {
            triplets.extend([(i, i + 1, -1.0), (i + 1, i, -1.0)]);
        }
    }
    let a = SparseMatrix::from_triplets(n, n, &triplets);
    assert_inverse(&a, &a.inverse().unwrap(), 1e-13);
    assert_eq!(a.inverse().unwrap().structure(), Structure::Definite);
    let shifted = (&a).shifted(1.5).unwrap();
    assert_inverse(&shifted, &shifted.inverse().unwrap(), 1e-13);
    let indefinite = (&a).shifted(-3.0).unwrap();
    assert_inverse(&indefinite, &indefinite.inverse().unwrap(), 1e-12);
    assert_eq!(indefinite.inverse().unwrap().structure(), Structure::Symmetric);
    let error = a.shifted_inverse_as(-3.0, Structure::Definite).unwrap_err();
    assert!(matches!(error, FactorizationError::NotPositiveDefinite { .. }));
    triplets.push((0, 5, 1.0));
    let a = SparseMatrix::from_triplets(n, n, &triplets);
    assert_eq!(a.inverse().unwrap_err(), FactorizationError::NotSymmetric);
    assert_eq!(
        SparseMatrix::from_triplets(2, 3, &[]).inverse().unwrap_err(),
        FactorizationError::NotSquare { rows: 2, columns: 3 }
    );
}

#[test]
fn singular_and_broken_matrices_have_no_inverse() {
    let mut random = Random::new(11);
    let singular = Matrix::from_rows(&[[4.0, 8.0], [1.0, 2.0]]);
    assert_eq!(singular.inverse().unwrap_err(), FactorizationError::Singular);
    for singular in [[[4.0, 2.0], [2.0, 1.0]], [[0.0; 2]; 2]] {
        let singular = Matrix::from_rows(&singular);
        assert_eq!(singular.inverse().unwrap_err(), FactorizationError::Singular);
    }
    let rectangle = matrix(2, 3, &mut random);
    let error = rectangle.inverse().unwrap_err();
    assert_eq!(error.to_string(), "the matrix is not square (2 by 3)");
    for broken in [f64::NAN, f64::INFINITY] {
        for structure in [Structure::General, Structure::Symmetric, Structure::Definite] {
            let mut a = symmetric_with_spectrum(&[1.0, 2.0, 3.0], &mut random);
            a[(1, 1)] = broken;
            assert_eq!(a.inverse_as(structure).unwrap_err(), FactorizationError::NotFinite);
        }
    }
    // Of nothing, the inverse is nothing.
    assert_is(&Matrix::zeros(0, 0).inverse().unwrap(), &Matrix::zeros(0, 0));
    assert_inverse(
        &Matrix::from_rows(&[[-4.0]]),
        &Matrix::from_rows(&[[-4.0]]).inverse().unwrap(),
        1e-15,
    );
    assert_eq!((&singular).scaled(0.0).inverse().unwrap_err(), FactorizationError::Singular);
    assert_eq!((&singular).scaled(f64::NAN).inverse().unwrap_err(), FactorizationError::NotFinite);
}

#[test]
fn real_powers_of_semidefinite_matrices() {
    let mut random = Random::new(12);
    // Rank three of five.
    let a = symmetric_with_spectrum(&[0.0, 0.0, 0.01, 1.0, 50.0], &mut random);
    let root = Spectral::power(&a, 0.5).unwrap();
    assert_is(&(&root).then(&root).unwrap(), &a);
    assert_eq!(root.structure(), Structure::Semidefinite);
    // The pseudo-inverse: A A^+ A = A.
    let pseudo = Spectral::power(&a, -1.0).unwrap();
    let back = (&a).then(&pseudo).unwrap().then(&a).unwrap().dense().unwrap();
    assert!(max_difference(&back, &a) < 1e-11);
    assert_is(&Spectral::power(&a, 0.0).unwrap(), &Matrix::identity(5));
    let indefinite = symmetric_with_spectrum(&[-0.5, 1.0, 2.0], &mut random);
    assert!(Spectral::power(&indefinite, 0.5).is_err());
    // |A| of saddle-free Newton.
    let absolute = Spectral::new(&indefinite).unwrap().map(f64::abs);
    assert_is(&(&absolute).then(&absolute).unwrap(), &product(&indefinite, &indefinite));
}

#[test]
fn closures_and_packed_matrices() {
    let mut random = Random::new(13);
    let a = matrix(3, 4, &mut random);
    let of_closures = from_fns(
        3,
        4,
        |x: &V, y: &mut V| a.multiply(x, y),
        |y: &V, x: &mut V| -> Result<(), Interrupt> {
            a.multiply_transposed(y, x);
            Ok(())
        },
    );
    assert_is(&of_closures, &a);
    let interrupted = from_fn(2, |_: &V, _: &mut V| Err(Interrupt::Cancelled));
    assert!(matches!(
        interrupted.apply(&vec![0.0; 2], &mut vec![0.0; 2]),
        Err(Interrupt::Cancelled)
    ));
    assert!(matches!(interrupted.dense(), Err(StartError::Interrupt(_))));
    let mut packed = Symmetric::scaled_identity(3, 2.0);
    packed.rank_two(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], &[0.0; 3], &[0.0; 3]);
    let expected =
        Matrix::from_fn(3, 3, |i, j| 2.0 * f64::from(i == j) + ((i + 1) * (j + 1)) as f64);
    assert_is(&packed, &expected);
    assert!(LinearOperator::structure(&packed).is_symmetric());
}

#[test]
fn structures_follow_the_parts() {
    use Structure::{Definite, General, Semidefinite, Symmetric};
    let all = [General, Symmetric, Semidefinite, Definite];
    let of = |s: Structure| -> Box<dyn LinearOperator<V>> {
        let a = Matrix::zeros(2, 2);
        if s == General { Box::new(a) } else { Box::new(a.assume(s).unwrap()) }
    };
    for a in all {
        for b in all {
            let both = a.min(b);
            let sum = if both >= Semidefinite { a.max(b) } else { both };
            assert_eq!(of(a).plus(of(b)).unwrap().structure(), sum);
            assert_eq!(Kronecker::new(of(a), of(b)).structure(), both);
            assert_eq!(BlockDiagonal::new(vec![of(a), of(b)]).structure(), both);
            assert_eq!(of(a).then(of(b)).unwrap().structure(), General);
        }
        assert_eq!(of(a).scaled(2.0).structure(), a);
        assert_eq!(of(a).scaled(-2.0).structure(), a.min(Symmetric));
        assert_eq!(
            of(a).shifted(1.0).unwrap().structure(),
            if a >= Semidefinite { Definite } else { a }
        );
        assert_eq!(of(a).shifted(0.0).unwrap().structure(), a);
        assert_eq!(of(a).shifted(-1.0).unwrap().structure(), a.min(Symmetric));
        assert_eq!(of(a).restricted(&[1]).unwrap().structure(), a);
        assert_eq!(of(a).block(&[1], &[1]).unwrap().structure(), General);
        assert_eq!(of(a).power(3).unwrap().structure(), a);
        let even = if a == Symmetric { Semidefinite } else { a };
        assert_eq!(of(a).power(2).unwrap().structure(), even);
        assert_eq!(of(a).power(0).unwrap().structure(), Definite);
        let congruence = Congruence::new(Matrix::zeros(2, 3), of(a)).unwrap();
        assert_eq!(congruence.structure(), a.min(Semidefinite));
        let damped = of(a).damped(1.0, Diagonal::new(vec![1.0, 2.0])).unwrap();
        assert_eq!(damped.structure(), if a >= Semidefinite { Definite } else { a });
        // A claim adds to what is known, and takes nothing away.
        assert_eq!(of(a).assume(Semidefinite).unwrap().structure(), a.max(Semidefinite));
    }
    assert_eq!(Matrix::zeros(3, 2).gram().structure(), Semidefinite);
    assert_eq!(Diagonal::new(vec![1.0, 0.0]).structure(), Semidefinite);
    assert_eq!(Diagonal::new(vec![1.0, f64::NAN]).structure(), Symmetric);
}

#[test]
fn what_does_not_fit_is_refused_with_its_name() {
    let (a, b) = (Matrix::zeros(2, 3), Matrix::zeros(3, 3));
    let argument = |error: ArgumentError| error.argument().to_owned();
    assert_eq!(argument((&a).plus(&b).unwrap_err()), "rows of the second term");
    assert_eq!(argument((&b).plus(Matrix::zeros(3, 2)).unwrap_err()), "second term");
    assert_eq!(argument((&a).then(&b).unwrap_err()), "second operator");
    assert_eq!(argument((&a).shifted(1.0).unwrap_err()), "operator");
    assert_eq!(argument((&b).shifted(f64::NAN).unwrap_err()), "shift");
    assert_eq!(argument((&b).damped(1.0, Diagonal::new(vec![1.0; 2])).unwrap_err()), "diagonal");
    let infinite = (&b).damped(f64::INFINITY, Diagonal::new(vec![1.0; 3]));
    assert_eq!(argument(infinite.unwrap_err()), "damping");
    assert_eq!(argument((&a).power(2).unwrap_err()), "operator");
    assert_eq!(argument((&a).assume(Structure::Symmetric).unwrap_err()), "operator");
    assert_eq!(argument((&b).assume(Structure::General).unwrap_err()), "structure");
    assert_eq!(argument(Congruence::new(&a, &b).unwrap_err()), "inner operator");
    assert_eq!(argument((&a).restricted(&[0]).unwrap_err()), "operator");
    let error = (&b).restricted(&[0, 3]).unwrap_err();
    assert_eq!(error.to_string(), "indices: is 3, but must be below 3");
    assert!(Restricted::new(&b, &[1, 1]).is_err());
    assert_eq!(argument((&a).block(&[0], &[3]).unwrap_err()), "columns");
    assert!(Diagonal::new(vec![1.0]).absolute(-1.0).is_err());
    let huge = Identity::new(LARGEST_DENSE + 1);
    assert!(matches!(Algebra::<V>::dense(&huge), Err(StartError::Argument(_))));

    let c = Matrix::identity(1);
    assert_eq!(argument(LowRank::<V>::new(vec![], &c, 1.0).unwrap_err()), "u");
    assert!(LowRank::new(vec![vec![1.0], vec![1.0, 2.0]], &Matrix::identity(2), 1.0).is_err());
    assert!(LowRank::new(vec![vec![1.0]], &Matrix::identity(2), 1.0).is_err());
    assert!(LowRank::new(vec![vec![f64::NAN]], &c, 1.0).is_err());
    assert!(LowRank::new(vec![vec![1.0]], &c, f64::INFINITY).is_err());
    assert!(LowRank::from_eigenvectors(vec![vec![1.0]], vec![1.0, 2.0], 1.0).is_err());
    assert!(LowRank::<V>::from_eigenvectors(vec![], vec![], 1.0).is_err());
    assert!(Sum::<_, _, V>::new(Identity::new(2), Identity::new(3)).is_err());
}

#[test]
fn an_interrupt_inside_leaves_the_operator_usable() {
    let fail = std::cell::Cell::new(true);
    let a = from_fn(2, |x: &V, y: &mut V| {
        if fail.get() {
            return Err(Interrupt::TimeLimit);
        }
        y.copy_from_slice(x);
        Ok(())
    });
    let composed = Diagonal::new(vec![2.0, 3.0]).then(&a).unwrap().plus(Identity::new(2)).unwrap();
    let mut y = vec![0.0; 2];
    assert!(composed.apply(&vec![1.0, 1.0], &mut y).is_err());
    fail.set(false);
    composed.apply(&vec![1.0, 1.0], &mut y).unwrap();
    assert_eq!(y, [3.0, 4.0]);
}
