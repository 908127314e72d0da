//! argmin 0.11 over ndarray, with its own defaults but for the stopping rules.

use argmin::core::{
    CostFunction, Error, Gradient, Hessian, IterState, Problem, Solver, State, TerminationStatus,
};
use argmin::solver::conjugategradient::NonlinearConjugateGradient;
use argmin::solver::conjugategradient::beta::PolakRibiere;
use argmin::solver::linesearch::{HagerZhangLineSearch, MoreThuenteLineSearch};
use argmin::solver::newton::NewtonCG;
use argmin::solver::quasinewton::{BFGS, LBFGS, SR1TrustRegion};
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use ndarray::{Array1, Array2, ShapeBuilder};
use peers::{Counted, Entry};
use ravine::matrix::Matrix;

use crate::{Ended, ITERATIONS, Runner, Watch};

type V = Array1<f64>;
type M = Array2<f64>;
type IterateState<H> = IterState<V, V, (), H, (), f64>;

/// The objective in argmin's traits.
#[derive(Clone, Copy)]
struct Adapter<'a>(&'a Counted<'a>);

/// Vectors of argmin's methods lie in one piece; one that does not is a mistake here.
fn contiguous(x: &V) -> &[f64] {
    x.as_slice().expect("a vector in one piece")
}

fn failed(error: ravine::FunctionError) -> Error {
    Error::msg(error.to_string())
}

impl CostFunction for Adapter<'_> {
    type Param = V;
    type Output = f64;

    fn cost(&self, x: &V) -> Result<f64, Error> {
        self.0.value(contiguous(x)).map_err(failed)
    }
}

impl Gradient for Adapter<'_> {
    type Param = V;
    type Gradient = V;

    fn gradient(&self, x: &V) -> Result<V, Error> {
        let mut gradient = vec![0.0; x.len()];
        self.0.gradient(contiguous(x), &mut gradient).map_err(failed)?;
        Ok(V::from_vec(gradient))
    }
}

impl Hessian for Adapter<'_> {
    type Param = V;
    type Hessian = M;

    fn hessian(&self, x: &V) -> Result<M, Error> {
        let mut hessian = Matrix::zeros(x.len(), x.len());
        self.0.hessian(contiguous(x), &mut hessian).map_err(failed)?;
        let shape = (x.len(), x.len()).f();
        Ok(M::from_shape_vec(shape, hessian.entries().to_vec())?)
    }
}

/// argmin's executor, with the common gradient test after every iteration.
fn drive<'a, S, H>(
    mut solver: S,
    state: IterateState<H>,
    (entry, counted, watch): (&Entry, &'a Counted<'a>, &mut Watch),
) -> Ended
where
    S: Solver<Adapter<'a>, IterateState<H>>,
    IterateState<H>: State<Param = V, Float = f64>,
{
    let mut problem = Problem::new(Adapter(counted));
    let start = V::from_vec(entry.start.clone());
    let mut last = entry.start.clone();
    let mut state = match solver.init(&mut problem, state.param(start)) {
        Ok((state, _)) => state,
        Err(error) => return Ended { x: last, status: error.to_string() },
    };
    state.update();
    for _ in 0..ITERATIONS {
        if watch.done(entry, counted, &last) {
            return Ended { x: last, status: "converged".to_owned() };
        }
        if let TerminationStatus::Terminated(reason) = solver.terminate_internal(&state) {
            return Ended { x: last, status: reason.text().to_owned() };
        }
        state = match solver.next_iter(&mut problem, state) {
            Ok((state, _)) => state,
            Err(error) => return Ended { x: last, status: error.to_string() },
        };
        if let Some(x) = state.get_param() {
            last.copy_from_slice(contiguous(x));
        }
        state.update();
        state.increment_iter();
    }
    Ended { x: last, status: "iteration limit".to_owned() }
}

/// Runs a solver from a fresh state.
macro_rules! method {
    ($runner:ident, $name:literal, $solver:expr, $state:expr) => {
        $runner.run($name, &|entry: &Entry, counted: &Counted, watch: &mut Watch| match $solver {
            Ok(solver) => drive(solver, $state, (entry, counted, watch)),
            Err(error) => {
                let error: Error = error;
                Ended { x: entry.start.clone(), status: error.to_string() }
            }
        })
    };
}

/// Runs them on one problem.
pub fn all(runner: &mut Runner) {
    let n = runner.entry().n;
    let identity = || IterState::new().inv_hessian(M::eye(n));
    let hessian = || IterState::new().hessian(M::eye(n));
    let off = 0.0;
    method!(
        runner,
        "BFGS (More-Thuente)",
        BFGS::new(MoreThuenteLineSearch::new())
            .with_tolerance_grad(off)
            .and_then(|s| s.with_tolerance_cost(off)),
        identity()
    );
    method!(
        runner,
        "BFGS (Hager-Zhang)",
        BFGS::new(HagerZhangLineSearch::new())
            .with_tolerance_grad(off)
            .and_then(|s| s.with_tolerance_cost(off)),
        identity()
    );
    method!(
        runner,
        "L-BFGS (More-Thuente)",
        LBFGS::new(MoreThuenteLineSearch::new(), 10)
            .with_tolerance_grad(off)
            .and_then(|s| s.with_tolerance_cost(off)),
        IterState::new()
    );
    method!(
        runner,
        "L-BFGS (Hager-Zhang)",
        LBFGS::new(HagerZhangLineSearch::new(), 10)
            .with_tolerance_grad(off)
            .and_then(|s| s.with_tolerance_cost(off)),
        IterState::new()
    );
    method!(
        runner,
        "nonlinear CG (PR, More-Thuente)",
        Ok(NonlinearConjugateGradient::new(MoreThuenteLineSearch::new(), PolakRibiere::new())),
        IterState::new()
    );
    method!(
        runner,
        "SR1 trust region (Steihaug)",
        SR1TrustRegion::new(Steihaug::new()).with_tolerance_grad(off),
        hessian()
    );
    method!(
        runner,
        "Newton-CG (More-Thuente)",
        NewtonCG::new(MoreThuenteLineSearch::new()).with_tolerance(f64::MIN_POSITIVE),
        IterState::new()
    );
    method!(
        runner,
        "trust region (Steihaug)",
        Ok(TrustRegion::new(Steihaug::new())),
        IterState::new()
    );
}
