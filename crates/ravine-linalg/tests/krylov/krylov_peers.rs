//! The Krylov solvers against SciPy's, on matrices with condition numbers to 1e10.
//!
//! `data/krylov_scipy.json` is what `bench/krylov/reference.py` writes; the matrices and right-hand
//! sides are those of `bench/krylov/problems.py`.

use std::cell::Cell;

use ravine_linalg::Interrupt;
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, Lsmr, LsmrWork, Lsqr, LsqrWork, Minres, MinresQlp,
    MinresQlpWork, MinresWork, SolveEnd,
};
use ravine_linalg::operator::{Adjoint, LinearOperator};

#[derive(serde::Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Debug, serde::Deserialize)]
struct Case {
    method: String,
    spectrum: String,
    rows: usize,
    columns: usize,
    condition: f64,
    right_hand_side: String,
    tolerance: f64,
    /// Of LSQR and LSMR: 1 for a small residual, 2 for a small A'r.
    end: usize,
    iterations: usize,
    residual: f64,
    normal_residual: f64,
}

/// A diagonal between Householder reflections, counting its products.
struct Reflected {
    rows: usize,
    diagonal: Vec<f64>,
    products: Cell<usize>,
}

fn spectrum(kind: &str, n: usize, condition: f64) -> Vec<f64> {
    let t = |i: usize| i as f64 / (n - 1) as f64;
    let entry = |i: usize| match kind {
        "geometric" => condition.powf(-t(i)),
        "indefinite" => condition.powf(-t(i)) * if i.is_multiple_of(3) { -1.0 } else { 1.0 },
        "clustered" => condition.powf(-((i % 10) as f64) / 9.0) * (1.0 + 1e-3 * t(i)),
        "outliers" if i < 5 => condition.powf(-((i + 1) as f64) / 5.0),
        "outliers" => 1.0 - t(i) / 2.0,
        _ => panic!("{kind}"),
    };
    (0..n).map(entry).collect()
}

/// `x = (I - 2 v v' / v'v) x` with `v_i = 1 + cos(3 i)`.
fn reflect(x: &mut [f64]) {
    let v = |i: usize| 1.0 + (3.0 * i as f64).cos();
    let (mut vx, mut vv) = (0.0, 0.0);
    for (i, x) in x.iter().enumerate() {
        vx += v(i) * x;
        vv += v(i) * v(i);
    }
    for (i, x) in x.iter_mut().enumerate() {
        *x -= 2.0 * vx / vv * v(i);
    }
}

impl LinearOperator<Vec<f64>> for Reflected {
    fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.products.set(self.products.get() + 1);
        let mut turned = x.clone();
        reflect(&mut turned);
        y.fill(0.0);
        for ((y, x), d) in y.iter_mut().zip(&turned).zip(&self.diagonal) {
            *y = d * x;
        }
        reflect(y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for Reflected {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.products.set(self.products.get() + 1);
        let mut turned = y.clone();
        reflect(&mut turned);
        for ((x, y), d) in x.iter_mut().zip(&turned).zip(&self.diagonal) {
            *x = d * y;
        }
        reflect(x);
        Ok(())
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn right_hand_side(kind: &str, a: &Reflected) -> Vec<f64> {
    let sine = |rows: usize| (0..rows).map(|i| (1.0 + i as f64).sin()).collect::<Vec<_>>();
    if kind == "sine" {
        return sine(a.rows);
    }
    let x: Vec<f64> = (0..a.diagonal.len()).map(|i| (i as f64).cos()).collect();
    let mut image = vec![0.0; a.rows];
    a.apply(&x, &mut image).unwrap();
    if kind == "noise" {
        let noise = sine(a.rows);
        let size = 1e-3 * norm(&image) / norm(&noise);
        image.iter_mut().zip(&noise).for_each(|(b, n)| *b += size * n);
    }
    image
}

/// Iterations, products, and the norms of r and `A'r / |r|` of what a solver found.
struct Found {
    iterations: usize,
    products: usize,
    residual: f64,
    normal_residual: f64,
}

fn case(case: &Case) -> (Reflected, Vec<f64>) {
    let diagonal = spectrum(&case.spectrum, case.columns, case.condition);
    let a = Reflected { rows: case.rows, diagonal, products: Cell::new(0) };
    let b = right_hand_side(&case.right_hand_side, &a);
    a.products.set(0);
    (a, b)
}

fn found(a: &Reflected, b: &Vec<f64>, x: &Vec<f64>, iterations: usize, products: usize) -> Found {
    assert_eq!(a.products.get(), products);
    let mut r = b.clone();
    a.apply(x, &mut r).unwrap();
    r.iter_mut().zip(b).for_each(|(r, b)| *r = b - *r);
    let mut normal = x.clone();
    a.apply_adjoint(&r, &mut normal).unwrap();
    Found {
        iterations,
        products,
        residual: norm(&r) / norm(b),
        normal_residual: norm(&normal) / norm(&r),
    }
}

fn reference(method: &str) -> Vec<Case> {
    let file = include_str!("../data/krylov_scipy.json");
    let reference: Reference = serde_json::from_str(file).unwrap();
    let cases: Vec<_> = reference.cases.into_iter().filter(|c| c.method == method).collect();
    assert!(cases.len() > 4);
    cases
}

/// No more iterations than SciPy, but for what rounding does to either.
fn check_iterations(found: &Found, case: &Case) {
    let allowed = 2 + case.iterations + case.iterations / 25;
    assert!(found.iterations <= allowed, "{} iterations: {case:?}", found.iterations);
}

#[test]
fn conjugate_gradients_reach_the_residuals_of_scipy() {
    for of in reference("cg") {
        let (a, b) = case(&of);
        let cg = ConjugateGradient { tolerance: of.tolerance, ..Default::default() };
        let (mut x, mut work) = (b.clone(), CgWork::new(&b));
        let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
        assert_eq!(info.end, CgEnd::Converged, "{of:?}");
        let found = found(&a, &b, &x, info.iterations, info.products);
        check_iterations(&found, &of);
        assert!(found.residual <= 1.01 * of.tolerance, "{:e} {of:?}", found.residual);
        let measured = info.true_residual_norm.unwrap() / norm(&b);
        assert!((measured - found.residual).abs() < 1e-3 * measured);
        assert_eq!(found.products, info.iterations + 1);
    }
}

#[test]
fn minimal_residuals_reach_the_residuals_of_scipy() {
    for of in reference("minres") {
        let (a, b) = case(&of);
        // SciPy stops by the residual relative to |A| |x|; the residual it reached is asked for.
        let tolerance = 1.001 * of.residual;
        let iterations = Some(20 * of.rows);
        let minres = Minres { tolerance, normal_tolerance: 0.0, iterations, ..Default::default() };
        let (mut x, mut work) = (b.clone(), MinresWork::new(&b));
        let info = minres.solve(&a, &b, &mut x, &mut work).unwrap();
        assert_eq!(info.end, SolveEnd::Converged, "{of:?}");
        let by_minres = found(&a, &b, &x, info.iterations, info.products);
        check_iterations(&by_minres, &of);
        assert!(by_minres.residual <= 1.01 * tolerance, "{:e} {of:?}", by_minres.residual);
        a.products.set(0);
        let qlp = MinresQlp { tolerance, normal_tolerance: 0.0, iterations, ..Default::default() };
        let mut work = MinresQlpWork::new(&b);
        let info = qlp.solve(&a, &b, &mut x, &mut work).unwrap();
        assert_eq!(info.end, SolveEnd::Converged, "{of:?}");
        let by_qlp = found(&a, &b, &x, info.iterations, info.products);
        check_iterations(&by_qlp, &of);
        assert!(by_qlp.residual <= 1.01 * tolerance, "{:e} {of:?}", by_qlp.residual);
    }
}

/// What is asked for, of A and of b: the residual that SciPy reached, or its test of A'r.
fn tolerances(of: &Case) -> (f64, f64) {
    if of.end == 1 { (0.0, 1.001 * of.residual) } else { (of.tolerance, 0.0) }
}

fn check_least_squares(found: &Found, end: SolveEnd, of: &Case) {
    check_iterations(found, of);
    if of.end == 1 {
        assert_eq!(end, SolveEnd::Converged, "{of:?}");
        assert!(found.residual <= 1.01 * of.residual, "{:e} {of:?}", found.residual);
    } else {
        assert_eq!(end, SolveEnd::LeastSquares, "{of:?}");
        assert!((found.residual - of.residual).abs() < 1e-8 * of.residual);
        assert!(found.normal_residual < 1.1 * of.normal_residual, "{:e}", found.normal_residual);
    }
}

#[test]
fn lsqr_reaches_the_residuals_of_scipy() {
    for of in reference("lsqr") {
        let (a, b) = case(&of);
        let (operator_tolerance, tolerance) = tolerances(&of);
        let condition_limit = f64::INFINITY;
        let lsqr = Lsqr { tolerance, operator_tolerance, condition_limit, ..Default::default() };
        let mut x = vec![0.0; of.columns];
        let mut work = LsqrWork::new(&b, &x);
        let info = lsqr.solve(&a, &b, &mut x, &mut work).unwrap();
        let found = found(&a, &b, &x, info.iterations, info.products);
        check_least_squares(&found, info.end, &of);
    }
}

#[test]
fn lsmr_reaches_the_residuals_of_scipy() {
    for of in reference("lsmr") {
        let (a, b) = case(&of);
        let (operator_tolerance, tolerance) = tolerances(&of);
        let condition_limit = f64::INFINITY;
        let lsmr = Lsmr { tolerance, operator_tolerance, condition_limit, ..Default::default() };
        let mut x = vec![0.0; of.columns];
        let mut work = LsmrWork::new(&b, &x);
        let info = lsmr.solve(&a, &b, &mut x, &mut work).unwrap();
        let found = found(&a, &b, &x, info.iterations, info.products);
        check_least_squares(&found, info.end, &of);
    }
}
