//! What there is to compose, in words.

use serde::Serialize;
use serde_json::Value;

use crate::curvature::{
    BfgsCurvature, DfpCurvature, DiagonalCurvature, DifferencedCurvature, EmpiricalFisherCurvature,
    ExactCurvature, FisherCurvature, GaussNewtonCurvature, LbfgsCurvature, LimitedSr1Curvature,
    SampledFisherCurvature, SketchedCurvature, SparseCurvature, Sr1Curvature, SubsampledCurvature,
};
use crate::line_search::{Backtracking, Exact, HagerZhang, MoreThuente};
#[cfg(doc)]
use crate::methods::amount::Amount;
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
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Part {
    /// The name, as in `curvature/step/trust`.
    pub name: &'static str,
    /// Which question it answers.
    pub kind: PartKind,
    /// What it is.
    pub title: &'static str,
    /// What it costs a step, an [`Amount`]: of a curvature keeping it, of others with the products and
    /// solutions that they ask of it.
    pub cost: &'static str,
    /// The numbers it keeps, an [`Amount`].
    pub memory: &'static str,
    /// Of a curvature, what one product costs, an [`Amount`].
    pub product: &'static str,
    /// Of a curvature, what solving with it costs, factorization included, an [`Amount`].
    pub solution: &'static str,
    /// Of a curvature, the numbers of the factors that it is solved with, an [`Amount`].
    pub factors: &'static str,
    /// Of a curvature, what it is for steps that ask for its matrix, where that is something else.
    pub as_matrix: Option<AsMatrix>,
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
    /// Whether the points stay within bounds.
    pub bounded: bool,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Those settings at their defaults.
    #[serde(skip)]
    pub(super) defaults: fn() -> Result<Value, serde_json::Error>,
    pub(super) family: Family,
    #[serde(skip)]
    pub(super) documentation: &'static str,
}

/// A curvature evaluated as a dense matrix.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct AsMatrix {
    /// The derivatives that it needs then.
    pub needs: Derivatives,
    /// What it costs a step then, an [`Amount`].
    pub cost: &'static str,
    /// The numbers it keeps then, an [`Amount`].
    pub memory: &'static str,
    /// What one product costs then, an [`Amount`].
    pub product: &'static str,
}

/// What a part costs a step and keeps.
type Amounts = (&'static str, &'static str);

const fn curvature<T: Described + Default + Serialize>(
    name: &'static str,
    title: &'static str,
    (cost, memory): Amounts,
    (product, solution, factors): (&'static str, &'static str, &'static str),
    needs: Derivatives,
    family: Family,
) -> Part {
    let part = step::<T>(name, title, (cost, memory), &[]);
    let kind = PartKind::Curvature;
    Part { kind, product, solution, factors, needs, family, solves: true, ..part }
}

const fn step<T: Described + Default + Serialize>(
    name: &'static str,
    title: &'static str,
    (cost, memory): Amounts,
    reach: &'static [ReachKind],
) -> Part {
    Part {
        name,
        kind: PartKind::Step,
        title,
        cost,
        memory,
        product: "",
        solution: "",
        factors: "",
        as_matrix: None,
        reach,
        needs: Derivatives::NONE,
        solves: false,
        residuals: false,
        dense: false,
        bounded: false,
        settings: T::TAKES.settings(),
        defaults: || serde_json::to_value(T::default()),
        family: Family::TrustRegion,
        documentation: T::DOCUMENTATION,
    }
}

const fn trust<T: Described + Default + Serialize>(
    name: &'static str,
    title: &'static str,
    amounts: Amounts,
    reach: &'static [ReachKind],
) -> Part {
    Part { kind: PartKind::Trust, ..step::<T>(name, title, amounts, reach) }
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

    const fn as_matrix(self, matrix: AsMatrix) -> Self {
        Self { as_matrix: Some(matrix), ..self }
    }

    const fn bounded(self) -> Self {
        Self { bounded: true, ..self }
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
            ("", ""),
            ("Hessian product", "1/6 n^3", "n^2"),
            D::HESSIAN_PRODUCT,
            F::Newton,
        )
        .as_matrix(AsMatrix {
            needs: D::HESSIAN,
            cost: "Hessian",
            memory: "n^2",
            product: "n^2",
        }),
        curvature::<SparseCurvature>(
            "exact-sparse",
            "the sparse Hessian",
            ("sparse Hessian", "2 s"),
            ("s", "sparse factorization", "2 l"),
            D::SPARSE_HESSIAN,
            F::Newton,
        ),
        curvature::<DifferencedCurvature>(
            "differenced",
            "the Hessian by differences of gradients",
            ("", "3 n"),
            ("2 gradients + 3 n", "", ""),
            D::GRADIENT,
            F::Newton,
        )
        .by_products(),
        curvature::<GaussNewtonCurvature>(
            "gauss-newton",
            "the Gauss-Newton matrix of residuals",
            ("Jacobian", "2 r n + 4 r"),
            ("2 r n", "r n^2", "r n"),
            D::RESIDUALS,
            F::LeastSquares,
        )
        .dense()
        .of_residuals(),
        curvature::<FisherCurvature>(
            "fisher",
            "the Fisher information",
            ("Fisher information", "n^2"),
            ("n^2", "1/6 n^3", "n^2"),
            D::FISHER,
            F::NaturalGradient,
        )
        .dense(),
        curvature::<SampledFisherCurvature>(
            "fisher-sampled",
            "the Fisher information from cases drawn from the model",
            ("gradients of drawn cases + 2 c n^2 + 1/6 n^3", "n^2 + 2 n"),
            ("2 n^2", "2 n^2", ""),
            D::DRAWN_GRADIENTS,
            F::NaturalGradient,
        ),
        curvature::<EmpiricalFisherCurvature>(
            "fisher-empirical",
            "the empirical Fisher information, of the data as they are",
            ("gradients of all cases + 2 c n^2 + 1/6 n^3", "n^2 + 2 n"),
            ("2 n^2", "2 n^2", ""),
            D::CASE_GRADIENTS,
            F::NaturalGradient,
        ),
        curvature::<BfgsCurvature>(
            "bfgs",
            "the BFGS matrix of all steps",
            ("3 n^2", "1/2 n^2 + 3 n"),
            ("n^2", "n^2", ""),
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<DfpCurvature>(
            "dfp",
            "the DFP matrix of all steps",
            ("3 n^2", "1/2 n^2 + 3 n"),
            ("n^2", "n^2", ""),
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<Sr1Curvature>(
            "sr1",
            "the symmetric rank-one matrix of all trials",
            ("2 n^2", "n^2"),
            ("n^2", "1/6 n^3", "n^2"),
            D::GRADIENT,
            F::QuasiNewton,
        )
        .dense(),
        curvature::<LbfgsCurvature>(
            "lbfgs",
            "the BFGS matrix of the last m steps",
            ("", "2 m n"),
            ("4 m n", "4 m n", ""),
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<LimitedSr1Curvature>(
            "limited-sr1",
            "the symmetric rank-one matrix of the last m trials",
            ("2 m^2 n", "3 m n"),
            ("2 m n", "2 m n", ""),
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<DiagonalCurvature>(
            "diagonal",
            "a diagonal with the curvature of the last trial",
            ("4 n", "n"),
            ("n", "n", ""),
            D::GRADIENT,
            F::QuasiNewton,
        ),
        curvature::<SketchedCurvature>(
            "sketched",
            "the Hessian from a sketch of its square root",
            ("sketch + Hessian product", "c n + q n + n^2"),
            ("2 q n", "1/2 q n^2 + 1/6 n^3", "n^2"),
            D::HESSIAN_ROOT,
            F::Sketched,
        )
        .dense(),
        curvature::<SubsampledCurvature>(
            "subsampled",
            "the Hessian over sampled cases",
            ("", "c"),
            ("sampled Hessian product", "", ""),
            D::FINITE_SUM,
            F::Sketched,
        )
        .by_products(),
        step::<Solve>(
            "solve",
            "the model's minimizer, by the curvature's own factors",
            ("solution", "factors + n"),
            &[Free, Damped],
        )
        .solving(),
        step::<TruncatedCg>(
            "cg",
            "conjugate gradients, cut off",
            ("k products + 7 k n", "4 n"),
            &[Free, Damped],
        ),
        step::<NystromCg>(
            "nystrom-cg",
            "conjugate gradients, Nystrom preconditioner",
            ("k products + q products + 7 k n + 2 k q n", "3 q n + 4 n"),
            &[Free],
        ),
        step::<Subspace>(
            "subspace",
            "the minimizer in a random subspace",
            ("q products + q^2 n + 1/6 q^3", "q n + 2 q^2 + n"),
            &[Free],
        ),
        step::<Cauchy>(
            "cauchy",
            "the best point along the negative gradient",
            ("product + 7 n", "n"),
            &[Radius],
        ),
        step::<Dogleg>(
            "dogleg",
            "from there towards the model's minimizer",
            ("product + 1/6 n^3", "n^2 + 3 n"),
            &[Radius],
        )
        .dense(),
        step::<Steihaug>(
            "steihaug",
            "conjugate gradients up to the radius",
            ("k products + 7 k n", "4 n"),
            &[Radius],
        ),
        step::<Gltr>(
            "gltr",
            "the best in a Krylov space (Lanczos)",
            ("k products + 6 k n + 2 k^2 n", "k n + 2 n"),
            &[Radius, Cubic],
        ),
        step::<MoreSorensen>(
            "more-sorensen",
            "the exact minimizer, hard case included",
            ("1/2 n^3", "2 n^2 + 3 n"),
            &[Radius, Cubic],
        )
        .dense(),
        step::<LeastSquares>(
            "least-squares",
            "the minimizer of the linear model of residuals, damped, by QR, within bounds",
            ("r n^2 + 1/2 n^3", "r n + 2 n^2 + 3 n"),
            &[Scaled, Damped],
        )
        .bounded()
        .dense()
        .of_residuals(),
        step::<Projected>(
            "projected",
            "projected conjugate gradients, within bounds (TRON)",
            ("k products + 7 k n", "8 n"),
            &[Radius],
        )
        .bounded(),
        trust::<FixedLength>("fixed", "the whole step, always", ("2 n", "6 n"), &[Free]),
        trust::<Backtracking>(
            "backtracking",
            "a line search for enough decrease",
            ("further values + 10 n", "6 n"),
            &[Free],
        ),
        trust::<MoreThuente>(
            "wolfe",
            "a line search for the strong Wolfe conditions (More-Thuente)",
            ("further values and gradients + 10 n", "6 n"),
            &[Free],
        ),
        trust::<HagerZhang>(
            "hager-zhang",
            "a line search for the approximate Wolfe conditions",
            ("further values and gradients + 10 n", "6 n"),
            &[Free],
        ),
        trust::<Exact>(
            "minimized",
            "a line search for the minimum along the step",
            ("many values and gradients + 10 n", "6 n"),
            &[Free],
        ),
        trust::<Divergence>("divergence", "a bound on d'Bd/2", ("product + 10 n", "6 n"), &[Free]),
        trust::<trust::Radius>(
            "radius",
            "a radius that follows the agreement",
            ("10 n", "6 n"),
            &[Radius],
        ),
        trust::<ScaledRadius>(
            "scaled-radius",
            "the same in the scales of the variables (Moré)",
            ("further values + 10 n", "6 n"),
            &[Scaled],
        ),
        trust::<Rescued>(
            "rescued",
            "a line search, then a scaled radius where that fails",
            ("further values + 10 n", "6 n"),
            &[Scaled],
        ),
        trust::<Weight>(
            "cubic",
            "the weight of a cubic term that follows the agreement",
            ("10 n", "6 n"),
            &[Cubic],
        ),
        trust::<Damping>(
            "damping",
            "a damping that follows the agreement",
            ("10 n", "6 n"),
            &[Damped],
        ),
        trust::<Nielsen>("nielsen", "the same, smoothly (Nielsen)", ("10 n", "6 n"), &[Damped]),
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
