//! basin 3.2 on plain vectors, with its own defaults but for the stopping rules.

use basin::{
    Bfgs, CostFunction, CountsMirror, DenseMatrix, Dogleg, Executor, FirstOrderState, Gradient,
    HagerZhang, Hessian, Jacobian, Lbfgs, LevenbergMarquardt, MoreSorensen, PointState, Residual,
    Solver, State, StepOutcome, TrustRegion,
};
use peers::{Counted, Entry};
use ravine::FunctionError;
use ravine::matrix::Matrix;

use crate::{Ended, ITERATIONS, Runner, Watch};

type V = Vec<f64>;

/// The objective in basin's traits.
#[derive(Clone, Copy)]
struct Adapter<'a>(&'a Counted<'a>);

impl CostFunction for Adapter<'_> {
    type Param = V;
    type Output = f64;
    type Error = FunctionError;

    fn cost(&self, x: &V) -> Result<f64, FunctionError> {
        self.0.value(x)
    }
}

impl Gradient for Adapter<'_> {
    type Gradient = V;

    fn gradient(&self, x: &V) -> Result<V, FunctionError> {
        let mut gradient = vec![0.0; x.len()];
        self.0.gradient(x, &mut gradient)?;
        Ok(gradient)
    }

    fn cost_and_gradient(&self, x: &V) -> Result<(f64, V), FunctionError> {
        let mut gradient = vec![0.0; x.len()];
        let value = self.0.value_and_gradient(x, &mut gradient)?;
        Ok((value, gradient))
    }
}

impl Hessian for Adapter<'_> {
    type Hessian = DenseMatrix;

    fn hessian(&self, x: &V) -> Result<DenseMatrix, FunctionError> {
        let n = x.len();
        let mut hessian = Matrix::zeros(n, n);
        self.0.hessian(x, &mut hessian)?;
        Ok(DenseMatrix::from_fn(n, n, |i, j| hessian[(i, j)]))
    }
}

impl Residual for Adapter<'_> {
    type Param = V;
    type Output = V;
    type Error = FunctionError;

    fn residual(&self, x: &V) -> Result<V, FunctionError> {
        let mut residuals = vec![0.0; self.0.residual_count()];
        self.0.residuals(x, &mut residuals)?;
        Ok(residuals)
    }
}

impl Jacobian for Adapter<'_> {
    type Jacobian = DenseMatrix;

    fn jacobian(&self, x: &V) -> Result<DenseMatrix, FunctionError> {
        let (m, n) = (self.0.residual_count(), x.len());
        let mut jacobian = Matrix::zeros(m, n);
        self.0.jacobian(x, &mut jacobian)?;
        Ok(DenseMatrix::from_fn(m, n, |i, j| jacobian[(i, j)]))
    }
}

/// basin's executor, with the common gradient test after every iteration.
fn drive<'a, S, So>(
    solver: So,
    state: S,
    (entry, counted, watch): (&Entry, &'a Counted<'a>, &mut Watch),
) -> Ended
where
    S: State<Param = V> + CountsMirror,
    So: Solver<Adapter<'a>, S>,
    So::Error: std::fmt::Debug,
{
    let mut last = entry.start.clone();
    let executor = Executor::new(Adapter(counted), solver, state).max_iter(ITERATIONS);
    let mut stepper = match executor.into_stepper() {
        Ok(stepper) => stepper,
        Err(error) => return Ended { x: last, status: format!("{error:?}") },
    };
    loop {
        last.copy_from_slice(stepper.state().param());
        if watch.done(entry, counted, &last) {
            return Ended { x: last, status: "converged".to_owned() };
        }
        match stepper.step() {
            Ok(StepOutcome::Continue) => {}
            Ok(StepOutcome::Stopped(report)) => {
                last.copy_from_slice(stepper.state().param());
                let status = format!("{:?}", report.termination);
                return Ended { x: last, status: status.chars().take(60).collect() };
            }
            Err(error) => return Ended { x: last, status: format!("{error:?}") },
        }
    }
}

/// Runs them on one problem.
pub fn all(runner: &mut Runner) {
    macro_rules! method {
        ($name:literal, $solver:expr, $state:ident) => {
            runner.run($name, &|entry: &Entry, counted: &Counted, watch: &mut Watch| {
                drive($solver, $state::new(entry.start.clone()), (entry, counted, watch))
            })
        };
    }
    method!("BFGS", Bfgs::<V>::new(), FirstOrderState);
    method!(
        "BFGS (Hager-Zhang)",
        Bfgs::<V, f64, DenseMatrix, _>::with_line_search(HagerZhang::new()),
        FirstOrderState
    );
    method!("L-BFGS", Lbfgs::<V>::new().unbounded(), FirstOrderState);
    method!("trust region (Steihaug)", TrustRegion::new(), FirstOrderState);
    method!(
        "trust region (More-Sorensen)",
        TrustRegion::with_subproblem(MoreSorensen::default()),
        FirstOrderState
    );
    method!("trust region (dogleg)", TrustRegion::with_subproblem(Dogleg), FirstOrderState);
    method!(
        "Levenberg-Marquardt",
        LevenbergMarquardt::<V, DenseMatrix>::new().with_absolute_gradient_tolerance(None),
        PointState
    );
    method!(
        "Levenberg-Marquardt (QR)",
        LevenbergMarquardt::<V, DenseMatrix>::new()
            .with_absolute_gradient_tolerance(None)
            .with_pivoted_qr(),
        PointState
    );
}
