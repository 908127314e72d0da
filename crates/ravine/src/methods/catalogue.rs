//! Every method by name, for callers that choose at run time.

mod begin;

use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[cfg(feature = "all-methods")]
use begin::begin_automatic;
#[cfg(all(feature = "all-methods", feature = "settings"))]
use begin::no_settings;
#[cfg(feature = "settings")]
use begin::read;
use begin::{begin, merged};

// Every method is named below.
use super::*;
use crate::minimize::{Error, Method, Stepping, Stopping};
use crate::objective::{Derivatives, DynamicObjective};
use crate::oracle::Held;
use crate::trust_region::{Cauchy, Dogleg, Gltr, MoreSorensen, Steihaug};
use ravine_linalg::ArgumentError;

/// Which part of the spectrum a method belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Gradients only, no curvature or a diagonal one.
    FirstOrder,
    /// Nonlinear conjugate gradients.
    ConjugateGradient,
    /// Curvature from secant pairs.
    QuasiNewton,
    /// Exact Hessians or their products.
    Newton,
    /// Curvature seen through random vectors, or over random cases.
    Sketched,
    /// A model within a radius, or with a cubic term.
    TrustRegion,
    /// Residuals and their Jacobian.
    LeastSquares,
    /// The Fisher information.
    NaturalGradient,
    /// Chosen among all others.
    Automatic,
}

impl Family {
    /// The family in one word, as in JSON.
    ///
    /// ```
    /// use ravine::methods::Family;
    ///
    /// assert_eq!(Family::QuasiNewton.name(), "quasi_newton");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstOrder => "first_order",
            Self::ConjugateGradient => "conjugate_gradient",
            Self::QuasiNewton => "quasi_newton",
            Self::Newton => "newton",
            Self::Sketched => "sketched",
            Self::TrustRegion => "trust_region",
            Self::LeastSquares => "least_squares",
            Self::NaturalGradient => "natural_gradient",
            Self::Automatic => "automatic",
        }
    }
}

type Begin = for<'a> fn(
    Map<String, Value>,
    Held<'a, dyn DynamicObjective + 'a>,
    &[f64],
    Stopping,
    Option<&'a AtomicBool>,
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
    /// Settings that make this entry out of its type, as a JSON object.
    preset: &'static str,
    begin: Begin,
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
    use Derivatives as D;
    use Family as F;
    const CATALOGUE: &[Entry] = &[
        #[cfg(feature = "all-methods")]
        Entry {
            name: "auto",
            title: "chosen automatically",
            family: F::Automatic,
            needs: D::NONE,
            bounds: true,
            tuned: None,
            preset: "{}",
            begin: begin_automatic,
            #[cfg(feature = "settings")]
            defaults: || Ok(Value::Object(Map::new())),
            #[cfg(feature = "settings")]
            read: no_settings,
        },
        entry::<GradientDescent>("gd", "gradient descent, fixed step", F::FirstOrder, D::GRADIENT)
            .tuned("step"),
        entry::<SteepestDescent>(
            "gd-linesearch",
            "gradient descent, line search",
            F::FirstOrder,
            D::GRADIENT,
        ),
        entry::<BarzilaiBorwein>("bb", "Barzilai-Borwein", F::FirstOrder, D::GRADIENT),
        entry::<Momentum>("momentum", "heavy-ball momentum", F::FirstOrder, D::GRADIENT)
            .tuned("step"),
        entry::<Nesterov>("nesterov", "Nesterov's acceleration", F::FirstOrder, D::GRADIENT)
            .tuned("step"),
        entry::<AdaGrad>("adagrad", "AdaGrad", F::FirstOrder, D::GRADIENT).tuned("step"),
        entry::<RmsProp>("rmsprop", "RMSProp", F::FirstOrder, D::GRADIENT).tuned("step"),
        entry::<Adam>("adam", "Adam", F::FirstOrder, D::GRADIENT).tuned("step"),
        entry::<AdamW>("adamw", "AdamW", F::FirstOrder, D::GRADIENT).tuned("step"),
        entry::<NonlinearCg>(
            "cg-pr",
            "conjugate gradients, Polak-Ribiere+",
            F::ConjugateGradient,
            D::GRADIENT,
        )
        .preset(r#"{"beta": "polak_ribiere"}"#),
        entry::<NonlinearCg>(
            "cg-hs",
            "conjugate gradients, Hestenes-Stiefel",
            F::ConjugateGradient,
            D::GRADIENT,
        )
        .preset(r#"{"beta": "hestenes_stiefel"}"#),
        entry::<NonlinearCg>(
            "cg-dy",
            "conjugate gradients, Dai-Yuan",
            F::ConjugateGradient,
            D::GRADIENT,
        )
        .preset(r#"{"beta": "dai_yuan"}"#),
        entry::<NonlinearCg>(
            "cg-hz",
            "conjugate gradients, Hager-Zhang",
            F::ConjugateGradient,
            D::GRADIENT,
        )
        .preset(r#"{"beta": "hager_zhang"}"#),
        #[cfg(feature = "all-methods")]
        entry::<Lbfgsb>("lbfgsb", "L-BFGS-B", F::QuasiNewton, D::GRADIENT).bounded(),
        #[cfg(feature = "all-methods")]
        entry::<TrustRegion<crate::trust_region::Tron>>(
            "tron",
            "TRON, projected Newton",
            F::TrustRegion,
            D::HESSIAN_PRODUCT,
        )
        .bounded(),
        #[cfg(feature = "all-methods")]
        entry::<OwlQn>("owlqn", "OWL-QN, L1 term", F::QuasiNewton, D::GRADIENT),
        entry::<NaturalGradient>(
            "natural-gradient",
            "natural gradient, fixed rate",
            F::NaturalGradient,
            D::FISHER,
        )
        .tuned("step"),
        entry::<NaturalGradient>(
            "natural-gradient-linesearch",
            "natural gradient, line search",
            F::NaturalGradient,
            D::FISHER,
        )
        .preset(r#"{"trust": {"line_search": "backtracking"}}"#),
        entry::<NaturalGradient>(
            "natural-gradient-kl",
            "natural gradient, divergence radius",
            F::NaturalGradient,
            D::FISHER,
        )
        .preset(r#"{"trust": {"radius": 0.1}}"#),
        entry::<Newton>("newton", "Newton, pure", F::Newton, D::HESSIAN),
        entry::<DampedNewton>(
            "newton-damped",
            "Newton, modified Cholesky, line search",
            F::Newton,
            D::HESSIAN,
        ),
        entry::<DampedNewton>(
            "newton-eigen",
            "Newton, absolute eigenvalues, line search",
            F::Newton,
            D::HESSIAN,
        )
        .preset(r#"{"factorization": "eigenvalue"}"#),
        #[cfg(feature = "all-methods")]
        entry::<SparseNewton>(
            "newton-sparse",
            "Newton, sparse Cholesky, line search",
            F::Newton,
            D::SPARSE_HESSIAN,
        ),
        entry::<NewtonCg>("newton-cg", "Newton-CG", F::Newton, D::HESSIAN_PRODUCT),
        #[cfg(feature = "all-methods")]
        entry::<NystromNewtonCg>(
            "nystrom-newton-cg",
            "Newton-CG, Nystrom preconditioner",
            F::Sketched,
            D::HESSIAN_PRODUCT,
        ),
        #[cfg(feature = "all-methods")]
        entry::<SubspaceNewton>(
            "subspace-newton",
            "Newton in random subspaces",
            F::Sketched,
            D::HESSIAN_PRODUCT,
        ),
        #[cfg(feature = "all-methods")]
        entry::<NewtonSketch>("newton-sketch", "Newton sketch", F::Sketched, D::HESSIAN_ROOT),
        #[cfg(feature = "all-methods")]
        entry::<SubsampledNewton>(
            "newton-subsampled",
            "Newton-CG on sampled cases",
            F::Sketched,
            D::FINITE_SUM,
        ),
        entry::<Sr1>("sr1", "SR1 in a trust region", F::QuasiNewton, D::GRADIENT),
        entry::<CubicRegularization<ExactCubic>>(
            "arc",
            "cubic regularization (ARC)",
            F::TrustRegion,
            D::HESSIAN,
        ),
        entry::<CubicRegularization<KrylovCubic>>(
            "arc-lanczos",
            "cubic regularization, Lanczos",
            F::TrustRegion,
            D::HESSIAN_PRODUCT,
        ),
        entry::<TrustRegion<Cauchy>>(
            "trust-cauchy",
            "trust region, Cauchy point",
            F::TrustRegion,
            D::HESSIAN_PRODUCT,
        ),
        entry::<TrustRegion<Dogleg>>(
            "trust-dogleg",
            "trust region, dogleg",
            F::TrustRegion,
            D::HESSIAN,
        ),
        entry::<TrustRegion<Steihaug>>(
            "trust-steihaug",
            "trust region, Steihaug-Toint CG",
            F::TrustRegion,
            D::HESSIAN_PRODUCT,
        ),
        entry::<TrustRegion<Gltr>>(
            "trust-gltr",
            "trust region, Lanczos (GLTR)",
            F::TrustRegion,
            D::HESSIAN_PRODUCT,
        ),
        entry::<TrustRegion<MoreSorensen>>(
            "trust-exact",
            "trust region, exact step (More-Sorensen)",
            F::TrustRegion,
            D::HESSIAN,
        ),
        entry::<Bfgs>("bfgs", "BFGS", F::QuasiNewton, D::GRADIENT),
        entry::<Dfp>("dfp", "DFP", F::QuasiNewton, D::GRADIENT),
        entry::<Lbfgs>("lbfgs", "L-BFGS", F::QuasiNewton, D::GRADIENT),
        #[cfg(feature = "all-methods")]
        entry::<GaussNewton>("gauss-newton", "Gauss-Newton", F::LeastSquares, D::RESIDUALS),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt>("lm", "Levenberg-Marquardt", F::LeastSquares, D::RESIDUALS),
        #[cfg(feature = "all-methods")]
        entry::<LevenbergMarquardt>(
            "lm-geodesic",
            "Levenberg-Marquardt, geodesic acceleration",
            F::LeastSquares,
            D::RESIDUALS,
        )
        .preset(r#"{"acceleration": {"geodesic": {"ratio": 0.75}}}"#),
        #[cfg(feature = "all-methods")]
        entry::<HybridLeastSquares>(
            "lm-newton",
            "Levenberg-Marquardt, then Newton",
            F::LeastSquares,
            D::RESIDUALS.and(D::HESSIAN),
        ),
    ];
    CATALOGUE
}

/// The method of that name.
///
/// # Errors
///
/// If there is none; the message lists names that are close, or all.
///
/// ```
/// assert_eq!(ravine::methods::named("gd")?.name, "gd");
/// assert!(ravine::methods::named("newtonn").is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn named(name: &str) -> Result<&'static Entry, ArgumentError> {
    catalogue().iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<_> = catalogue().iter().map(|entry| entry.name).collect();
        let message = format!("there is no method `{name}`; there are {}", names.join(", "));
        ArgumentError::new("method", message)
    })
}

/// A row: keeps no bounds, leaves nothing to be tuned, takes its type's defaults.
const fn entry<M>(
    name: &'static str,
    title: &'static str,
    family: Family,
    needs: Derivatives,
) -> Entry
where
    M: Default + Serialize + DeserializeOwned + for<'b> Method<dyn DynamicObjective + 'b> + 'static,
{
    Entry {
        name,
        title,
        family,
        needs,
        bounds: false,
        tuned: None,
        preset: "{}",
        begin: begin::<M>,
        #[cfg(feature = "settings")]
        defaults: || serde_json::to_value(M::default()),
        #[cfg(feature = "settings")]
        read: |settings| read::<M>(settings).map(drop),
    }
}

impl Entry {
    /// With settings of its own, as a JSON object.
    const fn preset(self, settings: &'static str) -> Self {
        Self { preset: settings, ..self }
    }

    /// Keeps bounds.
    #[cfg(feature = "all-methods")]
    const fn bounded(self) -> Self {
        Self { bounds: true, ..self }
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
        hessian
            || fisher
            || residuals
            || matches!(self.name, "bfgs" | "dfp" | "sr1" | "newton-sketch")
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
    /// is at its default).
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
    /// let mut run = named("gd")?.start(&settings, &f, &[1.0], Stopping::default(), None)?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().status.converged());
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn start<'a>(
        &self,
        settings: &Value,
        objective: &'a (dyn DynamicObjective + 'a),
        x0: &[f64],
        stopping: Stopping,
        cancel: Option<&'a AtomicBool>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.start_holding(settings, Held::Lent(objective), x0, stopping, cancel)
    }

    /// [`start`](Self::start), with an objective that the run keeps: for runs that outlive the call
    /// that begins them.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::named;
    /// use ravine::minimize::Stepping;
    ///
    /// fn begin() -> Result<Box<dyn Stepping>, ravine::minimize::Error> {
    ///     let f = ravine::objective!(1, |x| x[0].cosh());
    ///     let (method, none) = (named("bfgs")?, serde_json::Value::Null);
    ///     method.start_owning(&none, Box::new(f), &[1.0], Stopping::default())
    /// }
    ///
    /// let mut run = begin()?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().x[0].abs() < 1e-8);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn start_owning<'a>(
        &self,
        settings: &Value,
        objective: Box<dyn DynamicObjective + 'a>,
        x0: &[f64],
        stopping: Stopping,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.start_holding(settings, Held::Given(objective), x0, stopping, None)
    }

    /// [`start`](Self::start), with an objective that the run may keep.
    pub(super) fn start_holding<'a>(
        &self,
        settings: &Value,
        objective: Held<'a, dyn DynamicObjective + 'a>,
        x0: &[f64],
        stopping: Stopping,
        cancel: Option<&'a AtomicBool>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        let missing = objective.derivatives().missing(self.needs);
        if !missing.is_empty() {
            let message = format!(
                "`{}` needs {}, which the objective does not supply",
                self.name,
                missing.join(" and ")
            );
            return Err(ArgumentError::new("method", message).into());
        }
        if objective.bounds().is_some() && !self.bounds {
            let able: Vec<_> = catalogue().iter().filter(|e| e.bounds).map(|e| e.name).collect();
            let message =
                format!("`{}` cannot keep bounds; these can: {}", self.name, able.join(", "));
            return Err(ArgumentError::new("method", message).into());
        }
        let settings = merged(self.preset, settings)?;
        (self.begin)(settings, objective, x0, stopping, cancel)
    }
}
