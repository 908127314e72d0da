//! How methods behave, where neither family nor needs tell.

/// What the iterations of a method go with, which says where a forecast of them can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The curvature that it knows or learns.
    Curvature,
    /// The condition number of every point that it passes: only on a quadratic is it the one measured.
    Conditioning,
    /// How well the model holds: its full steps may lead away where it does not.
    Model,
    /// The very eigenvalues, chaotically: only those of a quadratic foretell it.
    Eigenvalues,
    /// A term of its own beside the function: without one it is another method with another search.
    OwnTerm,
}

/// What a method makes of a Hessian that is not positive definite, for a step that is not kept within
/// anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indefinite {
    /// It keeps it.
    Kept,
    /// It takes the sizes of its eigenvalues.
    Sizes,
    /// It changes it until its step goes down.
    Changed,
}

/// Where a diagnosis takes a few steps of a method on the objective, to see how far its quadratic model
/// holds.
#[cfg_attr(not(feature = "all-methods"), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tried {
    /// Within bounds.
    Bounded,
    /// With a Hessian that can be formed.
    Dense,
    /// With a Hessian that is factored as a sparse matrix.
    Sparse,
    /// With Hessian products alone.
    Products,
    /// On residuals.
    Residuals,
}
