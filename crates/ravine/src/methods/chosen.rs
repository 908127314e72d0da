//! Methods chosen at run time, as one type: the loop is compiled once for all of them.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::curvature::{Belief, SecantPairs};
use crate::minimize::{Method, Step, Supplied};
use crate::objective::{Derivatives, Need, Supplies};
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::{Interrupt, StartError};

/// Any method that needs N.
pub(super) struct Chosen<N>(Box<dyn Begin<N>>);

/// The state of a [`Chosen`] method, with the method.
pub(super) struct Chose<N>(Box<dyn Go<N>>);

/// The need of methods that look for themselves at what an objective supplies.
pub(super) enum Anything {}

impl Need for Anything {
    const DERIVATIVES: Derivatives = Derivatives::NONE;
    type Of<'a> = dyn Supplies + 'a;

    fn of<'a>(objective: &'a (dyn Supplies + 'a)) -> Option<&'a Self::Of<'a>> {
        Some(objective)
    }
}

impl<N: Need> Chosen<N> {
    pub fn new<M, S>(method: M) -> Self
    where
        M: for<'b> Method<N::Of<'b>, State = S> + 'static,
        S: 'static,
    {
        Self(Box::new(Typed { method: Rc::new(method), state: PhantomData }))
    }

    /// For any objective: what looks up N is compiled once a need, not once a method.
    pub fn over_anything(self) -> Chosen<Anything> {
        Chosen::<Anything>::new(Supplied::<Self, N, Chose<N>>::new(self))
    }
}

/// The methods of one type.
struct Typed<M, S> {
    method: Rc<M>,
    state: PhantomData<fn() -> S>,
}

struct Going<M, S> {
    method: Rc<M>,
    state: S,
}

/// A method as one for any of the objectives that it sees: what does not ask for an oracle.
type As<N> = <N as Need>::Of<'static>;

trait Begin<N: Need> {
    fn name(&self) -> &'static str;
    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'_>>,
        x0: &[f64],
    ) -> Result<Box<dyn Go<N>>, StartError>;
    fn keeps_bounds(&self) -> bool;
    fn monotone(&self) -> bool;
}

trait Go<N: Need> {
    fn step(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<Step, Interrupt>;
    fn iterate(&self) -> &Iterate<Vec<f64>>;
    fn predicted_decrease(
        &mut self,
        oracle: &Oracle<'_, N::Of<'_>>,
    ) -> Result<Option<f64>, Interrupt>;
    fn belief(&self) -> Belief<'_, Vec<f64>>;
    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>>;
}

impl<N: Need, M, S> Begin<N> for Typed<M, S>
where
    M: for<'b> Method<N::Of<'b>, State = S> + 'static,
    S: 'static,
{
    fn name(&self) -> &'static str {
        Method::<As<N>>::name(&*self.method)
    }

    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'_>>,
        x0: &[f64],
    ) -> Result<Box<dyn Go<N>>, StartError> {
        let state = self.method.start(oracle, &x0.to_vec())?;
        Ok(Box::new(Going { method: Rc::clone(&self.method), state }))
    }

    fn keeps_bounds(&self) -> bool {
        Method::<As<N>>::keeps_bounds(&*self.method)
    }

    fn monotone(&self) -> bool {
        Method::<As<N>>::monotone(&*self.method)
    }
}

impl<N: Need, M, S> Go<N> for Going<M, S>
where
    M: for<'b> Method<N::Of<'b>, State = S>,
{
    fn step(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<Step, Interrupt> {
        self.method.step(oracle, &mut self.state)
    }

    fn iterate(&self) -> &Iterate<Vec<f64>> {
        Method::<As<N>>::iterate(&*self.method, &self.state)
    }

    fn predicted_decrease(
        &mut self,
        oracle: &Oracle<'_, N::Of<'_>>,
    ) -> Result<Option<f64>, Interrupt> {
        self.method.predicted_decrease(oracle, &mut self.state)
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        Method::<As<N>>::belief(&*self.method, &self.state)
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        Method::<As<N>>::take_pairs(&*self.method, &mut self.state)
    }
}

impl<'o, N: Need> Method<N::Of<'o>> for Chosen<N> {
    type State = Chose<N>;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        x0: &Vec<f64>,
    ) -> Result<Self::State, StartError> {
        Ok(Chose(self.0.start(oracle, x0)?))
    }

    fn step(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        state: &mut Self::State,
    ) -> Result<Step, Interrupt> {
        state.0.step(oracle)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        state.0.iterate()
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
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
