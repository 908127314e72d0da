//! Automatic differentiation against closed forms.

use ravine::autodiff::{Autodiff, Function, LeftOperand, Real, forward};
use ravine::matrix::Matrix;
use ravine::objective::{Derivatives, Loss, Residuals};
use ravine::{Gradient, Hessian, HessianProduct, Objective, objective, residuals};

/// Within `units` times the rounding of `scale`.
fn close(a: f64, b: f64, scale: f64, units: f64) -> bool {
    (a - b).abs() <= units * f64::EPSILON * (scale.abs() + a.abs().max(b.abs()))
}

fn gradient<O: Gradient<Point = Vec<f64>>>(f: &O, x: &[f64]) -> Vec<f64> {
    let mut g = vec![f64::NAN; x.len()];
    f.value_and_gradient(&x.to_vec(), &mut g).unwrap();
    g
}

fn hessian<O: Hessian>(f: &O, x: &[f64]) -> Matrix {
    let mut h = Matrix::from_fn(x.len(), x.len(), |_, _| f64::NAN);
    f.hessian(x, &mut h).unwrap();
    h
}

fn product<O: HessianProduct<Point = Vec<f64>>>(f: &O, x: &[f64], d: &[f64]) -> Vec<f64> {
    let mut p = vec![f64::NAN; x.len()];
    f.hessian_product(&x.to_vec(), &d.to_vec(), &mut p).unwrap();
    p
}

/// The elementary functions by number, at `x[0]`; the other variables are not used, and make the
/// difference between forward and reverse mode.
struct Elementary {
    which: usize,
    n: usize,
}

impl Function for Elementary {
    fn dimension(&self) -> usize {
        self.n
    }

    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        let x = x[0];
        match self.which {
            0 => x.recip(),
            1 => x.abs(),
            2 => x.sqrt(),
            3 => x.exp(),
            4 => x.exp_m1(),
            5 => x.ln(),
            6 => x.ln_1p(),
            7 => x.powi(5),
            8 => x.powi(-2),
            9 => x.powf(2.5),
            10 => x.sin(),
            11 => x.cos(),
            12 => x.tan(),
            13 => x.asin(),
            14 => x.acos(),
            15 => x.atan(),
            16 => x.sinh(),
            17 => x.cosh(),
            18 => x.tanh(),
            19 => x.softplus(),
            20 => 3.0 / x,
            21 => x.pow(x),
            22 => x.atan2(x * x),
            23 => x.pow(R::from(-1.5)),
            24 => R::from(2.0).pow(x),
            25 => (2.0 - x) / (x + 4.0) * (x - 0.5),
            26 => -x / 7.0,
            _ => (x * 2.0).max(x * x).min(R::from(1e6)),
        }
    }
}

/// Value, first and second derivative, in closed form.
fn closed_form(which: usize, x: f64) -> [f64; 3] {
    let root = (1.0 - x * x).sqrt();
    let logistic = 1.0 / (1.0 + (-x).exp());
    let ln2 = std::f64::consts::LN_2;
    match which {
        0 => [1.0 / x, -1.0 / (x * x), 2.0 / (x * x * x)],
        1 => [x.abs(), x.signum(), 0.0],
        2 => [x.sqrt(), 0.5 / x.sqrt(), -0.25 / (x * x.sqrt())],
        3 => [x.exp(), x.exp(), x.exp()],
        4 => [x.exp_m1(), x.exp(), x.exp()],
        5 => [x.ln(), 1.0 / x, -1.0 / (x * x)],
        6 => [x.ln_1p(), 1.0 / (1.0 + x), -1.0 / (1.0 + x).powi(2)],
        7 => [x.powi(5), 5.0 * x.powi(4), 20.0 * x.powi(3)],
        8 => [x.powi(-2), -2.0 * x.powi(-3), 6.0 * x.powi(-4)],
        9 => [x.powf(2.5), 2.5 * x.powf(1.5), 3.75 * x.sqrt()],
        10 => [x.sin(), x.cos(), -x.sin()],
        11 => [x.cos(), -x.sin(), -x.cos()],
        12 => [x.tan(), 1.0 / x.cos().powi(2), 2.0 * x.tan() / x.cos().powi(2)],
        13 => [x.asin(), 1.0 / root, x / root.powi(3)],
        14 => [x.acos(), -1.0 / root, -x / root.powi(3)],
        15 => [x.atan(), 1.0 / (1.0 + x * x), -2.0 * x / (1.0 + x * x).powi(2)],
        16 => [x.sinh(), x.cosh(), x.sinh()],
        17 => [x.cosh(), x.sinh(), x.cosh()],
        18 => [x.tanh(), x.cosh().powi(-2), -2.0 * x.tanh() * x.cosh().powi(-2)],
        19 => [x.exp().ln_1p(), logistic, logistic * (1.0 - logistic)],
        20 => [3.0 / x, -3.0 / (x * x), 6.0 / (x * x * x)],
        21 => {
            let (v, l) = (x.powf(x), x.ln() + 1.0);
            [v, v * l, v * (l * l + 1.0 / x)]
        }
        // The angle of (x^2, x) for x > 0 is atan(1 / x).
        22 => [x.recip().atan(), -1.0 / (1.0 + x * x), 2.0 * x / (1.0 + x * x).powi(2)],
        23 => [x.powf(-1.5), -1.5 * x.powf(-2.5), 3.75 * x.powf(-3.5)],
        24 => [2f64.powf(x), ln2 * 2f64.powf(x), ln2 * ln2 * 2f64.powf(x)],
        25 => {
            // (2 - x)(x - 0.5) / (x + 4) = -x + 6.5 - 27 / (x + 4).
            let t = x + 4.0;
            [-x + 6.5 - 27.0 / t, -1.0 + 27.0 / (t * t), -54.0 / t.powi(3)]
        }
        26 => [-x / 7.0, -1.0 / 7.0, 0.0],
        _ if x < 2.0 => [2.0 * x, 2.0, 0.0],
        _ => [x * x, 2.0 * x, 2.0],
    }
}

#[test]
fn elementary_functions_forward_and_reverse() {
    for which in 0..28 {
        // Within the domain of all of them, and on both sides of 0 where that is allowed.
        let both = matches!(which, 0 | 1 | 3 | 4 | 6 | 7 | 8 | 10..=19 | 20 | 24..=26);
        let mut points = vec![0.05, 0.3, 0.71, 0.98];
        if both {
            points.extend([-0.05, -0.4, -0.93]);
        }
        if !matches!(which, 13 | 14) {
            points.extend([1.3, 3.0, 7.5]);
        }
        for x0 in points {
            let [value, first, second] = closed_form(which, x0);
            for n in [1, 11] {
                let f = Autodiff::new(Elementary { which, n });
                let x = vec![x0; n];
                let mut g = vec![f64::NAN; n];
                let computed = f.value_and_gradient(&x, &mut g).unwrap();
                let plain = Objective::value(&f, &x).unwrap();
                let h = hessian(&f, &x);
                let p = product(&f, &x, &vec![2.0; n]);
                let at = format!("function {which} at {x0}, n = {n}");
                assert_eq!(computed, plain, "value of {at}");
                assert!(close(computed, value, 1.0, 8.0), "value of {at}: {computed}, {value}");
                assert!(close(g[0], first, 1.0, 64.0), "slope of {at}: {}, {first}", g[0]);
                let scale = 1.0 + first.abs();
                assert!(close(h[(0, 0)], second, scale, 128.0), "{at}: {}, {second}", h[(0, 0)]);
                assert!(close(p[0], 2.0 * second, 2.0 * scale, 128.0), "{at}: {}", p[0]);
                assert!(g[1..].iter().chain(&p[1..]).all(|&v| v == 0.0), "unused, {at}");
                assert!(h.entries()[1..].iter().all(|&v| v == 0.0), "unused, {at}");
            }
        }
    }
}

#[test]
fn far_out_derivatives_stay_finite() {
    let f = objective!(1, |x| x[0].tanh() + x[0].softplus());
    for x in [-800.0, 800.0] {
        assert_eq!(gradient(&f, &[x]), [if x > 0.0 { 1.0 } else { 0.0 }]);
        assert_eq!(hessian(&f, &[x])[(0, 0)], 0.0);
    }
    // tanh'(x) = 4 e^(-2x) to rounding, where 1 - tanh^2 has no digits left.
    let slope = gradient(&objective!(1, |x| x[0].tanh()), &[25.0])[0];
    assert!(close(slope, 4.0 * (-50f64).exp(), 0.0, 4.0));
}

#[test]
fn powers_at_zero() {
    let zeroth = objective!(1, |x| x[0].powi(0) + x[0].powf(0.0));
    assert_eq!((gradient(&zeroth, &[0.0])[0], hessian(&zeroth, &[0.0])[(0, 0)]), (0.0, 0.0));
    let first = objective!(1, |x| x[0].powi(1) + x[0].powf(1.0));
    assert_eq!((gradient(&first, &[0.0])[0], hessian(&first, &[0.0])[(0, 0)]), (2.0, 0.0));
    let square = objective!(1, |x| x[0].powi(2) + x[0].powf(2.0));
    assert_eq!((gradient(&square, &[0.0])[0], hessian(&square, &[0.0])[(0, 0)]), (0.0, 4.0));
    let cube = objective!(1, |x| x[0].powi(3));
    assert_eq!((gradient(&cube, &[0.0])[0], hessian(&cube, &[0.0])[(0, 0)]), (0.0, 0.0));
    // 0^y = 0 for y > 0, so that the derivative by y is 0.
    let both = objective!(2, |x| x[0].pow(x[1]));
    assert_eq!(gradient(&both, &[0.0, 2.0]), [0.0, 0.0]);
    // At y = 0 it falls from 1.
    assert_eq!(gradient(&both, &[0.0, 0.0])[1], f64::NEG_INFINITY);
    let kink = objective!(1, |x| x[0].abs());
    assert_eq!(gradient(&kink, &[0.0]), [0.0]);
}

/// Extended Rosenbrock with its derivatives by hand.
#[test]
fn rosenbrock_by_hand() {
    let n = 10;
    let f = objective!(n, [n: usize = n] |x| {
        let mut sum = R::from(0.0);
        for i in (0..*n).step_by(2) {
            sum += 100.0 * (x[i + 1] - x[i] * x[i]).powi(2) + (1.0 - x[i]).powi(2);
        }
        sum
    });
    let x: Vec<f64> = (0..n).map(|i| (1.7 * i as f64 + 0.4).sin() * 1.5).collect();
    let g = gradient(&f, &x);
    let h = hessian(&f, &x);
    for i in (0..n).step_by(2) {
        let t = x[i + 1] - x[i] * x[i];
        assert!(close(g[i], -400.0 * x[i] * t - 2.0 * (1.0 - x[i]), 400.0, 4.0));
        assert!(close(g[i + 1], 200.0 * t, 200.0, 4.0));
        assert!(close(h[(i, i)], -400.0 * t + 800.0 * x[i] * x[i] + 2.0, 800.0, 4.0));
        assert!(close(h[(i, i + 1)], -400.0 * x[i], 0.0, 4.0));
        assert_eq!(h[(i + 1, i + 1)], 200.0);
    }
    for j in 0..n {
        for i in 0..n {
            assert_eq!(h[(i, j)], h[(j, i)]);
            assert!(i / 2 == j / 2 || h[(i, j)] == 0.0);
        }
    }
    // Products are those of the dense matrix.
    let d: Vec<f64> = (0..n).map(|i| (i as f64).cos()).collect();
    let (p, mut dense) = (product(&f, &x, &d), vec![0.0; n]);
    h.multiply(&d, &mut dense);
    assert!(p.iter().zip(&dense).all(|(a, b)| close(*a, *b, 1000.0, 8.0)));
}

/// A function with every kind of operation between variables, against its symbolic derivatives.
#[test]
fn mixed_operations() {
    // f = (x0 x1 - x2) / (x3 + x4^2) + x0^x1 + atan2(x4, x5), with and without unused variables,
    // so that the gradient is recorded and carried forward.
    let mixed = |n: usize| {
        objective!(n, |x| {
            let mut quotient = x[0] * x[1];
            quotient -= x[2];
            quotient /= x[3] + x[4] * x[4];
            quotient + x[0].pow(x[1]) + x[4].atan2(x[5])
        })
    };
    let x = [1.3, 0.7, -0.4, 2.1, 0.6, -1.1];
    let (u, v) = (x[0] * x[1] - x[2], x[3] + x[4] * x[4]);
    let (w, s) = (x[0].powf(x[1]), x[4] * x[4] + x[5] * x[5]);
    let by_hand = [
        x[1] / v + x[1] * x[0].powf(x[1] - 1.0),
        x[0] / v + w * x[0].ln(),
        -1.0 / v,
        -u / (v * v),
        -2.0 * u * x[4] / (v * v) + x[5] / s,
        -x[4] / s,
    ];
    let mut padded = vec![0.5; 12];
    padded[..6].copy_from_slice(&x);
    for g in [gradient(&mixed(6), &x), gradient(&mixed(12), &padded)] {
        for (a, b) in g.iter().zip(by_hand) {
            assert!(close(*a, b, 1.0, 8.0), "{a} {b}");
        }
    }
    let h = hessian(&mixed(6), &x);
    let known = [
        (0, 0, x[1] * (x[1] - 1.0) * x[0].powf(x[1] - 2.0)),
        (0, 1, 1.0 / v + x[0].powf(x[1] - 1.0) * (1.0 + x[1] * x[0].ln())),
        (1, 1, w * x[0].ln().powi(2)),
        (0, 3, -x[1] / (v * v)),
        (1, 4, -2.0 * x[0] * x[4] / (v * v)),
        (2, 3, 1.0 / (v * v)),
        (3, 3, 2.0 * u / v.powi(3)),
        (3, 4, 4.0 * u * x[4] / v.powi(3)),
        (4, 5, (x[4] * x[4] - x[5] * x[5]) / (s * s)),
        (5, 5, 2.0 * x[4] * x[5] / (s * s)),
        (2, 5, 0.0),
    ];
    for (i, j, entry) in known {
        assert!(close(h[(i, j)], entry, 1.0, 16.0), "({i}, {j}): {} {entry}", h[(i, j)]);
    }
}

/// Forward mode for any number of variables gives what reverse mode gives.
#[test]
fn forward_gradients() {
    for n in [1, 4, 5, 11] {
        let f = objective!(n, [n: usize = n] |x| {
            let mut sum = R::from(1.0);
            for i in 0..*n {
                sum += (x[i] * x[(i * 3 + 1) % n]).sin() / (1.0 + x[i] * x[i]);
            }
            sum
        });
        let x: Vec<f64> = (0..n).map(|i| 0.4 + (i as f64 * 1.1).cos()).collect();
        let mut g = vec![f64::NAN; n];
        let value = forward::gradient(f.function(), &x, &mut g).unwrap();
        assert_eq!(value, Objective::value(&f, &x).unwrap());
        let pairs = g.iter().zip(gradient(&f, &x));
        pairs.for_each(|(a, b)| assert!(close(*a, b, 1.0, 4.0), "n = {n}: {a} {b}"));
        let error = forward::gradient(f.function(), &x[1..], &mut g).unwrap_err();
        assert!(error.to_string().contains(&format!("the function has {n} variables")));
    }
}

/// The operations on slices are those of loops, to rounding, in value and both derivatives.
#[test]
fn fused_operations() {
    let n = 9;
    let a: Vec<f64> = (0..n).map(|i| (i as f64 * 0.9).sin()).collect();
    let matrix = Matrix::from_fn(4, n, |i, j| ((3 * i + 2 * j) as f64 * 0.37).cos());
    let fused = objective!(n, [a: Vec<f64> = a.clone(), matrix: Matrix = matrix.clone()] |x| {
        let mut y = vec![R::from(0.0); matrix.rows()];
        R::multiply(matrix, x, &mut y);
        let squares: Vec<R> = x.iter().map(|&x| x * x).collect();
        let constant = R::sum_of(&[R::from(2.0)]) + R::dot(&[R::from(3.0)], &[R::from(0.5)]);
        R::linear(a, x).sin() + R::dot(&y, &squares[..4]) * R::log_sum_exp(&y)
            + R::sum_of(&squares).sqrt() + R::dot(&x[..3], &[R::from(1.0), x[0], x[8]])
            + constant
    });
    let loops = objective!(n, [a: Vec<f64> = a, matrix: Matrix = matrix] |x| {
        let mut linear = R::from(0.0);
        for (&x, &a) in x.iter().zip(a) {
            linear += x * a;
        }
        let y: Vec<R> = (0..4)
            .map(|i| {
                let mut sum = R::from(0.0);
                for (j, &x) in x.iter().enumerate() {
                    sum += x * matrix[(i, j)];
                }
                sum
            })
            .collect();
        let (mut dot, mut exponentials, mut squares) = (R::from(0.0), R::from(0.0), R::from(0.0));
        for i in 0..4 {
            dot += y[i] * x[i] * x[i];
            exponentials += y[i].exp();
        }
        for &x in x {
            squares += x * x;
        }
        linear.sin() + dot * exponentials.ln() + squares.sqrt()
            + (x[0] + x[1] * x[0] + x[2] * x[8]) + 3.5
    });
    let x: Vec<f64> = (0..n).map(|i| (i as f64 * 1.3).cos()).collect();
    let values = [Objective::value(&fused, &x).unwrap(), Objective::value(&loops, &x).unwrap()];
    assert!(close(values[0], values[1], 1.0, 8.0), "{values:?}");
    let scale = 30.0;
    for (a, b) in gradient(&fused, &x).iter().zip(gradient(&loops, &x)) {
        assert!(close(*a, b, scale, 4.0), "{a} {b}");
    }
    let (h, k) = (hessian(&fused, &x), hessian(&loops, &x));
    for (a, b) in h.entries().iter().zip(k.entries()) {
        assert!(close(*a, *b, scale, 4.0), "{a} {b}");
    }
}

#[test]
fn log_sum_exp_without_overflow() {
    // By recording for the gradient, and with numbers off the tape among the others.
    let f = objective!(10, |x| R::log_sum_exp(&[x[0], x[1], x[2], R::from(-1e3), x[4], x[9]]));
    let x = [1000.0, 1000.0, 0.0, 7.0, 1000.0, 7.0, 7.0, 7.0, 7.0, 1000.0];
    let quarters = [0.25, 0.25, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.25];
    assert_eq!(Objective::value(&f, &x.to_vec()).unwrap(), 1000.0 + 4f64.ln());
    assert_eq!(gradient(&f, &x), quarters);
    // p_i (delta_ij - p_j)
    let h = hessian(&f, &x);
    assert_eq!((h[(0, 0)], h[(0, 1)], h[(2, 2)]), (0.1875, -0.0625, 0.0));
    assert_eq!(f64::log_sum_exp(&[]), f64::NEG_INFINITY);
    assert_eq!(f64::log_sum_exp(&[f64::NEG_INFINITY]), f64::NEG_INFINITY);
}

#[test]
fn branches_are_recorded_anew() {
    let f = objective!(10, |x| {
        let mut sum = R::from(0.0);
        for &x in &x[..6] {
            sum += if x > 0.0 { x * x * x } else { -x * 2.0 };
        }
        // The number of steps depends on the point, too.
        let mut t = x[0] * x[1];
        while t.value() > 1.0 {
            t *= x[2];
        }
        sum + t
    });
    let slope = |x: f64| if x > 0.0 { 3.0 * x * x } else { -2.0 };
    for start in [[0.5, -1.0, 0.5, 2.0, -3.0, 1.0], [2.0, 4.0, 0.5, -2.0, 3.0, -1.0]] {
        let mut x = vec![1.0; 10];
        x[..6].copy_from_slice(&start);
        let mut expected = vec![0.0; 10];
        expected[..6].copy_from_slice(&start.map(slope));
        let k = if x[0] * x[1] > 1.0 { 3 } else { 0 };
        let power = 0.5f64.powi(k);
        expected[0] += x[1] * power;
        expected[1] += x[0] * power;
        expected[2] += f64::from(k) * x[0] * x[1] * 0.5f64.powi(k - 1);
        assert_eq!(gradient(&f, &x), expected);
        assert_eq!(gradient(&f, &x), expected, "the same again");
    }
}

#[test]
fn constants_and_unused_variables() {
    for n in [1, 3, 12] {
        let constant = objective!(n, |_x| R::from(4.5));
        let x = vec![1.0; n];
        assert_eq!(Objective::value(&constant, &x).unwrap(), 4.5);
        assert_eq!(gradient(&constant, &x), vec![0.0; n]);
        assert_eq!(product(&constant, &x, &x), vec![0.0; n]);
        assert_eq!(hessian(&constant, &x), Matrix::zeros(n, n));
        let last = objective!(n, [n: usize = n] |x| x[*n - 1]);
        assert_eq!(gradient(&last, &x)[n - 1], 1.0);
        assert_eq!(hessian(&last, &x), Matrix::zeros(n, n));
    }
    let nothing = objective!(0, |x| R::sum_of(x) + 1.0);
    assert_eq!(Objective::value(&nothing, &vec![]).unwrap(), 1.0);
    assert!(gradient(&nothing, &[]).is_empty());
}

#[test]
fn not_a_number_where_the_function_is_not_defined() {
    for n in [2, 12] {
        let f = objective!(n, |x| x[0].ln() * x[1]);
        let mut g = vec![0.0; n];
        let mut x = vec![1.0; n];
        x[0] = -1.0;
        assert!(f.value_and_gradient(&x, &mut g).unwrap().is_nan());
        assert!(g[1].is_nan());
        // The next point is not touched by it.
        x[0] = 1.0;
        assert_eq!(f.value_and_gradient(&x, &mut g).unwrap(), 0.0);
        assert_eq!(g[..2], [1.0, 0.0]);
    }
    // What is computed and not used does no harm.
    for n in [4, 12] {
        let f = objective!(n, |x| {
            let norm = (x[0] * x[0] + x[1] * x[1]).sqrt();
            if norm > 0.0 { norm } else { x[2] * x[3] }
        });
        let mut x = vec![0.0; n];
        x[2..4].copy_from_slice(&[2.0, 3.0]);
        assert_eq!(gradient(&f, &x)[..4], [0.0, 0.0, 3.0, 2.0]);
        assert_eq!(hessian(&f, &x)[(2, 3)], 1.0);
    }
}

#[test]
fn jacobians_forward_and_reverse() {
    // Few residuals of many variables are swept backwards, many of few carried forward.
    for (n, m) in [(3, 5), (6, 2), (9, 3), (20, 2)] {
        let f = residuals!(n, m, |x, r| {
            for (i, r) in r.iter_mut().enumerate() {
                *r = (x[i % x.len()] * (i as f64 + 1.0)).sin() * x[(i + 2) % x.len()]
                    - x[x.len() - 1];
            }
        });
        let x: Vec<f64> = (0..n).map(|i| 0.3 + i as f64 * 0.21).collect();
        let (mut r, mut again) = (vec![f64::NAN; m], vec![f64::NAN; m]);
        let mut jacobian = Matrix::from_fn(m, n, |_, _| f64::NAN);
        Residuals::residuals_and_jacobian(&f, &x, &mut r, &mut jacobian).unwrap();
        Residuals::residuals(&f, &x, &mut again).unwrap();
        assert_eq!(r, again);
        let mut expected = Matrix::zeros(m, n);
        for i in 0..m {
            let (a, b, k) = (i % n, (i + 2) % n, i as f64 + 1.0);
            expected[(i, a)] += k * (x[a] * k).cos() * x[b];
            expected[(i, b)] += (x[a] * k).sin();
            expected[(i, n - 1)] -= 1.0;
        }
        for (a, b) in jacobian.entries().iter().zip(expected.entries()) {
            assert!(close(*a, *b, 1.0, 8.0), "n = {n}, m = {m}: {a} {b}");
        }
        // f = |r|^2, f' = 2 J'r.
        let mut by_jacobian = vec![0.0; n];
        jacobian.multiply_transposed(&r, &mut by_jacobian);
        let mut g = vec![0.0; n];
        let value = f.value_and_gradient(&x, &mut g).unwrap();
        assert!(close(value, r.iter().map(|r| r * r).sum(), 0.0, 8.0));
        assert!(g.iter().zip(&by_jacobian).all(|(a, b)| close(*a, 2.0 * b, 1.0, 8.0)));
    }
}

/// With a loss: `f' = sum 2 rho' r_i r_i'`, and for linear residuals
/// `f'' = sum (2 rho' + 4 rho'' r_i^2) r_i' r_i'^T`.
#[test]
fn losses_of_residuals() {
    for loss in [Loss::Squares, Loss::Huber(0.5), Loss::SoftL1(0.8), Loss::Cauchy(1.1)] {
        let f = residuals!(2, |x| [x[0] + 2.0 * x[1] - 0.2, 3.0 * x[0] - x[1], 0.1 * x[0] + x[1]])
            .with_loss(loss)
            .unwrap();
        assert_eq!(Residuals::loss(&f), loss);
        let rows = [[1.0, 2.0], [3.0, -1.0], [0.1, 1.0]];
        let x = vec![0.31, 0.17];
        let (mut value, mut g, mut h) = (0.0, [0.0; 2], Matrix::zeros(2, 2));
        for (row, shift) in rows.iter().zip([0.2, 0.0, 0.0]) {
            let r = row[0] * x[0] + row[1] * x[1] - shift;
            let (rho, first, second) = loss.evaluate(r * r);
            value += rho;
            for i in 0..2 {
                g[i] += 2.0 * first * r * row[i];
                for j in 0..2 {
                    h[(i, j)] += (2.0 * first + 4.0 * second * r * r) * row[i] * row[j];
                }
            }
        }
        assert!(close(Objective::value(&f, &x).unwrap(), value, 1.0, 4.0));
        assert!(gradient(&f, &x).iter().zip(g).all(|(a, b)| close(*a, b, 1.0, 8.0)));
        let exact = hessian(&f, &x);
        let pairs = exact.entries().iter().zip(h.entries());
        pairs.for_each(|(a, b)| assert!(close(*a, *b, 1.0, 32.0), "{loss:?}: {a} {b}"));
    }
    for wrong in [Loss::Huber(0.0), Loss::SoftL1(-1.0), Loss::Cauchy(f64::NAN)] {
        let error = residuals!(1, |x| [x[0]]).with_loss(wrong).unwrap_err();
        assert_eq!(error.argument(), "loss");
    }
}

#[test]
fn what_an_objective_says_of_itself() {
    use objective::Supplies;

    let f = objective!(2, |x| x[0] * x[1]);
    assert_eq!(f.derivatives(), Derivatives::HESSIAN);
    let r = residuals!(2, |x| [x[0], x[1] * x[0]]);
    assert!(r.derivatives().residuals);
    assert!(r.as_residuals_and_hessian().is_some());
    assert_eq!(r.residual_total(), 2);
}

#[test]
fn wrong_lengths_are_errors() {
    let f = objective!(3, |x| x[0] * x[1] + x[2]);
    let three = vec![0.0; 3];
    let error = Objective::value(&f, &vec![0.0; 2]).unwrap_err();
    assert!(error.to_string().contains("x has 2 entries, but the function has 3 variables"));
    assert!(f.value_and_gradient(&three, &mut vec![0.0; 4]).is_err());
    assert!(f.hessian_product(&three, &vec![0.0; 1], &mut vec![0.0; 3]).is_err());
    assert!(f.hessian_product(&three, &three, &mut vec![0.0; 1]).is_err());
    assert!(Hessian::hessian(&f, &three, &mut Matrix::zeros(3, 2)).is_err());

    let r = residuals!(2, |x| [x[0], x[1], x[0] * x[1]]);
    assert!(Residuals::residuals(&r, &[0.0; 2], &mut [0.0; 2]).is_err());
    let jacobian = &mut Matrix::zeros(2, 3);
    assert!(Residuals::residuals_and_jacobian(&r, &[0.0; 2], &mut [0.0; 3], jacobian).is_err());
}

#[test]
fn powers_at_zero_are_what_their_limits_are() {
    // x^x falls from 1 with an infinite slope.
    let f = ravine::objective!(1, |x| x[0].pow(x[0]));
    let mut g = vec![0.0];
    assert_eq!(f.value_and_gradient(&vec![0.0], &mut g).unwrap(), 1.0);
    assert_eq!(g, [f64::NEG_INFINITY]);
    // 0^y is 0 for all y > 0.
    let f = ravine::objective!(2, |x| x[0].pow(x[1]));
    let mut g = vec![1.0; 2];
    assert_eq!(f.value_and_gradient(&vec![0.0, 2.0], &mut g).unwrap(), 0.0);
    assert_eq!(g, [0.0, 0.0]);
    // The Hessian of |x|^3 vanishes at 0.
    let f = ravine::objective!(2, |x| (x[0] * x[0] + x[1] * x[1]).powf(1.5));
    let mut h = Matrix::zeros(2, 2);
    f.hessian(&[0.0, 0.0], &mut h).unwrap();
    assert_eq!(h.entries(), [0.0; 4]);
    let mut p = vec![1.0; 2];
    f.hessian_product(&vec![0.0, 0.0], &vec![1.0, -2.0], &mut p).unwrap();
    assert_eq!(p, [0.0, 0.0]);
    // Away from it, x^2 / |x| + |x| = 6 |x| along x.
    f.hessian(&[2.0, 0.0], &mut h).unwrap();
    assert!((h[(0, 0)] - 12.0).abs() < 1e-14 && (h[(1, 1)] - 6.0).abs() < 1e-14);
}
