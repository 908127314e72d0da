//! The exact Hessian as a sparse matrix.

use super::definite::until_definite_or;
use super::{Belief, Curvature, Descended, Factorization, Model, Source};
use crate::objective::SparseHessian;
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::{FactorizationError, SparseCholesky, SparseMatrix};
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// The exact Hessian, evaluated as a sparse matrix once an iterate, and factorized by sparse Cholesky
/// with an ordering that is found once. Where it is not definite it is shifted until it is
/// ([`until_definite`](super::until_definite)), beginning with an eighth of the shift before.
/// See [`SparseNewton`](crate::methods::SparseNewton) for an example.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, crate::settings::Described, serde::Serialize,
)]
pub struct SparseCurvature;

/// What [`SparseCurvature`] keeps: the last shift, and the matrix with the ordering of its factors.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct SparseMemory {
    shift: f64,
    #[serde(skip)]
    work: Option<(SparseMatrix, SparseCholesky)>,
    #[serde(skip)]
    current: bool,
}

impl SparseMemory {
    /// The shift that made the last Hessian positive definite; 0 where it was.
    pub fn shift(&self) -> f64 {
        self.shift
    }
}

/// The sparse Hessian at an iterate; without a matrix where its pattern has no factors.
pub struct SparseAt<'a>(&'a mut SparseMemory, usize);

impl LinearOperator<Vec<f64>> for SparseAt<'_> {
    fn dimension(&self) -> usize {
        self.1
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        match &self.0.work {
            Some((hessian, _)) => hessian.multiply(x, y),
            None => y.fill(f64::NAN),
        }
        Ok(())
    }
}

impl Model<Vec<f64>> for SparseAt<'_> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        d.axpby(-1.0, g, 0.0);
        let SparseMemory { shift: last, work, .. } = &mut *self.0;
        if let Some((hessian, factor)) = work {
            match shifted(factor, hessian, shift, *last, watch)? {
                Ok(found) => {
                    *last = found - shift;
                    factor.solve(d);
                }
                Err(_) => d.fill(f64::NAN),
            }
        }
        Ok(Some(Descended::of(d, g)))
    }
}

/// Factorizes `H + shift I` for the first shift from `damping` that makes it positive definite.
fn shifted(
    factor: &mut SparseCholesky,
    hessian: &SparseMatrix,
    damping: f64,
    last: f64,
    watch: Watch<'_>,
) -> Result<Result<f64, FactorizationError>, Interrupt> {
    let mut least_diagonal = f64::INFINITY;
    for j in 0..hessian.columns() {
        least_diagonal = least_diagonal.min(hessian.get(j, j));
    }
    let largest = hessian.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let first = 1e-3 * largest;
    let mut shift = damping;
    if least_diagonal + damping <= 0.0 {
        shift = (first - least_diagonal).max(last / 8.0);
    }
    until_definite_or(shift, first.max(last / 8.0), |shift| {
        watch.ask()?;
        Ok(factor.factorize(hessian, shift))
    })
}

impl<O: SparseHessian + ?Sized> Curvature<O> for SparseCurvature {
    type Memory = SparseMemory;
    type At<'a>
        = SparseAt<'a>
    where
        O: 'a;

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &Vec<f64>) -> SparseMemory {
        SparseMemory::default()
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut SparseMemory,
    ) -> Result<SparseAt<'a>, Interrupt> {
        if memory.work.is_none() {
            let pattern = oracle.sparse_hessian_pattern(&iterate.x)?;
            memory.work = SparseCholesky::analyze(&pattern).ok().map(|factor| (pattern, factor));
        }
        if let Some((hessian, _)) = &mut memory.work
            && !memory.current
        {
            oracle.sparse_hessian(&iterate.x, hessian)?;
            memory.current = true;
        }
        Ok(SparseAt(memory, iterate.x.len()))
    }

    fn moved(&self, memory: &mut SparseMemory, taken: f64) {
        memory.current &= taken == 0.0;
    }

    fn belief<'s>(&self, _memory: &'s SparseMemory) -> Belief<'s, Vec<f64>> {
        Belief::default().anew(Source::Hessian)
    }
}
