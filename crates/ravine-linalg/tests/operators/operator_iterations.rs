//! Inverses and functions of operators by iteration, against dense algebra.

use crate::random::{Random, max_difference, orthogonal, product, symmetric_with_spectrum};
use ravine_linalg::Interrupt;
use ravine_linalg::krylov::{
    Inverses, Jacobi, KrylovInverse, KrylovSettings, LanczosFunction, NotConverged,
};
use ravine_linalg::matrix::{FactorizationError, Matrix};
use ravine_linalg::operator::{
    Algebra, Diagonal, Identity, Invert, InvertShifted, Kronecker, KroneckerSpectral,
    LinearOperator, Spectral, Structure, from_fn,
};

type V = Vec<f64>;

fn settings(tolerance: f64) -> KrylovSettings {
    KrylovSettings { tolerance, ..KrylovSettings::default() }
}

fn transposed(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns(), a.rows(), |i, j| a[(j, i)])
}

/// Eigenvalues from `first` to `last` in equal ratios.
fn geometric(first: f64, last: f64, n: usize) -> V {
    (0..n).map(|i| first * (last / first).powf(i as f64 / (n - 1) as f64)).collect()
}

#[track_caller]
fn assert_residual(a: &impl LinearOperator<V>, inverse: &impl LinearOperator<V>, tolerance: f64) {
    let n = a.dimension();
    let x = Random::new(50).vector(n);
    let (mut y, mut back) = (vec![0.0; n], vec![0.0; n]);
    inverse.apply(&x, &mut y).unwrap();
    a.apply(&y, &mut back).unwrap();
    let norm = |v: &V| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let residual = norm(&back.iter().zip(&x).map(|(b, x)| b - x).collect()) / norm(&x);
    assert!(residual < tolerance, "relative residual {residual}");
}

/// What a product that fell short says.
#[track_caller]
fn not_converged(result: Result<(), Interrupt>) -> NotConverged {
    let Err(Interrupt::Function(error)) = result else { panic!("it should fall short") };
    error.inner().downcast_ref::<NotConverged>().unwrap().clone()
}

#[test]
fn the_structure_chooses_the_method() {
    let mut random = Random::new(1);
    let definite = symmetric_with_spectrum(&geometric(1e-3, 10.0, 40), &mut random);
    let mut spectrum = geometric(1e-2, 10.0, 40);
    spectrum.iter_mut().step_by(3).for_each(|v| *v = -*v);
    let indefinite = symmetric_with_spectrum(&spectrum, &mut random);
    for (a, structure) in [(definite, Structure::Definite), (indefinite, Structure::Symmetric)] {
        let a = a.assume(structure).unwrap();
        for tolerance in [1e-4, 1e-10] {
            let inverse = (&a).krylov_inverse(settings(tolerance)).unwrap();
            assert_eq!(inverse.structure(), structure);
            assert_eq!(inverse.info(), None);
            assert_residual(&a, &inverse, 1.01 * tolerance);
            let info = inverse.info().unwrap();
            assert!(info.reached <= tolerance && info.products <= 250, "{info:?}");
        }
    }
    // MINRES needs no claim of definiteness, but one of symmetry.
    let general = Matrix::from_fn(4, 4, |_, _| random.uniform());
    let error = (&general).krylov_inverse(settings(1e-8)).unwrap_err();
    assert_eq!(error.argument(), "structure");
    for broken in [0.0, 1.0, f64::NAN] {
        let error = KrylovInverse::<_, V>::new(Identity::new(2), settings(broken)).unwrap_err();
        assert_eq!(error.argument(), "tolerance");
    }
    let none = KrylovSettings { iterations: Some(0), ..KrylovSettings::default() };
    assert!(KrylovInverse::<_, V>::new(Identity::new(2), none).is_err());
}

#[test]
fn preconditioners_save_products_and_keep_the_solution() {
    let mut random = Random::new(2);
    let n = 60;
    let scales = geometric(1e-3, 1e3, n);
    let core = symmetric_with_spectrum(&geometric(0.5, 2.0, n), &mut random);
    let a = Matrix::from_fn(n, n, |i, j| scales[i] * core[(i, j)] * scales[j]);
    let diagonal: V = (0..n).map(|i| a[(i, i)]).collect();
    let b = random.vector(n);
    let mut x = vec![0.0; n];
    for structure in [Structure::Definite, Structure::Symmetric] {
        let a = (&a).assume(structure).unwrap();
        let jacobi = Jacobi::new(&diagonal).unwrap();
        let limited = KrylovSettings { iterations: Some(100), ..settings(1e-9) };
        let plain = (&a).krylov_inverse(limited.clone()).unwrap();
        let cause = not_converged(plain.apply(&b, &mut x));
        assert_eq!((cause.end.as_str(), cause.tolerance), ("iteration_limit", 1e-9));
        assert!(cause.reached > 1e-9 && cause.products >= 100);
        assert!(cause.to_string().contains("iteration_limit"), "{cause}");
        let better = (&a).krylov_inverse(limited).unwrap().preconditioned(jacobi).unwrap();
        better.apply(&b, &mut x).unwrap();
        assert!(better.info().unwrap().products < 40);
    }
    let inverse = (&a).assume(Structure::Definite).unwrap().krylov_inverse(settings(0.1)).unwrap();
    assert!(inverse.preconditioned(Identity::new(n + 1)).is_err());
}

#[test]
fn an_inverse_that_falls_short_says_why() {
    let mut x = vec![0.0; 2];
    // Negative curvature where definite was claimed.
    let a = Matrix::from_rows(&[[1.0, 0.0], [0.0, -1.0]]).assume(Structure::Definite).unwrap();
    let inverse = a.krylov_inverse(settings(1e-8)).unwrap();
    let cause = not_converged(inverse.apply(&vec![0.0, 1.0], &mut x));
    assert_eq!((cause.method, cause.end.as_str()), ("conjugate gradients", "negative_curvature"));
    // Not finite, for each method.
    let broken = from_fn(2, |_: &V, y: &mut V| y.fill(f64::NAN));
    for structure in [Structure::Definite, Structure::Symmetric] {
        let inverse = (&broken).assume(structure).unwrap().krylov_inverse(settings(1e-8)).unwrap();
        assert_eq!(not_converged(inverse.apply(&vec![1.0, 1.0], &mut x)).end, "not_finite");
    }
    // An interrupt is passed on as it is.
    let cancelled = from_fn(2, |_: &V, _: &mut V| Err(Interrupt::Cancelled));
    let inverse = cancelled.assume(Structure::Definite).unwrap().krylov_inverse(settings(1e-8));
    let result = inverse.unwrap().apply(&vec![1.0, 1.0], &mut x);
    assert!(matches!(result, Err(Interrupt::Cancelled)));
    // Nothing to do.
    let inverse = KrylovInverse::new(Diagonal::new(vec![2.0, 3.0]), settings(1e-8)).unwrap();
    inverse.apply(&vec![0.0, 0.0], &mut x).unwrap();
    assert_eq!(x, [0.0, 0.0]);
    let inverse = KrylovInverse::new(Diagonal::new(V::new()), settings(1e-8)).unwrap();
    inverse.apply(&V::new(), &mut V::new()).unwrap();
}

#[test]
fn the_least_squares_inverse_is_the_pseudo_inverse() {
    let mut random = Random::new(3);
    // Rank three, of either shape.
    for (m, n) in [(8, 5), (5, 8), (6, 6)] {
        let (q, p) = (orthogonal(m, &mut random), orthogonal(n, &mut random));
        let singular = [3.0, 0.8, 0.1];
        let build = |f: fn(f64) -> f64| {
            Matrix::from_fn(m, n, |i, j| {
                (0..3).map(|k| q[(i, k)] * f(singular[k]) * p[(j, k)]).sum()
            })
        };
        let (a, pseudo) = (build(|s| s), transposed(&build(|s| 1.0 / s)));
        let inverse = (&a).least_squares_inverse(settings(1e-12)).unwrap();
        assert_eq!((inverse.rows(), inverse.dimension()), (n, m));
        assert!(max_difference(&inverse.dense().unwrap(), &pseudo) < 1e-8);
        assert!(inverse.info().is_some_and(|info| info.products > 0));
        let adjoint = (&inverse).transposed().dense().unwrap();
        assert!(max_difference(&adjoint, &transposed(&pseudo)) < 1e-8);
    }
    let a = Matrix::from_fn(30, 30, |i, j| 1.0 / (i + j + 1) as f64);
    let one = KrylovSettings { iterations: Some(1), ..settings(1e-10) };
    let short = a.least_squares_inverse(one).unwrap();
    let cause = not_converged(short.apply(&vec![1.0; 30], &mut vec![0.0; 30]));
    assert_eq!(cause.method, "LSMR");
}

#[test]
fn functions_by_lanczos_are_those_by_eigenvectors() {
    let mut random = Random::new(4);
    let a = symmetric_with_spectrum(&geometric(1e-2, 20.0, 60), &mut random);
    let x = random.vector(60);
    let spectral = Spectral::new(&a).unwrap();
    let a = a.assume(Structure::Definite).unwrap();
    type Named = (&'static str, fn(f64) -> f64);
    let functions: [Named; 5] = [
        ("exp", |t| (-t).exp()),
        ("sqrt", f64::sqrt),
        ("inverse", f64::recip),
        ("log", f64::ln),
        ("step", |t| (3.0 * (t - 0.5)).tanh()),
    ];
    for (name, f) in functions {
        let (mut y, mut expected) = (vec![0.0; 60], vec![0.0; 60]);
        let function = LanczosFunction::new(&a, f, settings(1e-10)).unwrap();
        function.apply(&x, &mut y).unwrap();
        spectral.map(f).apply(&x, &mut expected).unwrap();
        let error = y.iter().zip(&expected).fold(0.0, |m: f64, (y, e)| m.max((y - e).abs()));
        let size = expected.iter().fold(0.0, |m: f64, e| m.max(e.abs()));
        assert!(error < 1e-9 * size, "{name}: {error} of {size}");
        assert_eq!(function.structure(), Structure::Symmetric);
    }
    // A smooth function takes few products.
    let function = LanczosFunction::new(&a, |t: f64| (-0.1 * t).exp(), settings(1e-8)).unwrap();
    function.apply(&x, &mut vec![0.0; 60]).unwrap();
    let info = function.info().unwrap();
    assert!(info.products < 30 && info.reached <= 1e-8, "{info:?}");
}

#[test]
fn real_powers_by_lanczos() {
    let mut random = Random::new(5);
    let a = symmetric_with_spectrum(&geometric(0.1, 30.0, 25), &mut random);
    let tagged = (&a).assume(Structure::Definite).unwrap();
    for p in [0.5, -0.5, 1.7, 0.0] {
        let power = LanczosFunction::power(&tagged, p, settings(1e-13)).unwrap();
        assert_eq!(power.structure(), Structure::Definite);
        let expected = Spectral::power(&a, p).unwrap().dense().unwrap();
        assert!(max_difference(&power.dense().unwrap(), &expected) < 1e-9, "{p}");
    }
    // Rank-deficient: exact once the Krylov space is the range.
    let singular = symmetric_with_spectrum(&[0.0, 0.0, 0.0, 1.0, 4.0], &mut random);
    let tagged = (&singular).assume(Structure::Semidefinite).unwrap();
    let root = LanczosFunction::power(&tagged, 0.5, settings(1e-13)).unwrap();
    let twice = (&root).then(&root).unwrap().dense().unwrap();
    assert!(max_difference(&twice, &singular) < 1e-7);
    assert_eq!(
        LanczosFunction::power(&tagged, -1.0, settings(0.1)).err().unwrap().argument(),
        "structure"
    );
    let symmetric = (&singular).assume(Structure::Symmetric).unwrap();
    assert!(LanczosFunction::power(&symmetric, 0.5, settings(0.1)).is_err());
    assert!(LanczosFunction::power(&tagged, f64::NAN, settings(0.1)).is_err());
}

#[test]
fn a_function_that_falls_short_says_why() {
    let n = 200;
    let a = Diagonal::new(geometric(1e-6, 1.0, n));
    let (x, mut y) = (vec![1.0; n], vec![0.0; n]);
    let few = KrylovSettings { iterations: Some(10), ..settings(1e-12) };
    let function = LanczosFunction::new(&a, f64::recip, few).unwrap();
    let cause = not_converged(function.apply(&x, &mut y));
    assert_eq!((cause.products, cause.end.as_str()), (10, "the iterations are used up"));
    // The best so far is there all the same.
    assert!(y.iter().any(|&v| v != 0.0));
    let function = LanczosFunction::new(&a, |_: f64| f64::NAN, settings(1e-8)).unwrap();
    assert!(not_converged(function.apply(&x, &mut y)).end.contains("not finite"));
    let broken = from_fn(2, |_: &V, y: &mut V| y.fill(f64::INFINITY));
    let broken = broken.assume(Structure::Symmetric).unwrap();
    let function = LanczosFunction::new(&broken, f64::exp, settings(1e-8)).unwrap();
    assert!(not_converged(function.apply(&vec![1.0; 2], &mut vec![0.0; 2])).end.contains("finite"));
    // f(A) 0 = 0, and no products.
    let function = LanczosFunction::new(&a, f64::exp, settings(1e-8)).unwrap();
    function.apply(&vec![0.0; n], &mut y).unwrap();
    assert_eq!((y, function.info().unwrap().products), (vec![0.0; n], 0));
    let general = Matrix::identity(2);
    assert!(LanczosFunction::new(general, f64::exp, settings(1e-8)).is_err());
}

#[test]
fn kronecker_products_damped_and_inverted() {
    let mut random = Random::new(6);
    let a = symmetric_with_spectrum(&[-2.0, 0.0, 1.5], &mut random);
    let b = symmetric_with_spectrum(&[0.0, 0.3, 4.0, 5.0], &mut random);
    let kronecker = Kronecker::new(a.clone(), b.clone());
    let spectral = KroneckerSpectral::new(&a, &b).unwrap();
    let dense = kronecker.dense().unwrap();
    assert!(max_difference(&spectral.dense().unwrap(), &dense) < 1e-13);
    assert!(max_difference(&(&spectral).transposed().dense().unwrap(), &dense) < 1e-13);
    assert_eq!(spectral.structure(), Structure::Symmetric);
    let damped = (&kronecker).shifted(0.7).unwrap();
    assert_residual(&damped, &damped.inverse().unwrap(), 1e-12);
    assert_residual(&damped, &spectral.shifted_inverse(0.7).unwrap(), 1e-12);
    let singular = spectral.with_values((0..12).map(f64::from).collect()).unwrap();
    assert_eq!(singular.inverse().unwrap_err(), FactorizationError::Singular);
    // |A (x) B|, and a diagonal of one's own.
    let absolute = spectral.map(f64::abs).dense().unwrap();
    assert!(max_difference(&product(&absolute, &absolute), &product(&dense, &dense)) < 1e-12);
    let ones = spectral.with_values(vec![1.0; 12]).unwrap();
    assert!(max_difference(&ones.dense().unwrap(), &Matrix::identity(12)) < 1e-13);
    assert!(spectral.with_values(vec![1.0; 11]).is_err());
    let general = Matrix::from_rows(&[[1.0, 2.0], [0.0, 1.0]]);
    let error = Kronecker::new(general, b).shifted_inverse(1.0).unwrap_err();
    assert_eq!(error, FactorizationError::NotSymmetric);
    assert!(KroneckerSpectral::new(&Matrix::zeros(2, 3), &a).is_err());
}
