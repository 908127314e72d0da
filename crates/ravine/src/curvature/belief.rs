//! What a method believes.

use super::{DenseSecant, SecantPairs};
use ravine_linalg::matrix::{Lblt, Matrix, Symmetric};
use ravine_linalg::operator::{Algebra, LinearOperator};
use ravine_linalg::vector::Vector;

/// What a method believes of the function around its iterate, for those who look on: see
/// [`Method::belief`](crate::minimize::Method::belief).
///
/// ```
/// use ravine::methods::Bfgs;
/// use ravine::curvature::Source;
/// use ravine::minimize::Run;
/// use ravine::Stopping;
///
/// let f = ravine::objective!(2, |x| x[0] * x[0] + 10.0 * x[1] * x[1]);
/// let mut run = Run::new(&f, Bfgs::default(), &vec![1.0, 1.0], Stopping::default())?;
/// assert!(run.belief().curvature.is_none());
/// while run.step().is_none() {}
/// let (source, b) = run.belief().dense_curvature().unwrap();
/// assert_eq!(source, Source::SecantPairs);
/// assert!((b[(0, 0)] - 2.0).abs() < 0.1 && (b[(1, 1)] - 20.0).abs() < 0.1);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub struct Belief<'s, V> {
    /// The curvature that it takes; `None` where it has none, or none yet.
    pub curvature: Option<Believed<'s, V>>,
    /// The secant pairs, of a method that keeps the last few.
    pub pairs: Option<&'s SecantPairs<V>>,
    /// The inverse of the curvature, of a method that keeps all of it.
    pub inverse_matrix: Option<&'s Symmetric>,
    /// The radius of its trust region.
    pub radius: Option<f64>,
    /// The weight of its cubic term.
    pub cubic_weight: Option<f64>,
    /// The damping of its curvature.
    pub damping: Option<f64>,
}

/// A curvature, with what it comes from.
pub struct Believed<'s, V> {
    /// What it comes from.
    pub source: Source,
    /// The matrix.
    pub form: Learnt<'s, V>,
}

/// A curvature as a linear operator.
pub enum Learnt<'s, V> {
    /// It is evaluated anew at each iterate, and was not yet at this one.
    Anew,
    /// The curvature B.
    Direct(Box<dyn LinearOperator<V> + 's>),
    /// Its inverse, where that is what the method keeps.
    Inverse(Box<dyn LinearOperator<V> + 's>),
}

/// What a curvature comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Steps and the changes of the gradient along them.
    SecantPairs,
    /// The Hessian itself.
    Hessian,
    /// The Jacobian of residuals: the Gauss-Newton matrix.
    Jacobian,
    /// The Fisher information.
    Fisher,
    /// A sketch of a square root of the Hessian.
    Sketch,
    /// The Hessian of a sample of the cases.
    Sample,
    /// Gradients of the cases: the empirical Fisher information.
    CaseGradients,
    /// Squares of the gradient's entries: not a curvature, but it takes its place.
    SquaredGradients,
}

impl<V> Default for Belief<'_, V> {
    fn default() -> Self {
        Self {
            curvature: None,
            pairs: None,
            inverse_matrix: None,
            radius: None,
            cubic_weight: None,
            damping: None,
        }
    }
}

impl<V> std::fmt::Debug for Belief<'_, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Belief")
            .field("curvature", &self.curvature.as_ref().map(|believed| believed.source))
            .field("radius", &self.radius)
            .field("cubic_weight", &self.cubic_weight)
            .field("damping", &self.damping)
            .finish()
    }
}

impl<'s, V: Vector> Belief<'s, V> {
    /// A radius and nothing else.
    pub fn radius(radius: f64) -> Self {
        Self { radius: Some(radius), ..Self::default() }
    }

    /// With this curvature.
    #[must_use]
    pub fn curvature(self, source: Source, b: impl LinearOperator<V> + 's) -> Self {
        let form = Learnt::Direct(Box::new(b));
        Self { curvature: Some(Believed { source, form }), ..self }
    }

    /// With a curvature that is evaluated anew at each iterate.
    #[must_use]
    pub fn anew(self, source: Source) -> Self {
        Self { curvature: Some(Believed { source, form: Learnt::Anew }), ..self }
    }

    /// With the L-BFGS matrix of these pairs.
    #[must_use]
    pub fn pairs(self, pairs: &'s SecantPairs<V>) -> Self {
        Self { pairs: Some(pairs), ..self.inverse(Source::SecantPairs, pairs.inverse()) }
    }

    /// With the curvature whose inverse this is.
    #[must_use]
    pub fn inverse(self, source: Source, h: impl LinearOperator<V> + 's) -> Self {
        let form = Learnt::Inverse(Box::new(h));
        Self { curvature: Some(Believed { source, form }), ..self }
    }
}

impl<'s> Belief<'s, Vec<f64>> {
    /// With the curvature whose inverse is the matrix that these secant updates have made.
    #[must_use]
    pub fn dense_secant(self, secant: &'s DenseSecant) -> Self {
        let inverse_matrix = Some(secant.matrix());
        Self { inverse_matrix, ..self.inverse(Source::SecantPairs, secant) }
    }

    /// The curvature B as a dense matrix, with what it comes from; `None` where there is none, it was
    /// not evaluated at this iterate, or it has no numbers, as where its inverse is singular.
    pub fn dense_curvature(&self) -> Option<(Source, Matrix)> {
        let Believed { source, form } = self.curvature.as_ref()?;
        let matrix = match form {
            Learnt::Anew => return None,
            Learnt::Direct(b) => b.dense().ok()?,
            Learnt::Inverse(h) => {
                let mut b = Matrix::identity(h.dimension());
                let factor = Lblt::new(&h.dense().ok()?).ok()?;
                (0..b.columns()).for_each(|j| factor.solve(b.column_mut(j)));
                b
            }
        };
        matrix.is_finite().then_some((*source, matrix))
    }
}
