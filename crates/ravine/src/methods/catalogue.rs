//! Every method by name, for callers that choose at run time.

#[cfg(feature = "all-methods")]
mod any_sum;
mod automatic;
mod begin;
#[cfg(feature = "all-methods")]
mod described;
#[cfg(feature = "all-methods")]
mod kept;
#[cfg(feature = "all-methods")]
mod made;
#[cfg(feature = "all-methods")]
mod over_batches;
mod rows;
mod running;
mod start;

#[cfg(feature = "all-methods")]
pub(crate) use automatic::SPARSE_DENSITY;
#[cfg(feature = "all-methods")]
pub use automatic::for_batches;
pub use automatic::{
    Choice, Contender, Evidence, Facts, automatic, choose, minimize_automatically,
};
#[cfg(feature = "all-methods")]
pub use made::add;
pub use rows::catalogue;

use std::ops::Deref;
#[cfg(feature = "all-methods")]
use std::sync::Arc;

use serde_json::{Map, Value};

use super::conduct::{Indefinite, Pace};
use super::family::Family;
#[cfg(feature = "all-methods")]
use super::{amount::Amount, closed_form::ClosedForm, conduct::Tried, parts};
use crate::minimize::{Conditions, Error, Stepping};
use crate::objective::{Derivatives, Supplies};
use crate::oracle::Held;
#[cfg(feature = "all-methods")]
use crate::settings::{Setting, Takes, described};
use begin::Origin;
#[cfg(feature = "all-methods")]
use begin::merged;
use ravine_linalg::ArgumentError;
use ravine_text::did_you_mean;

/// The method that is chosen among all others.
#[cfg(feature = "all-methods")]
pub const AUTOMATIC: &str = "auto";

/// What starts a run of a method with settings.
type Begin = dyn for<'a> Fn(
        Map<String, Value>,
        Held<'a, dyn Supplies + 'a>,
        Origin<'_>,
        Conditions<'a>,
    ) -> Result<Box<dyn Stepping + 'a>, Error>
    + Send
    + Sync;

/// A [`Begin`], that of a row of the catalogue or of an entry that a program made.
#[derive(Clone)]
enum Begins {
    Kept(&'static Begin),
    #[cfg(feature = "all-methods")]
    Shared(Arc<Begin>),
}

impl Deref for Begins {
    type Target = Begin;

    fn deref(&self) -> &Begin {
        match self {
            Self::Kept(begin) => begin,
            #[cfg(feature = "all-methods")]
            Self::Shared(begin) => begin.as_ref(),
        }
    }
}

/// What makes the defaults of a method.
#[cfg(feature = "all-methods")]
type Defaults = dyn Fn() -> Result<Value, serde_json::Error> + Send + Sync;

/// What checks settings of a method.
#[cfg(feature = "all-methods")]
type Read = dyn Fn(Map<String, Value>) -> Result<Value, ArgumentError> + Send + Sync;

/// A method as it is chosen by name: one of the catalogue, or one that a program
/// [brings along](Entry::new).
#[derive(Clone)]
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
    /// The composition that the name stands for, with the settings that differ from the defaults of
    /// its parts, as in `--method`; `None` where no three parts make the method.
    pub composition: Option<&'static str>,
    /// Whether it has a trust region, whose first radius is the setting `radius.initial`, or in a
    /// composition by name `trust.initial`.
    pub radius: bool,
    /// What its iterations go with.
    pub pace: Pace,
    /// What it makes of a Hessian that is not positive definite.
    pub indefinite: Indefinite,
    /// Whether it is for something else than smooth functions of a few variables: what a library
    /// without the feature `all-methods` does not have.
    pub special: bool,
    /// Whether it keeps or factors a dense matrix that its needs do not tell of.
    dense: bool,
    /// How it goes on quadratics, where a formula says it.
    #[cfg(feature = "all-methods")]
    pub(crate) closed_form: Option<ClosedForm>,
    /// Where a diagnosis tries it.
    #[cfg(feature = "all-methods")]
    pub(crate) tried: Option<Tried>,
    /// Settings that make this entry out of its type: an object, or null for none.
    preset: fn() -> Value,
    begin: Begins,
    /// Whether its steps can each see another batch of a sum.
    #[cfg(feature = "all-methods")]
    batches: bool,
    #[cfg(feature = "all-methods")]
    defaults: &'static Defaults,
    /// Checks settings, and adds the defaults of what is not given.
    #[cfg(feature = "all-methods")]
    read: &'static Read,
    #[cfg(feature = "all-methods")]
    takes: Takes,
    #[cfg(feature = "all-methods")]
    documentation: &'static str,
    /// What a step costs and what is kept, where that is not what the parts of its composition do.
    #[cfg(feature = "all-methods")]
    amounts: Option<(&'static str, &'static str)>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({})", self.name)
    }
}

/// Names that methods had before, and have now: the family first, then the variant.
#[cfg(feature = "all-methods")]
const RENAMED: [(&str, &str); 2] =
    [("nystrom-newton-cg", "newton-nystrom"), ("subspace-newton", "newton-subspace")];

/// The method of that name: one of the [`catalogue`], one that a program has [added](add), or the one
/// that a name `curvature/step/trust` composes ([`parts`](super::parts)). Capitals are as good as small letters.
///
/// # Errors
///
/// If there is none, the message names the nearest or lists all; a name that has changed is refused with
/// the new one; if parts do not go together, it says why.
///
/// ```
/// assert_eq!(ravine::methods::named("gd")?.name, "gd");
/// let misspelt = ravine::methods::named("newtonn").unwrap_err().to_string();
/// assert_eq!(misspelt, "method: there is no method `newtonn`; did you mean `newton`?");
/// let renamed = ravine::methods::named("subspace-newton").unwrap_err().to_string();
/// assert_eq!(renamed, "method: `subspace-newton` is called `newton-subspace` now");
/// assert_eq!(ravine::methods::named("limited-sr1/gltr/radius")?.name, "limited-sr1/gltr/radius");
/// assert_eq!(ravine::methods::named("SR1/Steihaug/radius")?.name, "sr1/steihaug/radius");
/// let error = ravine::methods::named("sr1/steihaug/wolfe").unwrap_err().to_string();
/// assert!(error.contains("do not go together"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn named(name: &str) -> Result<&'static Entry, ArgumentError> {
    #[cfg(feature = "all-methods")]
    if name.contains('/') {
        return made::composed(&name.to_ascii_lowercase());
    }
    #[cfg(feature = "all-methods")]
    let added = made::added();
    #[cfg(not(feature = "all-methods"))]
    let added = Vec::<&Entry>::new();
    let all = || catalogue().iter().chain(added.iter().copied());
    // A name that was added may be that of another in capitals.
    #[cfg(feature = "all-methods")]
    if let Some(found) = all().find(|entry| entry.name == name) {
        return Ok(found);
    }
    all().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        #[cfg(feature = "all-methods")]
        if let Some((_, now)) = RENAMED.iter().find(|(before, _)| *before == name) {
            return ArgumentError::new("method", format!("`{name}` is called `{now}` now"));
        }
        let names: Vec<_> = all().map(|entry| entry.name).collect();
        let hint = match did_you_mean(name, names.iter().copied()) {
            hint if hint.is_empty() => format!("; there are {}", names.join(", ")),
            hint => hint,
        };
        ArgumentError::new("method", format!("there is no method `{name}`{hint}"))
    })
}

impl Entry {
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
    #[cfg(feature = "all-methods")]
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

    /// The settings of the method, in words: what each takes, allows and means.
    /// [`defaults`](Self::defaults) has what they are where nothing is given.
    ///
    /// ```
    /// for setting in ravine::methods::named("adam")?.settings() {
    ///     println!("{}: {}, {}. {}", setting.name, setting.takes.words(), setting.range, setting.meaning());
    /// }
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "all-methods")]
    pub fn settings(&self) -> &'static [Setting] {
        self.takes.settings()
    }

    /// What the method is, in a few sentences, and where it was published.
    ///
    /// ```
    /// let (said, source) = ravine::methods::named("lbfgs")?.description();
    /// assert!(said.contains("BFGS") && source.contains("Nocedal"));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "all-methods")]
    pub fn description(&self) -> (String, String) {
        described(self.documentation)
    }

    /// What a step costs beside a value and a gradient; nothing for a method that a program added.
    ///
    /// ```
    /// let cost = |name: &str| Ok::<_, ravine::ArgumentError>(ravine::methods::named(name)?.cost());
    /// assert_eq!(cost("lbfgs")?.to_string(), "further values and gradients + 4 m n + 10 n");
    /// assert_eq!(cost("trust-steihaug")?.to_string(), "k Hessian products + 7 k n + 10 n");
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "all-methods")]
    pub fn cost(&self) -> Amount {
        self.amounts().0
    }

    /// The numbers kept, beside what the objective keeps; nothing for a method that a program added.
    ///
    /// ```
    /// let memory = ravine::methods::named("trust-exact")?.memory();
    /// assert_eq!(memory.to_string(), "3 n^2 + 9 n");
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    #[cfg(feature = "all-methods")]
    pub fn memory(&self) -> Amount {
        self.amounts().1
    }

    #[cfg(feature = "all-methods")]
    fn amounts(&self) -> (Amount, Amount) {
        match (self.amounts, self.composition) {
            (Some((cost, memory)), _) => (Amount::read(cost), Amount::read(memory)),
            // A composition of the catalogue is one of parts that go together.
            (None, Some(composition)) => parts::amounts(composition).unwrap_or_default(),
            (None, None) => Default::default(),
        }
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
    #[cfg(feature = "all-methods")]
    pub fn check(&self, settings: &Value) -> Result<(), ArgumentError> {
        (self.read)(merged(self.preset, settings)?).map(drop)
    }

    /// `settings` with all defaults, where the method knows them: the same for the same method.
    #[cfg(feature = "checkpoints")]
    pub(crate) fn complete(&self, settings: &Value) -> Result<Value, ArgumentError> {
        (self.read)(merged(self.preset, settings)?)
    }
}
