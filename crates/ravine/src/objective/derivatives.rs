//! Which derivatives an objective supplies, as a value.

/// Which derivatives an objective supplies: what [`Supplies::derivatives`](super::Supplies::derivatives)
/// gives, and what a method of the catalogue needs.
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
    /// The terms of a mean over cases: [`FiniteSum`](super::FiniteSum).
    pub finite_sum: bool,
    /// A square root of the Hessian: [`HessianRoot`](super::HessianRoot).
    pub hessian_root: bool,
    /// The gradients of the terms, one by one: [`CaseGradients`](super::CaseGradients).
    pub case_gradients: bool,
    /// Gradients of cases drawn from the model: [`DrawnGradients`](super::DrawnGradients).
    pub drawn_gradients: bool,
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
        case_gradients: false,
        drawn_gradients: false,
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
    /// Values over all cases and over batches.
    pub const CASES: Self = Self { finite_sum: true, ..Self::NONE };
    /// Value, gradient and Hessian products, of all cases and of some.
    pub const FINITE_SUM: Self = Self { finite_sum: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient, Hessian products and a square root of the Hessian.
    pub const HESSIAN_ROOT: Self = Self { hessian_root: true, ..Self::HESSIAN_PRODUCT };
    /// Value, gradient, and the gradients of all cases.
    pub const CASE_GRADIENTS: Self = Self { case_gradients: true, ..Self::GRADIENT };
    /// Value, gradient, and gradients of cases drawn from the model.
    pub const DRAWN_GRADIENTS: Self = Self { drawn_gradients: true, ..Self::GRADIENT };
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
            case_gradients: self.case_gradients || other.case_gradients,
            drawn_gradients: self.drawn_gradients || other.drawn_gradients,
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
            (needed.case_gradients && !self.case_gradients, "gradients of the cases"),
            (
                needed.drawn_gradients && !self.drawn_gradients,
                "gradients of cases drawn from a model",
            ),
        ]
        .into_iter()
        .filter_map(|(lacks, name)| lacks.then_some(name))
        .collect()
    }
}
