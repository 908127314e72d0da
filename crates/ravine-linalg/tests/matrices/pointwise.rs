//! Entry-wise kernels: every one against its formula, in both precisions and on named blocks.

use ravine_linalg::Vector;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{AdaptiveStep, Entries, Orthants, Partitioned, Pointwise};

/// Signs, zeros and magnitudes mixed; beyond one vector register.
fn entries(n: usize, seed: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 33) as f64 / 8.0 - 2.0).collect()
}

/// One kernel, and what it does to an entry v beside x and y.
type Kernel<V> = (fn(&mut V, &V, &V), fn(f64, f64, f64) -> f64);

const STEP: AdaptiveStep =
    AdaptiveStep { shrink: 0.875, step: 0.25, mean: 0.5, square: 0.125, epsilon: 1.5 };

fn kernels<V: Orthants>() -> Vec<Kernel<V>> {
    vec![
        (|v, x, _| v.multiply(x), |v, x, _| v * x),
        (|v, _, y| v.divide(y), |v, _, y| v / y),
        (|v, x, y| v.add_product(-1.5, x, y), |v, x, y| v - 1.5 * x * y),
        (|v, x, _| v.accumulate_squares(0.25, x, 0.75), |v, x, _| 0.75 * v + 0.25 * x * x),
        (|v, _, _| v.square(), |v, _, _| v * v),
        (|v, _, y| (v.copy_from(y), v.square_root()).1, |_, _, y| y.sqrt()),
        (|v, _, y| (v.copy_from(y), v.reciprocal()).1, |_, _, y| 1.0 / y),
        (|v, _, _| v.abs(), |v, _, _| v.abs()),
        (|v, _, _| v.sign(), |v, _, _| if v == 0.0 { 0.0 } else { v.signum() }),
        (|v, _, _| v.add_scalar(0.375), |v, _, _| v + 0.375),
        (|v, _, _| v.clip(-0.5, 1.0), |v, _, _| v.clamp(-0.5, 1.0)),
        (|v, x, _| v.min_with(x), |v, x, _| v.min(x)),
        (|v, x, _| v.max_with(x), |v, x, _| v.max(x)),
        (|v, _, _| v.soft_threshold(0.75), |v, _, _| v.signum() * (v.abs() - 0.75).max(0.0) + 0.0),
        (
            |v, x, y| v.adaptive_step(x, y, &STEP),
            |v, x, y| 0.875 * v - 0.25 * (x / 0.5) / ((y / 0.125).sqrt() + 1.5),
        ),
        (|v, _, y| v.adaptive_curvature(y, &STEP), |_, _, y| ((y / 0.125).sqrt() + 1.5) / 0.25),
        (
            |v, x, y| v.drop_ascent_from_zero(x, y),
            |v, x, y| if x == 0.0 && v * y >= 0.0 { 0.0 } else { v },
        ),
        (|v, x, _| v.keep_opposed(x), |v, x, _| if v * x < 0.0 { v } else { 0.0 }),
        (|v, x, _| v.mask(x), |v, x, _| if x == 0.0 { 0.0 } else { v }),
    ]
}

const LENGTHS: [usize; 5] = [1, 7, 8, 65, 131];

#[test]
fn every_kernel_does_what_its_formula_says() {
    for n in LENGTHS {
        let (v, x) = (entries(n, 1), entries(n, 2));
        let y: Vec<f64> = entries(n, 3).iter().map(|y| y.abs() + 0.125).collect();
        let single = |v: &[f64]| v.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        let split = |v: &[f64]| {
            let (a, b) = v.split_at(n / 3);
            Partitioned::new([("a", a.to_vec()), ("b", b.to_vec())]).unwrap()
        };
        for (k, (kernel, of_entry)) in kernels::<Vec<f64>>().into_iter().enumerate() {
            let mut double = v.clone();
            kernel(&mut double, &x, &y);
            for i in 0..n {
                let expected = of_entry(v[i], x[i], y[i]);
                assert_eq!(double[i], expected, "kernel {k}, entry {i}");
            }
            let mut blocks = split(&v);
            kernels::<Partitioned<Vec<f64>>>()[k].0(&mut blocks, &split(&x), &split(&y));
            assert!((0..n).all(|i| blocks.get(i) == double[i]), "kernel {k} on blocks");
            // The entries are numbers of single precision too: only the result is rounded.
            let mut rounded = single(&v);
            kernels::<Vec<f32>>()[k].0(&mut rounded, &single(&x), &single(&y));
            assert_eq!(rounded, single(&double), "kernel {k} in single precision");
        }
    }
}

#[test]
fn reductions() {
    for n in LENGTHS {
        let v = entries(n, 5);
        assert_eq!(v.smallest(), v.iter().copied().fold(f64::INFINITY, f64::min));
        // Sums of eighths are exact.
        assert_eq!(Pointwise::sum(&v), v.iter().sum::<f64>());
        let (x, mask) = (entries(n, 6), entries(n, 7));
        let free = |i: &usize| mask[*i] != 0.0;
        let (product, square) = v.masked_products(&x, &mask);
        assert_eq!(product, (0..n).filter(free).map(|i| v[i] * x[i]).sum::<f64>());
        assert_eq!(square, (0..n).filter(free).map(|i| x[i] * x[i]).sum::<f64>());
    }
    assert_eq!(Vec::<f64>::new().smallest(), f64::INFINITY);
    assert!(vec![1.0, f64::NAN, -3.0].smallest().is_nan());
    let split = Partitioned::new([("a", vec![1.0, -2.0]), ("b", vec![f64::NAN])]).unwrap();
    assert!(split.smallest().is_nan() && split.norm_max().is_nan());
}

#[test]
fn nan_is_never_hidden() {
    let nan = || vec![f64::NAN, 1.0];
    let mut v = nan();
    v.clip(0.0, 1.0);
    v.soft_threshold(0.5);
    v.sign();
    v.min_with(&vec![0.0, 0.0]);
    v.max_with(&vec![0.0, 0.0]);
    assert!(v[0].is_nan() && v[1] == 0.0);
    let mut w = vec![0.0, 0.0];
    w.min_with(&nan());
    assert!(w[0].is_nan() && w[1] == 0.0);
    w = vec![2.0, 2.0];
    w.max_with(&nan());
    assert!(w[0].is_nan() && w[1] == 2.0);
}

#[test]
fn random_entries_are_the_generators_numbers_in_order() {
    let mut split = Partitioned::new([("a", vec![0.0_f64; 3]), ("b", vec![0.0; 6])]).unwrap();
    let mut single = vec![0.0_f32; 9];
    type Draw = fn(&mut Random) -> f64;
    let draws: [Draw; 3] = [Random::uniform, Random::normal, Random::sign];
    for (kind, draw) in draws.into_iter().enumerate() {
        let mut random = Random::new(17);
        let expected: Vec<f64> = (0..9).map(|_| draw(&mut random)).collect();
        fn fill<V: Pointwise>(v: &mut V, kind: usize) {
            let mut random = Random::new(17);
            match kind {
                0 => v.fill_uniform(&mut random),
                1 => v.fill_normal(&mut random),
                _ => v.fill_signs(&mut random),
            }
        }
        fill(&mut split, kind);
        fill(&mut single, kind);
        for i in 0..9 {
            assert_eq!(split.get(i), expected[i]);
            assert_eq!(single[i], expected[i] as f32);
        }
    }
}

#[test]
#[should_panic(expected = "dimensions differ")]
fn kernels_refuse_other_dimensions() {
    vec![1.0, 2.0].multiply(&vec![1.0]);
}

#[test]
#[should_panic(expected = "partitioned: blocks")]
fn blocks_of_other_names_are_refused() {
    let of = |name: &str| Partitioned::new([(name, vec![1.0])]).unwrap();
    of("weights").axpy(1.0, &of("bias"));
}

#[test]
fn blocks_have_names_of_their_own() {
    let error = Partitioned::new([("a", vec![1.0]), ("b", vec![]), ("a", vec![2.0])]).unwrap_err();
    assert_eq!(error.to_string(), "names[2]: is \"a\", but must be a name of one block only");
    let mut v = Partitioned::new([("a", vec![1.0]), ("b", vec![2.0, 3.0])]).unwrap();
    v.get_block_mut("b").unwrap()[1] = 4.0;
    v.blocks_mut()[0][0] = 5.0;
    v.set(1, 6.0);
    assert_eq!(
        (v.names(), v.blocks()),
        (&["a".into(), "b".into()][..], &[vec![5.0], vec![6.0, 4.0]][..])
    );
    assert_eq!(v.get_block("c"), None);
    let written = serde_json::to_string(&v).unwrap();
    assert_eq!(written, r#"[["a",[5.0]],["b",[6.0,4.0]]]"#);
    assert_eq!(serde_json::from_str::<Partitioned<Vec<f64>>>(&written).unwrap(), v);
    assert!(serde_json::from_str::<Partitioned<Vec<f64>>>(r#"[["a",[1.0]],["a",[1.0]]]"#).is_err());
}

#[test]
fn the_norm_of_blocks_does_not_overflow() {
    let of = |a: f64, b: f64| Partitioned::new([("a", vec![a]), ("b", vec![b])]).unwrap().norm();
    assert!((of(3e200, 4e200) / 5e200 - 1.0).abs() < 1e-15);
    assert!((of(3e-200, 4e-200) / 5e-200 - 1.0).abs() < 1e-15);
    assert_eq!((of(0.0, 0.0), of(f64::INFINITY, 1.0)), (0.0, f64::INFINITY));
    assert!(of(1.0, f64::NAN).is_nan());
}
