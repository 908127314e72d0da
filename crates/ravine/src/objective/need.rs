//! What a method asks of an objective, as a type.

use super::{
    BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients, Derivatives,
    DrawnGradients, Fisher, Gradient, Hessian, HessianProduct, HessianRoot, Objective, Residuals,
    ResidualsAndHessian, SparseHessian, Supplies,
};

/// What a method asks of an objective: the type that the method is compiled for, and where an objective
/// hands it out at run time. A method and what it needs so cannot disagree.
pub trait Need: 'static {
    /// The same, to be compared with what an objective supplies.
    const DERIVATIVES: Derivatives;
    /// What the method sees.
    type Of<'a>: Objective<Point = Vec<f64>> + ?Sized + 'a;
    /// The objective as the method sees it, if it supplies that.
    fn of<'a>(objective: &'a (dyn Supplies + 'a)) -> Option<&'a Self::Of<'a>>;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $need:ident: $of:ty, $get:ident, $derivatives:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $need {}

        impl Need for $need {
            const DERIVATIVES: Derivatives = $derivatives;
            type Of<'a> = $of;

            fn of<'a>(objective: &'a (dyn Supplies + 'a)) -> Option<&'a Self::Of<'a>> {
                objective.$get()
            }
        }
    )*};
}

needs! {
    /// Value and gradient.
    Gradients: dyn Gradient<Point = Vec<f64>> + 'a, as_gradient, Derivatives::GRADIENT;
    /// Hessian products.
    HessianProducts: dyn HessianProduct<Point = Vec<f64>> + 'a, as_hessian_product,
        Derivatives::HESSIAN_PRODUCT;
    /// The dense Hessian.
    Hessians: dyn Hessian + 'a, as_hessian, Derivatives::HESSIAN;
    /// The sparse Hessian.
    SparseHessians: dyn SparseHessian + 'a, as_sparse_hessian, Derivatives::SPARSE_HESSIAN;
    /// Residuals and their Jacobian.
    SumOfSquares: dyn Residuals + 'a, as_residuals, Derivatives::RESIDUALS;
    /// Residuals, their Jacobian, and the dense Hessian of the sum.
    SumOfSquaresAndHessians: dyn ResidualsAndHessian + 'a, as_residuals_and_hessian,
        Derivatives::RESIDUALS.and(Derivatives::HESSIAN);
    /// The Fisher information.
    FisherInformation: dyn Fisher + 'a, as_fisher, Derivatives::FISHER;
    /// A mean over cases, with gradients over batches.
    BatchGradients: dyn BatchGradient<Point = Vec<f64>> + 'a, as_batch_gradient,
        Derivatives::GRADIENT.and(Derivatives::CASES);
    /// A mean over cases, with Hessian products over batches.
    Cases: dyn BatchHessianProduct<Point = Vec<f64>> + 'a, as_batch_hessian_product,
        Derivatives::FINITE_SUM;
    /// A mean over cases, with square roots of the Hessian over batches.
    BatchHessianRoots: dyn BatchHessianRoot + 'a, as_batch_hessian_root,
        Derivatives::HESSIAN_ROOT.and(Derivatives::CASES);
    /// The gradients of the cases, one by one.
    GradientsOfCases: dyn CaseGradients<Point = Vec<f64>> + 'a, as_case_gradients,
        Derivatives::CASE_GRADIENTS;
    /// Gradients of cases drawn from the model.
    GradientsDrawn: dyn DrawnGradients<Point = Vec<f64>> + 'a, as_drawn_gradients,
        Derivatives::DRAWN_GRADIENTS;
    /// A square root of the Hessian.
    HessianRoots: dyn HessianRoot + 'a, as_hessian_root, Derivatives::HESSIAN_ROOT;
}
