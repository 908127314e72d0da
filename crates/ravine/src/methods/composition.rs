//! Methods made of a curvature, a step and a trust.

use crate::curvature::{Belief, Curvature, Knows, SecantPairs};
use crate::minimize::{Advance, Method, OverBatches};
use crate::objective::{Gradient, Within};
use crate::oracle::{Iterate, Oracle};
use crate::step::Step;
use crate::trust::{State, Trust};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// A method of three parts: at every iterate the curvature gives a model, the step minimizes it, the
/// trust says how far that is believed.
///
/// Any curvature, step and trust go together whose reach is the same. Named methods are names of such
/// compositions, with the settings that matter most.
///
/// ```
/// use ravine::curvature::LimitedSr1Curvature;
/// use ravine::methods::Composition;
/// use ravine::step::Gltr;
/// use ravine::trust::Radius;
///
/// // Nobody has a name for it.
/// let method = Composition {
///     curvature: LimitedSr1Curvature { memory: 5 },
///     step: Gltr::default(),
///     trust: Radius::default(),
/// };
/// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Composition<C, S, T> {
    /// What is believed of the second derivatives.
    pub curvature: C,
    /// How the model is minimized.
    pub step: S,
    /// How far the step is believed.
    pub trust: T,
}

impl<C, S, T: Trust> Composition<C, S, T> {
    /// Checks the settings of all parts; the errors name them as `part.setting`.
    pub(super) fn validate<O>(&self) -> Result<(), ArgumentError>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, T::Reach>,
    {
        self.trust.validate().map_err(|error| error.of("trust"))?;
        self.curvature.validate().map_err(|error| error.of("curvature"))?;
        self.step.validate().map_err(|error| error.of("step"))
    }

    /// The same of a method with another name, whose settings have names of their own.
    fn validate_named<O>(&self) -> Result<(), ArgumentError>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, T::Reach>,
    {
        self.trust.validate()?;
        self.curvature.validate()?;
        self.step.validate()
    }
}

impl<O, C, S, T> Method<O> for Composition<C, S, T>
where
    O: Gradient + ?Sized,
    C: Curvature<O>,
    S: Step<O::Point, T::Reach>,
    T: Trust,
{
    type State = State<O::Point, C::Memory, S::Memory>;

    fn name(&self) -> &'static str {
        "composition"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.validate::<O>()?;
        Ok(State::start(&self.curvature, &self.step, &self.trust, oracle, x0)?)
    }

    fn start_again(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &O::Point,
        state: &mut Self::State,
    ) -> Result<(), StartError> {
        Ok(state.start_again(&self.curvature, &self.step, &self.trust, oracle, x0)?)
    }

    fn renew(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), StartError> {
        Ok(state.turn(&self.curvature, &self.step, oracle)?)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.trust.advance(&self.curvature, &self.step, oracle, state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.iterate
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        self.trust.belief(self.curvature.belief(&state.curvature), state.trust)
    }

    fn take_pairs(&self, state: &mut Self::State) -> Option<SecantPairs<O::Point>> {
        state.solution = None;
        self.curvature.take_pairs(&mut state.curvature)
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        self.trust.predicted_decrease(&self.curvature, &self.step, oracle, state)
    }

    fn knows_curvature(&self) -> Knows {
        C::KNOWS
    }

    fn within(&self) -> Option<Within<O::Point>> {
        self.step.within()
    }

    fn monotone(&self) -> bool {
        self.trust.monotone()
    }
}

/// What is learnt from steps stays from batch to batch: each of them begins and ends on one.
impl<O, C, S, T> OverBatches<O> for Composition<C, S, T>
where
    O: Gradient + ?Sized,
    C: Curvature<O> + Clone,
    S: Step<O::Point, T::Reach> + Clone,
    T: Trust,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        state.turn(&self.curvature, &self.step, oracle)
    }

    fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        Method::step(self, oracle, state)
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        let Self { curvature, step, trust } = self;
        let (curvature, step) = (curvature.clone(), step.clone());
        Some(Self { curvature, step, trust: trust.scaled(factor)? })
    }
}

/// A method that is a name for a composition: its settings say which.
pub trait Named {
    /// The curvature.
    type Curvature;
    /// The step.
    type Step;
    /// The trust.
    type Trust;

    /// The name in the catalogue.
    fn name(&self) -> &'static str;

    /// Checks settings that have other names than in the parts, which are checked too.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError> {
        Ok(())
    }

    /// The composition that it is a name for.
    ///
    /// ```
    /// use ravine::methods::{NewtonCg, Named};
    ///
    /// let parts = NewtonCg { forcing: 0.1, ..NewtonCg::default() }.parts();
    /// assert_eq!(parts.step.forcing, 0.1);
    /// ```
    fn parts(&self) -> Composition<Self::Curvature, Self::Step, Self::Trust>;
}

impl<O, M> Method<O> for M
where
    O: Gradient + ?Sized,
    M: Named,
    M::Curvature: Curvature<O>,
    M::Step: Step<O::Point, <M::Trust as Trust>::Reach>,
    M::Trust: Trust,
{
    type State = State<
        O::Point,
        <M::Curvature as Curvature<O>>::Memory,
        <M::Step as Step<O::Point, <M::Trust as Trust>::Reach>>::Memory,
    >;

    fn name(&self) -> &'static str {
        Named::name(self)
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.validate()?;
        let parts = self.parts();
        parts.validate_named::<O>()?;
        let Composition { curvature, step, trust } = &parts;
        Ok(State::start(curvature, step, trust, oracle, x0)?)
    }

    fn start_again(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &O::Point,
        state: &mut Self::State,
    ) -> Result<(), StartError> {
        self.parts().start_again(oracle, x0, state)
    }

    fn renew(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), StartError> {
        self.parts().renew(oracle, state)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let Composition { curvature, step, trust } = self.parts();
        trust.advance(&curvature, &step, oracle, state)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.iterate
    }

    fn belief<'s>(&self, state: &'s Self::State) -> Belief<'s, O::Point> {
        let Composition { curvature, trust, .. } = self.parts();
        trust.belief(curvature.belief(&state.curvature), state.trust)
    }

    fn take_pairs(&self, state: &mut Self::State) -> Option<SecantPairs<O::Point>> {
        state.solution = None;
        self.parts().curvature.take_pairs(&mut state.curvature)
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        let Composition { curvature, step, trust } = self.parts();
        trust.predicted_decrease(&curvature, &step, oracle, state)
    }

    fn knows_curvature(&self) -> Knows {
        M::Curvature::KNOWS
    }

    fn within(&self) -> Option<Within<O::Point>> {
        self.parts().step.within()
    }

    fn monotone(&self) -> bool {
        self.parts().trust.monotone()
    }
}

impl<O, M> OverBatches<O> for M
where
    O: Gradient + ?Sized,
    M: Named,
    M::Curvature: Curvature<O>,
    M::Step: Step<O::Point, <M::Trust as Trust>::Reach>,
    M::Trust: Trust,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        let Composition { curvature, step, .. } = self.parts();
        state.turn(&curvature, &step, oracle)
    }

    fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        Method::step(self, oracle, state)
    }

    fn scaled(&self, _factor: f64) -> Option<Self> {
        None
    }
}
