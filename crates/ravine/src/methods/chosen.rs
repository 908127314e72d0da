//! Methods chosen at run time, as one type: the loop is compiled once for all of them.

use std::rc::Rc;

use crate::curvature::Belief;
use crate::curvature::SecantPairs;
use crate::minimize::{Method, Step};
use crate::objective::Supplies;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::{Interrupt, StartError};

type Dynamic<'a> = dyn Supplies + 'a;

/// Any method for objectives whose derivatives are known at run time, such as a
/// [`Supplied`](crate::minimize::Supplied).
pub(super) struct Chosen<'a>(Box<dyn Begin<'a> + 'a>);

/// The state of a [`Chosen`] method, with the method.
pub(super) struct Chose<'a>(Box<dyn Go<'a> + 'a>);

impl<'a> Chosen<'a> {
    pub fn new<M: Method<Dynamic<'a>> + 'a>(method: M) -> Self {
        Self(Box::new(Rc::new(method)))
    }
}

trait Begin<'a> {
    fn name(&self) -> &'static str;
    fn start(&self, oracle: &Oracle<'_, Dynamic<'a>>, x0: &[f64]) -> Result<Chose<'a>, StartError>;
    fn keeps_bounds(&self) -> bool;
    fn monotone(&self) -> bool;
}

trait Go<'a> {
    fn step(&mut self, oracle: &Oracle<'_, Dynamic<'a>>) -> Result<Step, Interrupt>;
    fn iterate(&self) -> &Iterate<Vec<f64>>;
    fn predicted_decrease(
        &mut self,
        oracle: &Oracle<'_, Dynamic<'a>>,
    ) -> Result<Option<f64>, Interrupt>;
    fn belief(&self) -> Belief<'_, Vec<f64>>;
    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>>;
}

struct Going<'a, M: Method<Dynamic<'a>>> {
    method: Rc<M>,
    state: M::State,
}

impl<'a, M: Method<Dynamic<'a>> + 'a> Begin<'a> for Rc<M> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn start(&self, oracle: &Oracle<'_, Dynamic<'a>>, x0: &[f64]) -> Result<Chose<'a>, StartError> {
        let state = (**self).start(oracle, &x0.to_vec())?;
        Ok(Chose(Box::new(Going { method: Self::clone(self), state })))
    }

    fn keeps_bounds(&self) -> bool {
        (**self).keeps_bounds()
    }

    fn monotone(&self) -> bool {
        (**self).monotone()
    }
}

impl<'a, M: Method<Dynamic<'a>>> Go<'a> for Going<'a, M> {
    fn step(&mut self, oracle: &Oracle<'_, Dynamic<'a>>) -> Result<Step, Interrupt> {
        self.method.step(oracle, &mut self.state)
    }

    fn iterate(&self) -> &Iterate<Vec<f64>> {
        self.method.iterate(&self.state)
    }

    fn predicted_decrease(
        &mut self,
        oracle: &Oracle<'_, Dynamic<'a>>,
    ) -> Result<Option<f64>, Interrupt> {
        self.method.predicted_decrease(oracle, &mut self.state)
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        self.method.belief(&self.state)
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        self.method.take_pairs(&mut self.state)
    }
}

impl<'a> Method<Dynamic<'a>> for Chosen<'a> {
    type State = Chose<'a>;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn start(
        &self,
        oracle: &Oracle<'_, Dynamic<'a>>,
        x0: &Vec<f64>,
    ) -> Result<Self::State, StartError> {
        self.0.start(oracle, x0)
    }

    fn step(
        &self,
        oracle: &Oracle<'_, Dynamic<'a>>,
        state: &mut Self::State,
    ) -> Result<Step, Interrupt> {
        state.0.step(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        state.0.iterate()
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, Dynamic<'a>>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        state.0.predicted_decrease(oracle)
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, Vec<f64>> {
        state.0.belief()
    }

    fn take_pairs(&self, state: &mut Self::State) -> Option<SecantPairs<Vec<f64>>> {
        state.0.take_pairs()
    }

    fn keeps_bounds(&self) -> bool {
        self.0.keeps_bounds()
    }

    fn monotone(&self) -> bool {
        self.0.monotone()
    }
}
