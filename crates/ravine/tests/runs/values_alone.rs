//! Runs by values alone: true ends at any scale, with noise, rounding, hidden variables, kinks and bounds.

use std::cell::Cell;

use ravine::methods::{Bfgs, Lbfgsb};
use ravine::minimize::{Outcome, Status, minimize};
use ravine::objective::{Bounds, Differences, from_value};

/// From `x0` by BFGS, or by L-BFGS-B within bounds; and the calls that it took.
fn run(
    f: impl Fn(&[f64]) -> f64,
    x0: &[f64],
    bounds: Option<(f64, f64)>,
) -> (Outcome<Vec<f64>>, u32) {
    let calls = Cell::new(0);
    let f = from_value(x0.len(), |x: &[f64]| {
        calls.set(calls.get() + 1);
        f(x)
    });
    let (n, differences) = (x0.len(), Differences::default());
    let outcome = match bounds {
        None => minimize(&f, x0.to_vec(), Bfgs::default()).differences(differences).run(),
        Some((lower, upper)) => minimize(&f, x0.to_vec(), Lbfgsb::default())
            .differences(differences)
            .within(Bounds::new(vec![lower; n], vec![upper; n]).unwrap())
            .run(),
    };
    (outcome.unwrap(), calls.get())
}

/// It converged at `right`, to `error` in these units, within so many calls.
#[track_caller]
fn finds(run: (Outcome<Vec<f64>>, u32), right: &[f64], unit: f64, error: f64, most: u32) {
    let (outcome, calls) = run;
    let off = outcome.x.iter().zip(right).map(|(x, right)| ((x - right) / unit).abs());
    let off = off.fold(0.0, f64::max);
    let said = format!("{}: {:?}, off by {off:e}, {calls} calls", outcome.status, outcome.x);
    assert!(outcome.status.converged() && off <= error && calls <= most, "{said}");
}

fn rosenbrock(x: &[f64]) -> f64 {
    100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)
}

/// Numbers like noise of standard deviation 1, the same ones in each run.
fn noise(x: &[f64]) -> f64 {
    let mix = |h: u64, x: &f64| (h ^ x.to_bits()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = x.iter().fold(17, mix);
    let bits = (bits ^ (bits >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((bits >> 11) as f64 / (1u64 << 53) as f64 - 0.5) * 12f64.sqrt()
}

#[test]
fn a_start_at_zero_does_not_hide_the_scale() {
    for s in [1e-100, 1e-30, 1e-15, 1e-8, 1e-3, 1.0, 1e3, 1e8, 1e15, 1e30] {
        finds(run(|x| (x[0] / s - 1.0).powi(2), &[0.0], None), &[s], s, 1e-8, 60);
    }
    for s in [1e-30, 1e-10, 1.0, 1e10, 1e30] {
        let f = |x: &[f64]| rosenbrock(&[x[0] / s, x[1] / s]);
        finds(run(f, &[-1.2 * s, s], None), &[s, s], s, 1e-7, 200);
    }
    for s in [1e-10, 1.0, 1e10, 1e30] {
        let f = |x: &[f64]| rosenbrock(&[x[0] / s, x[1] / s]);
        finds(run(f, &[0.0, s], None), &[s, s], s, 1e-7, 400);
    }
    for s in [1e-4, 1e4] {
        let f = |x: &[f64]| (x[0] - 1.0).powi(2) + (x[1] / s - 2.0).powi(2);
        let (mut outcome, calls) = run(f, &[0.0; 2], None);
        outcome.x[1] /= s;
        finds((outcome, calls), &[1.0, 2.0], 1.0, 1e-7, 150);
    }
}

#[test]
fn the_scale_of_the_function_changes_nothing() {
    for s in [1e-100, 1e-30, 1e-10, 1e10, 1e30, 1e100] {
        finds(run(|x| s * rosenbrock(x), &[-1.2, 1.0], None), &[1.0; 2], 1.0, 1e-7, 200);
    }
}

/// What a large constant hides is all that is left: a unit of rounding of the value, over curvatures of 1/2 and
/// more, moves x by `2 sqrt(e c)`.
#[test]
fn a_large_constant_hides_no_more_than_rounding() {
    for c in [1e4f64, 1e8, 1e10, 1e12] {
        let hidden = 2.0 * (f64::EPSILON * c).sqrt();
        let found = run(|x| c + rosenbrock(x), &[-1.2, 1.0], None);
        finds(found, &[1.0; 2], 1.0, 10.0 * hidden, 600);
    }
}

#[test]
fn noise_and_coarse_values_are_measured() {
    for n in [1e-10f64, 1e-8, 1e-6, 1e-4] {
        let near = 20.0 * n.sqrt();
        let (outcome, _) = run(|x| n * noise(x) + rosenbrock(x), &[-1.2, 1.0], None);
        let honest = [Status::PrecisionLimit, Status::NoProgress].contains(&outcome.status);
        assert!(honest || outcome.status.converged(), "{n:e}: {}", outcome.status);
        assert!((outcome.x[0] - 1.0).abs() <= near, "{n:e}: {:?}", outcome.x);
        let f = |x: &[f64]| n * (rosenbrock(x) / n).round();
        let (outcome, _) = run(f, &[-1.2, 1.0], None);
        assert!((outcome.x[0] - 1.0).abs() <= near, "rounded to {n:e}: {:?}", outcome.x);
    }
    let single = |x: &[f64]| f64::from((1.0 + rosenbrock(x)) as f32);
    let (outcome, _) = run(single, &[-1.2, 1.0], None);
    assert!((outcome.x[0] - 1.0).abs() <= 20.0 * f64::from(f32::EPSILON).sqrt(), "{:?}", outcome.x);
}

#[test]
fn variables_that_the_start_does_not_show_are_found() {
    let hidden = |x: &[f64]| {
        let [a, b, c] = [x[0] - 1.0, x[1] - 4.0, x[2] + 7.0];
        a * a + (x[0] * b).powi(2) + (x[0] * x[0] * c).powi(2)
    };
    finds(run(hidden, &[0.0; 3], None), &[1.0, 4.0, -7.0], 1.0, 1e-6, 500);
    // From where cosh is 1e20, and hides the other variable.
    let far = |x: &[f64]| (x[0] - 3.0).cosh() + x[1].exp() - 2.0 * x[1];
    finds(run(far, &[50.0, -20.0], None), &[3.0, 2f64.ln()], 1.0, 1e-6, 900);
}

/// Central differences at a kink give the mean of both slopes.
#[test]
fn a_kink_is_no_minimum() {
    let kink = |x: &[f64]| (x[0] - 1.0).abs().max(3.0 * (x[1] - 2.0).abs());
    finds(run(kink, &[5.0, 9.0], None), &[1.0, 2.0], 1.0, 1e-6, 3000);
}

#[test]
fn a_start_on_a_bound_is_as_good_as_any() {
    for s in [1e-20, 1e-8, 1.0, 1e8] {
        let f = |x: &[f64]| (x[0] / s - 0.3).powi(2);
        finds(run(f, &[0.0], Some((0.0, s))), &[0.3 * s], s, 1e-7, 150);
    }
    let f = |x: &[f64]| (x[0] + 1.0).powi(2) + (x[1] - 0.3).powi(2);
    finds(run(f, &[0.0; 2], Some((0.0, 1.0))), &[0.0, 0.3], 1.0, 1e-7, 100);
}

/// Where nothing that values show is left to the method, it does not say that it has converged.
#[test]
fn what_cannot_be_represented_is_no_success() {
    // Second derivatives of 2e310.
    let (outcome, _) = run(|x| (x[0] / 1e-155 - 1.0).powi(2), &[0.0], None);
    assert!(!outcome.status.converged(), "{}", outcome.status);
}

/// Newton's step from a model that values show does not depend on units.
#[test]
fn variables_of_any_scales_beside_one_another() {
    for sizes in [&[1.0, 1e-10][..], &[1e5, 1e-5], &[1.0, 1e-15], &[1e-6, 1.0, 1e6], &[1.0, 2e30]] {
        let f = |x: &[f64]| x.iter().zip(sizes).map(|(x, s)| (x / s - 1.0).powi(2)).sum::<f64>();
        let (outcome, calls) = run(f, &vec![0.0; sizes.len()], None);
        let off = outcome.x.iter().zip(sizes).map(|(x, s)| (x / s - 1.0).abs()).fold(0.0, f64::max);
        let said = format!("{}: off by {off:e}, {calls} calls", outcome.status);
        assert!(outcome.status.converged() && off < 1e-6 && calls < 2000, "{sizes:?}: {said}");
    }
    // Mixed terms, and variables of which the function knows nothing.
    let f = |x: &[f64]| {
        let (a, b) = (x[0] / 1e4, x[1] * 1e4);
        (a - 1.0).powi(2) + (b - 1.0).powi(2) + a * b
    };
    let (outcome, _) = run(f, &[0.0; 2], None);
    let [a, b] = [outcome.x[0] / 1e4, outcome.x[1] * 1e4];
    let off = (a - 2.0 / 3.0).abs().max((b - 2.0 / 3.0).abs());
    assert!(outcome.status.converged() && off < 1e-6, "{}: {a}, {b}", outcome.status);
    for beside in [&[1e20][..], &[0.0, -1e20]] {
        let start: Vec<f64> = [1e-3].iter().chain(beside).copied().collect();
        let (outcome, _) = run(|x| (x[0] - 1.0).powi(2), &start, None);
        let off = (outcome.x[0] - 1.0).abs();
        assert!(outcome.status.converged() && off < 1e-6, "{}: {off:e}", outcome.status);
    }
}

#[test]
fn the_largest_and_the_smallest_values() {
    for s in [1e-300, 1e-200, 1e200, 1e300] {
        let f = |x: &[f64]| s * ((x[0] - 1.0).powi(2) + 5.0 * (x[1] + 2.0).powi(2));
        finds(run(f, &[0.0; 2], None), &[1.0, -2.0], 1.0, 1e-5, 400);
        // It may give up, but not say that it is done.
        let (outcome, _) = run(|x| s * rosenbrock(x), &[-1.2, 1.0], None);
        assert!(
            !outcome.status.converged() || outcome.value < 1e-10 * s,
            "{s:e}: {}",
            outcome.value
        );
    }
}

/// Where the value is zero any decrease shows, however small.
#[test]
fn a_start_with_value_zero_is_no_end() {
    for s in [1e-30, 1e-15, 1e-10, 1.0, 1e10] {
        let outcome = run(|x| s * (x[0] - x[1]), &[0.0; 2], Some((-1.0, 1.0)));
        finds(outcome, &[-1.0, 1.0], 1.0, 1e-12, 600);
    }
}

/// A function within finite bounds has a lower bound.
#[test]
fn nothing_is_unbounded_within_bounds() {
    let (outcome, _) = run(|x| x[0] - x[0].sqrt(), &[0.0], Some((0.0, 1.0)));
    assert!(outcome.status != Status::Unbounded, "{}", outcome.status);
}

/// With noise of any size in them, an end is one: where a model that values show leaves no more than noise.
#[test]
fn noise_is_neither_an_end_nor_in_the_way_of_one() {
    for s in [1e-2, 1e-3, 1e-5, 1e-8, 1e-10] {
        for seed in 0..10 {
            let noisy = |f: &dyn Fn(&[f64]) -> f64, x: &[f64]| {
                f(x) + s * noise(&[x, &[f64::from(seed)]].concat())
            };
            let quadratic = |x: &[f64]| x.iter().map(|x| (x - 1.0).powi(2)).sum::<f64>();
            let (outcome, _) = run(|x| noisy(&quadratic, x), &[3.0; 3], None);
            let left = quadratic(&outcome.x);
            let said = format!("{s:e}, {seed}: {left:e}, {}", outcome.status);
            assert!(outcome.status.converged() && left < 20.0 * s, "{said}");
            // A valley whose curvature the noise hides.
            let (outcome, _) = run(|x| noisy(&rosenbrock, x), &[-1.2, 1.0], None);
            let left = rosenbrock(&outcome.x);
            let said = format!("{s:e}, {seed}: {left:e}, {}", outcome.status);
            assert!(!outcome.status.converged() || left < 50.0 * s, "{said}");
        }
    }
}
