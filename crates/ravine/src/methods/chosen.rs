//! Methods chosen at run time, as one type: the loop is compiled once for all of them.

#[cfg(feature = "checkpoints")]
use std::io::{self, Write};
use std::marker::PhantomData;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::turns::Turns;
use crate::curvature::{Belief, Knows, SecantPairs};
#[cfg(feature = "checkpoints")]
use crate::encoding;
#[cfg(feature = "all-methods")]
use crate::minimize::OverBatches;
use crate::minimize::{Advance, Method, Supplied};
use crate::objective::{Derivatives, Need, Supplies, Within};
use crate::oracle::{Iterate, Oracle};
#[cfg(feature = "checkpoints")]
use ravine_linalg::ArgumentError;
use ravine_linalg::{Interrupt, StartError};

/// Any method that needs N.
pub(super) struct Chosen<N> {
    method: Rc<dyn Begin<N>>,
    /// The name by which it was chosen, where that is not the method's own.
    called: Option<&'static str>,
    /// By what its step is multiplied, over batches.
    #[cfg(feature = "all-methods")]
    factor: f64,
}

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
    /// A method that goes over batches as B says.
    pub fn new<B, M, S>(method: M) -> Self
    where
        B: Turns<N, M, S>,
        M: for<'b> Method<N::Of<'b>, State = S> + 'static,
        S: Serialize + DeserializeOwned + 'static,
    {
        Self::of(Rc::new(Typed::<M, S, B>::new(method, Storage::of_plain_state())))
    }

    fn of(method: Rc<dyn Begin<N>>) -> Self {
        Self {
            method,
            called: None,
            #[cfg(feature = "all-methods")]
            factor: 1.0,
        }
    }

    /// Under another name than its own.
    #[cfg(feature = "all-methods")]
    pub fn called(self, name: &'static str) -> Self {
        Self { called: Some(name), ..self }
    }

    /// For any objective: what looks up N is compiled once a need, not once a method.
    pub fn over_anything(self) -> Chosen<Anything> {
        let method = Supplied::<Self, N, Chose<N>>::new(self);
        Chosen::of(Rc::new(Typed::<_, _, ByNeed>::new(method, Storage::of_chosen())))
    }

    /// Reads a state that [`Chose::write`] has written.
    #[cfg(feature = "checkpoints")]
    pub fn read(&self, bytes: &mut &[u8]) -> Result<Chose<N>, ArgumentError> {
        Ok(Chose(self.method.read(bytes)?))
    }
}

#[cfg(feature = "checkpoints")]
impl<N: Need> Chose<N> {
    /// Writes the state.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.write(out)
    }
}

/// How the states of one type are written and read.
struct Storage<M, S> {
    #[cfg(feature = "checkpoints")]
    write: fn(&S, &mut dyn Write) -> io::Result<()>,
    #[cfg(feature = "checkpoints")]
    read: fn(&M, &mut &[u8]) -> Result<S, ArgumentError>,
    #[cfg(not(feature = "checkpoints"))]
    of: std::marker::PhantomData<fn(&M) -> S>,
}

impl<M, S> Clone for Storage<M, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, S> Copy for Storage<M, S> {}

#[cfg(feature = "checkpoints")]
impl<M, S: Serialize + DeserializeOwned> Storage<M, S> {
    fn of_plain_state() -> Self {
        Self { write: encoding::write::<S>, read: |_, bytes| encoding::read(bytes) }
    }
}

#[cfg(feature = "checkpoints")]
impl<N: Need> Storage<Supplied<Chosen<N>, N, Chose<N>>, Chose<N>> {
    fn of_chosen() -> Self {
        Self { write: Chose::write, read: |supplied, bytes| supplied.method().read(bytes) }
    }
}

#[cfg(not(feature = "checkpoints"))]
impl<M, S> Storage<M, S> {
    fn of_plain_state() -> Self {
        Self { of: std::marker::PhantomData }
    }

    fn of_chosen() -> Self {
        Self::of_plain_state()
    }
}

/// What a method over its need does, of one that looks for it.
#[cfg(feature = "all-methods")]
enum ByNeed {}

#[cfg(not(feature = "all-methods"))]
use super::turns::AllCases as ByNeed;

#[cfg(feature = "all-methods")]
impl<N: Need> Turns<Anything, Supplied<Chosen<N>, N, Chose<N>>, Chose<N>> for ByNeed {
    fn turn(
        _: &Supplied<Chosen<N>, N, Chose<N>>,
        oracle: &Oracle<'_, dyn Supplies + '_>,
        state: &mut Chose<N>,
    ) -> Result<(), Interrupt> {
        oracle.over::<N, _, _>(|oracle| state.0.turn(oracle))
    }

    fn leave(
        _: &Supplied<Chosen<N>, N, Chose<N>>,
        oracle: &Oracle<'_, dyn Supplies + '_>,
        state: &mut Chose<N>,
        factor: f64,
    ) -> Result<Advance, Interrupt> {
        oracle.over::<N, _, _>(|oracle| state.0.leave(oracle, factor))
    }

    fn scales(supplied: &Supplied<Chosen<N>, N, Chose<N>>) -> bool {
        supplied.method().method.scales()
    }
}

/// The methods of one type, which go over batches as B says.
struct Typed<M, S, B> {
    method: Rc<M>,
    #[cfg_attr(not(feature = "checkpoints"), expect(dead_code, reason = "the type of the states"))]
    storage: Storage<M, S>,
    batches: PhantomData<B>,
}

struct Going<M, S, B> {
    method: Rc<M>,
    #[cfg(feature = "checkpoints")]
    storage: Storage<M, S>,
    state: S,
    batches: PhantomData<B>,
}

impl<M, S, B> Typed<M, S, B> {
    fn new(method: M, storage: Storage<M, S>) -> Self {
        Self { method: Rc::new(method), storage, batches: PhantomData }
    }

    fn going(&self, state: S) -> Going<M, S, B> {
        Going {
            method: Rc::clone(&self.method),
            #[cfg(feature = "checkpoints")]
            storage: self.storage,
            state,
            batches: PhantomData,
        }
    }
}

/// A method as one for any of the objectives that it sees: what does not ask for an oracle.
type As<N> = <N as Need>::Of<'static>;

trait Begin<N: Need> {
    fn name(&self) -> &'static str;
    #[expect(clippy::ptr_arg, reason = "what methods take as their point")]
    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'_>>,
        x0: &Vec<f64>,
    ) -> Result<Box<dyn Go<N>>, StartError>;
    #[cfg(feature = "checkpoints")]
    fn read(&self, bytes: &mut &[u8]) -> Result<Box<dyn Go<N>>, ArgumentError>;
    fn knows_curvature(&self) -> Knows;
    fn within(&self) -> Option<Within<Vec<f64>>>;
    fn monotone(&self) -> bool;
    #[cfg(feature = "all-methods")]
    fn scales(&self) -> bool;
}

trait Go<N: Need> {
    #[cfg(feature = "differences")]
    fn renew(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<(), StartError>;
    fn step(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<Advance, Interrupt>;
    fn iterate(&self) -> &Iterate<Vec<f64>>;
    fn predicted_decrease(
        &mut self,
        oracle: &Oracle<'_, N::Of<'_>>,
    ) -> Result<Option<f64>, Interrupt>;
    #[expect(clippy::ptr_arg, reason = "what methods take as their point")]
    fn value_at(&self, oracle: &Oracle<'_, N::Of<'_>>, x: &Vec<f64>) -> Result<f64, Interrupt>;
    fn belief(&self) -> Belief<'_, Vec<f64>>;
    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>>;
    #[cfg(feature = "all-methods")]
    fn turn(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<(), Interrupt>;
    #[cfg(feature = "all-methods")]
    fn leave(&mut self, oracle: &Oracle<'_, N::Of<'_>>, factor: f64) -> Result<Advance, Interrupt>;
    #[cfg(feature = "checkpoints")]
    fn write(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl<N: Need, M, S, B> Begin<N> for Typed<M, S, B>
where
    M: for<'b> Method<N::Of<'b>, State = S> + 'static,
    S: 'static,
    B: Turns<N, M, S>,
{
    fn name(&self) -> &'static str {
        Method::<As<N>>::name(&*self.method)
    }

    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'_>>,
        x0: &Vec<f64>,
    ) -> Result<Box<dyn Go<N>>, StartError> {
        Ok(Box::new(self.going(self.method.start(oracle, x0)?)))
    }

    #[cfg(feature = "checkpoints")]
    fn read(&self, bytes: &mut &[u8]) -> Result<Box<dyn Go<N>>, ArgumentError> {
        Ok(Box::new(self.going((self.storage.read)(&self.method, bytes)?)))
    }

    fn knows_curvature(&self) -> Knows {
        Method::<As<N>>::knows_curvature(&*self.method)
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Method::<As<N>>::within(&*self.method)
    }

    fn monotone(&self) -> bool {
        Method::<As<N>>::monotone(&*self.method)
    }

    #[cfg(feature = "all-methods")]
    fn scales(&self) -> bool {
        B::scales(&self.method)
    }
}

impl<N: Need, M, S, B> Go<N> for Going<M, S, B>
where
    M: for<'b> Method<N::Of<'b>, State = S>,
    B: Turns<N, M, S>,
{
    #[cfg(feature = "differences")]
    fn renew(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<(), StartError> {
        self.method.renew(oracle, &mut self.state)
    }

    fn step(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<Advance, Interrupt> {
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

    fn value_at(&self, oracle: &Oracle<'_, N::Of<'_>>, x: &Vec<f64>) -> Result<f64, Interrupt> {
        self.method.value_at(oracle, &self.state, x)
    }

    fn belief(&self) -> Belief<'_, Vec<f64>> {
        Method::<As<N>>::belief(&*self.method, &self.state)
    }

    fn take_pairs(&mut self) -> Option<SecantPairs<Vec<f64>>> {
        Method::<As<N>>::take_pairs(&*self.method, &mut self.state)
    }

    #[cfg(feature = "all-methods")]
    fn turn(&mut self, oracle: &Oracle<'_, N::Of<'_>>) -> Result<(), Interrupt> {
        B::turn(&self.method, oracle, &mut self.state)
    }

    #[cfg(feature = "all-methods")]
    fn leave(&mut self, oracle: &Oracle<'_, N::Of<'_>>, factor: f64) -> Result<Advance, Interrupt> {
        B::leave(&self.method, oracle, &mut self.state, factor)
    }

    #[cfg(feature = "checkpoints")]
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        (self.storage.write)(&self.state, out)
    }
}

impl<'o, N: Need> Method<N::Of<'o>> for Chosen<N> {
    type State = Chose<N>;

    fn name(&self) -> &'static str {
        self.called.unwrap_or_else(|| self.method.name())
    }

    fn start(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        x0: &Vec<f64>,
    ) -> Result<Self::State, StartError> {
        Ok(Chose(self.method.start(oracle, x0)?))
    }

    // Only differences have another gradient at the same point.
    #[cfg(feature = "differences")]
    fn renew(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        state: &mut Self::State,
    ) -> Result<(), StartError> {
        state.0.renew(oracle)
    }

    fn step(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        state: &mut Self::State,
    ) -> Result<Advance, Interrupt> {
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

    fn knows_curvature(&self) -> Knows {
        self.method.knows_curvature()
    }

    fn value_at(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        state: &Self::State,
        x: &Vec<f64>,
    ) -> Result<f64, Interrupt> {
        state.0.value_at(oracle, x)
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        self.method.within()
    }

    fn monotone(&self) -> bool {
        self.method.monotone()
    }
}

#[cfg(feature = "all-methods")]
impl<'o, N: Need> OverBatches<N::Of<'o>> for Chosen<N> {
    fn turn(&self, oracle: &Oracle<'_, N::Of<'o>>, state: &mut Chose<N>) -> Result<(), Interrupt> {
        state.0.turn(oracle)
    }

    fn leave(
        &self,
        oracle: &Oracle<'_, N::Of<'o>>,
        state: &mut Chose<N>,
    ) -> Result<Advance, Interrupt> {
        state.0.leave(oracle, self.factor)
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        let Self { method, called, factor: before } = self;
        let (method, called) = (Rc::clone(method), *called);
        method.scales().then_some(Self { method, called, factor: before * factor })
    }
}
