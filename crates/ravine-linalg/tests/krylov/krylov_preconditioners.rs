//! Preconditioned conjugate gradients and the preconditioners.

use crate::random::{Random, conjugated, dot, orthogonal, product, symmetric_with_spectrum};
use ravine_linalg::krylov::{
    CgEnd, CgInfo, CgWork, ConjugateGradient, Fill, IncompleteCholesky, Jacobi, PairSample,
    QuasiNewton, Sampling, SlowStop, Start, TrueResidual,
};
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix, SparseMatrix};
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::secant::SecantPairs;

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

fn spread(n: usize, condition: f64) -> Vec<f64> {
    (0..n).map(|i| condition.powf(-(i as f64) / (n - 1) as f64)).collect()
}

fn solve(
    cg: &ConjugateGradient,
    a: &impl LinearOperator<Vec<f64>>,
    m: &impl LinearOperator<Vec<f64>>,
    b: &Vec<f64>,
) -> (Vec<f64>, CgInfo) {
    let (mut x, mut work) = (b.clone(), CgWork::new(b));
    let info = cg.solve_preconditioned(a, m, b, &mut x, &mut work).unwrap();
    assert_eq!(work.history().len(), info.iterations + 1);
    assert_eq!(work.history()[info.iterations], info.residual_norm);
    assert_eq!(work.decreases().last().copied().unwrap_or(0.0), info.decrease);
    (x, info)
}

#[test]
fn a_preconditioner_is_a_change_of_variables() {
    let mut random = Random::new(61);
    let n = 40;
    let a = symmetric_with_spectrum(&spread(n, 1e3), &mut random);
    let p = orthogonal(n, &mut random);
    let weights: Vec<f64> = (0..n).map(|i| 0.2 + (i % 7) as f64).collect();
    let m = conjugated(&p, &weights);
    let root = conjugated(&p, &weights.iter().map(|w| w.sqrt()).collect::<Vec<_>>());
    let transformed = product(&root, &product(&a, &root));
    let b = random.vector(n);
    let mut root_b = vec![0.0; n];
    root.multiply(&b, &mut root_b);
    for k in [1, 5, 12] {
        let cg = ConjugateGradient { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        let (x, info) = solve(&cg, &a, &m, &b);
        let (mut y, mut work) = (b.clone(), CgWork::new(&b));
        let plain = cg.solve(&transformed, &root_b, &mut y, &mut work).unwrap();
        let mut back = vec![0.0; n];
        root.multiply(&y, &mut back);
        assert!(distance(&x, &back) < 1e-9 * norm(&x), "{k}");
        assert!((info.decrease - plain.decrease).abs() < 1e-10 * info.decrease);
        assert!((info.true_residual_norm.unwrap() - info.residual_norm).abs() < 1e-12 * norm(&b));
    }
    // The exact inverse takes one step.
    let mut inverse = Matrix::identity(n);
    let factor = Cholesky::new(&a).unwrap();
    (0..n).for_each(|j| factor.solve(inverse.column_mut(j)));
    let (_, info) = solve(&ConjugateGradient::default(), &a, &inverse, &b);
    assert_eq!((info.end, info.iterations), (CgEnd::Converged, 1));
}

#[test]
fn the_error_falls_in_the_norm_of_the_operator() {
    let mut random = Random::new(62);
    let n = 50;
    let a = symmetric_with_spectrum(&spread(n, 1e4), &mut random);
    let b = random.vector(n);
    let mut exact = b.clone();
    Cholesky::new(&a).unwrap().solve(&mut exact);
    let m = Jacobi::new(&(0..n).map(|i| a[(i, i)]).collect::<Vec<_>>()).unwrap();
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let mut energies = Vec::new();
    let mut directions: Vec<Vec<f64>> = Vec::new();
    let cg = ConjugateGradient { tolerance: 1e-6, ..Default::default() };
    let info = cg
        .solve_observed(&a, Some(&m), &b, &mut x, &mut work, &mut |step| {
            let e: Vec<f64> = step.x.iter().zip(&exact).map(|(x, e)| x - e).collect();
            let mut ae = vec![0.0; n];
            a.multiply(&e, &mut ae);
            energies.push(dot(&e, &ae));
            // Conjugate to all directions before, early on.
            let scale = norm(step.product);
            for p in directions.iter().take(8) {
                if directions.len() < 10 {
                    assert!(dot(p, step.product).abs() < 1e-9 * norm(p) * scale);
                }
            }
            directions.push(step.direction.clone());
        })
        .unwrap();
    assert_eq!(energies.len(), info.iterations);
    assert!(energies.windows(2).all(|w| w[1] < w[0]));
    // The decrease is that of the quadratic, whose value at the solution is -b'x/2.
    let last = 0.5 * (dot(&b, &exact) - energies[energies.len() - 1]);
    assert!((info.decrease - last).abs() < 1e-9 * info.decrease);
}

#[test]
fn a_good_start_is_used() {
    let mut random = Random::new(63);
    let a = symmetric_with_spectrum(&spread(40, 1e4), &mut random);
    let b = random.vector(40);
    let mut exact = b.clone();
    Cholesky::new(&a).unwrap().solve(&mut exact);
    let cg = ConjugateGradient { start: Start::Given, tolerance: 1e-9, ..Default::default() };
    let (mut x, mut work) = (exact.clone(), CgWork::new(&b));
    x[5] += 1e-7;
    let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    let cold = ConjugateGradient { tolerance: 1e-9, ..Default::default() };
    let mut y = b.clone();
    let other = cold.solve(&a, &b, &mut y, &mut work).unwrap();
    assert_eq!((info.end, other.end), (CgEnd::Converged, CgEnd::Converged));
    assert!(info.iterations < other.iterations);
    assert!(info.true_residual_norm.unwrap() <= 1.01e-9 * norm(&b));
    x.copy_from_slice(&exact);
    let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations, info.products), (CgEnd::Converged, 0, 1));
    assert_eq!(x, exact);
}

#[test]
fn stops_by_progress_are_those_of_their_formulas() {
    let mut random = Random::new(64);
    let n = 200;
    let a = symmetric_with_spectrum(&spread(n, 1e5), &mut random);
    let b = random.vector(n);
    let run = |slow_stop| {
        let cg = ConjugateGradient { slow_stop, tolerance: 1e-10, ..Default::default() };
        let (mut x, mut work) = (b.clone(), CgWork::new(&b));
        let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
        (info, work.decreases().to_vec())
    };
    let (info, all) = run(SlowStop::Never);
    assert_eq!(info.end, CgEnd::Converged);
    let (info, q) = run(SlowStop::NashSofer { fraction: 0.5 });
    assert_eq!(info.end, CgEnd::SlowProgress);
    assert_eq!(q[..], all[..q.len()]);
    let slow = |k: usize| k as f64 * (1.0 - q[k - 2] / q[k - 1]) <= 0.5;
    assert!(slow(q.len()) && (2..q.len()).all(|k| !slow(k)));
    let (info, q) = run(SlowStop::Martens { rate: 5e-4 });
    assert_eq!(info.end, CgEnd::SlowProgress);
    let slow = |k: usize| {
        let w = 10.max(k / 10);
        k > w && (q[k - 1] - q[k - w - 1]) / q[k - 1] < w as f64 * 5e-4
    };
    assert!(slow(q.len()) && (1..q.len()).all(|k| !slow(k)));
    for (slow_stop, name) in [
        (SlowStop::NashSofer { fraction: 0.0 }, "fraction"),
        (SlowStop::Martens { rate: f64::NAN }, "rate"),
    ] {
        let cg = ConjugateGradient { slow_stop, ..Default::default() };
        assert_eq!(cg.validate().unwrap_err().argument(), name);
    }
    let cg = ConjugateGradient { tolerance: -1.0, ..Default::default() };
    assert_eq!(
        cg.validate().unwrap_err().to_string(),
        "tolerance: is -1.0, but must be at least 0 and less than 1"
    );
}

#[test]
fn trouble_is_reported() {
    let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
    let b = vec![1.0, 1.0];
    let cg = ConjugateGradient::default();
    for m in [
        Matrix::from_rows(&[[-1.0, 0.0], [0.0, -1.0]]),
        Matrix::from_rows(&[[1.0, 0.0], [0.0, -1.0]]),
        Matrix::zeros(2, 2),
    ] {
        let (x, info) = solve(&cg, &a, &m, &b);
        assert_eq!((info.end, info.iterations), (CgEnd::IndefinitePreconditioner, 0));
        assert_eq!(x, [0.0, 0.0]);
    }
    let broken = Matrix::from_rows(&[[f64::NAN, 0.0], [0.0, 1.0]]);
    let (_, info) = solve(&cg, &a, &broken, &b);
    assert_eq!((info.end, info.true_residual_norm), (CgEnd::NotFinite, Some(2f64.sqrt())));
    let (x, info) = solve(&cg, &a, &a, &vec![0.0; 2]);
    assert_eq!((info.end, info.products), (CgEnd::Converged, 0));
    assert_eq!(x, [0.0, 0.0]);
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let info = cg.solve(&a, &vec![f64::INFINITY; 2], &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.true_residual_norm), (CgEnd::NotFinite, None));
    let (mut x, mut work) = (vec![3.0], CgWork::new(&vec![0.0]));
    let info = cg.solve(&Matrix::from_rows(&[[4.0]]), &vec![2.0], &mut x, &mut work).unwrap();
    assert_eq!((info.end, info.iterations, &x), (CgEnd::Converged, 1, &vec![0.5]));
    let mut none = CgWork::new(&Vec::<f64>::new());
    let info = cg.solve(&Matrix::zeros(0, 0), &vec![], &mut vec![], &mut none).unwrap();
    assert_eq!(info.end, CgEnd::Converged);
    let skipped = ConjugateGradient { true_residual: TrueResidual::Skipped, ..cg };
    let (_, info) = solve(&skipped, &a, &Matrix::identity(2), &vec![1.0, 3.0]);
    assert_eq!((info.products, info.true_residual_norm), (info.iterations, None));
}

#[test]
fn pairs_of_all_iterations_are_sampled_evenly() {
    let mut random = Random::new(65);
    let n = 100;
    let a = symmetric_with_spectrum(&spread(n, 1e4), &mut random);
    let b = random.vector(n);
    for most in [3, 8, 9, 23, 57] {
        let mut uniform = PairSample::new(8, Sampling::Uniform);
        let mut last = PairSample::new(8, Sampling::Last);
        let cg = ConjugateGradient { tolerance: 0.0, iterations: Some(most), ..Default::default() };
        let (mut x, mut work) = (b.clone(), CgWork::new(&b));
        cg.solve_observed(&a, None, &b, &mut x, &mut work, &mut |step| {
            uniform.observe(&step);
            last.observe(&step);
        })
        .unwrap();
        let count = most.min(8);
        assert_eq!(last.numbers(), (most - count..most).collect::<Vec<_>>());
        let numbers = uniform.numbers();
        assert_eq!(numbers.len(), count);
        let gaps: Vec<_> = numbers.windows(2).map(|w| w[1] - w[0]).collect();
        let least = *gaps.iter().min().unwrap();
        assert!(gaps.iter().all(|&gap| gap == least || gap == 2 * least), "{numbers:?}");
        assert!(numbers[0] == 0 && numbers[count - 1] + 2 * least >= most, "{numbers:?}");
    }
}

#[test]
fn curvature_learned_in_one_system_serves_the_next() {
    let mut random = Random::new(66);
    let n = 120;
    let bulk = |i: usize| 1.0 + i as f64 / n as f64;
    let small = |i: usize| if i < 4 { 1e-3 / (i + 1) as f64 } else { bulk(i) };
    let large = |i: usize| if i < 4 { 1e4 * (i + 1) as f64 } else { bulk(i) };
    check_learning(&(0..n).map(small).collect::<Vec<_>>(), Sampling::Uniform, &mut random);
    check_learning(&(0..n).map(large).collect::<Vec<_>>(), Sampling::Last, &mut random);
}

fn check_learning(spectrum: &[f64], sampling: Sampling, random: &mut Random) {
    let n = spectrum.len();
    let q = orthogonal(n, random);
    let a = conjugated(&q, spectrum);
    let nearby = |(i, s): (usize, &f64)| s * (1.0 + 0.02 * (i % 3) as f64);
    let next = conjugated(&q, &spectrum.iter().enumerate().map(nearby).collect::<Vec<_>>());
    let (b, c) = (random.vector(n), random.vector(n));
    let cg = ConjugateGradient::default();
    let mut sample = PairSample::new(16, sampling);
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    cg.solve_observed(&a, None, &b, &mut x, &mut work, &mut |step| sample.observe(&step)).unwrap();
    let cold = cg.solve(&next, &c, &mut x, &mut work).unwrap();
    let mut m = QuasiNewton::new(n, 16);
    // The identity at first.
    let (_, same) = solve(&cg, &next, &m, &c);
    assert_eq!(same.iterations, cold.iterations);
    m.learn(&mut sample);
    assert!(sample.numbers().is_empty());
    let (_, warm) = solve(&cg, &next, &m, &c);
    assert_eq!((cold.end, warm.end), (CgEnd::Converged, CgEnd::Converged));
    assert!(3 * warm.iterations <= 2 * cold.iterations, "{} {}", warm.iterations, cold.iterations);
    // The inverse L-BFGS matrix of the library is a preconditioner as it is.
    let mut pairs = SecantPairs::new(16);
    for age in 0..m.pairs().len() {
        pairs.push(&mut m.pairs().s(age).clone(), &mut m.pairs().y(age).clone());
    }
    let (_, other) = solve(&cg, &next, &pairs.inverse(), &c);
    assert_eq!(other.iterations, warm.iterations);
    // Nothing is learned from nothing; less than the memory replaces all.
    m.learn(&mut sample);
    assert_eq!(m.pairs().len(), 16);
    let short = ConjugateGradient { iterations: Some(3), ..cg };
    short
        .solve_observed(&a, None, &b, &mut x, &mut work, &mut |step| sample.observe(&step))
        .unwrap();
    m.learn(&mut sample);
    assert_eq!(m.pairs().len(), 3);
    // H y = s for the newest pair.
    let mut hy = vec![0.0; n];
    m.apply(m.pairs().y(2), &mut hy).unwrap();
    assert!(distance(&hy, m.pairs().s(2)) < 1e-12 * norm(&hy));
}

/// `-div(c grad u)` on a grid of k by k, with a coefficient that jumps.
fn diffusion(k: usize, contrast: f64) -> SparseMatrix {
    let c = |i: usize, j: usize| if (i / 4 + j / 4).is_multiple_of(2) { 1.0 } else { contrast };
    let mut triplets = Vec::new();
    let at = |i: usize, j: usize| i * k + j;
    for i in 0..k {
        for j in 0..k {
            let mut diagonal = 1e-3;
            for (di, dj) in [(0, 1), (1, 0), (0, -1), (-1, 0)] {
                let (y, x) = (i as isize + di, j as isize + dj);
                let inside = (0..k as isize).contains(&y) && (0..k as isize).contains(&x);
                let (y, x) = if inside { (y as usize, x as usize) } else { (i, j) };
                let weight = 2.0 * c(i, j) * c(y, x) / (c(i, j) + c(y, x));
                diagonal += weight;
                if inside {
                    triplets.push((at(i, j), at(y, x), -weight));
                }
            }
            triplets.push((at(i, j), at(i, j), diagonal));
        }
    }
    SparseMatrix::from_triplets(k * k, k * k, &triplets)
}

#[test]
fn incomplete_factors_cut_the_iterations() {
    let a = diffusion(24, 1e3);
    let n = a.columns();
    let b: Vec<f64> = (0..n).map(|i| ((i * 7) % 11) as f64 - 5.0).collect();
    let cg = ConjugateGradient::default();
    let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    let plain = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    let (_, jacobi) = solve(&cg, &a, &Jacobi::of_sparse(&a).unwrap(), &b);
    let by = |fill| {
        let m = IncompleteCholesky { fill, ..Default::default() }.factorize(&a).unwrap();
        assert_eq!(m.shift(), 0.0);
        let (_, info) = solve(&cg, &a, &m, &b);
        assert_eq!(info.end, CgEnd::Converged);
        (info.iterations, m.stored())
    };
    let (pattern, stored) = by(Fill::Pattern);
    // The pattern of the lower triangle.
    assert_eq!(stored, (a.stored() + n) / 2);
    let (five, stored_five) = by(Fill::Largest { extra: 5 });
    assert!(stored_five <= stored + 5 * n && stored_five > stored + 3 * n);
    let (finer, stored_finer) = by(Fill::Threshold { drop: 1e-4 });
    let (coarser, stored_coarser) = by(Fill::Threshold { drop: 1e-1 });
    assert!(stored_finer > stored_coarser);
    assert!(jacobi.iterations < plain.iterations);
    assert!(3 * pattern < 2 * jacobi.iterations, "{pattern} {}", jacobi.iterations);
    assert!(2 * five < pattern, "{five} {pattern}");
    assert!(finer < coarser, "{finer} {coarser}");
}

#[test]
fn without_dropping_the_factor_is_exact() {
    let a = diffusion(6, 10.0);
    let n = a.columns();
    let m = IncompleteCholesky { fill: Fill::Largest { extra: n }, ..Default::default() };
    let factor = m.factorize(&a).unwrap();
    let b: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
    let mut x = vec![0.0; n];
    factor.apply(&b, &mut x).unwrap();
    let mut ax = vec![0.0; n];
    a.multiply(&x, &mut ax);
    assert!(distance(&ax, &b) < 1e-11 * norm(&b));
    // IC(0) reproduces A on its pattern (Meijerink and van der Vorst, theorem 2.4).
    let m = IncompleteCholesky { fill: Fill::Pattern, ..Default::default() };
    let factor = m.factorize(&a).unwrap();
    let mut inverse = Matrix::zeros(n, n);
    for j in 0..n {
        let unit: Vec<f64> = (0..n).map(|i| f64::from(i == j)).collect();
        let mut column = vec![0.0; n];
        factor.apply(&unit, &mut column).unwrap();
        inverse.column_mut(j).copy_from_slice(&column);
    }
    let by = Cholesky::new(&inverse).unwrap();
    for j in 0..n {
        let mut column: Vec<f64> = (0..n).map(|i| f64::from(i == j)).collect();
        by.solve(&mut column);
        let (rows, values) = a.column(j);
        for (&i, &value) in rows.iter().zip(values) {
            assert!((column[i] - value).abs() < 1e-9 * a.column(j).1[0].abs().max(1.0), "{i} {j}");
        }
    }
}

#[test]
fn a_shift_is_found_where_there_is_no_factor() {
    // Definite, but its IC(0) breaks down (Kershaw 1978).
    let kershaw = SparseMatrix::from_triplets(
        4,
        4,
        &[
            (0, 0, 3.0),
            (1, 1, 3.0),
            (2, 2, 3.0),
            (3, 3, 3.0),
            (0, 1, -2.0),
            (1, 0, -2.0),
            (1, 2, -2.0),
            (2, 1, -2.0),
            (2, 3, -2.0),
            (3, 2, -2.0),
            (0, 3, 2.0),
            (3, 0, 2.0),
        ],
    );
    let m = IncompleteCholesky { fill: Fill::Pattern, ..Default::default() };
    let factor = m.factorize(&kershaw).unwrap();
    assert!(factor.shift() >= 1e-3 && factor.shift() < 1.0, "{}", factor.shift());
    let b = vec![1.0, 2.0, 3.0, 4.0];
    let (_, info) = solve(&ConjugateGradient::default(), &kershaw, &factor, &b);
    assert_eq!(info.end, CgEnd::Converged);
    let exact = IncompleteCholesky::default().factorize(&kershaw).unwrap();
    assert_eq!(exact.shift(), 0.0);

    // Indefinite, with a zero row and column besides: M is definite all the same.
    let indefinite = SparseMatrix::from_triplets(
        4,
        4,
        &[(0, 0, -5.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 2.0), (3, 3, 1e-8)],
    );
    let factor = IncompleteCholesky::default().factorize(&indefinite).unwrap();
    assert!(factor.shift() > 0.9);
    let mut z = vec![0.0; 4];
    factor.apply(&b, &mut z).unwrap();
    assert!(z.iter().all(|z| z.is_finite()) && dot(&b, &z) > 0.0);

    let broken = SparseMatrix::from_triplets(1, 1, &[(0, 0, f64::NAN)]);
    let error = IncompleteCholesky::default().factorize(&broken).unwrap_err();
    assert_eq!(error, FactorizationError::NotFinite);
    let none = IncompleteCholesky::default().factorize(&SparseMatrix::default()).unwrap();
    assert_eq!(none.stored(), 0);
    let wrong = IncompleteCholesky { shift: 0.0, ..Default::default() };
    assert_eq!(wrong.validate().unwrap_err().argument(), "shift");
    let wrong = IncompleteCholesky { fill: Fill::Threshold { drop: 1.0 }, ..Default::default() };
    assert_eq!(wrong.validate().unwrap_err().argument(), "drop");
    let error = Jacobi::of_sparse(&indefinite).unwrap_err();
    assert_eq!(error.argument(), "diagonal[0]");
}
