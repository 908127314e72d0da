use ravine::matrix::Matrix;
use ravine::objective::Hessian;

use super::{SURFACES, problem, valley};
use crate::problem::Problem;

fn gradient(objective: &dyn Hessian, x: &Vec<f64>) -> [f64; 2] {
    let mut gradient = vec![0.0; 2];
    objective.value_and_gradient(x, &mut gradient).unwrap();
    [gradient[0], gradient[1]]
}

fn check_minima(problem: &Problem) {
    let objective = problem.objective.as_hessian().unwrap();
    let window = problem.window.unwrap();
    let mut last = f64::NEG_INFINITY;
    for minimum in &problem.minima {
        let point = minimum.point.as_ref().unwrap();
        let name = format!("{} at {point:?}", problem.name);
        assert!(minimum.value >= last, "{name}: not sorted");
        last = minimum.value;
        assert_eq!(objective.value(point).unwrap(), minimum.value, "{name}");
        assert!(window.x.0 <= point[0] && point[0] <= window.x.1, "{name}: outside the window");
        assert!(window.y.0 <= point[1] && point[1] <= window.y.1, "{name}: outside the window");
        let mut hessian = Matrix::zeros(2, 2);
        objective.hessian(point, &mut hessian).unwrap();
        let (trace, determinant) = (
            hessian[(0, 0)] + hessian[(1, 1)],
            hessian[(0, 0)] * hessian[(1, 1)] - hessian[(0, 1)] * hessian[(1, 0)],
        );
        assert!(trace > 0.0 && determinant > 0.0, "{name}: the Hessian is not positive definite");
        // The point is known to rounding: a Newton step moves it by a few units at most.
        let g = gradient(objective, point);
        let largest = g[0].abs().max(g[1].abs());
        assert!(largest < 1e-14 * trace.max(1.0) * 8.0, "{name}: gradient {g:?}");
    }
    let start = &problem.start;
    assert!(window.x.0 <= start[0] && start[0] <= window.x.1, "{}: start", problem.name);
    assert!(window.y.0 <= start[1] && start[1] <= window.y.1, "{}: start", problem.name);
    let g = gradient(objective, start);
    assert!(g != [0.0, 0.0], "{}: the start is stationary: {g:?}", problem.name);
}

#[test]
fn minima_are_minima_to_rounding() {
    for surface in &SURFACES {
        check_minima(&surface.problem());
    }
    check_minima(&valley(1e4, 0.0).unwrap());
    check_minima(&valley(100.0, 30.0).unwrap());
}

#[test]
fn values_are_the_published_ones() {
    // (name, number of minima, lowest value, value at a point)
    let published = [
        ("rosenbrock", 1, 0.0, [-1.2, 1.0], 24.2),
        ("himmelblau", 4, 0.0, [0.0, 0.0], 170.0),
        ("beale", 1, 0.0, [1.0, 1.0], 14.203125),
        ("booth", 1, 0.0, [0.0, 0.0], 74.0),
        ("goldstein-price", 4, 3.0, [0.0, 0.0], 600.0),
        ("styblinski-tang", 4, -78.33233140754282, [1.0, 1.0], -10.0),
        ("six-hump-camel", 6, -1.0316284534898774, [1.0, 1.0], 3.0 + 7.0 / 30.0),
        ("mccormick", 2, -1.9132229549810362, [0.0, 0.0], 1.0),
        ("rastrigin", 121, 0.0, [0.5, 0.5], 40.5),
        ("ackley", 121, 0.0, [1.0, 1.0], 20.0 - 20.0 * (-0.2f64).exp()),
        ("saddle", 2, -1.0, [1.0, 2.0], 1.0),
        ("plain-saddle", 0, f64::NAN, [3.0, 2.0], 5.0),
        ("monkey-saddle", 0, f64::NAN, [2.0, 1.0], 2.0),
        ("freudenstein-roth", 2, 0.0, [0.5, -2.0], 400.5),
        ("powell-badly-scaled", 1, 0.0, [0.0, 1.0], 1.0 + ((-1f64).exp() - 1e-4).powi(2)),
        ("brown-badly-scaled", 1, 0.0, [1.0, 1.0], 999998000003.0),
        ("jennrich-sampson", 1, 124.36218235561483, [0.3, 0.4], 4171.306161960492),
    ];
    assert_eq!(published.len(), SURFACES.len());
    for (name, minima, lowest, point, value) in published {
        let problem = problem(name).unwrap();
        assert_eq!(problem.minima.len(), minima, "{name}");
        if let Some(minimum) = problem.minima.first() {
            assert!((minimum.value - lowest).abs() < 1e-13, "{name}: {}", minimum.value);
        }
        let f = problem.objective.value(&point.to_vec()).unwrap();
        assert!((f - value).abs() < 1e-12 * value.abs().max(1.0), "{name}: {f}");
    }
    let values: Vec<f64> =
        problem("goldstein-price").unwrap().minima.iter().map(|m| m.value).collect();
    for (value, known) in values.iter().zip([3.0, 30.0, 84.0, 840.0]) {
        assert!((value - known).abs() < 1e-9, "{values:?}");
    }
}

#[test]
fn those_of_the_collection_are_its_sums_of_squares() {
    for (name, number) in [
        ("rosenbrock", 1),
        ("freudenstein-roth", 2),
        ("powell-badly-scaled", 3),
        ("brown-badly-scaled", 4),
        ("beale", 5),
        ("jennrich-sampson", 6),
    ] {
        let (surface, other) =
            (problem(name).unwrap(), crate::mgh::problem(number, None, None).unwrap());
        assert_eq!(surface.start, other.start, "{name}");
        let best = [surface.minima[0].value, other.minima[0].value];
        assert!((best[0] - best[1]).abs() <= 1e-12 * best[1].abs(), "{name}: {best:?}");
        for point in [vec![0.3, -0.4], vec![1.5, 0.25], vec![-0.7, 1.1]] {
            let value = surface.objective.value(&point).unwrap();
            let expected = other.objective.value(&point).unwrap();
            assert!((value - expected).abs() <= 1e-13 * expected, "{name}: {value} {expected}");
            let g = gradient(surface.objective.as_hessian().unwrap(), &point);
            let h = gradient(other.objective.as_hessian().unwrap(), &point);
            let scale = h[0].abs().max(h[1].abs());
            assert!(g.iter().zip(h).all(|(a, b)| (a - b).abs() <= 1e-12 * scale), "{g:?} {h:?}");
        }
    }
}

#[test]
fn saddles_are_stationary_and_indefinite() {
    for name in ["saddle", "plain-saddle", "monkey-saddle"] {
        let problem = problem(name).unwrap();
        assert_eq!(
            gradient(problem.objective.as_hessian().unwrap(), &vec![0.0; 2]),
            [0.0, 0.0],
            "{name}"
        );
        let below = problem.objective.value(&vec![0.1, 0.1]).unwrap();
        let along = problem.objective.value(&vec![0.0, 0.1]).unwrap();
        assert!(below.min(along) < 0.0, "{name}: {below} {along}");
    }
}

#[test]
fn the_valley_turns_without_changing_its_spectrum() {
    let mut hessian = Matrix::zeros(2, 2);
    let turned = valley(50.0, 30.0).unwrap();
    turned.objective.as_hessian().unwrap().hessian(&[0.3, -0.7], &mut hessian).unwrap();
    let trace = hessian[(0, 0)] + hessian[(1, 1)];
    let determinant = hessian[(0, 0)] * hessian[(1, 1)] - hessian[(0, 1)].powi(2);
    assert!((trace - 51.0).abs() < 1e-12 && (determinant - 50.0).abs() < 1e-11);
    // The steep direction is at 30 degrees.
    let (sine, cosine) = 30f64.to_radians().sin_cos();
    assert!((turned.objective.value(&vec![cosine, sine]).unwrap() - 25.0).abs() < 1e-12);
    assert_eq!(turned.name, "valley:kappa=50,angle=30");
}

#[test]
fn impossible_valleys_are_refused() {
    assert_eq!(valley(0.5, 0.0).unwrap_err().to_string(), "kappa: is 0.5, but must be at least 1");
    assert_eq!(valley(f64::NAN, 0.0).unwrap_err().argument(), "kappa");
    assert_eq!(valley(2.0, f64::INFINITY).unwrap_err().argument(), "angle");
}
