//! The limited-memory BFGS matrix as a curvature.

use std::cell::{Cell, OnceCell};

use super::{
    Belief, Curvature, Descended, DirectHessian, Factorization, Form, LimitedMemory, Model, Pair,
    SecantPairs,
};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::secant::SecantMatrix;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The BFGS matrix of the last m steps taken. Solving with it reads the pairs twice (or once, in the
/// compact form); products with B itself go through the compact form of B.
/// See [`Lbfgs`](crate::methods::Lbfgs) for an example.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LbfgsCurvature {
    /// The number m of pairs kept. Default 10.
    #[range("at least 1")]
    pub memory: usize,
    /// How it is solved with.
    pub form: Form,
}

impl Default for LbfgsCurvature {
    fn default() -> Self {
        Self { memory: 10, form: Form::default() }
    }
}

/// The limited-memory matrix at an iterate.
pub struct LbfgsAt<'a, V> {
    /// Until B itself is asked for, which borrows the pairs from then on.
    solving: Cell<Option<&'a mut LimitedMemory<V>>>,
    direct: OnceCell<Direct<'a, V>>,
    dimension: usize,
    /// B as a multiple of the identity while nothing is learnt.
    first: f64,
}

enum Direct<'a, V> {
    Multiple,
    /// Boxed, as it is large and most steps do without.
    Pairs(&'a LimitedMemory<V>, Box<DirectHessian<'a, V>>),
    Singular,
}

impl<'a, V: Vector> LbfgsAt<'a, V> {
    fn direct(&self) -> &Direct<'a, V> {
        self.direct.get_or_init(|| match self.solving.take() {
            Some(matrix) if matrix.is_initial() => Direct::Multiple,
            Some(matrix) => {
                let matrix: &'a LimitedMemory<V> = matrix;
                matrix.direct().map_or(Direct::Singular, |b| Direct::Pairs(matrix, Box::new(b)))
            }
            None => Direct::Singular,
        })
    }
}

impl<V: Vector> LinearOperator<V> for LbfgsAt<'_, V> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        match self.direct() {
            Direct::Multiple => y.axpby(self.first, x, 0.0),
            Direct::Pairs(_, b) => return b.apply(x, y),
            Direct::Singular => y.fill(f64::NAN),
        }
        Ok(())
    }
}

impl<V: Vector> Model<V> for LbfgsAt<'_, V> {
    #[inline]
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &V,
        g: &V,
        d: &mut V,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<V>>, Interrupt> {
        if shift == 0.0
            && let Some(matrix) = self.solving.get_mut()
        {
            let (slope, length) = matrix.direction(g, d);
            return Ok(Some(Descended { slope, length, downhill: None }));
        }
        match self.direct() {
            Direct::Multiple => d.axpby(-1.0 / (self.first + shift), g, 0.0),
            Direct::Pairs(pairs, _) if shift == 0.0 => {
                pairs.inverse().apply(g, d)?;
                d.scale(-1.0);
            }
            Direct::Pairs(_, b) => {
                if b.solve_shifted(shift, g, d).is_err() {
                    return Ok(None);
                }
                d.scale(-1.0);
            }
            Direct::Singular => return Ok(None),
        }
        Ok(Some(Descended::of(d, g)))
    }
}

impl<O: Gradient + ?Sized> Curvature<O> for LbfgsCurvature {
    type Memory = LimitedMemory<O::Point>;
    type At<'a>
        = LbfgsAt<'a, O::Point>
    where
        O: 'a;
    const LEARNS: bool = true;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.memory > 0, "memory", self.memory, "at least 1")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) -> Self::Memory {
        LimitedMemory::new(self.memory, self.form)
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut Self::Memory,
    ) -> Result<LbfgsAt<'a, O::Point>, Interrupt> {
        // The first step costs two norms: only where it is used.
        let first = if memory.is_initial() { 1.0 / iterate.first_step() } else { f64::NAN };
        Ok(LbfgsAt {
            solving: Cell::new(Some(memory)),
            direct: OnceCell::new(),
            dimension: iterate.x.dimension(),
            first,
        })
    }

    fn learn(&self, memory: &mut Self::Memory, mut pair: Pair<'_, O::Point>) {
        if !memory.is_initial() {
            pair.damp();
        }
        memory.update(pair.s, pair.y, &pair.after.gradient);
    }

    fn is_initial(&self, memory: &Self::Memory) -> bool {
        memory.is_initial()
    }

    fn renew(&self, memory: &mut Self::Memory) -> bool {
        let learnt = !memory.is_initial();
        memory.reset();
        learnt
    }

    fn belief<'s>(&self, memory: &'s Self::Memory) -> Belief<'s, O::Point> {
        if memory.is_initial() {
            return Belief::default();
        }
        Belief::default().pairs(memory.pairs())
    }

    fn take_pairs(&self, memory: &mut Self::Memory) -> Option<SecantPairs<O::Point>> {
        (!memory.is_initial()).then(|| memory.take_pairs())
    }
}
