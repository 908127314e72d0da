//! Every method by name, for callers that choose at run time.

mod automatic;
mod begin;
#[cfg(feature = "all-methods")]
mod composed;
#[cfg(feature = "all-methods")]
mod kept;

pub(crate) use automatic::SPARSE_DENSITY;
pub use automatic::{
    Choice, Contender, Evidence, Facts, automatic, choose, minimize_automatically,
};

use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[cfg(all(feature = "all-methods", feature = "settings"))]
use begin::no_settings;
#[cfg(feature = "settings")]
use begin::read;
#[cfg(feature = "all-methods")]
use begin::{BatchNeed, begin_automatic, begin_epochs};
use begin::{begin, merged};

// Every method is named below.
use super::*;
use crate::minimize::{Conditions, Error, Method, OverBatches, Stepping};
use crate::objective::{
    BatchGradients, Derivatives, FisherInformation, Gradients, HessianProducts, Hessians, Need,
    Over, Supplies,
};
#[cfg(feature = "all-methods")]
use crate::objective::{
    BatchHessianRoots, Cases, HessianRoots, SparseHessians, SumOfSquares, SumOfSquaresAndHessians,
};
use crate::oracle::Held;
use crate::step::{Cauchy, Dogleg, Gltr, MoreSorensen, Steihaug};
use ravine_linalg::ArgumentError;

type Begin = for<'a> fn(
    Map<String, Value>,
    Held<'a, dyn Supplies + 'a>,
    &[f64],
    Conditions<'a>,
) -> Result<Box<dyn Stepping + 'a>, Error>;

/// A method of the catalogue.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The name, as in `--method NAME`.
    pub name: &'static str,
    /// What it is called in print.
    pub title: &'static str,
    /// Where it belongs.
    pub family: Family,
    /// The derivatives it needs.
    pub needs: Derivatives,
    /// Whether it keeps bounds.
    pub bounds: bool,
    /// The setting that a fixed-step method cannot choose itself: a fair comparison tunes it.
    pub tuned: Option<&'static str>,
    /// Whether it keeps or factors a dense matrix that its needs do not tell of.
    dense: bool,
    /// Settings that make this entry out of its type, as a JSON object.
    preset: &'static str,
    begin: Begin,
    /// For methods that go over batches of a sum: how, and what they need of it.
    #[cfg(feature = "all-methods")]
    batches: Option<(Begin, Derivatives)>,
    #[cfg(feature = "settings")]
    defaults: fn() -> Result<Value, serde_json::Error>,
    #[cfg(feature = "settings")]
    read: fn(Map<String, Value>) -> Result<(), ArgumentError>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({})", self.name)
    }
}

/// All methods.
///
/// ```
/// for entry in ravine::methods::catalogue() {
///     println!("{:<12} {}", entry.name, entry.title);
/// }
/// ```
pub fn catalogue() -> &'static [Entry] {
    use Family as F;
    const CATALOGUE: &[Entry] = &[
        #[cfg(feature = "all-methods")]
        Entry {
            name: "auto",
            title: "chosen automatically",
            family: F::Automatic,
            needs: Derivatives::NONE,
            bounds: true,
            tuned: None,
            dense: false,
            preset: "{}",
            begin: begin_automatic,
            batches: None,
            #[cfg(feature = "settings")]
            defaults: || Ok(Value::Object(Map::new())),
            #[cfg(feature = "settings")]
            read: no_settings,
        },
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
        #[cfg(feature = "all-methods")]
        entry::<Lbfgsb, Gradients, _>("lbfgsb", "L-BFGS-B", F::QuasiNewton).bounded(),
        #[cfg(feature = "all-methods")]
        entry::<Tron, HessianProducts, _>("tron", "TRON, projected Newton", F::TrustRegion)
            .bounded(),
        #[cfg(feature = "all-methods")]
        entry::<OwlQn, Gradients, _>("owlqn", "OWL-QN, L1 term", F::QuasiNewton),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient",
            "natural gradient, fixed rate",
            F::NaturalGradient,
        )
        .tuned("step"),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-linesearch",
            "natural gradient, line search",
            F::NaturalGradient,
        )
        .preset(r#"{"trust": {"line_search": "backtracking"}}"#),
        entry::<NaturalGradient, FisherInformation, _>(
            "natural-gradient-kl",
            "natural gradient, divergence radius",
            F::NaturalGradient,
        )
        .preset(r#"{"trust": {"radius": 0.1}}"#),
        entry::<Newton, Hessians, _>("newton", "Newton, pure", F::Newton),
        entry::<DampedNewton, Hessians, _>(
            "newton-damped",
            "Newton, modified Cholesky, line search",
            F::Newton,
        ),
        entry::<DampedNewton, Hessians, _>(
            "newton-eigen",
            "Newton, absolute eigenvalues, line search",
            F::Newton,
        )
        .preset(r#"{"factorization": "eigenvalue"}"#),
        #[cfg(feature = "all-methods")]
        entry::<SparseNewton, SparseHessians, _>(
            "newton-sparse",
            "Newton, sparse Cholesky, line search",
            F::Newton,
        ),
        entry::<NewtonCg, HessianProducts, _>("newton-cg", "Newton-CG", F::Newton),
        #[cfg(feature = "all-methods")]
        entry::<NystromNewtonCg, HessianProducts, _>(
            "nystrom-newton-cg",
            "Newton-CG, Nystrom preconditioner",
            F::Sketched,
        ),
        #[cfg(feature = "all-methods")]
        entry::<SubspaceNewton, HessianProducts, _>(
            "subspace-newton",
            "Newton in random subspaces",
            F::Sketched,
        ),
        #[cfg(feature = "all-methods")]
        entry::<NewtonSketch, HessianRoots, _>("newton-sketch", "Newton sketch", F::Sketched)
            .dense()
            .batches::<NewtonSketch, BatchHessianRoots>(),
        #[cfg(feature = "all-methods")]
        entry::<SubsampledNewton, Cases, _>(
            "newton-subsampled",
            "Newton-CG on sampled cases",
            F::Sketched,
        )
        .batches::<SubsampledNewton, Cases>(),
        entry::<Sr1, Gradients, _>("sr1", "SR1 in a trust region", F::QuasiNewton).dense(),
        entry::<CubicRegularization<MoreSorensen>, Hessians, _>(
            "arc",
            "cubic regularization (ARC)",
            F::TrustRegion,
        ),
        entry::<CubicRegularization<Gltr>, HessianProducts, _>(
            "arc-lanczos",
            "cubic regularization, Lanczos",
            F::TrustRegion,
        ),
        entry::<TrustRegion<Cauchy>, HessianProducts, _>(
            "trust-cauchy",
            "trust region, Cauchy point",
            F::TrustRegion,
        ),
        entry::<TrustRegion<Dogleg>, Hessians, _>(
            "trust-dogleg",
            "trust region, dogleg",
            F::TrustRegion,
        ),
        entry::<TrustRegion<Steihaug>, HessianProducts, _>(
            "trust-steihaug",
            "trust region, Steihaug-Toint CG",
            F::TrustRegion,
        ),
        entry::<TrustRegion<Gltr>, HessianProducts, _>(
            "trust-gltr",
            "trust region, Lanczos (GLTR)",
            F::TrustRegion,
        ),
        entry::<TrustRegion<MoreSorensen>, Hessians, _>(
            "trust-exact",
            "trust region, exact step (More-Sorensen)",
            F::TrustRegion,
        ),
        entry::<Bfgs, Gradients, _>("bfgs", "BFGS", F::QuasiNewton).dense(),
        entry::<Dfp, Gradients, _>("dfp", "DFP", F::QuasiNewton).dense(),
        entry::<Lbfgs, Gradients, _>("lbfgs", "L-BFGS", F::QuasiNewton),
        #[cfg(feature = "all-methods")]
        entry::<GaussNewton, SumOfSquares, _>("gauss-newton", "Gauss-Newton", F::LeastSquares),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt, SumOfSquares, _>("lm", "Levenberg-Marquardt", F::LeastSquares),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt, SumOfSquares, _>(
            "lm-geodesic",
            "Levenberg-Marquardt, geodesic acceleration",
            F::LeastSquares,
        )
        .preset(r#"{"acceleration": {"geodesic": {"ratio": 0.75}}}"#),
        #[cfg(feature = "all-methods")]
        entry::<HybridLeastSquares, SumOfSquaresAndHessians, _>(
            "lm-newton",
            "Levenberg-Marquardt, then Newton",
            F::LeastSquares,
        ),
    ];
    CATALOGUE
}

/// The method of that name, or the one that a name `curvature/step/trust` composes ([`parts`]).
///
/// # Errors
///
/// If there is none, the message lists all; if parts do not go together, it says why.
///
/// ```
/// assert_eq!(ravine::methods::named("gd")?.name, "gd");
/// assert!(ravine::methods::named("newtonn").is_err());
/// assert_eq!(ravine::methods::named("limited-sr1/gltr/radius")?.name, "limited-sr1/gltr/radius");
/// let error = ravine::methods::named("sr1/steihaug/wolfe").unwrap_err().to_string();
/// assert!(error.contains("do not go together"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn named(name: &str) -> Result<&'static Entry, ArgumentError> {
    #[cfg(feature = "all-methods")]
    if name.contains('/') {
        return composed::composed(name);
    }
    catalogue().iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<_> = catalogue().iter().map(|entry| entry.name).collect();
        let message = format!("there is no method `{name}`; there are {}", names.join(", "));
        ArgumentError::new("method", message)
    })
}

/// A row: keeps no bounds, leaves nothing to be tuned, takes its type's defaults. The method M is
/// compiled for its need N, so that a wrong pair is an error of the compiler: see
/// [`Supplied`](crate::minimize::Supplied).
const fn entry<M, N, S>(name: &'static str, title: &'static str, family: Family) -> Entry
where
    N: Need,
    S: 'static,
    M: Default + Serialize + DeserializeOwned + for<'b> Method<N::Of<'b>, State = S> + 'static,
{
    Entry {
        name,
        title,
        family,
        needs: N::DERIVATIVES,
        bounds: false,
        tuned: None,
        dense: false,
        preset: "{}",
        begin: begin::<M, N, S>,
        #[cfg(feature = "all-methods")]
        batches: None,
        #[cfg(feature = "settings")]
        defaults: || serde_json::to_value(M::default()),
        #[cfg(feature = "settings")]
        read: |settings| read::<M>(settings).map(drop),
    }
}

/// A row of a method with a fixed step, which must be tuned, and which goes over batches too.
const fn fixed_step<M, S>(name: &'static str, title: &'static str) -> Entry
where
    S: 'static,
    M: Default
        + Serialize
        + DeserializeOwned
        + for<'b> Method<<Gradients as Need>::Of<'b>, State = S>
        + for<'b> OverBatches<Over<'b, <BatchGradients as Need>::Of<'b>>>
        + 'static,
{
    let entry = entry::<M, Gradients, S>(name, title, Family::FirstOrder).tuned("step");
    #[cfg(feature = "all-methods")]
    let entry = entry.batches::<M, BatchGradients>();
    entry
}

impl Entry {
    /// Goes over batches of a sum, which N hands out.
    #[cfg(feature = "all-methods")]
    const fn batches<M, N>(self) -> Self
    where
        N: BatchNeed,
        M: DeserializeOwned + for<'b> OverBatches<Over<'b, N::Of<'b>>> + 'static,
    {
        Self { batches: Some((begin_epochs::<M, N>, N::DERIVATIVES)), ..self }
    }

    /// With settings of its own, as a JSON object.
    const fn preset(self, settings: &'static str) -> Self {
        Self { preset: settings, ..self }
    }

    /// Keeps bounds.
    #[cfg(feature = "all-methods")]
    const fn bounded(self) -> Self {
        Self { bounds: true, ..self }
    }

    /// Keeps or factors a dense matrix.
    const fn dense(self) -> Self {
        Self { dense: true, ..self }
    }

    /// With a setting that must be tuned.
    const fn tuned(self, setting: &'static str) -> Self {
        Self { tuned: Some(setting), ..self }
    }

    /// Whether it keeps or factors dense matrices with a row a variable: too much for many
    /// variables.
    ///
    /// ```
    /// assert!(ravine::methods::named("bfgs")?.is_dense());
    /// assert!(!ravine::methods::named("lbfgs")?.is_dense());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn is_dense(&self) -> bool {
        let Derivatives { hessian, fisher, residuals, .. } = self.needs;
        self.dense || hessian || fisher || residuals
    }

    /// The settings of the method with their defaults, as a JSON object.
    ///
    /// # Errors
    ///
    /// None for the methods of the catalogue.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let beta1 = &ravine::methods::named("adam")?.defaults()?["beta1"];
    /// assert_eq!(*beta1, json!(0.9));
    /// let beta = &ravine::methods::named("cg-dy")?.defaults()?["beta"];
    /// assert_eq!(*beta, json!("dai_yuan"));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "settings")]
    pub fn defaults(&self) -> Result<Value, ArgumentError> {
        let no_object =
            |error: serde_json::Error| ArgumentError::new("settings", error.to_string());
        let mut defaults = (self.defaults)().map_err(no_object)?;
        let preset = merged(self.preset, &Value::Null)?;
        match &mut defaults {
            Value::Object(defaults) => defaults.extend(preset),
            // A type without fields.
            _ => defaults = Value::Object(preset),
        }
        Ok(defaults)
    }

    /// Whether the method has these settings, and of these types. Their ranges are checked where a run
    /// starts.
    ///
    /// # Errors
    ///
    /// A setting that there is not, or not of the type it must have.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// let lbfgs = ravine::methods::named("lbfgs")?;
    /// lbfgs.check(&json!({ "memory": 5 }))?;
    /// assert!(lbfgs.check(&json!({ "memry": 5 })).is_err());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "settings")]
    pub fn check(&self, settings: &Value) -> Result<(), ArgumentError> {
        (self.read)(merged(self.preset, settings)?)
    }

    /// Starts the method with `settings` (an object with the fields of its type; what is not given
    /// is at its default). Where the conditions ask for epochs, the steps of the run go from one
    /// measurement on all cases to the next.
    ///
    /// # Errors
    ///
    /// A derivative that the objective lacks, bounds that the method cannot keep, an unknown
    /// setting, or what [`Run::new`](crate::minimize::Run::new) refuses.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::named;
    /// use ravine::objective::from_gradient;
    /// use serde_json::json;
    ///
    /// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
    ///     g[0] = 2.0 * x[0];
    ///     x[0] * x[0]
    /// });
    /// let settings = json!({ "step": 0.25 });
    /// let mut run = named("gd")?.start(&settings, &f, &[1.0], Stopping::default())?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().status.converged());
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn start<'a>(
        &self,
        settings: &Value,
        objective: &'a (dyn Supplies + 'a),
        x0: &[f64],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.start_holding(settings, Held::Lent(objective), x0, conditions.into())
    }

    /// [`start`](Self::start), with an objective that the run has a share of: for runs that outlive
    /// the call that begins them.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::named;
    /// use ravine::minimize::Stepping;
    /// use std::rc::Rc;
    ///
    /// fn begin() -> Result<Box<dyn Stepping>, ravine::minimize::Error> {
    ///     let f = ravine::objective!(1, |x| x[0].cosh());
    ///     let (method, none) = (named("bfgs")?, serde_json::Value::Null);
    ///     method.start_sharing(&none, Rc::new(f), &[1.0], Stopping::default())
    /// }
    ///
    /// let mut run = begin()?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().x[0].abs() < 1e-8);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn start_sharing<'a>(
        &self,
        settings: &Value,
        objective: Rc<dyn Supplies + 'a>,
        x0: &[f64],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.start_holding(settings, Held::Shared(objective), x0, conditions.into())
    }

    /// Whether it goes over batches of a sum, as [`Conditions::epochs`] asks.
    ///
    /// ```
    /// assert!(ravine::methods::named("adam")?.goes_over_batches());
    /// assert!(!ravine::methods::named("lm")?.goes_over_batches());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn goes_over_batches(&self) -> bool {
        self.over_batches().is_ok()
    }

    /// How it goes over batches, and what it needs for that.
    #[cfg(feature = "all-methods")]
    fn over_batches(&self) -> Result<(Begin, Derivatives), ArgumentError> {
        self.batches.ok_or_else(|| {
            let able = catalogue().iter().filter(|entry| entry.batches.is_some());
            let able: Vec<_> = able.map(|entry| entry.name).collect();
            let message =
                format!("`{}` does not go over batches; these do: {}", self.name, able.join(", "));
            ArgumentError::new("method", message)
        })
    }

    #[cfg(not(feature = "all-methods"))]
    fn over_batches(&self) -> Result<(Begin, Derivatives), ArgumentError> {
        let message = "are for a library with the feature `all-methods`";
        Err(ArgumentError::new("epochs", message))
    }

    /// [`start`](Self::start), with an objective that the run may keep.
    pub(super) fn start_holding<'a>(
        &self,
        settings: &Value,
        objective: Held<'a, dyn Supplies + 'a>,
        x0: &[f64],
        conditions: Conditions<'a>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        let (begin, needs) = match conditions.epochs {
            Some(_) => self.over_batches()?,
            None => (self.begin, self.needs),
        };
        let by_differences = match conditions.differences {
            Some(_) => Derivatives::HESSIAN,
            None => Derivatives::NONE,
        };
        let missing = objective.derivatives().and(by_differences).missing(needs);
        if !missing.is_empty() {
            let message = format!(
                "`{}` needs {}, which the objective does not supply",
                self.name,
                missing.join(" and ")
            );
            return Err(ArgumentError::new("method", message).into());
        }
        if conditions.bounds.is_some() && !self.bounds {
            let able: Vec<_> = catalogue().iter().filter(|e| e.bounds).map(|e| e.name).collect();
            let message =
                format!("`{}` cannot keep bounds; these can: {}", self.name, able.join(", "));
            return Err(ArgumentError::new("method", message).into());
        }
        let settings = merged(self.preset, settings)?;
        begin(settings, objective, x0, conditions)
    }
}
