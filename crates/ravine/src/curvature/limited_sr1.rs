//! The limited-memory symmetric rank-one matrix as a curvature.

use super::{Belief, Curvature, Descended, Factorization, LimitedSr1, Model, Pair, Source};
use crate::objective::Gradient;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{LinearOperator, LowRank, Structure};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The symmetric rank-one matrix of the last m steps tried ([`LimitedSr1`]), which may be indefinite.
/// Its eigenvalues away from a multiple of the identity are at hand, so that it is solved with by their
/// absolute values, at the cost of a product.
///
/// ```
/// use ravine::curvature::LimitedSr1Curvature;
/// use ravine::methods::Composition;
/// use ravine::step::Steihaug;
/// use ravine::trust::Radius;
///
/// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let curvature = LimitedSr1Curvature { memory: 5 };
/// let (step, trust) = (Steihaug::default(), Radius::default());
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], Composition { curvature, step, trust }).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitedSr1Curvature {
    /// The number m of pairs kept. Default 10.
    #[range("at least 1")]
    pub memory: usize,
}

impl Default for LimitedSr1Curvature {
    fn default() -> Self {
        Self { memory: 10 }
    }
}

/// What [`LimitedSr1Curvature`] keeps: the pairs, and their matrix.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LimitedSr1Memory<V> {
    pairs: Option<LimitedSr1<V>>,
    #[serde(skip)]
    matrix: Option<LowRank<V>>,
}

/// The matrix at an iterate: a multiple of the identity while nothing is learnt.
pub enum LimitedSr1At<'a, V> {
    /// `b I` in n dimensions.
    Multiple(f64, usize),
    /// The matrix of the pairs.
    Learnt(&'a LowRank<V>),
}

/// Eigenvalues are not taken to be smaller than this part of the largest.
const LEAST: f64 = 1e-12;

impl<V: Vector> LinearOperator<V> for LimitedSr1At<'_, V> {
    fn dimension(&self) -> usize {
        match self {
            Self::Multiple(_, n) => *n,
            Self::Learnt(b) => b.dimension(),
        }
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        match self {
            Self::Multiple(b, _) => {
                y.axpby(*b, x, 0.0);
                Ok(())
            }
            Self::Learnt(b) => b.apply(x, y),
        }
    }
}

impl<V: Vector> Model<V> for LimitedSr1At<'_, V> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &V,
        g: &V,
        d: &mut V,
        _watch: Watch<'_>,
    ) -> Result<Option<Descended<V>>, Interrupt> {
        match self {
            Self::Multiple(b, _) => d.axpby(-1.0 / (*b + shift), g, 0.0),
            Self::Learnt(b) => {
                let largest = b.eigenvalues().iter().fold(b.sigma().abs(), |m, v| m.max(v.abs()));
                let least = LEAST * largest;
                b.map(|theta| -1.0 / (theta.abs().max(least) + shift)).apply(g, d)?;
            }
        }
        Ok(Some(Descended::of(d, g)))
    }
}

impl<O: Gradient + ?Sized> Curvature<O> for LimitedSr1Curvature {
    type Memory = LimitedSr1Memory<O::Point>;
    type At<'a>
        = LimitedSr1At<'a, O::Point>
    where
        O: 'a;
    const LEARNS: bool = true;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.memory > 0, "memory", self.memory, "at least 1")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) -> Self::Memory {
        LimitedSr1Memory { pairs: None, matrix: None }
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        memory: &'a mut Self::Memory,
    ) -> Result<LimitedSr1At<'a, O::Point>, Interrupt> {
        let LimitedSr1Memory { pairs, matrix } = memory;
        if let Some(pairs) = pairs
            && matrix.is_none()
        {
            *matrix = pairs.matrix().ok();
        }
        Ok(match matrix {
            Some(matrix) => LimitedSr1At::Learnt(matrix),
            None => LimitedSr1At::Multiple(1.0 / iterate.first_step(), iterate.x.dimension()),
        })
    }

    fn learn(&self, memory: &mut Self::Memory, pair: Pair<'_, O::Point>) {
        if memory.pairs.is_none() {
            // The scale of the first pair.
            let (sy, yy) = (pair.s.dot(pair.y), pair.y.dot(pair.y));
            let gamma = if sy > 0.0 { yy / sy } else { 1.0 / pair.before.first_step() };
            memory.pairs = LimitedSr1::new(self.memory, gamma).ok();
        }
        if let Some(pairs) = &mut memory.pairs {
            pairs.push(pair.s.clone(), pair.y.clone());
            memory.matrix = None;
        }
    }

    fn is_initial(&self, memory: &Self::Memory) -> bool {
        memory.pairs.is_none()
    }

    fn renew(&self, memory: &mut Self::Memory) -> bool {
        let learnt = memory.pairs.is_some();
        *memory = LimitedSr1Memory { pairs: None, matrix: None };
        learnt
    }

    fn belief<'s>(&self, memory: &'s Self::Memory) -> Belief<'s, O::Point> {
        match &memory.matrix {
            Some(matrix) => Belief::default().curvature(Source::SecantPairs, matrix),
            None => Belief::default(),
        }
    }
}
