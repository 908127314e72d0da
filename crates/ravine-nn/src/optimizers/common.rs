//! What methods do where the loss is no number.

use ravine::methods::FixedStep;
use ravine_linalg::Vector;

/// Whether the loss or its gradient at the current point is no number: it has gone back to the point before then,
/// which is to be turned at again, and counted that. There is none before the first step.
pub(super) fn went_back<V: Vector>(
    points: &mut FixedStep<V>,
    steps: u64,
    rejected: &mut u64,
) -> bool {
    let now = points.iterate();
    let back = steps > 0 && !(now.value.is_finite() && now.gradient_norm.is_finite());
    if back {
        points.go_back();
        *rejected += 1;
    }
    back
}

/// [`Method`](ravine::minimize::Method) and [`OverBatches`](ravine::minimize::OverBatches) of an optimizer of networks with
/// functions `check`, `begin`, `plan` and `scaled_by`, whose state has `points`, and `go_back`, which says whether
/// it has.
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
                Ok(if state.go_back() { Advance::Rejected } else { moved })
            }

            fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
                state.points.iterate()
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
                if state.go_back() {
                    state.points.turn(oracle)?;
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
