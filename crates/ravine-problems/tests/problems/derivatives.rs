//! The derivatives of all problems: against differences, and against each other to rounding.

use ravine::matrix::Matrix;
use ravine::objective::check_derivatives;
use ravine_problems::{Problem, all, named};

/// A point near the start where no derivative is right by accident.
fn near_start(problem: &Problem) -> Vec<f64> {
    let shifted = problem.start.iter().enumerate();
    let mut x: Vec<f64> =
        shifted.map(|(i, &x)| x + 0.01 * (1.0 + x.abs()) * (1.7 * i as f64 + 0.3).sin()).collect();
    if let Some(bounds) = &problem.bounds {
        bounds.project(&mut x);
    }
    x
}

#[test]
fn all_small_problems_agree_with_differences() {
    let mut checked = 0;
    // What is computed in single precision has steps of its own, below.
    let double = |l: &ravine_problems::Listing| !l.name.starts_with("single-precision");
    for listing in all().into_iter().filter(|l| l.dimension <= 40 && double(l)) {
        let problem = named(&listing.name).unwrap();
        let x = near_start(&problem);
        let check = check_derivatives(problem.objective.as_ref(), &x).unwrap();
        assert!(check.passed(), "{} at {x:?}:\n{check}", listing.name);
        checked += 1;
    }
    assert!(checked >= 50, "{checked}");
}

/// Central differences with a step of 0.03: an error of about `0.03^2 / 6` of third derivatives below
/// 1, and noise of `1e-7 / 0.03`.
#[test]
fn single_precision_agrees_with_wide_differences() {
    let problem = named("single-precision").unwrap();
    let f = problem.objective.as_hessian().unwrap();
    let x = near_start(&problem);
    let n = x.len();
    let direction: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5).cos() / (n as f64).sqrt()).collect();
    let (mut before, mut after, mut product) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut gradient = vec![0.0; n];
    f.value_and_gradient(&x, &mut gradient).unwrap();
    f.hessian_product(&x, &direction, &mut product).unwrap();
    let h = 0.03;
    let along = |h: f64| -> Vec<f64> { x.iter().zip(&direction).map(|(x, d)| x + h * d).collect() };
    let high = f.value_and_gradient(&along(h), &mut after).unwrap();
    let low = f.value_and_gradient(&along(-h), &mut before).unwrap();
    let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
    assert!(slope.abs() > 1e-2, "{slope}");
    assert!(((high - low) / (2.0 * h) - slope).abs() < 2e-4, "{slope}");
    for i in 0..n {
        let difference = (after[i] - before[i]) / (2.0 * h);
        assert!((difference - product[i]).abs() < 5e-4, "{i}: {difference} {}", product[i]);
    }
}

/// On the problems of Moré, Garbow and Hillstrom the gradient (recorded, or carried forward, from
/// the sum of squares) is `2 J'r` (from the residuals alone), and Hessian products are those of
/// the Hessian, to rounding of the terms that are added.
#[test]
fn derivatives_agree_with_each_other_to_rounding() {
    for number in 1..=35 {
        let problem = named(&format!("mgh:{number}")).unwrap();
        let f = problem.objective.as_residuals_and_hessian().unwrap();
        let x = near_start(&problem);
        let (n, m) = (x.len(), f.residual_count());
        let (mut r, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, n));
        f.residuals_and_jacobian(&x, &mut r, &mut jacobian).unwrap();
        let mut gradient = vec![0.0; n];
        let value = f.value_and_gradient(&x, &mut gradient).unwrap();
        let squares: f64 = r.iter().map(|r| r * r).sum();
        assert!((value - squares).abs() <= 1e-14 * squares, "mgh:{number}: {value} {squares}");
        for (j, gradient) in gradient.iter().enumerate() {
            let terms = jacobian.column(j).iter().zip(&r).map(|(a, r)| 2.0 * a * r);
            let (sum, size) = terms.fold((0.0, 0.0), |(s, z), t: f64| (s + t, z + t.abs()));
            // A residual is itself rounded, by the terms it is made of.
            let allowed = 1e-14 * size + 1e-15;
            assert!((gradient - sum).abs() <= allowed, "mgh:{number}, {j}: {gradient} {sum}");
        }
        let direction: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5).cos()).collect();
        let (mut hessian, mut product) = (Matrix::zeros(n, n), vec![0.0; n]);
        f.hessian(&x, &mut hessian).unwrap();
        f.hessian_product(&x, &direction, &mut product).unwrap();
        let largest = hessian.entries().iter().fold(0.0f64, |m, h| m.max(h.abs()));
        for (i, product) in product.iter().enumerate() {
            let expected: f64 = (0..n).map(|j| hessian[(i, j)] * direction[j]).sum();
            let allowed = 1e-14 * largest * n as f64;
            assert!((product - expected).abs() <= allowed, "mgh:{number}: {product} {expected}");
            assert!((0..n).all(|j| hessian[(i, j)] == hessian[(j, i)]), "mgh:{number}");
        }
    }
}
