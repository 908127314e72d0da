use super::super::examples::*;
use super::*;

const SHAPE: Shape = Shape { rows: 3, columns: 2 };

fn from_identity() -> PsgdSettings {
    PsgdSettings {
        geometry: PsgdGeometry::Qeq,
        norm: NormBound::Exact,
        initial: Some(1.0),
        noise: 0.0,
        clip: None,
        ..PsgdSettings::default()
    }
}

#[test]
fn pinned_update() {
    let mut psgd = Psgd::new(SHAPE, from_identity());
    assert_eq!(psgd.observe(&G1), Status::Refreshed);
    let [a, b] = psgd.factors().map(Option::unwrap);
    let right = [
        1.072737, 0.001865, 0.006341, 0.001865, 1.065277, -0.003357, 0.006341, -0.003357, 1.051849,
    ];
    close(a.entries(), &right, DIGITS);
    close(b.entries(), &[1.071994, 0.005433, 0.005433, 1.066288], DIGITS);
    close(&psgd.bounds(), &[2.680887, 3.680887], DIGITS);
}

/// Mistake 25: no bound is below the norm, also where the matrix is of rank one.
#[test]
fn bounds_are_never_too_low() {
    let mut random = Random::new(26);
    let mut wide = Matrix::zeros(0, 0);
    for n in [1, 2, 5, 40] {
        for rank in [1, n] {
            let x: Vec<f64> = drawn(&mut random, n * rank);
            let mut gram = Matrix::zeros(n, n);
            accumulate_gram(&mut gram, 0.0, 1.0, Shape::new(rank, n).view(&x));
            let exact = symmetric_norm(NormBound::Exact, &gram, &mut wide);
            let upper = symmetric_norm(NormBound::Upper, &gram, &mut wide);
            assert!(upper >= exact * (1.0 - 1e-14), "{upper} {exact}");
            if rank == 1 {
                assert!(upper <= exact * (1.0 + 1e-12));
            }
        }
    }
}

/// A side of eigenvalues `condition^-k/(n-1)`; gradients of covariance `C_a (x) C_b`.
fn whitening(settings: PsgdSettings, rates: &[f64]) -> Vec<f64> {
    let mut random = Random::new(27);
    let spread = |n: usize, condition: f64| -> Vec<f64> {
        (0..n).map(|k| condition.powf(-0.5 * k as f64 / (n - 1) as f64)).collect()
    };
    let a = semidefinite(&mut random, &spread(6, 1e2));
    let b = semidefinite(&mut random, &spread(4, 1e1));
    let shape = Shape::new(6, 4);
    let mut psgd = Psgd::new(shape, settings);
    let mut errors = Vec::new();
    for &rate in rates {
        psgd.set_rate(rate);
        for _ in 0..100 {
            let z: Vec<f64> = drawn(&mut random, 24);
            assert_eq!(psgd.observe(&transformed(&z, &a, &b)), Status::Refreshed);
        }
        let mut map = Matrix::zeros(24, 24);
        for k in 0..24 {
            let mut unit = vec![0.0; 24];
            unit[k] = 1.0;
            psgd.direction(&transformed(&unit, &a, &b), map.column_mut(k));
        }
        let mut gram = Matrix::zeros(24, 24);
        accumulate_gram(&mut gram, 0.0, 1.0, view(&map));
        let eigen = SymmetricEigen::new(&gram).unwrap();
        let squares: f64 = eigen.values().iter().map(|v| v.ln().powi(2)).sum();
        errors.push((squares / 24.0).sqrt());
    }
    errors
}

#[test]
fn directions_become_white() {
    for geometry in [PsgdGeometry::Qeq, PsgdGeometry::Q05Eq15] {
        for norm in [NormBound::Exact, NormBound::Upper] {
            let settings = PsgdSettings { geometry, norm, ..from_identity() };
            let errors = whitening(settings, &[0.1, 0.1, 0.1, 0.02, 0.02, 0.02]);
            assert!(errors[0] < 1.2 && errors[2] < 0.7 && errors[5] < 0.35, "{errors:?}");
        }
    }
}

#[test]
fn orthogonal_transforms_and_transposition_go_through() {
    let mut random = Random::new(28);
    let shape = Shape::new(4, 3);
    let gradients: Vec<Vec<f64>> = (0..12).map(|_| drawn(&mut random, 12)).collect();
    let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 3));
    let run = |shape, geometry, map: &dyn Fn(&[f64]) -> Vec<f64>| {
        let settings = PsgdSettings { geometry, initial: None, ..from_identity() };
        let mut psgd = Psgd::new(shape, PsgdSettings { initial: Some(0.8), ..settings });
        let mut direction = vec![0.0; 12];
        gradients.iter().for_each(|g| {
            psgd.step(&map(g), &mut direction);
        });
        direction
    };
    for geometry in [PsgdGeometry::Qeq, PsgdGeometry::Q05Eq15] {
        let plain = run(shape, geometry, &<[f64]>::to_vec);
        close(
            &transformed(&plain, &u, &v),
            &run(shape, geometry, &|g| transformed(g, &u, &v)),
            1e-11,
        );
        let across = run(shape.transposed(), geometry, &|g| transposed(g, 3));
        close(&transposed(&plain, 3), &across, 1e-11);
    }
}

#[test]
fn rotations_keep_the_preconditioner_and_approach_symmetry() {
    let mut random = Random::new(29);
    let positive = semidefinite(&mut random, &[3.0, 2.0, 1.0, 0.5]);
    // A small turn away.
    let mut near = identity::<f64>(4);
    for i in 0..4 {
        for j in 0..i {
            let x = 0.05 * random.normal();
            near[(i, j)] += x;
            near[(j, i)] -= x;
        }
    }
    let mut turn = Matrix::zeros(4, 4);
    super::super::householder::Householder::default().orthogonal_factor(&mut near, &mut turn);
    let mut q = Matrix::zeros(4, 4);
    multiply(&mut q, &turn, &positive);
    let preconditioner = |q: &Matrix<f64>| {
        let mut p = Matrix::zeros(4, 4);
        accumulate_gram(&mut p, 0.0, 1.0, view(q));
        p
    };
    let before = preconditioner(&q);
    let [mut a, mut b, mut c] = [0, 1, 2].map(|_| Matrix::default());
    for _ in 0..200 {
        rotate(&mut q, &mut a, &mut b, &mut c);
    }
    close(q.entries(), &transposed(q.entries(), 4), 2e-3);
    close(q.entries(), positive.entries(), 1e-2);
    close(preconditioner(&q).entries(), before.entries(), 1e-2);
}

#[test]
fn first_gradients_become_of_order_one_and_long_sides_diagonal() {
    let mut random = Random::new(30);
    let shape = Shape::new(8, 5);
    for size in [1e-8, 1.0, 1e6] {
        let settings = PsgdSettings { noise: 0.0, clip: None, ..PsgdSettings::default() };
        let mut psgd = Psgd::<f32>::new(shape, PsgdSettings { largest_side: 5, ..settings });
        let g: Vec<f32> = drawn(&mut random, 40).iter().map(|g: &f64| (size * g) as f32).collect();
        let mut direction = vec![0.0; 40];
        assert_eq!(psgd.step(&g, &mut direction), Step::moved(Status::Refreshed));
        assert!(psgd.factors()[0].is_none() && psgd.factors()[1].is_some());
        let size = safe_norm(&direction) / 40f64.sqrt();
        assert!((0.3..3.0).contains(&size), "{size}");
        let descent: f32 = direction.iter().zip(&g).map(|(d, g)| d * g).sum();
        assert!(descent > 0.0);
    }
}

#[test]
fn clips_probabilities_refusals_and_saved_states() {
    let settings = PsgdSettings { clip: Some(0.01), ..PsgdSettings::default() };
    let mut psgd = Psgd::<f32>::new(SHAPE, settings.clone());
    let (mut direction, mut other) = (vec![0.0; 6], vec![0.0; 6]);
    assert_eq!(psgd.step(&[0.0; 6], &mut direction), Step::moved(Status::Empty));
    psgd.step(&narrowed(&G1), &mut direction);
    assert!((safe_norm(&direction) / 6f64.sqrt() - 0.01).abs() < 1e-8);
    let before = psgd.clone();
    assert!(!psgd.step(&[f32::NAN; 6], &mut direction).moves);
    assert_eq!((psgd.factors(), psgd.failures().total), (before.factors(), 1));
    let mut again = restored(&psgd);
    for g in [G1, G2, G1] {
        psgd.step(&narrowed(&g), &mut direction);
        again.step(&narrowed(&g), &mut other);
        assert_eq!((&psgd, &direction), (&again, &other));
    }
    psgd.set_probability(0.0);
    assert_eq!(psgd.step(&narrowed(&G1), &mut direction).status, Status::Unchanged);
    let mut of_momentum =
        Psgd::<f32>::new(SHAPE, PsgdSettings { source: PsgdSource::Momentum, ..settings });
    of_momentum.step(&narrowed(&G1), &mut direction);
    of_momentum.step(&narrowed(&G2), &mut other);
    assert!(direction != other);
}
