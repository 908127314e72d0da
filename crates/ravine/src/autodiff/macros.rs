//! Closure-like definitions whose bodies are generic over [`Real`](super::Real).

/// An objective with exact derivatives from a body that reads like a closure.
///
/// `objective!(n, |x| body)`: `x` is a slice of n [`Real`](crate::autodiff::Real)s, and the body
/// gives one. The body becomes a generic function, so that values, gradients and second
/// derivatives come from it; within it the scalar type is called `R`. For the same reason it
/// cannot see local variables. Data comes in by naming it with its type, as in
/// `objective!(n, [data: Vec<f64> = data] |x| body)`: the body sees a reference.
///
/// The result is an [`Autodiff`](crate::autodiff::Autodiff).
///
/// # Example
///
/// ```
/// use ravine::{Gradient, objective};
///
/// let rosenbrock = objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let mut gradient = vec![0.0; 2];
/// rosenbrock.value_and_gradient(&vec![1.0, 1.0], &mut gradient)?;
/// assert_eq!(gradient, [0.0, 0.0]);
///
/// let targets = vec![1.0, 2.0, 6.0];
/// let mean = objective!(1, [targets: Vec<f64> = targets, weight: f64 = 2.0] |x| {
///     let mut sum = R::from(0.0);
///     for &t in targets {
///         sum += *weight * (x[0] - t).powi(2);
///     }
///     sum
/// });
/// let mut gradient = vec![0.0];
/// mean.value_and_gradient(&vec![3.0], &mut gradient)?;
/// assert_eq!(gradient, [0.0]);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
#[macro_export]
macro_rules! objective {
    ($dimension:expr, |$x:ident| $body:expr) => {
        $crate::objective!($dimension, [] |$x| $body)
    };
    ($dimension:expr, [$($name:ident: $kind:ty = $data:expr),* $(,)?] |$x:ident| $body:expr) => {{
        struct Definition {
            dimension: usize,
            $($name: $kind,)*
        }

        impl $crate::autodiff::Function for Definition {
            fn dimension(&self) -> usize {
                self.dimension
            }

            fn evaluate<R: $crate::autodiff::Real>(&self, $x: &[R]) -> R
            where
                f64: $crate::autodiff::LeftOperand<R>,
            {
                #[allow(unused_imports)]
                use $crate::autodiff::Real as _;
                $(let $name = &self.$name;)*
                $body
            }
        }

        $crate::autodiff::Autodiff::new(Definition { dimension: $dimension, $($name: $data,)* })
    }};
}

/// A sum of squares with exact derivatives from residuals that read like a closure.
///
/// `residuals!(n, |x| [r_1, ..., r_m])` lists the residuals; `residuals!(n, m, |x, r| body)` gives
/// the body a slice of m numbers to write. The scalar type is called `R`, and data comes in as in
/// [`objective!`](crate::objective!).
///
/// The result is an [`AutodiffResiduals`](crate::autodiff::AutodiffResiduals).
///
/// # Example
///
/// ```
/// use ravine::{Objective, residuals};
///
/// let helix = residuals!(3, |x| [10.0 * (x[2] - x[1].atan2(x[0])), x[0].powi(2) - 1.0, x[2]]);
/// assert_eq!(helix.value(&vec![1.0, 0.0, 0.0])?, 0.0);
///
/// let (times, counts) = (vec![0.0, 1.0, 2.0], vec![8.0, 4.0, 2.0]);
/// let decay = residuals!(2, 3, [times: Vec<f64> = times, counts: Vec<f64> = counts] |x, r| {
///     for ((r, &t), &count) in r.iter_mut().zip(times).zip(counts) {
///         *r = x[0] * (x[1] * t).exp() - count;
///     }
/// });
/// assert!(decay.value(&vec![8.0, -std::f64::consts::LN_2])? < 1e-28);
/// # Ok::<(), ravine::FunctionError>(())
/// ```
#[macro_export]
macro_rules! residuals {
    ($dimension:expr, $([$($data:tt)*])? |$x:ident| [$($residual:expr),+ $(,)?]) => {
        $crate::residuals!(
            $dimension,
            [$(stringify!($residual)),+].len(),
            $([$($data)*])?
            |$x, residuals| residuals.copy_from_slice(&[$($residual),+])
        )
    };
    ($dimension:expr, $count:expr, |$x:ident, $r:ident| $body:expr) => {
        $crate::residuals!($dimension, $count, [] |$x, $r| $body)
    };
    (
        $dimension:expr, $count:expr,
        [$($name:ident: $kind:ty = $data:expr),* $(,)?] |$x:ident, $r:ident| $body:expr
    ) => {{
        struct Definition {
            dimension: usize,
            residual_count: usize,
            $($name: $kind,)*
        }

        impl $crate::autodiff::ResidualFunction for Definition {
            fn dimension(&self) -> usize {
                self.dimension
            }

            fn residual_count(&self) -> usize {
                self.residual_count
            }

            fn evaluate<R: $crate::autodiff::Real>(&self, $x: &[R], $r: &mut [R])
            where
                f64: $crate::autodiff::LeftOperand<R>,
            {
                #[allow(unused_imports)]
                use $crate::autodiff::Real as _;
                $(let $name = &self.$name;)*
                $body
            }
        }

        $crate::autodiff::AutodiffResiduals::new(Definition {
            dimension: $dimension,
            residual_count: $count,
            $($name: $data,)*
        })
    }};
}
