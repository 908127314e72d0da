//! Which methods can take part.

use ravine::methods::{Entry, Family, catalogue};
use ravine::objective::{Bounds, Derivatives, Supplies};

use crate::choice::MethodChoice;

/// Variables up to which methods with dense matrices take part unasked.
const MOST_DENSE: usize = 500;

/// What keeps a method out of a race.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The objective lacks what the method needs.
    Lacks(Vec<&'static str>),
    /// There are bounds, which the method cannot keep.
    Bounds,
    /// The method keeps dense matrices, and there are so many variables. It could run all the same.
    Dense(usize),
    /// The method does not go over the batches of a sum.
    Batches,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lacks(what) => write!(f, "no {}", what.join(" and ")),
            Self::Bounds => f.write_str("cannot keep bounds"),
            Self::Dense(n) => write!(f, "dense matrices for {n} variables"),
            Self::Batches => f.write_str("not for batches"),
        }
    }
}

impl Obstacle {
    /// What keeps `entry` from a race on `objective` within `bounds`, if anything does. Of the
    /// derivatives those in `supplied` count.
    ///
    /// ```
    /// use ravine_race::Obstacle;
    ///
    /// let large = ravine_problems::named("quadratic:n=1000")?;
    /// let f = &*large.objective;
    /// let obstacle = |name: &str| {
    ///     let entry = ravine::methods::named(name)?;
    ///     Ok::<_, ravine::ArgumentError>(Obstacle::of(entry, f, f.derivatives(), None))
    /// };
    /// assert_eq!(obstacle("lbfgs")?, None);
    /// assert_eq!(obstacle("bfgs")?, Some(Obstacle::Dense(1000)));
    /// assert_eq!(obstacle("lm")?.unwrap().to_string(), "no residuals");
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn of(
        entry: &Entry,
        objective: &dyn Supplies,
        supplied: Derivatives,
        bounds: Option<&Bounds>,
    ) -> Option<Self> {
        let missing = supplied.missing(entry.needs);
        if !missing.is_empty() {
            return Some(Self::Lacks(missing));
        }
        if bounds.is_some() && !entry.bounds {
            return Some(Self::Bounds);
        }
        let n = objective.dimension();
        (entry.is_dense() && n > MOST_DENSE).then_some(Self::Dense(n))
    }
}

/// The methods that can race on the objective within bounds, at their defaults, and what keeps the others out. Of
/// its derivatives those in `supplied` count: some may be there for methods that are named only.
///
/// ```
/// let problem = ravine_problems::named("rosenbrock")?;
/// let f = &*problem.objective;
/// let (able, left_out) = ravine_race::applicable(f, f.derivatives(), None);
/// assert!(able.iter().any(|method| method.name == "newton"));
/// assert!(left_out.iter().any(|(method, _)| method.name == "gauss-newton"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn applicable(
    objective: &dyn Supplies,
    supplied: Derivatives,
    bounds: Option<&Bounds>,
) -> (Vec<MethodChoice>, Vec<(&'static Entry, Obstacle)>) {
    let (mut able, mut left_out) = (Vec::new(), Vec::new());
    for entry in catalogue().iter().filter(|entry| entry.family != Family::Automatic) {
        match Obstacle::of(entry, objective, supplied, bounds) {
            None => able.push(MethodChoice::of(entry)),
            Some(obstacle) => left_out.push((entry, obstacle)),
        }
    }
    (able, left_out)
}

/// [`applicable`] methods for a race over the batches of a sum.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{Regression, RegressionLoss};
///
/// let design = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
/// let line = Regression::new(design, vec![3.0, 5.0], RegressionLoss::Squares, 0.0)?;
/// let (able, left_out) =
///     ravine_race::applicable_over_batches(&line, ravine::objective::Supplies::derivatives(&line), None);
/// assert!(["adam", "lbfgs", "newton-cg"].iter().all(|name| able.iter().any(|m| m.name == *name)));
/// assert!(left_out.iter().any(|(method, why)| method.name == "lm" && why.to_string() == "not for batches"));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn applicable_over_batches(
    objective: &dyn Supplies,
    supplied: Derivatives,
    bounds: Option<&Bounds>,
) -> (Vec<MethodChoice>, Vec<(&'static Entry, Obstacle)>) {
    let (mut able, mut left_out) = applicable(objective, supplied, bounds);
    able.retain(|method| method.entry.goes_over_batches());
    let staying = |entry: &&Entry| entry.family != Family::Automatic && !entry.goes_over_batches();
    let known: Vec<_> = left_out.iter().map(|(entry, _)| entry.name).collect();
    let staying = catalogue().iter().filter(staying).filter(|entry| !known.contains(&entry.name));
    left_out.extend(staying.map(|entry| (entry, Obstacle::Batches)));
    (able, left_out)
}
