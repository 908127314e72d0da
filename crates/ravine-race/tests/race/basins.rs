//! Maps of where runs go, against single runs and what is known of the surfaces.

use ravine::{StationaryPoint, Stopping};
use ravine_problems::{Problem, named};
use ravine_race::{Basins, Bottom, MethodChoice, Reached, rest, run};
use serde_json::Value;

fn basins(method: &str, iterations: u64, minima: Vec<Bottom>) -> Basins {
    let MethodChoice { entry, settings, .. } = MethodChoice::parse(method).unwrap();
    Basins::new(entry, settings, iterations, minima)
}

fn known(problem: &Problem) -> Vec<Bottom> {
    let minima = problem.minima.iter();
    minima.filter_map(|m| Some(Bottom { point: m.point.clone()?, value: m.value })).collect()
}

/// Nodes of a grid over the window of a surface.
fn grid(problem: &Problem, n: usize) -> Vec<f64> {
    let window = problem.window.unwrap();
    let node = |(from, to): (f64, f64), k: usize| from + (to - from) * (k as f64 + 0.37) / n as f64;
    let nodes = (0..n).flat_map(|j| (0..n).map(move |i| (i, j)));
    nodes.flat_map(|(i, j)| [node(window.x, i), node(window.y, j)]).collect()
}

#[test]
fn each_start_ends_where_a_run_of_its_own_does() {
    for (surface, method) in [
        ("himmelblau", "newton"),
        ("himmelblau", "gd:step=0.01"),
        ("rosenbrock", "bfgs"),
        ("styblinski-tang", "trust-exact"),
        ("six-hump-camel", "cg-pr"),
        ("rastrigin", "newton-damped"),
        ("plain-saddle", "gd:step=0.1"),
    ] {
        let problem = named(surface).unwrap();
        let starts = grid(&problem, 9);
        let mut map = basins(method, 400, known(&problem));
        let ends = map.from(&*problem.objective, &starts);
        assert_eq!(ends.len(), 81);
        let choice = MethodChoice::parse(method).unwrap();
        for (start, (end, iterations)) in starts.chunks(2).zip(ends) {
            let stopping = Stopping { iterations: Some(400), ..Stopping::default() };
            let ran = run(&choice, &*problem.objective, start, stopping, |_| ()).unwrap();
            let outcome = ran.outcome;
            assert_eq!(iterations, outcome.iterations as u64, "{surface} {method} {start:?}");
            match end {
                Reached::Minimum(k) => {
                    let minimum = &map.minima()[k];
                    for (a, b) in minimum.point.iter().zip(&outcome.x) {
                        assert!((a - b).abs() < 1e-2, "{surface} {method} {start:?}: {a} {b}");
                    }
                }
                Reached::NoMinimum => {
                    let first = ran.history.moments()[0].value;
                    let there = rest(&*problem.objective, &outcome.x, first).map(|rest| rest.kind);
                    assert_ne!(there, Some(StationaryPoint::Minimum), "{surface} {start:?}");
                }
                Reached::Away => {
                    assert!(["unbounded", "diverged"].contains(&outcome.status.name()));
                }
                Reached::Underway => assert_eq!(outcome.status.name(), "iteration_limit"),
                Reached::Nowhere => panic!("{surface}: {start:?}"),
            }
        }
    }
}

/// The minima of |z^3 - 1|^2 are the three roots of 1, and where a start goes, its mirror image goes to the
/// mirror image.
#[test]
fn basins_of_a_symmetric_function_are_symmetric() {
    let f = ravine::objective!(2, |x| {
        let re = x[0] * x[0] * x[0] - 3.0 * x[0] * x[1] * x[1] - 1.0;
        let im = 3.0 * x[0] * x[0] * x[1] - x[1] * x[1] * x[1];
        re * re + im * im
    });
    let mut map = basins("newton", 200, Vec::new());
    let upper: Vec<f64> = (0..400)
        .flat_map(|k| [-1.6 + 0.17 * f64::from(k % 20), 0.07 + 0.08 * f64::from(k / 20)])
        .collect();
    let lower: Vec<f64> = upper.chunks(2).flat_map(|p| [p[0], -p[1]]).collect();
    let (above, below) = (map.from(&f, &upper), map.from(&f, &lower));
    assert_eq!(map.minima().len(), 3, "{:?}", map.minima());
    let mirror = |k: usize| {
        let [x, y] = [map.minima()[k].point[0], map.minima()[k].point[1]];
        map.minima().iter().position(|m| (m.point[0] - x).abs() + (m.point[1] + y).abs() < 1e-6)
    };
    let mut seen = [0; 3];
    for ((a, i), (b, j)) in above.iter().zip(&below) {
        assert_eq!(i, j);
        match (a, b) {
            (Reached::Minimum(k), Reached::Minimum(l)) => {
                seen[*k] += 1;
                assert_eq!(mirror(*k), Some(*l));
            }
            (a, b) => assert_eq!(a, b),
        }
    }
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

#[test]
fn known_minima_keep_their_numbers_and_others_follow() {
    let problem = named("himmelblau").unwrap();
    let four = known(&problem);
    let starts = grid(&problem, 12);
    let mut told = basins("trust-exact", 300, four.clone());
    let mut blank = basins("trust-exact", 300, Vec::new());
    let with = told.from(&*problem.objective, &starts);
    let without = blank.from(&*problem.objective, &starts);
    assert_eq!(told.minima(), four);
    assert_eq!(blank.minima().len(), 4);
    for ((a, _), (b, _)) in with.iter().zip(&without) {
        let (Reached::Minimum(a), Reached::Minimum(b)) = (a, b) else { panic!("{a:?} {b:?}") };
        let (a, b) = (&told.minima()[*a].point, &blank.minima()[*b].point);
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6), "{a:?} {b:?}");
    }
}

#[test]
fn what_has_no_end_or_no_value_is_told_so() {
    let problem = named("rosenbrock").unwrap();
    let mut few = basins("gd:step=0.001", 5, known(&problem));
    assert_eq!(few.from(&*problem.objective, &[-1.2, 1.0]), [(Reached::Underway, 5)]);
    let mut long = basins("gd:step=1", 5000, known(&problem));
    assert_eq!(long.from(&*problem.objective, &[-1.2, 1.0])[0].0, Reached::Away);
    let half = ravine::objective!(2, |x| x[0].ln() * x[0].ln() + x[1] * x[1]);
    let mut bfgs = basins("bfgs", 100, Vec::new());
    let ends = bfgs.from(&half, &[-1.0, 0.0, 2.0, 0.5]);
    assert_eq!(
        ends.iter().map(|(end, _)| *end).collect::<Vec<_>>(),
        [Reached::Nowhere, Reached::Minimum(0)]
    );
    let wrong = Basins::new(
        ravine::methods::named("gd").unwrap().clone(),
        serde_json::json!({"step": -1}),
        10,
        Vec::new(),
    )
    .from(&half, &[1.0, 1.0]);
    assert_eq!(wrong, [(Reached::Nowhere, 0)]);
    assert_eq!(
        Basins::new(ravine::methods::named("gd").unwrap().clone(), Value::Null, 1, vec![])
            .from(&half, &[]),
        []
    );
}
