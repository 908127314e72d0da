use super::super::examples::*;
use super::*;
use ravine_linalg::random::Random;

const SHAPE: Shape = Shape { rows: 3, columns: 2 };

fn every_step() -> SoapSettings {
    SoapSettings { period: 1, ..SoapSettings::default() }
}

fn directions(shape: Shape, settings: SoapSettings, gradients: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut soap = Soap::new(shape, settings);
    let mut all = Vec::new();
    for gradient in gradients {
        let mut direction = vec![f64::NAN; shape.entries()];
        soap.step(gradient, &mut direction);
        all.push(direction);
    }
    all
}

fn pinned() -> [Vec<f64>; 4] {
    [G1.to_vec(), G2.to_vec(), G1.to_vec(), G2.to_vec()]
}

#[test]
fn pinned_directions() {
    let found = directions(SHAPE, every_step(), &pinned());
    assert_eq!(found[0], [0.0; 6]);
    let right = [
        [0.937521, -0.285533, 0.778305, 1.218959, 1.549397, -0.739641],
        [0.958059, -0.508201, 0.359947, 1.084202, 0.450413, 0.540857],
        [0.974377, -0.398672, 0.270095, 1.089608, 0.790645, 0.333942],
    ];
    for (found, right) in found[1..].iter().zip(right) {
        close(found, &right, DIGITS);
    }
}

fn adam(gradients: &[Vec<f64>], epsilon: f64) -> Vec<f64> {
    let (mut m, mut v, mut t) = ([0.0; 6], [0.0; 6], 0);
    for g in gradients {
        t += 1;
        for k in 0..6 {
            m[k] = 0.95 * m[k] + 0.05 * g[k];
            v[k] = 0.95 * v[k] + 0.05 * g[k] * g[k];
        }
    }
    let by = (1.0 - 0.95f64.powi(t)).sqrt() / (1.0 - 0.95f64.powi(t));
    m.iter().zip(&v).map(|(m, v)| by * m / (v.sqrt() + epsilon)).collect()
}

/// Mistakes 17 and 18: with bases that stay the identity it is Adam, one call later, with epsilon
/// beside the uncorrected root.
#[test]
fn without_bases_it_is_adam_one_call_later() {
    let settings = SoapSettings { largest_side: 1, ..every_step() };
    let found = directions(SHAPE, settings.clone(), &pinned());
    close(&found[3], &adam(&pinned()[1..], 1e-8), 1e-14);
    let tiny = pinned().map(|g| g.iter().map(|g| 1e-9 * g).collect());
    close(&directions(SHAPE, settings.clone(), &tiny)[3], &adam(&tiny[1..], 1e-8), 1e-14);
    let settings = SoapSettings { order: SoapOrder::FactorsFirst, ..settings };
    close(&directions(SHAPE, settings, &pinned())[3], &adam(&pinned(), 1e-8), 1e-14);
}

/// Mistake 16: the momentum, projected back, is the average of gradients.
#[test]
fn momentum_is_projected_anew() {
    let mut random = Random::new(16);
    let shape = Shape::new(4, 4);
    for period in [1, 3] {
        for order in [SoapOrder::DirectionFirst, SoapOrder::FactorsFirst] {
            let settings = SoapSettings { period, order, ..SoapSettings::default() };
            let mut soap = Soap::new(shape, settings);
            let (mut mean, mut direction) = (vec![0.0; 16], vec![0.0; 16]);
            for _ in 0..8 {
                let g: Vec<f64> = drawn(&mut random, 16);
                if soap.step(&g, &mut direction).moves {
                    average(&mut mean, 0.95, 0.05, &g);
                }
                close(&soap.momentum(), &mean, 1e-14);
            }
        }
    }
}

/// Mistake 16: two directions that exchange their variances take their second moments along.
#[test]
fn second_moments_follow_the_order_of_directions() {
    let settings = SoapSettings { factor_beta: Some(0.0), beta2: 0.5, ..every_step() };
    let mut soap = Soap::new(Shape::new(2, 2), settings);
    let mut direction = [0.0; 4];
    let (first, then) = ([3.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 3.0]);
    soap.step(&first, &mut direction);
    soap.step(&first, &mut direction);
    assert_eq!(soap.second, [4.5, 0.0, 0.0, 0.5]);
    // Variances are exchanged: v of the old first direction, 4.5 / 2 + 1 / 2, moves to the end.
    soap.step(&then, &mut direction);
    assert_eq!(soap.second, [4.75, 0.0, 0.0, 2.75]);
}

#[test]
fn orthogonal_transforms_and_transposition_go_through() {
    let mut random = Random::new(17);
    let shape = Shape::new(4, 4);
    let gradients: Vec<Vec<f64>> = (0..9).map(|_| drawn(&mut random, 16)).collect();
    let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 4));
    let map = |f: &dyn Fn(&Vec<f64>) -> Vec<f64>| gradients.iter().map(f).collect::<Vec<_>>();
    for order in [SoapOrder::DirectionFirst, SoapOrder::FactorsFirst] {
        for period in [1, 5] {
            let settings = SoapSettings { period, order, ..SoapSettings::default() };
            let plain = directions(shape, settings.clone(), &gradients);
            let turned = directions(shape, settings.clone(), &map(&|g| transformed(g, &u, &v)));
            let across = directions(shape, settings.clone(), &map(&|g| transposed(g, 4)));
            let small = directions(shape, settings, &map(&|g| g.iter().map(|g| 0.1 * g).collect()));
            for k in 0..9 {
                close(&transformed(&plain[k], &u, &v), &turned[k], 1e-6);
                close(&transposed(&plain[k], 4), &across[k], 1e-6);
                close(&plain[k], &small[k], 1e-4);
            }
        }
    }
}

#[test]
fn factors_first_moves_at_once_and_forgets_no_bias() {
    let settings = SoapSettings { order: SoapOrder::FactorsFirst, ..every_step() };
    let mut soap = Soap::new(SHAPE, settings);
    let mut direction = [0.0; 6];
    assert_eq!(soap.step(&G1, &mut direction), Step::moved(Status::Refreshed));
    // L = GG', whose eigenbases make the gradient diagonal, up to a third row: singular values / same.
    let factor = &soap.rows.as_ref().unwrap().factor;
    assert!((factor[(0, 0)] - (G1[0] * G1[0] + G1[1] * G1[1])).abs() < 1e-16);
    let right = [0.107768, -0.250490, 0.711679, 0.695167, -0.694190, 0.673794];
    close(&direction, &right, 2e-6);
    soap.step(&G2, &mut direction);
    let factor = &soap.rows.as_ref().unwrap().factor;
    let mean = (0.95 * 0.05 + 0.05 * 0.05) / (1.0 - 0.95 * 0.95);
    assert!((factor[(0, 0)] - mean).abs() > 0.0);
    let weighted = (0.95 * 0.05 * 0.05 + 0.05 * 0.05) / (1.0 - 0.95f64 * 0.95);
    assert!((factor[(0, 0)] - weighted).abs() < 1e-15);
}

#[test]
fn refused_gradients_zero_ones_and_saved_states() {
    let settings = SoapSettings { period: 2, ..SoapSettings::default() };
    let mut soap = Soap::<f32>::new(SHAPE, settings.clone());
    let mut wide = Soap::<f64>::new(SHAPE, settings.clone());
    let (mut direction, mut right) = (vec![0.0; 6], vec![0.0; 6]);
    for g in [G1, G2, G1, G2] {
        soap.step(&narrowed(&g), &mut direction);
        wide.step(&g, &mut right);
    }
    close(&direction, &narrowed(&right), 1e-4);
    let before = soap.clone();
    assert!(!soap.step(&[f32::NAN; 6], &mut direction).moves);
    assert_eq!((soap.count(), soap.failures().total), (3, 1));
    assert_eq!((&soap.momentum, &soap.second), (&before.momentum, &before.second));
    let mut again = restored(&soap);
    let mut other = vec![0.0; 6];
    for g in [G1, G2, G1] {
        soap.step(&narrowed(&g), &mut direction);
        again.step(&narrowed(&g), &mut other);
        assert_eq!((&soap, &direction), (&again, &other));
    }
    let mut zero = Soap::<f32>::new(SHAPE, settings);
    assert_eq!(zero.step(&[0.0; 6], &mut direction).status, Status::Empty);
    assert_eq!(zero.step(&[0.0; 6], &mut direction), Step::moved(Status::Unchanged));
    assert_eq!(direction, [0.0; 6]);
}
