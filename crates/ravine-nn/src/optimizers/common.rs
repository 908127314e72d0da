//! What methods do where the loss is no number, or far above what it was.

use ravine::methods::FixedStep;
use ravine_linalg::Vector;

/// A loss that has risen by so many times the usual one is no step on the way to a lower one.
const FAR: f64 = 100.0;

/// Which cases the losses before and after a step are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// The same.
    Same,
    /// Others.
    Another,
}

/// What losses are like, and how often a step was taken back.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Guard {
    /// The last loss that may be.
    pub last: f64,
    /// How large a loss may well be: in absolute value, that of the start, or that of another batch at a point that was
    /// gone back to.
    pub usual: f64,
    pub rejected: u64,
}

impl Guard {
    /// Begins at a point.
    pub fn at<V: Vector>(points: &FixedStep<V>) -> Self {
        let last = points.iterate().value;
        Self { last, usual: last.abs(), rejected: 0 }
    }

    /// The loss of another batch at the point that was gone back to.
    pub fn back_at<V: Vector>(&mut self, points: &FixedStep<V>) {
        self.last = points.iterate().value;
        self.usual = self.usual.max(self.last.abs());
    }

    /// Whether the loss or its gradient at the current point is no number, or the loss has risen by more than a
    /// hundred times the usual one: it has gone back to the point before then, which is to be turned at again, and
    /// counted that. There is none before the first step.
    pub fn went_back<V: Vector>(&mut self, points: &mut FixedStep<V>, steps: u64) -> bool {
        self.went_back_above(points, steps, f64::INFINITY)
    }

    /// The same, and where it has risen by more than `most`.
    pub fn went_back_above<V: Vector>(
        &mut self,
        points: &mut FixedStep<V>,
        steps: u64,
        most: f64,
    ) -> bool {
        let now = points.iterate();
        let far = now.value - self.last > most.min(FAR * self.usual);
        let back = steps > 0 && (far || !(now.value.is_finite() && now.gradient_norm.is_finite()));
        if back {
            points.go_back();
            self.rejected += 1;
        } else {
            self.last = now.value;
        }
        back
    }
}

/// [`Method`](ravine::minimize::Method) and [`OverBatches`](ravine::minimize::OverBatches) of an optimizer of networks with
/// functions `check`, `begin`, `plan` and `scaled_by`, whose state has `points`, a `guard`, `setbacks`, and `go_back`,
/// which says whether it has.
macro_rules! on_networks {
    ($method:ident, $state:ident, $name:expr) => {
        impl<O, T> Method<O> for $method
        where
            T: Precision,
            Vec<T>: Pointwise,
            O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
            O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
        {
            type State = $state<T>;

            fn name(&self) -> &'static str {
                let name: fn(&Self) -> &'static str = $name;
                name(self)
            }

            fn start(
                &self,
                oracle: &Oracle<'_, O>,
                x0: &Partitioned<Vec<T>>,
            ) -> Result<Self::State, StartError> {
                self.begin(oracle, x0)
            }

            fn step(
                &self,
                oracle: &Oracle<'_, O>,
                state: &mut Self::State,
            ) -> Result<Advance, Interrupt> {
                if !state.points.is_planned() {
                    self.plan(oracle, state)?;
                }
                let moved = state.points.arrive(oracle)?;
                Ok(if state.go_back(Batch::Same) { Advance::Rejected } else { moved })
            }

            fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
                state.points.iterate()
            }

            fn setbacks(&self, state: &Self::State) -> Setbacks {
                state.setbacks()
            }

            fn monotone(&self) -> bool {
                false
            }
        }

        impl<O, T> OverBatches<O> for $method
        where
            T: Precision,
            Vec<T>: Pointwise,
            O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
            O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
        {
            fn turn(
                &self,
                oracle: &Oracle<'_, O>,
                state: &mut Self::State,
            ) -> Result<(), Interrupt> {
                state.points.turn(oracle)?;
                if state.go_back(Batch::Another) {
                    state.points.turn(oracle)?;
                    state.guard.back_at(&state.points);
                }
                Ok(())
            }

            fn leave(
                &self,
                oracle: &Oracle<'_, O>,
                state: &mut Self::State,
            ) -> Result<Advance, Interrupt> {
                if !state.points.is_planned() {
                    self.plan(oracle, state)?;
                }
                Ok(state.points.leave())
            }

            fn scaled(&self, factor: f64) -> Option<Self> {
                self.scaled_by(factor)
            }
        }
    };
}
pub(super) use on_networks;
