use ravine::matrix::Matrix;
use ravine::objective::{Gradient, Hessian, HessianProduct, Objective, SparseHessian, Supplies};

use super::{DenseQuadratic, Quadratic, RotatedQuadratic, Rotation, Spectrum};

fn dense(objective: &impl Hessian) -> Matrix {
    let n = objective.dimension();
    let mut hessian = Matrix::zeros(n, n);
    objective.hessian(&vec![0.0; n], &mut hessian).unwrap();
    hessian
}

#[test]
fn eigenvalues_run_from_one_to_kappa() {
    for (name, spectrum) in Spectrum::ALL {
        for n in [2, 5, 17, 100] {
            let eigenvalues = spectrum.eigenvalues(n, 1e4);
            assert_eq!((eigenvalues[0], eigenvalues[n - 1]), (1.0, 1e4), "{name}");
            assert!(eigenvalues.windows(2).all(|w| w[0] <= w[1]), "{name}: {eigenvalues:?}");
        }
        assert_eq!(spectrum.eigenvalues(1, 1e4), [1.0]);
        assert!(spectrum.eigenvalues(9, 1.0).iter().all(|&e| e == 1.0), "{name}");
    }
    let log = Spectrum::Log.eigenvalues(5, 1e4);
    for (eigenvalue, expected) in log.iter().zip([1.0, 10.0, 100.0, 1000.0, 10000.0]) {
        assert!((eigenvalue / expected - 1.0).abs() < 1e-14);
    }
    // Five clusters, however many eigenvalues.
    let clustered = Spectrum::Clustered.eigenvalues(1000, 1e4);
    let jumps = clustered.windows(2).filter(|w| w[1] / w[0] > 1.01).count();
    assert_eq!(jumps, 4);
}

#[test]
fn rotation_keeps_the_spectrum_and_leaves_no_axis_alone() {
    let eigenvalues = Spectrum::Linear.eigenvalues(12, 300.0);
    let rotated = RotatedQuadratic::random(eigenvalues.clone(), 3);
    let a = dense(&rotated);
    let trace: f64 = (0..12).map(|i| a[(i, i)]).sum();
    let squares: f64 = a.entries().iter().map(|v| v * v).sum();
    let sum: f64 = eigenvalues.iter().sum();
    let sum_of_squares: f64 = eigenvalues.iter().map(|e| e * e).sum();
    assert!((trace / sum - 1.0).abs() < 1e-13);
    assert!((squares / sum_of_squares - 1.0).abs() < 1e-13);
    let off_diagonal = (0..12).map(|i| (0..12).filter(|&j| j != i).map(|j| a[(i, j)].abs()).sum());
    assert!(off_diagonal.into_iter().all(|sum: f64| sum > 1.0));
    // Each eigenvalue is one: det(A - lambda I) = 0, seen by a vector that A only scales.
    for (k, eigenvalue) in eigenvalues.iter().enumerate() {
        let mut q = vec![0.0; 12];
        q[k] = 1.0;
        for v in rotated.reflections.iter().rev() {
            super::rotated::reflect(v, &mut q);
        }
        let mut image = vec![0.0; 12];
        a.multiply(&q, &mut image);
        for (image, q) in image.iter().zip(&q) {
            assert!((image - eigenvalue * q).abs() < 1e-11 * eigenvalue);
        }
    }
}

#[test]
fn all_derivatives_agree_with_the_dense_matrix() {
    let f = RotatedQuadratic::random(Spectrum::Log.eigenvalues(40, 1e3), 5);
    let a = DenseQuadratic::new(dense(&f)).unwrap();
    let x: Vec<f64> = (0..40).map(|i| (i as f64 * 0.7).sin()).collect();
    let d: Vec<f64> = (0..40).map(|i| (i as f64 * 1.3).cos()).collect();
    let (mut g, mut h) = (vec![0.0; 40], vec![0.0; 40]);
    let close = |p: &[f64], q: &[f64]| p.iter().zip(q).all(|(p, q)| (p - q).abs() < 1e-11 * 1e3);
    let value = f.value_and_gradient(&x, &mut g).unwrap();
    let expected = a.value_and_gradient(&x, &mut h).unwrap();
    assert!((value / expected - 1.0).abs() < 1e-13 && close(&g, &h));
    assert_eq!(f.value(&x).unwrap(), value);
    f.hessian_product(&x, &d, &mut g).unwrap();
    a.hessian_product(&x, &d, &mut h).unwrap();
    assert!(close(&g, &h));
}

#[test]
fn the_sparse_hessian_is_the_diagonal() {
    let f = RotatedQuadratic::diagonal(vec![1.0, 7.0, 50.0]);
    let mut sparse = f.sparse_hessian_pattern(&[0.0; 3]).unwrap();
    sparse.values_mut().fill(0.0);
    f.sparse_hessian(&[0.0; 3], &mut sparse).unwrap();
    let mut y = [0.0; 3];
    sparse.multiply(&[1.0, 2.0, 3.0], &mut y);
    assert_eq!(y, [1.0, 14.0, 150.0]);
    let rotated = RotatedQuadratic::random(vec![1.0, 7.0, 50.0], 1);
    assert!(!rotated.derivatives().sparse_hessian);
    assert!(rotated.sparse_hessian_pattern(&[0.0; 3]).is_err());
    assert!(rotated.sparse_hessian(&[0.0; 3], &mut sparse).is_err());
}

#[test]
fn a_million_variables_need_no_dense_matrix() {
    let quadratic = Quadratic { n: 1_000_000, kappa: 1e6, ..Quadratic::default() };
    let problem = quadratic.problem().unwrap();
    let mut g = vec![0.0; 1_000_000];
    let value = problem
        .objective
        .as_gradient()
        .unwrap()
        .value_and_gradient(&problem.start, &mut g)
        .unwrap();
    assert!((2.0 * value / g.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(!problem.objective.derivatives().hessian);
    assert!(problem.variables.is_empty() && problem.variable(999_999) == "x1000000");
}

#[test]
fn the_seed_decides() {
    let f = |seed| {
        let spec = Quadratic { n: 8, rotation: Rotation::Random, seed, ..Quadratic::default() };
        let problem = spec.problem().unwrap();
        problem.objective.value(&vec![1.0; 8]).unwrap()
    };
    assert_eq!(f(4), f(4));
    assert_ne!(f(4), f(5));
}

#[test]
fn impossible_quadratics_are_refused() {
    let with = |n, kappa| Quadratic { n, kappa, ..Quadratic::default() }.problem().unwrap_err();
    assert_eq!(with(0, 10.0).argument(), "n");
    assert_eq!(with(3, 0.5).argument(), "kappa");
    assert_eq!(with(3, f64::INFINITY).argument(), "kappa");
    let refused = |rows: &[[f64; 2]]| DenseQuadratic::new(Matrix::from_rows(rows)).unwrap_err();
    assert!(refused(&[[1.0, 2.0]]).to_string().contains("1 by 2"));
    assert!(refused(&[[1.0, f64::NAN], [0.0, 1.0]]).to_string().contains("finite"));
    assert!(refused(&[[1.0, 2.0], [2.5, 1.0]]).to_string().contains("(0, 1)"));
}
