//! Runs of the catalogue's methods: where they start and where they go on.

use std::rc::Rc;

use serde_json::Value;
#[cfg(feature = "all-methods")]
use serde_json::{Map, Number};

#[cfg(feature = "all-methods")]
use super::any_sum::{OF_BATCHES, of_batches};
use super::begin::{Origin, merged};
use super::{Entry, catalogue};
#[cfg(feature = "all-methods")]
use crate::methods::Sizes;
use crate::minimize::{Conditions, Epochs, Error, Stepping};
use crate::objective::{Derivatives, Supplies};
use crate::oracle::Held;
use ravine_linalg::ArgumentError;

impl Entry {
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
        let origin = Origin::Start(x0);
        self.begin(settings, Held::Lent(objective), origin, conditions.into())
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
        let origin = Origin::Start(x0);
        self.begin(settings, Held::Shared(objective), origin, conditions.into())
    }

    /// Goes on with a run of this method and these settings, to the same bits, from what
    /// [`Stepping::write_checkpoint`] has written. The objective must be the same one, and so must what
    /// the conditions say of it; rules and budgets may be others.
    ///
    /// # Errors
    ///
    /// What [`start`](Self::start) refuses, and bytes that are not of such a run. What they are of is
    /// known by the files that [`checkpoint`](crate::checkpoint) makes.
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::named;
    ///
    /// let f = ravine::objective!(2, |x| x[0].cosh() + (x[0] - x[1]).powi(2));
    /// let (bfgs, none) = (named("bfgs")?, serde_json::Value::Null);
    /// let few = Stopping { iterations: Some(2), ..Stopping::default() };
    /// let mut run = bfgs.start(&none, &f, &[1.0, 2.0], few)?;
    /// while run.step().is_none() {}
    /// let mut bytes = Vec::new();
    /// run.write_checkpoint(&mut bytes)?;
    /// let mut run = bfgs.resume(&none, &f, &bytes, Stopping::default())?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().status.converged());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "checkpoints")]
    pub fn resume<'a>(
        &self,
        settings: &Value,
        objective: &'a (dyn Supplies + 'a),
        checkpoint: &[u8],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        let origin = Origin::Checkpoint(checkpoint);
        self.begin(settings, Held::Lent(objective), origin, conditions.into())
    }

    /// [`resume`](Self::resume), with an objective that the run has a share of.
    ///
    /// # Errors
    ///
    /// See [`resume`](Self::resume).
    #[cfg(feature = "checkpoints")]
    pub fn resume_sharing<'a>(
        &self,
        settings: &Value,
        objective: Rc<dyn Supplies + 'a>,
        checkpoint: &[u8],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        let origin = Origin::Checkpoint(checkpoint);
        self.begin(settings, Held::Shared(objective), origin, conditions.into())
    }

    /// Whether it goes over batches of a sum, as [`Conditions::epochs`] asks.
    ///
    /// ```
    /// assert!(ravine::methods::named("adam")?.goes_over_batches());
    /// assert!(ravine::methods::named("lbfgs/solve/fixed")?.goes_over_batches());
    /// assert!(!ravine::methods::named("lm")?.goes_over_batches());
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn goes_over_batches(&self) -> bool {
        #[cfg(feature = "all-methods")]
        return self.batches && OF_BATCHES.missing(self.needs).is_empty();
        #[cfg(not(feature = "all-methods"))]
        false
    }

    /// Why it does not go over batches as asked, if it does not.
    #[cfg(feature = "all-methods")]
    fn over_batches(&self, asked: &Epochs) -> Result<(), ArgumentError> {
        ArgumentError::check(asked.epochs > 0, "epochs", asked.epochs, "at least 1")?;
        if self.goes_over_batches() {
            return Ok(());
        }
        let why = if self.batches {
            let missing = OF_BATCHES.missing(self.needs).join(" and ");
            format!("`{}` needs {missing}, which no batch of a sum supplies", self.name)
        } else {
            format!("`{}` does not go over batches", self.name)
        };
        let able = catalogue().iter().filter(|entry| entry.goes_over_batches());
        let able: Vec<_> = able.map(|entry| entry.name).collect();
        let message = format!(
            "{why}; these go over batches: {}, and compositions curvature/step/trust that need no more",
            able.join(", ")
        );
        Err(ArgumentError::new("method", message))
    }

    #[cfg(not(feature = "all-methods"))]
    fn over_batches(&self, _: &Epochs) -> Result<(), ArgumentError> {
        let message = "are for a library with the feature `all-methods`";
        Err(ArgumentError::new("epochs", message))
    }

    /// What a run must be supplied with, and is not.
    #[cfg(feature = "all-methods")]
    fn missing(&self, objective: &dyn Supplies, conditions: &Conditions<'_>) -> Vec<&'static str> {
        if conditions.epochs.is_some() {
            let supplied = of_batches(objective);
            // What is no sum has no batches of anything.
            let needs = if supplied.finite_sum { self.needs } else { Derivatives::NONE };
            return supplied.missing(needs.and(Derivatives::CASES));
        }
        self.missing_at_once(objective, conditions)
    }

    #[cfg(not(feature = "all-methods"))]
    fn missing(&self, objective: &dyn Supplies, conditions: &Conditions<'_>) -> Vec<&'static str> {
        self.missing_at_once(objective, conditions)
    }

    /// The same of a run on all cases at once, which takes differences.
    fn missing_at_once(
        &self,
        objective: &dyn Supplies,
        conditions: &Conditions<'_>,
    ) -> Vec<&'static str> {
        let by_differences = match conditions.differences {
            Some(_) => Derivatives::HESSIAN,
            None => Derivatives::NONE,
        };
        objective.derivatives().and(by_differences).missing(self.needs)
    }

    /// [`start`](Self::start), with an objective that the run may keep.
    pub(super) fn start_holding<'a>(
        &self,
        settings: &Value,
        objective: Held<'a, dyn Supplies + 'a>,
        x0: &[f64],
        conditions: Conditions<'a>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.begin(settings, objective, Origin::Start(x0), conditions)
    }

    /// Refuses matrices and vectors that do not fit.
    #[cfg(feature = "all-methods")]
    fn check_memory(
        &self,
        settings: &Map<String, Value>,
        objective: &dyn Supplies,
    ) -> Result<(), Error> {
        let kept = self.memory();
        let n = objective.dimension();
        let given = |name: &str| asked_for(settings, name).and_then(|(_, value)| value.as_f64());
        let sizes = Sizes {
            n: n as f64,
            r: objective.residual_total() as f64,
            m: given("memory").unwrap_or_default(),
            q: given("rank").unwrap_or_default(),
            ..Sizes::default()
        };
        let bytes = |sizes: &Sizes| (8.0 * kept.at(sizes)) as usize;
        let needed = bytes(&sizes);
        if has_room(needed) {
            return Ok(());
        }
        let size = ravine_text::bytes(needed as u64);
        // Without what settings ask for, it would fit.
        let bare = bytes(&Sizes { m: 0.0, q: 0.0, ..sizes });
        let asked = ["memory", "rank"].into_iter().find_map(|name| asked_for(settings, name));
        Err(Error::Memory(match asked.filter(|_| has_room(bare)) {
            Some((name, value)) => {
                let message =
                    format!("is {value}, which needs {size} of memory, more than there is");
                ArgumentError::new(name, message)
            }
            None => {
                let message = format!(
                    "`{}` needs {size} of memory for {n} variables, more than there is; lbfgs, cg-hz and \
                     newton-cg keep vectors only",
                    self.name
                );
                ArgumentError::new("method", message)
            }
        }))
    }

    /// Begins a run, from a start or a checkpoint.
    fn begin<'a>(
        &self,
        settings: &Value,
        objective: Held<'a, dyn Supplies + 'a>,
        origin: Origin<'_>,
        conditions: Conditions<'a>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        if let Some(epochs) = &conditions.epochs {
            self.over_batches(epochs)?;
        }
        let missing = self.missing(&*objective, &conditions);
        if !missing.is_empty() {
            let missing = missing.join(" and ");
            let message =
                format!("`{}` needs {missing}, which the objective does not supply", self.name);
            #[cfg(feature = "all-methods")]
            let message =
                if conditions.epochs.is_some() { message + " over batches" } else { message };
            return Err(ArgumentError::new("method", message).into());
        }
        if conditions.bounds.is_some() && !self.bounds {
            let able: Vec<_> = catalogue().iter().filter(|e| e.bounds).map(|e| e.name).collect();
            let message =
                format!("`{}` cannot keep bounds; these can: {}", self.name, able.join(", "));
            return Err(ArgumentError::new("method", message).into());
        }
        let settings = merged(self.preset, settings)?;
        #[cfg(feature = "all-methods")]
        self.check_memory(&settings, &*objective)?;
        (self.begin)(settings, objective, origin, conditions)
    }
}

/// A number that is given under this name, to the method or to one of its parts, with its path.
#[cfg(feature = "all-methods")]
fn asked_for<'s>(settings: &'s Map<String, Value>, name: &str) -> Option<(String, &'s Number)> {
    let number = |value: &'s Value| match value {
        Value::Number(number) => Some(number),
        _ => None,
    };
    let own = settings.get(name).and_then(number).map(|value| (name.to_owned(), value));
    let of_part = |(part, settings): (&String, &'s Value)| {
        Some((format!("{part}.{name}"), number(settings.get(name)?)?))
    };
    own.or_else(|| settings.iter().find_map(of_part))
}

/// Whether so many bytes can be had at once: a program ends where an allocation fails.
#[cfg(feature = "all-methods")]
fn has_room(bytes: usize) -> bool {
    /// So many are not asked for.
    const SMALL: usize = 1 << 24;
    bytes < SMALL || Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}
