//! Secant matrices in all their forms against dense algebra.

use ravine_linalg::operator::LinearOperator;
use ravine_linalg::secant::{CompactDirect, CompactInverse, SecantPairs};

/// Numbers in (-1, 1) from a fixed sequence.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn vector(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.next()).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

type Dense = Vec<Vec<f64>>;

fn times(a: &Dense, x: &[f64]) -> Vec<f64> {
    a.iter().map(|row| dot(row, x)).collect()
}

fn scaled_identity(n: usize, a: f64) -> Dense {
    (0..n).map(|i| (0..n).map(|j| if i == j { a } else { 0.0 }).collect()).collect()
}

/// `H = (I - rho s y') H (I - rho y s') + rho s s'` (Nocedal and Wright, equation 6.17).
fn bfgs_inverse(h: &Dense, s: &[f64], y: &[f64]) -> Dense {
    let (rho, n) = (1.0 / dot(s, y), s.len());
    let e = |i: usize, j: usize| f64::from(i == j) - rho * s[i] * y[j];
    (0..n)
        .map(|i| {
            (0..n)
                .map(|j| {
                    let mut sum = rho * s[i] * s[j];
                    for k in 0..n {
                        for l in 0..n {
                            sum += e(i, k) * h[k][l] * e(j, l);
                        }
                    }
                    sum
                })
                .collect()
        })
        .collect()
}

/// `B = B - B s s'B / s'B s + y y' / y's` (equation 6.19).
fn bfgs_direct(b: &Dense, s: &[f64], y: &[f64]) -> Dense {
    let bs = times(b, s);
    let (sbs, sy) = (dot(s, &bs), dot(s, y));
    (0..s.len())
        .map(|i| (0..s.len()).map(|j| b[i][j] - bs[i] * bs[j] / sbs + y[i] * y[j] / sy).collect())
        .collect()
}

/// Pairs of a quadratic with eigenvalues from 1 to 1e3 along coordinate planes turned a little.
fn pairs_of_a_quadratic(n: usize, count: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut numbers = Numbers(7);
    let factor: Vec<Vec<f64>> = (0..n).map(|_| numbers.vector(n)).collect();
    let scale: Vec<f64> = (0..n).map(|i| 1e3f64.powf(i as f64 / (n - 1) as f64)).collect();
    (0..count)
        .map(|_| {
            let s = numbers.vector(n);
            // y = (diag(scale) + F'F) s.
            let fs = times(&factor, &s);
            let y = (0..n)
                .map(|i| scale[i] * s[i] + (0..n).map(|k| factor[k][i] * fs[k]).sum::<f64>())
                .collect();
            (s, y)
        })
        .collect()
}

fn assert_close(a: &[f64], b: &[f64], tolerance: f64, what: &str) {
    let size = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= tolerance * size, "{what}: {a} and {b}, size {size}");
    }
}

#[test]
fn two_loop_compact_and_dense_matrices_agree() {
    let (n, memory) = (13, 5);
    let history = pairs_of_a_quadratic(n, 12);
    let g = Numbers(99).vector(n);
    let mut pairs = SecantPairs::new(memory);
    let mut inverse = CompactInverse::new(memory);
    let mut direct = CompactDirect::new(memory);
    for (k, (s, y)) in history.iter().enumerate() {
        assert!(inverse.push(&mut pairs, &mut s.clone(), &mut y.clone(), &g));
        assert!(direct.update(&pairs));
        let kept = &history[(k + 1).saturating_sub(memory)..=k];
        assert_eq!(pairs.len(), kept.len());
        assert_eq!(pairs.s(0), &kept[0].0, "the oldest pair comes first");
        let gamma = dot(s, y) / dot(y, y);
        assert!((pairs.gamma() - gamma).abs() < 1e-14 * gamma);
        let mut h = scaled_identity(n, gamma);
        let mut b = scaled_identity(n, 1.0 / gamma);
        for (s, y) in kept {
            h = bfgs_inverse(&h, s, y);
            b = bfgs_direct(&b, s, y);
        }

        let expected = times(&h, &g);
        let mut two_loop = g.clone();
        pairs.multiply_inverse(&mut two_loop, &mut Vec::new());
        assert_close(&two_loop, &expected, 1e-11, "two-loop recursion");
        let mut d = vec![0.0; n];
        let (slope, length) = inverse.direction(&pairs, &g, &mut d);
        let minus: Vec<f64> = d.iter().map(|d| -d).collect();
        assert_close(&minus, &expected, 1e-11, "compact form");
        assert!((slope - dot(&g, &d)).abs() < 1e-12 * slope.abs());
        assert_eq!(length, d.iter().fold(0.0, |m: f64, v| m.max(v.abs())));
        // Another gradient than the one given with the pair.
        let other = Numbers(5).vector(n);
        inverse.forget();
        inverse.direction(&pairs, &other, &mut d);
        let minus: Vec<f64> = d.iter().map(|d| -d).collect();
        assert_close(&minus, &times(&h, &other), 1e-11, "compact form, another gradient");

        let mut product = vec![0.0; n];
        let operator = direct.operator(&pairs);
        assert_eq!(operator.dimension(), n);
        operator.apply(&g, &mut product).unwrap();
        assert_close(&product, &times(&b, &g), 1e-10, "compact form of B");
        for shift in [1e-3, 0.7, 1e4] {
            let mut solution = vec![0.0; g.len()];
            pairs.direct().unwrap().solve_shifted(shift, &g, &mut solution).unwrap();
            let mut back = times(&b, &solution);
            back.iter_mut().zip(&solution).for_each(|(back, d)| *back += shift * d);
            assert_close(&back, &g, 1e-9, "solve with B shifted");
        }
        let mut back = vec![0.0; n];
        pairs.inverse().apply(&product, &mut back).unwrap();
        assert_close(&back, &g, 1e-9, "H B v");
        // The secant equation of the newest pair.
        operator.apply(s, &mut product).unwrap();
        assert_close(&product, y, 1e-11, "B s = y");
        let mut hy = y.clone();
        pairs.multiply_inverse(&mut hy, &mut Vec::new());
        assert_close(&hy, s, 1e-10, "H y = s");
    }
}

/// The product with H of the last `memory` pairs.
fn multiplied(history: &[(Vec<f64>, Vec<f64>)], memory: usize, v: &[f64]) -> Vec<f64> {
    let mut pairs = SecantPairs::new(memory);
    for (s, y) in history {
        assert!(pairs.push(&mut s.clone(), &mut y.clone()).is_some());
    }
    let mut v = v.to_vec();
    pairs.multiply_inverse(&mut v, &mut Vec::new());
    v
}

#[test]
fn pairs_two_at_a_time_in_long_vectors() {
    let (n, long) = (13, 9001);
    let g = Numbers(99).vector(n);
    for memory in 1..=5 {
        for count in 1..=7 {
            let history = pairs_of_a_quadratic(n, count);
            let expected = multiplied(&history, memory, &g);
            // The same numbers, and zeros.
            let padded = |v: &[f64]| [v, &vec![0.0; long - n]].concat();
            let history: Vec<_> = history.iter().map(|(s, y)| (padded(s), padded(y))).collect();
            let product = multiplied(&history, memory, &padded(&g));
            assert_close(&product[..n], &expected, 1e-12, &format!("{memory} of {count}"));
            assert!(product[n..].iter().all(|&v| v == 0.0));
        }
    }
}

/// Where the product of one pair's s with the next one's y overflows, but none that the recursion has.
#[test]
fn products_between_pairs_may_leave_the_range() {
    let pair = |zeros: usize, s: [f64; 2], y: [f64; 2]| {
        let padded = |v: [f64; 2]| [v.to_vec(), vec![0.0; zeros]].concat();
        (padded(s), padded(y))
    };
    let product = |zeros: usize| {
        let first = pair(zeros, [1e155, 0.0], [1e-5, 0.0]);
        let second = pair(zeros, [1e144, 1e140], [1e154, 1e150]);
        multiplied(&[first, second], 2, &[vec![1e-30, 2e-30], vec![0.0; zeros]].concat())
    };
    let expected = product(0);
    assert!(expected.iter().all(|v| v.is_finite()), "{expected:?}");
    assert_close(&product(9000)[..2], &expected, 1e-12, "H v");
}

#[test]
fn pairs_without_curvature_are_refused() {
    let mut pairs = SecantPairs::new(2);
    for (mut s, mut y) in [
        (vec![1.0, 0.0], vec![-1.0, 0.0]),
        (vec![1.0, 0.0], vec![0.0, 1.0]),
        (vec![1.0, 0.0], vec![1e-17, 1.0]),
        (vec![1e-9, 0.0], vec![1e-9, 1e9]),
        (vec![0.0, 0.0], vec![0.0, 0.0]),
        (vec![f64::NAN, 0.0], vec![1.0, 0.0]),
    ] {
        assert_eq!(pairs.push(&mut s, &mut y), None, "{s:?} {y:?}");
    }
    assert!(pairs.is_empty());
    assert_eq!(pairs.gamma(), 1.0);
    let mut v = vec![2.0, 3.0];
    pairs.multiply_inverse(&mut v, &mut Vec::new());
    assert_eq!(v, [2.0, 3.0], "no pairs: the identity");
    assert!(pairs.push(&mut vec![1.0, 0.0], &mut vec![2.0, 1.0]).is_some());
    pairs.clear();
    assert!(pairs.is_empty() && pairs.memory() == 2 && pairs.gamma() == 1.0);
}

#[test]
fn single_precision_pairs_agree_with_double_ones() {
    let (n, memory) = (40, 4);
    let history = pairs_of_a_quadratic(n, 6);
    let narrow = |v: &[f64]| v.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    let g = Numbers(99).vector(n);
    let (mut pairs, mut compact) = (SecantPairs::new(memory), CompactInverse::new(memory));
    let mut wide = SecantPairs::new(memory);
    for (s, y) in &history {
        compact.push(&mut pairs, &mut narrow(s), &mut narrow(y), &narrow(&g));
        wide.push(&mut s.clone(), &mut y.clone());
    }
    let mut expected = g.clone();
    wide.multiply_inverse(&mut expected, &mut Vec::new());
    let mut d = vec![0.0f32; n];
    compact.direction(&pairs, &narrow(&g), &mut d);
    let minus: Vec<f64> = d.iter().map(|&d| -f64::from(d)).collect();
    assert_close(&minus, &expected, 1e-5, "compact form in single precision");
}
