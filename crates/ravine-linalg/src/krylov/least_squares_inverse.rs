//! The pseudo-inverse by a Krylov method.

use std::cell::Cell;

use super::{IterationInfo, KrylovSettings, Lsmr, LsmrWork, NotConverged, SolveEnd};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::{Adjoint, LinearOperator, Scratch, Structure, Transposed};
use crate::vector::Vector;

/// `y = A^+ x` of any A with an adjoint, square or not: of the y that minimize `|x - A y|` the
/// shortest, by [`Lsmr`]. Where A has an inverse it is that.
///
/// Each product is one run, to the relative residual of the settings where the equations can be
/// solved, and where not to `|A'r| <= tolerance |A| |r|`. A run that ends short of it is an error,
/// [`NotConverged`].
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::krylov::{Inverses, KrylovSettings};
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// // The line a + b t that fits (0, 1), (1, 3), (2, 5) and (3, 8).
/// let design = Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]);
/// let fit = design.least_squares_inverse(KrylovSettings::default())?;
/// let mut line = vec![0.0_f64; 2];
/// fit.apply(&vec![1.0, 3.0, 5.0, 8.0], &mut line)?;
/// assert!((line[0] - 0.8).abs() < 1e-9 && (line[1] - 2.3).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LeastSquaresInverse<A, V> {
    operator: A,
    lsmr: Lsmr,
    work: Scratch<LsmrWork<V>>,
    adjoint_work: Scratch<LsmrWork<V>>,
    info: Cell<Option<IterationInfo>>,
}

impl<V: Vector, A: Adjoint<V>> LeastSquaresInverse<A, V> {
    /// The pseudo-inverse of `operator`.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    pub fn new(operator: A, settings: KrylovSettings) -> Result<Self, ArgumentError> {
        settings.validate()?;
        let KrylovSettings { tolerance, iterations } = settings;
        let least = operator.dimension().min(operator.rows());
        let iterations = Some(iterations.unwrap_or(10 * least + 100));
        let lsmr = Lsmr {
            tolerance,
            operator_tolerance: tolerance.min(1e-12),
            iterations,
            ..Default::default()
        };
        let (work, adjoint_work) = (Scratch::default(), Scratch::default());
        Ok(Self { operator, lsmr, work, adjoint_work, info: Cell::new(None) })
    }

    /// What the last product took.
    pub fn info(&self) -> Option<IterationInfo> {
        self.info.get()
    }

    fn run(
        &self,
        a: &impl Adjoint<V>,
        x: &V,
        y: &mut V,
        work: &Scratch<LsmrWork<V>>,
    ) -> Result<(), Interrupt> {
        let info = work
            .with(|| LsmrWork::new(x, &a.domain_like(x)), |work| self.lsmr.solve(a, x, y, work))?;
        let scale = match info.end {
            SolveEnd::LeastSquares => info.operator_norm * info.residual_norm,
            _ => x.norm(),
        };
        let reached = match info.end {
            SolveEnd::LeastSquares => info.normal_residual_norm,
            _ => info.residual_norm,
        };
        let reached = if scale > 0.0 { reached / scale } else { reached };
        let (tolerance, products) = (self.lsmr.tolerance, info.products);
        self.info.set(Some(IterationInfo { products, reached }));
        if matches!(info.end, SolveEnd::Converged | SolveEnd::LeastSquares) {
            return Ok(());
        }
        let end = info.end.name().to_owned();
        Err(NotConverged { method: "LSMR", end, reached, tolerance, products }.into())
    }
}

impl<V: Vector, A: Adjoint<V>> LinearOperator<V> for LeastSquaresInverse<A, V> {
    fn dimension(&self) -> usize {
        self.operator.rows()
    }

    fn rows(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.operator.structure()
    }

    fn range_like(&self, x: &V) -> V {
        self.operator.domain_like(x)
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.run(&self.operator, x, y, &self.work)
    }
}

/// `(A^+)' = (A')^+`.
impl<V: Vector, A: Adjoint<V>> Adjoint<V> for LeastSquaresInverse<A, V> {
    fn domain_like(&self, y: &V) -> V {
        self.operator.range_like(y)
    }

    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.run(&Transposed::new(&self.operator), y, x, &self.adjoint_work)
    }
}
