//! The choice of a method from what is known of an objective.

mod evidence;
#[cfg(all(test, feature = "all-methods"))]
mod tests;

pub use evidence::{Contender, Evidence};

use serde_json::Value;

use super::{Entry, named};
use crate::minimize::{Conditions, Error, Outcome, Stepping};
use crate::objective::{Bounds, Derivatives, Supplies};
use crate::oracle::Held;
use ravine_linalg::ArgumentError;
use ravine_linalg::vector::Vector;

/// Up to this many variables a dense Hessian is formed and factored at every step.
const DENSE: usize = 500;
/// Up to this many entries a Jacobian is formed and factored at every step.
const JACOBIAN_ENTRIES: usize = 10_000_000;
/// A Hessian with at most this share of entries is factored as a sparse matrix.
pub(crate) const SPARSE_DENSITY: f64 = 0.05;

/// What the choice is made from: all that can be known before the first step, cheaply.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The number of variables n.
    pub dimension: usize,
    /// What the objective supplies.
    pub derivatives: Derivatives,
    /// Whether the run has bounds.
    pub bounded: bool,
    /// The number of residuals m; 0 where there are none.
    pub residual_count: usize,
    /// Whether they give their Jacobian as a sparse matrix.
    pub sparse_jacobian: bool,
    /// The share of entries of the Hessian that its pattern names. Looked at only for more
    /// variables than a dense factorization can take.
    pub hessian_density: Option<f64>,
    /// `g'Hg / g'g` at the start. Looked at only where Hessian products are all there is for many
    /// variables.
    pub curvature_along_gradient: Option<f64>,
    /// What a diagnosis found, where there was one.
    pub evidence: Option<Evidence>,
}

impl Facts {
    /// Looks at the objective and, where it matters, at its Hessian at `x0`.
    ///
    /// # Errors
    ///
    /// If `x0` is not a finite point of the right dimension, or an error of the user's function.
    pub fn gather(
        objective: &dyn Supplies,
        x0: &[f64],
        bounds: Option<&Bounds>,
    ) -> Result<Self, Error> {
        let n = objective.dimension();
        if x0.len() != n {
            let message = format!("has {} entries, but the objective has {n} variables", x0.len());
            return Err(ArgumentError::new("start", message).into());
        }
        let finite = x0.iter().all(|x| x.is_finite());
        ArgumentError::check(finite, "start", "not finite", "finite in every entry")?;
        let derivatives = objective.derivatives();
        let mut facts = Self {
            dimension: n,
            derivatives,
            bounded: bounds.is_some(),
            residual_count: objective.residual_total(),
            sparse_jacobian: false,
            hessian_density: None,
            curvature_along_gradient: None,
            evidence: None,
        };
        if let Some(objective) = objective.as_residuals() {
            let pattern = objective.sparse_jacobian_pattern(x0).map_err(Error::Objective)?;
            facts.sparse_jacobian = pattern.is_some();
        }
        if facts.bounded || facts.sparse_jacobian || facts.residuals_fit() || n <= DENSE {
            return Ok(facts);
        }
        if let Some(objective) = objective.as_sparse_hessian() {
            let pattern = objective.sparse_hessian_pattern(x0).map_err(Error::Objective)?;
            facts.hessian_density = Some(pattern.stored() as f64 / (n as f64 * n as f64));
        }
        if let Some(objective) = objective.as_hessian_product()
            && !facts.hessian_is_sparse()
        {
            let (x0, mut g, mut hg) = (x0.to_vec(), vec![0.0; n], vec![0.0; n]);
            objective.value_and_gradient(&x0, &mut g).map_err(Error::Objective)?;
            objective.hessian_product(&x0, &g, &mut hg).map_err(Error::Objective)?;
            let curvature = g.dot(&hg) / g.dot(&g);
            facts.curvature_along_gradient = curvature.is_finite().then_some(curvature);
        }
        Ok(facts)
    }

    fn residuals_fit(&self) -> bool {
        self.derivatives.residuals
            && self.dimension <= 4 * DENSE
            && self.residual_count.saturating_mul(self.dimension) <= JACOBIAN_ENTRIES
    }

    /// Small enough to factor a Hessian at every step.
    fn is_small(&self) -> bool {
        self.derivatives.hessian && self.dimension <= DENSE
    }

    /// As many residuals as variables.
    fn is_square(&self) -> bool {
        self.residual_count == self.dimension
    }

    fn hessian_is_sparse(&self) -> bool {
        self.hessian_density.is_some_and(|density| density <= SPARSE_DENSITY)
    }

    fn has(&self, needed: Derivatives) -> bool {
        self.derivatives.missing(needed).is_empty()
    }
}

/// A row of the decision: where it applies, whom it names, and why, in a sentence.
struct Reasoning {
    applies: fn(&Facts) -> bool,
    entry: &'static str,
    because: fn(&Facts) -> String,
}

/// The decision: the first row that applies, from what knows most to what knows least.
const DECISION: &[Reasoning] = &[
    #[cfg(feature = "all-methods")]
    Reasoning {
        applies: |f| f.sparse_jacobian && f.bounded,
        entry: "gauss-newton/projected/radius",
        because: |f| {
            format!("a sum of squares within bounds, {}, with a sparse Jacobian", residuals(f))
        },
    },
    Reasoning {
        applies: |f| {
            let dense = f.residuals_fit() && (f.bounded || !(f.is_small() || f.is_square()));
            f.sparse_jacobian || dense
        },
        entry: "lm",
        because: |f| {
            let within = if f.bounded { " within bounds" } else { "" };
            format!("a sum of squares{within}, {}: the Jacobian gives the curvature", residuals(f))
        },
    },
    Reasoning {
        applies: |f| f.bounded && f.derivatives.hessian_product,
        entry: "tron",
        because: |f| {
            format!(
                "{} within bounds, with Hessian products: a trust region on the free variables \
                 finds the active bounds and then converges like Newton's method",
                variables(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.bounded,
        entry: "lbfgsb",
        because: |f| {
            format!("{} within bounds, with gradients alone: secant curvature", variables(f))
        },
    },
    Reasoning {
        applies: |f| f.residuals_fit() && f.is_small(),
        entry: "lm-newton",
        because: |f| {
            format!(
                "a sum of squares, {}: the Jacobian is most of the curvature while residuals \
                 fall, and the exact Hessian takes over should they stay large",
                residuals(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.residuals_fit() && f.is_square(),
        entry: "gauss-newton",
        because: |f| {
            format!(
                "a sum of squares, {}: as many equations as unknowns, solved by Newton's method \
                 on the equations",
                residuals(f)
            )
        },
    },
    Reasoning {
        applies: Facts::is_small,
        entry: "trust-exact",
        because: |f| {
            format!(
                "{} and a Hessian: small enough to factor it at every step, and the exact \
                 trust-region step uses negative curvature too",
                variables(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.derivatives.fisher && !f.derivatives.hessian && f.dimension <= DENSE,
        entry: "natural-gradient-linesearch",
        because: |f| {
            format!(
                "{} and a Fisher information: positive definite curvature without second \
                 derivatives",
                variables(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.hessian_is_sparse(),
        entry: "newton-sparse",
        because: |f| {
            format!(
                "{} and a Hessian with {:.2} % of its entries: factored as a sparse matrix",
                variables(f),
                100.0 * f.hessian_density.unwrap_or(1.0)
            )
        },
    },
    Reasoning {
        applies: |f| {
            f.derivatives.hessian_product
                && f.dimension > DENSE
                && f.curvature_along_gradient.is_some_and(|curvature| curvature < 0.0)
        },
        entry: "trust-gltr",
        because: |f| {
            format!(
                "{} and Hessian products, too many to factor a Hessian; curvature is negative \
                 along the gradient at the start, so steps will end on the boundary of the trust \
                 region, where Lanczos finds better ones than conjugate gradients",
                variables(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.derivatives.hessian_product && f.dimension > DENSE,
        entry: "trust-steihaug",
        because: |f| {
            format!(
                "{} and Hessian products, too many to factor a Hessian: conjugate gradients \
                 within a trust region",
                variables(f)
            )
        },
    },
    Reasoning {
        applies: |f| f.dimension <= DENSE,
        entry: "bfgs",
        because: |f| {
            format!(
                "{} and {}: few enough to keep a full matrix of secant curvature",
                variables(f),
                gradients(f)
            )
        },
    },
    Reasoning {
        applies: |_| true,
        entry: "lbfgs",
        because: |f| {
            format!(
                "{} and {}: too many for a full matrix, so the last few secant pairs",
                variables(f),
                gradients(f)
            )
        },
    },
];

fn variables(facts: &Facts) -> String {
    let n = facts.dimension;
    if n == 1 { "1 variable".to_owned() } else { format!("{n} variables") }
}

fn residuals(facts: &Facts) -> String {
    format!("{} residuals of {}", facts.residual_count, variables(facts))
}

fn gradients(facts: &Facts) -> &'static str {
    if facts.derivatives.gradient { "gradients" } else { "gradients by finite differences" }
}

/// A method, and why it.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The method.
    pub entry: &'static Entry,
    /// Its settings, for [`Entry::start`].
    pub settings: Value,
    /// Why, in a sentence without a full stop.
    pub reason: String,
    /// What the choice was made from.
    pub facts: Facts,
}

/// Chooses a method for `objective` from size, derivatives, bounds, residual structure and, for
/// many variables, a look at the Hessian at `x0`.
///
/// # Errors
///
/// If `x0` is not a finite point of the right dimension, or an error of the user's function.
///
/// ```
/// use ravine::methods::automatic;
///
/// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0].powi(2)).powi(2));
/// let choice = automatic(&f, &[-1.2, 1.0], None)?;
/// assert_eq!(choice.entry.name, "trust-exact");
/// println!("{}, because there are {}", choice.entry.title, choice.reason);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn automatic(
    objective: &dyn Supplies,
    x0: &[f64],
    bounds: Option<&Bounds>,
) -> Result<Choice, Error> {
    choose(Facts::gather(objective, x0, bounds)?)
}

/// The decision on facts: what [`automatic`] does once they are gathered. Where a diagnosis has
/// forecast what methods need, the fastest of them is chosen, unless the one that structure speaks for
/// is nearly as fast.
///
/// # Errors
///
/// None for facts that an objective can have.
///
/// ```
/// use ravine::methods::{Facts, choose};
/// use ravine::objective::Derivatives;
///
/// let facts = Facts {
///     dimension: 1_000_000,
///     derivatives: Derivatives::GRADIENT,
///     bounded: false,
///     residual_count: 0,
///     sparse_jacobian: false,
///     hessian_density: None,
///     curvature_along_gradient: None,
///     evidence: None,
/// };
/// assert_eq!(choose(facts)?.entry.name, "lbfgs");
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn choose(facts: Facts) -> Result<Choice, Error> {
    for reasoning in DECISION {
        let entry = named(reasoning.entry)?;
        let supplied = facts.has(entry.needs) || entry.needs == Derivatives::GRADIENT;
        if (reasoning.applies)(&facts) && supplied {
            let reason = (reasoning.because)(&facts);
            let evidence = facts.evidence.as_ref();
            if let Some((contender, reason)) = evidence.and_then(|e| e.decide(&facts, entry.name)) {
                let (entry, settings) = (named(contender.method)?, contender.settings.clone());
                return Ok(Choice { entry, settings, reason, facts });
            }
            return Ok(Choice { entry, settings: Value::Null, reason, facts });
        }
    }
    let message = "no method fits this objective".to_owned();
    Err(ArgumentError::new("method", message).into())
}

/// The method for the batches of a sum, where none is named: one that noise does not stop, and which
/// scales each variable by itself.
///
/// # Errors
///
/// None.
///
/// ```
/// assert!(ravine::methods::for_batches()?.goes_over_batches());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[cfg(feature = "all-methods")]
pub fn for_batches() -> Result<&'static Entry, ArgumentError> {
    named("adam")
}

/// Minimizes `objective` from `x0` by the method that [`automatic`] chooses. Where there are values
/// alone, gradients are taken by differences.
///
/// # Errors
///
/// What [`Run::new`](crate::minimize::Run::new) refuses, or an error of the user's function at the
/// start.
///
/// ```
/// use ravine::Stopping;
/// use ravine::methods::minimize_automatically;
///
/// let f = ravine::residuals!(2, |x| [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
/// let (choice, outcome) = minimize_automatically(&f, &[-1.2, 1.0], Stopping::default())?;
/// assert!(outcome.status.converged());
/// assert_eq!(choice.entry.name, "lm-newton");
///
/// let f = ravine::objective::from_value(2, |x: &[f64]| (x[0] - 1.0).powi(4) + x[1].cosh());
/// let (choice, outcome) = minimize_automatically(&f, &[0.0, 1.0], Stopping::default())?;
/// assert!(outcome.value - 1.0 < 1e-9);
/// assert!(choice.reason.contains("finite differences"));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn minimize_automatically<'a>(
    objective: &'a (dyn Supplies + 'a),
    x0: &[f64],
    conditions: impl Into<Conditions<'a>>,
) -> Result<(Choice, Outcome<Vec<f64>>), Error> {
    let conditions = conditions.into();
    let choice = automatic(objective, x0, conditions.bounds.as_ref())?;
    let mut run = choice.start(objective, x0, conditions)?;
    while run.step().is_none() {}
    let outcome = run.outcome();
    Ok((choice, outcome))
}

impl Choice {
    /// Starts the method chosen; where there are values alone, with their differences: as the conditions
    /// have them, or else central ones.
    ///
    /// # Errors
    ///
    /// See [`Entry::start`].
    ///
    /// ```
    /// use ravine::Stopping;
    /// use ravine::methods::automatic;
    ///
    /// let f = ravine::objective::from_value(1, |x: &[f64]| x[0].cosh());
    /// let choice = automatic(&f, &[1.0], None)?;
    /// let mut run = choice.start(&f, &[1.0], Stopping::default())?;
    /// while run.step().is_none() {}
    /// assert!(run.outcome().x[0].abs() < 1e-6);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn start<'a>(
        &self,
        objective: &'a (dyn Supplies + 'a),
        x0: &[f64],
        conditions: impl Into<Conditions<'a>>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        self.start_holding(Held::Lent(objective), x0, conditions.into())
    }

    pub(super) fn start_holding<'a>(
        &self,
        objective: Held<'a, dyn Supplies + 'a>,
        x0: &[f64],
        mut conditions: Conditions<'a>,
    ) -> Result<Box<dyn Stepping + 'a>, Error> {
        if !self.facts.derivatives.gradient {
            conditions.differences.get_or_insert_default();
        }
        self.entry.start_holding(&self.settings, objective, x0, conditions)
    }
}
