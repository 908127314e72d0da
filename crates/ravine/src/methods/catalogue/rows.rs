//! The rows of the catalogue.

use serde::Serialize;
use serde::de::DeserializeOwned;
#[cfg(feature = "all-methods")]
use serde_json::Map;
use serde_json::{Value, json};

#[cfg(feature = "all-methods")]
use super::AUTOMATIC;
use super::begin::begin;
#[cfg(feature = "all-methods")]
use super::begin::{AUTO_HAS_NONE, begin_automatic, no_settings, read};
use super::{Begins, Entry};
// Every method is named below.
use crate::methods::turns::AllCases;
#[cfg(feature = "all-methods")]
use crate::methods::turns::Batches;
use crate::methods::*;
use crate::minimize::{Method, OverBatches};
#[cfg(feature = "all-methods")]
use crate::objective::{
    Cases, HessianRoots, SparseHessians, SumOfSquares, SumOfSquaresAndHessians,
};
use crate::objective::{
    Derivatives, FisherInformation, Gradients, HessianProducts, Hessians, Need,
};
use crate::settings::Described;
#[cfg(feature = "all-methods")]
use crate::settings::Takes;
use crate::step::{Cauchy, Dogleg, Gltr, MoreSorensen, Steihaug};
#[cfg(feature = "all-methods")]
use ravine_linalg::ArgumentError;

/// All methods, by family.
///
/// ```
/// for entry in ravine::methods::catalogue() {
///     println!("{:<12} {}", entry.name, entry.title);
/// }
/// ```
pub fn catalogue() -> &'static [Entry] {
    use Family as F;
    const CATALOGUE: &[Entry] = &[
        fixed_step::<GradientDescent, _>("gd", "gradient descent, fixed step", ("3 n", "6 n"))
            .closed_form(GradientDescent::CLOSED_FORM)
            .pace(Pace::Conditioning),
        entry::<SteepestDescent, Gradients, _>(
            "gd-linesearch",
            "gradient descent, line search",
            F::FirstOrder,
        )
        .pace(Pace::Conditioning)
        .costs("further values and gradients + 5 n", "5 n"),
        entry::<BarzilaiBorwein, Gradients, _>("bb", "Barzilai-Borwein", F::FirstOrder)
            .pace(Pace::Eigenvalues)
            .costs("further values + 7 n", "6 n"),
        fixed_step::<Momentum, _>("momentum", "heavy-ball momentum", ("4 n", "7 n"))
            .closed_form(Momentum::CLOSED_FORM)
            .pace(Pace::Conditioning),
        fixed_step::<Nesterov, _>("nesterov", "Nesterov's acceleration", ("6 n", "8 n"))
            .closed_form(Nesterov::CLOSED_FORM)
            .pace(Pace::Conditioning),
        fixed_step::<AdaGrad, _>("adagrad", "AdaGrad", ("5 n", "7 n")),
        fixed_step::<RmsProp, _>("rmsprop", "RMSProp", ("5 n", "7 n")),
        fixed_step::<Adam, _>("adam", "Adam", ("7 n", "8 n")),
        fixed_step::<AdamW, _>("adamw", "AdamW", ("8 n", "8 n")),
        entry::<NonlinearCg, Gradients, _>(
            "cg-pr",
            "conjugate gradients, Polak-Ribiere+",
            F::ConjugateGradient,
        )
        .costs("further values and gradients + 10 n", "5 n")
        .preset(|| json!({ "beta": "polak_ribiere" })),
        entry::<NonlinearCg, Gradients, _>(
            "cg-hs",
            "conjugate gradients, Hestenes-Stiefel",
            F::ConjugateGradient,
        )
        .costs("further values and gradients + 10 n", "5 n")
        .preset(|| json!({ "beta": "hestenes_stiefel" })),
        entry::<NonlinearCg, Gradients, _>(
            "cg-dy",
            "conjugate gradients, Dai-Yuan",
            F::ConjugateGradient,
        )
        .costs("further values and gradients + 10 n", "5 n")
        .preset(|| json!({ "beta": "dai_yuan" })),
        entry::<NonlinearCg, Gradients, _>(
            "cg-hz",
            "conjugate gradients, Hager-Zhang",
            F::ConjugateGradient,
        )
        .costs("further values and gradients + 10 n", "5 n")
        .preset(|| json!({ "beta": "hager_zhang" })),
        over_batches::<Bfgs, Gradients, _>("bfgs", "BFGS", F::QuasiNewton)
            .dense()
            .composes("bfgs/solve/wolfe:trust.quadratic=1e-9"),
        over_batches::<Dfp, Gradients, _>("dfp", "DFP", F::QuasiNewton)
            .dense()
            .composes("dfp/solve/wolfe:trust.slope=0.1"),
        over_batches::<Sr1, Gradients, _>("sr1", "SR1 in a trust region", F::QuasiNewton)
            .dense()
            .composes("sr1/more-sorensen/radius"),
        over_batches::<Lbfgs, Gradients, _>("lbfgs", "L-BFGS", F::QuasiNewton)
            .composes("lbfgs/solve/wolfe:trust.quadratic=1e-9"),
        #[cfg(feature = "all-methods")]
        entry::<Lbfgsb, Gradients, _>("lbfgsb", "L-BFGS-B", F::QuasiNewton)
            .special()
            .costs("further values and gradients + 12 m n", "4 m n + 10 n")
            .bounded(),
        #[cfg(feature = "all-methods")]
        entry::<OwlQn, Gradients, _>("owlqn", "OWL-QN, L1 term", F::QuasiNewton)
            .special()
            .pace(Pace::OwnTerm)
            .costs("further values + 4 m n + 10 n", "2 m n + 9 n"),
        over_batches::<Newton, Hessians, _>("newton", "Newton, pure", F::Newton)
            .pace(Pace::Model)
            .composes("exact/solve/fixed:step.factorization=plain"),
        over_batches::<DampedNewton, Hessians, _>(
            "newton-damped",
            "Newton, modified Cholesky, line search",
            F::Newton,
        )
        .makes(Indefinite::Changed)
        .composes("exact/solve/wolfe"),
        over_batches::<DampedNewton, Hessians, _>(
            "newton-eigen",
            "Newton, absolute eigenvalues, line search",
            F::Newton,
        )
        .makes(Indefinite::Sizes)
        .costs("Hessian + further values and gradients + 9 n^3", "5 n^2 + 7 n")
        .preset(|| json!({ "factorization": "eigenvalue" }))
        .composes("exact/solve/wolfe:step.factorization=eigenvalue"),
        #[cfg(feature = "all-methods")]
        over_batches::<SparseNewton, SparseHessians, _>(
            "newton-sparse",
            "Newton, sparse Cholesky, line search",
            F::Newton,
        )
        .tried(Tried::Sparse)
        .special()
        .composes("exact-sparse/solve/wolfe:step.factorization=shift"),
        over_batches::<NewtonCg, HessianProducts, _>("newton-cg", "Newton-CG", F::Newton)
            .tried(Tried::Products)
            .makes(Indefinite::Changed)
            .composes("exact/cg/wolfe"),
        #[cfg(feature = "all-methods")]
        over_batches::<NystromNewtonCg, HessianProducts, _>(
            "newton-nystrom",
            "Newton-CG, Nystrom preconditioner",
            F::Sketched,
        )
        .special()
        .composes("exact/nystrom-cg/wolfe"),
        #[cfg(feature = "all-methods")]
        over_batches::<SubspaceNewton, HessianProducts, _>(
            "newton-subspace",
            "Newton in random subspaces",
            F::Sketched,
        )
        .special()
        .composes("exact/subspace/wolfe"),
        #[cfg(feature = "all-methods")]
        over_batches::<NewtonSketch, HessianRoots, _>(
            "newton-sketch",
            "Newton sketch",
            F::Sketched,
        )
        .special()
        .dense()
        .composes("sketched/solve/backtracking:step.factorization=shift"),
        #[cfg(feature = "all-methods")]
        over_batches::<SubsampledNewton, Cases, _>(
            "newton-subsampled",
            "Newton-CG on sampled cases",
            F::Sketched,
        )
        .special()
        .composes("subsampled/cg/backtracking"),
        over_batches::<TrustRegion<Cauchy>, HessianProducts, _>(
            "trust-cauchy",
            "trust region, Cauchy point",
            F::TrustRegion,
        )
        .pace(Pace::Conditioning)
        .composes("exact/cauchy/radius"),
        over_batches::<TrustRegion<Dogleg>, Hessians, _>(
            "trust-dogleg",
            "trust region, dogleg",
            F::TrustRegion,
        )
        .composes("exact/dogleg/radius"),
        over_batches::<TrustRegion<Steihaug>, HessianProducts, _>(
            "trust-steihaug",
            "trust region, Steihaug-Toint CG",
            F::TrustRegion,
        )
        .composes("exact/steihaug/radius"),
        over_batches::<TrustRegion<Gltr>, HessianProducts, _>(
            "trust-gltr",
            "trust region, Lanczos (GLTR)",
            F::TrustRegion,
        )
        .composes("exact/gltr/radius"),
        over_batches::<TrustRegion<MoreSorensen>, Hessians, _>(
            "trust-exact",
            "trust region, exact step (More-Sorensen)",
            F::TrustRegion,
        )
        .tried(Tried::Dense)
        .composes("exact/more-sorensen/radius"),
        #[cfg(feature = "all-methods")]
        over_batches::<Tron, HessianProducts, _>("tron", "TRON, projected Newton", F::TrustRegion)
            .tried(Tried::Bounded)
            .special()
            .bounded()
            .composes("exact/projected/radius"),
        over_batches::<CubicRegularization<MoreSorensen>, Hessians, _>(
            "arc",
            "cubic regularization (ARC)",
            F::TrustRegion,
        )
        .composes("exact/more-sorensen/cubic"),
        over_batches::<CubicRegularization<Gltr>, HessianProducts, _>(
            "arc-lanczos",
            "cubic regularization, Lanczos",
            F::TrustRegion,
        )
        .composes("exact/gltr/cubic"),
        #[cfg(feature = "all-methods")]
        over_batches::<GaussNewton, SumOfSquares, _>(
            "gauss-newton",
            "Gauss-Newton",
            F::LeastSquares,
        )
        .special()
        .bounded()
        .dense()
        .composes("gauss-newton/least-squares/rescued"),
        #[cfg(feature = "all-methods")]
        over_batches::<LevenbergMarquardt, SumOfSquares, _>(
            "lm",
            "Levenberg-Marquardt",
            F::LeastSquares,
        )
        .tried(Tried::Residuals)
        .special()
        .bounded()
        .dense()
        .composes("gauss-newton/least-squares/scaled-radius"),
        #[cfg(feature = "all-methods")]
        over_batches::<LevenbergMarquardt, SumOfSquares, _>(
            "lm-geodesic",
            "Levenberg-Marquardt, geodesic acceleration",
            F::LeastSquares,
        )
        .special()
        .preset(|| json!({ "acceleration": { "geodesic": { "ratio": 0.75 } } }))
        .bounded()
        .dense()
        .composes(
            "gauss-newton/least-squares/scaled-radius:curvature.acceleration.geodesic.ratio=0.75",
        ),
        #[cfg(feature = "all-methods")]
        over_batches::<NielsenLevenbergMarquardt, SumOfSquares, _>(
            "lm-nielsen",
            "Levenberg-Marquardt, Nielsen's damping",
            F::LeastSquares,
        )
        .special()
        .bounded()
        .dense()
        .composes("gauss-newton/least-squares/nielsen"),
        #[cfg(feature = "all-methods")]
        entry::<HybridLeastSquares, SumOfSquaresAndHessians, _>(
            "lm-newton",
            "Levenberg-Marquardt, then Newton",
            F::LeastSquares,
        )
        .special()
        .costs("Jacobian or Hessian + r n^2 + 1/2 n^3", "2 r n + 3 n^2 + 4 r + 8 n"),
        over_batches::<NaturalGradient, FisherInformation, _>(
            "natural-gradient",
            "natural gradient, fixed rate",
            F::NaturalGradient,
        )
        .tuned("step")
        .composes("fisher/solve/fixed:step.factorization=shift"),
        over_batches::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-linesearch",
            "natural gradient, line search",
            F::NaturalGradient,
        )
        .preset(|| json!({ "trust": { "line_search": "backtracking" } }))
        .composes("fisher/solve/backtracking:step.factorization=shift"),
        over_batches::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-kl",
            "natural gradient, divergence radius",
            F::NaturalGradient,
        )
        .preset(|| json!({ "trust": { "radius": 0.1 } }))
        .composes("fisher/solve/divergence:step.factorization=shift"),
        #[cfg(feature = "all-methods")]
        automatic(),
    ];
    CATALOGUE
}

/// The row of the automatic choice.
#[cfg(feature = "all-methods")]
const fn automatic() -> Entry {
    let (family, needs) = (Family::Automatic, Derivatives::NONE);
    let begin = Begins::Kept(&begin_automatic);
    let mut entry = bare(AUTOMATIC, "chosen automatically", family, needs, begin);
    entry.bounds = true;
    entry.special = true;
    entry.read = &|settings| no_settings(settings, AUTO_HAS_NONE);
    entry.documentation = "The method that dimension, derivatives, bounds and structure speak for. A run \
                           says which, and why.";
    entry.amounts = Some(("what the method chosen costs", "what the method chosen keeps"));
    entry
}

/// A row: keeps no bounds, leaves nothing to be tuned, takes its type's defaults. The method M is
/// compiled for its need N, so that a wrong pair is an error of the compiler: see
/// [`Supplied`](crate::minimize::Supplied).
const fn entry<M, N, S>(name: &'static str, title: &'static str, family: Family) -> Entry
where
    N: Need,
    S: Serialize + DeserializeOwned + 'static,
    M: Default + Described + Serialize + DeserializeOwned,
    M: for<'b> Method<N::Of<'b>, State = S> + 'static,
{
    row::<M, N>(name, title, family, Begins::Kept(&begin::<M, N, S, AllCases>))
}

/// A row of a method of type M, which that starts.
const fn row<M, N>(name: &'static str, title: &'static str, family: Family, begin: Begins) -> Entry
where
    N: Need,
    M: Default + Described + Serialize + DeserializeOwned,
{
    #[cfg_attr(not(feature = "all-methods"), allow(unused_mut, reason = "it says no more there"))]
    let mut entry = bare(name, title, family, N::DERIVATIVES, begin);
    #[cfg(feature = "all-methods")]
    {
        entry.defaults = &|| serde_json::to_value(M::default());
        entry.read = &|settings| {
            let wrong =
                |error: serde_json::Error| ArgumentError::new("settings", error.to_string());
            serde_json::to_value(read::<M>(settings)?).map_err(wrong)
        };
        entry.takes = M::TAKES;
        entry.documentation = M::DOCUMENTATION;
    }
    entry
}

/// A row of a method that goes over batches too.
const fn over_batches<M, N, S>(name: &'static str, title: &'static str, family: Family) -> Entry
where
    N: Need,
    S: Serialize + DeserializeOwned + 'static,
    M: Default + Described + Serialize + DeserializeOwned,
    M: for<'b> OverBatches<N::Of<'b>, State = S> + 'static,
{
    #[cfg(feature = "all-methods")]
    {
        let mut row = row::<M, N>(name, title, family, Begins::Kept(&begin::<M, N, S, Batches>));
        row.batches = true;
        row
    }
    #[cfg(not(feature = "all-methods"))]
    entry::<M, N, S>(name, title, family)
}

/// A row of which nothing else is said: it has no settings.
pub(super) const fn bare(
    name: &'static str,
    title: &'static str,
    family: Family,
    needs: Derivatives,
    begin: Begins,
) -> Entry {
    Entry {
        name,
        title,
        family,
        needs,
        bounds: false,
        tuned: None,
        composition: None,
        radius: false,
        pace: Pace::Curvature,
        indefinite: Indefinite::Kept,
        special: false,
        dense: false,
        preset: || Value::Null,
        begin,
        #[cfg(feature = "all-methods")]
        closed_form: None,
        #[cfg(feature = "all-methods")]
        tried: None,
        #[cfg(feature = "all-methods")]
        batches: false,
        #[cfg(feature = "all-methods")]
        defaults: &|| Ok(Value::Object(Map::new())),
        #[cfg(feature = "all-methods")]
        read: &|settings| Ok(Value::Object(settings)),
        #[cfg(feature = "all-methods")]
        takes: Takes::Settings(&[]),
        #[cfg(feature = "all-methods")]
        documentation: "",
        #[cfg(feature = "all-methods")]
        amounts: None,
    }
}

/// A row of a method with a fixed step, which must be tuned, and which goes over batches too.
const fn fixed_step<M, S>(
    name: &'static str,
    title: &'static str,
    (cost, memory): (&'static str, &'static str),
) -> Entry
where
    S: Serialize + DeserializeOwned + 'static,
    M: Default
        + Described
        + Serialize
        + DeserializeOwned
        + for<'b> OverBatches<<Gradients as Need>::Of<'b>, State = S>
        + 'static,
{
    let entry = over_batches::<M, Gradients, S>(name, title, Family::FirstOrder);
    entry.tuned("step").costs(cost, memory)
}

/// Whether the trust of a composition is a radius.
pub(super) const fn has_radius(composition: &str) -> bool {
    const TRUST: &[u8] = b"/radius";
    let mut rest = composition.as_bytes();
    while let [_, after @ ..] = rest {
        if let Some((start, _)) = rest.split_at_checked(TRUST.len())
            && matches!(start, TRUST)
        {
            return true;
        }
        rest = after;
    }
    false
}

/// Says what only a library with all methods tells.
macro_rules! told {
    (
        $(#[$documentation:meta])*
        $row:ident($($argument:ident: $type:ty),*) $field:ident = $value:expr
    ) => {
        $(#[$documentation])*
        #[cfg(feature = "all-methods")]
        const fn $row(mut self, $($argument: $type),*) -> Self {
            self.$field = Some($value);
            self
        }

        #[cfg(not(feature = "all-methods"))]
        const fn $row(self, $(_: $type),*) -> Self {
            self
        }
    };
}

impl Entry {
    /// With settings of its own, an object.
    const fn preset(mut self, settings: fn() -> Value) -> Self {
        self.preset = settings;
        self
    }

    /// Goes with that.
    const fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Makes that of an indefinite Hessian.
    const fn makes(mut self, indefinite: Indefinite) -> Self {
        self.indefinite = indefinite;
        self
    }

    /// Is for something else than smooth functions of a few variables.
    #[cfg(feature = "all-methods")]
    const fn special(mut self) -> Self {
        self.special = true;
        self
    }

    /// Keeps bounds.
    #[cfg(feature = "all-methods")]
    const fn bounded(mut self) -> Self {
        self.bounds = true;
        self
    }

    /// Keeps or factors a dense matrix.
    const fn dense(mut self) -> Self {
        self.dense = true;
        self
    }

    /// With a setting that must be tuned.
    const fn tuned(mut self, setting: &'static str) -> Self {
        self.tuned = Some(setting);
        self
    }

    told! {
        /// Costs and keeps so much, as [`Amount`](crate::methods::Amount) reads it.
        costs(cost: &'static str, memory: &'static str) amounts = (cost, memory)
    }

    told! {
        /// Has a formula on quadratics.
        closed_form(form: ClosedForm) closed_form = form
    }

    told! {
        /// Is tried by a diagnosis.
        tried(tried: Tried) tried = tried
    }

    /// Is a name for that composition.
    const fn composes(mut self, composition: &'static str) -> Self {
        self.composition = Some(composition);
        self.radius = has_radius(composition);
        self
    }
}
