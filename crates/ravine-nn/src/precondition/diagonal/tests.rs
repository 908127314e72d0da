use super::super::Status;
use super::super::examples::*;
use super::*;
use ravine_linalg::random::Random;

#[test]
fn adam_is_its_formula() {
    let mut adam = AdamDirection::new(6, AdamSettings::default());
    let mut direction = vec![0.0; 6];
    adam.step(&G1, &mut direction);
    adam.step(&G2, &mut direction);
    let right = G1.iter().zip(&G2).map(|(a, b)| {
        let m = (0.09 * a + 0.1 * b) / 0.19;
        let v = (0.000999 * a * a + 0.001 * b * b) / (1.0 - 0.999f64.powi(2));
        m / (v.sqrt() + 1e-8)
    });
    close(&direction, &right.collect::<Vec<_>>(), 1e-12);
}

/// Mistake 26: the unclipped step is `m / (rho diag)`, and a batch that is repeated, with half the
/// squared sampled gradient and twice the number of losses, gives the same.
#[test]
fn sophia_needs_the_number_of_losses() {
    let (diagonal, gradient) = ([4.0, 1.0, 0.25], [0.1, -0.01, 1.0]);
    let settings = SophiaSettings { beta1: 0.0, beta2: 0.0, rho: 0.5 };
    let mut directions = Vec::new();
    for losses in [50, 100] {
        let mut sophia = Sophia::new(3, settings.clone());
        let sampled = diagonal.map(|d: f64| (d / losses as f64).sqrt());
        sophia.observe_curvature(&sampled);
        let mut direction = vec![0.0; 3];
        let (step, free) = sophia.step(&gradient, losses, &mut direction);
        assert!(step.moves && (free - 2.0 / 3.0).abs() < 1e-15);
        directions.push(direction);
    }
    close(&directions[0], &[0.1 / 2.0, -0.01 / 0.5, 1.0], 1e-12);
    close(&directions[0], &directions[1], 1e-12);
    // Forgotten, everything is clipped; so it is before the first estimate.
    let mut sophia = Sophia::new(3, settings);
    let mut direction = vec![0.0; 3];
    assert_eq!(sophia.step(&gradient, 100, &mut direction).1, 0.0);
    assert_eq!(direction, [1.0, -1.0, 1.0]);
}

/// Mistake 27: which entries are averaged, for every kind of shape.
#[test]
fn spatial_averages_follow_shapes() {
    let groups: [(&[usize], usize); 6] = [
        (&[], 1),
        (&[7], 1),
        (&[3, 4], 4),
        (&[2, 3, 4], 4),
        (&[2, 3, 2, 5], 10),
        (&[2, 3, 2, 2, 3], 12),
    ];
    for (dimensions, group) in groups {
        assert_eq!(Spatial::ByShape.group(dimensions), group);
        assert_eq!(Spatial::None.group(dimensions), 1);
        assert_eq!(Spatial::Blocks(32).group(dimensions), 32);
    }
    let estimate = [1.0, -3.0, 2.0, 4.0];
    let cases = [
        (Spatial::ByShape, SpatialOf::Magnitudes, [2.0, 2.0, 3.0, 3.0]),
        (Spatial::ByShape, SpatialOf::Estimates, [1.0, 1.0, 3.0, 3.0]),
        (Spatial::None, SpatialOf::Magnitudes, [1.0, 3.0, 2.0, 4.0]),
        (Spatial::Blocks(3), SpatialOf::Magnitudes, [2.0, 2.0, 2.0, 4.0]),
    ];
    for (spatial, of, denominator) in cases {
        let settings = AdaHessianSettings { spatial, of, epsilon: 0.0, ..Default::default() };
        let mut adahessian = AdaHessian::new(&[2, 2], settings);
        let mut direction = [0.0; 4];
        adahessian.step(&[1.0; 4], &estimate, &mut direction);
        close(&direction, &denominator.map(|d: f64| 1.0 / d), 1e-12);
    }
}

/// `E[(v Hv)_i^2] = sum_j H_ij^2`: the denominator tends to the norms of rows.
#[test]
fn the_denominator_is_the_norm_of_a_row() {
    let mut random = Random::new(37);
    let h = semidefinite(&mut random, &[3.0, 1.0, 0.3]);
    let settings = AdaHessianSettings { beta2: 0.9998, epsilon: 0.0, ..Default::default() };
    let mut adahessian = AdaHessian::new(&[3], settings);
    let mut direction = vec![0.0; 3];
    for _ in 0..20_000 {
        let v: Vec<f64> = (0..3).map(|_| random.sign()).collect();
        let mut estimate = vec![0.0; 3];
        h.multiply(&v, &mut estimate);
        estimate.iter_mut().zip(&v).for_each(|(e, v)| *e *= v);
        adahessian.step(&[1.0; 3], &estimate, &mut direction);
    }
    for (i, d) in direction.iter().enumerate() {
        let row = h.column(i).iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((1.0 / d / row - 1.0).abs() < 0.05, "{d} {row}");
    }
}

#[test]
fn refused_gradients_zero_ones_and_saved_states() {
    let g: Vec<f32> = narrowed(&G1);
    let (broken, mut direction, mut other) = ([f32::NAN; 6], vec![0.0; 6], vec![0.0; 6]);
    let mut adam = AdamDirection::<f32>::new(6, AdamSettings::default());
    let mut sophia = Sophia::<f32>::new(6, SophiaSettings::default());
    let mut adahessian = AdaHessian::<f32>::new(&[3, 2], AdaHessianSettings::default());
    assert!(adam.step(&[0.0; 6], &mut direction).moves && direction == [0.0; 6]);
    assert!(sophia.step(&[0.0; 6], 1, &mut direction).0.moves && direction == [0.0; 6]);
    assert!(adahessian.step(&[0.0; 6], &[0.0; 6], &mut direction).moves && direction == [0.0; 6]);
    adam.step(&g, &mut direction);
    sophia.observe_curvature(&g);
    adahessian.step(&g, &g, &mut direction);
    assert!(!adam.step(&broken, &mut direction).moves);
    assert!(!sophia.step(&broken, 1, &mut direction).0.moves);
    assert_eq!(sophia.observe_curvature(&broken), Status::KeptOld);
    assert!(!adahessian.step(&g, &broken, &mut direction).moves);
    let totals = [adam.failures(), sophia.failures(), adahessian.failures()].map(|f| f.total);
    assert_eq!(totals, [1, 2, 1]);
    let (mut adam2, mut sophia2) = (restored(&adam), restored(&sophia));
    let mut adahessian2 = restored(&adahessian);
    adam.step(&g, &mut direction);
    adam2.step(&g, &mut other);
    assert_eq!((&adam, &direction), (&adam2, &other));
    sophia.step(&g, 3, &mut direction);
    sophia2.step(&g, 3, &mut other);
    assert_eq!((&sophia, &direction), (&sophia2, &other));
    adahessian.step(&g, &g, &mut direction);
    adahessian2.step(&g, &g, &mut other);
    assert_eq!((&adahessian, &direction), (&adahessian2, &other));
}
