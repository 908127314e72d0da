//! The inverse by a Krylov method.

use std::cell::Cell;

use super::{CgEnd, CgWork, ConjugateGradient, Minres, MinresWork, NotConverged, SolveEnd};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::{Adjoint, Identity, LinearOperator, Scratch, Structure, ensure_dimension};
use crate::vector::Vector;

/// How exact an inverse by a Krylov method is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KrylovSettings {
    /// The residual `|x - A y|` that is small enough, relative to `|x|`. Default `1e-10`.
    pub tolerance: f64,
    /// Most iterations of one product; `None` for ten times the dimension and a hundred more, as
    /// rounding delays the finite end. Default `None`.
    pub iterations: Option<usize>,
}

impl Default for KrylovSettings {
    fn default() -> Self {
        Self { tolerance: 1e-10, iterations: None }
    }
}

impl KrylovSettings {
    pub(super) fn validate(&self) -> Result<(), ArgumentError> {
        let tolerance = self.tolerance;
        let holds = tolerance > 0.0 && tolerance < 1.0;
        ArgumentError::check(holds, "tolerance", tolerance, "in (0, 1)")?;
        ArgumentError::check(self.iterations != Some(0), "iterations", 0, "at least 1")
    }
}

/// What the last product with an inverse or a function took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IterationInfo {
    /// Products with A.
    pub products: usize,
    /// The relative residual of the inverse, by the recurrence of the method; of a function the
    /// relative change.
    pub reached: f64,
}

/// `y = A^-1 x` of a symmetric A of which there are only products: by conjugate gradients where A is
/// known to be definite, by minimal residuals ([`Minres`]) where not. Each product is one run, to the
/// relative residual of the settings.
///
/// To its tolerance only: as a part of an algorithm that counts on exact linearity or symmetry it
/// needs a small one. A run that ends short of it is an error, [`NotConverged`], never a silent
/// approximation.
///
/// ```
/// use ravine_linalg::krylov::{Inverses, KrylovSettings};
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure, from_fn};
///
/// let n = 50;
/// let a = from_fn(n, move |x: &Vec<f64>, y: &mut Vec<f64>| {
///     for i in 0..n {
///         let left = if i > 0 { x[i - 1] } else { 0.0 };
///         let right = if i + 1 < n { x[i + 1] } else { 0.0 };
///         y[i] = 2.0 * x[i] - left - right;
///     }
/// });
/// let damped = a.assume(Structure::Definite)?.shifted(0.1)?;
/// let inverse = (&damped).krylov_inverse(KrylovSettings::default())?;
/// let (b, mut x, mut back) = (vec![1.0; n], vec![0.0; n], vec![0.0; n]);
/// inverse.apply(&b, &mut x)?;
/// damped.apply(&x, &mut back)?;
/// assert!(back.iter().all(|v: &f64| (v - 1.0).abs() < 1e-9));
/// assert!(inverse.info().is_some_and(|info| info.products <= n));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct KrylovInverse<A, V, M = Identity> {
    operator: A,
    preconditioner: Option<M>,
    tolerance: f64,
    solver: Solver<V>,
    info: Cell<Option<IterationInfo>>,
}

#[derive(Debug)]
enum Solver<V> {
    Cg(ConjugateGradient, Scratch<CgWork<V>>),
    Minres(Minres, Scratch<MinresWork<V>>),
}

impl<V: Vector, A: LinearOperator<V>> KrylovInverse<A, V> {
    /// The inverse of `operator`, by the method that its structure calls for.
    ///
    /// # Errors
    ///
    /// If the operator is not known to be symmetric (say so by
    /// [`assume`](crate::operator::Algebra::assume), or use
    /// [`LeastSquaresInverse`](super::LeastSquaresInverse)), or a setting cannot be used.
    pub fn new(operator: A, settings: KrylovSettings) -> Result<Self, ArgumentError> {
        settings.validate()?;
        let KrylovSettings { tolerance, iterations } = settings;
        let structure = operator.structure();
        let allowed = "Symmetric or more; claim it by assume, or use the least-squares inverse";
        ArgumentError::check(structure.is_symmetric(), "structure", structure, allowed)?;
        let iterations = Some(iterations.unwrap_or(10 * operator.dimension() + 100));
        let solver = if structure == Structure::Definite {
            let cg = ConjugateGradient { tolerance, iterations, ..Default::default() };
            Solver::Cg(cg, Scratch::default())
        } else {
            // A small tolerance for the normal equations: a slow phase is not the end.
            let minres =
                Minres { tolerance, normal_tolerance: 1e-14, iterations, ..Default::default() };
            Solver::Minres(minres, Scratch::default())
        };
        Ok(Self { operator, preconditioner: None, tolerance, solver, info: Cell::new(None) })
    }
}

impl<V: Vector, A: LinearOperator<V>, M: LinearOperator<V>> KrylovInverse<A, V, M> {
    /// With the preconditioner `m`, a definite approximation of the inverse.
    ///
    /// # Errors
    ///
    /// If its dimension is another.
    pub fn preconditioned<P: LinearOperator<V>>(
        self,
        m: P,
    ) -> Result<KrylovInverse<A, V, P>, ArgumentError> {
        ensure_dimension("preconditioner", m.dimension(), self.operator.dimension())?;
        let Self { operator, tolerance, solver, info, .. } = self;
        Ok(KrylovInverse { operator, preconditioner: Some(m), tolerance, solver, info })
    }

    /// What the last product took.
    pub fn info(&self) -> Option<IterationInfo> {
        self.info.get()
    }

    fn finish(
        &self,
        method: &'static str,
        end: Option<&'static str>,
        products: usize,
        reached: f64,
    ) -> Result<(), Interrupt> {
        self.info.set(Some(IterationInfo { products, reached }));
        let tolerance = self.tolerance;
        match end {
            None => Ok(()),
            Some(end) => {
                let end = end.to_owned();
                Err(NotConverged { method, end, reached, tolerance, products }.into())
            }
        }
    }
}

impl<V, A, M> LinearOperator<V> for KrylovInverse<A, V, M>
where
    V: Vector,
    A: LinearOperator<V>,
    M: LinearOperator<V>,
{
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure().inverse()
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        let (a, norm) = (&self.operator, x.norm());
        let relative = |residual: f64| if norm > 0.0 { residual / norm } else { residual };
        match &self.solver {
            Solver::Cg(cg, work) => {
                let info = work.with(
                    || CgWork::new(x),
                    |work| match &self.preconditioner {
                        Some(m) => cg.solve_preconditioned(a, m, x, y, work),
                        None => cg.solve(a, x, y, work),
                    },
                )?;
                let end = (info.end != CgEnd::Converged).then(|| info.end.name());
                let residual = relative(info.residual_norm);
                self.finish("conjugate gradients", end, info.products, residual)
            }
            Solver::Minres(minres, work) => {
                let info = work.with(
                    || MinresWork::new(x),
                    |work| match &self.preconditioner {
                        Some(m) => minres.solve_preconditioned(a, m, x, y, work),
                        None => minres.solve(a, x, y, work),
                    },
                )?;
                let end = (info.end != SolveEnd::Converged).then(|| info.end.name());
                // With a preconditioner its own norm is another.
                let residual = relative(info.true_residual_norm.unwrap_or(info.residual_norm));
                self.finish("MINRES", end, info.products, residual)
            }
        }
    }
}

impl<V, A, M> Adjoint<V> for KrylovInverse<A, V, M>
where
    V: Vector,
    A: LinearOperator<V>,
    M: LinearOperator<V>,
{
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
