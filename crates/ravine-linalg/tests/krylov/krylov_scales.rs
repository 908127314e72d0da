//! The methods at every scale of operator and right-hand side: the answer is what it is, wherever it is
//! representable.

use crate::random::{Random, symmetric_with_spectrum};
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, ConjugateResiduals, CrWork, Lanczos, Lsmr, LsmrWork, Lsqr,
    LsqrWork, Minres, MinresQlp, MinresQlpWork, MinresWork, Nystrom, ShiftedCg, ShiftedCgWork,
    SolveEnd,
};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::vector::norm;

const SCALES: [f64; 9] = [1e-200, 1e-155, 1e-140, 1e-40, 1.0, 1e40, 1e140, 1e155, 1e200];

#[test]
fn solutions_at_every_scale() {
    let mut random = Random::new(12);
    let spectrum: Vec<f64> = (0..20).map(|i| 1.0 + f64::from(i)).collect();
    let unit = symmetric_with_spectrum(&spectrum, &mut random);
    let exact = random.vector(20);
    let mut right = vec![0.0; 20];
    unit.multiply(&exact, &mut right);
    for of_a in SCALES {
        for of_b in SCALES {
            let size = of_b / of_a;
            if !(1e-250..1e250).contains(&size) {
                continue;
            }
            let a: Matrix = Matrix::from_fn(20, 20, |i, j| unit[(i, j)] * of_a);
            let b: Vec<f64> = right.iter().map(|b| b * of_b).collect();
            let check = |name: &str, x: &[f64], converged: bool, residual: Option<f64>| {
                let what = format!("{name}: A {of_a}, b {of_b}");
                assert!(converged, "{what}");
                for (x, exact) in x.iter().zip(&exact) {
                    assert!((x / size - exact).abs() < 1e-6, "{what}: {x} {}", exact * size);
                }
                let residual = residual.unwrap();
                assert!(residual <= 1e-8 * norm(&b), "{what}: {residual}");
            };
            let mut x = b.clone();
            let info = ConjugateGradient::default().solve(&a, &b, &mut x, &mut CgWork::new(&b));
            let info = info.unwrap();
            check("cg", &x, info.end == CgEnd::Converged, info.true_residual_norm);
            macro_rules! with {
                ($solver:ident, $work:expr) => {
                    let info = $solver::default();
                    let mut work = $work;
                    let info = info.solve(&a, &b, &mut x, &mut work).unwrap();
                    let converged = info.end == SolveEnd::Converged;
                    check(stringify!($solver), &x, converged, info.true_residual_norm);
                };
            }
            with!(ConjugateResiduals, CrWork::new(&b));
            with!(Minres, MinresWork::new(&b));
            with!(MinresQlp, MinresQlpWork::new(&b));
            with!(Lsqr, LsqrWork::new(&b, &x));
            with!(Lsmr, LsmrWork::new(&b, &x));
            let mut solutions = [b.clone(), b.clone()];
            let shifts = [0.0, of_a];
            let info = ShiftedCg::default();
            let info = info.solve(&a, &shifts, &b, &mut solutions, &mut ShiftedCgWork::new(&b));
            let converged = info.unwrap().shifts.iter().all(|s| s.end == SolveEnd::Converged);
            check("shifted", &solutions[0], converged, Some(0.0));
        }
    }
}

#[test]
fn overdetermined_problems_at_every_scale() {
    let mut random = Random::new(13);
    let unit = Matrix::from_fn(30, 8, |_, _| random.uniform());
    let right = random.vector(30);
    let solve = |of_a: f64, of_b: f64, damping: f64| {
        let a: Matrix = Matrix::from_fn(30, 8, |i, j| unit[(i, j)] * of_a);
        let b: Vec<f64> = right.iter().map(|b| b * of_b).collect();
        let (mut x, mut y) = (vec![0.0; 8], vec![0.0; 8]);
        let lsqr = Lsqr { damping: damping * of_a, ..Default::default() };
        let mut work = LsqrWork::new(&b, &x);
        let first = lsqr.solve(&a, &b, &mut x, &mut work).unwrap();
        let lsmr = Lsmr { damping: damping * of_a, ..Default::default() };
        let mut work = LsmrWork::new(&b, &y);
        let second = lsmr.solve(&a, &b, &mut y, &mut work).unwrap();
        for end in [first.end, second.end] {
            assert_eq!(end, SolveEnd::LeastSquares, "{of_a} {of_b}");
        }
        let relative = |x: Vec<f64>| x.iter().map(|x| x / (of_b / of_a)).collect::<Vec<_>>();
        [relative(x), relative(y)]
    };
    for damping in [0.0, 0.7] {
        let [exact, _] = solve(1.0, 1.0, damping);
        for of_a in SCALES {
            for of_b in SCALES.iter().filter(|of_b| (1e-250..1e250).contains(&(*of_b / of_a))) {
                for x in solve(of_a, *of_b, damping) {
                    for (x, exact) in x.iter().zip(&exact) {
                        assert!((x - exact).abs() < 1e-9, "{of_a} {of_b} {damping}");
                    }
                }
            }
        }
    }
}

#[test]
fn bases_and_approximations_at_every_scale() {
    let mut random = Random::new(14);
    let spectrum: Vec<f64> = (0..30).map(|i| 0.5f64.powi(i)).collect();
    let unit = symmetric_with_spectrum(&spectrum, &mut random);
    for of_a in SCALES {
        let a: Matrix = Matrix::from_fn(30, 30, |i, j| unit[(i, j)] * of_a);
        let nystrom = Nystrom { rank: 12, ..Default::default() };
        let found = nystrom.approximate(&a, of_a * 1e-3, &vec![0.0; 30]).unwrap();
        let largest = found.values()[0] / of_a;
        assert!((largest - 1.0).abs() < 1e-3, "{of_a}: {largest}");
        let mut lanczos = Lanczos::default();
        lanczos.begin(&vec![of_a; 30]);
        for _ in 0..5 {
            assert!(lanczos.extend(&a).unwrap() && !lanczos.exhausted());
        }
        assert!(lanczos.diagonal().iter().all(|v| (0.0..=1.0).contains(&(v / of_a))));
    }
}
