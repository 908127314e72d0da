//! Objectives whose derivatives are known at run time, as a list of capabilities.

use super::{
    BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients, Derivatives,
    DrawnGradients, Fisher, Gradient, Hessian, HessianProduct, HessianRoot, Objective, Recession,
    Residuals, SparseHessian,
};

/// A sum of squares with the dense Hessian of the sum: what a method asks for that needs both.
pub trait ResidualsAndHessian: Residuals + Hessian {}

impl<O: Residuals + Hessian + ?Sized> ResidualsAndHessian for O {}

/// An objective on `R^n` that says at run time what it can: what a command, a page or a Python caller
/// holds.
///
/// It evaluates nothing itself. Each method hands out one of the typed traits, or `None`; the macro
/// [`supplies!`](crate::supplies!) writes them from a list.
///
/// ```
/// use ravine::objective::{Evaluation, Gradient, Objective, Supplies};
///
/// /// `cosh x`.
/// struct Cosh;
///
/// impl Objective for Cosh {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         Ok(x[0].cosh())
///     }
/// }
/// impl Gradient for Cosh {
///     fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
///         gradient[0] = x[0].sinh();
///         self.value(x)
///     }
/// }
/// impl Supplies for Cosh {
///     ravine::supplies!(gradient);
/// }
///
/// let f: &dyn Supplies = &Cosh;
/// assert!(f.as_gradient().is_some() && f.as_hessian().is_none());
/// assert!(f.derivatives().gradient);
/// ```
pub trait Supplies: Objective<Point = Vec<f64>> {
    /// With its gradient.
    fn as_gradient(&self) -> Option<&(dyn Gradient<Point = Vec<f64>> + '_)> {
        None
    }
    /// With Hessian products.
    fn as_hessian_product(&self) -> Option<&(dyn HessianProduct<Point = Vec<f64>> + '_)> {
        None
    }
    /// With its dense Hessian.
    fn as_hessian(&self) -> Option<&(dyn Hessian + '_)> {
        None
    }
    /// With its sparse Hessian.
    fn as_sparse_hessian(&self) -> Option<&(dyn SparseHessian + '_)> {
        None
    }
    /// As a sum of squares.
    fn as_residuals(&self) -> Option<&(dyn Residuals + '_)> {
        None
    }
    /// As a sum of squares, with the dense Hessian of the sum.
    fn as_residuals_and_hessian(&self) -> Option<&(dyn ResidualsAndHessian + '_)> {
        None
    }
    /// With its Fisher information.
    fn as_fisher(&self) -> Option<&(dyn Fisher + '_)> {
        None
    }
    /// As a mean over cases, with gradients over batches.
    fn as_batch_gradient(&self) -> Option<&(dyn BatchGradient<Point = Vec<f64>> + '_)> {
        None
    }
    /// As a mean over cases, with Hessian products over batches.
    fn as_batch_hessian_product(
        &self,
    ) -> Option<&(dyn BatchHessianProduct<Point = Vec<f64>> + '_)> {
        None
    }
    /// As a mean over cases, with square roots of the Hessian over batches.
    fn as_batch_hessian_root(&self) -> Option<&(dyn BatchHessianRoot + '_)> {
        None
    }
    /// With the gradients of its cases.
    fn as_case_gradients(&self) -> Option<&(dyn CaseGradients<Point = Vec<f64>> + '_)> {
        None
    }
    /// With gradients of cases drawn from its model.
    fn as_drawn_gradients(&self) -> Option<&(dyn DrawnGradients<Point = Vec<f64>> + '_)> {
        None
    }
    /// With a square root of its Hessian.
    fn as_hessian_root(&self) -> Option<&(dyn HessianRoot + '_)> {
        None
    }
    /// Where it can tell directions along which it falls for ever.
    fn as_recession(&self) -> Option<&(dyn Recession<Point = Vec<f64>> + '_)> {
        None
    }
    /// Where several threads may evaluate it at once: see [`Shared`](super::Shared).
    fn as_shared(&self) -> Option<&(dyn Objective<Point = Vec<f64>> + Sync + '_)> {
        None
    }

    /// What there is of these; it follows from them.
    fn derivatives(&self) -> Derivatives {
        Derivatives {
            gradient: self.as_gradient().is_some(),
            hessian_product: self.as_hessian_product().is_some(),
            hessian: self.as_hessian().is_some(),
            sparse_hessian: self.as_sparse_hessian().is_some(),
            residuals: self.as_residuals().is_some(),
            fisher: self.as_fisher().is_some(),
            finite_sum: self.as_batch_gradient().is_some(),
            hessian_root: self.as_hessian_root().is_some(),
            case_gradients: self.as_case_gradients().is_some(),
            drawn_gradients: self.as_drawn_gradients().is_some(),
        }
    }

    /// The number of residuals m; 0 where there are none.
    fn residual_total(&self) -> usize {
        self.as_residuals().map_or(0, |f| f.residual_count())
    }
}

/// The methods of [`Supplies`](crate::objective::Supplies) of a type, from a list of the traits that it
/// implements: `gradient`, `hessian_product`, `hessian`, `sparse_hessian`, `residuals`,
/// `residuals_and_hessian`, `fisher`, `hessian_root`, `case_gradients`, `drawn_gradients`, `recession`, and over batches of a sum
/// `batch_gradient`, `batch_hessian_product`, `batch_hessian_root`. With `if`, a condition on the
/// value follows, as a function: limits, such as on the size of a dense Hessian, stand there.
///
/// ```
/// use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};
/// # use ravine::matrix::Matrix;
///
/// /// `sum_i x_i^2`.
/// struct Bowl(usize);
/// # impl Objective for Bowl {
/// #     type Point = Vec<f64>;
/// #     fn dimension(&self) -> usize {
/// #         self.0
/// #     }
/// #     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
/// #         Ok(x.iter().map(|x| x * x).sum())
/// #     }
/// # }
/// # impl Gradient for Bowl {
/// #     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
/// #         g.iter_mut().zip(x).for_each(|(g, x)| *g = 2.0 * x);
/// #         self.value(x)
/// #     }
/// # }
/// # impl HessianProduct for Bowl {
/// #     fn hessian_product(&self, _: &Vec<f64>, d: &Vec<f64>, p: &mut Vec<f64>) -> Evaluation {
/// #         p.iter_mut().zip(d).for_each(|(p, d)| *p = 2.0 * d);
/// #         Ok(())
/// #     }
/// # }
/// # impl Hessian for Bowl {
/// #     fn hessian(&self, _: &[f64], h: &mut Matrix) -> Evaluation {
/// #         h.fill(0.0);
/// #         (0..self.0).for_each(|i| h[(i, i)] = 2.0);
/// #         Ok(())
/// #     }
/// # }
/// // Objective, Gradient, HessianProduct and Hessian are left out here.
/// impl Supplies for Bowl {
///     ravine::supplies!(gradient, hessian_product, hessian if |f: &Self| f.0 <= 1000);
/// }
///
/// assert!(Bowl(1000).as_hessian().is_some());
/// assert!(Bowl(1001).as_hessian().is_none());
/// ```
#[macro_export]
macro_rules! supplies {
    (@some $objective:ident) => { Some($objective) };
    (@some $objective:ident $when:expr) => { ($when)($objective).then_some($objective as _) };
    (@gradient $($when:expr)?) => {
        fn as_gradient(
            &self,
        ) -> Option<&(dyn $crate::objective::Gradient<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@hessian_product $($when:expr)?) => {
        fn as_hessian_product(
            &self,
        ) -> Option<&(dyn $crate::objective::HessianProduct<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@hessian $($when:expr)?) => {
        fn as_hessian(&self) -> Option<&(dyn $crate::objective::Hessian + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@sparse_hessian $($when:expr)?) => {
        fn as_sparse_hessian(&self) -> Option<&(dyn $crate::objective::SparseHessian + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@residuals $($when:expr)?) => {
        fn as_residuals(&self) -> Option<&(dyn $crate::objective::Residuals + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@residuals_and_hessian $($when:expr)?) => {
        fn as_residuals_and_hessian(
            &self,
        ) -> Option<&(dyn $crate::objective::ResidualsAndHessian + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@fisher $($when:expr)?) => {
        fn as_fisher(&self) -> Option<&(dyn $crate::objective::Fisher + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@batch_gradient $($when:expr)?) => {
        fn as_batch_gradient(
            &self,
        ) -> Option<&(dyn $crate::objective::BatchGradient<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@batch_hessian_product $($when:expr)?) => {
        fn as_batch_hessian_product(
            &self,
        ) -> Option<&(dyn $crate::objective::BatchHessianProduct<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@batch_hessian_root $($when:expr)?) => {
        fn as_batch_hessian_root(
            &self,
        ) -> Option<&(dyn $crate::objective::BatchHessianRoot + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@case_gradients $($when:expr)?) => {
        fn as_case_gradients(
            &self,
        ) -> Option<&(dyn $crate::objective::CaseGradients<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@drawn_gradients $($when:expr)?) => {
        fn as_drawn_gradients(
            &self,
        ) -> Option<&(dyn $crate::objective::DrawnGradients<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@recession $($when:expr)?) => {
        fn as_recession(
            &self,
        ) -> Option<&(dyn $crate::objective::Recession<Point = Vec<f64>> + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    (@hessian_root $($when:expr)?) => {
        fn as_hessian_root(&self) -> Option<&(dyn $crate::objective::HessianRoot + '_)> {
            $crate::supplies!(@some self $($when)?)
        }
    };
    ($($what:ident $(if $when:expr)?),* $(,)?) => {
        $($crate::supplies!(@$what $($when)?);)*
    };
}
