//! The local model against closed forms and the function itself.

use super::{LocalModel, Shape};
use ravine_problems::named;

fn at(spec: &str, point: [f64; 2]) -> LocalModel {
    LocalModel::at(&*named(spec).unwrap().objective, point).unwrap()
}

/// `H v = lambda v`, with orthonormal v and the larger eigenvalue first.
#[test]
fn axes_are_those_of_the_hessian() {
    let points =
        [("rosenbrock", [-1.2, 1.0]), ("himmelblau", [0.3, -0.7]), ("ackley", [0.4, -0.3])];
    for (spec, point) in points {
        let model = at(spec, point);
        assert!(model.eigenvalues[0] >= model.eigenvalues[1]);
        for (lambda, v) in model.eigenvalues.into_iter().zip(model.eigenvectors) {
            let hv = model.hessian_times(v);
            for i in 0..2 {
                let scale = model.eigenvalues[0].abs();
                assert!((hv[i] - lambda * v[i]).abs() < 1e-14 * scale, "{spec}");
            }
            assert!((v[0].hypot(v[1]) - 1.0).abs() < 1e-14);
        }
        let [a, b] = model.eigenvectors;
        assert!((a[0] * b[0] + a[1] * b[1]).abs() < 1e-14);
    }
    let valley = at("valley:kappa=50,angle=30", [0.3, 0.2]);
    assert!((valley.condition_number() - 50.0).abs() < 1e-11);
    let axis = valley.eigenvectors[0];
    assert!((axis[1] / axis[0] - 30f64.to_radians().tan()).abs() < 1e-12);
}

/// The error of the model falls with the third power of the distance.
#[test]
fn the_model_is_right_to_second_order() {
    let problem = named("himmelblau").unwrap();
    let model = at("himmelblau", [1.1, 0.4]);
    let error = |t: f64| {
        let (x, y) = (1.1 + 0.6 * t, 0.4 - 0.8 * t);
        (problem.objective.value(&vec![x, y]).unwrap() - model.value_at(x, y)).abs()
    };
    let ratio = error(1e-2) / error(5e-3);
    assert!((ratio - 8.0).abs() < 0.1, "{ratio}");
}

#[test]
fn shapes() {
    assert_eq!(at("rosenbrock", [1.0, 1.0]).shape(), Shape::Bowl);
    assert_eq!(at("plain-saddle", [0.0, 0.0]).shape(), Shape::Saddle);
    assert_eq!(at("styblinski-tang", [0.1, 0.1]).shape(), Shape::Dome);
    assert_eq!(at("monkey-saddle", [0.0, 0.0]).shape(), Shape::Flat);
    // Where the formula has no value.
    let root = ravine_problems::Expression::parse("sqrt(x) + y^2").unwrap();
    let root = root.into_problem(Some(vec![1.0, 1.0])).unwrap();
    let outside = LocalModel::at(&*root.objective, [-1.0, 1.0]).unwrap();
    assert!(outside.value.is_nan() && outside.condition_number().is_nan());
    assert_eq!(outside.shape(), Shape::Flat);
    assert!(outside.damped_path(9).is_empty());
}

/// Every step of the path solves its system; their lengths fall, and the last is the gradient's.
#[test]
fn the_damped_path_leads_from_newton_to_the_gradient() {
    for (spec, point) in [("rosenbrock", [-1.2, 1.0]), ("rosenbrock", [0.0, 1.0])] {
        let model = at(spec, point);
        let path = model.damped_path(40);
        assert!(path.len() >= 39, "{spec}: {}", path.len());
        for &(damping, d) in &path {
            let hd = model.hessian_times(d);
            for i in 0..2 {
                let residual = hd[i] + damping * d[i] + model.gradient[i];
                // At the least damping the matrix may be almost singular.
                let scale = model.gradient[i].abs() + (damping + 1e3) * d[0].hypot(d[1]);
                assert!(residual.abs() < 1e-13 * scale, "{spec} {damping} {residual}");
            }
        }
        // Newton's own step first; where H is indefinite, it is not of the way.
        assert_eq!(path[0].0, 0.0);
        let indefinite = usize::from(model.eigenvalues[1] < 0.0);
        let lengths: Vec<f64> = path[indefinite..].iter().map(|(_, d)| d[0].hypot(d[1])).collect();
        assert!(lengths.is_sorted_by(|a, b| a > b), "{lengths:?}");
        let (_, [dx, dy]) = path[path.len() - 1];
        let [gx, gy] = model.gradient;
        let sine = (dx * gy - dy * gx) / (dx.hypot(dy) * gx.hypot(gy));
        assert!(sine.abs() < 2e-3 && dx * gx + dy * gy < 0.0, "{sine}");
    }
    let model = at("rosenbrock", [-1.2, 1.0]);
    assert_eq!(model.damped_path(40)[0], (0.0, model.damped_step(0.0).unwrap()));
    assert!(at("monkey-saddle", [0.0, 0.0]).damped_step(0.0).is_none());
}

/// The error of power iteration falls by `|lambda_2 / lambda_1|` a step, of its quotient by the
/// square.
#[test]
fn power_iteration_converges_at_its_rate() {
    let model = at("valley:kappa=2,angle=30", [0.0, 0.0]);
    let iterates = model.power_iteration(15);
    let error = |k: usize| {
        let (v, axis) = (iterates[k].vector, model.eigenvectors[0]);
        (v[0] * axis[1] - v[1] * axis[0]).abs()
    };
    assert!((error(11) / error(10) - 0.5).abs() < 1e-3);
    let quotient = |k: usize| 2.0 - iterates[k].rayleigh_quotient;
    assert!((quotient(11) / quotient(10) - 0.25).abs() < 1e-3);
    // A Hessian that is zero leaves nothing to iterate.
    assert_eq!(at("monkey-saddle", [0.0, 0.0]).power_iteration(9).len(), 1);
}

#[test]
fn conjugate_gradients_end_at_newtons_step_or_where_curvature_is_not_positive() {
    let model = at("rosenbrock", [-1.2, 1.0]);
    let iterates = model.conjugate_gradients();
    let newton = model.damped_step(0.0).unwrap();
    let last = iterates.last().unwrap();
    for (d, n) in last.step.into_iter().zip(newton) {
        assert!((d - n).abs() < 1e-10 * n.abs(), "{d} {n}");
    }
    assert_eq!(iterates[0].step, [0.0, 0.0]);
    assert!((iterates[0].residual_norm - model.gradient[0].hypot(model.gradient[1])).abs() < 1e-12);
    assert!(iterates.is_sorted_by(|a, b| a.model_change >= b.model_change));
    // The first step is the minimizer along the gradient.
    let [gx, gy] = model.gradient;
    let [hx, hy] = model.hessian_times(model.gradient);
    let length = (gx * gx + gy * gy) / (gx * hx + gy * hy);
    assert!((iterates[1].step[0] + length * gx).abs() < 1e-14 * (length * gx).abs());
    let saddle = at("plain-saddle", [0.1, 1.0]).conjugate_gradients();
    assert_eq!(saddle.len(), 1);
}

#[test]
fn the_fisher_information_where_there_is_one() {
    let fisher = at("gaussian", [0.0, 0.5]).fisher.unwrap();
    assert!((fisher[0] - f64::exp(-1.0)).abs() < 1e-15);
    assert_eq!((fisher[1], fisher[2]), (0.0, 2.0));
    assert!(at("booth", [0.0, 0.0]).fisher.is_none());
}

#[test]
fn other_dimensions_are_refused() {
    let error = LocalModel::at(&*named("mgh:14").unwrap().objective, [0.0; 2]).unwrap_err();
    assert_eq!(error.to_string(), "objective: is \"of 4 variables\", but must be of two");
}
