//! Hessians by differences against closed forms: in any units, with noise, and with the error that they tell.

use ravine::Conditions;
use ravine::matrix::Matrix;
use ravine::methods::{DampedNewton, NewtonCg};
use ravine::objective::{
    Differences, Hessian, HessianProduct, Scheme, Supplies, from_gradient, from_value,
};
use ravine::oracle::{FiniteDifferences, Oracle};
use ravine::{Bounds, minimize};

/// `exp(u v) + (u - 2)^2 + cos(v) / 2` with `u = x_0 / d_0`, `v = x_1 / d_1`, times c.
struct Model {
    d: [f64; 2],
    c: f64,
}

impl Model {
    fn value(&self, x: &[f64]) -> f64 {
        let [u, v] = [x[0] / self.d[0], x[1] / self.d[1]];
        self.c * ((u * v).exp() + (u - 2.0).powi(2) + 0.5 * v.cos())
    }

    fn gradient(&self, x: &[f64], g: &mut [f64]) {
        let [u, v] = [x[0] / self.d[0], x[1] / self.d[1]];
        let e = (u * v).exp();
        g[0] = self.c / self.d[0] * (v * e + 2.0 * (u - 2.0));
        g[1] = self.c / self.d[1] * (u * e - 0.5 * v.sin());
    }

    /// Times `d_i d_j / c`.
    fn hessian(&self, x: &[f64]) -> [f64; 3] {
        let [u, v] = [x[0] / self.d[0], x[1] / self.d[1]];
        let e = (u * v).exp();
        [v * v * e + 2.0, (1.0 + u * v) * e, u * u * e - 0.5 * v.cos()]
    }

    /// The largest error of the Hessian h at x over its largest entry, each in the units of its variables.
    fn error(&self, x: &[f64], h: &Matrix) -> f64 {
        let exact = self.hessian(x);
        let scaled = |i: usize, j: usize| h[(i, j)] * self.d[i] * self.d[j] / self.c;
        let found = [scaled(0, 0), scaled(0, 1), scaled(1, 1)];
        let largest = exact.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        found.iter().zip(exact).fold(0.0f64, |m, (f, e)| m.max((f - e).abs())) / largest
    }
}

/// The Hessian and the error that is told of it.
fn hessian(f: &dyn Supplies, x: &[f64], conditions: Conditions<'_>) -> (Matrix, f64) {
    let oracle = Oracle::new(f, conditions);
    let f = FiniteDifferences::new(&oracle).unwrap();
    let mut h = Matrix::zeros(x.len(), x.len());
    f.hessian(x, &mut h).unwrap();
    (h, f.hessian_error().unwrap())
}

fn scheme(scheme: Scheme) -> Conditions<'static> {
    Conditions::default().differences(Differences { scheme, ..Differences::default() })
}

/// Noise of the size e that repeats: the digits of a product beyond those that are kept.
fn noise(x: &[f64], e: f64) -> f64 {
    let mixed = x.iter().fold(0.5, |m: f64, x| (m * 7919.0 + x.to_bits() as f64 * 1e-3).sin());
    e * mixed
}

#[test]
fn units_change_nothing_but_units() {
    for d in [[1.0, 1.0], [1e-6, 1e6], [1e8, 1e-9], [1e-20, 1e-20]] {
        for c in [1.0, 1e-30, 1e40] {
            let model = Model { d, c };
            let x = [0.7 * d[0], 1.3 * d[1]];
            let values = from_value(2, |x: &[f64]| model.value(x));
            let gradients = from_gradient(2, |x: &[f64], g: &mut [f64]| {
                model.gradient(x, g);
                model.value(x)
            });
            let cases: [(&dyn Supplies, Scheme, f64); 3] = [
                (&values, Scheme::Central, 1e-6),
                (&gradients, Scheme::Forward, 1e-6),
                (&gradients, Scheme::Central, 1e-8),
            ];
            for (f, kind, most) in cases {
                let (h, told) = hessian(f, &x, scheme(kind));
                let error = model.error(&x, &h);
                assert!(error < most, "{d:?} {c} {kind:?}: {error}");
                assert!(
                    error < 10.0 * told + 1e-9 && told < 1e-4,
                    "{d:?} {c} {kind:?}: {told} {error}"
                );
            }
        }
    }
}

/// A narrow peak far from zero: the size of the variable says nothing of the length that counts.
#[test]
fn steps_are_found_where_the_function_turns_quickly() {
    let (centre, width) = (1.7e9, 30.0);
    let f = |x: f64| -(-0.5 * ((x - centre) / width).powi(2)).exp();
    let x = centre + 12.0;
    let u = (x - centre) / width;
    let exact = (1.0 - u * u) * (-0.5 * u * u).exp() / width / width;
    let values = from_value(1, |x: &[f64]| f(x[0]));
    let gradients = from_gradient(1, |x: &[f64], g: &mut [f64]| {
        g[0] = -f(x[0]) * (x[0] - centre) / width / width;
        f(x[0])
    });
    let cases: [(&dyn Supplies, f64); 2] = [(&values, 1e-3), (&gradients, 1e-4)];
    for (f, most) in cases {
        let (h, told) = hessian(f, &[x], scheme(Scheme::Central));
        let error = (h[(0, 0)] / exact - 1.0).abs();
        assert!(error < most, "{error}");
        assert!(error < 3.0 * told && told < 1e-2, "{error} {told}");
    }
}

#[test]
fn steps_are_long_enough_for_noise_and_what_is_left_is_told() {
    let model = Model { d: [1.0, 1e-3], c: 1.0 };
    let x = [0.7, 1.3e-3];
    for (level, most) in [(1e-12, 1e-3), (1e-9, 1e-2), (1e-6, 0.2)] {
        let noisy = from_value(2, |x: &[f64]| model.value(x) + noise(x, level));
        let (h, told) = hessian(&noisy, &x, scheme(Scheme::Central));
        let error = model.error(&x, &h);
        assert!(error < most, "{level}: {error}");
        assert!(error < 5.0 * told, "{level}: {error} {told}");
    }
    for (level, most) in [(1e-10, 1e-4), (1e-7, 1e-3), (1e-4, 0.1)] {
        let noisy = from_gradient(2, |x: &[f64], g: &mut [f64]| {
            model.gradient(x, g);
            let mixed = noise(x, level);
            g[0] += mixed;
            g[1] -= 1e3 * mixed;
            model.value(x)
        });
        let (h, told) = hessian(&noisy, &x, scheme(Scheme::Central));
        let error = model.error(&x, &h);
        assert!(error < most, "{level}: {error}");
        assert!(error < 5.0 * told, "{level}: {error} {told}");
    }
    // Nothing but noise.
    let nothing = from_value(2, |x: &[f64]| 1.0 + noise(x, 1e-3));
    assert!(hessian(&nothing, &x, scheme(Scheme::Central)).1 > 1e-2);
    // A kink at the point itself: no step is good.
    let kink = from_gradient(1, |x: &[f64], g: &mut [f64]| {
        g[0] = (x[0] - 1.0).signum() + x[0];
        (x[0] - 1.0).abs() + 0.5 * x[0] * x[0]
    });
    assert!(hessian(&kink, &[1.0], scheme(Scheme::Central)).1 > 1e-2);
}

/// Next to bounds differences are taken to the other side, and a fixed variable has no diagonal entry.
#[test]
fn a_fixed_variable_keeps_its_mixed_derivatives() {
    let model = Model { d: [1.0, 1.0], c: 1.0 };
    let gradients = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        model.gradient(x, g);
        model.value(x)
    });
    let bounds = Bounds::new(vec![0.7, 1.3], vec![5.0, 1.3]).unwrap();
    let conditions = Conditions { bounds: Some(bounds), ..scheme(Scheme::Central) };
    let (h, told) = hessian(&gradients, &[0.7, 1.3], conditions);
    let exact = model.hessian(&[0.7, 1.3]);
    assert!((h[(0, 0)] - exact[0]).abs() < 1e-7 && (h[(0, 1)] - exact[1]).abs() < 1e-7);
    assert_eq!((h[(1, 0)], h[(1, 1)]), (h[(0, 1)], 0.0));
    assert!(told < 1e-4);
}

#[test]
fn a_run_tells_the_error_of_its_second_derivatives() {
    let model = Model { d: [1.0, 1.0], c: 1.0 };
    let clean = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        model.gradient(x, g);
        model.value(x)
    });
    // The gradient has hardly two digits.
    let rough = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        model.gradient(x, g);
        g[0] += noise(x, 1e-2);
        g[1] -= noise(x, 2e-2);
        model.value(x)
    });
    let x0 = vec![0.5, -0.5];
    let outcome = minimize(&clean, x0.clone(), DampedNewton::default());
    let outcome = outcome.differences(Differences::default()).run().unwrap();
    assert!(outcome.hessian_error.unwrap() < 1e-6);
    let outcome = minimize(&clean, x0.clone(), NewtonCg::default());
    let outcome = outcome.differences(Differences::default()).run().unwrap();
    assert!(outcome.hessian_error.unwrap() < 1e-6);
    let outcome = minimize(&rough, x0.clone(), DampedNewton::default());
    let outcome = outcome.differences(Differences::default()).run().unwrap();
    assert!(outcome.hessian_error.unwrap() > 1e-3);

    let oracle = Oracle::new(&rough as &dyn Supplies, Conditions::default());
    let f = FiniteDifferences::new(&oracle).unwrap();
    f.hessian_product(&x0, &vec![1.0, 1.0], &mut vec![0.0; 2]).unwrap();
    assert!(f.hessian_error().unwrap() > 1e-3);
}
