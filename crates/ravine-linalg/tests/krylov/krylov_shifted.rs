//! Solvers for many shifts at once, against one run for each.

use crate::random::{Random, dot, symmetric_with_spectrum};
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, Minres, MinresWork, ShiftedCg, ShiftedCgWork, ShiftedMinres,
    ShiftedMinresWork, SolveEnd, TrueResidual,
};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::{LinearOperator, Shifted};

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

fn shifted(a: &Matrix, shift: f64) -> Shifted<&Matrix> {
    Shifted::new(a, shift).unwrap()
}

fn spread(n: usize, condition: f64) -> Vec<f64> {
    (0..n).map(|i| condition.powf(-(i as f64) / (n - 1) as f64)).collect()
}

#[test]
fn twenty_dampings_for_the_products_of_the_hardest() {
    let mut random = Random::new(51);
    let n = 150;
    let a = symmetric_with_spectrum(&spread(n, 1e5), &mut random);
    let b = random.vector(n);
    let shifts: Vec<f64> = (0..20).map(|k| 3e-3 * 300f64.powf(f64::from(k) / 19.0)).collect();
    let mut x = vec![vec![f64::NAN; n]; 20];
    let mut work = ShiftedCgWork::new(&b);
    let settings = ShiftedCg { tolerance: 1e-10, ..Default::default() };
    let info = settings.solve(&a, &shifts, &b, &mut x, &mut work).unwrap();
    let cg = ConjugateGradient {
        tolerance: 1e-10,
        true_residual: TrueResidual::Skipped,
        ..Default::default()
    };
    let (mut alone, mut cg_work) = (b.clone(), CgWork::new(&b));
    let (mut hardest, mut all) = (0, 0);
    for (k, &shift) in shifts.iter().enumerate() {
        let single = cg.solve(&shifted(&a, shift), &b, &mut alone, &mut cg_work).unwrap();
        assert_eq!((single.end, info.shifts[k].end), (CgEnd::Converged, SolveEnd::Converged));
        let more = single.iterations.abs_diff(info.shifts[k].iterations);
        assert!(more <= 1 + single.iterations / 20, "{more} {}", single.iterations);
        assert!(distance(&alone, &x[k]) < 1e-6 * norm(&alone), "{k}");
        assert_eq!(work.history(k).len(), info.shifts[k].iterations + 1);
        // The histories agree while rounding has not yet told.
        for (one, other) in cg_work.history().iter().zip(work.history(k)).take(20) {
            assert!((one - other).abs() < 1e-8 * one);
        }
        hardest = hardest.max(single.products);
        all += single.products;
    }
    assert!(info.products <= hardest + 1 + hardest / 20, "{} {hardest}", info.products);
    assert!(all > 5 * info.products, "{all} {}", info.products);
    // Greater shifts converge earlier.
    assert!(info.shifts.windows(2).all(|w| w[1].iterations <= w[0].iterations));
    // What the recurrence says is what holds.
    let settings = ShiftedCg { true_residual: TrueResidual::Measured, ..settings };
    let measured = settings.solve(&a, &shifts, &b, &mut x, &mut work).unwrap();
    assert_eq!(measured.products, info.products + 20);
    for shift in &measured.shifts {
        assert!(shift.true_residual_norm.unwrap() < 1.5e-10 * norm(&b), "{shift:?}");
    }
}

#[test]
fn only_the_shifts_that_are_not_definite_end_early() {
    let mut random = Random::new(52);
    let n = 60;
    let spectrum: Vec<f64> = (0..n).map(|i| -1.0 + 0.2 * i as f64).collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let b = random.vector(n);
    let shifts = [3.0, 0.5, 1.5, 0.0];
    let mut x = vec![vec![0.0; n]; 4];
    let mut work = ShiftedCgWork::new(&b);
    let settings = ShiftedCg { true_residual: TrueResidual::Measured, ..Default::default() };
    let info = settings.solve(&a, &shifts, &b, &mut x, &mut work).unwrap();
    let ends: Vec<_> = info.shifts.iter().map(|s| s.end).collect();
    let (yes, no) = (SolveEnd::Converged, SolveEnd::NotDefinite);
    assert_eq!(ends, [yes, no, yes, no]);
    for (k, shift) in info.shifts.iter().enumerate() {
        let difference = shift.true_residual_norm.unwrap() - shift.residual_norm;
        assert!(difference.abs() < 1e-9 * norm(&b), "{k}");
    }
    // As conjugate gradients alone.
    let (mut alone, mut cg_work) = (b.clone(), CgWork::new(&b));
    let single = ConjugateGradient::default()
        .solve(&shifted(&a, 0.5), &b, &mut alone, &mut cg_work)
        .unwrap();
    assert_eq!(
        (single.end, single.iterations),
        (CgEnd::NegativeCurvature, info.shifts[1].iterations)
    );
    assert!(distance(&alone, &x[1]) < 1e-9 * norm(&alone));
}

#[test]
fn minimal_residuals_take_any_shift() {
    let mut random = Random::new(53);
    let n = 50;
    let spectrum: Vec<f64> = (0..n).map(|i| -10.0 + 0.6 * i as f64).collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    let b = random.vector(n);
    // The last makes A singular.
    let shifts = [0.0, 25.0, -3.1, 12.2, -spectrum[20]];
    let mut x = vec![vec![0.0; n]; 5];
    let mut work = ShiftedMinresWork::new(&b);
    let settings = ShiftedMinres { true_residual: TrueResidual::Measured, ..Default::default() };
    let info = settings.solve(&a, &shifts, &b, &mut x, &mut work).unwrap();
    let minres = Minres::default();
    let (mut alone, mut minres_work) = (b.clone(), MinresWork::new(&b));
    let mut hardest = 0;
    for (k, &shift) in shifts.iter().enumerate() {
        let single = minres.solve(&shifted(&a, shift), &b, &mut alone, &mut minres_work).unwrap();
        let found = &info.shifts[k];
        assert_eq!(single.end, found.end);
        assert!(single.iterations.abs_diff(found.iterations) <= 1);
        assert!(distance(&alone, &x[k]) < 1e-5 * norm(&alone), "{k}");
        let difference = found.true_residual_norm.unwrap() - found.residual_norm;
        assert!(difference.abs() < 1e-9 * norm(&b), "{k}");
        assert!(work.history(k).windows(2).all(|w| w[1] <= w[0]));
        hardest = hardest.max(single.iterations);
    }
    assert_eq!(info.shifts[4].end, SolveEnd::LeastSquares);
    assert!(info.products <= hardest + 7);
}

#[test]
fn trouble_is_reported() {
    let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
    let broken = Matrix::from_rows(&[[2.0, f64::NAN], [f64::NAN, 2.0]]);
    let (b, zero) = (vec![1.0, 0.0], vec![0.0, 0.0]);
    let run = |a: &dyn LinearOperator<Vec<f64>>, b: &Vec<f64>, shifts: &[f64]| {
        let mut x = vec![vec![7.0; 2]; shifts.len()];
        let settings = ShiftedCg { true_residual: TrueResidual::Measured, ..Default::default() };
        let cg = settings.solve(&a, shifts, b, &mut x, &mut ShiftedCgWork::new(b)).unwrap();
        let settings =
            ShiftedMinres { true_residual: TrueResidual::Measured, ..Default::default() };
        let mut y = vec![vec![7.0; 2]; shifts.len()];
        let minres = settings.solve(&a, shifts, b, &mut y, &mut ShiftedMinresWork::new(b)).unwrap();
        assert_eq!(
            cg.shifts.iter().map(|s| s.end).collect::<Vec<_>>(),
            minres.shifts.iter().map(|s| s.end).collect::<Vec<_>>()
        );
        (cg, x)
    };
    let (info, x) = run(&broken, &b, &[0.0, 1.0]);
    assert!(info.shifts.iter().all(|s| s.end == SolveEnd::NotFinite));
    assert_eq!((info.products, &x[1]), (1, &zero));
    let (info, x) = run(&a, &b, &[f64::NAN, 1.0]);
    assert_eq!(
        (info.shifts[0].end, info.shifts[1].end),
        (SolveEnd::NotFinite, SolveEnd::Converged)
    );
    assert_eq!(x[0], zero);
    let (info, _) = run(&a, &vec![f64::NAN, 1.0], &[0.0]);
    assert_eq!((info.shifts[0].end, info.products), (SolveEnd::NotFinite, 0));
    let (info, x) = run(&a, &zero, &[0.0, 3.0]);
    assert!(info.shifts.iter().all(|s| s.end == SolveEnd::Converged && s.iterations == 0));
    assert_eq!(x, [zero.clone(), zero]);
    let (info, _) = run(&a, &b, &[]);
    assert_eq!((info.products, info.shifts.len()), (0, 0));
    // Fewer iterations than it takes.
    let settings = ShiftedCg { iterations: Some(1), ..Default::default() };
    let mut x = vec![vec![0.0; 2]; 2];
    let mut work = ShiftedCgWork::new(&b);
    let info = settings.solve(&a, &[0.0, 1.0], &b, &mut x, &mut work).unwrap();
    assert!(info.shifts.iter().all(|s| s.end == SolveEnd::IterationLimit && s.iterations == 1));
    let error = ShiftedCg { tolerance: 2.0, ..Default::default() }.validate().unwrap_err();
    assert_eq!(error.argument(), "tolerance");
    let error = ShiftedMinres { tolerance: 2.0, ..Default::default() }.validate().unwrap_err();
    assert_eq!(error.argument(), "tolerance");
}
