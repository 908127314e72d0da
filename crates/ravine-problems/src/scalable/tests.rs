//! Derivatives by hand against automatic ones and against each other, and solutions.

use ravine::autodiff::Autodiff;
use ravine::matrix::Matrix;
use ravine::objective::{Hessian, HessianProduct, SparseHessian};

use super::chains::{Broyden, Powell, Rosenbrock};
use super::elements::{Elements, PartiallySeparable};
use super::grids::{Grid, Load, Membrane, MinimalSurface};
use super::*;
use crate::{mgh, named};

fn wave(n: usize, speed: f64) -> Vec<f64> {
    (0..n).map(|i| 0.8 * (1.0 + speed * i as f64).sin() + 0.1).collect()
}

fn assert_close(a: &[f64], b: &[f64], what: &str) {
    let scale = b.iter().fold(1e-3f64, |m, b| m.max(b.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-13 * scale, "{what}, entry {i}: {a} {b}");
    }
}

/// Value, gradient, product and dense Hessian of two objectives are the same.
fn assert_same(f: &dyn Hessian, reference: &dyn Hessian) {
    let n = f.dimension();
    assert_eq!(reference.dimension(), n);
    for speed in [0.7, 2.1] {
        let (x, d) = (wave(n, speed), wave(n, 3.0 * speed));
        let (mut g, mut expected) = (vec![0.0; n], vec![0.0; n]);
        let value = f.value_and_gradient(&x, &mut g).unwrap();
        let known = reference.value_and_gradient(&x, &mut expected).unwrap();
        assert_close(&[value, f.value(&x).unwrap()], &[known, known], "value");
        assert_close(&g, &expected, "gradient");
        f.hessian_product(&x, &d, &mut g).unwrap();
        reference.hessian_product(&x, &d, &mut expected).unwrap();
        assert_close(&g, &expected, "product");
        let (mut hessian, mut known) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
        f.hessian(&x, &mut hessian).unwrap();
        reference.hessian(&x, &mut known).unwrap();
        assert_close(hessian.entries(), known.entries(), "Hessian");
    }
}

/// The sparse Hessian is the dense one.
fn assert_sparse(f: &dyn SparseHessian, reference: &dyn Hessian) {
    let n = f.dimension();
    for speed in [0.7, 2.1] {
        let x = wave(n, speed);
        let (mut dense, mut known) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
        reference.hessian(&x, &mut known).unwrap();
        // The pattern from one point serves at another.
        let mut sparse = f.sparse_hessian_pattern(&wave(n, 0.3)).unwrap();
        f.sparse_hessian(&x, &mut sparse).unwrap();
        for j in 0..n {
            let (rows, values) = sparse.column(j);
            for (&i, &value) in rows.iter().zip(values) {
                dense[(i, j)] = value;
            }
        }
        assert_close(dense.entries(), known.entries(), "sparse Hessian");
    }
}

fn assert_exact<const K: usize>(elements: impl Elements<K> + Clone + 'static) {
    let by_hand = PartiallySeparable(elements);
    let tape = Autodiff::new(by_hand.clone());
    assert_same(&by_hand, &tape);
    assert_sparse(&by_hand, &tape);
}

#[test]
fn derivatives_by_hand_are_those_of_automatic_differentiation() {
    assert_exact(Rosenbrock { n: 10, stride: 2 });
    assert_exact(Rosenbrock { n: 9, stride: 1 });
    assert_exact(Powell { n: 12 });
    assert_exact(Broyden { n: 7 });
    assert_exact(Broyden { n: 1 });
    let grid = Grid { side: 4 };
    assert_exact(Membrane { grid, load: Load::Constant(3.0) });
    assert_exact(Membrane { grid, load: Load::Exponential(5.0) });
    assert_exact(MinimalSurface { grid });
}

#[test]
fn the_same_functions_as_residuals() {
    for (name, number, n) in [
        ("extended-rosenbrock", 21, 6),
        ("extended-powell", 22, 8),
        ("trigonometric", 26, 7),
        ("broyden-tridiagonal", 30, 5),
    ] {
        let ours = named(&format!("{name}:n={n}")).unwrap();
        let paper = mgh::problem(number, Some(n), None).unwrap();
        assert_eq!(ours.start, paper.start, "{name}");
        let reference = paper.objective.as_hessian().unwrap();
        assert_same(ours.objective.as_hessian().unwrap(), reference);
        if let Some(f) = ours.objective.as_sparse_hessian() {
            assert_sparse(f, reference);
        }
    }
}

#[test]
fn known_minima_are_stationary() {
    for spec in ["extended-rosenbrock:n=20", "chained-rosenbrock:n=21", "extended-powell:n=20"] {
        let problem = named(spec).unwrap();
        let minimum = &problem.minima[0];
        let point = minimum.point.as_ref().unwrap();
        let mut gradient = vec![1.0; point.len()];
        let value = problem
            .objective
            .as_gradient()
            .unwrap()
            .value_and_gradient(point, &mut gradient)
            .unwrap();
        assert_eq!(value, minimum.value, "{spec}");
        assert!(gradient.iter().all(|&g| g == 0.0), "{spec}");
    }
    let problem = trigonometric(9).unwrap();
    let mut gradient = vec![1.0; 9];
    assert_eq!(
        problem
            .objective
            .as_gradient()
            .unwrap()
            .value_and_gradient(&vec![0.0; 9], &mut gradient)
            .unwrap(),
        0.0
    );
    assert_eq!(gradient, [0.0; 9]);
}

/// Newton's method with conjugate gradients, enough for convex problems of this size.
fn solve(f: &dyn HessianProduct<Point = Vec<f64>>, mut x: Vec<f64>) -> Vec<f64> {
    let n = x.len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut g = vec![0.0; n];
    for _ in 0..30 {
        f.value_and_gradient(&x, &mut g).unwrap();
        let (mut d, mut r) = (vec![0.0; n], g.iter().map(|g| -g).collect::<Vec<f64>>());
        let (mut p, mut image) = (r.clone(), vec![0.0; n]);
        let mut square = dot(&r, &r);
        if square < 1e-26 {
            break;
        }
        let target = 1e-20 * square;
        while square > target {
            f.hessian_product(&x, &p, &mut image).unwrap();
            let alpha = square / dot(&p, &image);
            for i in 0..n {
                d[i] += alpha * p[i];
                r[i] -= alpha * image[i];
            }
            let beta = dot(&r, &r) / square;
            square *= beta;
            for i in 0..n {
                p[i] = r[i] + beta * p[i];
            }
        }
        let value = f.value(&x).unwrap();
        let mut step = 1.0;
        loop {
            let trial: Vec<f64> = x.iter().zip(&d).map(|(x, d)| x + step * d).collect();
            if f.value(&trial).unwrap() <= value + 1e-12 * value.abs() || step < 1e-3 {
                x = trial;
                break;
            }
            step *= 0.5;
        }
    }
    x
}

#[test]
fn the_minimal_surface_approaches_that_of_scherk() {
    let error = |side: usize| {
        let surface = MinimalSurface { grid: Grid { side } };
        let problem = minimal_surface(side).unwrap();
        let u = solve(problem.objective.as_hessian_product().unwrap(), problem.start.clone());
        let nodes = surface.grid.nodes();
        u.iter().zip(nodes).map(|(u, node)| (u - surface.scherk(node)).abs()).fold(0.0, f64::max)
    };
    let (coarse, fine) = (error(7), error(15));
    // Half the spacing, a quarter of the error, or nearly so.
    assert!(fine < 0.02 && coarse / fine > 3.0, "{coarse} {fine}");
}

#[test]
fn bratu_solves_its_equation() {
    let (side, lambda) = (9, 5.0);
    let problem = bratu(side, lambda).unwrap();
    let u = solve(problem.objective.as_hessian_product().unwrap(), problem.start.clone());
    let at = |i: usize, j: usize| {
        let inner = 1..=side;
        let known = inner.contains(&i) && inner.contains(&j);
        if known { u[(j - 1) * side + i - 1] } else { 0.0 }
    };
    let h = 1.0 / (side + 1) as f64;
    for j in 1..=side {
        for i in 1..=side {
            let neighbours = at(i - 1, j) + at(i + 1, j) + at(i, j - 1) + at(i, j + 1);
            let equation = (4.0 * at(i, j) - neighbours) / (h * h) - lambda * at(i, j).exp();
            assert!(equation.abs() < 1e-9, "({i}, {j}): {equation}");
            // Symmetric, as the square is.
            assert!((at(i, j) - at(j, i)).abs() < 1e-12);
            assert!((at(i, j) - at(side + 1 - i, j)).abs() < 1e-12);
        }
    }
    assert!(at(5, 5) > 0.3 && at(5, 5) < 1.0, "{}", at(5, 5));
}

#[test]
fn starts_keep_the_bounds() {
    for spec in ["obstacle:grid=12", "torsion:grid=12"] {
        let problem = named(spec).unwrap();
        let bounds = problem.bounds.as_ref().unwrap();
        for ((&x, &l), &u) in problem.start.iter().zip(bounds.lower()).zip(bounds.upper()) {
            assert!(l <= x && x <= u, "{spec}: {l} {x} {u}");
        }
        // The bound matters: without it the solution would break it.
        let free = solve(problem.objective.as_hessian_product().unwrap(), problem.start.clone());
        let mut projected = free.clone();
        bounds.project(&mut projected);
        assert_ne!(free, projected, "{spec}");
    }
}

#[test]
fn a_pattern_that_lacks_an_entry_is_an_error() {
    let problem = chained_rosenbrock(3).unwrap();
    let mut diagonal =
        ravine::matrix::SparseMatrix::from_triplets(3, 3, &[(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0)]);
    let objective = problem.objective.as_sparse_hessian().unwrap();
    let error = objective.sparse_hessian(&[0.0; 3], &mut diagonal).unwrap_err();
    assert!(error.to_string().contains("no entry"), "{error}");
}

#[test]
fn grids_by_side_or_by_number_of_variables() {
    assert_eq!(named("minimal-surface:n=100489").unwrap().name, "minimal-surface:grid=317");
    assert_eq!(named("bratu:n=1e4").unwrap().objective.dimension(), 10_000);
}
