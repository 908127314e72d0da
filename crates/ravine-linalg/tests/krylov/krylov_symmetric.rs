//! MINRES, MINRES-QLP and conjugate residuals against their theory and dense algebra.

use crate::random::{Random, conjugated, dot, orthogonal, symmetric_with_spectrum};
use ravine_linalg::krylov::{
    ConjugateResiduals, CrWork, Minres, MinresQlp, MinresQlpWork, MinresWork, SolveEnd, SolveInfo,
    Start, TrueResidual,
};
use ravine_linalg::matrix::{Lblt, Matrix, SymmetricEigen};

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn residual(a: &Matrix, b: &[f64], x: &[f64]) -> Vec<f64> {
    let mut ax = vec![0.0; b.len()];
    a.multiply(x, &mut ax);
    b.iter().zip(&ax).map(|(b, ax)| b - ax).collect()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// `A^+ b`, eigenvalues below `1e-10 |A|` taken for zero.
fn pseudoinverse(a: &Matrix, b: &[f64]) -> Vec<f64> {
    let eigen = SymmetricEigen::new(a).unwrap();
    let small = 1e-10 * eigen.norm();
    let mut x = vec![0.0; b.len()];
    eigen.apply(|v| if v.abs() > small { 1.0 / v } else { 0.0 }, b, &mut x);
    x
}

/// An indefinite spectrum, from -50 to 200.
fn indefinite(n: usize) -> Vec<f64> {
    (0..n).map(|i| -50.0 + 250.0 * (i as f64 + 0.5) / n as f64).collect()
}

fn minres(a: &Matrix, b: &Vec<f64>, settings: &Minres) -> (Vec<f64>, SolveInfo, Vec<f64>) {
    let (mut x, mut work) = (vec![f64::NAN; b.len()], MinresWork::new(b));
    let info = settings.solve(a, b, &mut x, &mut work).unwrap();
    (x, info, work.history().to_vec())
}

fn qlp(a: &Matrix, b: &Vec<f64>, settings: &MinresQlp) -> (Vec<f64>, SolveInfo, Vec<f64>) {
    let (mut x, mut work) = (vec![f64::NAN; b.len()], MinresQlpWork::new(b));
    let info = settings.solve(a, b, &mut x, &mut work).unwrap();
    (x, info, work.history().to_vec())
}

#[test]
fn indefinite_systems_are_solved_as_by_a_factorization() {
    let mut random = Random::new(31);
    let a = symmetric_with_spectrum(&indefinite(60), &mut random);
    let b = random.vector(60);
    let mut exact = b.clone();
    Lblt::new(&a).unwrap().solve(&mut exact);
    let (x, info, history) = minres(&a, &b, &Minres { tolerance: 1e-12, ..Default::default() });
    assert_eq!(info.end, SolveEnd::Converged);
    assert!(distance(&x, &exact) < 1e-9 * norm(&exact), "{}", distance(&x, &exact));
    assert!(history.windows(2).all(|w| w[1] <= w[0]));
    assert_eq!(info.products, info.iterations + 1);
    assert_eq!(info.solution_norm, norm(&x));
    let (y, twin, twin_history) =
        qlp(&a, &b, &MinresQlp { tolerance: 1e-12, ..Default::default() });
    assert_eq!((twin.end, twin.iterations), (SolveEnd::Converged, info.iterations));
    assert!(distance(&y, &exact) < 1e-9 * norm(&exact));
    for (one, other) in history.iter().zip(&twin_history) {
        assert!((one - other).abs() < 1e-12 * history[0]);
    }
    // |A| = 198 from below, and the condition number 198 / 2.1 too.
    for info in [info, twin] {
        assert!(info.operator_norm > 80.0 && info.operator_norm < 198.0, "{info:?}");
        assert!(info.condition > 5.0 && info.condition < 95.0, "{info:?}");
    }
}

#[test]
fn as_many_products_as_there_are_distinct_eigenvalues() {
    let mut random = Random::new(32);
    let spectrum: Vec<f64> = (0..60).map(|i| [-3.0, 0.5, 2.0, 9.0][i % 4]).collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let b = random.vector(60);
    let (_, info, _) = minres(&a, &b, &Minres { tolerance: 1e-10, ..Default::default() });
    assert_eq!((info.end, info.iterations), (SolveEnd::Converged, 4));
    let (_, info, _) = qlp(&a, &b, &MinresQlp { tolerance: 1e-10, ..Default::default() });
    assert_eq!((info.end, info.iterations), (SolveEnd::Converged, 4));
}

#[test]
fn every_iterate_has_the_smallest_residual_in_its_krylov_space() {
    let mut random = Random::new(33);
    let a = symmetric_with_spectrum(&indefinite(40), &mut random);
    let b = random.vector(40);
    // A orthonormal basis of the space spanned by A b, A^2 b, ..., A^k b.
    let mut images: Vec<Vec<f64>> = Vec::new();
    let mut last = b.clone();
    for k in 1..=12 {
        let mut next = vec![0.0; 40];
        a.multiply(&last, &mut next);
        for _ in 0..2 {
            for q in &images {
                let p = dot(q, &next);
                next.iter_mut().zip(q).for_each(|(n, q)| *n -= p * q);
            }
        }
        let size = norm(&next);
        next.iter_mut().for_each(|n| *n /= size);
        images.push(next.clone());
        last = next;
        let mut best = b.clone();
        for q in &images {
            let p = dot(q, &best);
            best.iter_mut().zip(q).for_each(|(r, q)| *r -= p * q);
        }
        let settings = Minres { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        let (x, info, _) = minres(&a, &b, &settings);
        let r = residual(&a, &b, &x);
        assert!(distance(&r, &best) < 1e-11 * norm(&b), "k = {k}");
        assert!((info.residual_norm - norm(&r)).abs() < 1e-12 * norm(&b));
        assert!((info.true_residual_norm.unwrap() - norm(&r)).abs() < 1e-13 * norm(&b));
        // |A r| is known of the iterate before.
        let settings = Minres { iterations: Some(k + 1), ..settings };
        let (_, after, _) = minres(&a, &b, &settings);
        let mut ar = vec![0.0; 40];
        a.multiply(&r, &mut ar);
        assert!((after.normal_residual_norm - norm(&ar)).abs() < 1e-9 * norm(&ar));
    }
}

#[test]
fn singular_systems_have_the_shortest_solution() {
    let mut random = Random::new(34);
    for (seed, zeros) in [(0, 1), (1, 7), (2, 25)] {
        let mut spectrum = indefinite(50);
        spectrum[..zeros].fill(0.0);
        let a = symmetric_with_spectrum(&spectrum, &mut random);
        // Not in the range.
        let b = random.vector(50);
        let exact = pseudoinverse(&a, &b);
        let (x, info, _) = qlp(&a, &b, &MinresQlp::default());
        assert_eq!(info.end, SolveEnd::LeastSquares, "{seed}");
        // To the root of the machine precision: see `normal_tolerance`.
        assert!(distance(&x, &exact) < 1e-6 * norm(&exact), "{}", distance(&x, &exact));
        assert!((info.residual_norm - norm(&residual(&a, &b, &x))).abs() < 1e-10 * norm(&b));
        // MINRES finds a solution as good, but longer.
        let (y, info, _) = minres(&a, &b, &Minres::default());
        assert_eq!(info.end, SolveEnd::LeastSquares);
        let [ry, rx] = [&y, &x].map(|x| norm(&residual(&a, &b, x)));
        assert!((ry - rx).abs() < 1e-9 * norm(&b));
        assert!(norm(&y) > 1.01 * norm(&x));
        // In the range, both give the shortest.
        let mut b = vec![0.0; 50];
        a.multiply(&exact, &mut b);
        let (x, info, _) = qlp(&a, &b, &MinresQlp { tolerance: 1e-12, ..Default::default() });
        assert_eq!(info.end, SolveEnd::Converged);
        assert!(distance(&x, &exact) < 1e-9 * norm(&exact));
        let (x, info, _) = minres(&a, &b, &Minres { tolerance: 1e-12, ..Default::default() });
        assert_eq!(info.end, SolveEnd::Converged);
        assert!(distance(&x, &exact) < 1e-9 * norm(&exact));
    }
}

#[test]
fn ill_conditioned_systems_end_with_a_smaller_residual_than_minres() {
    let mut random = Random::new(35);
    let n = 40;
    let spectrum: Vec<f64> = (0..n)
        .map(|i| 10f64.powf(-6.0 * i as f64 / (n - 1) as f64) * if i % 3 == 0 { -1.0 } else { 1.0 })
        .collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    // A solution as large as the condition number allows.
    let b = random.vector(n);
    let settings = MinresQlp {
        tolerance: 1e-15,
        normal_tolerance: 0.0,
        iterations: Some(2000),
        ..Default::default()
    };
    let (_, info, _) = qlp(&a, &b, &settings);
    let twin = Minres {
        tolerance: 1e-15,
        normal_tolerance: 0.0,
        iterations: Some(2000),
        ..Default::default()
    };
    let (_, other, _) = minres(&a, &b, &twin);
    let (reached, by_minres) =
        (info.true_residual_norm.unwrap(), other.true_residual_norm.unwrap());
    // The rounding of A x, for |A| = 1.
    assert_eq!(info.end, SolveEnd::PrecisionLimit);
    assert!(reached < 2e-16 * info.solution_norm * 5.0, "{reached:e}");
    assert!(by_minres > 100.0 * reached, "{by_minres:e}");
}

#[test]
fn a_preconditioner_is_a_change_of_variables() {
    let mut random = Random::new(36);
    let n = 40;
    let q = orthogonal(n, &mut random);
    let a = conjugated(&q, &indefinite(n));
    let p = orthogonal(n, &mut random);
    let weights: Vec<f64> = (0..n).map(|i| 0.2 + (i % 7) as f64).collect();
    let m = conjugated(&p, &weights);
    let root = conjugated(&p, &weights.iter().map(|w| w.sqrt()).collect::<Vec<_>>());
    let b = random.vector(n);
    let transformed = crate::random::product(&root, &crate::random::product(&a, &root));
    let transformed =
        Matrix::from_fn(n, n, |i, j| 0.5 * (transformed[(i, j)] + transformed[(j, i)]));
    let mut root_b = vec![0.0; n];
    root.multiply(&b, &mut root_b);
    let back = |y: &[f64]| {
        let mut x = vec![0.0; n];
        root.multiply(y, &mut x);
        x
    };
    for k in [3, 9, 17] {
        let settings = Minres { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        let (y, plain, _) = minres(&transformed, &root_b, &settings);
        let (mut x, mut work) = (b.clone(), MinresWork::new(&b));
        let info = settings.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap();
        assert!(distance(&x, &back(&y)) < 1e-9 * norm(&x), "{k}");
        assert!((info.residual_norm - plain.residual_norm).abs() < 1e-9 * norm(&b));
        let settings = MinresQlp { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        let (y, ..) = qlp(&transformed, &root_b, &settings);
        let mut work = MinresQlpWork::new(&b);
        settings.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap();
        assert!(distance(&x, &back(&y)) < 1e-9 * norm(&x), "{k}");
    }
    // The workspace serves the next solve without the preconditioner.
    let (mut x, mut work) = (b.clone(), MinresWork::new(&b));
    let settings = Minres { tolerance: 1e-11, ..Default::default() };
    settings.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap();
    settings.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!(x, minres(&a, &b, &settings).0);
    // Not definite: said so.
    let info = settings.solve_preconditioned(&a, &a, &b, &mut x, &mut work).unwrap();
    assert_eq!(info.end, SolveEnd::IndefinitePreconditioner);
}

fn cr(a: &Matrix, b: &Vec<f64>, settings: &ConjugateResiduals) -> (Vec<f64>, SolveInfo, Vec<f64>) {
    let (mut x, mut work) = (vec![f64::NAN; b.len()], CrWork::new(b));
    let info = settings.solve(a, b, &mut x, &mut work).unwrap();
    (x, info, work.history().to_vec())
}

#[test]
fn conjugate_residuals_are_minres_for_definite_systems() {
    let mut random = Random::new(38);
    let n = 50;
    let spectrum: Vec<f64> = (0..n).map(|i| 1e3f64.powf(i as f64 / (n - 1) as f64)).collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let b = random.vector(n);
    let mut exact = b.clone();
    Lblt::new(&a).unwrap().solve(&mut exact);
    let settings = ConjugateResiduals { tolerance: 1e-11, ..Default::default() };
    let (x, info, history) = cr(&a, &b, &settings);
    assert_eq!(info.end, SolveEnd::Converged);
    assert!(distance(&x, &exact) < 1e-8 * norm(&exact));
    assert!(history.windows(2).all(|w| w[1] <= w[0]));
    assert_eq!(info.products, info.iterations + 1);
    assert!(info.operator_norm <= 1001.0 && info.operator_norm > 300.0);
    assert!(info.condition <= 1001.0 && info.condition > 30.0);
    let (mut error, mut length, mut value) = (norm(&exact), 0.0, 0.0);
    for k in 1..16 {
        let short = ConjugateResiduals { iterations: Some(k), ..settings.clone() };
        let (x, info, _) = cr(&a, &b, &short);
        let (y, other, _) =
            minres(&a, &b, &Minres { tolerance: 1e-11, iterations: Some(k), ..Default::default() });
        assert!(distance(&x, &y) < 1e-5 * norm(&y), "{k}");
        assert!((info.residual_norm - other.residual_norm).abs() < 1e-5 * info.residual_norm);
        // The error and the quadratic fall, the length grows (Fong and Saunders 2012).
        let mut ax = vec![0.0; n];
        a.multiply(&x, &mut ax);
        let quadratic = 0.5 * dot(&x, &ax) - dot(&x, &b);
        assert!(distance(&x, &exact) < error && norm(&x) > length && quadratic < value, "{k}");
        (error, length, value) = (distance(&x, &exact), norm(&x), quadratic);
    }
}

#[test]
fn conjugate_residuals_end_where_they_do_not_apply() {
    let mut random = Random::new(39);
    let mut spectrum: Vec<f64> = (0..40).map(|i| 1.0 + f64::from(i)).collect();
    spectrum[3] = -0.5;
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let b = random.vector(40);
    let settings = ConjugateResiduals::default();
    let (x, info, _) = cr(&a, &b, &settings);
    assert_eq!(info.end, SolveEnd::NotDefinite);
    let r = residual(&a, &b, &x);
    assert!((info.residual_norm - norm(&r)).abs() < 1e-10 * norm(&b));
    let mut ar = vec![0.0; 40];
    a.multiply(&r, &mut ar);
    assert!(dot(&r, &ar) <= 1e-12 * norm(&r) * norm(&ar));
    // Semidefinite, b not in the range.
    spectrum[3] = 0.0;
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let (x, info, _) = cr(&a, &b, &settings);
    assert_eq!(info.end, SolveEnd::LeastSquares);
    let mut ar = vec![0.0; 40];
    a.multiply(&residual(&a, &b, &x), &mut ar);
    assert!(norm(&ar) <= 1e-5 * norm(&b));
    // A given start.
    spectrum[3] = 2.5;
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let mut x = b.clone();
    Lblt::new(&a).unwrap().solve(&mut x);
    let given = ConjugateResiduals { start: Start::Given, ..Default::default() };
    let info = given.solve(&a, &b, &mut x, &mut CrWork::new(&b)).unwrap();
    assert_eq!((info.end, info.iterations, info.products), (SolveEnd::Converged, 0, 2));
    // Trouble.
    let broken = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
    let (x, info, _) = cr(&broken, &vec![1.0, 2.0], &settings);
    assert_eq!((info.end, x), (SolveEnd::NotFinite, vec![0.0; 2]));
    let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
    let (_, info, _) = cr(&a, &vec![f64::NAN, 2.0], &settings);
    assert_eq!((info.end, info.products), (SolveEnd::NotFinite, 0));
    let (x, info, _) = cr(&a, &vec![0.0; 2], &settings);
    assert_eq!((info.end, info.iterations, x), (SolveEnd::Converged, 0, vec![0.0; 2]));
    let (x, info, _) = cr(&Matrix::from_rows(&[[4.0]]), &vec![2.0], &settings);
    assert_eq!((info.end, x), (SolveEnd::Converged, vec![0.5]));
    let (_, info, _) = cr(&Matrix::zeros(2, 2), &vec![1.0, 1.0], &settings);
    assert_eq!(info.end, SolveEnd::LeastSquares);
    let wrong = ConjugateResiduals { tolerance: 1.0, ..settings };
    assert_eq!(wrong.validate().unwrap_err().argument(), "tolerance");
}

#[test]
fn a_good_start_is_used() {
    let mut random = Random::new(37);
    let a = symmetric_with_spectrum(&indefinite(30), &mut random);
    let b = random.vector(30);
    let mut x = b.clone();
    Lblt::new(&a).unwrap().solve(&mut x);
    let exact = x.clone();
    x[3] += 1e-6;
    let mut work = MinresWork::new(&b);
    let settings = Minres { start: Start::Given, tolerance: 1e-10, ..Default::default() };
    let info = settings.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!(info.end, SolveEnd::Converged);
    assert!(info.true_residual_norm.unwrap() <= 1.01e-10 * norm(&b));
    let (_, cold, _) = minres(&a, &b, &Minres { tolerance: 1e-10, ..Default::default() });
    assert!(info.iterations < cold.iterations, "{} {}", info.iterations, cold.iterations);
    // Already there: one product, and one for the residual.
    x.copy_from_slice(&exact);
    let info = settings.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations, info.products), (SolveEnd::Converged, 0, 2));
    assert_eq!(x, exact);
}

#[test]
fn trouble_is_reported() {
    let broken = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
    let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, -1.0]]);
    let (b, zero) = (vec![1.0, 2.0], vec![0.0, 0.0]);
    let (x, info, _) = minres(&broken, &b, &Minres::default());
    assert_eq!((info.end, info.true_residual_norm), (SolveEnd::NotFinite, None));
    assert_eq!(x, zero);
    let (x, info, _) = qlp(&broken, &b, &MinresQlp::default());
    assert_eq!((info.end, x), (SolveEnd::NotFinite, zero.clone()));
    for b in [vec![f64::NAN, 1.0], vec![f64::INFINITY, 1.0]] {
        assert_eq!(minres(&a, &b, &Minres::default()).1.end, SolveEnd::NotFinite);
        assert_eq!(qlp(&a, &b, &MinresQlp::default()).1.end, SolveEnd::NotFinite);
    }
    let (x, info, history) = minres(&a, &zero, &Minres::default());
    assert_eq!((info.end, info.iterations, x), (SolveEnd::Converged, 0, zero.clone()));
    assert_eq!(history, [0.0]);
    let (x, info, _) = qlp(&a, &zero, &MinresQlp::default());
    assert_eq!((info.end, info.iterations, x), (SolveEnd::Converged, 0, zero));
    let settings = Minres { true_residual: TrueResidual::Skipped, ..Default::default() };
    let (_, info, _) = minres(&a, &b, &settings);
    assert_eq!((info.products, info.true_residual_norm), (info.iterations, None));
    // A zero operator: everything is a least-squares solution.
    let (x, info, _) = qlp(&Matrix::zeros(2, 2), &b, &MinresQlp::default());
    assert_eq!((info.end, x), (SolveEnd::LeastSquares, vec![0.0, 0.0]));
    // One unknown, none at all.
    let (x, info, _) = qlp(&Matrix::from_rows(&[[-4.0]]), &vec![2.0], &MinresQlp::default());
    assert_eq!((info.end, x), (SolveEnd::Converged, vec![-0.5]));
    let (x, info, _) = minres(&Matrix::from_rows(&[[-4.0]]), &vec![2.0], &Minres::default());
    assert_eq!((info.end, x), (SolveEnd::Converged, vec![-0.5]));
    let (_, info, _) = minres(&Matrix::zeros(0, 0), &Vec::new(), &Minres::default());
    assert_eq!(info.end, SolveEnd::Converged);
    let error = Minres { tolerance: f64::NAN, ..Default::default() }.validate().unwrap_err();
    assert_eq!(error.argument(), "tolerance");
    let error = MinresQlp { normal_tolerance: -1.0, ..Default::default() }.validate().unwrap_err();
    assert_eq!(error.argument(), "normal_tolerance");
}
