//! Functions of a symmetric operator by the Lanczos process.

use std::cell::Cell;

use super::{IterationInfo, KrylovSettings, Lanczos, NotConverged};
use crate::error::{ArgumentError, Interrupt};
use crate::matrix::{FactorizationError, Matrix, TridiagonalEigen};
use crate::operator::{Adjoint, LinearOperator, Scratch, Structure};
use crate::vector::Vector;

/// `y = f(A) x` of a symmetric A of which there are only products:
///
/// `f(A) x ~ |x| V f(T) e_1`
///
/// with the basis V of the Krylov space of A and x, and the tridiagonal `T = V'AV`. Exact once the
/// space is invariant; before, as good as f is approximated on the spectrum by polynomials of a
/// degree below the dimension of the space, so fast for smooth f and slow near a singularity.
///
/// The dimension grows by a tenth, at least by two, from look to look, until y has changed twice in a
/// row by no more than `tolerance |y|`. All of the basis is kept: n numbers a product. The change
/// can mislead where y stagnates before it moves again: f should be smooth over the spectrum, as
/// nothing is seen of a jump before there are Ritz values on both of its sides.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), section 10.2; Higham, Functions of
/// Matrices (2008), section 13.2.
///
/// ```
/// use ravine_linalg::krylov::{KrylovSettings, LanczosFunction};
/// use ravine_linalg::operator::{Diagonal, LinearOperator};
///
/// // exp(-A) x: diffusion.
/// let a = Diagonal::new((0..100).map(|i| 0.1 * f64::from(i)).collect::<Vec<f64>>());
/// let heat = LanczosFunction::new(&a, |lambda| (-lambda).exp(), KrylovSettings::default())?;
/// let mut y = vec![0.0; 100];
/// heat.apply(&vec![1.0; 100], &mut y)?;
/// assert!(y.iter().enumerate().all(|(i, y)| (y - (-0.1 * i as f64).exp()).abs() < 1e-8));
/// assert!(heat.info().is_some_and(|info| info.products < 40));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LanczosFunction<A, F, V> {
    operator: A,
    function: F,
    settings: KrylovSettings,
    /// What is known of `f(A)`.
    structure: Structure,
    work: Scratch<(Lanczos<V>, Vec<f64>)>,
    info: Cell<Option<IterationInfo>>,
}

impl<V: Vector, A: LinearOperator<V>, F: Fn(f64) -> f64> LanczosFunction<A, F, V> {
    /// `function(operator)`. The tolerance of the settings is that of the relative change; the
    /// iterations are the largest dimension of the Krylov space, by default n.
    ///
    /// # Errors
    ///
    /// If the operator is not known to be symmetric, or a setting cannot be used.
    pub fn new(operator: A, function: F, settings: KrylovSettings) -> Result<Self, ArgumentError> {
        settings.validate()?;
        let structure = operator.structure();
        let holds = structure.is_symmetric();
        ArgumentError::check(holds, "structure", structure, "Symmetric or more")?;
        let (work, info) = (Scratch::default(), Cell::new(None));
        let structure = Structure::Symmetric;
        Ok(Self { operator, function, settings, structure, work, info })
    }

    /// What the last product took.
    pub fn info(&self) -> Option<IterationInfo> {
        self.info.get()
    }

    /// `f(T) e_1`.
    fn coefficients(&self, lanczos: &Lanczos<V>) -> Result<Vec<f64>, FactorizationError> {
        let (diagonal, k) = (lanczos.diagonal(), lanczos.dimension());
        let beside = &lanczos.off_diagonal()[..k - 1];
        let eigen = TridiagonalEigen::new(diagonal, beside, Matrix::identity(k))?;
        let q = eigen.rows();
        let values = eigen.values().iter().enumerate();
        let weights: Vec<f64> = values.map(|(i, &t)| (self.function)(t) * q[(0, i)]).collect();
        let mut h = vec![0.0; k];
        q.multiply(&weights, &mut h);
        Ok(h)
    }

    fn run(
        &self,
        x: &V,
        y: &mut V,
        lanczos: &mut Lanczos<V>,
        last: &mut Vec<f64>,
    ) -> Result<(), Interrupt> {
        let most = self.settings.iterations.unwrap_or(x.dimension()).min(x.dimension());
        lanczos.begin(x);
        last.clear();
        y.fill(0.0);
        if lanczos.exhausted() {
            self.info.set(Some(IterationInfo { products: 0, reached: 0.0 }));
            return Ok(());
        }
        let mut reached = f64::INFINITY;
        let (mut look, mut settled) = (1, 0);
        let failed = loop {
            if !lanczos.extend(&self.operator)? {
                break Some("a product is not finite".to_owned());
            }
            let k = lanczos.dimension();
            if k < look && !lanczos.exhausted() && k < most {
                continue;
            }
            look = k + (k / 10).max(2);
            let h = match self.coefficients(lanczos) {
                Ok(h) if h.iter().all(|v| v.is_finite()) => h,
                Ok(_) => break Some("the function is not finite on the spectrum".to_owned()),
                Err(error) => break Some(error.to_string()),
            };
            let before = last.iter().copied().chain(std::iter::repeat(0.0));
            let change: f64 = h.iter().zip(before).map(|(h, b)| (h - b).powi(2)).sum();
            let size: f64 = h.iter().map(|h| h * h).sum();
            reached =
                if lanczos.exhausted() || change == 0.0 { 0.0 } else { (change / size).sqrt() };
            *last = h;
            settled = if reached <= self.settings.tolerance { settled + 1 } else { 0 };
            if settled == 2 || lanczos.exhausted() {
                break None;
            }
            if k == most {
                break Some("the iterations are used up".to_owned());
            }
        };
        let products = lanczos.dimension();
        if last.len() == products {
            last.iter_mut().for_each(|h| *h *= lanczos.start_norm());
            lanczos.combine(last, y);
        }
        self.info.set(Some(IterationInfo { products, reached }));
        let Some(end) = failed else { return Ok(()) };
        let tolerance = self.settings.tolerance;
        Err(NotConverged { method: "Lanczos", end, reached, tolerance, products }.into())
    }
}

impl<V: Vector, A: LinearOperator<V>> LanczosFunction<A, Box<dyn Fn(f64) -> f64>, V> {
    /// `A^p` of a semidefinite A, any real `p >= 0`, or any p where A is definite.
    ///
    /// ```
    /// use ravine_linalg::krylov::{KrylovSettings, LanczosFunction};
    /// use ravine_linalg::operator::{Diagonal, LinearOperator};
    ///
    /// // A sample from a normal distribution of covariance A takes A^1/2 of white noise.
    /// let a = Diagonal::new(vec![4.0, 9.0, 16.0]);
    /// let root = LanczosFunction::power(&a, 0.5, KrylovSettings::default())?;
    /// let mut y = vec![0.0_f64; 3];
    /// root.apply(&vec![1.0, 1.0, 1.0], &mut y)?;
    /// assert!((y[0] - 2.0).abs() < 1e-12 && (y[2] - 4.0).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the operator is not known to be semidefinite, or definite for a negative p; or a setting
    /// cannot be used.
    pub fn power(operator: A, p: f64, settings: KrylovSettings) -> Result<Self, ArgumentError> {
        ArgumentError::check(p.is_finite(), "p", p, "finite")?;
        let structure = operator.structure();
        if p >= 0.0 {
            let holds = structure >= Structure::Semidefinite;
            ArgumentError::check(holds, "structure", structure, "Semidefinite or Definite")?;
        } else {
            let holds = structure == Structure::Definite;
            ArgumentError::check(holds, "structure", structure, "Definite for a negative power")?;
        }
        // Rounding may take an eigenvalue of T below zero.
        let function: Box<dyn Fn(f64) -> f64> = Box::new(move |t: f64| t.max(0.0).powf(p));
        Ok(Self { structure, ..Self::new(operator, function, settings)? })
    }
}

impl<V, A, F> LinearOperator<V> for LanczosFunction<A, F, V>
where
    V: Vector,
    A: LinearOperator<V>,
    F: Fn(f64) -> f64,
{
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        self.structure
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        let work = || (Lanczos::default(), Vec::new());
        self.work.with(work, |(lanczos, last)| self.run(x, y, lanczos, last))
    }
}

impl<V, A, F> Adjoint<V> for LanczosFunction<A, F, V>
where
    V: Vector,
    A: LinearOperator<V>,
    F: Fn(f64) -> f64,
{
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
