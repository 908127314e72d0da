//! Runs of different methods as one kind.

use std::rc::Rc;

use ravine::minimize::{EpochRun, Epochs, Error, Measure, Method, OverBatches, Run};
use ravine::objective::{Counts, Over};
use ravine::{Status, Stopping};
use self_cell::self_cell;

use crate::lesson::{Mean, Point};

/// A run that goes step by step.
pub(crate) trait Moves {
    /// One step; the status once it has ended.
    fn step(&mut self) -> Option<Status>;
    /// Steps made.
    fn steps(&self) -> u64;
    /// Where it is.
    fn point(&self) -> &Point;
    /// What it has evaluated.
    fn counts(&self) -> Counts;
}

impl<'a, M: Method<Mean>> Moves for Run<'a, Mean, M> {
    fn step(&mut self) -> Option<Status> {
        self.step().cloned()
    }

    fn steps(&self) -> u64 {
        self.progress().iteration
    }

    fn point(&self) -> &Point {
        self.progress().x
    }

    fn counts(&self) -> Counts {
        self.progress().evaluations
    }
}

impl<'a, M: OverBatches<Over<'a, Mean>>> Moves for EpochRun<'a, Mean, M> {
    fn step(&mut self) -> Option<Status> {
        self.step().cloned()
    }

    fn steps(&self) -> u64 {
        self.progress().step
    }

    fn point(&self) -> &Point {
        self.progress().x
    }

    fn counts(&self) -> Counts {
        self.progress().evaluations
    }
}

type Moving<'r> = Box<dyn Moves + 'r>;

self_cell!(
    struct Together {
        owner: Rc<Mean>,
        #[not_covariant]
        dependent: Moving,
    }
);

/// A run together with the loss that it borrows.
pub(crate) struct Kept(Together);

impl Kept {
    /// Of a method of any function, over all cases.
    pub fn whole<M>(loss: Rc<Mean>, method: M, start: &Point, steps: u64) -> Result<Self, Error>
    where
        M: Method<Mean> + 'static,
    {
        let stopping = Stopping { iterations: Some(steps), ..Stopping::default() };
        Ok(Self(Together::try_new(loss, |loss| {
            Ok::<Moving<'_>, Error>(Box::new(Run::new(&**loss, method, start, stopping)?))
        })?))
    }

    /// Of an optimizer, batch by batch, in an order by `seed`.
    pub fn by_batch<M>(
        loss: Rc<Mean>,
        method: M,
        start: &Point,
        (batch, steps, seed): (usize, u64, u64),
    ) -> Result<Self, Error>
    where
        M: for<'r> OverBatches<Over<'r, Mean>> + 'static,
    {
        // An epoch has a step or more.
        let epochs = Epochs {
            epochs: steps,
            batch_size: batch,
            measure: Measure::Never,
            seed,
            ..Epochs::default()
        };
        Ok(Self(Together::try_new(loss, |loss| {
            Ok::<Moving<'_>, Error>(Box::new(EpochRun::new(&**loss, method, start, epochs)?))
        })?))
    }

    pub fn step(&mut self) -> Option<Status> {
        self.0.with_dependent_mut(|_, run| run.step())
    }

    pub fn steps(&self) -> u64 {
        self.0.with_dependent(|_, run| run.steps())
    }

    /// Looks at where it is.
    pub fn at<T>(&self, look: impl FnOnce(&Point, Counts) -> T) -> T {
        self.0.with_dependent(|_, run| look(run.point(), run.counts()))
    }
}
