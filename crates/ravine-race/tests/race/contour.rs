//! Level sets: known curves, topology, and that lines never cross.

use ravine_problems::{Window, named};
use ravine_race::contour::{Contour, Field};

fn square(half: f64) -> Window {
    Window { x: (-half, half), y: (-half, half) }
}

fn points(line: &[f64]) -> Vec<[f64; 2]> {
    line.chunks_exact(2).map(|p| [p[0], p[1]]).collect()
}

fn is_closed(line: &[f64]) -> bool {
    line[..2] == line[line.len() - 2..]
}

#[test]
fn circles_have_their_radius_and_are_closed() {
    let field = Field::sample(square(2.0), 101, 91, |x, y| x * x + y * y).unwrap();
    for radius in [0.31, 1.0, 1.73] {
        let contour = field.contour(radius * radius);
        let lines: Vec<_> = contour.lines().collect();
        assert_eq!(lines.len(), 1, "radius {radius}");
        assert!(is_closed(lines[0]));
        let points = points(lines[0]);
        let mut length = 0.0;
        for pair in points.windows(2) {
            // Linear interpolation along an edge errs by h^2/8 f'' / f'.
            assert!((pair[0][0].hypot(pair[0][1]) - radius).abs() < 0.0005 / radius);
            length += (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
        }
        let circumference = std::f64::consts::TAU * radius;
        assert!((length / circumference - 1.0).abs() < 0.005, "{length} {circumference}");
    }
}

#[test]
fn lines_that_leave_the_window_end_on_its_edge() {
    let field = Field::sample(square(1.0), 40, 30, |x, y| x + 0.3 * y).unwrap();
    let contour = field.contour(0.2);
    let lines: Vec<_> = contour.lines().collect();
    assert_eq!(lines.len(), 1);
    let points = points(lines[0]);
    for end in [points[0], points[points.len() - 1]] {
        assert!((end[1].abs() - 1.0).abs() < 1e-15, "{end:?}");
    }
    // A linear function is met exactly.
    assert!(points.iter().all(|p| (p[0] + 0.3 * p[1] - 0.2).abs() < 1e-14));
}

#[test]
fn the_bilinear_saddle_decides() {
    // One cell: opposite corners above. The saddle of x y lies at 0.
    let field = Field::sample(square(1.0), 2, 2, |x, y| x * y).unwrap();
    let branch = |level: f64| {
        let contour = field.contour(level);
        assert_eq!(contour.lines().count(), 2, "level {level}");
        contour.lines().flatten().copied().collect::<Vec<f64>>()
    };
    // Each piece of x y = 0.1 stays in a quadrant with x y > 0, of x y = -0.1 with x y < 0.
    for (level, sign) in [(0.1, 1.0), (-0.1, -1.0)] {
        let ends = branch(level);
        for piece in ends.chunks_exact(4) {
            let middle = [(piece[0] + piece[2]) / 2.0, (piece[1] + piece[3]) / 2.0];
            assert!(middle[0] * middle[1] * sign > 0.0, "level {level}: {piece:?}");
        }
    }
}

fn crosses(p: [[f64; 2]; 2], q: [[f64; 2]; 2]) -> bool {
    let side = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    };
    side(p[0], p[1], q[0]) * side(p[0], p[1], q[1]) < 0.0
        && side(q[0], q[1], p[0]) * side(q[0], q[1], p[1]) < 0.0
}

#[test]
fn lines_of_different_levels_never_cross() {
    // A rough function on a coarse grid: many saddle cells.
    let rough = |x: f64, y: f64| (7.3 * x + 1.0).sin() * (8.1 * y).cos() + (9.7 * x * y).sin();
    let field = Field::sample(square(1.0), 17, 15, rough).unwrap();
    let levels: Vec<f64> = (-8..=8).map(|k| 0.21 * f64::from(k) + 0.01).collect();
    let pieces: Vec<Vec<[[f64; 2]; 2]>> = levels
        .iter()
        .map(|&level| {
            let contour = field.contour(level);
            let pairs =
                |line: &[f64]| points(line).windows(2).map(|w| [w[0], w[1]]).collect::<Vec<_>>();
            contour.lines().flat_map(pairs).collect()
        })
        .collect();
    assert!(pieces.iter().map(Vec::len).sum::<usize>() > 500);
    for (k, own) in pieces.iter().enumerate() {
        for (l, others) in pieces.iter().enumerate().skip(k) {
            for (i, p) in own.iter().enumerate() {
                let rest = if k == l { &others[i..] } else { others };
                assert!(!rest.iter().any(|q| crosses(*p, *q)), "{} {}", levels[k], levels[l]);
            }
        }
    }
}

#[test]
fn every_change_of_sign_on_an_edge_is_met_once() {
    let f = |x: f64, y: f64| (5.0 * x).sin() * (4.0 * y).sin() + 0.3 * x;
    let field = Field::sample(square(1.0), 33, 29, f).unwrap();
    let contour = field.contour(0.1234);
    let (columns, rows) = field.shape();
    let above = |i: usize, j: usize| field.values()[j * columns + i] >= 0.1234;
    let mut changes = 0;
    for j in 0..rows {
        for i in 0..columns {
            changes += usize::from(i + 1 < columns && above(i, j) != above(i + 1, j));
            changes += usize::from(j + 1 < rows && above(i, j) != above(i, j + 1));
        }
    }
    // A closed line repeats its first point.
    let met: usize = contour.lines().map(|l| l.len() / 2 - usize::from(is_closed(l))).sum();
    assert_eq!(met, changes);
}

#[test]
fn cells_that_are_not_finite_are_left_out() {
    let f = |x: f64, y: f64| if x > 0.05 { f64::NAN } else { x * x + y * y };
    let field = Field::sample(square(2.0), 81, 81, f).unwrap();
    let contour = field.contour(1.0);
    let lines: Vec<_> = contour.lines().collect();
    assert_eq!(lines.len(), 1);
    assert!(!is_closed(lines[0]));
    assert!(points(lines[0]).iter().all(|p| p[0] <= 0.05 && (p[0].hypot(p[1]) - 1.0).abs() < 1e-3));
    let nothing = Field::sample(square(2.0), 5, 5, |_, _| f64::INFINITY).unwrap();
    assert_eq!(nothing.contour(1.0), Contour { level: 1.0, points: vec![], starts: vec![0] });
    assert!(nothing.levels(5, None).is_empty());
}

#[test]
fn levels_through_nodes_and_flat_fields() {
    // The level set of |x| + |y| goes through nodes everywhere.
    let field = Field::sample(square(2.0), 9, 9, |x, y| x.abs() + y.abs()).unwrap();
    let contour = field.contour(1.0);
    let lines: Vec<_> = contour.lines().collect();
    assert_eq!(lines.len(), 1);
    assert!(is_closed(lines[0]));
    let points = points(lines[0]);
    assert!(points.windows(2).all(|w| w[0] != w[1]), "{points:?}");
    assert!(points.iter().all(|p| (p[0].abs() + p[1].abs() - 1.0).abs() < 1e-14));
    let flat = Field::sample(square(1.0), 4, 4, |_, _| 3.0).unwrap();
    assert_eq!(flat.contour(3.0).lines().count(), 0);
    assert!(flat.levels(5, None).is_empty());
}

#[test]
fn levels_are_logarithmic_in_valleys_and_even_elsewhere() {
    let of = |name: &str| {
        let problem = named(name).unwrap();
        let field = Field::of(&*problem.objective, problem.window.unwrap(), 121, 121).unwrap();
        (field.levels(12, problem.lowest_value()), problem)
    };
    let valleys =
        ["rosenbrock", "himmelblau", "goldstein-price", "beale", "mccormick", "valley:kappa=100"];
    for name in valleys {
        let (levels, problem) = of(name);
        let lowest = problem.lowest_value().unwrap();
        assert_eq!(levels.len(), 12, "{name}");
        let ratio = (levels[1] - lowest) / (levels[0] - lowest);
        assert!(ratio > 1.3 && levels[0] > lowest, "{name}: {levels:?}");
        for pair in levels.windows(2) {
            let r = (pair[1] - lowest) / (pair[0] - lowest);
            assert!((r / ratio - 1.0).abs() < 1e-9, "{name}: {levels:?}");
        }
    }
    for name in ["rastrigin", "ackley", "plain-saddle", "monkey-saddle"] {
        let (levels, _) = of(name);
        let step = levels[1] - levels[0];
        assert!(step > 0.0, "{name}");
        for pair in levels.windows(2) {
            assert!(((pair[1] - pair[0]) / step - 1.0).abs() < 1e-9, "{name}: {levels:?}");
        }
    }
    assert_eq!(of("rosenbrock").1.window.unwrap(), Window { x: (-2.0, 2.0), y: (-1.0, 3.0) });
}

#[test]
fn impossible_fields_are_refused() {
    let refused = |window, columns, rows| {
        Field::sample(window, columns, rows, |x, y| x + y).unwrap_err().argument().to_owned()
    };
    assert_eq!(refused(square(1.0), 1, 5), "columns");
    assert_eq!(refused(square(1.0), 5, 0), "rows");
    assert_eq!(refused(square(-1.0), 5, 5), "window x");
    assert_eq!(refused(Window { x: (0.0, 1.0), y: (0.0, f64::NAN) }, 5, 5), "window y");
    let three = named("mgh:8").unwrap();
    let error = Field::of(&*three.objective, square(1.0), 5, 5).unwrap_err();
    assert_eq!(error.to_string(), "objective: is \"of 3 variables\", but must be of two");
}
