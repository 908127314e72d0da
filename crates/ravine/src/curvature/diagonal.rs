//! A diagonal that learns from steps.

use std::borrow::Cow;

use super::{Belief, Curvature, Descended, Factorization, Model, Pair, Source};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::{Interrupt, Watch};

/// A diagonal B with the curvature of the last step: the least change of B, in the Frobenius norm,
/// for which `s'B s = s'y`,
///
/// ```text
/// B_ii <- B_ii + (s'y - s'B s) s_i^2 / sum_j s_j^4
/// ```
///
/// Entries may become negative; where B is solved with, their absolute values count.
///
/// Source: Zhu, Nazareth and Wolkowicz, The quasi-Cauchy relation and diagonal updating (1999).
///
/// ```
/// use ravine::curvature::DiagonalCurvature;
/// use ravine::line_search::LineSearch;
/// use ravine::methods::Composition;
/// use ravine::step::Solve;
///
/// let f = ravine::objective!(2, |x| (x[0] - 1.0).powi(2) + 100.0 * (x[1] - 2.0).powi(2));
/// let (step, trust) = (Solve::default(), LineSearch::default());
/// let method = Composition { curvature: DiagonalCurvature, step, trust };
/// let outcome = ravine::minimize(&f, vec![0.0, 0.0], method).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, crate::settings::Described, serde::Serialize,
)]
pub struct DiagonalCurvature;

/// The diagonal at an iterate.
pub struct DiagonalAt<'a>(&'a [f64]);

/// Entries are not taken to be smaller than this part of the largest.
const LEAST: f64 = 1e-8;

impl LinearOperator<Vec<f64>> for DiagonalAt<'_> {
    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        y.iter_mut().zip(x.iter().zip(self.0)).for_each(|(y, (x, b))| *y = b * x);
        Ok(())
    }
}

impl Model<Vec<f64>> for DiagonalAt<'_> {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        let n = self.0.len();
        let entry = |i: usize, j: usize| if i == j { self.0[i] } else { 0.0 };
        Ok(Some(Cow::Owned(Matrix::from_fn(n, n, entry))))
    }

    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        let least = LEAST * self.0.iter().fold(0.0f64, |m, b| m.max(b.abs()));
        for (d, (g, b)) in d.iter_mut().zip(g.iter().zip(self.0)) {
            *d = -g / (b.abs().max(least) + shift);
        }
        Ok(Some(Descended::of(d, g)))
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Curvature<O> for DiagonalCurvature {
    /// The diagonal, and whether it has learnt.
    type Memory = (Vec<f64>, bool);
    type At<'a>
        = DiagonalAt<'a>
    where
        O: 'a;
    const LEARNS: bool = true;

    fn memory(&self, _oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Self::Memory {
        (vec![0.0; x0.len()], false)
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        (diagonal, learnt): &'a mut Self::Memory,
    ) -> Result<DiagonalAt<'a>, Interrupt> {
        if !*learnt {
            diagonal.fill(1.0 / iterate.first_step());
        }
        Ok(DiagonalAt(diagonal))
    }

    fn learn(&self, (diagonal, learnt): &mut Self::Memory, pair: Pair<'_, Vec<f64>>) {
        let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            pair.s.iter().zip(pair.y.iter()).map(|(s, y)| f(*s, *y)).sum()
        };
        let (sy, ss) = (sum(&|s, y| s * y), sum(&|s, _| s * s));
        if !*learnt {
            if !(sy > 0.0 && (sy / ss).is_normal()) {
                return;
            }
            // The scale of the first pair.
            diagonal.fill(sy / ss);
            *learnt = true;
        }
        let sbs: f64 = pair.s.iter().zip(diagonal.iter()).map(|(s, b)| s * b * s).sum();
        let factor = (sy - sbs) / sum(&|s, _| (s * s) * (s * s));
        if factor.is_finite() {
            diagonal.iter_mut().zip(pair.s.iter()).for_each(|(b, s)| *b += factor * s * s);
        }
    }

    fn is_initial(&self, (_, learnt): &Self::Memory) -> bool {
        !learnt
    }

    fn renew(&self, (_, learnt): &mut Self::Memory) -> bool {
        std::mem::replace(learnt, false)
    }

    fn belief<'s>(&self, (diagonal, learnt): &'s Self::Memory) -> Belief<'s, Vec<f64>> {
        if !learnt {
            return Belief::default();
        }
        Belief::default().curvature(Source::SecantPairs, DiagonalAt(diagonal))
    }
}
