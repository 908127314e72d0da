//! Gradients and products against differences, and against matrices made another way.

use ravine::objective::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, CaseGradients, FiniteSum,
    GaussNewtonProduct, Gradient, HessianProduct, Objective, Over,
};
use ravine_linalg::Vector;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Partitioned, Pointwise};
use ravine_nn::{Cpu, Loss, MeanLoss};

use crate::differences::{distance, slope};
use crate::networks::{Example, Parameters, all};

fn direction(x: &Parameters, seed: u64) -> Parameters {
    let mut v = x.clone();
    v.fill_normal(&mut Random::new(seed));
    v
}

fn along(x: &Parameters, t: f64, v: &Parameters) -> Parameters {
    let mut y = x.clone();
    y.axpy(t, v);
    y
}

/// Networks with kinks are linear between them: short steps stay there.
fn step(example: &Example) -> f64 {
    match example.name {
        "relu" | "squares" | "images" => 1e-4,
        // A normalization of four small numbers bends sharply.
        "transformer" => 4e-4,
        _ => 2e-3,
    }
}

fn tolerance(example: &Example) -> f64 {
    if step(example) < 2e-4 { 1e-9 } else { 1e-10 }
}

#[test]
fn gradients_are_those_of_the_values() {
    for example in all() {
        let f = example.mean_loss::<f64>(5).penalized(0.1).unwrap();
        let x = example.point(2);
        let mut gradient = x.clone();
        f.value_and_gradient(&x, &mut gradient).unwrap();
        for seed in 0..4 {
            let v = direction(&x, seed);
            let differenced = slope(step(&example), |t| vec![f.value(&along(&x, t, &v)).unwrap()]);
            let error = (gradient.dot(&v) - differenced[0]).abs() / (gradient.norm() * v.norm());
            assert!(error < tolerance(&example), "{}: {error:.1e}", example.name);
        }
    }
}

#[test]
fn hessian_products_are_differences_of_gradients() {
    for example in all() {
        let f = example.mean_loss::<f64>(5).penalized(0.1).unwrap();
        let x = example.point(2);
        let (u, v) = (direction(&x, 7), direction(&x, 8));
        let differenced = slope(step(&example), |t| {
            let mut gradient = x.clone();
            f.value_and_gradient(&along(&x, t, &v), &mut gradient).unwrap();
            gradient
        });
        let (mut product, mut other) = (x.clone(), x.clone());
        f.hessian_product(&x, &v, &mut product).unwrap();
        let error = distance(&product, &differenced);
        assert!(error < tolerance(&example), "{}: {error:.1e}", example.name);
        f.hessian_product(&x, &u, &mut other).unwrap();
        let asymmetry = (product.dot(&u) - other.dot(&v)).abs() / (product.norm() * u.norm());
        assert!(asymmetry < 1e-14, "{}: {asymmetry:.1e}", example.name);
    }
}

/// The Hessian of the loss in the outputs of one row, from its definition.
fn outputs_hessian(loss: Loss, z: &[f64]) -> Vec<Vec<f64>> {
    let n = z.len();
    let diagonal = |d: &dyn Fn(usize) -> f64| -> Vec<Vec<f64>> {
        (0..n).map(|i| (0..n).map(|j| if i == j { d(i) } else { 0.0 }).collect()).collect()
    };
    match loss {
        Loss::CrossEntropy => {
            let total: f64 = z.iter().map(|z| z.exp()).sum();
            let p: Vec<f64> = z.iter().map(|z| z.exp() / total).collect();
            let entry = |i: usize, j: usize| if i == j { p[i] } else { 0.0 } - p[i] * p[j];
            (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
        }
        Loss::Bernoulli => diagonal(&|i| 1.0 / (2.0 + z[i].exp() + (-z[i]).exp())),
        Loss::SquaredError { variance } => diagonal(&|_| 1.0 / variance),
        // The Fisher information.
        Loss::GaussianWithVariance => {
            diagonal(&|i| if i < n / 2 { (-z[i + n / 2]).exp() } else { 0.5 })
        }
        Loss::Poisson => diagonal(&|i| z[i].exp()),
    }
}

/// The outputs, and their slope along v by differences.
fn moved(f: &MeanLoss<Cpu<f64>>, x: &Parameters, v: &Parameters, h: f64) -> (Vec<f64>, Vec<f64>) {
    let cases: Vec<usize> = (0..f.cases()).collect();
    let z = f.outputs(x, &cases).unwrap();
    (z, slope(h, |t| f.outputs(&along(x, t, v), &cases).unwrap()))
}

#[test]
fn fisher_and_gauss_newton_products_are_congruences() {
    for example in all() {
        let (cases, eta) = (4, 0.3);
        let f = example.mean_loss::<f64>(cases).penalized(eta).unwrap();
        let x = example.point(3);
        let (u, v) = (direction(&x, 1), direction(&x, 2));
        let (z, dz_v) = moved(&f, &x, &v, step(&example));
        let (_, dz_u) = moved(&f, &x, &u, step(&example));
        let width = example.network.output().width();
        let rows = z.len() / width;
        let form: f64 = (0..rows)
            .map(|row| {
                let at = row * width..(row + 1) * width;
                let hessian = outputs_hessian(example.loss, &z[at.clone()]);
                let (du, dv) = (&dz_u[at.clone()], &dz_v[at]);
                let entries = (0..width).flat_map(|i| (0..width).map(move |j| (i, j)));
                entries.map(|(i, j)| du[i] * hessian[i][j] * dv[j]).sum::<f64>() / rows as f64
            })
            .sum();
        let right = form + eta * u.dot(&v);
        let all: Vec<usize> = (0..cases).collect();
        let mut product = x.clone();
        f.fisher_product(&x, &all, &v, &mut product).unwrap();
        let error = (product.dot(&u) - right).abs() / (product.norm() * u.norm());
        assert!(error < tolerance(&example), "{}: {error:.1e}", example.name);
        let mut same = x.clone();
        let gauss_newton = f.gauss_newton_product(&x, &v, &mut same);
        if example.loss.is_natural() {
            gauss_newton.unwrap();
            assert!(distance(&same, &product) < 1e-14, "{}", example.name);
        } else {
            assert!(gauss_newton.unwrap_err().to_string().contains("Fisher"));
        }
    }
}

#[test]
fn the_empirical_fisher_consists_of_the_gradients_of_cases() {
    for example in all() {
        let (cases, eta) = (4, 0.2);
        let f = example.mean_loss::<f64>(cases).penalized(eta).unwrap();
        let x = example.point(4);
        let v = direction(&x, 5);
        let (mut right, mut gradient) = (x.zeros_like(), x.clone());
        right.axpy(eta, &v);
        for case in 0..cases {
            f.case_gradient(&x, case, &mut gradient).unwrap();
            right.axpy(gradient.dot(&v) / cases as f64, &gradient);
        }
        let mut product = x.clone();
        f.empirical_fisher_product(&x, &[0, 1, 2, 3], &v, &mut product).unwrap();
        let error = distance(&product, &right);
        assert!(error < 1e-12, "{}: {error:.1e}", example.name);
    }
}

#[test]
fn batches_are_means_of_their_cases() {
    for example in all() {
        let f = example.mean_loss::<f64>(6).penalized(0.2).unwrap();
        let x = example.point(4);
        let v = direction(&x, 5);
        // One that is named twice counts twice.
        let batch = [4, 1, 1];
        let (mut value, mut mean, mut of_one) = (0.0, x.zeros_like(), x.clone());
        let (mut hessian, mut product) = (x.zeros_like(), x.clone());
        for case in batch {
            value += f.batch_value_and_gradient(&x, &[case], &mut of_one).unwrap() / 3.0;
            mean.axpy(1.0 / 3.0, &of_one);
            f.batch_hessian_product(&x, &[case], &v, &mut product).unwrap();
            hessian.axpy(1.0 / 3.0, &product);
        }
        let mut gradient = x.clone();
        let got = f.batch_value_and_gradient(&x, &batch, &mut gradient).unwrap();
        assert!((got - value).abs() < 1e-13 * value.abs().max(1.0), "{}", example.name);
        assert!(distance(&gradient, &mean) < 1e-12, "{}", example.name);
        f.batch_hessian_product(&x, &batch, &v, &mut product).unwrap();
        assert!(distance(&product, &hessian) < 1e-12, "{}", example.name);
        // An objective like any other.
        let over = Over::new(&f, &batch[..]);
        assert_eq!(over.value(&x).unwrap(), f.batch_value(&x, &batch).unwrap());
    }
}

#[test]
fn single_precision_is_double_precision_rounded() {
    for example in all() {
        let (double, single) = (example.mean_loss::<f64>(5), example.mean_loss::<f32>(5));
        let x = example.point(2);
        let v = direction(&x, 3);
        let narrow = |x: &Parameters| {
            let blocks = x.names().iter().zip(x.blocks());
            Partitioned::new(blocks.map(|(name, block)| {
                (name.clone(), block.iter().map(|&x| x as f32).collect::<Vec<f32>>())
            }))
            .unwrap()
        };
        let (x32, v32) = (narrow(&x), narrow(&v));
        let wide = |x: &Partitioned<Vec<f32>>| -> Vec<f64> {
            (0..x.dimension()).map(|i| x.get(i)).collect()
        };
        let flat = |x: &Parameters| -> Vec<f64> { x.blocks().concat() };
        let (mut of_double, mut of_single) = (x.clone(), x32.clone());
        double.hessian_product(&x, &v, &mut of_double).unwrap();
        single.hessian_product(&x32, &v32, &mut of_single).unwrap();
        let error = distance(&wide(&of_single), &flat(&of_double));
        assert!(error < 2e-5, "{}: {error:.1e}", example.name);
        let batch: Vec<usize> = (0..5).collect();
        double.fisher_product(&x, &batch, &v, &mut of_double).unwrap();
        single.fisher_product(&x32, &batch, &v32, &mut of_single).unwrap();
        let error = distance(&wide(&of_single), &flat(&of_double));
        assert!(error < 2e-5, "{}: {error:.1e}", example.name);
    }
}

/// More cases than are evaluated together, so that several recordings are kept.
#[test]
fn many_cases_are_a_sum_of_few() {
    let example = &all()[0];
    let (inputs, targets) = example.drawn(2500, 3);
    let f = example.over::<f64>(&inputs, &targets);
    let x = example.point(2);
    let v = direction(&x, 3);
    let (mut gradient, mut product) = (x.clone(), x.clone());
    let value = f.value_and_gradient(&x, &mut gradient).unwrap();
    f.hessian_product(&x, &v, &mut product).unwrap();
    let parts = [0..400, 400..1700, 1700..2500];
    let (mut sum, mut sum_gradient, mut sum_product) = (0.0, x.zeros_like(), x.zeros_like());
    for part in parts {
        let batch: Vec<usize> = part.collect();
        let share = batch.len() as f64 / 2500.0;
        let mut of_part = x.clone();
        sum += share * f.batch_value_and_gradient(&x, &batch, &mut of_part).unwrap();
        sum_gradient.axpy(share, &of_part);
        f.batch_gauss_newton_product(&x, &batch, &v, &mut of_part).unwrap();
        f.batch_hessian_product(&x, &batch, &v, &mut of_part).unwrap();
        sum_product.axpy(share, &of_part);
    }
    assert!((value - sum).abs() < 1e-13);
    assert!(distance(&gradient, &sum_gradient) < 1e-12);
    assert!(distance(&product, &sum_product) < 1e-12);
}

#[test]
fn batches_that_are_none_are_refused() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(3);
    let x = example.point(1);
    let message = f.batch_value(&x, &[]).unwrap_err().to_string();
    assert!(message.contains("no cases"), "{message}");
    let message = f.batch_value(&x, &[0, 3]).unwrap_err().to_string();
    assert!(message.contains("no case 3; there are 3"), "{message}");
}

#[test]
fn threads_change_nothing() {
    let example = &all()[6];
    let (inputs, targets) = example.drawn(300, 3);
    let f = example.over::<f64>(&inputs, &targets);
    let x = example.point(2);
    let mut one = x.clone();
    let value = f.value_and_gradient(&x, &mut one).unwrap();
    let mut two = x.clone();
    let g = example.over::<f64>(&inputs, &targets);
    let threads = ravine_linalg::Threads::new(2).unwrap();
    assert_eq!(threads.during(|| g.value_and_gradient(&x, &mut two)).unwrap(), value);
    assert!(distance(&two, &one) < 1e-14);
}
