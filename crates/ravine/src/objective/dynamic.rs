//! Objectives whose derivatives are known only at run time: what a command, a page or a Python
//! caller holds.

use super::{
    Bounds, Evaluation, FiniteSum, Fisher, Gradient, Hessian, HessianProduct, HessianRoot, Loss,
    Objective, Residuals, SparseHessian,
};
use ravine_linalg::FunctionError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// Which derivatives an objective supplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Derivatives {
    /// Value and gradient.
    pub gradient: bool,
    /// Hessian times direction.
    pub hessian_product: bool,
    /// The dense Hessian.
    pub hessian: bool,
    /// The sparse Hessian.
    pub sparse_hessian: bool,
    /// Residuals and their Jacobian.
    pub residuals: bool,
    /// The Fisher information.
    pub fisher: bool,
    /// The terms of a mean over cases: [`FiniteSum`].
    pub finite_sum: bool,
    /// A square root of the Hessian: [`HessianRoot`].
    pub hessian_root: bool,
}

impl Derivatives {
    /// Values alone.
    pub const NONE: Self = Self {
        gradient: false,
        hessian_product: false,
        hessian: false,
        sparse_hessian: false,
        residuals: false,
        fisher: false,
        finite_sum: false,
        hessian_root: false,
    };
    /// Value and gradient.
    pub const GRADIENT: Self = Self { gradient: true, ..Self::NONE };
    /// Value, gradient and Hessian products.
    pub const HESSIAN_PRODUCT: Self = Self { hessian_product: true, ..Self::GRADIENT };
    /// Value, gradient, Hessian products and dense Hessians.
    pub const HESSIAN: Self = Self { hessian: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient, Hessian products and sparse Hessians.
    pub const SPARSE_HESSIAN: Self = Self { sparse_hessian: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient and Fisher information.
    pub const FISHER: Self = Self { fisher: true, ..Self::GRADIENT };
    /// Value, gradient and Hessian products, of all cases and of some.
    pub const FINITE_SUM: Self = Self { finite_sum: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient, Hessian products and a square root of the Hessian.
    pub const HESSIAN_ROOT: Self = Self { hessian_root: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient, residuals and their Jacobian.
    pub const RESIDUALS: Self = Self { residuals: true, ..Self::GRADIENT };

    /// What either names.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            gradient: self.gradient || other.gradient,
            hessian_product: self.hessian_product || other.hessian_product,
            hessian: self.hessian || other.hessian,
            sparse_hessian: self.sparse_hessian || other.sparse_hessian,
            residuals: self.residuals || other.residuals,
            fisher: self.fisher || other.fisher,
            finite_sum: self.finite_sum || other.finite_sum,
            hessian_root: self.hessian_root || other.hessian_root,
        }
    }

    /// The names of what is needed and not here.
    pub fn missing(self, needed: Self) -> Vec<&'static str> {
        [
            (needed.gradient && !self.gradient, "gradient"),
            (needed.hessian_product && !self.hessian_product, "Hessian products"),
            (needed.hessian && !self.hessian, "Hessian"),
            (needed.sparse_hessian && !self.sparse_hessian, "sparse Hessian"),
            (needed.residuals && !self.residuals, "residuals"),
            (needed.fisher && !self.fisher, "Fisher information"),
            (needed.finite_sum && !self.finite_sum, "terms of a sum over cases"),
            (needed.hessian_root && !self.hessian_root, "square root of the Hessian"),
        ]
        .into_iter()
        .filter_map(|(lacks, name)| lacks.then_some(name))
        .collect()
    }
}

fn lacking<T>(what: &str) -> Evaluation<T> {
    Err(FunctionError::from(format!("this objective does not supply its {what}")))
}

/// An objective on `R^n` that says at run time which derivatives it has.
///
/// [`derivatives`](Self::derivatives) is a promise: what it names is implemented. The default of
/// every other method is an error that names what is lacking.
pub trait DynamicObjective {
    /// The number of variables n.
    fn dimension(&self) -> usize;
    /// What this objective supplies.
    fn derivatives(&self) -> Derivatives;
    /// Bounds on the variables.
    fn bounds(&self) -> Option<&Bounds> {
        None
    }
    /// See [`Objective::value`].
    fn value(&self, x: &[f64]) -> Evaluation<f64>;
    /// See [`Gradient::value_and_gradient`].
    fn value_and_gradient(&self, _x: &[f64], _gradient: &mut [f64]) -> Evaluation<f64> {
        lacking("gradient")
    }
    /// See [`HessianProduct::hessian_product`].
    fn hessian_product(&self, _x: &[f64], _d: &[f64], _product: &mut [f64]) -> Evaluation {
        lacking("Hessian products")
    }
    /// See [`Hessian::hessian`].
    fn hessian(&self, _x: &[f64], _hessian: &mut Matrix) -> Evaluation {
        lacking("Hessian")
    }
    /// See [`SparseHessian::sparse_hessian_pattern`].
    fn sparse_hessian_pattern(&self, _x: &[f64]) -> Evaluation<SparseMatrix> {
        lacking("sparse Hessian")
    }
    /// See [`SparseHessian::sparse_hessian`].
    fn sparse_hessian(&self, _x: &[f64], _hessian: &mut SparseMatrix) -> Evaluation {
        lacking("sparse Hessian")
    }
    /// See [`Residuals::residual_count`]; 0 where there are no residuals.
    fn residual_count(&self) -> usize {
        0
    }
    /// See [`Residuals::residuals`].
    fn residuals(&self, _x: &[f64], _residuals: &mut [f64]) -> Evaluation {
        lacking("residuals")
    }
    /// See [`Residuals::residuals_and_jacobian`].
    fn residuals_and_jacobian(
        &self,
        _x: &[f64],
        _residuals: &mut [f64],
        _jacobian: &mut Matrix,
    ) -> Evaluation {
        lacking("residuals")
    }
    /// See [`Residuals::loss`].
    fn loss(&self) -> Loss {
        Loss::Squares
    }
    /// See [`Fisher::fisher`].
    fn fisher(&self, _x: &[f64], _fisher: &mut Matrix) -> Evaluation {
        lacking("Fisher information")
    }
    /// See [`FiniteSum::cases`]; 0 where there is no sum.
    fn cases(&self) -> usize {
        0
    }
    /// See [`FiniteSum::subset_value_and_gradient`].
    fn subset_value_and_gradient(
        &self,
        _x: &[f64],
        _cases: &[usize],
        _gradient: &mut [f64],
    ) -> Evaluation<f64> {
        lacking("terms of a sum over cases")
    }
    /// See [`FiniteSum::subset_hessian_product`].
    fn subset_hessian_product(
        &self,
        _x: &[f64],
        _cases: &[usize],
        _d: &[f64],
        _product: &mut [f64],
    ) -> Evaluation {
        lacking("terms of a sum over cases")
    }
    /// See [`FiniteSum::case_gradient`].
    fn case_gradient(&self, _x: &[f64], _case: usize, _gradient: &mut [f64]) -> Evaluation {
        lacking("terms of a sum over cases")
    }
    /// See [`HessianRoot::root_rows`]; 0 where there is no root.
    fn root_rows(&self) -> usize {
        0
    }
    /// See [`HessianRoot::root_block`].
    fn root_block(&self, _x: &[f64], _first: usize, _block: &mut Matrix) -> Evaluation {
        lacking("square root of the Hessian")
    }
    /// See [`HessianRoot::root_diagonal`].
    fn root_diagonal(&self, _x: &[f64], _diagonal: &mut [f64]) -> Evaluation {
        lacking("square root of the Hessian")
    }
}

// The typed traits on the trait object itself, all of them: the catalogue compares
// `derivatives()` with what a method needs before it hands the object to the method.

impl Objective for dyn DynamicObjective + '_ {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        DynamicObjective::dimension(self)
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        DynamicObjective::value(self, x)
    }

    fn bounds(&self) -> Option<&Bounds> {
        DynamicObjective::bounds(self)
    }
}

impl Gradient for dyn DynamicObjective + '_ {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        DynamicObjective::value_and_gradient(self, x, gradient)
    }
}

impl HessianProduct for dyn DynamicObjective + '_ {
    fn hessian_product(
        &self,
        x: &Vec<f64>,
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        DynamicObjective::hessian_product(self, x, direction, product)
    }
}

impl Hessian for dyn DynamicObjective + '_ {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        DynamicObjective::hessian(self, x, hessian)
    }
}

impl SparseHessian for dyn DynamicObjective + '_ {
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        DynamicObjective::sparse_hessian_pattern(self, x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        DynamicObjective::sparse_hessian(self, x, hessian)
    }
}

impl Residuals for dyn DynamicObjective + '_ {
    fn residual_count(&self) -> usize {
        DynamicObjective::residual_count(self)
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        DynamicObjective::residuals(self, x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        DynamicObjective::residuals_and_jacobian(self, x, residuals, jacobian)
    }

    fn loss(&self) -> Loss {
        DynamicObjective::loss(self)
    }
}

impl Fisher for dyn DynamicObjective + '_ {
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        DynamicObjective::fisher(self, x, fisher)
    }
}

impl FiniteSum for dyn DynamicObjective + '_ {
    fn cases(&self) -> usize {
        DynamicObjective::cases(self)
    }

    fn subset_value_and_gradient(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        gradient: &mut Vec<f64>,
    ) -> Evaluation<f64> {
        DynamicObjective::subset_value_and_gradient(self, x, cases, gradient)
    }

    fn subset_hessian_product(
        &self,
        x: &Vec<f64>,
        cases: &[usize],
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        DynamicObjective::subset_hessian_product(self, x, cases, direction, product)
    }

    fn case_gradient(&self, x: &Vec<f64>, case: usize, gradient: &mut Vec<f64>) -> Evaluation {
        DynamicObjective::case_gradient(self, x, case, gradient)
    }
}

impl HessianRoot for dyn DynamicObjective + '_ {
    fn root_rows(&self) -> usize {
        DynamicObjective::root_rows(self)
    }

    fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        DynamicObjective::root_block(self, x, first, block)
    }

    fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
        DynamicObjective::root_diagonal(self, x, diagonal)
    }
}

// What points to an objective is one.

macro_rules! forward {
    ($pointer:ty) => {
        impl<O: DynamicObjective + ?Sized> DynamicObjective for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }

            fn derivatives(&self) -> Derivatives {
                (**self).derivatives()
            }

            fn bounds(&self) -> Option<&Bounds> {
                (**self).bounds()
            }

            fn value(&self, x: &[f64]) -> Evaluation<f64> {
                (**self).value(x)
            }

            fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
                (**self).value_and_gradient(x, gradient)
            }

            fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
                (**self).hessian_product(x, d, product)
            }

            fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
                (**self).hessian(x, hessian)
            }

            fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
                (**self).sparse_hessian_pattern(x)
            }

            fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
                (**self).sparse_hessian(x, hessian)
            }

            fn residual_count(&self) -> usize {
                (**self).residual_count()
            }

            fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
                (**self).residuals(x, residuals)
            }

            fn residuals_and_jacobian(
                &self,
                x: &[f64],
                residuals: &mut [f64],
                jacobian: &mut Matrix,
            ) -> Evaluation {
                (**self).residuals_and_jacobian(x, residuals, jacobian)
            }

            fn loss(&self) -> Loss {
                (**self).loss()
            }

            fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
                (**self).fisher(x, fisher)
            }

            fn cases(&self) -> usize {
                (**self).cases()
            }

            fn subset_value_and_gradient(
                &self,
                x: &[f64],
                cases: &[usize],
                gradient: &mut [f64],
            ) -> Evaluation<f64> {
                (**self).subset_value_and_gradient(x, cases, gradient)
            }

            fn subset_hessian_product(
                &self,
                x: &[f64],
                cases: &[usize],
                d: &[f64],
                product: &mut [f64],
            ) -> Evaluation {
                (**self).subset_hessian_product(x, cases, d, product)
            }

            fn case_gradient(&self, x: &[f64], case: usize, gradient: &mut [f64]) -> Evaluation {
                (**self).case_gradient(x, case, gradient)
            }

            fn root_rows(&self) -> usize {
                (**self).root_rows()
            }

            fn root_block(&self, x: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
                (**self).root_block(x, first, block)
            }

            fn root_diagonal(&self, x: &[f64], diagonal: &mut [f64]) -> Evaluation {
                (**self).root_diagonal(x, diagonal)
            }
        }
    };
}

forward!(&O);
forward!(Box<O>);
forward!(std::rc::Rc<O>);
