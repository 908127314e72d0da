//! Krylov methods against the theory of their finite end.

use crate::random::{Random, conjugated, dot, max_difference, orthogonal, product};
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, Lanczos, LanczosStep, Reorthogonalization, ShortLanczos,
};
use ravine_linalg::matrix::{Cholesky, Matrix, SymmetricEigen};

/// Five by five, with eigenvalues 1, 5, 20, 50, 200.
fn article() -> Matrix {
    Matrix::from_rows(&[
        [
            45.05677832181746,
            -13.23099245256395,
            26.63332506693154,
            -33.54339546394141,
            -21.492303756578135,
        ],
        [
            -13.230992452563951,
            18.48067197438061,
            -17.320886196513936,
            27.990084103876566,
            12.538176305339123,
        ],
        [
            26.633325066931544,
            -17.320886196513936,
            111.5103932530305,
            -78.10934893852291,
            -6.817493148584725,
        ],
        [
            -33.54339546394141,
            27.990084103876566,
            -78.10934893852291,
            84.0026007121607,
            22.98576992048149,
        ],
        [
            -21.492303756578135,
            12.538176305339123,
            -6.817493148584722,
            22.985769920481488,
            16.949555738610627,
        ],
    ])
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

#[test]
fn five_products_solve_the_quadratic_of_the_article() {
    let a = article();
    let theta = vec![1.0, 2.0, 3.0, 4.0, 5.0];
    let mut b = vec![0.0; 5];
    a.multiply(&theta, &mut b);
    let (mut x, mut work) = (vec![f64::NAN; 5], CgWork::new(&b));
    let cg = ConjugateGradient { tolerance: 1e-10, iterations: None, ..Default::default() };
    let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!(info.end, CgEnd::Converged);
    assert_eq!(info.iterations, 5);
    for (x, t) in x.iter().zip(&theta) {
        assert!((x - t).abs() < 1e-10, "{x} {t}");
    }
    // The decrease is b'x / 2 at the solution.
    assert!((info.decrease - 0.5 * dot(&b, &theta)).abs() < 1e-9 * info.decrease);

    let four = ConjugateGradient { tolerance: 1e-10, iterations: Some(4), ..Default::default() };
    let info = four.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations), (CgEnd::IterationLimit, 4));
}

#[test]
fn as_many_products_as_there_are_distinct_eigenvalues() {
    let mut random = Random::new(21);
    let spectrum: Vec<f64> = (0..60).map(|i| [0.5, 2.0, 9.0][i % 3]).collect();
    let a = conjugated(&orthogonal(60, &mut random), &spectrum);
    let b = random.vector(60);
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let cg = ConjugateGradient { tolerance: 1e-9, iterations: None, ..Default::default() };
    let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations), (CgEnd::Converged, 3));
    let mut exact = b.clone();
    Cholesky::new(&a).unwrap().solve(&mut exact);
    assert!(x.iter().zip(&exact).all(|(x, e)| (x - e).abs() < 1e-8));
}

#[test]
fn the_error_falls_as_the_condition_number_promises() {
    let mut random = Random::new(22);
    let kappa = 400.0f64;
    let spectrum: Vec<f64> = (0..80).map(|i| kappa.powf(f64::from(i) / 79.0)).collect();
    let a = conjugated(&orthogonal(80, &mut random), &spectrum);
    let b = random.vector(80);
    let mut exact = b.clone();
    Cholesky::new(&a).unwrap().solve(&mut exact);
    let energy = |x: &[f64]| {
        let e: Vec<f64> = x.iter().zip(&exact).map(|(x, e)| x - e).collect();
        let mut ae = vec![0.0; e.len()];
        a.multiply(&e, &mut ae);
        dot(&e, &ae).sqrt()
    };
    let first = energy(&[0.0; 80]);
    let rate = (kappa.sqrt() - 1.0) / (kappa.sqrt() + 1.0);
    for k in [5usize, 20, 40] {
        let (mut x, mut work) = (b.clone(), CgWork::new(&b));
        let cg = ConjugateGradient { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        cg.solve(&a, &b, &mut x, &mut work).unwrap();
        assert!(energy(&x) <= 2.0 * rate.powi(k as i32) * first, "k = {k}");
    }
}

#[test]
fn a_direction_of_negative_curvature_is_found_and_shown() {
    let mut random = Random::new(23);
    let mut spectrum: Vec<f64> = (0..30).map(|i| 1.0 + f64::from(i)).collect();
    spectrum[3] = -0.5;
    let a = conjugated(&orthogonal(30, &mut random), &spectrum);
    let b = random.vector(30);
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let info = ConjugateGradient::default().solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!(info.end, CgEnd::NegativeCurvature);
    let p = work.direction();
    let mut ap = vec![0.0; 30];
    a.multiply(p, &mut ap);
    let quotient = dot(p, &ap) / dot(p, p);
    assert!(quotient < 0.0 && (quotient - info.curvature).abs() < 1e-12);
    assert!(info.decrease > 0.0 && dot(&b, &x) > 0.0);
}

#[test]
fn trouble_is_reported() {
    let a = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
    let b = vec![1.0, 2.0];
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let info = ConjugateGradient::default().solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations), (CgEnd::NotFinite, 0));
    assert_eq!(x, [0.0, 0.0]);
    let zero = vec![0.0, 0.0];
    let info = ConjugateGradient::default().solve(&a, &zero, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations), (CgEnd::Converged, 0));
    let mut lanczos = Lanczos::default();
    lanczos.begin(&b);
    assert!(!lanczos.extend(&a).unwrap());
    assert_eq!(lanczos.dimension(), 0);
}

#[test]
fn the_lanczos_basis_is_orthonormal_and_makes_the_matrix_tridiagonal() {
    let mut random = Random::new(24);
    let n = 50;
    // Widely spread eigenvalues, which without care lose the orthogonality.
    let spectrum: Vec<f64> = (0..n).map(|i| 10f64.powf(i as f64 / 8.0) - 2.0).collect();
    let a = conjugated(&orthogonal(n, &mut random), &spectrum);
    let b = random.vector(n);
    let mut lanczos = Lanczos::default();
    lanczos.begin(&b);
    while !lanczos.exhausted() {
        assert!(lanczos.extend(&a).unwrap());
    }
    let k = lanczos.dimension();
    assert!((lanczos.start_norm() - norm(&b)).abs() < 1e-14);
    let mut v = Matrix::zeros(n, k);
    for j in 0..k {
        let unit: Vec<f64> = (0..k).map(|i| f64::from(i == j)).collect();
        let mut column = vec![0.0; n];
        lanczos.combine(&unit, &mut column);
        v.column_mut(j).copy_from_slice(&column);
    }
    let transposed = Matrix::from_fn(k, n, |i, j| v[(j, i)]);
    assert!(max_difference(&product(&transposed, &v), &Matrix::identity(k)) < 1e-13);
    let projected = product(&transposed, &product(&a, &v));
    let tridiagonal = Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => lanczos.diagonal()[i],
        1 => lanczos.off_diagonal()[i.min(j)],
        _ => 0.0,
    });
    let size = spectrum[n - 1];
    assert!(max_difference(&projected, &tridiagonal) < 1e-12 * size);
    // The whole space was spanned: the eigenvalues are those of A.
    assert_eq!(k, n);
    let eigen = SymmetricEigen::new(&tridiagonal).unwrap();
    for (found, expected) in eigen.values().iter().zip(&spectrum) {
        assert!((found - expected).abs() < 1e-12 * size);
    }
}

/// The basis in columns.
fn basis(lanczos: &Lanczos<Vec<f64>>, n: usize) -> Matrix {
    let k = lanczos.dimension();
    let mut v = Matrix::zeros(n, k);
    for j in 0..k {
        let unit: Vec<f64> = (0..k).map(|i| f64::from(i == j)).collect();
        let mut column = vec![0.0; n];
        lanczos.combine(&unit, &mut column);
        v.column_mut(j).copy_from_slice(&column);
    }
    v
}

fn tridiagonal(lanczos: &Lanczos<Vec<f64>>) -> Matrix {
    let k = lanczos.dimension();
    Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => lanczos.diagonal()[i],
        1 => lanczos.off_diagonal()[i.min(j)],
        _ => 0.0,
    })
}

/// `max |V'V - I|`.
fn lost_orthogonality(v: &Matrix) -> f64 {
    let transposed = Matrix::from_fn(v.columns(), v.rows(), |i, j| v[(j, i)]);
    max_difference(&product(&transposed, v), &Matrix::identity(v.columns()))
}

#[test]
fn partial_reorthogonalization_is_enough() {
    let mut random = Random::new(25);
    let n = 150;
    // The largest eigenvalues, well apart, converge first.
    let spectrum: Vec<f64> = (0..n).map(|i| 1e3 * (-(i as f64) / 12.0).exp() - 1.0).collect();
    let a = conjugated(&orthogonal(n, &mut random), &spectrum);
    let b = random.vector(n);
    let run = |reorthogonalization| {
        let mut lanczos = Lanczos::new(reorthogonalization);
        lanczos.begin(&b);
        for _ in 0..80 {
            assert!(lanczos.extend(&a).unwrap());
        }
        lanczos
    };
    let full = run(Reorthogonalization::Full);
    let partial = run(Reorthogonalization::Partial);
    let none = run(Reorthogonalization::None);
    assert_eq!((full.reorthogonalizations(), none.reorthogonalizations()), (80, 0));
    let count = partial.reorthogonalizations();
    assert!(count > 0 && count < 50, "{count}");
    assert!(lost_orthogonality(&basis(&full, n)) < 1e-13);
    let lost = lost_orthogonality(&basis(&partial, n));
    assert!(lost > 1e-12 && lost < 1e-6, "{lost}");
    assert!(lost_orthogonality(&basis(&none, n)) > 0.1);
    let ritz = |lanczos| SymmetricEigen::new(&tridiagonal(lanczos)).unwrap().values().to_vec();
    let (full, partial, none) = (ritz(&full), ritz(&partial), ritz(&none));
    // The same Ritz values to rounding; those without come several times.
    for (one, other) in full.iter().zip(&partial) {
        assert!((one - other).abs() < 1e-11 * spectrum[0], "{one} {other}");
    }
    let copies = |values: &[f64]| values.iter().filter(|v| **v > spectrum[1] + 1.0).count();
    assert_eq!((copies(&full), copies(&partial)), (1, 1));
    assert!(copies(&none) > 1);
}

#[test]
fn explicit_restarts_find_the_largest_eigenvalue() {
    let mut random = Random::new(26);
    let n = 80;
    let spectrum: Vec<f64> = (0..n).map(|i| (i as f64 / 9.0).cos() * 10.0).collect();
    let a = conjugated(&orthogonal(n, &mut random), &spectrum);
    let largest = spectrum.iter().copied().fold(f64::MIN, f64::max);
    let mut lanczos = Lanczos::default();
    lanczos.begin(&random.vector(n));
    let mut last = f64::MIN;
    for restart in 0.. {
        while lanczos.dimension() < 10 {
            assert!(lanczos.extend(&a).unwrap());
        }
        let eigen = SymmetricEigen::new(&tridiagonal(&lanczos)).unwrap();
        let (value, vector) = (eigen.values()[9], eigen.vectors().column(9));
        assert!(value >= last - 1e-13);
        last = value;
        if lanczos.off_diagonal()[9] * vector[9].abs() < 1e-10 * value {
            break;
        }
        assert!(restart < 200);
        let vector = vector.to_vec();
        lanczos.restart(&vector);
        assert_eq!(lanczos.dimension(), 0);
        assert!((lanczos.start_norm() - 1.0).abs() < 1e-13);
    }
    assert!((last - largest).abs() < 1e-12 * largest, "{last} {largest}");
}

#[test]
fn three_vectors_give_the_same_matrix() {
    let mut random = Random::new(27);
    let n = 60;
    let spectrum: Vec<f64> = (0..n).map(|i| (1.0 + i as f64).sqrt() - 4.0).collect();
    let a = conjugated(&orthogonal(n, &mut random), &spectrum);
    let b = random.vector(n);
    let mut short = ShortLanczos::new(&b);
    assert_eq!(short.begin(&b), LanczosStep::Done);
    let mut lanczos = Lanczos::new(Reorthogonalization::None);
    lanczos.begin(&b);
    assert_eq!(short.start_norm(), lanczos.start_norm());
    for k in 0..40 {
        assert_eq!(short.step(&a).unwrap(), LanczosStep::Done);
        assert!(lanczos.extend(&a).unwrap());
        assert_eq!(short.dimension(), k + 1);
        assert_eq!(short.diagonal(), lanczos.diagonal()[k]);
        assert_eq!(short.off_diagonal(), lanczos.off_diagonal()[k]);
        let before = if k > 0 { lanczos.off_diagonal()[k - 1] } else { 0.0 };
        assert_eq!(short.off_diagonal_before(), before);
        assert!((norm(short.vector()) - 1.0).abs() < 1e-14);
    }
    // Trouble.
    let broken = Matrix::from_rows(&[[f64::NAN]]);
    let mut short = ShortLanczos::new(&vec![0.0]);
    assert_eq!(short.begin(&vec![f64::INFINITY]), LanczosStep::NotFinite);
    assert_eq!(short.begin(&vec![0.0]), LanczosStep::Done);
    assert!(short.exhausted());
    assert_eq!(short.begin(&vec![3.0]), LanczosStep::Done);
    assert_eq!(short.step(&broken).unwrap(), LanczosStep::NotFinite);
}
