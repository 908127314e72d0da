//! The same methods on named blocks and in single precision as on one vector of doubles.

use crate::random::{Random, symmetric_with_spectrum};
use ravine_linalg::krylov::{
    CgEnd, CgWork, ConjugateGradient, Lsqr, LsqrWork, Minres, MinresWork, Nystrom, SolveEnd,
};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::{Adjoint, LinearOperator, Structure};
use ravine_linalg::spectrum::{DiagonalEstimator, ThickRestartLanczos, TraceEstimator};
use ravine_linalg::vector::{Entries, Partitioned};
use ravine_linalg::{Interrupt, Vector};

const SIZES: [usize; 3] = [7, 1, 52];

type Blocks = Partitioned<Vec<f64>>;

fn split(x: &[f64]) -> Blocks {
    let mut rest = x;
    Partitioned::new(["weights", "bias", "output"].into_iter().zip(SIZES).map(|(name, n)| {
        let block;
        (block, rest) = rest.split_at(n);
        (name, block.to_vec())
    }))
    .unwrap()
}

/// A matrix that acts on the joined blocks.
struct OnBlocks<'a>(&'a Matrix);

impl LinearOperator<Blocks> for OnBlocks<'_> {
    fn dimension(&self) -> usize {
        self.0.columns()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Blocks, y: &mut Blocks) -> Result<(), Interrupt> {
        let mut product = vec![0.0; self.0.rows()];
        self.0.multiply(&x.blocks().concat(), &mut product);
        y.copy_from(&split(&product));
        Ok(())
    }
}

impl Adjoint<Blocks> for OnBlocks<'_> {
    fn apply_adjoint(&self, y: &Blocks, x: &mut Blocks) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

fn near(blocks: &Blocks, x: &[f64], tolerance: f64) {
    let mut difference = split(x);
    difference.axpy(-1.0, blocks);
    assert!(difference.norm() <= tolerance * blocks.norm(), "{:e}", difference.norm());
}

fn problem() -> (Matrix, Vec<f64>) {
    let mut random = Random::new(41);
    let n = SIZES.iter().sum();
    let spectrum: Vec<f64> = (0..n).map(|i| 1.0 + 99.0 * (i as f64 / n as f64).powi(2)).collect();
    (symmetric_with_spectrum(&spectrum, &mut random), random.vector(n))
}

#[test]
fn solvers_on_blocks_are_solvers_on_the_joined_vector() {
    let (a, b) = problem();
    let blocks = split(&b);

    let cg = ConjugateGradient { tolerance: 1e-10, ..Default::default() };
    let (mut x, mut y) = (vec![0.0; b.len()], blocks.zeros_like());
    let joined = cg.solve(&a, &b, &mut x, &mut CgWork::new(&b)).unwrap();
    let parted = cg.solve(&OnBlocks(&a), &blocks, &mut y, &mut CgWork::new(&blocks)).unwrap();
    assert_eq!((joined.iterations, &joined.end), (parted.iterations, &parted.end));
    near(&y, &x, 1e-9);

    let minres = Minres { tolerance: 1e-10, ..Default::default() };
    let joined = minres.solve(&a, &b, &mut x, &mut MinresWork::new(&b)).unwrap();
    let parted =
        minres.solve(&OnBlocks(&a), &blocks, &mut y, &mut MinresWork::new(&blocks)).unwrap();
    assert_eq!((joined.iterations, joined.end), (parted.iterations, parted.end));
    near(&y, &x, 1e-9);

    let lsqr = Lsqr::default();
    let joined = lsqr.solve(&a, &b, &mut x, &mut LsqrWork::new(&b, &b)).unwrap();
    let parted =
        lsqr.solve(&OnBlocks(&a), &blocks, &mut y, &mut LsqrWork::new(&blocks, &blocks)).unwrap();
    assert_eq!(joined.end, parted.end);
    near(&y, &x, 1e-6);
}

#[test]
fn spectra_on_blocks_are_spectra_of_the_joined_operator() {
    let (a, b) = problem();
    let blocks = split(&b);
    let lanczos = ThickRestartLanczos { pairs: 3, ..Default::default() };
    let joined = lanczos.eigenpairs(&a, &b).unwrap();
    let parted = lanczos.eigenpairs(&OnBlocks(&a), &blocks).unwrap();
    for (p, j) in parted.values.iter().zip(&joined.values) {
        assert!((p - j).abs() <= 1e-9 * j.abs(), "{p} {j}");
    }
    // The same probes: entries are drawn in the order of the joined vector.
    let trace = TraceEstimator { products: 20, ..Default::default() };
    let (joined, parted) =
        (trace.trace(&a, &b).unwrap(), trace.trace(&OnBlocks(&a), &blocks).unwrap());
    assert!((joined.value - parted.value).abs() <= 1e-9 * joined.value, "{joined:?} {parted:?}");
    let diagonal = DiagonalEstimator { products: 20, ..Default::default() };
    let joined = diagonal.diagonal(&a, &b).unwrap();
    let parted = diagonal.diagonal(&OnBlocks(&a), &blocks).unwrap();
    near(&parted.value, &joined.value, 1e-8);
    assert_eq!(parted.value.get(8), parted.value.block(2)[0]);

    let nystrom = Nystrom { rank: 12, ..Nystrom::default() };
    let joined = nystrom.approximate(&a, 1.0, &b).unwrap();
    let parted = nystrom.approximate(&OnBlocks(&a), 1.0, &blocks).unwrap();
    for (p, j) in parted.values().iter().zip(joined.values()) {
        assert!((p - j).abs() <= 1e-8 * j, "{p} {j}");
    }
}

#[test]
fn single_precision_stops_where_it_has_nothing_to_gain() {
    let (a, b) = problem();
    let a32 = a.to_precision::<f32>();
    let b32: Vec<f32> = b.iter().map(|&b| b as f32).collect();
    let mut exact = b.clone();
    ravine_linalg::matrix::Cholesky::new(&a).unwrap().solve(&mut exact);
    let error = |x: &[f32]| {
        let squares = x.iter().zip(&exact).map(|(&x, e)| (f64::from(x) - e).powi(2));
        squares.sum::<f64>().sqrt() / exact.norm()
    };
    // The condition number is 100; a residual of 1e-12 cannot be had.
    let reachable = 100.0 * 20.0 * f64::from(f32::EPSILON);
    let mut x = vec![0.0_f32; b.len()];

    let minres = Minres { tolerance: 1e-12, ..Default::default() };
    let info = minres.solve(&a32, &b32, &mut x, &mut MinresWork::new(&b32)).unwrap();
    assert_eq!(info.end, SolveEnd::PrecisionLimit);
    assert!(info.iterations < 200 && error(&x) < reachable, "{info:?} {:e}", error(&x));

    let lsqr = Lsqr { tolerance: 0.0, operator_tolerance: 1e-14, ..Default::default() };
    let info = lsqr.solve(&a32, &b32, &mut x, &mut LsqrWork::new(&b32, &b32)).unwrap();
    assert!(!matches!(info.end, SolveEnd::IterationLimit | SolveEnd::NotFinite), "{info:?}");
    assert!(error(&x) < 10.0 * reachable, "{info:?} {:e}", error(&x));

    let cg = ConjugateGradient { tolerance: 1e-5, ..Default::default() };
    let info = cg.solve(&a32, &b32, &mut x, &mut CgWork::new(&b32)).unwrap();
    assert_eq!(info.end, CgEnd::Converged);
    assert!(error(&x) < reachable, "{:e}", error(&x));

    let lanczos = ThickRestartLanczos { pairs: 3, ..Default::default() };
    let single = lanczos.eigenpairs(&a32, &b32).unwrap();
    let double = lanczos.eigenpairs(&a, &b).unwrap();
    for (s, d) in single.values.iter().zip(&double.values) {
        assert!((s - d).abs() <= 1e-5 * d.abs(), "{s} {d}");
    }
    assert!(single.products < 2 * double.products, "{} {}", single.products, double.products);
}
