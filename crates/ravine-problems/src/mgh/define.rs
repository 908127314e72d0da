//! How the residual functions of this family are written down.

/// Defines residual functions over `Real`: a struct with the numbers of variables and residuals,
/// and `r(x)` as its body.
macro_rules! residual_functions {
    ($($(#[$doc:meta])* fn $name:ident<$real:ident>($x:ident, $r:ident) $body:block)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name {
            pub variables: usize,
            pub residuals: usize,
        }

        impl ravine::autodiff::ResidualFunction for $name {
            fn dimension(&self) -> usize {
                self.variables
            }

            fn residual_count(&self) -> usize {
                self.residuals
            }

            fn evaluate<$real: ravine::autodiff::Real>(&self, $x: &[$real], $r: &mut [$real])
            where
                f64: ravine::autodiff::LeftOperand<$real>,
            $body
        }
    )*};
}

pub(super) use residual_functions;
