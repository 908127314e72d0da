//! Steps within a radius, against the conditions that characterize them.

use crate::random::{Random, conjugated, dot, orthogonal};
use ravine::krylov::Lanczos;
use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::step::{Cauchy, DoglegPath, Gltr, MoreSorensen, Solution, Steihaug, SteihaugWork};

struct Instance {
    name: String,
    hessian: Matrix,
    gradient: Vec<f64>,
    radius: f64,
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// `-(g'p + p'Hp/2)`.
fn decrease(instance: &Instance, step: &[f64]) -> f64 {
    let mut product = vec![0.0; step.len()];
    instance.hessian.multiply(step, &mut product);
    -(dot(&instance.gradient, step) + 0.5 * dot(step, &product))
}

/// Definite, indefinite and rank-deficient Hessians, long and short radii, the hard case, nearly
/// the hard case, and no gradient.
fn instances() -> Vec<Instance> {
    let mut random = Random::new(7);
    let mut instances = Vec::new();
    for n in [1usize, 2, 3, 8, 30] {
        let spread = |low: f64, high: f64| -> Vec<f64> {
            (0..n).map(|i| low + (high - low) * (i as f64 + 0.3) / n as f64).collect()
        };
        let mut deficient = spread(0.5, 20.0);
        deficient[0] = 0.0;
        let mut double = spread(-3.0, 4.0);
        if n > 2 {
            double[1] = double[0];
        }
        let spectra = [
            ("definite", spread(0.5, 50.0)),
            ("indefinite", spread(-7.0, 20.0)),
            ("negative", spread(-9.0, -0.1)),
            ("deficient", deficient),
            ("double", double),
            ("badly scaled", (0..n).map(|i| 10f64.powi(i as i32 % 9 - 4)).collect()),
        ];
        for (name, spectrum) in spectra {
            let q = orthogonal(n, &mut random);
            let hessian = conjugated(&q, &spectrum);
            let general = random.vector(n);
            let without_first = |share: f64| {
                let mut g = general.clone();
                for k in 0..n.min(2) {
                    let part = (1.0 - share) * dot(&g, q.column(k));
                    g.iter_mut().zip(q.column(k)).for_each(|(g, q)| *g -= part * q);
                }
                g
            };
            let gradients = [
                ("general", general.clone()),
                ("hard", without_first(0.0)),
                ("nearly hard", without_first(1e-9)),
                ("none", vec![0.0; n]),
            ];
            for (kind, gradient) in gradients {
                for radius in [1e-3, 1.0, 100.0] {
                    instances.push(Instance {
                        name: format!("{name}, {kind} gradient, n = {n}, radius {radius}"),
                        hessian: hessian.clone(),
                        gradient: gradient.clone(),
                        radius,
                    });
                }
            }
        }
    }
    instances
}

/// The largest decrease within the radius, from the eigenvalues: bisection on the secular
/// equation, and the hard case by its definition.
fn best_decrease(instance: &Instance) -> f64 {
    let eigen = SymmetricEigen::new(&instance.hessian).unwrap();
    let n = eigen.values().len();
    // The gradients have entries of order one: components below are rounding of the hard case.
    let component = |k| dot(eigen.vectors().column(k), &instance.gradient);
    let c: Vec<f64> =
        (0..n).map(component).map(|c| if c.abs() < 1e-14 { 0.0 } else { c }).collect();
    let smallest = eigen.values()[0];
    let length = |lambda: f64| {
        let terms = c.iter().zip(eigen.values());
        terms
            .map(|(c, l)| if *c == 0.0 { 0.0 } else { (c / (l + lambda)).powi(2) })
            .sum::<f64>()
            .sqrt()
    };
    // The best value is the maximum of the concave dual function, whose slope changes sign where
    // the step has the length of the radius.
    let dual = |lambda: f64| {
        let terms = c.iter().zip(eigen.values());
        let sum: f64 = terms.map(|(c, l)| if *c == 0.0 { 0.0 } else { c * c / (l + lambda) }).sum();
        0.5 * (sum + lambda * instance.radius.powi(2))
    };
    let mut low = (-smallest).max(0.0);
    let mut high = low + norm(&instance.gradient) / instance.radius + 1e-300;
    for _ in 0..300 {
        let middle = 0.5 * (low + high);
        if length(middle) > instance.radius {
            low = middle;
        } else {
            high = middle;
        }
    }
    dual(high)
}

/// Decreases that come from rounding of the gradient's components and of the eigenvalues.
fn unreachable(instance: &Instance) -> f64 {
    1e-14 * instance.radius * (1.0 + instance.radius)
}

/// Checks what every kind of step promises.
fn check_promises(instance: &Instance, step: &[f64], solution: &Solution, accuracy: f64) {
    let name = &instance.name;
    let length = norm(step);
    assert!(length <= instance.radius * (1.0 + accuracy), "{name}: length {length}");
    if solution.on_boundary {
        assert!((length / instance.radius - 1.0).abs() <= accuracy, "{name}: length {length}");
    }
    let actual = decrease(instance, step);
    let rounding = 1e-13 * (norm(&instance.gradient) * length + 60.0 * length * length);
    let off = (actual - solution.predicted).abs();
    assert!(off <= rounding, "{name}: predicted {}, is {actual}", solution.predicted);
    assert!(solution.predicted >= 0.0, "{name}: {}", solution.predicted);
}

#[test]
fn the_exact_step_satisfies_the_conditions_of_more_and_sorensen() {
    let accuracy = 1e-9;
    let mut most = 0;
    for instance in &instances() {
        let name = &instance.name;
        let mut step = vec![f64::NAN; instance.gradient.len()];
        let solution = MoreSorensen { accuracy }
            .solve(&instance.hessian, &instance.gradient, instance.radius, &mut step)
            .unwrap();
        most = most.max(solution.work);
        check_promises(instance, &step, &solution, accuracy);

        // The multiplier is not negative, complementary, and shifts H to semidefinite.
        let lambda = solution.multiplier;
        let smallest = SymmetricEigen::new(&instance.hessian).unwrap().values()[0];
        assert!(lambda >= 0.0, "{name}: {lambda}");
        assert!(lambda + smallest >= -1e-12 * smallest.abs().max(1.0), "{name}: {lambda}");
        let slack = lambda * (instance.radius - norm(&step));
        let scale = 1.0 + lambda * instance.radius;
        assert!(slack.abs() <= 1e-8 * scale, "{name}: {slack}");

        // (H + lambda I) p = -g.
        let mut residual = vec![0.0; step.len()];
        instance.hessian.multiply(&step, &mut residual);
        for ((r, p), g) in residual.iter_mut().zip(&step).zip(&instance.gradient) {
            *r += lambda * p + g;
        }
        let scale = norm(&instance.gradient) + (lambda + 50.0) * norm(&step);
        assert!(norm(&residual) <= 2e-5 * scale, "{name}: residual {}", norm(&residual));

        let best = best_decrease(instance);
        let off = best - solution.predicted;
        assert!(
            off.abs() <= 1e-8 * best + unreachable(instance),
            "{name}: {} of {best}",
            solution.predicted
        );
    }
    assert!(most <= 25, "{most} factorizations");
}

#[test]
fn the_default_accuracy_costs_few_factorizations() {
    let (mut work, mut count) = (0, 0);
    for instance in &instances() {
        let mut step = vec![0.0; instance.gradient.len()];
        let solution = MoreSorensen::default()
            .solve(&instance.hessian, &instance.gradient, instance.radius, &mut step)
            .unwrap();
        let best = best_decrease(instance);
        assert!(
            solution.predicted >= 0.99 * best - unreachable(instance),
            "{}: {best}",
            instance.name
        );
        work += solution.work;
        count += 1;
    }
    assert!(work <= 4 * count, "{work} factorizations for {count} steps");
}

#[test]
fn the_exact_step_refuses_what_is_not_finite() {
    let hessian = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
    let result = MoreSorensen::default().solve(&hessian, &vec![1.0, 1.0], 1.0, &mut vec![0.0; 2]);
    assert!(result.is_err());
}

/// The step along `-g` that every other step must at least equal.
fn cauchy(instance: &Instance) -> (Vec<f64>, Solution) {
    let (mut step, mut product) = (instance.gradient.clone(), instance.gradient.clone());
    let Instance { hessian, gradient, radius, .. } = instance;
    let solution = Cauchy::default().solve(hessian, gradient, *radius, &mut step, &mut product);
    (step, solution.unwrap().unwrap())
}

#[test]
fn every_kind_of_step_keeps_its_promises_and_beats_the_cauchy_point() {
    for instance in &instances() {
        let Instance { name, hessian, gradient, radius } = instance;
        let (step, first) = cauchy(instance);
        check_promises(instance, &step, &first, 1e-13);
        // Nocedal and Wright, lemma 4.3.
        let g = norm(gradient);
        let bound = if name.starts_with("badly") { 1e4 } else { 50.0 };
        assert!(first.predicted >= 0.5 * g * radius.min(g / bound), "{name}");

        let mut step = vec![f64::NAN; gradient.len()];
        let path = DoglegPath::new(hessian, gradient).unwrap();
        let solution = path.within(hessian, gradient, *radius, &mut step);
        check_promises(instance, &step, &solution, 1e-13);

        let mut work = SteihaugWork::new(gradient);
        let solution =
            Steihaug::default().solve(hessian, gradient, *radius, 0.1, &mut step, &mut work);
        let solution = solution.unwrap().unwrap();
        // The length is known by recurrences.
        check_promises(instance, &step, &solution, 1e-9);
        assert!(solution.predicted >= first.predicted * (1.0 - 1e-12), "{name}");

        let mut lanczos = Lanczos::default();
        lanczos.begin(gradient);
        let gltr = Gltr { accuracy: 1e-9, ..Gltr::default() };
        let better = gltr.solve(hessian, &mut lanczos, *radius, 0.1, &mut step).unwrap().unwrap();
        check_promises(instance, &step, &better, 1e-8);
        assert!(better.predicted >= first.predicted * (1.0 - 1e-8), "{name}");
    }
}

#[test]
fn the_dogleg_of_a_definite_hessian_beats_the_cauchy_point_and_ends_at_newtons() {
    for instance in instances().iter().filter(|i| i.name.starts_with("definite")) {
        let Instance { name, hessian, gradient, radius } = instance;
        let path = DoglegPath::new(hessian, gradient).unwrap();
        let mut step = vec![0.0; gradient.len()];
        let solution = path.within(hessian, gradient, *radius, &mut step);
        let (_, first) = cauchy(instance);
        assert!(solution.predicted >= first.predicted * (1.0 - 1e-12), "{name}");

        path.within(hessian, gradient, 1e6, &mut step);
        let mut residual = vec![0.0; step.len()];
        hessian.multiply(&step, &mut residual);
        for (r, g) in residual.iter().zip(gradient) {
            assert!((r + g).abs() < 1e-12, "{name}");
        }
    }
}

#[test]
fn the_whole_krylov_space_gives_the_exact_step() {
    // A general gradient has a part in every eigenspace, and a double eigenvalue counts once.
    for instance in instances().iter().filter(|i| i.name.contains("general")) {
        let Instance { name, hessian, gradient, radius } = instance;
        let mut lanczos = Lanczos::default();
        lanczos.begin(gradient);
        while !lanczos.exhausted() {
            lanczos.extend(hessian).unwrap();
        }
        let mut step = vec![0.0; gradient.len()];
        let gltr = Gltr { accuracy: 1e-10, ..Gltr::default() };
        let solution = gltr.solve(hessian, &mut lanczos, *radius, 0.1, &mut step).unwrap().unwrap();
        assert_eq!(solution.work, 0, "no product is left to make");
        check_promises(instance, &step, &solution, 1e-9);
        let best = best_decrease(instance);
        let off = (solution.predicted - best).abs();
        assert!(
            off <= 1e-7 * best + unreachable(instance),
            "{name}: {} {best}",
            solution.predicted
        );
    }
}

#[test]
fn a_smaller_radius_needs_no_new_products() {
    let mut random = Random::new(11);
    let spectrum: Vec<f64> = (0..40).map(|i| -2.0 + f64::from(i)).collect();
    let hessian = conjugated(&orthogonal(40, &mut random), &spectrum);
    let gradient = random.vector(40);
    let (mut lanczos, mut step) = (Lanczos::default(), vec![0.0; 40]);
    lanczos.begin(&gradient);
    let gltr = Gltr::default();
    let first = gltr.solve(&hessian, &mut lanczos, 1.0, 0.1, &mut step).unwrap().unwrap();
    assert!(first.work > 2 && first.work < 40);
    let second = gltr.solve(&hessian, &mut lanczos, 0.25, 0.1, &mut step).unwrap().unwrap();
    assert_eq!(second.work, 0);
    assert!((norm(&step) - 0.25).abs() < 1e-3);
    let (mut fresh, mut again) = (Lanczos::default(), vec![0.0; 40]);
    fresh.begin(&gradient);
    let third = gltr.solve(&hessian, &mut fresh, 0.25, 0.1, &mut again).unwrap().unwrap();
    // The larger space holds at least as good a step as the one that was large enough.
    assert!(second.predicted >= third.predicted * (1.0 - 1e-2));
    assert!(third.predicted >= 0.5 * second.predicted);
}

#[test]
fn products_that_are_not_finite_are_reported() {
    let hessian = Matrix::from_rows(&[[1.0, f64::NAN], [f64::NAN, 1.0]]);
    let gradient = vec![1.0, 2.0];
    let mut step = gradient.clone();
    let mut work = SteihaugWork::new(&gradient);
    let solved =
        Steihaug::default().solve(&hessian, &gradient, 1.0, 0.1, &mut step, &mut work).unwrap();
    assert_eq!(solved, None);
    let mut lanczos = Lanczos::default();
    lanczos.begin(&gradient);
    let solved = Gltr::default().solve(&hessian, &mut lanczos, 1.0, 0.1, &mut step).unwrap();
    assert_eq!(solved, None);
    let mut product = gradient.clone();
    let solved = Cauchy::default().solve(&hessian, &gradient, 1.0, &mut step, &mut product);
    assert_eq!(solved.unwrap(), None);
    assert!(DoglegPath::new(&hessian, &gradient).is_err());
}
