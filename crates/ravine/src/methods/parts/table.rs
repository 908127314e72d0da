//! What there is to compose, in words.

use crate::methods::family::Family;
use crate::objective::Derivatives;
use ravine_linalg::ArgumentError;

/// Which of the three questions a part answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// What is believed about the second derivatives.
    Curvature,
    /// How the model is turned into a step.
    Step,
    /// How far the step is believed.
    Trust,
}

impl PartKind {
    /// The kind in one word.
    ///
    /// ```
    /// assert_eq!(ravine::methods::PartKind::Trust.name(), "trust");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Curvature => "curvature",
            Self::Step => "step",
            Self::Trust => "trust",
        }
    }
}

/// How far a step may go, and what a trust asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReachKind {
    /// As far as the model says.
    Free,
    /// Within a radius.
    Radius,
    /// With a cubic term.
    Cubic,
    /// With a damping.
    Damped,
}

/// A part by name.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// The name, as in `curvature/step/trust`.
    pub name: &'static str,
    /// Which question it answers.
    pub kind: PartKind,
    /// What it is.
    pub title: &'static str,
    /// What it costs a step, beside value and gradient; n variables, m pairs.
    pub cost: &'static str,
    /// Of a step, the reaches that it has; of a trust, the one that it asks for; of a curvature none.
    pub reach: &'static [ReachKind],
    /// Of a curvature, the derivatives that it needs.
    pub needs: Derivatives,
    /// Of a curvature, whether it can be solved with; of a step, whether it must be.
    pub solves: bool,
    /// Whether it keeps or factors a dense matrix with a row a variable.
    pub dense: bool,
    pub(super) family: Family,
}

const fn curvature(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    needs: Derivatives,
    family: Family,
) -> Part {
    let kind = PartKind::Curvature;
    Part { name, kind, title, cost, reach: &[], needs, solves: true, dense: false, family }
}

const fn step(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    reach: &'static [ReachKind],
) -> Part {
    let (needs, family) = (Derivatives::NONE, Family::TrustRegion);
    let kind = PartKind::Step;
    Part { name, kind, title, cost, reach, needs, solves: false, dense: false, family }
}

const fn trust(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    reach: &'static [ReachKind],
) -> Part {
    Part { kind: PartKind::Trust, ..step(name, title, cost, reach) }
}

impl Part {
    const fn dense(self) -> Self {
        Self { dense: true, ..self }
    }

    const fn by_products(self) -> Self {
        Self { solves: false, ..self }
    }

    const fn solving(self) -> Self {
        Self { solves: true, ..self }
    }
}

/// All parts: curvatures, then steps, then trusts.
///
/// ```
/// use ravine::methods::{PartKind, parts};
///
/// let steps = parts().iter().filter(|part| part.kind == PartKind::Step);
/// assert!(steps.clone().any(|step| step.name == "steihaug"));
/// ```
pub fn parts() -> &'static [Part] {
    use Derivatives as D;
    use Family as F;
    use ReachKind::{Cubic, Damped, Free, Radius};
    const PARTS: &[Part] = &[
        curvature(
            "exact",
            "the Hessian, by products or dense as the step asks",
            "Hessian products, or a Hessian",
            D::HESSIAN_PRODUCT,
            F::Newton,
        ),
        curvature(
            "exact-sparse",
            "the sparse Hessian",
            "a sparse Hessian",
            D::SPARSE_HESSIAN,
            F::Newton,
        ),
        curvature(
            "differenced",
            "the Hessian by differences of gradients",
            "2 gradients a product",
            D::GRADIENT,
            F::Newton,
        )
        .by_products(),
        curvature(
            "gauss-newton",
            "the Gauss-Newton matrix of residuals",
            "the Jacobian",
            D::RESIDUALS,
            F::LeastSquares,
        )
        .dense(),
        curvature(
            "fisher",
            "the Fisher information",
            "the information",
            D::FISHER,
            F::NaturalGradient,
        )
        .dense(),
        curvature("bfgs", "the BFGS matrix of all steps", "4 n^2", D::GRADIENT, F::QuasiNewton)
            .dense(),
        curvature("dfp", "the DFP matrix of all steps", "4 n^2", D::GRADIENT, F::QuasiNewton)
            .dense(),
        curvature(
            "sr1",
            "the symmetric rank-one matrix of all trials",
            "4 n^2",
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature(
            "lbfgs",
            "the BFGS matrix of the last m steps",
            "4 m n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature(
            "limited-sr1",
            "the symmetric rank-one matrix of the last m trials",
            "4 m^2 n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature(
            "diagonal",
            "a diagonal with the curvature of the last trial",
            "4 n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature(
            "sketched",
            "the Hessian from a sketch of its square root",
            "a sketch, one Hessian product",
            D::HESSIAN_ROOT,
            F::Sketched,
        )
        .dense(),
        curvature(
            "subsampled",
            "the Hessian over sampled cases",
            "products over a sample",
            D::FINITE_SUM,
            F::Sketched,
        )
        .by_products(),
        step(
            "solve",
            "the model's minimizer, by the curvature's own factors",
            "a factorization, unless an inverse is kept",
            &[Free, Damped],
        )
        .solving(),
        step("cg", "conjugate gradients, cut off", "products", &[Free, Damped]),
        step("nystrom-cg", "conjugate gradients, Nystrom preconditioner", "products", &[Free]),
        step("subspace", "the minimizer in a random subspace", "50 products", &[Free]),
        step("cauchy", "the best point along the negative gradient", "one product", &[Radius]),
        step("dogleg", "from there towards the model's minimizer", "a factorization", &[Radius])
            .dense(),
        step("steihaug", "conjugate gradients up to the radius", "products", &[Radius]),
        step(
            "gltr",
            "the best in a Krylov space (Lanczos)",
            "products, and a basis of as many vectors",
            &[Radius, Cubic],
        ),
        step(
            "more-sorensen",
            "the exact minimizer, hard case included",
            "2 or 3 factorizations",
            &[Radius, Cubic],
        )
        .dense(),
        step(
            "projected",
            "projected conjugate gradients, within bounds (TRON)",
            "products",
            &[Radius],
        ),
        trust("fixed", "the whole step, always", "no further values", &[Free]),
        trust("backtracking", "a line search for enough decrease", "values", &[Free]),
        trust(
            "wolfe",
            "a line search for the strong Wolfe conditions (More-Thuente)",
            "values and gradients",
            &[Free],
        ),
        trust(
            "hager-zhang",
            "a line search for the approximate Wolfe conditions",
            "values and gradients",
            &[Free],
        ),
        trust(
            "minimized",
            "a line search for the minimum along the step",
            "many values and gradients",
            &[Free],
        ),
        trust("divergence", "a bound on d'Bd/2", "one product", &[Free]),
        trust("radius", "a radius that follows the agreement", "no further values", &[Radius]),
        trust(
            "cubic",
            "the weight of a cubic term that follows the agreement",
            "no further values",
            &[Cubic],
        ),
        trust("damping", "a damping that follows the agreement", "no further values", &[Damped]),
    ];
    PARTS
}

/// The part of that name and kind.
pub(super) fn part(kind: PartKind, name: &str) -> Result<&'static Part, ArgumentError> {
    let of_kind = || parts().iter().filter(|part| part.kind == kind);
    of_kind().find(|part| part.name == name).ok_or_else(|| {
        let names: Vec<_> = of_kind().map(|part| part.name).collect();
        let message = format!(
            "there is no {} `{name}` to compose a method of; there are {}",
            kind.name(),
            names.join(", ")
        );
        ArgumentError::new("method", message)
    })
}
