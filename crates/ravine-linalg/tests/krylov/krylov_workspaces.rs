//! Solvers make no vectors once their workspace is there.

use std::cell::Cell;

use ravine_linalg::Interrupt;
use ravine_linalg::Vector;
use ravine_linalg::krylov::{
    CgWork, ConjugateGradient, ConjugateResiduals, CrWork, Lsmr, LsmrWork, Lsqr, LsqrWork, Minres,
    MinresQlp, MinresQlpWork, MinresWork, PairSample, QuasiNewton, Sampling, ShiftedCg,
    ShiftedCgWork, ShiftedMinres, ShiftedMinresWork, ShortLanczos,
};
use ravine_linalg::operator::{Adjoint, LinearOperator};

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
}

/// A vector that counts how many of it are made.
struct Counted(Vec<f64>);

impl Counted {
    fn new(entries: Vec<f64>) -> Self {
        MADE.set(MADE.get() + 1);
        Self(entries)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Vector for Counted {
    const EPSILON: f64 = f64::EPSILON;
    const MIN_POSITIVE: f64 = f64::MIN_POSITIVE;
    const MAX: f64 = f64::MAX;

    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn zeros_like(&self) -> Self {
        Self::new(vec![0.0; self.0.len()])
    }

    fn copy_from(&mut self, x: &Self) {
        self.0.copy_from_slice(&x.0);
    }

    fn fill(&mut self, a: f64) {
        self.0.fill(a);
    }

    fn scale(&mut self, a: f64) {
        self.0.iter_mut().for_each(|v| *v *= a);
    }

    fn axpy(&mut self, a: f64, x: &Self) {
        self.0.iter_mut().zip(&x.0).for_each(|(v, x)| *v += a * x);
    }

    fn dot(&self, x: &Self) -> f64 {
        self.0.iter().zip(&x.0).map(|(a, b)| a * b).sum()
    }

    fn norm(&self) -> f64 {
        self.dot(self).sqrt()
    }

    fn norm_max(&self) -> f64 {
        self.0.norm_max()
    }
}

/// A path: definite, and neither diagonal nor of few eigenvalues.
struct Path(usize);

impl LinearOperator<Counted> for Path {
    fn dimension(&self) -> usize {
        self.0
    }

    fn apply(&self, x: &Counted, y: &mut Counted) -> Result<(), Interrupt> {
        let at = |i: Option<usize>| i.and_then(|i| x.0.get(i)).copied().unwrap_or(0.0);
        for i in 0..self.0 {
            y.0[i] = 2.01 * x.0[i] - at(i.checked_sub(1)) - at(Some(i + 1));
        }
        Ok(())
    }
}

impl Adjoint<Counted> for Path {
    fn apply_adjoint(&self, y: &Counted, x: &mut Counted) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

const N: usize = 200;

/// Runs twice with 60 iterations; the second run may make no vector.
fn check(name: &str, mut run: impl FnMut(Option<usize>) -> usize) {
    run(Some(60));
    let before = MADE.get();
    assert_eq!(run(Some(60)), 60, "{name}");
    assert_eq!(MADE.get(), before, "{name} made vectors");
}

#[test]
fn the_second_solve_makes_no_vector() {
    let a = Path(N);
    let b = Counted::new((0..N).map(|i| (1.0 + i as f64).sin()).collect());
    let mut x = b.clone();
    let tolerance = 0.0;

    let mut work = CgWork::new(&b);
    let mut sample = PairSample::new(5, Sampling::Uniform);
    let mut m = QuasiNewton::new(N, 5);
    check("cg", |iterations| {
        let cg = ConjugateGradient { tolerance, iterations, ..Default::default() };
        let mut observe = |step: ravine_linalg::krylov::CgStep<'_, Counted>| sample.observe(&step);
        let info = cg.solve_observed(&a, None, &b, &mut x, &mut work, &mut observe).unwrap();
        m.learn(&mut sample);
        info.iterations
    });
    check("preconditioned cg", |iterations| {
        let cg = ConjugateGradient { tolerance, iterations, ..Default::default() };
        cg.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap().iterations
    });
    let mut work = CrWork::new(&b);
    check("cr", |iterations| {
        let cr = ConjugateResiduals { tolerance, iterations, ..Default::default() };
        cr.solve(&a, &b, &mut x, &mut work).unwrap().iterations
    });
    let mut work = MinresWork::new(&b);
    check("minres", |iterations| {
        let minres = Minres { tolerance, iterations, ..Default::default() };
        minres.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap().iterations
    });
    let mut work = MinresQlpWork::new(&b);
    check("minres-qlp", |iterations| {
        let qlp = MinresQlp { tolerance, iterations, ..Default::default() };
        qlp.solve_preconditioned(&a, &m, &b, &mut x, &mut work).unwrap().iterations
    });
    let mut work = LsqrWork::new(&b, &x);
    check("lsqr", |iterations| {
        let operator_tolerance = 0.0;
        let lsqr = Lsqr { tolerance, operator_tolerance, iterations, ..Default::default() };
        lsqr.solve(&a, &b, &mut x, &mut work).unwrap().iterations
    });
    let mut work = LsmrWork::new(&b, &x);
    check("lsmr", |iterations| {
        let operator_tolerance = 0.0;
        let lsmr = Lsmr { tolerance, operator_tolerance, iterations, ..Default::default() };
        lsmr.solve(&a, &b, &mut x, &mut work).unwrap().iterations
    });
    let shifts = [0.0, 0.1, 0.2];
    let mut solutions = [b.clone(), b.clone(), b.clone()];
    let mut work = ShiftedCgWork::new(&b);
    check("shifted cg", |iterations| {
        let cg = ShiftedCg { tolerance, iterations, ..Default::default() };
        cg.solve(&a, &shifts, &b, &mut solutions, &mut work).unwrap().products
    });
    let mut work = ShiftedMinresWork::new(&b);
    check("shifted minres", |iterations| {
        let minres =
            ShiftedMinres { tolerance, normal_tolerance: 0.0, iterations, ..Default::default() };
        minres.solve(&a, &shifts, &b, &mut solutions, &mut work).unwrap().products
    });
    let mut lanczos = ShortLanczos::new(&b);
    check("lanczos", |iterations| {
        lanczos.begin(&b);
        for _ in 0..iterations.unwrap() {
            lanczos.step(&a).unwrap();
        }
        lanczos.dimension()
    });
}
