//! The Fisher information, and the empirical one of a sum over cases.

use std::borrow::Cow;

use super::dense::DenseMemory;
use super::factorization::descend_semidefinite;
use super::{Belief, Curvature, Descended, Factorization, Knows, Model, Source};
use crate::objective::{CaseGradients, Fisher};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix};
use ravine_linalg::operator::{
    Adjoint, Assumed, Invert, InvertShifted, LinearOperator, LowRank, Structure, ensure_dimension,
};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The Fisher information at a point as a matrix, positive semidefinite: one evaluation of it.
///
/// ```
/// use ravine::curvature::fisher_at;
/// use ravine::matrix::Matrix;
/// use ravine::oracle::Oracle;
/// use ravine::objective::{Evaluation, Fisher, Gradient, Objective};
/// use ravine::operator::{LinearOperator, Structure};
///
/// /// A coin that shows heads in three of four throws.
/// struct Coin;
/// impl Objective for Coin {
///     type Point = Vec<f64>;
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
///         Ok(-0.75 * x[0].ln() - 0.25 * (1.0 - x[0]).ln())
///     }
/// }
/// # impl Gradient for Coin {
/// #     fn value_and_gradient(&self, x: &Vec<f64>, g: &mut Vec<f64>) -> Evaluation<f64> {
/// #         g[0] = -0.75 / x[0] + 0.25 / (1.0 - x[0]);
/// #         self.value(x)
/// #     }
/// # }
/// // The gradient is left out here.
/// impl Fisher for Coin {
///     fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
///         fisher[(0, 0)] = 1.0 / (x[0] * (1.0 - x[0]));
///         Ok(())
///     }
/// }
///
/// let oracle = Oracle::new(&Coin, ravine::Stopping::default());
/// let fisher = fisher_at(&oracle, &[0.5])?;
/// assert_eq!(fisher.structure(), Structure::Semidefinite);
/// assert_eq!(fisher.inner()[(0, 0)], 4.0);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
///
/// # Errors
///
/// An interrupt.
pub fn fisher_at<O: Fisher + ?Sized>(
    oracle: &Oracle<'_, O>,
    x: &[f64],
) -> Result<Assumed<Matrix>, Interrupt> {
    let n = oracle.dimension();
    let mut fisher = Matrix::zeros(n, n);
    oracle.fisher(x, &mut fisher)?;
    Ok(Assumed::known(fisher, Structure::Semidefinite))
}

/// The empirical Fisher information of a mean over N cases,
///
/// `F = 1/N sum_i g_i g_i'`,
///
/// from the gradients `g_i` of the cases at the data as they are; not the Fisher information, which
/// is the mean over the model's own predictions, and not the Hessian: it approximates them only
/// where the model is right and the gradients small.
///
/// The gradients are kept: `N n` numbers. A product reads them twice; the inverse of F damped is
/// exact, through [`LowRank`].
///
/// Source: Kunstner, Hennig and Balles, Limitations of the empirical Fisher approximation (2019).
///
/// ```
/// use ravine::curvature::EmpiricalFisher;
/// use ravine::operator::{Algebra, Invert, LinearOperator};
///
/// let fisher = EmpiricalFisher::new(vec![vec![2.0, 0.0, 0.0], vec![0.0, 2.0, 0.0]])?;
/// let mut y = vec![0.0_f64; 3];
/// fisher.apply(&vec![1.0, 2.0, 3.0], &mut y)?;
/// assert_eq!(y, [2.0, 4.0, 0.0]);
/// // (F + 2 I)^-1.
/// fisher.shifted(2.0)?.inverse()?.apply(&vec![4.0, 8.0, 6.0], &mut y)?;
/// for (y, exact) in y.iter().zip([1.0, 2.0, 3.0]) {
///     assert!((y - exact).abs() < 1e-14);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EmpiricalFisher<V> {
    gradients: Vec<V>,
}

impl<V: Vector> EmpiricalFisher<V> {
    /// From the gradients of the cases.
    ///
    /// # Errors
    ///
    /// If there are none, or their dimensions differ.
    pub fn new(gradients: Vec<V>) -> Result<Self, ArgumentError> {
        let Some(first) = gradients.first() else {
            return Err(ArgumentError::new("gradients", "are none, but one a case is needed"));
        };
        for g in &gradients {
            ensure_dimension("gradients", g.dimension(), first.dimension())?;
        }
        Ok(Self { gradients })
    }

    /// At the point x: the gradient of every case, which together count as one.
    ///
    /// # Errors
    ///
    /// An interrupt; that of an objective without cases, too.
    pub fn at<O: CaseGradients<Point = V> + ?Sized>(
        oracle: &Oracle<'_, O>,
        x: &V,
    ) -> Result<Self, Interrupt> {
        let mut gradients = vec![x.zeros_like(); oracle.cases()];
        for (case, gradient) in gradients.iter_mut().enumerate() {
            oracle.case_gradient(x, case, gradient)?;
        }
        Self::new(gradients).map_err(|error| Interrupt::Function(error.into()))
    }

    /// The gradients of the cases.
    pub fn gradients(&self) -> &[V] {
        &self.gradients
    }

    /// `F + damping I` by its eigenvectors: its inverse, determinant and every function of it.
    ///
    /// # Errors
    ///
    /// If something is not finite.
    pub fn low_rank(&self, damping: f64) -> Result<LowRank<V>, ArgumentError> {
        let mut columns = self.gradients.clone();
        let share = (columns.len() as f64).sqrt().recip();
        columns.iter_mut().for_each(|g| g.scale(share));
        LowRank::from_factor(columns, damping)
    }
}

impl<V: Vector> LinearOperator<V> for EmpiricalFisher<V> {
    fn dimension(&self) -> usize {
        self.gradients.first().map_or(0, V::dimension)
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        let share = (self.gradients.len() as f64).recip();
        y.fill(0.0);
        for g in &self.gradients {
            y.axpy(share * g.dot(x), g);
        }
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for EmpiricalFisher<V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl<V: Vector> Invert<V> for EmpiricalFisher<V> {
    type Inverse = LowRank<V>;

    fn inverse_as(&self, structure: Structure) -> Result<LowRank<V>, FactorizationError> {
        self.shifted_inverse_as(0.0, structure)
    }
}

impl<V: Vector> InvertShifted<V> for EmpiricalFisher<V> {
    type ShiftedInverse = LowRank<V>;

    fn shifted_inverse_as(
        &self,
        shift: f64,
        _structure: Structure,
    ) -> Result<LowRank<V>, FactorizationError> {
        self.low_rank(shift).map_err(|_| FactorizationError::NotFinite)?.inverted()
    }
}

/// The Fisher information of a negative log-likelihood, evaluated once an iterate. It is semidefinite:
/// where it is singular, steps are solved for with a shift of a few units of rounding.
/// See [`NaturalGradient`](crate::methods::NaturalGradient) for an example.
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FisherCurvature {
    /// Added to the diagonal of the Fisher information. Default 0.
    #[range("zero or positive")]
    pub damping: f64,
}

/// What [`FisherCurvature`] keeps: the matrix, and room for its factor.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct FisherMemory {
    fisher: DenseMemory,
    #[serde(skip)]
    factor: Cholesky,
}

/// The Fisher information at an iterate, with its damping.
pub struct FisherAt<'a> {
    fisher: &'a Matrix,
    factor: &'a mut Cholesky,
    damping: f64,
}

impl LinearOperator<Vec<f64>> for FisherAt<'_> {
    fn dimension(&self) -> usize {
        self.fisher.rows()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.fisher.multiply(x, y);
        if self.damping != 0.0 {
            y.axpy(self.damping, x);
        }
        Ok(())
    }
}

impl Model<Vec<f64>> for FisherAt<'_> {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        if self.damping == 0.0 {
            return Ok(Some(Cow::Borrowed(self.fisher)));
        }
        let mut damped = self.fisher.clone();
        (0..damped.rows()).for_each(|j| damped[(j, j)] += self.damping);
        Ok(Some(Cow::Owned(damped)))
    }

    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        descend_semidefinite(self.factor, self.fisher, self.damping + shift, g, d, watch).map(Some)
    }
}

impl<O: Fisher + ?Sized> Curvature<O> for FisherCurvature {
    type Memory = FisherMemory;
    type At<'a>
        = FisherAt<'a>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        let damping = self.damping;
        let holds = damping >= 0.0 && damping.is_finite();
        ArgumentError::check(holds, "damping", damping, "zero or positive")
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> FisherMemory {
        FisherMemory { fisher: DenseMemory::new(x0.len()), factor: Cholesky::default() }
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut FisherMemory,
    ) -> Result<FisherAt<'a>, Interrupt> {
        let FisherMemory { fisher, factor } = memory;
        fisher.renew(|matrix| oracle.fisher(&iterate.x, matrix))?;
        Ok(FisherAt { fisher: &fisher.matrix, factor, damping: self.damping })
    }

    fn moved(&self, memory: &mut FisherMemory, taken: f64) {
        memory.fisher.current &= taken == 0.0;
    }

    fn belief<'s>(&self, memory: &'s FisherMemory) -> Belief<'s, Vec<f64>> {
        memory.fisher.belief(Source::Fisher)
    }
}
