//! What the Hessian at a point is like.

use std::cell::RefCell;

use crate::krylov::Lanczos;
use crate::matrix::{Inertia, Matrix, SparseCholesky, SparseMatrix, SymmetricEigen};
use crate::minimize::Interrupt;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Vector;

/// The spectrum of the Hessian, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Spectrum {
    pub largest: Option<f64>,
    pub smallest: Option<f64>,
    pub inertia: Option<Inertia>,
    /// Nodes and weights.
    pub density: (Vec<f64>, Vec<f64>),
    pub scaled: Option<f64>,
    pub exact: bool,
}

/// `max |lambda| / min |lambda|`; infinite where the least is zero to rounding.
pub(super) fn condition(largest: f64, smallest: f64) -> f64 {
    if smallest <= 1e-15 * largest { f64::INFINITY } else { largest / smallest }
}

impl Spectrum {
    /// All eigenvalues of a dense Hessian.
    pub fn exact(hessian: &Matrix, eigen: &SymmetricEigen) -> Self {
        let values = eigen.values();
        let n = values.len();
        let zero = n as f64 * f64::EPSILON * eigen.norm();
        let count = |holds: &dyn Fn(f64) -> bool| values.iter().filter(|v| holds(**v)).count();
        Self {
            largest: values.last().copied(),
            smallest: values.first().copied(),
            inertia: Some(Inertia {
                positive: count(&|v| v > zero),
                negative: count(&|v| v < -zero),
                zero: count(&|v| v.abs() <= zero),
            }),
            density: (values.to_vec(), vec![1.0 / n as f64; n]),
            scaled: scaled_condition(hessian),
            exact: true,
        }
    }

    /// The ends of the spectrum by Lanczos from a random start.
    pub fn by_lanczos(
        a: &impl LinearOperator<Vec<f64>>,
        sparse: Option<(&SparseMatrix, &SparseCholesky)>,
        products: usize,
        seed: u64,
    ) -> Result<Self, Interrupt> {
        let n = a.dimension();
        let (values, weights) = ritz(a, products, seed)?;
        let mut spectrum = Self {
            largest: values.last().copied(),
            smallest: values.first().copied(),
            density: (values, weights),
            ..Self::default()
        };
        if let Some((matrix, factor)) = sparse {
            // Cholesky went through: all eigenvalues are positive, the least is the largest of the
            // inverse.
            let inverse = Inverse { n, factor, work: RefCell::default() };
            let (values, _) = ritz(&inverse, 20, seed)?;
            spectrum.smallest = values.last().map(|largest| 1.0 / largest);
            spectrum.inertia = Some(Inertia { positive: n, negative: 0, zero: 0 });
            let roots = roots_of_diagonal(matrix);
            let scaled = Scaled { a, roots: &roots, work: RefCell::default() };
            let (values, _) = ritz(&scaled, products / 4, seed)?;
            let inverse = Scaled {
                a: &inverse,
                roots: &roots.iter().map(|r| 1.0 / r).collect(),
                work: RefCell::default(),
            };
            let (inverse_values, _) = ritz(&inverse, 20, seed)?;
            spectrum.scaled = values.last().zip(inverse_values.last()).map(|(a, b)| a * b);
        }
        Ok(spectrum)
    }
}

fn ritz(
    a: &impl LinearOperator<Vec<f64>>,
    products: usize,
    seed: u64,
) -> Result<(Vec<f64>, Vec<f64>), Interrupt> {
    let mut start = vec![0.0; a.dimension()];
    Random::new(seed).fill_normal(&mut start);
    let mut lanczos = Lanczos::default();
    lanczos.begin(&start);
    while lanczos.dimension() < products && !lanczos.exhausted() {
        if !lanczos.extend(a)? {
            break;
        }
    }
    let k = lanczos.dimension();
    let (alpha, beta) = (lanczos.diagonal(), lanczos.off_diagonal());
    let t = Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => alpha[i],
        1 => beta[i.min(j)],
        _ => 0.0,
    });
    let Ok(eigen) = SymmetricEigen::new(&t) else { return Ok((Vec::new(), Vec::new())) };
    let weights = (0..k).map(|j| eigen.vectors()[(0, j)].powi(2)).collect();
    Ok((eigen.values().to_vec(), weights))
}

struct Inverse<'a> {
    n: usize,
    factor: &'a SparseCholesky,
    work: RefCell<Vec<f64>>,
}

impl LinearOperator<Vec<f64>> for Inverse<'_> {
    fn dimension(&self) -> usize {
        self.n
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        let mut work = self.work.borrow_mut();
        work.clone_from(x);
        self.factor.solve(&mut work);
        y.copy_from(&work);
        Ok(())
    }
}

/// `D^-1/2 A D^-1/2`, or with the inverse roots the inverse of that.
struct Scaled<'a, A> {
    a: &'a A,
    roots: &'a Vec<f64>,
    work: RefCell<Vec<f64>>,
}

impl<A: LinearOperator<Vec<f64>>> LinearOperator<Vec<f64>> for Scaled<'_, A> {
    fn dimension(&self) -> usize {
        self.roots.len()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        let mut work = self.work.borrow_mut();
        work.clone_from(x);
        work.iter_mut().zip(self.roots).for_each(|(w, r)| *w /= r);
        self.a.apply(&work, y)?;
        y.iter_mut().zip(self.roots).for_each(|(y, r)| *y /= r);
        Ok(())
    }
}

fn roots_of_diagonal(a: &SparseMatrix) -> Vec<f64> {
    let entry = |j: usize| {
        let (rows, values) = a.column(j);
        rows.iter().zip(values).find(|(i, _)| **i == j).map_or(0.0, |(_, v)| v.abs())
    };
    (0..a.columns()).map(|j| if entry(j) > 0.0 { entry(j).sqrt() } else { 1.0 }).collect()
}

/// The condition number of `D^-1/2 H D^-1/2` with the absolute diagonal D of H.
fn scaled_condition(hessian: &Matrix) -> Option<f64> {
    let n = hessian.rows();
    let root = |i: usize| {
        let entry = hessian[(i, i)].abs();
        if entry > 0.0 { entry.sqrt() } else { 1.0 }
    };
    let roots: Vec<f64> = (0..n).map(root).collect();
    let scaled = Matrix::from_fn(n, n, |i, j| hessian[(i, j)] / (roots[i] * roots[j]));
    let eigen = SymmetricEigen::new(&scaled).ok()?;
    let least = eigen.values().iter().fold(f64::INFINITY, |m, v| m.min(v.abs()));
    Some(condition(eigen.norm(), least))
}
