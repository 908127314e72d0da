//! Runs over epochs that go on from a checkpoint.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};

#[cfg(feature = "checkpoints")]
use serde::{Serialize, de::DeserializeOwned};

use super::checkpoint::EpochCheckpoint;
#[cfg(feature = "checkpoints")]
use super::checkpoint::Place;
use super::run::{EpochRun, load, prepared};
use crate::conditions::Conditions;
#[cfg(feature = "checkpoints")]
use crate::encoding;
use crate::minimize::OverBatches;
use crate::minimize::error::Error;
use crate::objective::{BatchGradient, Over};
use ravine_linalg::ArgumentError;

impl<'a, S, M> EpochRun<'a, S, M>
where
    S: BatchGradient + ?Sized,
    M: OverBatches<Over<'a, S>>,
{
    /// Goes on from a checkpoint, to the same bits, with the same settings of the method; there may be
    /// more epochs than there were to be, unless the schedule of the steps goes by their number.
    ///
    /// # Errors
    ///
    /// If the checkpoint is of another method, dimension, number of cases or size of batches, or of another
    /// number of epochs by which the schedule goes, or `conditions` are not valid.
    pub fn resume(
        sum: &'a S,
        method: M,
        checkpoint: EpochCheckpoint<M::State, S::Point>,
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Self, Error> {
        let EpochCheckpoint { method: name, dimension, spent, mut place } = checkpoint;
        let check = |holds, value: &dyn std::fmt::Debug, allowed: &str| {
            ArgumentError::check(holds, "checkpoint", value, allowed)
        };
        check(name == method.name(), &name, "of the method resumed")?;
        let n = sum.dimension();
        check(dimension == n, &dimension, &format!("of dimension {n}"))?;
        let (cases, of) = (place.batches.cases(), sum.cases());
        check(cases == of, &cases, &format!("of a sum over {of} cases"))?;
        let (settings, all, mut batch) = prepared(sum, &method, conditions.into(), spent)?;
        let same = place.batches.fit(&settings);
        check(same, &"of other batches", "of the size and kind of batches resumed")?;
        place.batches.fits_the_end(&settings)?;
        load(&mut batch, &mut place.batches);
        Ok(Self { all, batch, method, settings, place, status: None })
    }

    /// A copy of the state from which [`resume`](Self::resume) continues to the same bits.
    pub fn checkpoint(&self) -> EpochCheckpoint<M::State, S::Point>
    where
        M::State: Clone,
    {
        EpochCheckpoint {
            method: self.method.name().to_owned(),
            dimension: self.all.dimension(),
            spent: self.all.spent(),
            place: self.place.clone(),
        }
    }

    /// Writes [`checkpoint`](Self::checkpoint) without a copy, numbers as they are in memory.
    ///
    /// # Errors
    ///
    /// Of the writer.
    #[cfg(feature = "checkpoints")]
    pub fn write_checkpoint(&self, out: &mut dyn Write) -> io::Result<()>
    where
        M::State: Serialize,
        S::Point: Serialize,
    {
        let (method, dimension) = (self.method.name(), self.all.dimension());
        encoding::write(&(method, dimension, self.all.spent(), &self.place), out)
    }

    /// Goes on from what [`write_checkpoint`](Self::write_checkpoint) has written, in the same version.
    ///
    /// # Errors
    ///
    /// Bytes that are something else, and those of [`resume`](Self::resume).
    #[cfg(feature = "checkpoints")]
    pub fn resume_from(
        sum: &'a S,
        method: M,
        mut checkpoint: &[u8],
        conditions: Conditions<'a>,
    ) -> Result<Self, Error>
    where
        M::State: DeserializeOwned,
        S::Point: DeserializeOwned,
    {
        let (name, dimension, spent, place) = encoding::read(&mut checkpoint)?;
        encoding::end(checkpoint)?;
        let checkpoint = EpochCheckpoint { method: name, dimension, spent, place };
        Self::resume(sum, method, checkpoint, conditions)
    }
    /// Writes the checkpoint, with the method's state as `write` does.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn write_with(
        &self,
        out: &mut dyn Write,
        write: impl FnOnce(&M::State, &mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()>
    where
        S::Point: Serialize,
    {
        let Place { state, batches, steps, seen, next, average, measured } = &self.place;
        let (method, dimension) = (self.method.name(), self.all.dimension());
        let place = (batches, steps, seen, next, average, measured);
        encoding::write(&(method, dimension, self.all.spent(), place), out)?;
        write(state, out)
    }

    /// Goes on from what [`write_with`](Self::write_with) has written, with the method's state as `read`
    /// gives it.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn resume_with(
        sum: &'a S,
        method: M,
        mut checkpoint: &[u8],
        read: impl FnOnce(&M, &mut &[u8]) -> Result<M::State, ArgumentError>,
        conditions: Conditions<'a>,
    ) -> Result<Self, Error>
    where
        S::Point: DeserializeOwned,
    {
        let (name, dimension, spent, place) = encoding::read(&mut checkpoint)?;
        let (batches, steps, seen, next, average, measured) = place;
        let state = read(&method, &mut checkpoint)?;
        encoding::end(checkpoint)?;
        let place = Place { state, batches, steps, seen, next, average, measured };
        let checkpoint = EpochCheckpoint { method: name, dimension, spent, place };
        Self::resume(sum, method, checkpoint, conditions)
    }
}
