//! The kernels of dense vectors against plain loops, at lengths around lanes and blocks.

use ravine_linalg::Vector;
use ravine_linalg::vector::Partitioned;

fn vector(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f64 / 504.5 - 1.0).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn close(a: f64, b: f64, n: usize) -> bool {
    (a - b).abs() <= 1e-13 * (n as f64 + 10.0)
}

const LENGTHS: [usize; 8] = [1, 7, 8, 63, 65, 1027, 2051, 33_001];

#[test]
fn products_of_many_vectors_in_one_pass() {
    for n in LENGTHS {
        for count in [0, 1, 2, 5] {
            let vectors: Vec<_> = (0..count).map(|k| vector(n, k)).collect();
            let (p, q) = (vector(n, 50), vector(n, 60));
            let (mut ps, mut qs) = (vec![f64::NAN; count], vec![f64::NAN; count]);
            Vector::dots2(&p, &q, &vectors, &mut ps, &mut qs);
            for (k, v) in vectors.iter().enumerate() {
                assert!(close(ps[k], dot(&p, v), n) && close(qs[k], dot(&q, v), n), "{n} {count}");
            }
            let coefficients: Vec<f64> = (0..count).map(|k| 0.5 - k as f64).collect();
            let mut y = vec![f64::NAN; n];
            let (product, largest) = y.set_combination(1.5, &p, &coefficients, &vectors);
            let mut expected: Vec<f64> = p.iter().map(|p| 1.5 * p).collect();
            for (a, v) in coefficients.iter().zip(&vectors) {
                expected.iter_mut().zip(v).for_each(|(e, v)| *e += a * v);
            }
            assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-14), "{n} {count}");
            assert!(close(product, dot(&p, &y), 10 * n), "{n} {count}");
            assert_eq!(largest, y.iter().fold(0.0, |m: f64, y| m.max(y.abs())));
        }
    }
}

#[test]
fn many_vectors_at_once() {
    for n in LENGTHS {
        for count in [1, 3, 4, 9] {
            let vectors: Vec<_> = (0..count).map(|k| vector(n, k)).collect();
            let p = vector(n, 50);
            let mut products = vec![f64::NAN; count];
            p.dots(&vectors, &mut products);
            for (product, v) in products.iter().zip(&vectors) {
                assert!(close(*product, dot(&p, v), n), "{n} {count}");
            }
            let column = |j: usize| -> Vec<f64> {
                (0..count).map(|i| ((i * 5 + j * 3) % 7) as f64 - 2.5).collect()
            };
            let sum = |start: Vec<f64>, j: usize| -> Vec<f64> {
                column(j).iter().zip(&vectors).fold(start, |mut sum, (a, v)| {
                    sum.iter_mut().zip(v).for_each(|(s, v)| *s += a * v);
                    sum
                })
            };
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13);
            let mut y = p.clone();
            y.combine(&column(0), &vectors);
            assert!(near(&y, &sum(p.clone(), 0)), "{n} {count}");

            // Each vector becomes a combination of all before; those without a column stay.
            let columns = count.div_ceil(2);
            let mut mixed = vectors.clone();
            let coefficients: Vec<f64> = (0..columns).flat_map(column).collect();
            Vector::mix(&mut mixed, &coefficients);
            for (j, v) in mixed.iter().enumerate() {
                let expected = if j < columns { sum(vec![0.0; n], j) } else { vectors[j].clone() };
                assert!(near(v, &expected), "{n} {count} {j}");
            }
        }
    }
    Vec::<f64>::mix(&mut [], &[]);
}

#[test]
fn fused_changes_and_products() {
    for n in LENGTHS {
        let (x, z) = (vector(n, 1), vector(n, 2));
        let mut y = vector(n, 3);
        let expected: Vec<f64> = y.iter().zip(&x).map(|(y, x)| 0.25 * y - 2.0 * x).collect();
        let product = y.axpby_dot(-2.0, &x, 0.25, &z);
        assert_eq!(y, expected, "{n}");
        assert!(close(product, dot(&z, &y), 4 * n), "{n}");
        let (product, largest) = y.dot_and_norm_max(&z);
        assert!(close(product, dot(&z, &y), 4 * n), "{n}");
        assert_eq!(largest, y.norm_max(), "{n}");
        // A single entry that is not a number shows wherever it is.
        for at in [0, n / 2, n - 1] {
            let mut bad = y.clone();
            bad[at] = f64::NAN;
            assert!(bad.norm_max().is_nan() && bad.dot_and_norm_max(&z).1.is_nan(), "{n} {at}");
            bad[at] = f64::NEG_INFINITY;
            assert_eq!(bad.norm_max(), f64::INFINITY, "{n} {at}");
        }
    }
}

/// Two changes and two products in one pass are those of separate calls, to the last bit.
fn two_in_one_pass<V: Vector + PartialEq + std::fmt::Debug>(x: [V; 5]) {
    let [x1, x2, z1, z2, start] = &x;
    assert_eq!(x1.dot2(z1, z2), (x1.dot(z1), x1.dot(z2)));
    for b in [0.25, 1.0, 0.0] {
        let (mut y, mut expected) = (start.clone(), start.clone());
        expected.axpby(-2.3, x1, b);
        expected.axpby(0.7, x2, 1.0);
        let products = y.axpby_dot2((-2.3, x1), (0.7, x2), b, (z1, z2));
        assert_eq!(y, expected, "{b}");
        assert_eq!(products, (z1.dot(&y), z2.dot(&y)), "{b}");
    }
}

#[test]
fn two_changes_and_products_in_one_pass() {
    for n in LENGTHS {
        let vectors = || (1..6).map(|seed| vector(n, seed));
        let five = vectors().collect::<Vec<_>>().try_into().unwrap();
        two_in_one_pass::<Vec<f64>>(five);
        let single = vectors().map(|v| v.iter().map(|&v| v as f32).collect());
        two_in_one_pass::<Vec<f32>>(single.collect::<Vec<_>>().try_into().unwrap());
        let blocks = vectors().map(|v| Partitioned::new([("a", v), ("b", vector(5, 9))]).unwrap());
        two_in_one_pass::<Partitioned<_>>(blocks.collect::<Vec<_>>().try_into().unwrap());
    }
}

#[test]
fn with_a_factor_of_zero_nothing_is_left_of_what_was_there() {
    for n in [1, 7, 8, 33] {
        let x: Vec<f64> = (0..n).map(|i| f64::from(i) - 2.5).collect();
        let expected: Vec<f64> = x.iter().map(|x| -2.0 * x).collect();
        for old in [f64::NAN, f64::INFINITY] {
            let mut y = vec![old; x.len()];
            y.axpby(-2.0, &x, 0.0);
            assert_eq!(y, expected);
            y.fill(old);
            assert_eq!(y.axpby_dot(-2.0, &x, 0.0, &x), x.dot(&expected));
            assert_eq!(y, expected);
        }
    }
}

#[test]
fn sums_over_whole_and_broken_lanes() {
    for n in [0, 1, 7, 8, 9, 30] {
        let x: Vec<f64> = (0..n).map(|i| f64::from(i) - 4.0).collect();
        let w: Vec<f64> = (0..n).map(|i| f64::from(i % 3) + 1.0).collect();
        let scaled: Vec<f64> = x.iter().zip(&w).map(|(x, w)| x * w).collect();
        let plain: f64 = x.iter().zip(&scaled).map(|(a, b)| a * b).sum();
        assert_eq!(ravine_linalg::vector::dot(&x, &scaled), plain);
        assert_eq!(ravine_linalg::vector::weighted_square(&w, &x), plain);
    }
}
