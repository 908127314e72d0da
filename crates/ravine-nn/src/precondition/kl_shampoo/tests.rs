use super::super::dense::{view, view_mut};
use super::super::examples::*;
use super::*;
use ravine_linalg::matrix::SymmetricEigen;
use ravine_linalg::random::Random;

const SHAPE: Shape = Shape { rows: 3, columns: 2 };

/// Mistake 19.
#[test]
fn pinned_alternation() {
    let [a, b] = kl_factors(SHAPE, &[&G1, &G2], 2).unwrap();
    let right = [
        0.025099, -0.011063, -0.031275, -0.011063, 0.087802, 0.000692, -0.031275, 0.000692,
        0.210936,
    ];
    close(a.entries(), &right, DIGITS);
    close(b.entries(), &[1.082469, 0.068102, 0.068102, 0.922828], DIGITS);
    assert!(kl_factors(SHAPE, &[&G1], 2).is_none());
}

/// Roots of covariances of the two sides; gradients are `A Z B'` of white Z.
struct Stream {
    random: Random,
    shape: Shape,
    sides: [Matrix<f64>; 2],
}

impl Stream {
    fn new(seed: u64, a: &[f64], b: &[f64]) -> Self {
        let mut random = Random::new(seed);
        let sides = [semidefinite(&mut random, a), semidefinite(&mut random, b)];
        Self { random, shape: Shape::new(a.len(), b.len()), sides }
    }

    fn next(&mut self) -> Vec<f64> {
        let z: Vec<f64> = drawn(&mut self.random, self.shape.entries());
        transformed(&z, &self.sides[0], &self.sides[1])
    }
}

fn spread(n: usize, condition: f64) -> Vec<f64> {
    (0..n).map(|k| condition.powf(-0.5 * k as f64 / (n - 1) as f64)).collect()
}

/// The root mean square of logarithms of the eigenvalues of `P C P'`, P the map of a gradient to its
/// direction and C the covariance of gradients, up to its scale.
fn whitening_error(stream: &Stream, kl: &KlShampoo<f64>) -> f64 {
    let n = stream.shape.entries();
    let mut map = Matrix::zeros(n, n);
    let mut probe = kl.clone();
    probe.load_scales();
    for k in 0..n {
        let mut unit = vec![0.0; n];
        unit[k] = 1.0;
        // What the stream makes of a unit, whitened.
        let moved = transformed(&unit, &stream.sides[0], &stream.sides[1]);
        probe.momentum = moved.clone();
        probe.direction(&moved, map.column_mut(k));
    }
    let mut gram = Matrix::zeros(n, n);
    accumulate_gram(&mut gram, 0.0, 1.0, view(&map));
    let logarithms: Vec<f64> =
        SymmetricEigen::new(&gram).unwrap().values().iter().map(|v| v.ln()).collect();
    (logarithms.iter().map(|l| l * l).sum::<f64>() / n as f64).sqrt()
}

/// Mistakes 19 and 20: directions are white, soon, and for any scale of gradients.
#[test]
fn directions_become_white() {
    for size in [1.0, 1e-4] {
        let a: Vec<f64> = spread(6, 1e3).iter().map(|v| size * v).collect();
        let mut stream = Stream::new(22, &a, &spread(4, 1e2));
        let settings = KlSettings { epsilon: 0.0, ..KlSettings::default() };
        let mut kl = KlShampoo::new(stream.shape, settings);
        let mut direction = vec![0.0; 24];
        let (mut early, mut errors) = (0.0, Vec::new());
        for t in 0..=500 {
            let gradient = stream.next();
            kl.step(&gradient, &mut direction);
            if t == 10 {
                early = super::super::dense::trace(kl.factors()[0].unwrap());
            }
            if [10, 100, 200, 500].contains(&t) {
                errors.push(whitening_error(&stream, &kl));
            }
        }
        assert!(errors[0] < 4.0 && errors[1] < 0.5, "{errors:?}");
        assert!(errors[2] < 0.35 && errors[3] < 0.3, "{errors:?}");
        let late = super::super::dense::trace(kl.factors()[0].unwrap());
        assert!((0.01..100.0).contains(&(early / late)), "{early} {late}");
    }
}

/// The reference's running means arrive too, later.
#[test]
fn running_means_of_eigenvalues_arrive_later() {
    let mut stream = Stream::new(23, &spread(6, 1e3), &spread(4, 1e2));
    let settings = KlSettings {
        epsilon: 0.0,
        eigenvalues: KlEigenvalues::Averaged,
        start: KlStart::Constant(0.1),
        ..KlSettings::default()
    };
    let mut kl = KlShampoo::new(stream.shape, settings);
    let mut direction = vec![0.0; 24];
    let mut errors = Vec::new();
    for t in 0..=1000 {
        let gradient = stream.next();
        kl.step(&gradient, &mut direction);
        if [100, 1000].contains(&t) {
            errors.push(whitening_error(&stream, &kl));
        }
    }
    // The authors' bound on scales keeps the smallest eigenvalues from being divided out.
    assert!(errors[0] > 1.0 && errors[1] < 0.9, "{errors:?}");
}

/// The first call of the reference, and the direction after it, by hand.
#[test]
fn first_steps_of_the_reference() {
    let settings = KlSettings {
        eigenvalues: KlEigenvalues::Averaged,
        start: KlStart::Constant(0.1),
        ..KlSettings::default()
    };
    let mut kl = KlShampoo::new(SHAPE, settings);
    let mut direction = vec![1.0; 6];
    assert_eq!(kl.step(&G1, &mut direction), Step { moves: false, status: Status::Refreshed });
    assert_eq!(direction, [0.0; 6]);
    let right: f64 = right_first();
    assert!((kl.factors()[0].unwrap()[(0, 0)] - right).abs() < 1e-16);
    kl.step(&G2, &mut direction);
    // All eigenvalues are 0.1: the momentum 0.1 G2 divided by it.
    let right: Vec<f64> = G2.iter().map(|g| 0.1 * g / (0.1 + 1e-8)).collect();
    close(&direction, &right, 1e-12);
    // S_a = 0.98 S_a + 0.02 G2 G2' / (0.1 n).
    let right = 0.98 * right_first() + 0.02 * (G2[0] * G2[0] + G2[1] * G2[1]) / 0.2;
    assert!((kl.factors()[0].unwrap()[(0, 0)] - right).abs() < 1e-15);
}

fn right_first() -> f64 {
    0.02 * (G1[0] * G1[0] + G1[1] * G1[1]) / 2.0
}

#[test]
fn orthogonal_transforms_transposition_and_scale_go_through() {
    let mut random = Random::new(24);
    let shape = Shape::new(4, 4);
    let gradients: Vec<Vec<f64>> = (0..25).map(|_| drawn(&mut random, 16)).collect();
    let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 4));
    for denominator in [KlDenominator::Factors, KlDenominator::SecondMoments] {
        let run = |map: &dyn Fn(&[f64]) -> Vec<f64>| {
            let settings = KlSettings { denominator, epsilon: 0.0, ..KlSettings::default() };
            let mut kl = KlShampoo::new(shape, settings);
            let mut direction = vec![0.0; 16];
            gradients.iter().for_each(|g| {
                kl.step(&map(g), &mut direction);
            });
            direction
        };
        let plain = run(&<[f64]>::to_vec);
        close(&transformed(&plain, &u, &v), &run(&|g| transformed(g, &u, &v)), 1e-7);
        close(&transposed(&plain, 4), &run(&|g| transposed(g, 4)), 1e-8);
        close(&plain, &run(&|g| g.iter().map(|g| 1e-5 * g).collect()), 1e-8);
    }
}

/// With bases that stay the identity KL-SOAP is Adam without bias corrections.
#[test]
fn white_sides_keep_their_coordinates() {
    let settings = KlSettings {
        largest_side: 1,
        denominator: KlDenominator::SecondMoments,
        ..KlSettings::default()
    };
    let mut kl = KlShampoo::new(SHAPE, settings);
    let mut direction = vec![0.0; 6];
    for g in [G1, G2, G1] {
        kl.step(&g, &mut direction);
    }
    let right = G1.iter().zip(&G2).map(|(a, b)| {
        let m = 0.1 * a + 0.09 * b;
        m / ((0.02 * a * a + 0.98 * 0.02 * b * b).sqrt() + 1e-8)
    });
    close(&direction, &right.collect::<Vec<_>>(), 1e-14);
}

#[test]
fn refused_gradients_zero_ones_and_saved_states() {
    for denominator in [KlDenominator::Factors, KlDenominator::SecondMoments] {
        let settings = KlSettings { denominator, period: 2, ..KlSettings::default() };
        let mut kl = KlShampoo::<f32>::new(SHAPE, settings.clone());
        let mut wide = KlShampoo::<f64>::new(SHAPE, settings);
        let (mut direction, mut right) = (vec![0.0; 6], vec![0.0; 6]);
        assert_eq!(kl.step(&[0.0; 6], &mut direction).status, Status::Empty);
        for g in [G1, G2, G1, G2] {
            kl.step(&narrowed(&g), &mut direction);
            wide.step(&g, &mut right);
        }
        close(&direction, &narrowed(&right), 1e-3);
        let before = kl.clone();
        assert!(!kl.step(&[f32::NAN; 6], &mut direction).moves);
        assert_eq!((kl.factors(), kl.failures().total), (before.factors(), 1));
        let mut again = restored(&kl);
        let mut other = vec![0.0; 6];
        for g in [G1, G2, [0.0; 6]] {
            kl.step(&narrowed(&g), &mut direction);
            again.step(&narrowed(&g), &mut other);
            assert_eq!((&kl, &direction), (&again, &other));
            assert!(finite(&direction));
        }
    }
}

#[test]
fn samples_of_a_kronecker_covariance_give_it_back() {
    let mut stream = Stream::new(25, &spread(4, 1e2), &spread(3, 1e1));
    let gradients: Vec<Vec<f64>> = (0..4000).map(|_| stream.next()).collect();
    let slices: Vec<&[f64]> = gradients.iter().map(|g| &g[..]).collect();
    let found = kl_factors(stream.shape, &slices, 3).unwrap();
    let right = [0, 1].map(|k| {
        let side = &stream.sides[k];
        let n = side.rows();
        let mut covariance = Matrix::zeros(n, n);
        view_mut(&mut covariance).set_product(1.0, view(side), view(side).transposed());
        covariance
    });
    // The scale splits freely.
    let by = [0, 1]
        .map(|k| super::super::dense::trace(&right[k]) / super::super::dense::trace(&found[k]));
    assert!((by[0] * by[1] - 1.0).abs() < 0.05, "{by:?}");
    for k in 0..2 {
        let scaled: Vec<f64> = found[k].entries().iter().map(|x| by[k] * x).collect();
        close(&scaled, right[k].entries(), 0.05);
    }
}
