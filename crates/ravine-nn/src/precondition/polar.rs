//! Orthogonal polar factors.

use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::vector::norm_max;

use super::dense::{self, mirror, safe_norm, view, view_mut};
use super::scratch::Scratch;
use super::{Shape, Status};

/// How the polar factor `U V'` of `U diag(s) V'` is approached: steps
/// `X <- a X + (b Y + c Y^2) X`, `Y = X X'`, whose odd polynomials drive singular values towards one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolarIteration {
    /// (3.4445, -4.7750, 2.0315) in each step (K. Jordan, 2024): fast, but singular values stay between
    /// 0.68 and 1.13 however many steps are taken. Five as a rule.
    #[default]
    Jordan,
    /// Five different steps (You, 2025): from 0.978 to 1.032 for singular values above 0.01.
    FiveStep,
    /// Polar Express (Amsel, Persson, Musco and Gower, 2025), with its safety factor 1.01: the best
    /// polynomial of each step; converges. Singular values must not exceed 1.01 before the first step,
    /// which division by the exact Frobenius norm sees to.
    PolarExpress,
    /// CANS (Grishina, Smirnov and Rakhuba, 2025), five steps.
    Cans,
    /// (2, -1.5, 0.5) in each step: converges, slowly from small singular values. Twelve as a rule.
    Steady,
    /// Eight steps of [`Jordan`](Self::Jordan), then [`Steady`](Self::Steady). Ten as a rule.
    Hybrid,
    /// The polar factor itself: an eigendecomposition of the smaller Gram matrix in double precision and
    /// two steps that polish. Singular values below 1e-7 of the largest count as zero.
    Exact,
}

impl PolarIteration {
    /// The number of steps that it is made for; none for [`Exact`](Self::Exact).
    pub fn usual_steps(self) -> usize {
        match self {
            Self::Jordan | Self::FiveStep | Self::Cans | Self::PolarExpress => 5,
            Self::Steady => 12,
            Self::Hybrid => 10,
            Self::Exact => 0,
        }
    }

    /// (a, b, c) of step k = 0, 1, ... Beyond the end of a list of steps the last one is repeated.
    pub fn coefficients(self, k: usize) -> [f64; 3] {
        match self {
            Self::Jordan => JORDAN,
            Self::FiveStep => FIVE_STEP[k.min(4)],
            Self::PolarExpress => POLAR_EXPRESS[k.min(7)],
            Self::Cans => CANS[k.min(4)],
            Self::Steady => STEADY,
            Self::Hybrid => {
                if k < 8 {
                    JORDAN
                } else {
                    STEADY
                }
            }
            Self::Exact => POLAR_EXPRESS[7],
        }
    }
}

const JORDAN: [f64; 3] = [3.4445, -4.7750, 2.0315];
const STEADY: [f64; 3] = [2.0, -1.5, 0.5];
const FIVE_STEP: [[f64; 3]; 5] = [
    [4.0848, -6.8946, 2.9270],
    [3.9505, -6.3029, 2.6377],
    [3.7418, -5.5913, 2.3037],
    [2.8769, -3.1427, 1.2046],
    [2.8366, -3.0525, 1.2012],
];
const POLAR_EXPRESS: [[f64; 3]; 8] = [
    [8.2051, -22.9019, 16.4607],
    [4.0664, -2.8612, 0.5184],
    [3.9096, -2.8234, 0.5250],
    [3.2856, -2.4153, 0.4853],
    [2.2779, -1.6198, 0.3985],
    [1.8726, -1.2307, 0.3585],
    [1.8564, -1.2132, 0.3568],
    [1.8750, -1.2500, 0.3750],
];
const CANS: [[f64; 3]; 5] = [
    [8.4703, -25.1081, 18.6293],
    [4.1828, -3.1087, 0.5806],
    [3.9619, -2.9541, 0.5630],
    [3.2866, -2.4647, 0.5074],
    [2.2737, -1.6447, 0.4162],
];

/// Below this times the largest eigenvalue of the Gram matrix a singular value counts as zero.
const NEGLIGIBLE: f64 = 1e-14;

/// Polar factors, with room for their computation.
///
/// ```
/// use ravine_nn::precondition::{Polar, PolarIteration, Shape};
///
/// let mut x = [3.0_f32, 0.0, 0.0, 0.0, 0.0, -1e-3];
/// Polar::default().factor(PolarIteration::Exact, 0, Shape::new(2, 3), &mut x);
/// assert!(x.iter().zip([1.0, 0.0, 0.0, 0.0, 0.0, -1.0]).all(|(x, y)| (x - y).abs() < 1e-6));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Polar<T: Precision> {
    work: Scratch<PolarWork<T>>,
}

#[derive(Debug, Default)]
struct PolarWork<T> {
    gram: Matrix<T>,
    polynomial: Matrix<T>,
    next: Vec<T>,
    wide: Vec<f64>,
    small: Matrix<f64>,
}

impl<T: Precision> Polar<T> {
    /// Replaces `x` by its polar factor, as `steps` steps of `iteration` give it after division by the
    /// Frobenius norm, which neither overflows nor underflows. Products are with the Gram matrix of the
    /// smaller side: `K (2 s^2 l + s^2 l + 2 s^3)` operations and more for K steps, s the smaller and l the
    /// larger dimension.
    ///
    /// Zero stays zero ([`Status::Empty`]), and what is not finite becomes zero ([`Status::KeptOld`]).
    ///
    /// # Panics
    ///
    /// If `x` has not the shape's entries.
    pub fn factor(
        &mut self,
        iteration: PolarIteration,
        steps: usize,
        shape: Shape,
        x: &mut [T],
    ) -> Status {
        shape.check("Polar", x);
        if !dense::finite(x) {
            x.fill(T::ZERO);
            return Status::KeptOld;
        }
        if norm_max(x) == 0.0 {
            return Status::Empty;
        }
        normalize(x);
        if iteration == PolarIteration::Exact {
            return self.exact(shape, x);
        }
        let PolarWork { gram, polynomial, next, .. } = &mut *self.work;
        for k in 0..steps {
            step(iteration.coefficients(k), shape, x, gram, polynomial, next);
        }
        Status::Refreshed
    }

    fn exact(&mut self, shape: Shape, x: &mut [T]) -> Status {
        let PolarWork { wide, small, .. } = &mut *self.work;
        let mut next = Vec::new();
        wide.clear();
        wide.extend(x.iter().map(|x| x.wide()));
        gram_of(shape, wide, small);
        let Ok(eigen) = SymmetricEigen::new(small) else {
            x.fill(T::ZERO);
            return Status::KeptOld;
        };
        let (values, mut vectors) = eigen.into_parts();
        let cutoff = NEGLIGIBLE * values.last().copied().unwrap_or(0.0);
        for (j, &value) in values.iter().enumerate() {
            let factor = if value > cutoff { value.powf(-0.25) } else { 0.0 };
            vectors.column_mut(j).iter_mut().for_each(|u| *u *= factor);
        }
        small.fill(0.0);
        view_mut(small).add_gram(1.0, view(&vectors).transposed());
        mirror(small);
        apply_small(shape, 1.0, small, wide, &mut next, 0.0);
        std::mem::swap(wide, &mut next);
        let mut polynomial = Matrix::default();
        for k in 0..2 {
            let coefficients = PolarIteration::Exact.coefficients(k);
            step(coefficients, shape, wide, small, &mut polynomial, &mut next);
        }
        for (x, &w) in x.iter_mut().zip(wide.iter()) {
            *x = T::narrow(w);
        }
        Status::Refreshed
    }
}

/// Divides by the Frobenius norm, by way of the largest entry: squares of entries of 1e-25 are zero in
/// single precision.
fn normalize<T: Precision>(x: &mut [T]) {
    let largest = norm_max(x);
    for x in x.iter_mut() {
        *x = T::narrow(x.wide() / largest);
    }
    let norm = safe_norm(x);
    for x in x.iter_mut() {
        *x = T::narrow(x.wide() / norm);
    }
}

/// `X X'` or `X'X`, the smaller.
fn gram_of<T: Precision>(shape: Shape, x: &[T], gram: &mut Matrix<T>) {
    let small = shape.smaller();
    gram.resize(small, small);
    gram.fill(T::ZERO);
    let x = shape.view(x);
    let x = if shape.rows <= shape.columns { x.transposed() } else { x };
    view_mut(gram).add_gram(1.0, x);
    mirror(gram);
}

/// `out = keep x + factor small x`, or `x small` where columns are fewer than rows.
fn apply_small<T: Precision>(
    shape: Shape,
    factor: f64,
    small: &Matrix<T>,
    x: &[T],
    out: &mut Vec<T>,
    keep: f64,
) {
    out.clear();
    out.extend_from_slice(x);
    dense::scale(out, keep);
    let target = shape.view_mut(out);
    if shape.rows <= shape.columns {
        target.add_product(factor, view(small), shape.view(x));
    } else {
        target.add_product(factor, shape.view(x), view(small));
    }
}

/// `X <- a X + (b Y + c Y^2) X`.
fn step<T: Precision>(
    [a, b, c]: [f64; 3],
    shape: Shape,
    x: &mut [T],
    gram: &mut Matrix<T>,
    polynomial: &mut Matrix<T>,
    next: &mut Vec<T>,
) {
    gram_of(shape, x, gram);
    polynomial.resize(gram.rows(), gram.columns());
    polynomial.entries_mut().copy_from_slice(gram.entries());
    dense::scale(polynomial.entries_mut(), b);
    view_mut(polynomial).add_product(c, view(gram), view(gram));
    apply_small(shape, 1.0, polynomial, x, next, a);
    x.copy_from_slice(next);
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::random::Random;

    const SHAPE: Shape = Shape { rows: 3, columns: 2 };

    fn factor(iteration: PolarIteration, steps: usize, shape: Shape, x: &[f64]) -> Vec<f64> {
        let mut x = x.to_vec();
        assert_eq!(Polar::default().factor(iteration, steps, shape, &mut x), Status::Refreshed);
        x
    }

    #[test]
    fn pinned_factors() {
        let exact = factor(PolarIteration::Exact, 0, SHAPE, &G1);
        close(&exact, &[0.107768, -0.250490, 0.711679, 0.695167, -0.694190, 0.673794], DIGITS);
        let jordan = factor(PolarIteration::Jordan, 5, SHAPE, &G1);
        close(&jordan, &[0.101325, -0.222226, 0.521494, 0.553212, -0.593631, 0.623175], DIGITS);
        let express = factor(PolarIteration::PolarExpress, 5, SHAPE, &G1);
        close(&express, &[0.114713, -0.254078, 0.618051, 0.645112, -0.683129, 0.707451], DIGITS);
    }

    /// The range of singular values that come out for those in [0.001, 1] and [0.1, 1], by the scalar
    /// polynomials.
    #[test]
    fn output_singular_values() {
        use PolarIteration::*;
        let cases = [
            (Jordan, 5, 0.47, 1.20, 0.68, 1.13),
            (FiveStep, 5, 0.48, 1.15, 0.978, 1.032),
            (PolarExpress, 5, 0.85, 1.12, 0.87, 1.12),
            (PolarExpress, 6, 0.994, 1.001, 0.998, 1.001),
            (PolarExpress, 8, 1.0 - 1e-14, 1.0 + 1e-14, 1.0 - 1e-14, 1.0 + 1e-14),
            (Cans, 5, 0.88, 1.12, 0.88, 1.12),
            (Steady, 12, 1.0 - 5e-6, 1.0 + 5e-6, 1.0 - 1e-14, 1.0 + 1e-14),
            (Hybrid, 10, 1.0 - 6e-4, 1.0 + 6e-4, 1.0 - 6e-4, 1.0 + 6e-4),
        ];
        for (iteration, steps, low, high, low_later, high_later) in cases {
            for (from, low, high) in [(1e-3, low, high), (0.1, low_later, high_later)] {
                for t in 0..=2000 {
                    let mut s = f64::powf(from, f64::from(t) / 2000.0);
                    for k in 0..steps {
                        let [a, b, c] = iteration.coefficients(k);
                        s = a * s + b * s.powi(3) + c * s.powi(5);
                    }
                    let rounded = 0.006 * f64::from(u8::from(high - low > 1e-3));
                    assert!(s > low - rounded && s < high + rounded, "{iteration:?} {steps}: {s}");
                }
            }
            assert!(iteration.usual_steps() > 0);
        }
    }

    /// Mistake 21: tall, wide and square against the definition, and the transpose.
    #[test]
    fn factors_are_orthogonal_and_make_the_rest_symmetric() {
        let mut random = Random::new(9);
        for (rows, columns) in [(5, 3), (3, 5), (4, 4), (1, 6), (6, 1), (1, 1)] {
            let shape = Shape::new(rows, columns);
            let x: Vec<f64> = drawn(&mut random, rows * columns);
            let u = factor(PolarIteration::Exact, 0, shape, &x);
            let small = shape.smaller();
            let mut gram = Matrix::zeros(small, small);
            gram_of(shape, &u, &mut gram);
            close(gram.entries(), dense::identity::<f64>(small).entries(), 1e-14);
            // U'X is symmetric and semidefinite: its trace is the sum of singular values.
            let mut product = Matrix::zeros(columns, columns);
            view_mut(&mut product).set_product(1.0, shape.view(&u).transposed(), shape.view(&x));
            close(product.entries(), &transposed(product.entries(), columns), 1e-13);
            for iteration in [PolarIteration::Exact, PolarIteration::Jordan, PolarIteration::Cans] {
                let u = factor(iteration, 5, shape, &x);
                let across = factor(iteration, 5, shape.transposed(), &transposed(&x, columns));
                close(&transposed(&u, columns), &across, 1e-13);
                let scaled: Vec<f64> = x.iter().map(|x| 1e-170 * x).collect();
                close(&factor(iteration, 5, shape, &scaled), &u, 1e-10);
            }
            let v = factor(PolarIteration::PolarExpress, 9, shape, &x);
            close(&v, &u, 1e-6);
        }
    }

    /// Mistakes 23 and 24: what is tiny is normalized as what is not, and no singular value exceeds one
    /// before the first step.
    #[test]
    fn normalization_neither_underflows_nor_underestimates() {
        let mut random = Random::new(10);
        let shape = Shape::new(7, 4);
        let x: Vec<f32> = drawn(&mut random, 28);
        for iteration in
            [PolarIteration::PolarExpress, PolarIteration::Jordan, PolarIteration::Exact]
        {
            let mut polar = Polar::default();
            let mut u = x.clone();
            polar.factor(iteration, 5, shape, &mut u);
            for scale in [1e-25f32, 1e-36, 1e30] {
                let mut v: Vec<f32> = x.iter().map(|x| scale * x).collect();
                assert_eq!(polar.factor(iteration, 5, shape, &mut v), Status::Refreshed);
                close(&u, &v, 2e-4);
            }
        }
        for _ in 0..50 {
            let mut x: Vec<f32> = drawn(&mut random, 28);
            normalize(&mut x);
            let mut gram = Matrix::default();
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            gram_of(shape, &wide, &mut gram);
            assert!(SymmetricEigen::new(&gram).unwrap().norm() < 1.01);
        }
        let mut rank_one = vec![0.0f32; 28];
        rank_one[5] = 3.0;
        normalize(&mut rank_one);
        assert_eq!(rank_one[5], 1.0);
    }

    #[test]
    fn zero_and_what_is_not_finite_become_zero() {
        let mut polar = Polar::default();
        let mut x = [0.0f32; 6];
        assert_eq!(polar.factor(PolarIteration::Jordan, 5, SHAPE, &mut x), Status::Empty);
        x[2] = f32::NAN;
        assert_eq!(polar.factor(PolarIteration::Exact, 5, SHAPE, &mut x), Status::KeptOld);
        assert_eq!(x, [0.0; 6]);
    }
}
