//! Methods over what an objective supplies at run time.

use std::marker::PhantomData;

use crate::curvature::Knows;
use crate::curvature::{Belief, SecantPairs};
use crate::minimize::{Advance, Method};
use crate::objective::{Need, Supplies, Within};
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::{Interrupt, StartError};

/// A method M that needs N, for objectives that supply at run time what they can: it is compiled for N,
/// and sees at each step the oracle as N.
///
/// ```
/// use ravine::methods::Lbfgs;
/// use ravine::minimize::{Run, Supplied};
/// use ravine::objective::{Gradients, Supplies};
/// use ravine::Stopping;
///
/// let f = ravine::objective!(1, |x| x[0].cosh());
/// let f: &dyn Supplies = &f;
/// let method = Supplied::<_, Gradients, _>::new(Lbfgs::default());
/// let mut run = Run::new(f, method, &vec![1.0], Stopping::default())?;
/// while run.step().is_none() {}
/// assert!(run.outcome().status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
///
/// A method that needs more than N is an error of the compiler:
///
/// ```compile_fail,E0277
/// use ravine::methods::DampedNewton;
/// use ravine::minimize::Supplied;
/// use ravine::objective::Gradients;
///
/// let method = Supplied::<_, Gradients, _>::new(DampedNewton::default());
/// ```
pub struct Supplied<M, N, S> {
    method: M,
    need: PhantomData<fn(N) -> S>,
}

impl<M, N: Need, S> Supplied<M, N, S>
where
    M: for<'b> Method<N::Of<'b>, State = S>,
{
    /// The method over its need.
    pub fn new(method: M) -> Self {
        Self { method, need: PhantomData }
    }

    /// The method itself.
    #[cfg(feature = "all-methods")]
    pub(crate) fn method(&self) -> &M {
        &self.method
    }
}

/// The method as one for any of the objectives that it sees: what does not ask for an oracle.
type As<N> = <N as Need>::Of<'static>;

impl<'a, M, N: Need, S> Method<dyn Supplies + 'a> for Supplied<M, N, S>
where
    M: for<'b> Method<N::Of<'b>, State = S>,
{
    type State = S;

    fn name(&self) -> &'static str {
        Method::<As<N>>::name(&self.method)
    }

    fn start(
        &self,
        oracle: &Oracle<'_, dyn Supplies + 'a>,
        x0: &Vec<f64>,
    ) -> Result<S, StartError> {
        oracle.over::<N, _, _>(|oracle| self.method.start(oracle, x0))
    }

    fn renew(
        &self,
        oracle: &Oracle<'_, dyn Supplies + 'a>,
        state: &mut S,
    ) -> Result<(), StartError> {
        oracle.over::<N, _, _>(|oracle| self.method.renew(oracle, state))
    }

    fn step(
        &self,
        oracle: &Oracle<'_, dyn Supplies + 'a>,
        state: &mut S,
    ) -> Result<Advance, Interrupt> {
        oracle.over::<N, _, _>(|oracle| self.method.step(oracle, state))
    }

    fn iterate<'s>(&self, state: &'s S) -> &'s Iterate<Vec<f64>> {
        Method::<As<N>>::iterate(&self.method, state)
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, dyn Supplies + 'a>,
        state: &mut S,
    ) -> Result<Option<f64>, Interrupt> {
        oracle.over::<N, _, _>(|oracle| self.method.predicted_decrease(oracle, state))
    }

    fn belief<'s>(&self, state: &'s S) -> Belief<'s, Vec<f64>> {
        Method::<As<N>>::belief(&self.method, state)
    }

    fn take_pairs(&self, state: &mut S) -> Option<SecantPairs<Vec<f64>>> {
        Method::<As<N>>::take_pairs(&self.method, state)
    }

    fn knows_curvature(&self) -> Knows {
        Method::<As<N>>::knows_curvature(&self.method)
    }

    fn value_at(
        &self,
        oracle: &Oracle<'_, dyn Supplies + 'a>,
        state: &S,
        x: &Vec<f64>,
    ) -> Result<f64, Interrupt> {
        oracle.over::<N, _, _>(|oracle| self.method.value_at(oracle, state, x))
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Method::<As<N>>::within(&self.method)
    }

    fn monotone(&self) -> bool {
        Method::<As<N>>::monotone(&self.method)
    }
}
