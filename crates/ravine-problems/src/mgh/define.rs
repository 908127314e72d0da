//! How the residual functions of this family are written down.

use ravine::autodiff::{LeftOperand, Real, ResidualFunction};

/// Formulas for residuals `r(x)` of any size.
pub(super) trait Formula: Copy {
    /// Writes `r(x)`.
    fn evaluate<R: Real>(self, x: &[R], r: &mut [R])
    where
        f64: LeftOperand<R>;
}

/// A formula with its numbers of variables and residuals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sized<F> {
    pub formula: F,
    pub variables: usize,
    pub residuals: usize,
}

impl<F: Formula> ResidualFunction for Sized<F> {
    fn dimension(&self) -> usize {
        self.variables
    }

    fn residual_count(&self) -> usize {
        self.residuals
    }

    fn evaluate<R: Real>(&self, x: &[R], r: &mut [R])
    where
        f64: LeftOperand<R>,
    {
        self.formula.evaluate(x, r);
    }
}

/// Defines an enumeration of formulas over `Real`. One type for many formulas keeps the code that
/// differentiates them from being compiled for each.
macro_rules! formulas {
    ($(#[$about:meta])* enum $kind:ident;
     $($(#[$doc:meta])* fn $name:ident<$real:ident>($x:ident, $r:ident) $body:block)*) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub(super) enum $kind {
            $($(#[$doc])* $name,)*
        }

        impl $crate::mgh::define::Formula for $kind {
            fn evaluate<R: ravine::autodiff::Real>(self, x: &[R], r: &mut [R])
            where
                f64: ravine::autodiff::LeftOperand<R>,
            {
                match self {
                    $(Self::$name => {
                        fn evaluate<$real: ravine::autodiff::Real>($x: &[$real], $r: &mut [$real])
                        where
                            f64: ravine::autodiff::LeftOperand<$real>,
                        $body
                        evaluate(x, r)
                    })*
                }
            }
        }
    };
}

pub(super) use formulas;
