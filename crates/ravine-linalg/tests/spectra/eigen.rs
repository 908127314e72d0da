//! Eigenpairs, condition numbers and inertia from products, against dense algebra and closed forms.

use std::f64::consts::PI;

use crate::random::{Random, dot, symmetric_with_spectrum};
use ravine_linalg::Interrupt;
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient};
use ravine_linalg::matrix::{Inertia, Lblt, Matrix, SparseLblt, SparseMatrix, SymmetricEigen};
use ravine_linalg::operator::{InvertShifted, LinearOperator};
use ravine_linalg::spectrum::{
    Eigenpairs, PowerIteration, SpectrumEnd, SpectrumError, ThickRestartLanczos, Which,
};

/// Of the article on Krylov methods: eigenvalues 1, 5, 20, 50, 200.
fn article() -> Matrix {
    let lower = [
        vec![45.05677832181746],
        vec![-13.230992452563951, 18.48067197438061],
        vec![26.633325066931544, -17.320886196513936, 111.5103932530305],
        vec![-33.54339546394141, 27.990084103876566, -78.10934893852291, 84.0026007121607],
        vec![
            -21.492303756578135,
            12.538176305339123,
            -6.817493148584722,
            22.985769920481488,
            16.949555738610627,
        ],
    ];
    Matrix::from_fn(5, 5, |i, j| lower[i.max(j)][i.min(j)])
}

fn residual(a: &impl LinearOperator<Vec<f64>>, v: &[f64], theta: f64) -> f64 {
    let mut y = vec![0.0; v.len()];
    a.apply(&v.to_vec(), &mut y).unwrap();
    y.iter().zip(v).map(|(y, v)| (y - theta * v).powi(2)).sum::<f64>().sqrt()
}

/// Bounds hold, vectors are orthonormal to `loose`, values ascend.
fn check(a: &impl LinearOperator<Vec<f64>>, found: &Eigenpairs<Vec<f64>>, loose: f64) {
    assert_eq!(found.values.len(), found.vectors.len());
    assert!(found.values.is_sorted(), "{:?}", found.values);
    let rounding = 40.0 * f64::EPSILON * found.norm;
    for ((v, &theta), bound) in found.vectors.iter().zip(&found.values).zip(&found.residuals) {
        let residual = residual(a, v, theta);
        assert!(residual <= bound + rounding, "{theta}: {residual} > {bound}");
    }
    for (i, v) in found.vectors.iter().enumerate() {
        assert!((dot(v, v) - 1.0).abs() < 1e-13);
        for w in &found.vectors[..i] {
            assert!(dot(v, w).abs() < loose, "{}", dot(v, w));
        }
    }
}

fn near(found: &[f64], exact: &[f64], error: f64) {
    assert_eq!(found.len(), exact.len());
    for (f, e) in found.iter().zip(exact) {
        assert!((f - e).abs() <= error, "{found:?}\n{exact:?}");
    }
}

/// Second differences on a square with Dirichlet conditions.
fn laplacian(width: usize) -> SparseMatrix {
    let n = width * width;
    let mut entries = Vec::new();
    for i in 0..n {
        entries.push((i, i, 4.0));
        if i % width > 0 {
            entries.extend([(i, i - 1, -1.0), (i - 1, i, -1.0)]);
        }
        if i >= width {
            entries.extend([(i, i - width, -1.0), (i - width, i, -1.0)]);
        }
    }
    SparseMatrix::from_triplets(n, n, &entries)
}

fn laplacian_values(width: usize) -> Vec<f64> {
    let one = |k: usize| 2.0 - 2.0 * (k as f64 * PI / (width + 1) as f64).cos();
    let mut values: Vec<f64> =
        (1..=width).flat_map(|j| (1..=width).map(move |k| one(j) + one(k))).collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn power_iteration_and_conjugate_gradients_on_the_quadratic_of_the_article() {
    let a = article();
    let found = PowerIteration::default().eigenpairs(&a, &vec![0.0; 5]).unwrap();
    assert_eq!(found.end, SpectrumEnd::Converged);
    assert_eq!(format!("{:.10}", found.values[0]), "200.0000000000");
    check(&a, &found, 1e-12);

    let all = PowerIteration { pairs: 5, ..Default::default() };
    let found = all.eigenpairs(&a, &vec![0.0; 5]).unwrap();
    near(&found.values, &[1.0, 5.0, 20.0, 50.0, 200.0], 1e-9);
    check(&a, &found, 1e-12);

    let low = PowerIteration { shift: 200.0, pairs: 2, ..Default::default() };
    let found = low.eigenpairs(&a, &vec![0.0; 5]).unwrap();
    near(&found.values, &[1.0, 5.0], 1e-9);

    let mut b = vec![0.0; 5];
    a.multiply(&[1.0, 2.0, 3.0, 4.0, 5.0], &mut b);
    let (mut x, mut work) = (vec![0.0; 5], CgWork::new(&b));
    let cg = ConjugateGradient { tolerance: 1e-8, ..Default::default() };
    let info = cg.solve(&a, &b, &mut x, &mut work).unwrap();
    assert_eq!(info.end, CgEnd::Converged);
    assert!(info.iterations <= 5);
    near(&x, &[1.0, 2.0, 3.0, 4.0, 5.0], 1e-10);
}

#[test]
fn power_iteration_says_when_it_does_not_converge() {
    let a = Matrix::from_rows(&[[0.0, 1.0], [1.0, 0.0]]);
    let power = PowerIteration { products: 50, ..Default::default() };
    let found = power.eigenpairs(&a, &vec![0.0; 2]).unwrap();
    assert_eq!((found.end, found.products), (SpectrumEnd::ProductLimit, 50));
    // The Rayleigh quotient is not near 1 or -1, and the residual says so.
    check(&a, &found, 1e-12);
    assert!(found.residuals[0] > 0.1);
    // A shift tells them apart.
    let power = PowerIteration { shift: -0.5, ..Default::default() };
    near(&power.eigenpairs(&a, &vec![0.0; 2]).unwrap().values, &[1.0], 1e-10);
    // Nothing but zero.
    let found = power.eigenpairs(&Matrix::zeros(3, 3), &vec![0.0; 3]).unwrap();
    assert_eq!((found.values, found.end), (vec![0.0], SpectrumEnd::Converged));
}

/// Spectra of different character, 120 eigenvalues each.
fn spectra() -> Vec<(&'static str, Vec<f64>)> {
    let n = 120;
    let x = |i: usize| i as f64 / (n - 1) as f64;
    let of = |f: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..n).map(f).collect() };
    vec![
        ("indefinite", of(&|i| 10.0 * x(i) - 4.0 + (7.0 * x(i)).sin())),
        ("clustered", of(&|i| 1.0 + (i / 20) as f64 + 1e-4 * (i % 20) as f64)),
        ("rank deficient", of(&|i| if i < 60 { 0.0 } else { x(i) - 0.3 })),
        ("ill conditioned", of(&|i| 10f64.powf(-10.0 * x(i)))),
        ("large", of(&|i| 1e150 * (x(i) - 0.4).powi(3))),
        ("tiny", of(&|i| 1e-150 * (x(i) - 0.4).powi(3))),
    ]
}

#[test]
fn extreme_pairs_of_spectra_of_every_kind() {
    let mut random = Random::new(5);
    let mut restarts = 0;
    for (name, spectrum) in spectra() {
        let a = symmetric_with_spectrum(&spectrum, &mut random);
        let mut exact = SymmetricEigen::new(&a).unwrap().values().to_vec();
        let norm = exact.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for which in [Which::Largest, Which::Smallest, Which::BothEnds, Which::LargestMagnitude] {
            let lanczos =
                ThickRestartLanczos { pairs: 4, which, basis: Some(25), ..Default::default() };
            let found = lanczos.eigenpairs(&a, &vec![0.0; 120]).unwrap();
            check(&a, &found, 1e-9);
            if name == "ill conditioned" && matches!(which, Which::Smallest | Which::BothEnds) {
                // Hopeless with so small a basis: by restarts the smallest, which are as near to
                // each other as a ten-billionth of the norm, come too slowly.
                assert_eq!(found.end, SpectrumEnd::ProductLimit);
                assert!(found.products <= 2200);
                assert!(found.values[0] > exact[0] - 1e-14 && found.values[0] < 1e-7);
                continue;
            }
            assert_eq!(
                found.end,
                SpectrumEnd::Converged,
                "{name} {which:?} {:?} {}",
                found.residuals,
                found.norm
            );
            assert!(found.residuals.iter().all(|r| *r <= 1e-10 * norm), "{name} {which:?}");
            assert!(found.norm <= norm * (1.0 + 1e-12), "{name} {which:?}");
            restarts += found.restarts;
            exact.sort_by(f64::total_cmp);
            let expected = match which {
                Which::Largest => exact[116..].to_vec(),
                Which::Smallest => exact[..4].to_vec(),
                Which::BothEnds => [&exact[..4], &exact[116..]].concat(),
                Which::LargestMagnitude => {
                    let mut by_magnitude = exact.clone();
                    by_magnitude.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
                    by_magnitude.truncate(4);
                    by_magnitude.sort_by(f64::total_cmp);
                    by_magnitude
                }
            };
            near(&found.values, &expected, 1e-9 * norm);
        }
    }
    assert!(restarts > 50, "{restarts}");
}

#[test]
fn every_copy_of_a_multiple_eigenvalue_is_found() {
    let mut random = Random::new(6);
    // 1, ..., 10, each six times.
    let spectrum: Vec<f64> = (0..60).map(|i| f64::from(i / 6 + 1)).collect();
    let a = symmetric_with_spectrum(&spectrum, &mut random);
    for which in [Which::Largest, Which::Smallest, Which::BothEnds, Which::LargestMagnitude] {
        for pairs in [3, 6, 8, 60, 61, 1000] {
            let lanczos = ThickRestartLanczos { pairs, which, ..Default::default() };
            let found = lanczos.eigenpairs(&a, &vec![0.0; 60]).unwrap();
            assert_eq!(found.end, SpectrumEnd::Converged);
            let k = pairs.min(60);
            let exact = match which {
                Which::Smallest => spectrum[..k].to_vec(),
                Which::BothEnds if k <= 30 => [&spectrum[..k], &spectrum[60 - k..]].concat(),
                Which::BothEnds => spectrum.clone(),
                _ => spectrum[60 - k..].to_vec(),
            };
            near(&found.values, &exact, 1e-12);
            check(&a, &found, 1e-12);
        }
    }
}

#[test]
fn the_laplacian_of_a_square_has_its_closed_form() {
    let (width, n) = (40, 1600);
    let (a, exact) = (laplacian(width), laplacian_values(width));
    let lanczos = ThickRestartLanczos { which: Which::BothEnds, ..Default::default() };
    let found = lanczos.eigenpairs(&a, &vec![0.0; n]).unwrap();
    near(&found.values, &[exact[0], exact[n - 1]], 1e-12);
    check(&a, &found, 1e-9);

    // By products and by the inverse, the smallest, double ones among them.
    let smallest = ThickRestartLanczos { pairs: 6, which: Which::Smallest, ..Default::default() };
    let found = smallest.eigenpairs(&a, &vec![0.0; n]).unwrap();
    near(&found.values, &exact[..6], 1e-12);
    check(&a, &found, 1e-9);
    let inverse = a.shifted_inverse(0.0).unwrap();
    for pairs in [1, 2, 6] {
        let lanczos = ThickRestartLanczos { pairs, ..Default::default() };
        let found = lanczos.nearest(&a, &inverse, 0.0, &vec![0.0; n]).unwrap();
        near(&found.values, &exact[..pairs], 1e-12);
        check(&a, &found, 1e-9);
        assert!(found.products < 20 + 25 * pairs, "{pairs}: {}", found.products);
        let found = lanczos.nearest_of(&a, 0.0).unwrap();
        near(&found.values, &exact[..pairs], 1e-12);
        assert!(found.products < 20 + 25 * pairs, "{pairs}: {}", found.products);
    }
}

#[test]
fn pairs_inside_the_spectrum_by_a_shifted_inverse() {
    let n = 400;
    // A chain with a potential that is different everywhere: no eigenvalue is multiple.
    let mut random = Random::new(11);
    let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0 + random.uniform())).collect();
    entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
    let a = SparseMatrix::from_triplets(n, n, &entries);
    let mut dense = Matrix::zeros(n, n);
    entries.iter().for_each(|&(i, j, v)| dense[(i, j)] = v);
    let exact = SymmetricEigen::new(&dense).unwrap();
    let shift = 1.7;
    let below = exact.values().iter().filter(|v| **v < shift).count();
    assert_eq!(SparseLblt::new(&a, -shift).unwrap().inertia().negative, below);

    let inverse = a.shifted_inverse(-shift).unwrap();
    for (which, range) in [
        (Which::Largest, below..below + 3),
        (Which::Smallest, below - 3..below),
        (Which::BothEnds, below - 3..below + 3),
    ] {
        let lanczos = ThickRestartLanczos { pairs: 3, which, ..Default::default() };
        let found = lanczos.nearest(&a, &inverse, shift, &vec![0.0; n]).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged);
        near(&found.values, &exact.values()[range], 1e-9);
        check(&a, &found, 1e-8);
    }
}

#[test]
fn a_start_orthogonal_to_what_is_wanted_is_left_by_chance_alone() {
    // Block diagonal: a start in one block never sees the other; a random one is in both.
    let values: Vec<f64> = (0..50).map(|i| f64::from(i) - 20.0).collect();
    let a = Matrix::from_fn(50, 50, |i, j| if i == j { values[i] } else { 0.0 });
    for seed in 0..5 {
        let lanczos = ThickRestartLanczos { which: Which::BothEnds, seed, ..Default::default() };
        let found = lanczos.eigenpairs(&a, &vec![0.0; 50]).unwrap();
        near(&found.values, &[-20.0, 29.0], 1e-9);
    }
}

#[test]
fn small_and_trivial_operators() {
    let lanczos = ThickRestartLanczos { pairs: 3, which: Which::BothEnds, ..Default::default() };
    let found = lanczos.eigenpairs(&Matrix::from_rows(&[[-2.5]]), &vec![0.0]).unwrap();
    assert_eq!((found.values, found.vectors.len()), (vec![-2.5], 1));
    // One more product for the residual.
    assert_eq!((found.products, found.end), (2, SpectrumEnd::Converged));
    let found = lanczos.eigenpairs(&Matrix::zeros(4, 4), &vec![0.0; 4]).unwrap();
    assert_eq!(found.values, [0.0; 4]);
    check(&Matrix::zeros(4, 4), &found, 1e-12);
    // The identity has every vector; each comes once.
    let found = lanczos.eigenpairs(&Matrix::identity(7), &vec![0.0; 7]).unwrap();
    near(&found.values, &[1.0; 6], 1e-14);
    let values = lanczos.eigenvalues(&Matrix::identity(7), &vec![0.0; 7]).unwrap();
    assert_eq!(values.vectors.len(), 0);
    near(&values.values, &found.values, 0.0);
}

#[test]
fn limits_and_products_that_are_not_finite_are_told() {
    let a = laplacian(30);
    let lanczos = ThickRestartLanczos { pairs: 5, products: Some(40), ..Default::default() };
    let found = lanczos.eigenpairs(&a, &vec![0.0; 900]).unwrap();
    assert_eq!(found.end, SpectrumEnd::ProductLimit);
    assert!(found.products <= 40);
    check(&a, &found, 1e-9);
    assert!(found.residuals[0] > 1e-6);

    /// Gives NaN from a number of products on.
    struct Broken(std::cell::Cell<usize>);
    impl LinearOperator<Vec<f64>> for Broken {
        fn dimension(&self) -> usize {
            30
        }
        fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
            let left = self.0.get();
            self.0.set(left.saturating_sub(1));
            y.iter_mut().zip(x).enumerate().for_each(|(i, (y, x))| {
                *y = if left == 0 && i == 7 { f64::NAN } else { i as f64 * x };
            });
            Ok(())
        }
    }
    for good in [0, 1, 12] {
        let broken = || Broken(good.into());
        let lanczos = ThickRestartLanczos { pairs: 2, ..Default::default() };
        let found = lanczos.eigenpairs(&broken(), &vec![0.0; 30]).unwrap();
        assert_eq!(found.end, SpectrumEnd::NotFinite);
        assert_eq!(found.values.len(), good.min(2));
        assert_eq!(found.products, good + 1);
        assert!(found.vectors.iter().flatten().all(|v| v.is_finite()));
        let found = PowerIteration::default().eigenpairs(&broken(), &vec![0.0; 30]).unwrap();
        assert_eq!(found.end, SpectrumEnd::NotFinite);
    }
    // A tolerance below what arithmetic can reach ends where arithmetic does, and says so.
    let lanczos = ThickRestartLanczos { tolerance: 0.0, ..Default::default() };
    let found = lanczos.eigenpairs(&a, &vec![0.0; 900]).unwrap();
    assert_eq!(found.end, SpectrumEnd::PrecisionLimit);
    near(&found.values, &laplacian_values(30)[899..], 1e-13);
}

#[test]
fn arguments_are_checked_before_any_product() {
    let a = laplacian(3);
    let refused = |lanczos: ThickRestartLanczos, like: usize, argument: &str| {
        let error = lanczos.eigenpairs(&a, &vec![0.0; like]).unwrap_err();
        let SpectrumError::Argument(error) = error else { panic!("{error}") };
        assert_eq!(error.argument(), argument);
    };
    let usual = ThickRestartLanczos::default;
    refused(ThickRestartLanczos { pairs: 0, ..usual() }, 9, "pairs");
    refused(ThickRestartLanczos { tolerance: f64::NAN, ..usual() }, 9, "tolerance");
    refused(ThickRestartLanczos { tolerance: 1.0, ..usual() }, 9, "tolerance");
    refused(ThickRestartLanczos { basis: Some(3), ..usual() }, 9, "basis");
    refused(ThickRestartLanczos { products: Some(0), ..usual() }, 9, "products");
    refused(usual(), 8, "like.dimension()");
    let rectangular = Matrix::zeros(3, 4);
    assert!(usual().eigenpairs(&rectangular, &vec![0.0; 4]).is_err());
    assert!(usual().nearest(&a, &a, f64::INFINITY, &vec![0.0; 9]).is_err());
    for power in [
        PowerIteration { pairs: 0, ..Default::default() },
        PowerIteration { tolerance: 0.0, ..Default::default() },
        PowerIteration { shift: f64::NAN, ..Default::default() },
        PowerIteration { products: 0, ..Default::default() },
    ] {
        assert!(matches!(power.eigenpairs(&a, &vec![0.0; 9]), Err(SpectrumError::Argument(_))));
    }
}

#[test]
fn an_interrupt_of_the_operator_comes_through() {
    struct Stopped;
    impl LinearOperator<Vec<f64>> for Stopped {
        fn dimension(&self) -> usize {
            3
        }
        fn apply(&self, _: &Vec<f64>, _: &mut Vec<f64>) -> Result<(), Interrupt> {
            Err(Interrupt::Cancelled)
        }
    }
    let error = ThickRestartLanczos::default().eigenpairs(&Stopped, &vec![0.0; 3]).unwrap_err();
    assert!(matches!(error, SpectrumError::Interrupt(Interrupt::Cancelled)));
    let error = PowerIteration::default().eigenpairs(&Stopped, &vec![0.0; 3]).unwrap_err();
    assert!(matches!(error, SpectrumError::Interrupt(Interrupt::Cancelled)));
}

#[test]
fn single_precision_vectors() {
    struct Single;
    impl LinearOperator<Vec<f32>> for Single {
        fn dimension(&self) -> usize {
            200
        }
        fn apply(&self, x: &Vec<f32>, y: &mut Vec<f32>) -> Result<(), Interrupt> {
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                *y = (i as f32).sqrt() * x;
            }
            Ok(())
        }
    }
    let lanczos =
        ThickRestartLanczos { pairs: 2, tolerance: 1e-5, basis: Some(30), ..Default::default() };
    let found = lanczos.eigenpairs(&Single, &vec![0.0_f32; 200]).unwrap();
    assert_eq!(found.end, SpectrumEnd::Converged);
    near(&found.values, &[198f64.sqrt(), 199f64.sqrt()], 1e-4);
}

#[test]
fn fewer_products_than_a_basis_without_restarts_would_save_little() {
    // With the default basis, restarts cost at most a third more products than the whole Krylov
    // space would need.
    let a = laplacian(40);
    let run = |basis| {
        let lanczos =
            ThickRestartLanczos { pairs: 1, which: Which::BothEnds, basis, ..Default::default() };
        lanczos.eigenvalues(&a, &vec![0.0; 1600]).unwrap().products
    };
    let (usual, whole) = (run(None), run(Some(1600)));
    assert!(usual as f64 <= 1.33 * whole as f64, "{usual} {whole}");
}

#[test]
fn inertia_of_sparse_and_dense_matrices_is_that_of_the_eigenvalues() {
    let mut random = Random::new(21);
    for n in [1, 2, 5, 30, 120] {
        for density in [0.0, 0.1, 0.5] {
            let mut dense = Matrix::zeros(n, n);
            for i in 0..n {
                dense[(i, i)] = 3.0 * random.uniform();
                for j in 0..i {
                    if random.uniform().abs() < density {
                        let value = random.uniform();
                        (dense[(i, j)], dense[(j, i)]) = (value, value);
                    }
                }
            }
            let entries: Vec<_> = (0..n * n)
                .map(|k| (k % n, k / n, dense[(k % n, k / n)]))
                .filter(|(_, _, v)| *v != 0.0)
                .collect();
            let sparse = SparseMatrix::from_triplets(n, n, &entries);
            let exact = SymmetricEigen::new(&dense).unwrap();
            for shift in [0.0, -1.3, 0.8] {
                let positive = exact.values().iter().filter(|v| **v + shift > 0.0).count();
                let expected = Inertia { positive, negative: n - positive, zero: 0 };
                let factor = SparseLblt::new(&sparse, shift).unwrap();
                assert_eq!(factor.inertia(), expected, "{n} {density} {shift}");
                let mut shifted = dense.clone();
                (0..n).for_each(|i| shifted[(i, i)] += shift);
                assert_eq!(Lblt::new(&shifted).unwrap().inertia(), expected);
                let solution = random.vector(n);
                let mut x = vec![0.0; n];
                shifted.multiply(&solution, &mut x);
                factor.solve(&mut x);
                let worst = x.iter().zip(&solution).map(|(x, s)| (x - s).abs()).fold(0.0, f64::max);
                assert!(worst < 1e-9, "{n} {density} {shift}: {worst}");
            }
        }
    }
}

#[test]
fn saddle_points_have_their_inertia_or_an_error() {
    // [[H, B'], [B, 0]] with H definite and B of full rank: as many negative as rows of B.
    let mut random = Random::new(8);
    let (n, m) = (40, 10);
    let mut entries: Vec<_> = (0..n).map(|i| (i, i, 1.5 + random.uniform())).collect();
    for k in 0..m {
        for i in [4 * k, (4 * k + 7) % n, (9 * k + 2) % n] {
            let value = 2.0 + random.uniform();
            entries.extend([(n + k, i, value), (i, n + k, value)]);
        }
    }
    let a = SparseMatrix::from_triplets(n + m, n + m, &entries);
    match SparseLblt::new(&a, 0.0) {
        Ok(factor) => {
            assert_eq!(factor.inertia(), Inertia { positive: n, negative: m, zero: 0 });
        }
        Err(error) => panic!("{error}"),
    }
    let singular = SparseMatrix::from_triplets(3, 3, &[(0, 0, 1.0), (1, 1, 2.0)]);
    assert!(SparseLblt::new(&singular, 0.0).is_err());
    assert!(SparseLblt::new(&singular, f64::NAN).is_err());
    assert!(SparseLblt::new(&SparseMatrix::from_triplets(2, 3, &[]), 0.0).is_err());
    let empty = SparseLblt::new(&SparseMatrix::from_triplets(0, 0, &[]), 0.0);
    assert_eq!(empty.unwrap().inertia(), Inertia::default());
}
