//! One Krylov solver on one sparse problem, timed.
//!
//! `ravine-bench-krylov METHOD PROBLEM GRID TOLERANCE`: one JSON object on standard output, with
//! iterations, products, the true residual relative to that of zero, and seconds, those of a
//! preconditioner included. `scipy_peer.py` has the same problems.

use std::time::Instant;

use ravine::krylov::{
    CgWork, ConjugateGradient, ConjugateResiduals, CrWork, IncompleteCholesky, Jacobi, Lsmr,
    LsmrWork, Lsqr, LsqrWork, Minres, MinresQlp, MinresQlpWork, MinresWork, ShiftedCg,
    ShiftedCgWork, SolveInfo,
};
use ravine::matrix::SparseMatrix;
use ravine::operator::{LinearOperator, Shifted, Transposed};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Neighbours on a grid of k by k: `(node, neighbour, coupling)`, each pair once.
fn edges(k: usize, jumps: bool) -> impl Iterator<Item = (usize, usize, f64)> {
    let coefficient = move |i: usize, j: usize| {
        if jumps && (i / 8 + j / 8) % 2 == 1 { 1e3 } else { 1.0 }
    };
    (0..k * k).flat_map(move |node| {
        let (i, j) = (node / k, node % k);
        let right = (j + 1 < k).then_some((i, j + 1));
        let below = (i + 1 < k).then_some((i + 1, j));
        right.into_iter().chain(below).map(move |(y, x)| {
            let (a, b) = (coefficient(i, j), coefficient(y, x));
            (node, y * k + x, 2.0 * a * b / (a + b))
        })
    })
}

/// What a node adds to the diagonal.
fn potential(node: usize) -> f64 {
    1e-3 * (1.0 + (3.0 * node as f64).cos())
}

/// A graph Laplacian with a potential, minus a multiple of the identity.
fn laplacian(k: usize, jumps: bool, shift: f64) -> SparseMatrix {
    let mut triplets: Vec<_> =
        (0..k * k).map(|node| (node, node, potential(node) - shift)).collect();
    for (a, b, c) in edges(k, jumps) {
        triplets.extend([(a, a, c), (b, b, c), (a, b, -c), (b, a, -c)]);
    }
    SparseMatrix::from_triplets(k * k, k * k, &triplets)
}

/// Differences between neighbours, and each node itself a little: a smoothing problem.
fn differences(k: usize) -> SparseMatrix {
    let mut triplets = Vec::new();
    let mut rows = 0;
    for (a, b, _) in edges(k, false) {
        triplets.extend([(rows, a, 1.0), (rows, b, -1.0)]);
        rows += 1;
    }
    for node in 0..k * k {
        triplets.push((rows, node, 0.01));
        rows += 1;
    }
    SparseMatrix::from_triplets(rows, k * k, &triplets)
}

fn right_hand_side(rows: usize) -> Vec<f64> {
    (0..rows).map(|i| (1.0 + i as f64).sin()).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn shifts() -> Vec<f64> {
    (0..20).map(|k| 1e-3 * 1e3f64.powf(f64::from(k) / 19.0)).collect()
}

fn report(start: Instant, iterations: usize, products: usize, residual: f64) -> Value {
    json!({
        "seconds": start.elapsed().as_secs_f64(),
        "iterations": iterations,
        "products": products,
        "residual": residual,
    })
}

fn general(start: Instant, b: &[f64], info: &SolveInfo) -> Value {
    let residual = info.true_residual_norm.unwrap_or(f64::NAN) / norm(b);
    report(start, info.iterations, info.products, residual)
}

fn cg(start: Instant, a: &SparseMatrix, name: &str, tolerance: f64) -> Outcome<Value> {
    let (matrix, a) = (a, &Transposed::new(a));
    let b = right_hand_side(matrix.rows());
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let cg = ConjugateGradient { tolerance, ..Default::default() };
    let info = match name {
        "cg" => cg.solve(a, &b, &mut x, &mut work)?,
        "cg-jacobi" => {
            cg.solve_preconditioned(a, &Jacobi::of_sparse(matrix)?, &b, &mut x, &mut work)?
        }
        _ => {
            let m = IncompleteCholesky::default().factorize(matrix)?;
            cg.solve_preconditioned(a, &m, &b, &mut x, &mut work)?
        }
    };
    let residual = info.true_residual_norm.unwrap_or(f64::NAN) / norm(&b);
    Ok(report(start, info.iterations, info.products, residual))
}

/// Twenty dampings: in one run, or in one each.
fn dampings(start: Instant, a: &SparseMatrix, together: bool, tolerance: f64) -> Outcome<Value> {
    let b = right_hand_side(a.rows());
    let a = &Transposed::new(a);
    let shifts = shifts();
    let mut solutions = vec![vec![0.0; b.len()]; shifts.len()];
    let products = if together {
        let shifted = ShiftedCg { tolerance, ..Default::default() };
        let mut work = ShiftedCgWork::new(&b);
        shifted.solve(a, &shifts, &b, &mut solutions, &mut work)?.products
    } else {
        let cg = ConjugateGradient { tolerance, ..Default::default() };
        let mut work = CgWork::new(&b);
        let mut products = 0;
        for (x, &shift) in solutions.iter_mut().zip(&shifts) {
            products += cg.solve(&Shifted::new(a, shift)?, &b, x, &mut work)?.products;
        }
        products
    };
    let mut answer = report(start, products, products, 0.0);
    let mut worst = 0.0f64;
    let mut ax = vec![0.0; b.len()];
    for (x, &shift) in solutions.iter().zip(&shifts) {
        Shifted::new(a, shift)?.apply(x, &mut ax)?;
        ax.iter_mut().zip(&b).for_each(|(r, b)| *r = b - *r);
        worst = worst.max(norm(&ax) / norm(&b));
    }
    answer["residual"] = json!(worst);
    Ok(answer)
}

fn run(method: &str, problem: &str, k: usize, tolerance: f64) -> Outcome<Value> {
    let a = match problem {
        "laplacian" => laplacian(k, false, 0.0),
        "jumps" => laplacian(k, true, 0.0),
        "indefinite" => laplacian(k, false, 0.05),
        "differences" => differences(k),
        _ => return Err(format!("no problem {problem}").into()),
    };
    let b = right_hand_side(a.rows());
    let mut x = vec![0.0; a.columns()];
    // By columns: faster than by rows, and the same for a symmetric matrix.
    let symmetric = Transposed::new(&a);
    let start = Instant::now();
    Ok(match method {
        "cg" | "cg-jacobi" | "cg-cholesky" => cg(start, &a, method, tolerance)?,
        "dampings" => dampings(start, &a, true, tolerance)?,
        "dampings-alone" => dampings(start, &a, false, tolerance)?,
        "cr" => {
            let cr = ConjugateResiduals { tolerance, normal_tolerance: 0.0, ..Default::default() };
            general(start, &b, &cr.solve(&symmetric, &b, &mut x, &mut CrWork::new(&b))?)
        }
        "minres" => {
            let minres = Minres { tolerance, normal_tolerance: 0.0, ..Default::default() };
            general(start, &b, &minres.solve(&symmetric, &b, &mut x, &mut MinresWork::new(&b))?)
        }
        "minres-qlp" => {
            let qlp = MinresQlp { tolerance, normal_tolerance: 0.0, ..Default::default() };
            general(start, &b, &qlp.solve(&symmetric, &b, &mut x, &mut MinresQlpWork::new(&b))?)
        }
        "lsqr" => {
            let lsqr = Lsqr { tolerance: 0.0, operator_tolerance: tolerance, ..Default::default() };
            let mut work = LsqrWork::new(&b, &x);
            general(start, &b, &lsqr.solve(&a, &b, &mut x, &mut work)?)
        }
        "lsmr" => {
            let lsmr = Lsmr { tolerance: 0.0, operator_tolerance: tolerance, ..Default::default() };
            let mut work = LsmrWork::new(&b, &x);
            general(start, &b, &lsmr.solve(&a, &b, &mut x, &mut work)?)
        }
        _ => return Err(format!("no method {method}").into()),
    })
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, problem, grid, tolerance] = &arguments[..] else {
        return Err("METHOD PROBLEM GRID TOLERANCE".into());
    };
    println!("{}", run(method, problem, grid.parse()?, tolerance.parse()?)?);
    Ok(())
}
