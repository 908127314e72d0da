//! Eigenpairs with multiplicities, at and near shifts, at every scale, by inaccurate products, against
//! dense algebra.

use crate::random::{Random, dot, orthogonal, symmetric_with_spectrum};
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Matrix, SparseMatrix, SymmetricEigen};
use ravine_linalg::operator::{Diagonal, LinearOperator};
use ravine_linalg::spectrum::{
    Count, Eigenpairs, InertiaEstimate, SpectralDensity, SpectrumEnd, ThickRestartLanczos, Which,
};

/// Residuals are as stated, by another product; the vectors orthonormal.
fn check(a: &Matrix, found: &Eigenpairs<Vec<f64>>, norm: f64, what: &str) {
    let n = a.columns();
    let (mut y, mut scaled) = (vec![0.0; n], a.clone());
    // The plain sums below would leave the range of numbers.
    scaled.entries_mut().iter_mut().for_each(|v| *v /= norm);
    for (i, (v, theta)) in found.vectors.iter().zip(&found.values).enumerate() {
        scaled.multiply(v, &mut y);
        y.iter_mut().zip(v).for_each(|(y, v)| *y -= theta / norm * v);
        let residual = dot(&y, &y).sqrt();
        assert!(residual <= found.residuals[i] / norm + 1e-13, "{what}: {residual}");
        if found.end == SpectrumEnd::Converged {
            assert!(residual <= 1e-10 + 1e-13, "{what}: {residual}");
        }
        for (j, w) in found.vectors[..=i].iter().enumerate() {
            let exact = f64::from(i == j);
            assert!((dot(v, w) - exact).abs() < 1e-9, "{what}: {}", dot(v, w) - exact);
        }
    }
}

fn near(found: &[f64], exact: &[f64], error: f64, what: &str) {
    assert_eq!(found.len(), exact.len(), "{what}: {found:?}\n{exact:?}");
    for (f, e) in found.iter().zip(exact) {
        assert!((f - e).abs() <= error, "{what}: {found:?}\n{exact:?}");
    }
}

/// The wanted ones of all eigenvalues, ascending.
fn wanted(all: &[f64], which: Which, k: usize) -> Vec<f64> {
    let n = all.len();
    match which {
        Which::Largest => all[n - k..].to_vec(),
        Which::Smallest => all[..k].to_vec(),
        Which::BothEnds if 2 * k >= n => all.to_vec(),
        Which::BothEnds => [&all[..k], &all[n - k..]].concat(),
        Which::LargestMagnitude => nearest(all, 0.0, n)[n - k..].to_vec(),
    }
}

/// The k nearest to a number, nearest first.
fn nearest(all: &[f64], to: f64, k: usize) -> Vec<f64> {
    let mut all = all.to_vec();
    all.sort_by(|a, b| (a - to).abs().total_cmp(&(b - to).abs()));
    all.truncate(k);
    all
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn random_spectra_with_copies_at_every_scale() {
    let mut random = Random::new(41);
    let mut pick = |below: usize| ((random.uniform() + 1.0) * 0.5 * below as f64) as usize % below;
    let mut other = Random::new(42);
    for case in 0..60 {
        let n = 2 + pick(70);
        let scale = [1.0, 1e-150, 1e150, 1e-30, 1e30, 1e-200, 1e200][pick(7)];
        let distinct = 1 + pick(n);
        let places: Vec<f64> =
            (0..distinct)
                .map(|_| {
                    if pick(8) == 0 { 0.0 } else { other.uniform() * 10f64.powi(-(pick(3) as i32)) }
                })
                .collect();
        let spectrum: Vec<f64> = (0..n)
            .map(|i| scale * if i < distinct { places[i] } else { places[pick(distinct)] })
            .collect();
        let a = symmetric_with_spectrum(&spectrum, &mut other);
        let exact = SymmetricEigen::new(&a).unwrap();
        let (all, norm) = (exact.values(), exact.norm());
        if norm == 0.0 {
            continue;
        }
        let k = 1 + pick(n.min(8));
        let error = 1e-11 * norm;
        for which in [Which::Largest, Which::Smallest, Which::BothEnds, Which::LargestMagnitude] {
            let what = format!("{case}: {which:?} {k} of {n}, {distinct} at {scale}");
            let lanczos = ThickRestartLanczos { pairs: k, which, ..Default::default() };
            let found = lanczos.eigenpairs(&a, &vec![0.0; n]).unwrap();
            assert_eq!(
                found.end,
                SpectrumEnd::Converged,
                "{what} {:?} {}",
                found.residuals,
                found.norm
            );
            check(&a, &found, norm, &what);
            if which == Which::LargestMagnitude {
                // Of two with one magnitude either will do.
                let by_size = |v: &[f64]| sorted(v.iter().map(|v| v.abs()).collect());
                near(&by_size(&found.values), &by_size(&wanted(all, which, k)), error, &what);
            } else {
                near(&found.values, &wanted(all, which, k), error, &what);
            }
        }
        for step in [0.0, 1e-14, 1e-12, 1e-8, 0.03] {
            let shift = spectrum[pick(n)] + step * norm;
            let what = format!("{case}: {k} of {n} near {shift}, {distinct} at {scale}");
            let lanczos = ThickRestartLanczos {
                pairs: k,
                which: Which::LargestMagnitude,
                ..Default::default()
            };
            let found = lanczos.nearest_of(&a, shift).unwrap();
            assert_eq!(
                found.end,
                SpectrumEnd::Converged,
                "{what} {:?} {}",
                found.residuals,
                found.norm
            );
            check(&a, &found, norm, &what);
            let distances =
                |v: &[f64]| sorted(v.iter().map(|v| (v - shift).abs()).collect::<Vec<_>>());
            near(&distances(&found.values), &distances(&nearest(all, shift, k)), error, &what);
            if step == 0.03 {
                for (which, right) in [
                    (Which::Largest, all.iter().filter(|v| **v > shift).take(k).collect()),
                    (Which::Smallest, {
                        let below: Vec<_> = all.iter().filter(|v| **v < shift).collect();
                        below[below.len().saturating_sub(k)..].to_vec()
                    }),
                ] {
                    let lanczos = ThickRestartLanczos { which, ..lanczos.clone() };
                    let found = lanczos.nearest_of(&a, shift).unwrap();
                    assert_eq!(found.end, SpectrumEnd::Converged, "{what} {which:?}");
                    let right: Vec<f64> = right.into_iter().copied().collect();
                    near(&found.values, &right, error, &format!("{what} {which:?}"));
                }
            }
        }
    }
}

#[test]
fn larger_operators_with_copies() {
    // Disjoint cycles of five, as graphs are: zero ten times.
    let mut entries = Vec::new();
    for i in 0..50 {
        let next = i / 5 * 5 + (i + 1) % 5;
        entries.extend([(i, i, 1.0), (i, next, -0.5), (next, i, -0.5)]);
    }
    let cycles = SparseMatrix::from_triplets(50, 50, &entries);
    for pairs in [5, 10, 12] {
        let lanczos = ThickRestartLanczos { pairs, which: Which::Smallest, ..Default::default() };
        let found = lanczos.eigenpairs(&cycles, &vec![0.0; 50]).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged);
        let zeros = found.values.iter().filter(|v| v.abs() < 1e-12).count();
        assert_eq!(zeros, pairs.min(10));
        let by_inverse = ThickRestartLanczos { which: Which::LargestMagnitude, ..lanczos };
        let found = by_inverse.nearest_of(&cycles, 0.0).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged, "{:?}", found.residuals);
        assert_eq!(found.values.iter().filter(|v| v.abs() < 1e-12).count(), pairs.min(10));
    }

    // Too large for a basis of the whole space: each of 1, ..., 300 four times, the ends seven times.
    struct Copies;
    impl LinearOperator<Vec<f64>> for Copies {
        fn dimension(&self) -> usize {
            1206
        }
        fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
            for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                *y = (((i.saturating_sub(3)) / 4 + 1).min(300)) as f64 * x;
            }
            Ok(())
        }
    }
    for which in [Which::Largest, Which::Smallest, Which::BothEnds, Which::LargestMagnitude] {
        let lanczos = ThickRestartLanczos { pairs: 9, which, ..Default::default() };
        let found = lanczos.eigenpairs(&Copies, &vec![0.0; 1206]).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged);
        let mut all: Vec<f64> =
            (0..1206_usize).map(|i| ((i.saturating_sub(3) / 4 + 1).min(300)) as f64).collect();
        all.sort_by(f64::total_cmp);
        near(&found.values, &wanted(&all, which, 9), 1e-8, &format!("{which:?}"));
    }
}

#[test]
fn eigenvalues_nearest_to_a_shift_next_to_one_of_them() {
    // The Laplacian of a graph, singular at the shift; by its factorization it once gave 1.2266.
    let laplacian = Matrix::from_rows(&[
        [2.0, -1.0, 0.0, 0.0, -1.0],
        [-1.0, 2.0, 0.0, -1.0, 0.0],
        [0.0, 0.0, 1.0, -1.0, 0.0],
        [0.0, -1.0, -1.0, 3.0, -1.0],
        [-1.0, 0.0, 0.0, -1.0, 2.0],
    ]);
    let nearest = |pairs, a: &Matrix, shift| {
        let which = Which::LargestMagnitude;
        let lanczos = ThickRestartLanczos { pairs, which, ..Default::default() };
        let found = lanczos.nearest_of(a, shift).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged, "{shift}");
        found.values
    };
    near(&nearest(2, &laplacian, 0.0), &[0.0, 0.829_914], 1e-6, "graph");
    let numbers: Vec<f64> = (1..=200).map(f64::from).collect();
    let a = Matrix::from_diagonal(&numbers);
    for shift in [50.2, 50.2 + 1e-12] {
        near(&nearest(4, &a, shift), &[49.0, 50.0, 51.0, 52.0], 1e-9, "away");
    }
    for shift in [50.0, 50.0 + 1e-12, 50.0 - 1e-12, 50.0 + 1e-9] {
        near(&nearest(3, &a, shift), &[49.0, 50.0, 51.0], 1e-9, "at");
    }
    let found = nearest(4, &a, 50.0 + 1e-12);
    near(&found[..3], &[49.0, 50.0, 51.0], 1e-9, "near");
    near(&found[3..], &[52.0], 1e-9, "near");
}

/// Products in single precision of vectors in double precision.
struct Single {
    entries: Vec<f32>,
    n: usize,
}

impl Single {
    fn new(spectrum: &[f64], random: &mut Random) -> Self {
        let a = symmetric_with_spectrum(spectrum, random);
        Self { entries: a.entries().iter().map(|v| *v as f32).collect(), n: spectrum.len() }
    }
}

impl LinearOperator<Vec<f64>> for Single {
    fn dimension(&self) -> usize {
        self.n
    }
    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        let x: Vec<f32> = x.iter().map(|v| *v as f32).collect();
        for (y, row) in y.iter_mut().zip(self.entries.chunks_exact(self.n)) {
            *y = f64::from(row.iter().zip(&x).map(|(a, x)| a * x).sum::<f32>());
        }
        Ok(())
    }
}

#[test]
fn products_in_single_precision_are_noticed() {
    let mut random = Random::new(3);
    let spectrum: Vec<f64> = (0..200).map(|i| 1e-7 + 0.13 * f64::from(i) / 199.0).collect();
    let a = Single::new(&spectrum, &mut random);
    for tolerance in [1e-5, 1e-6, 1e-8, 1e-10] {
        for basis in [None, Some(12)] {
            let lanczos = ThickRestartLanczos { pairs: 4, tolerance, basis, ..Default::default() };
            let found = lanczos.eigenpairs(&a, &vec![0.0; 200]).unwrap();
            near(&found.values, &spectrum[196..], 1e-6, "single");
            let expected =
                if tolerance < 1e-7 { SpectrumEnd::PrecisionLimit } else { SpectrumEnd::Converged };
            assert_eq!(found.end, expected, "{tolerance} {:?}", found.residuals);
            let noise = found.noise / found.norm;
            assert!((2e-8..2e-6).contains(&noise), "{noise}");
            assert!(found.products < 2000, "{}", found.products);
        }
    }
    let density = SpectralDensity { probes: 3, steps: 150, ..Default::default() };
    let (low, high) = density.estimate(&a, &vec![0.0; 200]).unwrap().range();
    assert!(low > -1e-6 && high < 0.13 + 1e-6, "{low} {high}");
}

#[test]
fn copies_count_in_the_inertia() {
    let mut random = Random::new(9);
    let q = orthogonal(150, &mut random);
    let spectrum: Vec<f64> =
        (0..150).map(|i| if i < 7 { -1.0 } else { f64::from(i) * 0.1 }).collect();
    let a = crate::random::conjugated(&q, &spectrum);
    let found = InertiaEstimate::default().estimate(&a, &vec![0.0; 150]).unwrap();
    assert_eq!(found.negative, Count::All(7));
}

/// Few eigenvalues, some of them several times, stand out from many: the space of the second search goes without those
/// beside the wanted ones.
#[test]
fn copies_beside_others_that_stand_out() {
    let mut random = Random::new(77);
    let mut pick = |below: usize| ((random.uniform() + 1.0) * 0.5 * below as f64) as usize % below;
    let mut other = Random::new(78);
    for case in 0..12 {
        let n = 300 + pick(300);
        let k = 2 + pick(5);
        let scale = [1.0, 1e-100, 1e100][pick(3)];
        let mut all: Vec<f64> = (0..n).map(|_| 0.5 * other.uniform()).collect();
        // Those that stand out, at either end, near to each other or far, and copies of them.
        let mut at = 0;
        for end in [1.0, -1.0] {
            let count = k + pick(8);
            let mut value = 0.5;
            for _ in 0..count {
                value += [1e-6, 1e-2, 0.05, 0.3][pick(4)] * (1.5 + other.uniform());
                for _ in 0..[1, 1, 1, 1, 2, 3][pick(6)] {
                    all[at] = end * value;
                    at += 1;
                }
            }
        }
        all.iter_mut().for_each(|v| *v *= scale);
        let a = Diagonal::new(all.clone());
        all.sort_by(f64::total_cmp);
        let norm = all[0].abs().max(all[n - 1]);
        for which in [Which::Largest, Which::Smallest, Which::BothEnds, Which::LargestMagnitude] {
            let what = format!("{case}: {which:?} {k} of {n} at {scale}");
            let tolerance = [1e-10, 1e-7][case % 2];
            let lanczos = ThickRestartLanczos { pairs: k, which, tolerance, ..Default::default() };
            let found = lanczos.eigenpairs(&a, &vec![0.0; n]).unwrap();
            assert_eq!(found.end, SpectrumEnd::Converged, "{what}");
            let error = tolerance * norm;
            assert!(found.residuals.iter().all(|r| *r <= error), "{what}: {:?}", found.residuals);
            if which == Which::LargestMagnitude {
                let by_size = |v: &[f64]| sorted(v.iter().map(|v| v.abs()).collect());
                near(&by_size(&found.values), &by_size(&wanted(&all, which, k)), error, &what);
            } else {
                near(&found.values, &wanted(&all, which, k), error, &what);
            }
        }
    }
}

/// Nine stand out, five are wanted: that these are all takes fewer products than another search for the sixth.
#[test]
fn what_stands_out_beside_the_wanted_helps() {
    let n = 20_000;
    let entry = |i: usize| match i {
        0..9 => 1.3 - 0.05 * i as f64,
        _ => 0.6 * (2.0 * i as f64 / n as f64 - 1.0),
    };
    let a = Diagonal::new((0..n).map(entry).collect::<Vec<f64>>());
    let lanczos = ThickRestartLanczos { pairs: 5, tolerance: 1e-6, ..Default::default() };
    let found = lanczos.eigenvalues(&a, &vec![0.0; n]).unwrap();
    let ritz = lanczos.ritz_values(&a, &vec![0.0; n]).unwrap();
    assert_eq!(found.end, SpectrumEnd::Converged);
    near(&found.values, &[1.1, 1.15, 1.2, 1.25, 1.3], 1e-12, "");
    // Five measure the residuals.
    let more = found.products - ritz.products - 5;
    assert!(more <= 22, "{more} beside {}", ritz.products);
}

#[test]
fn a_start_that_is_near_saves_products_and_one_that_is_wrong_misleads_nobody() {
    let n = 3000;
    let a = Diagonal::new((0..n).map(|i| (i as f64 / n as f64).powi(2)).collect::<Vec<f64>>());
    let entry = |i: usize| a.entries()[i];
    let lanczos = ThickRestartLanczos { pairs: 1, tolerance: 1e-8, ..Default::default() };
    let usual = lanczos.eigenpairs(&a, &vec![0.0; n]).unwrap();
    let mut start = vec![0.0; n];
    (n - 5..n).for_each(|i| start[i] = 1e-150 * (i + 6 - n) as f64);
    let near_it = lanczos.eigenpairs_from(&a, &start).unwrap();
    assert_eq!(near_it.end, SpectrumEnd::Converged);
    assert!((near_it.values[0] - entry(n - 1)).abs() < 1e-8);
    assert!(near_it.products + 20 < usual.products, "{} {}", near_it.products, usual.products);
    // Eigenvectors themselves, but not the wanted ones.
    for (pairs, which) in [(1, Which::Largest), (1, Which::Smallest), (3, Which::BothEnds)] {
        let mut start = vec![0.0; n];
        (start[7], start[n / 2]) = (1.0, 1.0);
        let lanczos = ThickRestartLanczos { pairs, which, ..lanczos.clone() };
        let found = lanczos.eigenpairs_from(&a, &start).unwrap();
        assert_eq!(found.end, SpectrumEnd::Converged);
        near(&found.values, &wanted(a.entries(), which, pairs), 1e-8, "wrong start");
    }
    for (bad, shown) in [(0.0, "of length 0"), (f64::NAN, "of length NaN")] {
        let error = lanczos.eigenpairs_from(&a, &vec![bad; n]).unwrap_err().to_string();
        assert!(error.contains("start") && error.contains(shown), "{error}");
    }
}
