//! Steps of each reach, one of them chosen at run time.

use crate::curvature::Model;
use crate::objective::Within;
use crate::step::{
    Ball, Cauchy, Cubic, Damped, Dogleg, Free, Gltr, LeastSquares, Local, MoreSorensen, NystromCg,
    Projected, Solution, Solve, Steihaug, Step, Subspace, TruncatedCg,
};
use ravine_linalg::{ArgumentError, Interrupt};

type Point = Vec<f64>;

macro_rules! any_step {
    ($reach:ident, $any:ident, $memory:ident: $($step:ident),*) => {
        /// A step of this reach.
        #[derive(Clone, Debug)]
        pub enum $any {
            $(
                #[doc = concat!("[`", stringify!($step), "`].")]
                $step($step),
            )*
        }

        /// What it keeps.
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $memory {
            $(
                #[doc = concat!("Of [`", stringify!($step), "`].")]
                $step(Box<<$step as Step<Point, $reach>>::Memory>),
            )*
        }

        impl Step<Point, $reach> for $any {
            type Memory = $memory;

            fn validate(&self) -> Result<(), ArgumentError> {
                match self {
                    $(Self::$step(step) => Step::<Point, $reach>::validate(step),)*
                }
            }

            fn memory(&self, like: &Point) -> $memory {
                match self {
                    $(Self::$step(step) => {
                        $memory::$step(Box::new(Step::<Point, $reach>::memory(step, like)))
                    })*
                }
            }

            #[allow(unreachable_patterns, reason = "a reach may have one step only")]
            fn minimize<B: Model<Point> + ?Sized>(
                &self,
                b: &mut B,
                local: &Local<'_, Point>,
                reach: $reach,
                memory: &mut $memory,
                p: &mut Point,
            ) -> Result<Option<Solution>, Interrupt> {
                match (self, memory) {
                    $((Self::$step(step), $memory::$step(memory)) => {
                        step.minimize(b, local, reach, memory, p)
                    })*
                    // A memory of another step: the state is of another method.
                    _ => Ok(None),
                }
            }

            fn forget(&self, memory: &mut $memory) {
                match (self, memory) {
                    $((Self::$step(step), $memory::$step(memory)) => {
                        Step::<Point, $reach>::forget(step, memory);
                    })*
                    _ => {}
                }
            }

            fn escape(&self, memory: &mut $memory) -> Option<(Point, f64)> {
                match (self, memory) {
                    $((Self::$step(step), $memory::$step(memory)) => {
                        Step::<Point, $reach>::escape(step, memory)
                    })*
                    _ => None,
                }
            }

            fn another(&self, memory: &mut $memory) -> bool {
                match (self, memory) {
                    $((Self::$step(step), $memory::$step(memory)) => {
                        Step::<Point, $reach>::another(step, memory)
                    })*
                    _ => false,
                }
            }

            fn share(&self, dimension: usize) -> f64 {
                match self {
                    $(Self::$step(step) => Step::<Point, $reach>::share(step, dimension),)*
                }
            }

            fn within(&self) -> Option<Within<Point>> {
                match self {
                    $(Self::$step(step) => Step::<Point, $reach>::within(step),)*
                }
            }
        }
    };
}

any_step!(Free, FreeStep, FreeMemory: Solve, TruncatedCg, NystromCg, Subspace);
any_step!(Ball, BallStep, BallMemory: Cauchy, Dogleg, Steihaug, Gltr, MoreSorensen, Projected);
any_step!(Cubic, CubicStep, CubicMemory: Gltr, MoreSorensen);
any_step!(Damped, DampedStep, DampedMemory: LeastSquares, Solve, TruncatedCg);
