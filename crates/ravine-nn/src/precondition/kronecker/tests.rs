use super::super::dense::view_mut;
use super::super::examples::*;
use super::*;
use ravine_linalg::matrix::Lu;
use ravine_linalg::random::Random;

const TWO: Shape = Shape { rows: 2, columns: 2 };

fn pinned(damping: KroneckerDamping) -> KroneckerFactors<f64> {
    let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
    let mut factors = KroneckerFactors::new(TWO, settings);
    let a = Matrix::from_rows(&[[2.0, 0.5], [0.5, 1.0]]);
    let s = Matrix::from_rows(&[[1.0, 0.2], [0.2, 0.5]]);
    assert_eq!(factors.observe_grams(&a, &s), Status::Refreshed);
    factors
}

#[test]
fn pinned_solves() {
    let v = [1.0, 2.0, 3.0, 4.0];
    let mut out = [0.0; 4];
    let mut factored = pinned(KroneckerDamping::Factored);
    assert!((factored.pi() - 2f64.sqrt()).abs() < 1e-15);
    assert_eq!(factored.refresh(0.01), Status::Refreshed);
    factored.apply(&v, &mut out);
    close(&out, &[-0.162914, 0.595156, 1.194419, 5.433646], DIGITS);
    let mut exact = pinned(KroneckerDamping::Exact);
    exact.refresh(0.5);
    exact.set_damping(0.01);
    exact.apply(&v, &mut out);
    close(&out, &[-0.250670, 0.584379, 1.268859, 7.041130], DIGITS);
}

fn statistics(random: &mut Random, shape: Shape, cases: usize) -> (Vec<f64>, Vec<f64>) {
    let mixed = |random: &mut Random, n: usize| {
        let mix: Vec<f64> = drawn(random, n * n);
        let raw: Vec<f64> = drawn(random, n * cases);
        let mut out = vec![0.0; n * cases];
        let (mix, raw) = (Shape::new(n, n).view(&mix), Shape::new(cases, n).view(&raw));
        Shape::new(cases, n).view_mut(&mut out).set_product(1.0, raw, mix);
        out
    };
    (mixed(random, shape.columns), mixed(random, shape.rows))
}

/// Mistakes 7 and 10: against the dense Kronecker product, with shapes that are not square.
#[test]
fn solves_are_those_of_the_dense_product() {
    let mut random = Random::new(18);
    for shape in [Shape::new(3, 5), Shape::new(4, 2), Shape::new(1, 4), Shape::new(4, 1)] {
        let (inputs, adjoints) = statistics(&mut random, shape, 9);
        let n = shape.entries();
        let v: Vec<f64> = drawn(&mut random, n);
        for damping in [KroneckerDamping::Factored, KroneckerDamping::Even, KroneckerDamping::Exact]
        {
            let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
            let mut factors = KroneckerFactors::new(shape, settings);
            factors.observe(9, &inputs, &adjoints);
            factors.refresh(0.3);
            let once = factors.clone();
            factors.refresh(0.3);
            assert_eq!(factors, once);
            let (a, s, pi) = (factors.input().clone(), factors.output().clone(), factors.pi());
            let second = |x: &[f64], d: usize, i: usize, j: usize| {
                x.chunks(d).map(|row| row[i] * row[j] / 9.0).sum::<f64>()
            };
            assert!((a[(0, 0)] - second(&inputs, shape.columns, 0, 0)).abs() < 1e-13);
            let last = shape.rows - 1;
            assert!((s[(0, last)] - second(&adjoints, shape.rows, 0, last)).abs() < 1e-13);
            let one = |i, j| if i == j { 1.0 } else { 0.0 };
            let numbers = shape.rows == 1 || shape.columns == 1;
            let (shift_a, shift_s, whole) = match damping {
                KroneckerDamping::Exact => (0.0, 0.0, 0.3),
                _ if numbers => (0.0, 0.0, 0.3),
                KroneckerDamping::Even => (0.3f64.sqrt(), 0.3f64.sqrt(), 0.0),
                KroneckerDamping::Factored => (pi * 0.3f64.sqrt(), 0.3f64.sqrt() / pi, 0.0),
            };
            let c = shape.columns;
            let dense = Matrix::from_fn(n, n, |p, q| {
                let a = a[(p % c, q % c)] + shift_a * one(p % c, q % c);
                let s = s[(p / c, q / c)] + shift_s * one(p / c, q / c);
                s * a + whole * one(p, q)
            });
            let (mut out, mut back) = (vec![0.0; n], vec![0.0; n]);
            factors.apply(&v, &mut out);
            dense.multiply(&out, &mut back);
            close(&back, &v, 1e-11);
            let mut product = vec![0.0; n];
            factors.multiply(&v, &mut product);
            let undamped = Matrix::from_fn(n, n, |p, q| s[(p / c, q / c)] * a[(p % c, q % c)]);
            undamped.multiply(&v, &mut back);
            close(&product, &back, 1e-11);
        }
    }
}

/// Undamped steps do not depend on the coordinates of inputs and outputs.
#[test]
fn undamped_it_is_affinely_invariant() {
    let mut random = Random::new(19);
    let shape = Shape::new(3, 4);
    let (inputs, adjoints) = statistics(&mut random, shape, 11);
    let (t, u): (Vec<f64>, Vec<f64>) = (drawn(&mut random, 16), drawn(&mut random, 9));
    let moved = |x: &[f64], by: &[f64], d| {
        let mut out = vec![0.0; x.len()];
        let shape = Shape::new(11, d);
        let by = Shape::new(d, d).view(by);
        shape.view_mut(&mut out).set_product(1.0, shape.view(x), by.transposed());
        out
    };
    let gradient = |inputs: &[f64], adjoints: &[f64]| {
        let mut g = vec![0.0; 12];
        let adjoints = Shape::new(11, 3).view(adjoints).transposed();
        shape.view_mut(&mut g).set_product(1.0 / 11.0, adjoints, Shape::new(11, 4).view(inputs));
        g
    };
    let direction = |inputs: &[f64], adjoints: &[f64], damping| {
        let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
        let mut factors = KroneckerFactors::new(shape, settings);
        factors.observe(11, inputs, adjoints);
        assert_eq!(factors.refresh(0.0), Status::Refreshed);
        let mut out = vec![0.0; 12];
        factors.apply(&gradient(inputs, adjoints), &mut out);
        out
    };
    for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
        let plain = direction(&inputs, &adjoints, damping);
        // Inputs a' = T a, adjoints g' = U g: W' = U^-T W T^-1, so D = U' D' T.
        let other = direction(&moved(&inputs, &t, 4), &moved(&adjoints, &u, 3), damping);
        let (mut half, mut back) = (vec![0.0; 12], vec![0.0; 12]);
        shape.view_mut(&mut half).set_product(1.0, shape.view(&other), Shape::new(4, 4).view(&t));
        let u = Shape::new(3, 3).view(&u).transposed();
        shape.view_mut(&mut back).set_product(1.0, u, shape.view(&half));
        close(&plain, &back, 1e-8);
    }
}

/// Mistake 12: dead layers.
#[test]
fn zero_traces_and_refused_statistics() {
    let shape = Shape::new(2, 3);
    let mut factors = KroneckerFactors::<f32>::new(shape, KroneckerSettings::default());
    let v: Vec<f32> = narrowed(&G1);
    let mut out = vec![0.0; 6];
    factors.apply(&v, &mut out);
    assert_eq!(out, v);
    factors.observe(2, &[0.0; 6], &[1.0, 0.5, 0.0, 2.0]);
    assert_eq!(factors.pi(), 1.0);
    assert_eq!(factors.refresh(0.04), Status::Refreshed);
    factors.apply(&v, &mut out);
    assert!(out.iter().all(|x| x.is_finite()) && factors.failures().total == 0);
    let kept = factors.input().clone();
    assert_eq!(factors.observe(2, &[f32::NAN; 6], &[0.0; 4]), Status::KeptOld);
    assert_eq!((factors.input(), factors.failures().consecutive), (&kept, 1));
    for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
        let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
        let mut dead = KroneckerFactors::<f32>::new(shape, settings);
        dead.observe(1, &[0.0; 3], &[0.0; 2]);
        assert_eq!(dead.refresh(0.0), Status::Empty);
        dead.apply(&v, &mut out);
        assert!(out.iter().all(|x| x.is_finite()));
    }
}

#[test]
fn single_precision_and_saved_states() {
    let mut random = Random::new(20);
    let shape = Shape::new(3, 5);
    let (inputs, adjoints) = statistics(&mut random, shape, 20);
    let v: Vec<f64> = drawn(&mut random, 15);
    for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
        for average in [Average::Counted { decay: 0.9 }, Average::Corrected { decay: 0.9 }] {
            let settings = KroneckerSettings { average, damping };
            let mut wide = KroneckerFactors::new(shape, settings.clone());
            let mut narrow = KroneckerFactors::<f32>::new(shape, settings);
            for _ in 0..2 {
                wide.observe(20, &inputs, &adjoints);
                narrow.observe(20, &narrowed(&inputs), &narrowed(&adjoints));
            }
            wide.refresh(0.5);
            narrow.refresh(0.5);
            let (mut right, mut out) = (vec![0.0; 15], vec![0.0f32; 15]);
            wide.apply(&v, &mut right);
            let mut again = restored(&narrow);
            assert_eq!(again, narrow);
            narrow.apply(&narrowed(&v), &mut out);
            close(&out, &narrowed(&right), 1e-4);
            let mut other = vec![0.0; 15];
            again.apply(&narrowed(&v), &mut other);
            assert_eq!(out, other);
        }
    }
}

/// Full-batch curvature of a linear layer with squared error: one undamped step solves it.
#[test]
fn one_layer_is_least_squares() {
    let mut random = Random::new(21);
    let (shape, cases) = (Shape::new(2, 3), 12);
    let (inputs, _) = statistics(&mut random, shape, cases);
    let targets: Vec<f64> = drawn(&mut random, cases * 2);
    // At W = 0: residuals are -targets, S = I.
    let mut gradient = vec![0.0; 6];
    let residuals = Shape::new(cases, 2).view(&targets).transposed();
    let x = Shape::new(cases, 3).view(&inputs);
    shape.view_mut(&mut gradient).set_product(-1.0 / cases as f64, residuals, x);
    let mut gram = Matrix::zeros(3, 3);
    view_mut(&mut gram).add_gram(1.0 / cases as f64, x);
    super::super::dense::mirror(&mut gram);
    let mut factors = KroneckerFactors::new(shape, KroneckerSettings::default());
    factors.observe_grams(&gram, &Matrix::identity(2));
    factors.refresh(0.0);
    let mut direction = vec![0.0; 6];
    factors.apply(&gradient, &mut direction);
    let lu = Lu::new(&gram).unwrap();
    for (row, d) in gradient.chunks(3).zip(direction.chunks(3)) {
        let mut right = row.to_vec();
        lu.solve(&mut right);
        close(d, &right, 1e-12);
    }
}
