//! Curvature of a network in the form that the tools of the library take, against dense algebra.

use ravine::objective::{FiniteSum, Gradient, Hessian, HessianProduct, Objective, Supplies};
use ravine_linalg::Vector;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_nn::{BlockSpectra, Cpu, CurvatureMatrix, Flat, MeanLoss};

use crate::networks::all;

/// The matrix, a product a column.
fn dense(
    f: &MeanLoss<Cpu<f64>>,
    x: &ravine_nn::Parameters<Cpu<f64>>,
    matrix: CurvatureMatrix,
) -> Matrix {
    let flat = Flat::new(f).with_matrix(matrix);
    let n = flat.dimension();
    let mut hessian = Matrix::zeros(n, n);
    flat.hessian(&flat.join(x), &mut hessian).unwrap();
    hessian
}

#[test]
fn one_vector_and_blocks_are_the_same_function() {
    for example in all() {
        let f = example.mean_loss::<f64>(7).penalized(0.1).unwrap();
        let flat = Flat::new(&f);
        let x = example.point(2);
        let joined = flat.join(&x);
        assert_eq!((flat.split(&joined), flat.dimension()), (x.clone(), joined.len()));
        assert_eq!(flat.value(&joined).unwrap(), f.value(&x).unwrap());
        let (mut of_blocks, mut of_one) = (x.zeros_like(), joined.zeros_like());
        f.value_and_gradient(&x, &mut of_blocks).unwrap();
        flat.value_and_gradient(&joined, &mut of_one).unwrap();
        assert_eq!(flat.join(&of_blocks), of_one, "{}", example.name);
        // Differences of gradients along a direction.
        let direction: Vec<f64> = (0..joined.len()).map(|i| (i as f64).cos()).collect();
        let mut product = joined.zeros_like();
        flat.hessian_product(&joined, &direction, &mut product).unwrap();
        let step = 1e-6;
        let gradient = |sign: f64| {
            let (mut at, mut g) = (joined.clone(), joined.zeros_like());
            at.axpy(sign * step, &direction);
            flat.value_and_gradient(&at, &mut g).unwrap();
            g
        };
        let mut difference = gradient(1.0);
        difference.axpy(-1.0, &gradient(-1.0));
        difference.scale(0.5 / step);
        let smooth = !matches!(example.name, "relu" | "images" | "squares");
        difference.axpy(-1.0, &product);
        let error = difference.norm() / product.norm();
        assert!(!smooth || error < 1e-6, "{}: {error:.1e}", example.name);
        assert!(flat.as_hessian().is_some() && flat.as_batch_gradient().is_some());
    }
}

#[test]
fn matrices_are_those_of_their_products() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(9);
    let x = example.point(5);
    let distance = |a: &Matrix, b: &Matrix| {
        let pairs = a.entries().iter().zip(b.entries());
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    };
    let [hessian, gauss_newton, fisher, empirical] =
        CurvatureMatrix::NAMES.map(|(_, matrix)| dense(&f, &x, matrix));
    // For cross entropy the Gauss-Newton matrix is the Fisher information; the others are not.
    assert!(distance(&gauss_newton, &fisher) < 1e-14);
    assert!(distance(&hessian, &fisher) > 1e-2 && distance(&empirical, &fisher) > 1e-2);
    for (name, matrix) in CurvatureMatrix::NAMES {
        assert_eq!((name.parse(), matrix.name()), (Ok(matrix), name));
    }
    assert!("hesian".parse::<CurvatureMatrix>().unwrap_err().to_string().contains("gauss-newton"));
    // Of targets that are drawn from the predictions the empirical Fisher matrix is the Fisher information on average:
    // the mean of 2000 of them is within a few standard errors, its own differ by far more.
    let draws = 2000;
    let mut mean = Matrix::zeros(hessian.rows(), hessian.rows());
    let mut single = 0.0;
    for seed in 0..draws {
        let drawn = f.with_drawn_targets(&x, seed).unwrap();
        let of_it = dense(&drawn, &x, CurvatureMatrix::EmpiricalFisher);
        single += distance(&of_it, &fisher).powi(2) / draws as f64;
        for j in 0..mean.rows() {
            (0..mean.rows()).for_each(|i| mean[(i, j)] += of_it[(i, j)] / draws as f64);
        }
    }
    let allowed = 1.5 * (single / draws as f64).sqrt();
    assert!(distance(&mean, &fisher) < allowed, "{} {allowed}", distance(&mean, &fisher));
    assert!(distance(&empirical, &fisher) > 3.0 * allowed);
}

#[test]
fn blocks_have_their_own_eigenvalues() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(12).penalized(1e-2).unwrap();
    let x = example.point(5);
    let hessian = dense(&f, &x, CurvatureMatrix::Hessian);
    let ranges = Flat::new(&f).ranges();
    let exact = BlockSpectra::default().measure(&hessian, &ranges).unwrap();
    let lanczos = BlockSpectra { exact: 0, products: 60, ..BlockSpectra::default() };
    let found = lanczos.measure(&hessian, &ranges).unwrap();
    let mut total = 0.0;
    for ((range, exact), found) in ranges.iter().zip(&exact).zip(&found) {
        let n = range.len();
        let block = Matrix::from_fn(n, n, |i, j| hessian[(range.start + i, range.start + j)]);
        let eigen = SymmetricEigen::new(&block).unwrap();
        let largest = *eigen.values().last().unwrap();
        assert!((exact.largest - largest).abs() < 1e-14 * eigen.norm());
        assert!((found.largest - largest).abs() < 1e-6 * eigen.norm() && found.converged);
        let trace: f64 = eigen.values().iter().sum();
        total += trace;
        assert!((exact.trace.value - trace).abs() < 1e-13);
        assert!((found.trace.value - trace).abs() < 1e-8 + 4.0 * found.trace.standard_error);
    }
    let trace: f64 = (0..hessian.rows()).map(|i| hessian[(i, i)]).sum();
    assert!((total - trace).abs() < 1e-12, "the blocks are all of the diagonal");
    let empty = BlockSpectra::default().measure(&hessian, &[0..2, 3..3]).unwrap_err().to_string();
    assert!(empty.contains("ranges"), "{empty}");
}

/// From the gradient of each case; and a batch that is drawn with replacement has the variance that it says.
#[test]
fn the_noise_of_gradients_is_that_of_the_cases() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(50).penalized(0.2).unwrap();
    let x = example.point(4);
    let mut gradient = x.zeros_like();
    f.value_and_gradient(&x, &mut gradient).unwrap();
    let of_case = |case: usize| {
        let mut g = x.zeros_like();
        ravine::objective::BatchGradient::batch_value_and_gradient(&f, &x, &[case], &mut g)
            .unwrap();
        g.axpy(-1.0, &gradient);
        g.dot(&g)
    };
    let variance = (0..f.cases()).map(of_case).sum::<f64>() / 50.0;
    let noise = f.gradient_noise(&x, 1000, 0).unwrap();
    assert!((noise.variance / variance - 1.0).abs() < 1e-12 && noise.cases == 50);
    assert!((noise.gradient - gradient.norm()).abs() < 1e-15);
    assert_eq!(noise.scale, noise.variance / noise.gradient.powi(2));
    // Samples without replacement of a population: their variance, with n - 1, is on average N/(N - 1) times as large.
    let draws = 400;
    let mean = (0..draws).map(|seed| f.gradient_noise(&x, 10, seed).unwrap().variance).sum::<f64>();
    let ratio = mean / f64::from(draws as u32) / (variance * 50.0 / 49.0);
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    assert!(f.gradient_noise(&x, 0, 0).is_err());
}
