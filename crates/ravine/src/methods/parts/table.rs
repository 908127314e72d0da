//! What there is to compose, in words.

use crate::curvature::{
    BfgsCurvature, DfpCurvature, DiagonalCurvature, DifferencedCurvature, EmpiricalFisherCurvature,
    ExactCurvature, FisherCurvature, GaussNewtonCurvature, LbfgsCurvature, LimitedSr1Curvature,
    SampledFisherCurvature, SketchedCurvature, SparseCurvature, Sr1Curvature, SubsampledCurvature,
};
use crate::line_search::{Backtracking, Exact, HagerZhang, MoreThuente};
use crate::methods::family::Family;
use crate::objective::Derivatives;
use crate::settings::{Described, Setting};
use crate::step::{
    Cauchy, Dogleg, Gltr, LeastSquares, MoreSorensen, NystromCg, Projected, Solve, Steihaug,
    Subspace, TruncatedCg,
};
use crate::trust::{
    self, Damping, Divergence, FixedLength, Nielsen, Rescued, ScaledRadius, Weight,
};
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
    /// Within a radius in the scales of the variables.
    Scaled,
    /// With a cubic term.
    Cubic,
    /// With a damping.
    Damped,
}

impl ReachKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Free, Self::Radius, Self::Scaled, Self::Cubic, Self::Damped];

    /// The reach in one word.
    ///
    /// ```
    /// assert_eq!(ravine::methods::ReachKind::Damped.name(), "damped");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Radius => "radius",
            Self::Scaled => "scaled-radius",
            Self::Cubic => "cubic",
            Self::Damped => "damped",
        }
    }

    /// What the step minimizes, B the curvature and g the gradient.
    ///
    /// ```
    /// assert_eq!(ravine::methods::ReachKind::Radius.meaning(), "g'd + d'Bd/2 where |d| <= the radius");
    /// ```
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Free => "g'd + d'Bd/2; the trust then shortens d, or not",
            Self::Radius => "g'd + d'Bd/2 where |d| <= the radius",
            Self::Scaled => "g'd + d'Bd/2 where |D d| <= the radius, D the scales of the variables",
            Self::Cubic => "g'd + d'Bd/2 + weight |d|^3/3",
            Self::Damped => "g'd + d'(B + damping I)d/2",
        }
    }
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
    /// Of a curvature, whether it is one of residuals; of a step, whether it must be.
    pub residuals: bool,
    /// Whether it keeps or factors a dense matrix with a row a variable.
    pub dense: bool,
    /// Its settings.
    pub settings: &'static [Setting],
    pub(super) family: Family,
}

const fn curvature<T: Described>(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    needs: Derivatives,
    family: Family,
) -> Part {
    let (kind, settings) = (PartKind::Curvature, T::TAKES.settings());
    Part {
        name,
        kind,
        title,
        cost,
        reach: &[],
        needs,
        solves: true,
        residuals: false,
        dense: false,
        settings,
        family,
    }
}

const fn step<T: Described>(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    reach: &'static [ReachKind],
) -> Part {
    let (needs, family) = (Derivatives::NONE, Family::TrustRegion);
    let (kind, settings) = (PartKind::Step, T::TAKES.settings());
    let (solves, residuals, dense) = (false, false, false);
    Part { name, kind, title, cost, reach, needs, solves, residuals, dense, settings, family }
}

const fn trust<T: Described>(
    name: &'static str,
    title: &'static str,
    cost: &'static str,
    reach: &'static [ReachKind],
) -> Part {
    Part { kind: PartKind::Trust, ..step::<T>(name, title, cost, reach) }
}

impl Part {
    const fn dense(self) -> Self {
        Self { dense: true, ..self }
    }

    const fn by_products(self) -> Self {
        Self { solves: false, ..self }
    }

    const fn of_residuals(self) -> Self {
        Self { residuals: true, ..self }
    }

    const fn solving(self) -> Self {
        Self { solves: true, ..self }
    }

    /// Whether both can be parts of one method: a trust sets a reach that the step must have, a
    /// curvature known by its products alone cannot be solved with, and one of no residuals has no least
    /// squares. Parts of one kind cannot.
    ///
    /// ```
    /// use ravine::methods::parts;
    ///
    /// let part = |name: &str| parts().iter().find(|part| part.name == name).unwrap();
    /// assert!(part("steihaug").goes_with(part("radius")));
    /// assert!(!part("wolfe").goes_with(part("steihaug")));
    /// assert!(!part("differenced").goes_with(part("solve")));
    /// ```
    pub fn goes_with(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (PartKind::Step, PartKind::Trust) => other.reach.iter().all(|r| self.reach.contains(r)),
            (PartKind::Curvature, PartKind::Step) => {
                (self.solves || !other.solves) && (self.residuals || !other.residuals)
            }
            (PartKind::Trust, PartKind::Step) | (PartKind::Step, PartKind::Curvature) => {
                other.goes_with(self)
            }
            (mine, others) => mine != others,
        }
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
    use ReachKind::{Cubic, Damped, Free, Radius, Scaled};
    const PARTS: &[Part] = &[
        curvature::<ExactCurvature>(
            "exact",
            "the Hessian, by products or dense as the step asks",
            "Hessian products, or a Hessian",
            D::HESSIAN_PRODUCT,
            F::Newton,
        ),
        curvature::<SparseCurvature>(
            "exact-sparse",
            "the sparse Hessian",
            "a sparse Hessian",
            D::SPARSE_HESSIAN,
            F::Newton,
        ),
        curvature::<DifferencedCurvature>(
            "differenced",
            "the Hessian by differences of gradients",
            "2 gradients a product",
            D::GRADIENT,
            F::Newton,
        )
        .by_products(),
        curvature::<GaussNewtonCurvature>(
            "gauss-newton",
            "the Gauss-Newton matrix of residuals",
            "the Jacobian",
            D::RESIDUALS,
            F::LeastSquares,
        )
        .dense()
        .of_residuals(),
        curvature::<FisherCurvature>(
            "fisher",
            "the Fisher information",
            "the information",
            D::FISHER,
            F::NaturalGradient,
        )
        .dense(),
        curvature::<SampledFisherCurvature>(
            "fisher-sampled",
            "the Fisher information from cases drawn from the model",
            "gradients of drawn cases",
            D::DRAWN_GRADIENTS,
            F::NaturalGradient,
        ),
        curvature::<EmpiricalFisherCurvature>(
            "fisher-empirical",
            "the empirical Fisher information, of the data as they are",
            "gradients of all cases",
            D::CASE_GRADIENTS,
            F::NaturalGradient,
        ),
        curvature::<BfgsCurvature>(
            "bfgs",
            "the BFGS matrix of all steps",
            "4 n^2",
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<DfpCurvature>(
            "dfp",
            "the DFP matrix of all steps",
            "4 n^2",
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<Sr1Curvature>(
            "sr1",
            "the symmetric rank-one matrix of all trials",
            "4 n^2",
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<LbfgsCurvature>(
            "lbfgs",
            "the BFGS matrix of the last m steps",
            "4 m n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<LimitedSr1Curvature>(
            "limited-sr1",
            "the symmetric rank-one matrix of the last m trials",
            "4 m^2 n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<DiagonalCurvature>(
            "diagonal",
            "a diagonal with the curvature of the last trial",
            "4 n",
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<SketchedCurvature>(
            "sketched",
            "the Hessian from a sketch of its square root",
            "a sketch, one Hessian product",
            D::HESSIAN_ROOT,
            F::Sketched,
        )
        .dense(),
        curvature::<SubsampledCurvature>(
            "subsampled",
            "the Hessian over sampled cases",
            "products over a sample",
            D::FINITE_SUM,
            F::Sketched,
        )
        .by_products(),
        step::<Solve>(
            "solve",
            "the model's minimizer, by the curvature's own factors",
            "a factorization, unless an inverse is kept",
            &[Free, Damped],
        )
        .solving(),
        step::<TruncatedCg>("cg", "conjugate gradients, cut off", "products", &[Free, Damped]),
        step::<NystromCg>(
            "nystrom-cg",
            "conjugate gradients, Nystrom preconditioner",
            "products",
            &[Free],
        ),
        step::<Subspace>("subspace", "the minimizer in a random subspace", "50 products", &[Free]),
        step::<Cauchy>(
            "cauchy",
            "the best point along the negative gradient",
            "one product",
            &[Radius],
        ),
        step::<Dogleg>(
            "dogleg",
            "from there towards the model's minimizer",
            "a factorization",
            &[Radius],
        )
        .dense(),
        step::<Steihaug>("steihaug", "conjugate gradients up to the radius", "products", &[Radius]),
        step::<Gltr>(
            "gltr",
            "the best in a Krylov space (Lanczos)",
            "products, and a basis of as many vectors",
            &[Radius, Cubic],
        ),
        step::<MoreSorensen>(
            "more-sorensen",
            "the exact minimizer, hard case included",
            "2 or 3 factorizations",
            &[Radius, Cubic],
        )
        .dense(),
        step::<LeastSquares>(
            "least-squares",
            "the minimizer of the linear model of residuals, damped, by QR",
            "a factorization",
            &[Scaled, Damped],
        )
        .dense()
        .of_residuals(),
        step::<Projected>(
            "projected",
            "projected conjugate gradients, within bounds (TRON)",
            "products",
            &[Radius],
        ),
        trust::<FixedLength>("fixed", "the whole step, always", "no further values", &[Free]),
        trust::<Backtracking>(
            "backtracking",
            "a line search for enough decrease",
            "values",
            &[Free],
        ),
        trust::<MoreThuente>(
            "wolfe",
            "a line search for the strong Wolfe conditions (More-Thuente)",
            "values and gradients",
            &[Free],
        ),
        trust::<HagerZhang>(
            "hager-zhang",
            "a line search for the approximate Wolfe conditions",
            "values and gradients",
            &[Free],
        ),
        trust::<Exact>(
            "minimized",
            "a line search for the minimum along the step",
            "many values and gradients",
            &[Free],
        ),
        trust::<Divergence>("divergence", "a bound on d'Bd/2", "one product", &[Free]),
        trust::<trust::Radius>(
            "radius",
            "a radius that follows the agreement",
            "no further values",
            &[Radius],
        ),
        trust::<ScaledRadius>(
            "scaled-radius",
            "the same in the scales of the variables (Moré)",
            "no further values",
            &[Scaled],
        ),
        trust::<Rescued>(
            "rescued",
            "a line search, then a scaled radius where that fails",
            "values",
            &[Scaled],
        ),
        trust::<Weight>(
            "cubic",
            "the weight of a cubic term that follows the agreement",
            "no further values",
            &[Cubic],
        ),
        trust::<Damping>(
            "damping",
            "a damping that follows the agreement",
            "no further values",
            &[Damped],
        ),
        trust::<Nielsen>("nielsen", "the same, smoothly (Nielsen)", "no further values", &[Damped]),
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
