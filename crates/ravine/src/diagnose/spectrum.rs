//! What the Hessian at a point is like.

use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{
    Inertia, Matrix, SparseCholesky, SparseLblt, SparseMatrix, SymmetricEigen,
};
use ravine_linalg::operator::{Congruence, Diagonal, LinearOperator, from_fn};
use ravine_linalg::spectrum::{
    ConditionNumber, Density, SpectralDensity, SpectrumError, ThickRestartLanczos, Which,
};

/// The spectrum of the Hessian, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Spectrum {
    pub largest: Option<Eigenvalue>,
    pub smallest: Option<Eigenvalue>,
    pub inertia: Option<Inertia>,
    /// Whether the inertia is that of a factorization or of all eigenvalues.
    pub counted: bool,
    pub density: Option<Density>,
    /// The least absolute eigenvalue, where it is known to be that.
    pub least: Option<Eigenvalue>,
    /// Of the condition number, where the spectrum has both signs.
    pub interval: Option<[f64; 2]>,
    pub scaled: Option<f64>,
    pub exact: bool,
}

/// An eigenvalue that is within `residual` of `value`.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Eigenvalue {
    /// The Ritz value.
    pub value: f64,
    /// The residual of its vector.
    pub residual: f64,
}

/// `max |lambda| / min |lambda|`; infinite where the least is zero to rounding.
pub(super) fn condition(largest: f64, smallest: f64) -> f64 {
    if smallest <= 1e-15 * largest { f64::INFINITY } else { largest / smallest }
}

/// Products with a factor that the smallest eigenvalue is worth.
const SOLVES: usize = 40;

impl Spectrum {
    /// All eigenvalues of a dense Hessian.
    pub fn exact(hessian: &Matrix, eigen: &SymmetricEigen) -> Self {
        let values = eigen.values();
        let n = values.len();
        let rounding = n as f64 * f64::EPSILON * eigen.norm();
        let count = |holds: &dyn Fn(f64) -> bool| values.iter().filter(|v| holds(**v)).count();
        let known = |value: &f64| Eigenvalue { value: *value, residual: rounding };
        Self {
            largest: values.last().map(known),
            smallest: values.first().map(known),
            inertia: Some(Inertia {
                positive: count(&|v| v > rounding),
                negative: count(&|v| v < -rounding),
                zero: count(&|v| v.abs() <= rounding),
            }),
            counted: true,
            least: values.iter().min_by(|a, b| a.abs().total_cmp(&b.abs())).map(known),
            density: Some(Density::exact(values)),
            interval: None,
            scaled: scaled_condition(hessian),
            exact: true,
        }
    }

    /// The ends of the spectrum by Lanczos, its density by quadrature.
    pub fn by_products(
        a: &impl LinearOperator<Vec<f64>>,
        like: &Vec<f64>,
        sparse: Option<(&SparseMatrix, Option<&SparseCholesky>)>,
        products: usize,
        probes: usize,
        seed: u64,
    ) -> Result<Self, Interrupt> {
        let n = a.dimension();
        let steps = (products / probes).clamp(1, n);
        let density = SpectralDensity { probes, steps, seed, ..Default::default() };
        let mut spectrum =
            Self { density: measured(density.estimate(a, like))?, ..Self::default() };
        let ends = |which, tolerance, products| ThickRestartLanczos {
            which,
            tolerance,
            products: Some(products),
            seed,
            ..Default::default()
        };
        let of = |lanczos: ThickRestartLanczos, a: &dyn LinearOperator<Vec<f64>>| {
            let found = measured(lanczos.ritz_values(&a, like))?;
            let pairs = found.iter().flat_map(|f| f.values.iter().zip(&f.residuals));
            let pairs = pairs.map(|(&value, &residual)| Eigenvalue { value, residual });
            Ok::<_, Interrupt>(pairs.collect::<Vec<_>>())
        };
        let pairs = of(ends(Which::BothEnds, 1e-8, products), a)?;
        spectrum.largest = pairs.last().copied();
        spectrum.smallest = pairs.first().copied();
        if spectrum.smallest.is_some_and(|smallest| smallest.value < 0.0) {
            let condition = ConditionNumber { products, seed, ..ConditionNumber::default() };
            if let Some(c) = measured(condition.estimate(a, like))? {
                spectrum.interval = Some([c.lower, c.upper]);
            }
        }
        let factor = sparse.filter(|(_, cholesky)| cholesky.is_none());
        let factor = factor.and_then(|(matrix, _)| SparseLblt::new(matrix, 0.0).ok());
        spectrum.inertia = factor.map(|factor| factor.inertia());
        spectrum.counted = spectrum.inertia.is_some();
        if spectrum.inertia.is_none() {
            spectrum.inertia = spectrum.estimated_inertia(n);
        }
        if let Some((matrix, Some(cholesky))) = sparse {
            let inverse = from_fn(n, |x: &Vec<f64>, y: &mut Vec<f64>| {
                y.copy_from_slice(x);
                cholesky.solve(y);
            });
            // Cholesky went through: all eigenvalues are positive, and the least is the largest of
            // the inverse.
            spectrum.inertia = Some(Inertia { positive: n, negative: 0, zero: 0 });
            spectrum.counted = true;
            let pairs = of(ends(Which::Largest, 1e-8, SOLVES), &inverse)?;
            spectrum.least = pairs.last().map(|pair| Eigenvalue {
                value: 1.0 / pair.value,
                residual: pair.residual / (pair.value * pair.value),
            });
            spectrum.smallest = spectrum.least;
            let roots = roots(n, |j| matrix.get(j, j));
            let reciprocals = roots.iter().map(|r| 1.0 / r).collect();
            let scaled = Congruence::new(Diagonal::new(reciprocals), a);
            let unscaled = Congruence::new(Diagonal::new(roots), inverse);
            if let (Ok(scaled), Ok(unscaled)) = (scaled, unscaled) {
                let most = of(ends(Which::Largest, 1e-3, products), &scaled)?;
                let least = of(ends(Which::Largest, 1e-3, SOLVES), &unscaled)?;
                spectrum.scaled = most.last().zip(least.last()).map(|(a, b)| a.value * b.value);
            }
        }
        Ok(spectrum)
    }

    /// By the ends of the spectrum where they have one sign, else by the density.
    fn estimated_inertia(&self, n: usize) -> Option<Inertia> {
        let (largest, smallest) = (self.largest?, self.smallest?);
        let negative = match () {
            () if smallest.value > smallest.residual => 0,
            () if largest.value < -largest.residual => n,
            () => {
                let share = self.density.as_ref()?.cumulative(0.0).value;
                ((share * n as f64).round() as usize).clamp(1, n)
            }
        };
        Some(Inertia { positive: n - negative, negative, zero: 0 })
    }

    /// The condition number and an interval for it; the upper end is infinite where the least
    /// eigenvalue may be zero for all that is known.
    pub fn condition(&self) -> Option<(f64, [f64; 2])> {
        let (largest, smallest) = (self.largest?, self.smallest?);
        let most = if largest.value.abs() >= smallest.value.abs() { largest } else { smallest };
        let size = most.value.abs();
        if let Some(least) = self.least {
            let Eigenvalue { value, residual } = least;
            let interval = [
                condition(size - most.residual, value.abs() + residual),
                condition(size + most.residual, (value.abs() - residual).max(0.0)),
            ];
            return Some((condition(size, value.abs()), interval));
        }
        if let Some(interval) = self.interval {
            return Some((interval[0], interval));
        }
        // The smallest Ritz value is above the smallest eigenvalue.
        let value = if smallest.value > 0.0 { smallest.value } else { 0.0 };
        let above = if smallest.value > smallest.residual {
            (size + most.residual) / (smallest.value - smallest.residual)
        } else {
            f64::INFINITY
        };
        Some((condition(size, value), [condition(size, value), above]))
    }
}

/// What was measured; nothing where a product was not finite.
fn measured<T>(result: Result<T, SpectrumError>) -> Result<Option<T>, Interrupt> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(SpectrumError::Interrupt(interrupt)) => Err(interrupt),
        Err(_) => Ok(None),
    }
}

/// The roots of the absolute diagonal, one for zero.
fn roots(n: usize, diagonal: impl Fn(usize) -> f64) -> Vec<f64> {
    let root = |entry: f64| if entry > 0.0 { entry.sqrt() } else { 1.0 };
    (0..n).map(|j| root(diagonal(j).abs())).collect()
}

/// The condition number of `D^-1/2 H D^-1/2` with the absolute diagonal D of H.
fn scaled_condition(hessian: &Matrix) -> Option<f64> {
    let n = hessian.rows();
    let roots = roots(n, |j| hessian[(j, j)]);
    let scaled = Matrix::from_fn(n, n, |i, j| hessian[(i, j)] / (roots[i] * roots[j]));
    let eigen = SymmetricEigen::new(&scaled).ok()?;
    let least = eigen.values().iter().fold(f64::INFINITY, |m, v| m.min(v.abs()));
    Some(condition(eigen.norm(), least))
}
