//! A run that can go on later.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

use super::error::Error;
use super::left::Left;
use super::method::Method;
use super::rounding::Stall;
use super::run::{Best, Run};
use crate::conditions::Conditions;
#[cfg(feature = "checkpoints")]
use crate::encoding;
use crate::objective::Objective;
use crate::oracle::{Held, Oracle, Spent};
use ravine_linalg::ArgumentError;

/// A run that can go on later: what [`Run::checkpoint`](super::Run::checkpoint) gives and
/// [`Run::resume`](super::Run::resume) takes.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Checkpoint<S, V> {
    method: String,
    dimension: usize,
    iterations: u64,
    spent: Spent,
    first_value: f64,
    first_gradient_norm: f64,
    #[serde(default)]
    stall: Stall,
    #[serde(default)]
    left: Left,
    best: Option<Best<V>>,
    state: S,
}

impl<V> Checkpoint<(), V> {
    /// With the state of the method, and the points as `point` gives them.
    fn complete<S, W>(self, state: S, point: impl Fn(V) -> W) -> Checkpoint<S, W> {
        Checkpoint {
            method: self.method,
            dimension: self.dimension,
            iterations: self.iterations,
            spent: self.spent,
            first_value: self.first_value,
            first_gradient_norm: self.first_gradient_norm,
            stall: self.stall,
            left: self.left,
            best: self.best.map(|best| Best {
                x: point(best.x),
                value: best.value,
                gradient: point(best.gradient),
                gradient_norm: best.gradient_norm,
            }),
            state,
        }
    }
}

impl<V> Best<V> {
    /// The same, not copied.
    fn borrowed(&self) -> Best<&V> {
        let &Self { ref x, value, ref gradient, gradient_norm } = self;
        Best { x, value, gradient, gradient_norm }
    }
}

impl<'a, O: Objective + ?Sized, M: Method<O>> Run<'a, O, M> {
    /// A copy of the state from which [`Run::resume`] continues to the same bits.
    pub fn checkpoint(&self) -> Checkpoint<M::State, O::Point>
    where
        M::State: Clone,
    {
        self.place().complete(self.state.clone(), |point| point.clone())
    }

    /// The checkpoint without the method's state, not copied.
    fn place(&self) -> Checkpoint<(), &O::Point> {
        Checkpoint {
            method: self.method.name().to_owned(),
            dimension: self.oracle.dimension(),
            iterations: self.iterations,
            spent: self.oracle.spent(),
            first_value: self.first_value,
            first_gradient_norm: self.first_gradient_norm,
            stall: self.stall,
            left: self.left,
            best: self.best.as_ref().map(Best::borrowed),
            state: (),
        }
    }

    /// Goes on from a checkpoint, with the same settings of the method.
    ///
    /// # Errors
    ///
    /// If the checkpoint is of another method or another dimension, or the conditions cannot be used.
    pub fn resume(
        objective: &'a O,
        method: M,
        checkpoint: Checkpoint<M::State, O::Point>,
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Self, Error> {
        Self::resume_holding(Held::Lent(objective), method, checkpoint, conditions.into())
    }

    /// [`resume`](Self::resume), with an objective that the run may keep.
    fn resume_holding(
        objective: Held<'a, O>,
        method: M,
        checkpoint: Checkpoint<M::State, O::Point>,
        conditions: Conditions<'a>,
    ) -> Result<Self, Error> {
        conditions.validate(objective.dimension())?;
        let same = checkpoint.method == method.name();
        ArgumentError::check(same, "checkpoint", &checkpoint.method, "of the method resumed")?;
        let n = objective.dimension();
        let same = checkpoint.dimension == n;
        ArgumentError::check(
            same,
            "checkpoint",
            checkpoint.dimension,
            &format!("of dimension {n}"),
        )?;
        let oracle = Oracle::holding(objective, conditions, checkpoint.spent);
        Ok(Self {
            oracle,
            method,
            state: checkpoint.state,
            status: None,
            iterations: checkpoint.iterations,
            first_value: checkpoint.first_value,
            first_gradient_norm: checkpoint.first_gradient_norm,
            stall: checkpoint.stall,
            left: checkpoint.left,
            ray: None,
            best: checkpoint.best,
        })
    }
}

/// Checkpoints as bytes, of methods whose state only they themselves can write.
#[cfg(feature = "checkpoints")]
impl<'a, O: Objective + ?Sized, M: Method<O>> Run<'a, O, M>
where
    O::Point: serde::Serialize + serde::de::DeserializeOwned,
{
    /// Writes the checkpoint, with the method's state as `write` does.
    pub(crate) fn write_with(
        &self,
        out: &mut dyn Write,
        write: impl FnOnce(&M::State, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        encoding::write(&self.place(), out)?;
        write(&self.state, out)
    }

    /// Goes on from what [`write_with`](Self::write_with) has written, with the method's state
    /// as `read` gives it.
    pub(crate) fn resume_from(
        objective: Held<'a, O>,
        method: M,
        mut checkpoint: &[u8],
        read: impl FnOnce(&M, &mut &[u8]) -> Result<M::State, ArgumentError>,
        conditions: Conditions<'a>,
    ) -> Result<Self, Error> {
        let place: Checkpoint<(), O::Point> = encoding::read(&mut checkpoint)?;
        let state = read(&method, &mut checkpoint)?;
        encoding::end(checkpoint)?;
        let checkpoint = place.complete(state, |point| point);
        Self::resume_holding(objective, method, checkpoint, conditions)
    }
}
