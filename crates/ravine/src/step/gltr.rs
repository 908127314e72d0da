//! The minimizer of the model over a growing Krylov space.

use super::forcing::Superlinear;
use super::secular::{Root, Target};
use super::tridiagonal::solve_tridiagonal;
use super::{Ball, Cubic, Local, Solution, Step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::krylov::Lanczos;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The minimizer of `g'p + p'Hp/2` over `|p| <= radius` in the Krylov space of H and g, which grows
/// until the residual `|(H + lambda I) p + g|` is small enough.
///
/// In the basis of the Lanczos process H is tridiagonal and the secular equation costs O(k). Where
/// [`Steihaug`](super::Steihaug) stops at the radius, this goes on around it. A step rejected is
/// found again within a smaller radius from the same space, mostly without a product. The Krylov
/// space of g does not contain what is orthogonal to it: a saddle with zero gradient is not left.
///
/// The basis is kept and kept orthogonal: memory and time besides the products are those of k
/// vectors and `4 k^2 n` operations.
///
/// Source: Gould, Lucidi, Roma and Toint, Solving the trust-region subproblem using the Lanczos
/// method (1999).
///
/// ```
/// use ravine::krylov::Lanczos;
/// use ravine::matrix::Matrix;
/// use ravine::step::Gltr;
///
/// let hessian = Matrix::from_rows(&[[2.0, 1.0], [1.0, -3.0]]);
/// let gradient = vec![1.0, 1.0];
/// let mut lanczos = Lanczos::default();
/// lanczos.begin(&gradient);
/// let mut step = vec![0.0; 2];
/// let solution = Gltr::default().solve(&hessian, &mut lanczos, 2.0, 0.1, &mut step)?;
/// let solution = solution.expect("the Hessian is finite");
/// assert!(solution.on_boundary && solution.multiplier > 3.0);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gltr {
    /// How far the step may miss the minimizer in its Krylov space: in length, relative to the
    /// radius, or in decrease, relative to the best. Default `1e-3`.
    #[range("between 0 and 1")]
    pub accuracy: f64,
    /// The largest dimension of the space. Default 200.
    #[range("at least 1")]
    pub dimension: usize,
}

impl Default for Gltr {
    fn default() -> Self {
        Self { accuracy: 1e-3, dimension: 200 }
    }
}

impl Gltr {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let accuracy = self.accuracy;
        let allowed = accuracy > 0.0 && accuracy < 1.0;
        ArgumentError::check(allowed, "accuracy", accuracy, "between 0 and 1")?;
        ArgumentError::check(self.dimension > 0, "dimension", self.dimension, "at least 1")
    }

    /// Writes the step, from the Krylov space that `lanczos` has begun with the gradient (and
    /// may have built already), until the residual is at most `forcing |g|`; `None` where a product is not
    /// finite.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        hessian: &(impl LinearOperator<V> + ?Sized),
        lanczos: &mut Lanczos<V>,
        radius: f64,
        forcing: f64,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let before = lanczos.dimension();
        let root = self.solve_for(hessian, lanczos, Target::Radius(radius), forcing, step)?;
        Ok(root.map(|root| root.solution(lanczos.dimension() - before)))
    }

    /// The same for any target.
    pub(crate) fn solve_for<V: Vector>(
        &self,
        hessian: &(impl LinearOperator<V> + ?Sized),
        lanczos: &mut Lanczos<V>,
        target: Target,
        forcing: f64,
        step: &mut V,
    ) -> Result<Option<Root>, Interrupt> {
        if lanczos.start_norm() == 0.0 {
            step.fill(0.0);
            let none = Root { lambda: 0.0, decrease: 0.0, on_target: false, factorizations: 0 };
            return Ok(Some(none));
        }
        let mut h = Vec::new();
        loop {
            if lanczos.dimension() == 0 && !lanczos.extend(&hessian)? {
                return Ok(None);
            }
            let k = lanczos.dimension();
            let (diagonal, off_diagonal) = (lanczos.diagonal(), lanczos.off_diagonal());
            let gradient = lanczos.start_norm();
            let root =
                solve_tridiagonal(diagonal, off_diagonal, gradient, target, self.accuracy, &mut h);
            let residual = off_diagonal[k - 1] * h[k - 1].abs();
            if lanczos.exhausted() || k >= self.dimension || residual <= forcing * gradient {
                lanczos.combine(&h, step);
                return Ok(Some(root));
            }
            if !lanczos.extend(&hessian)? {
                return Ok(None);
            }
        }
    }
}

/// The Krylov space of the Hessian and the gradient at the current point.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct GltrMemory<V> {
    lanczos: Lanczos<V>,
    current: bool,
    forcing: Superlinear,
}

impl<V: Vector> GltrMemory<V> {
    pub(crate) fn new() -> Self {
        Self { lanczos: Lanczos::default(), current: false, forcing: Superlinear::default() }
    }

    /// The space begun with `gradient`, unless it is there already, and the forcing term.
    pub(crate) fn begun_with(&mut self, gradient: &V) -> (&mut Lanczos<V>, f64) {
        if !self.current {
            self.lanczos.begin(gradient);
            self.current = true;
        }
        let forcing = self.forcing.term(self.lanczos.start_norm());
        (&mut self.lanczos, forcing)
    }

    pub(crate) fn forget(&mut self) {
        self.current = false;
    }
}

impl<V: Vector> Step<V, Ball> for Gltr {
    type Memory = GltrMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.validate()
    }

    fn memory(&self, _like: &V) -> Self::Memory {
        GltrMemory::new()
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        Ball(radius): Ball,
        memory: &mut Self::Memory,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let (lanczos, forcing) = memory.begun_with(local.gradient);
        self.solve(b, lanczos, radius, forcing, step)
    }

    fn forget(&self, memory: &mut Self::Memory) {
        memory.forget();
    }
}

/// The space grows until the gradient of the cubic is as small as the residual within a radius is to be. A saddle
/// with zero gradient is not left: there is no Krylov space to leave it in.
impl<V: Vector> Step<V, Cubic> for Gltr {
    type Memory = GltrMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.validate()
    }

    fn memory(&self, _like: &V) -> Self::Memory {
        GltrMemory::new()
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        reach: Cubic,
        memory: &mut Self::Memory,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let (lanczos, forcing) = memory.begun_with(local.gradient);
        let before = lanczos.dimension();
        let root = self.solve_for(b, lanczos, reach.into(), forcing, step)?;
        Ok(root.map(|root| root.solution(lanczos.dimension() - before)))
    }

    fn forget(&self, memory: &mut Self::Memory) {
        memory.forget();
    }
}
