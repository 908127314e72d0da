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
    /// If the lengths differ, a bound is NaN, or a lower bound is above its upper bound.
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

    /// The maximum norm of the projected gradient, `|P(x - g) - x|`, for `x` within the bounds: zero
    /// exactly where the conditions of Karush, Kuhn and Tucker hold, and the norm of the
    /// gradient where there are no bounds.
    ///
    /// ```
    /// use ravine::Bounds;
    ///
    /// let bounds = Bounds::new(vec![0.0, 0.0], vec![1.0, 1.0]).unwrap();
    /// // At the lower bound a positive gradient is no reason to move, a negative one is.
    /// assert_eq!(bounds.projected_gradient_norm(&[0.0, 0.5], &[3.0, 0.0]), 0.0);
    /// assert_eq!(bounds.projected_gradient_norm(&[0.0, 0.5], &[-0.2, 9.0]), 0.5);
    /// ```
    pub fn projected_gradient_norm(&self, x: &[f64], gradient: &[f64]) -> f64 {
        let mut largest = 0.0f64;
        for i in 0..x.len() {
            let change = (x[i] - gradient[i]).clamp(self.lower[i], self.upper[i]) - x[i];
            if change.is_nan() {
                return f64::NAN;
            }
            largest = largest.max(change.abs());
        }
        largest
    }
}
