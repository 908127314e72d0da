//! LSQR and LSMR against their theory and dense algebra.

use crate::random::{Random, dot, orthogonal};
use ravine_linalg::krylov::{Lsmr, LsmrWork, Lsqr, LsqrWork, SolveEnd, SolveInfo, Start};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::LinearOperator;

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// `U diag(s) V'`, and its (damped) pseudoinverse times a vector.
struct Case {
    a: Matrix,
    u: Matrix,
    v: Matrix,
    singular: Vec<f64>,
}

impl Case {
    fn new(rows: usize, columns: usize, singular: Vec<f64>, random: &mut Random) -> Self {
        let (u, v) = (orthogonal(rows, random), orthogonal(columns, random));
        let entry =
            |i, j| singular.iter().enumerate().map(|(k, s)| u[(i, k)] * s * v[(j, k)]).sum::<f64>();
        let a = Matrix::from_fn(rows, columns, entry);
        Self { a, u, v, singular }
    }

    fn solution(&self, b: &[f64], damping: f64) -> Vec<f64> {
        let mut x = vec![0.0; self.a.columns()];
        for (k, s) in self.singular.iter().enumerate() {
            if *s > 0.0 {
                let c = s * dot(self.u.column(k), b) / (s * s + damping * damping);
                x.iter_mut().zip(self.v.column(k)).for_each(|(x, v)| *x += c * v);
            }
        }
        x
    }

    fn residual(&self, b: &[f64], x: &[f64]) -> Vec<f64> {
        let mut ax = vec![0.0; b.len()];
        self.a.multiply(x, &mut ax);
        b.iter().zip(&ax).map(|(b, ax)| b - ax).collect()
    }

    /// `|A'r - damping^2 x|` and the norm of the damped residual.
    fn norms(&self, b: &[f64], x: &[f64], damping: f64) -> (f64, f64) {
        let r = self.residual(b, x);
        let mut g = vec![0.0; x.len()];
        self.a.multiply_transposed(&r, &mut g);
        g.iter_mut().zip(x).for_each(|(g, x)| *g -= damping * damping * x);
        (norm(&g), norm(&r).hypot(damping * norm(x)))
    }
}

struct Found {
    x: Vec<f64>,
    info: SolveInfo,
    history: Vec<f64>,
    normal_history: Vec<f64>,
}

fn lsqr(a: &Matrix, b: &Vec<f64>, settings: &Lsqr) -> Found {
    let mut x = vec![f64::NAN; LinearOperator::<Vec<f64>>::dimension(a)];
    let mut work = LsqrWork::new(b, &x);
    let info = settings.solve(a, b, &mut x, &mut work).unwrap();
    let (history, normal_history) = (work.history().to_vec(), work.normal_history().to_vec());
    Found { x, info, history, normal_history }
}

fn lsmr(a: &Matrix, b: &Vec<f64>, settings: &Lsmr) -> Found {
    let mut x = vec![f64::NAN; LinearOperator::<Vec<f64>>::dimension(a)];
    let mut work = LsmrWork::new(b, &x);
    let info = settings.solve(a, b, &mut x, &mut work).unwrap();
    let (history, normal_history) = (work.history().to_vec(), work.normal_history().to_vec());
    Found { x, info, history, normal_history }
}

/// Both methods by the settings they share.
fn both(a: &Matrix, b: &Vec<f64>, damping: f64, tolerance: f64, most: Option<usize>) -> [Found; 2] {
    let one = Lsqr {
        damping,
        tolerance,
        operator_tolerance: tolerance,
        iterations: most,
        ..Default::default()
    };
    let other = Lsmr {
        damping,
        tolerance,
        operator_tolerance: tolerance,
        iterations: most,
        ..Default::default()
    };
    [lsqr(a, b, &one), lsmr(a, b, &other)]
}

fn spread(n: usize, condition: f64) -> Vec<f64> {
    (0..n).map(|i| 3.0 * condition.powf(-(i as f64) / (n - 1) as f64)).collect()
}

#[test]
fn overdetermined_systems_have_their_least_squares_solution() {
    let mut random = Random::new(41);
    let case = Case::new(50, 20, spread(20, 1e3), &mut random);
    let b = random.vector(50);
    for damping in [0.0, 0.05, 1.0] {
        let exact = case.solution(&b, damping);
        for found in both(&case.a, &b, damping, 1e-13, None) {
            assert_eq!(found.info.end, SolveEnd::LeastSquares);
            assert!(distance(&found.x, &exact) < 1e-9 * norm(&exact), "{:?}", found.info);
            let (_, r) = case.norms(&b, &found.x, damping);
            assert!((found.info.residual_norm - r).abs() < 1e-11 * norm(&b));
            let plain = norm(&case.residual(&b, &found.x));
            assert!((found.info.true_residual_norm.unwrap() - plain).abs() < 1e-13 * norm(&b));
            assert_eq!(found.info.products, 2 * found.info.iterations + 2);
        }
    }
}

#[test]
fn norms_are_those_of_the_iterates() {
    let mut random = Random::new(42);
    let case = Case::new(40, 25, spread(25, 1e2), &mut random);
    let b = random.vector(40);
    for damping in [0.0, 0.3] {
        for k in [1, 4, 11] {
            for found in both(&case.a, &b, damping, 0.0, Some(k)) {
                assert_eq!(found.info.end, SolveEnd::IterationLimit);
                let (g, r) = case.norms(&b, &found.x, damping);
                assert!((found.info.normal_residual_norm - g).abs() < 1e-10 * g, "{k}");
                assert!((found.info.residual_norm - r).abs() < 1e-12 * r, "{k}");
                assert!((found.info.solution_norm - norm(&found.x)).abs() < 1e-13);
                assert_eq!((found.history.len(), found.normal_history.len()), (k + 1, k + 1));
            }
        }
    }
}

#[test]
fn what_falls_monotonically() {
    let mut random = Random::new(43);
    let case = Case::new(60, 40, spread(40, 1e4), &mut random);
    let b = random.vector(60);
    let exact = case.solution(&b, 0.0);
    let [one, other] = both(&case.a, &b, 0.0, 0.0, Some(35));
    let falls = |history: &[f64]| history.windows(2).all(|w| w[1] <= w[0] * (1.0 + 1e-14));
    assert!(falls(&one.history) && falls(&other.history) && falls(&other.normal_history));
    assert!(!falls(&one.normal_history));
    // LSQR has the smaller residual, LSMR the smaller A'r.
    for k in 0..=35 {
        assert!(one.history[k] <= other.history[k] * (1.0 + 1e-12));
        assert!(other.normal_history[k] <= one.normal_history[k] * (1.0 + 1e-9));
    }
    // The errors.
    let mut last = [norm(&exact); 2];
    for k in 1..=30 {
        for (found, last) in both(&case.a, &b, 0.0, 0.0, Some(k)).iter().zip(&mut last) {
            let error = distance(&found.x, &exact);
            assert!(error <= *last * (1.0 + 1e-12), "{k}");
            *last = error;
        }
    }
}

#[test]
fn as_many_iterations_as_there_are_distinct_singular_values() {
    let mut random = Random::new(44);
    let singular: Vec<f64> = (0..30).map(|i| [7.0, 2.0, 0.5][i % 3]).collect();
    let case = Case::new(45, 30, singular, &mut random);
    let b = random.vector(45);
    for found in both(&case.a, &b, 0.0, 1e-12, None) {
        assert_eq!((found.info.end, found.info.iterations), (SolveEnd::LeastSquares, 3));
    }
}

#[test]
fn without_full_rank_the_solution_is_the_shortest() {
    let mut random = Random::new(45);
    let mut singular = spread(20, 1e2);
    singular.truncate(13);
    singular.resize(20, 0.0);
    for (rows, columns) in [(35, 20), (20, 20), (20, 35)] {
        let case = Case::new(rows, columns, singular.clone(), &mut random);
        let b = random.vector(rows);
        for damping in [0.0, 0.1] {
            let exact = case.solution(&b, damping);
            for found in both(&case.a, &b, damping, 1e-13, None) {
                assert_eq!(found.info.end, SolveEnd::LeastSquares, "{:?}", found.info);
                let error = distance(&found.x, &exact);
                assert!(error < 1e-10 * norm(&exact), "{rows} {columns} {error:e}");
            }
        }
    }
    // Underdetermined, of full rank: solved exactly and shortest.
    let case = Case::new(20, 35, spread(20, 1e2), &mut random);
    let b = random.vector(20);
    let exact = case.solution(&b, 0.0);
    for found in both(&case.a, &b, 0.0, 1e-12, None) {
        assert_eq!(found.info.end, SolveEnd::Converged);
        assert!(distance(&found.x, &exact) < 1e-9 * norm(&exact));
        let condition = found.info.condition;
        assert!(condition > 30.0 && condition < 1e4, "{condition}");
        assert!(found.info.operator_norm > 2.9 && found.info.operator_norm < 30.0);
    }
}

#[test]
fn stops_by_condition_and_start() {
    let mut random = Random::new(46);
    let case = Case::new(60, 60, spread(60, 1e8), &mut random);
    let b = random.vector(60);
    let settings = Lsqr { condition_limit: 1e3, operator_tolerance: 0.0, ..Default::default() };
    let found = lsqr(&case.a, &b, &settings);
    assert_eq!(found.info.end, SolveEnd::ConditionLimit);
    let settings = Lsmr { condition_limit: 1e3, operator_tolerance: 0.0, ..Default::default() };
    let other = lsmr(&case.a, &b, &settings);
    assert_eq!(other.info.end, SolveEnd::ConditionLimit);
    assert!(other.info.iterations > 5);

    let case = Case::new(50, 20, spread(20, 1e3), &mut random);
    let b = random.vector(50);
    let exact = case.solution(&b, 0.0);
    let mut x: Vec<f64> = exact.iter().map(|v| v + 1e-5).collect();
    let settings = Lsqr { start: Start::Given, operator_tolerance: 1e-13, ..Default::default() };
    let mut work = LsqrWork::new(&b, &x);
    settings.solve(&case.a, &b, &mut x, &mut work).unwrap();
    assert!(distance(&x, &exact) < 1e-9 * norm(&exact));
}

#[test]
fn trouble_is_reported() {
    let broken = Matrix::from_rows(&[[1.0, f64::NAN], [0.0, 1.0], [2.0, 2.0]]);
    let a = Matrix::from_rows(&[[1.0, 2.0], [0.0, 1.0], [2.0, 2.0]]);
    for found in both(&broken, &vec![1.0, 2.0, 3.0], 0.0, 1e-8, None) {
        assert_eq!((found.info.end, found.info.true_residual_norm), (SolveEnd::NotFinite, None));
        assert_eq!(found.x, [0.0, 0.0]);
    }
    for found in both(&a, &vec![f64::NAN, 2.0, 3.0], 0.0, 1e-8, None) {
        assert_eq!(found.info.end, SolveEnd::NotFinite);
    }
    for found in both(&a, &vec![0.0; 3], 0.0, 1e-8, None) {
        assert_eq!((found.info.end, found.info.iterations), (SolveEnd::Converged, 0));
        assert_eq!(found.x, [0.0, 0.0]);
    }
    // b orthogonal to the range.
    for found in both(&Matrix::zeros(3, 2), &vec![1.0; 3], 0.0, 1e-8, None) {
        assert_eq!((found.info.end, found.info.iterations), (SolveEnd::LeastSquares, 0));
    }
    for found in both(&Matrix::from_rows(&[[4.0]]), &vec![2.0], 0.0, 1e-8, None) {
        assert_eq!((found.info.end, found.x), (SolveEnd::Converged, vec![0.5]));
    }
    for found in both(&Matrix::zeros(0, 0), &vec![], 0.0, 1e-8, None) {
        assert_eq!(found.info.end, SolveEnd::Converged);
    }
    let wrong = [
        (Lsqr { damping: -1.0, ..Default::default() }, "damping"),
        (Lsqr { operator_tolerance: 1.5, ..Default::default() }, "operator_tolerance"),
        (Lsqr { tolerance: f64::NAN, ..Default::default() }, "tolerance"),
        (Lsqr { condition_limit: 0.5, ..Default::default() }, "condition_limit"),
        (Lsqr { damping: 1.0, start: Start::Given, ..Default::default() }, "start"),
    ];
    for (settings, argument) in wrong {
        assert_eq!(settings.validate().unwrap_err().argument(), argument);
    }
    let error = Lsmr { damping: f64::INFINITY, ..Default::default() }.validate().unwrap_err();
    assert_eq!(error.to_string(), "damping: is inf, but must be at least 0 and finite");
}
