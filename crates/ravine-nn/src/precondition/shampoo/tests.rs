use super::super::examples::*;
use super::super::{Polar, PolarIteration};
use super::*;
use ravine_linalg::random::Random;

const SHAPE: Shape = Shape { rows: 3, columns: 2 };

fn unfiltered() -> ShampooSettings {
    ShampooSettings { beta1: 0.0, ..ShampooSettings::default() }
}

fn last(shape: Shape, settings: ShampooSettings, gradients: &[&[f64]]) -> Vec<f64> {
    let mut shampoo = Shampoo::new(shape, settings);
    let mut direction = vec![0.0; shape.entries()];
    for gradient in gradients {
        assert!(shampoo.step(gradient, &mut direction).moves);
    }
    direction
}

#[test]
fn pinned_directions() {
    let settings = ShampooSettings { epsilon: Epsilon::Absolute(0.01), ..unfiltered() };
    let two_sided = last(SHAPE, settings.clone(), &[&G1, &G2]);
    let right = [0.504907, 0.262019, -0.073223, 0.429617, 0.506911, -0.158467];
    close(&two_sided, &right, DIGITS);
    let settings = ShampooSettings { sides: ShampooSides::Columns, ..settings };
    let right = [0.323207, 0.195147, -0.046190, 0.354615, 0.514513, -0.126492];
    close(&last(SHAPE, settings.clone(), &[&G1, &G2]), &right, DIGITS);
    // The smaller side is that of columns.
    let settings = ShampooSettings { sides: ShampooSides::Smaller, ..settings };
    close(&last(SHAPE, settings, &[&G1, &G2]), &right, DIGITS);
}

/// Mistake 9: without memory all exponents give the polar factor, of a vector the unit vector.
#[test]
fn without_memory_it_is_the_polar_factor() {
    let mut random = Random::new(13);
    for (rows, columns) in [(4, 4), (5, 3), (3, 5), (1, 6), (6, 1), (1, 1)] {
        let shape = Shape::new(rows, columns);
        let g: Vec<f64> = drawn(&mut random, shape.entries());
        let mut polar = g.clone();
        Polar::default().factor(PolarIteration::Exact, 0, shape, &mut polar);
        for sides in
            [ShampooSides::Both, ShampooSides::Rows, ShampooSides::Columns, ShampooSides::Smaller]
        {
            let settings = ShampooSettings {
                average: Average::Plain { decay: 0.0 },
                epsilon: Epsilon::PseudoInverse(Some(1e-12)),
                sides,
                ..unfiltered()
            };
            close(&last(shape, settings, &[&g]), &polar, 1e-6);
        }
    }
}

#[test]
fn invariances() {
    let mut random = Random::new(14);
    let shape = Shape::new(4, 3);
    let gradients: Vec<Vec<f64>> = (0..3).map(|_| drawn(&mut random, 12)).collect();
    let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 3));
    let averages = [Average::Sum, Average::Corrected { decay: 0.9 }, Average::Plain { decay: 0.9 }];
    for average in averages {
        let settings = ShampooSettings { average, ..ShampooSettings::default() };
        let run = |map: &dyn Fn(&[f64]) -> Vec<f64>, shape| {
            let mapped: Vec<Vec<f64>> = gradients.iter().map(|g| map(g)).collect();
            let slices: Vec<&[f64]> = mapped.iter().map(|g| &g[..]).collect();
            last(shape, settings.clone(), &slices)
        };
        let plain = run(&<[f64]>::to_vec, shape);
        close(&run(&|g| transformed(g, &u, &v), shape), &transformed(&plain, &u, &v), 1e-9);
        let across = run(&|g| transposed(g, 3), shape.transposed());
        close(&transposed(&plain, 3), &across, 1e-10);
        close(&run(&|g| g.iter().map(|g| 1e-8 * g).collect(), shape), &plain, 1e-9);
    }
}

#[test]
fn blocks_are_problems_of_their_own() {
    let mut random = Random::new(15);
    let shape = Shape::new(5, 4);
    let g: Vec<f64> = drawn(&mut random, 20);
    let graft = Graft::Adam { beta2: 0.9, epsilon: 1e-8 };
    let settings = ShampooSettings { block: 3, graft, ..ShampooSettings::default() };
    assert_eq!(Shampoo::<f64>::new(shape, settings.clone()).blocks(), 4);
    let whole = last(shape, settings.clone(), &[&g]);
    for part in parts(shape, [3, 3]).take(3) {
        let alone = part.cut(&g, shape, &mut Vec::new()).to_vec();
        let of_whole = part.cut(&whole, shape, &mut Vec::new()).to_vec();
        close(&of_whole, &last(part.shape, settings.clone(), &[&alone]), 1e-12);
    }
    // Or only the side that is short enough.
    let settings = ShampooSettings { block: 4, long_sides: LongSides::Identity, ..settings };
    let one_sided = ShampooSettings { sides: ShampooSides::Columns, ..settings.clone() };
    assert_eq!(Shampoo::<f64>::new(shape, settings.clone()).blocks(), 1);
    close(&last(shape, settings, &[&g]), &last(shape, one_sided, &[&g]), 0.0);
}

#[test]
fn grafted_lengths_are_those_of_their_methods() {
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scaled = |root: &dyn Fn(f64, f64) -> f64| -> f64 {
        let each = G1.iter().zip(&G2).map(|(a, b)| b / root(a * a, b * b));
        norm(&each.collect::<Vec<_>>())
    };
    let cases = [
        (Graft::Sgd, norm(&G2)),
        (Graft::Adagrad { epsilon: 1e-10 }, scaled(&|a, b| (a + b).sqrt())),
        (Graft::Rmsprop { beta2: 0.9, epsilon: 0.0 }, scaled(&|a, b| (0.09 * a + 0.1 * b).sqrt())),
        (
            Graft::Adam { beta2: 0.9, epsilon: 0.0 },
            scaled(&|a, b| ((0.09 * a + 0.1 * b) / 0.19).sqrt()),
        ),
    ];
    let free = last(SHAPE, unfiltered(), &[&G1, &G2]);
    for (graft, length) in cases {
        let settings = ShampooSettings { graft, ..unfiltered() };
        let grafted = last(SHAPE, settings.clone(), &[&G1, &G2]);
        assert!((norm(&grafted) - length).abs() < 1e-8, "{graft:?}");
        let by = length / norm(&free);
        close(&grafted, &free.iter().map(|x| by * x).collect::<Vec<_>>(), 1e-8);
        // Before the first root only the grafted method acts.
        let early = last(SHAPE, ShampooSettings { start: 3, ..settings }, &[&G1, &G2]);
        assert!((norm(&early) - length).abs() < 1e-8);
    }
}

/// Mistake 11, and roots between refreshes.
#[test]
fn first_steps_and_stale_roots() {
    let settings = ShampooSettings { period: 3, ..unfiltered() };
    let mut shampoo = Shampoo::new(SHAPE, settings);
    let mut direction = vec![0.0; 6];
    let statuses: Vec<Status> = (0..4).map(|_| shampoo.step(&G1, &mut direction).status).collect();
    use Status::*;
    assert_eq!(statuses, [Refreshed, Unchanged, Refreshed, Unchanged]);
    let first = last(SHAPE, unfiltered(), &[&G1]);
    assert!(first.iter().zip(&G1).map(|(d, g)| d * g).sum::<f64>() > 0.0);
    // Free of its bias the filtered gradient of the first step is the gradient.
    close(&last(SHAPE, ShampooSettings::default(), &[&G1]), &first, 1e-12);
}

#[test]
fn refused_gradients_zero_ones_and_saved_states() {
    let graft = Graft::Adam { beta2: 0.9, epsilon: 1e-8 };
    let settings = ShampooSettings { graft, block: 2, ..ShampooSettings::default() };
    let mut shampoo = Shampoo::<f32>::new(SHAPE, settings.clone());
    let mut direction = vec![1.0; 6];
    assert_eq!(shampoo.step(&[0.0; 6], &mut direction), Step::moved(Status::Empty));
    assert_eq!(direction, [0.0; 6]);
    shampoo.step(&narrowed(&G1), &mut direction);
    let before = shampoo.clone();
    let mut broken = narrowed(&G2);
    broken[5] = f32::INFINITY;
    assert!(!shampoo.step(&broken, &mut direction).moves);
    assert_eq!((shampoo.failures().consecutive, &shampoo.blocks), (1, &before.blocks));
    let mut again = restored(&shampoo);
    let mut other = vec![0.0; 6];
    shampoo.step(&narrowed(&G2), &mut direction);
    again.step(&narrowed(&G2), &mut other);
    assert_eq!((&shampoo, &direction), (&again, &other));
    assert_eq!(shampoo.failures(), Failures { consecutive: 0, total: 1 });
    // Single precision is double precision rounded.
    let mut wide = Shampoo::<f64>::new(SHAPE, settings);
    let mut right = vec![0.0; 6];
    for g in [[0.0; 6], G1, G2] {
        wide.step(&g, &mut right);
    }
    close(&direction, &narrowed(&right), 1e-3);
}

#[test]
fn traces_scale_factors() {
    let settings = ShampooSettings {
        trace_scaling: true,
        power: Some(0.5),
        epsilon: Epsilon::Absolute(0.0),
        sides: ShampooSides::Columns,
        ..unfiltered()
    };
    let scaled = last(SHAPE, settings.clone(), &[&G1]);
    let plain = last(SHAPE, ShampooSettings { trace_scaling: false, ..settings }, &[&G1]);
    let trace: f64 = G1.iter().map(|g| g * g).sum();
    close(&scaled, &plain.iter().map(|x| trace.powf(0.25) * x).collect::<Vec<_>>(), 1e-10);
}
