//! BFGS and DFP as curvatures.

use std::cell::OnceCell;

use super::{Belief, Curvature, DenseSecant, Descended, Factorization, Model, Pair, SecantUpdate};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::operator::{DenseInverse, LinearOperator, Structure};
use ravine_linalg::secant::SecantMatrix;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// The BFGS matrix of all steps taken, kept as its inverse H; pairs without positive curvature are
/// damped or left out, so that it stays definite.
///
/// The first pair scales H by its own, often the steepest, curvature. Until there are as many pairs as
/// variables H is enlarged before an update by `s'B s / s'y` where the function bends less along a step
/// of a line search than the model: what is believed of directions not yet seen is then no more than
/// what was seen last. Source: M. Al-Baali (1998), Global and superlinear convergence of a restricted
/// class of self-scaling methods with inexact line searches, for convex functions, Computational
/// Optimization and Applications 9.
///
/// Where products with B itself are asked for, H is
/// factorized, once an iterate. See [`Bfgs`](crate::methods::Bfgs) for an example.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, crate::settings::Described, serde::Serialize,
)]
pub struct BfgsCurvature;

/// The DFP matrix of all steps taken; as [`BfgsCurvature`] but for the update.
/// See [`Dfp`](crate::methods::Dfp) for an example.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, crate::settings::Described, serde::Serialize,
)]
pub struct DfpCurvature;

/// A dense secant matrix at an iterate.
pub struct SecantAt<'a> {
    matrix: &'a mut DenseSecant,
    /// B, once asked for.
    direct: OnceCell<Option<DenseInverse>>,
    /// B as a multiple of the identity while nothing is learnt.
    first: f64,
}

impl LinearOperator<Vec<f64>> for SecantAt<'_> {
    fn dimension(&self) -> usize {
        LinearOperator::dimension(&*self.matrix)
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        if self.matrix.is_initial() {
            y.axpby(self.first, x, 0.0);
            return Ok(());
        }
        match self.direct.get_or_init(|| self.matrix.direct().ok()) {
            Some(b) => b.apply(x, y),
            None => {
                y.fill(f64::NAN);
                Ok(())
            }
        }
    }
}

impl Model<Vec<f64>> for SecantAt<'_> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        if shift != 0.0 {
            // (H^-1 + shift I)^-1 = (I + shift H)^-1 H.
            return self.shifted(shift, g, d).map(Some);
        }
        let (slope, length) = SecantMatrix::direction(self.matrix, g, d);
        Ok(Some(Descended { slope, length, downhill: None }))
    }
}

impl SecantAt<'_> {
    fn shifted(
        &mut self,
        shift: f64,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
    ) -> Result<Descended<Vec<f64>>, Interrupt> {
        if self.matrix.is_initial() {
            d.axpby(-1.0 / (self.first + shift), g, 0.0);
            return Ok(Descended::of(d, g));
        }
        use ravine_linalg::operator::{Algebra, Invert};
        let inverse = self
            .matrix
            .matrix()
            .scaled(shift)
            .shifted(1.0)
            .ok()
            .and_then(|damped| damped.dense().ok())
            .and_then(|damped| damped.inverse_as(Structure::Definite).ok());
        match inverse {
            Some(inverse) => {
                let mut hg = g.clone();
                self.matrix.apply(g, &mut hg)?;
                inverse.apply(&hg, d)?;
                d.scale(-1.0);
            }
            None => d.fill(f64::NAN),
        }
        Ok(Descended::of(d, g))
    }
}

macro_rules! secant_curvature {
    ($name:ident, $update:expr) => {
        impl<O: Gradient<Point = Vec<f64>> + ?Sized> Curvature<O> for $name {
            type Memory = DenseSecant;
            type At<'a>
                = SecantAt<'a>
            where
                O: 'a;
            const LEARNS: bool = true;

            fn memory(&self, _oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> DenseSecant {
                DenseSecant::new(x0.len(), $update)
            }

            fn at<'a>(
                &'a self,
                _oracle: &'a Oracle<'a, O>,
                iterate: &'a Iterate<Vec<f64>>,
                memory: &'a mut DenseSecant,
            ) -> Result<SecantAt<'a>, Interrupt> {
                let first = 1.0 / iterate.first_step();
                Ok(SecantAt { matrix: memory, direct: OnceCell::new(), first })
            }

            fn learn(&self, memory: &mut DenseSecant, mut pair: Pair<'_, Vec<f64>>) {
                if !memory.is_initial() {
                    pair.damp();
                    if $update == SecantUpdate::Bfgs && memory.pairs() <= pair.s.len() {
                        let excess = pair.searched.map_or(1.0, |searched| searched.excess());
                        if excess > 1.0 && excess.is_finite() {
                            memory.grow(excess);
                        }
                    }
                }
                SecantMatrix::update(memory, pair.s, pair.y, &pair.after.gradient);
            }

            fn is_initial(&self, memory: &DenseSecant) -> bool {
                memory.is_initial()
            }

            fn renew(&self, memory: &mut DenseSecant) -> bool {
                let learnt = !memory.is_initial();
                memory.reset();
                learnt
            }

            fn belief<'s>(&self, memory: &'s DenseSecant) -> Belief<'s, Vec<f64>> {
                if memory.is_initial() {
                    return Belief::default();
                }
                Belief::default().dense_secant(memory)
            }
        }
    };
}

secant_curvature!(BfgsCurvature, SecantUpdate::Bfgs);
secant_curvature!(DfpCurvature, SecantUpdate::Dfp);
