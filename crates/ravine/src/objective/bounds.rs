//! Bounds on variables.

/// Box constraints `lower <= x <= upper`; infinite where a side is free.
///
/// # Example
///
/// ```
/// use ravine::Bounds;
///
/// let bounds = Bounds::new(vec![0.0, f64::NEG_INFINITY], vec![1.0, 5.0]).unwrap();
/// let mut x = vec![2.0, -3.0];
/// bounds.project(&mut x);
/// assert_eq!(x, [1.0, -3.0]);
/// assert!(Bounds::new(vec![1.0], vec![0.0]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bounds {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Bounds {
    /// Bounds from both sides.
    ///
    /// # Errors
    ///
    /// If the lengths differ, a bound is NaN, a lower bound is above its upper bound, or no number is within.
    pub fn new(lower: Vec<f64>, upper: Vec<f64>) -> Result<Self, ravine_linalg::ArgumentError> {
        let wrong = |message: String| Err(ravine_linalg::ArgumentError::new("bounds", message));
        if lower.len() != upper.len() {
            return wrong(format!(
                "there are {} lower bounds and {} upper bounds; give one of each a variable",
                lower.len(),
                upper.len()
            ));
        }
        for (i, (&l, &u)) in lower.iter().zip(&upper).enumerate() {
            if l.is_nan() || u.is_nan() || l > u {
                return wrong(format!(
                    "variable {i} has lower bound {l} and upper bound {u}; \
                     the lower bound must not be above the upper, and neither may be NaN"
                ));
            }
            if l == f64::INFINITY || u == f64::NEG_INFINITY {
                return wrong(format!(
                    "variable {i} has lower bound {l} and upper bound {u}; no number is within"
                ));
            }
        }
        Ok(Self { lower, upper })
    }

    /// The lower bounds.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// The upper bounds.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// Moves `x` to the nearest point within the bounds.
    pub fn project(&self, x: &mut [f64]) {
        for ((x, &l), &u) in x.iter_mut().zip(&self.lower).zip(&self.upper) {
            *x = x.clamp(l, u);
        }
    }

    /// The maximum norm of the gradient at an `x` within the bounds, without what points out of them: an
    /// entry that pushes its variable to a bound counts by the share of the way that is left to there,
    /// of the larger of variable and bound. Zero exactly where the conditions of Karush, Kuhn and Tucker
    /// hold, the norm of the gradient where there are no bounds, and in units of the gradient, never of
    /// the variables.
    ///
    /// ```
    /// use ravine::Bounds;
    ///
    /// let bounds = Bounds::new(vec![0.0, 0.0], vec![1.0, 1.0]).unwrap();
    /// // At the lower bound a positive gradient is no reason to move, a negative one is.
    /// assert_eq!(bounds.projected_gradient_norm(&[0.0, 0.5], &[3.0, 0.0]), 0.0);
    /// assert_eq!(bounds.projected_gradient_norm(&[0.0, 0.5], &[-0.2, 9.0]), 9.0);
    /// // A hundredth of the way from 1 is left.
    /// assert!((bounds.projected_gradient_norm(&[0.0, 0.99], &[0.0, -9.0]) - 0.09).abs() < 1e-12);
    /// ```
    pub fn projected_gradient_norm(&self, x: &[f64], gradient: &[f64]) -> f64 {
        let mut largest = 0.0f64;
        for i in 0..x.len() {
            let (g, bound) =
                (gradient[i], if gradient[i] > 0.0 { self.lower[i] } else { self.upper[i] });
            let (room, size) = ((bound - x[i]).abs(), bound.abs().max(x[i].abs()));
            let share = if room < size { room / size } else { 1.0 };
            let entry = if room == 0.0 { 0.0 } else { g.abs() * share };
            if entry.is_nan() {
                return f64::NAN;
            }
            largest = largest.max(entry);
        }
        largest
    }

    /// Shortens the entries of `d` so that `x + d` stays within the bounds, for an `x` that is: each by
    /// itself, to zero where its variable is at the bound that it leads to.
    ///
    /// ```
    /// use ravine::Bounds;
    ///
    /// let bounds = Bounds::new(vec![0.0; 3], vec![1.0; 3]).unwrap();
    /// let mut d = [-3.0, 0.5, 0.25];
    /// bounds.shorten(&[0.0, 0.75, 0.5], &mut d);
    /// assert_eq!(d, [0.0, 0.25, 0.25]);
    /// ```
    pub fn shorten(&self, x: &[f64], d: &mut [f64]) {
        for i in 0..x.len() {
            d[i] = d[i].clamp((self.lower[i] - x[i]).min(0.0), (self.upper[i] - x[i]).max(0.0));
        }
    }
}

/// What is done with bounds at points of type V: what methods that keep them hand to the loop, which
/// takes any vectors.
#[derive(Clone, Copy, Debug)]
pub struct Within<V> {
    /// See [`Bounds::project`].
    pub project: fn(&Bounds, x: &mut V),
    /// See [`Bounds::shorten`].
    pub shorten: fn(&Bounds, x: &V, d: &mut V),
    /// See [`Bounds::projected_gradient_norm`].
    pub gradient_norm: fn(&Bounds, x: &V, gradient: &V) -> f64,
}

impl Within<Vec<f64>> {
    /// Entry by entry.
    pub const ENTRIES: Self = Self {
        project: |bounds, x| bounds.project(x),
        shorten: |bounds, x, d| bounds.shorten(x, d),
        gradient_norm: |bounds, x, gradient| bounds.projected_gradient_norm(x, gradient),
    };
}
