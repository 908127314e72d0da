//! The rows of the catalogue.

use serde::Serialize;
use serde::de::DeserializeOwned;
#[cfg(all(feature = "all-methods", feature = "settings"))]
use serde_json::{Map, Value};

use super::begin::begin;
#[cfg(feature = "settings")]
use super::begin::read;
#[cfg(all(feature = "all-methods", feature = "settings"))]
use super::begin::{AUTO_HAS_NONE, no_settings};
#[cfg(feature = "all-methods")]
use super::begin::{BatchNeed, begin_automatic, begin_epochs};
use super::{Begins, Entry};
// Every method is named below.
use crate::methods::*;
use crate::minimize::{Method, OverBatches};
use crate::objective::{
    BatchGradients, FisherInformation, Gradients, HessianProducts, Hessians, Need, Over,
};
#[cfg(feature = "all-methods")]
use crate::objective::{
    BatchHessianRoots, Cases, Derivatives, HessianRoots, SparseHessians, SumOfSquares,
    SumOfSquaresAndHessians,
};
use crate::settings::Described;
#[cfg(all(feature = "all-methods", feature = "settings"))]
use crate::settings::Takes;
use crate::step::{Cauchy, Dogleg, Gltr, MoreSorensen, Steihaug};
#[cfg(feature = "settings")]
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
        fixed_step::<GradientDescent, _>("gd", "gradient descent, fixed step"),
        entry::<SteepestDescent, Gradients, _>(
            "gd-linesearch",
            "gradient descent, line search",
            F::FirstOrder,
        ),
        entry::<BarzilaiBorwein, Gradients, _>("bb", "Barzilai-Borwein", F::FirstOrder),
        fixed_step::<Momentum, _>("momentum", "heavy-ball momentum"),
        fixed_step::<Nesterov, _>("nesterov", "Nesterov's acceleration"),
        fixed_step::<AdaGrad, _>("adagrad", "AdaGrad"),
        fixed_step::<RmsProp, _>("rmsprop", "RMSProp"),
        fixed_step::<Adam, _>("adam", "Adam"),
        fixed_step::<AdamW, _>("adamw", "AdamW"),
        entry::<NonlinearCg, Gradients, _>(
            "cg-pr",
            "conjugate gradients, Polak-Ribiere+",
            F::ConjugateGradient,
        )
        .preset(r#"{"beta": "polak_ribiere"}"#),
        entry::<NonlinearCg, Gradients, _>(
            "cg-hs",
            "conjugate gradients, Hestenes-Stiefel",
            F::ConjugateGradient,
        )
        .preset(r#"{"beta": "hestenes_stiefel"}"#),
        entry::<NonlinearCg, Gradients, _>(
            "cg-dy",
            "conjugate gradients, Dai-Yuan",
            F::ConjugateGradient,
        )
        .preset(r#"{"beta": "dai_yuan"}"#),
        entry::<NonlinearCg, Gradients, _>(
            "cg-hz",
            "conjugate gradients, Hager-Zhang",
            F::ConjugateGradient,
        )
        .preset(r#"{"beta": "hager_zhang"}"#),
        entry::<Bfgs, Gradients, _>("bfgs", "BFGS", F::QuasiNewton)
            .dense()
            .composes("bfgs/solve/wolfe:trust.quadratic=1e-3"),
        entry::<Dfp, Gradients, _>("dfp", "DFP", F::QuasiNewton)
            .dense()
            .composes("dfp/solve/wolfe:trust.slope=0.1"),
        entry::<Sr1, Gradients, _>("sr1", "SR1 in a trust region", F::QuasiNewton)
            .dense()
            .composes("sr1/more-sorensen/radius"),
        entry::<Lbfgs, Gradients, _>("lbfgs", "L-BFGS", F::QuasiNewton)
            .composes("lbfgs/solve/wolfe:trust.quadratic=1e-3"),
        #[cfg(feature = "all-methods")]
        entry::<Lbfgsb, Gradients, _>("lbfgsb", "L-BFGS-B", F::QuasiNewton).bounded(),
        #[cfg(feature = "all-methods")]
        entry::<OwlQn, Gradients, _>("owlqn", "OWL-QN, L1 term", F::QuasiNewton),
        entry::<Newton, Hessians, _>("newton", "Newton, pure", F::Newton)
            .composes("exact/solve/fixed:step.factorization=plain"),
        entry::<DampedNewton, Hessians, _>(
            "newton-damped",
            "Newton, modified Cholesky, line search",
            F::Newton,
        )
        .composes("exact/solve/wolfe"),
        entry::<DampedNewton, Hessians, _>(
            "newton-eigen",
            "Newton, absolute eigenvalues, line search",
            F::Newton,
        )
        .preset(r#"{"factorization": "eigenvalue"}"#)
        .composes("exact/solve/wolfe:step.factorization=eigenvalue"),
        #[cfg(feature = "all-methods")]
        entry::<SparseNewton, SparseHessians, _>(
            "newton-sparse",
            "Newton, sparse Cholesky, line search",
            F::Newton,
        )
        .composes("exact-sparse/solve/wolfe:step.factorization=shift"),
        entry::<NewtonCg, HessianProducts, _>("newton-cg", "Newton-CG", F::Newton)
            .composes("exact/cg/wolfe"),
        #[cfg(feature = "all-methods")]
        entry::<NystromNewtonCg, HessianProducts, _>(
            "newton-nystrom",
            "Newton-CG, Nystrom preconditioner",
            F::Sketched,
        )
        .composes("exact/nystrom-cg/wolfe"),
        #[cfg(feature = "all-methods")]
        entry::<SubspaceNewton, HessianProducts, _>(
            "newton-subspace",
            "Newton in random subspaces",
            F::Sketched,
        )
        .composes("exact/subspace/wolfe"),
        #[cfg(feature = "all-methods")]
        entry::<NewtonSketch, HessianRoots, _>("newton-sketch", "Newton sketch", F::Sketched)
            .dense()
            .batches::<NewtonSketch, BatchHessianRoots, _>()
            .composes("sketched/solve/backtracking:step.factorization=shift"),
        #[cfg(feature = "all-methods")]
        entry::<SubsampledNewton, Cases, _>(
            "newton-subsampled",
            "Newton-CG on sampled cases",
            F::Sketched,
        )
        .batches::<SubsampledNewton, Cases, _>()
        .composes("subsampled/cg/backtracking"),
        entry::<TrustRegion<Cauchy>, HessianProducts, _>(
            "trust-cauchy",
            "trust region, Cauchy point",
            F::TrustRegion,
        )
        .composes("exact/cauchy/radius"),
        entry::<TrustRegion<Dogleg>, Hessians, _>(
            "trust-dogleg",
            "trust region, dogleg",
            F::TrustRegion,
        )
        .composes("exact/dogleg/radius"),
        entry::<TrustRegion<Steihaug>, HessianProducts, _>(
            "trust-steihaug",
            "trust region, Steihaug-Toint CG",
            F::TrustRegion,
        )
        .composes("exact/steihaug/radius"),
        entry::<TrustRegion<Gltr>, HessianProducts, _>(
            "trust-gltr",
            "trust region, Lanczos (GLTR)",
            F::TrustRegion,
        )
        .composes("exact/gltr/radius"),
        entry::<TrustRegion<MoreSorensen>, Hessians, _>(
            "trust-exact",
            "trust region, exact step (More-Sorensen)",
            F::TrustRegion,
        )
        .composes("exact/more-sorensen/radius"),
        #[cfg(feature = "all-methods")]
        entry::<Tron, HessianProducts, _>("tron", "TRON, projected Newton", F::TrustRegion)
            .bounded()
            .composes("exact/projected/radius"),
        entry::<CubicRegularization<MoreSorensen>, Hessians, _>(
            "arc",
            "cubic regularization (ARC)",
            F::TrustRegion,
        )
        .composes("exact/more-sorensen/cubic"),
        entry::<CubicRegularization<Gltr>, HessianProducts, _>(
            "arc-lanczos",
            "cubic regularization, Lanczos",
            F::TrustRegion,
        )
        .composes("exact/gltr/cubic"),
        #[cfg(feature = "all-methods")]
        entry::<GaussNewton, SumOfSquares, _>("gauss-newton", "Gauss-Newton", F::LeastSquares)
            .dense()
            .composes("gauss-newton/least-squares/rescued"),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt, SumOfSquares, _>("lm", "Levenberg-Marquardt", F::LeastSquares)
            .dense()
            .composes("gauss-newton/least-squares/scaled-radius"),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt, SumOfSquares, _>(
            "lm-geodesic",
            "Levenberg-Marquardt, geodesic acceleration",
            F::LeastSquares,
        )
        .preset(r#"{"acceleration": {"geodesic": {"ratio": 0.75}}}"#)
        .dense()
        .composes(
            "gauss-newton/least-squares/scaled-radius:curvature.acceleration.geodesic.ratio=0.75",
        ),
        #[cfg(feature = "all-methods")]
        entry::<NielsenLevenbergMarquardt, SumOfSquares, _>(
            "lm-nielsen",
            "Levenberg-Marquardt, Nielsen's damping",
            F::LeastSquares,
        )
        .dense()
        .composes("gauss-newton/least-squares/nielsen"),
        #[cfg(feature = "all-methods")]
        entry::<HybridLeastSquares, SumOfSquaresAndHessians, _>(
            "lm-newton",
            "Levenberg-Marquardt, then Newton",
            F::LeastSquares,
        ),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient",
            "natural gradient, fixed rate",
            F::NaturalGradient,
        )
        .tuned("step")
        .composes("fisher/solve/fixed:step.factorization=shift"),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-linesearch",
            "natural gradient, line search",
            F::NaturalGradient,
        )
        .preset(r#"{"trust": {"line_search": "backtracking"}}"#)
        .composes("fisher/solve/backtracking:step.factorization=shift"),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-kl",
            "natural gradient, divergence radius",
            F::NaturalGradient,
        )
        .preset(r#"{"trust": {"radius": 0.1}}"#)
        .composes("fisher/solve/divergence:step.factorization=shift"),
        #[cfg(feature = "all-methods")]
        Entry {
            name: "auto",
            title: "chosen automatically",
            family: F::Automatic,
            needs: Derivatives::NONE,
            bounds: true,
            tuned: None,
            composition: None,
            dense: false,
            preset: "{}",
            begin: Begins::Kept(&begin_automatic),
            batches: None,
            #[cfg(feature = "settings")]
            defaults: || Ok(Value::Object(Map::new())),
            #[cfg(feature = "settings")]
            read: |settings| no_settings(settings, AUTO_HAS_NONE),
            #[cfg(feature = "settings")]
            takes: Takes::Settings(&[]),
            #[cfg(feature = "settings")]
            documentation: "The method that dimension, derivatives, bounds and structure speak for. A run \
                            says which, and why.",
        },
    ];
    CATALOGUE
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
    Entry {
        name,
        title,
        family,
        needs: N::DERIVATIVES,
        bounds: false,
        tuned: None,
        composition: None,
        dense: false,
        preset: "{}",
        begin: Begins::Kept(&begin::<M, N, S>),
        #[cfg(feature = "all-methods")]
        batches: None,
        #[cfg(feature = "settings")]
        defaults: || serde_json::to_value(M::default()),
        #[cfg(feature = "settings")]
        read: |settings| {
            let wrong =
                |error: serde_json::Error| ArgumentError::new("settings", error.to_string());
            serde_json::to_value(read::<M>(settings)?).map_err(wrong)
        },
        #[cfg(feature = "settings")]
        takes: M::TAKES,
        #[cfg(feature = "settings")]
        documentation: M::DOCUMENTATION,
    }
}

/// A row of a method with a fixed step, which must be tuned, and which goes over batches too.
const fn fixed_step<M, S>(name: &'static str, title: &'static str) -> Entry
where
    S: Serialize + DeserializeOwned + 'static,
    M: Default
        + Described
        + Serialize
        + DeserializeOwned
        + for<'b> Method<<Gradients as Need>::Of<'b>, State = S>
        + for<'b> OverBatches<Over<'b, <BatchGradients as Need>::Of<'b>>, State = S>
        + 'static,
{
    let entry = entry::<M, Gradients, S>(name, title, Family::FirstOrder).tuned("step");
    #[cfg(feature = "all-methods")]
    let entry = entry.batches::<M, BatchGradients, S>();
    entry
}

impl Entry {
    /// Goes over batches of a sum, which N hands out.
    #[cfg(feature = "all-methods")]
    const fn batches<M, N, S>(mut self) -> Self
    where
        N: BatchNeed,
        S: Serialize + DeserializeOwned + 'static,
        M: DeserializeOwned + for<'b> OverBatches<Over<'b, N::Of<'b>>, State = S> + 'static,
    {
        self.batches = Some((&begin_epochs::<M, N, S>, N::DERIVATIVES));
        self
    }

    /// With settings of its own, as a JSON object.
    const fn preset(mut self, settings: &'static str) -> Self {
        self.preset = settings;
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

    /// Is a name for that composition.
    const fn composes(mut self, composition: &'static str) -> Self {
        self.composition = Some(composition);
        self
    }
}
