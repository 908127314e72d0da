//! Conjugate gradients.

use super::report::{begin, check_tolerance, most, scale_into_range};
use super::{SlowStop, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Conjugate gradients for `A x = b` with symmetric positive definite A:
///
/// ```text
/// alpha = r'z / p'Ap,   x += alpha p,   r -= alpha A p,   z = M r,   p = z + (r'z / r_old'z_old) p
/// ```
///
/// Without a preconditioner M, `z = r`. Every iterate minimizes `x'Ax/2 - b'x` over the Krylov
/// space of its dimension, so that in exact arithmetic as many products suffice as `M A` has
/// distinct eigenvalues; about `sqrt(kappa) ln(2 / tolerance) / 2` always do. The error falls in the
/// A-norm at every step, the residual does not have to.
///
/// A direction p with `p'Ap <= 0` (to rounding) proves that A is not positive definite and ends
/// the iteration: x is then the last iterate before, and p is in the workspace.
///
/// One product, one application of M, and about `12 n` operations an iteration; four vectors, five
/// with a preconditioner.
///
/// Source: Hestenes and Stiefel (1952); Nocedal and Wright (2006), algorithms 5.2 and 5.3.
///
/// ```
/// use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient};
/// use ravine_linalg::matrix::Matrix;
///
/// let a: Matrix = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
/// let b = vec![1.0, 2.0];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let cg = ConjugateGradient { tolerance: 1e-12, ..Default::default() };
/// let info = cg.solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, CgEnd::Converged);
/// assert!((x[0] - 1.0 / 11.0).abs() < 1e-14 && (x[1] - 7.0 / 11.0).abs() < 1e-14);
/// // Two iterations, and one more product for the residual that x really has.
/// assert_eq!((info.iterations, info.products), (2, 3));
/// assert!(info.true_residual_norm.is_some_and(|r| r < 1e-14));
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConjugateGradient {
    /// The residual that is small enough, relative to `|b|`. Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// A stop by the decrease of the quadratic. Default [`SlowStop::Never`].
    pub slow_stop: SlowStop,
    /// Where to start. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
}

impl Default for ConjugateGradient {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            iterations: None,
            slow_stop: SlowStop::Never,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
        }
    }
}

/// How conjugate gradients ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgEnd {
    /// The residual is small enough.
    Converged,
    /// The quadratic falls too slowly to go on.
    SlowProgress,
    /// The direction in the workspace has no positive curvature.
    NegativeCurvature,
    /// The preconditioner is not positive definite: it gave `r'M r <= 0`.
    IndefinitePreconditioner,
    /// The iterations are used up.
    IterationLimit,
    /// The residual of the recurrence is small enough, but the one that a product shows is not:
    /// rounding, or the accuracy of products, allows no smaller one.
    PrecisionLimit,
    /// A product is not finite, or b is not.
    NotFinite,
}

impl CgEnd {
    /// The end as one word: `converged`, `negative_curvature`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::SlowProgress => "slow_progress",
            Self::NegativeCurvature => "negative_curvature",
            Self::IndefinitePreconditioner => "indefinite_preconditioner",
            Self::IterationLimit => "iteration_limit",
            Self::PrecisionLimit => "precision_limit",
            Self::NotFinite => "not_finite",
        }
    }
}

impl std::fmt::Display for CgEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged: the residual is small enough",
            Self::SlowProgress => "the quadratic falls too slowly to go on",
            Self::NegativeCurvature => "the operator is not positive definite",
            Self::IndefinitePreconditioner => "the preconditioner is not positive definite",
            Self::IterationLimit => "iteration limit",
            Self::PrecisionLimit => "precision limit: the residual is that of rounding",
            Self::NotFinite => "a product with the operator is not finite",
        })
    }
}

/// What conjugate gradients did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgInfo {
    /// Why they ended.
    pub end: CgEnd,
    /// Updates made of x.
    pub iterations: usize,
    /// Products with A.
    pub products: usize,
    /// The norm of the residual `b - A x`, as the recurrence has it.
    pub residual_norm: f64,
    /// The norm of the residual `b - A x` by a product, where the settings ask for it.
    pub true_residual_norm: Option<f64>,
    /// The decrease of the quadratic `x'Ax/2 - b'x` from the start, not negative.
    pub decrease: f64,
    /// `p'Ap / p'p` of the last direction p.
    pub curvature: f64,
}

/// The vectors of the iteration and its history, kept for the next solve.
#[derive(Clone, Debug)]
pub struct CgWork<V> {
    residual: V,
    /// `M r`, once there was a preconditioner.
    preconditioned: Option<V>,
    direction: V,
    product: V,
    history: Vec<f64>,
    decreases: Vec<f64>,
}

impl<V: Vector> CgWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = like.zeros_like();
        Self {
            residual: zero.clone(),
            preconditioned: None,
            direction: zero.clone(),
            product: zero,
            history: Vec::new(),
            decreases: Vec::new(),
        }
    }

    /// The last direction p: after [`CgEnd::NegativeCurvature`], the one that shows it.
    pub fn direction(&self) -> &V {
        &self.direction
    }

    /// `A p` for that direction.
    pub fn product(&self) -> &V {
        &self.product
    }

    /// The norm of the residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// The decrease of the quadratic from the start to after every iteration.
    pub fn decreases(&self) -> &[f64] {
        &self.decreases
    }
}

/// One iteration of conjugate gradients, as an observer sees it.
#[derive(Debug)]
pub struct CgStep<'a, V> {
    /// The new iterate.
    pub x: &'a V,
    /// The direction p from the one before.
    pub direction: &'a V,
    /// `A p`.
    pub product: &'a V,
    /// The length of the step along p.
    pub length: f64,
}

impl ConjugateGradient {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)?;
        self.slow_stop.validate()
    }

    /// Solves `A x = b`.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut CgWork<V>,
    ) -> Result<CgInfo, Interrupt> {
        self.solve_observed(a, None, b, x, work, &mut |_| ())
    }

    /// Solves `A x = b` with the preconditioner `m`.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_preconditioned<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut CgWork<V>,
    ) -> Result<CgInfo, Interrupt> {
        self.solve_observed(a, Some(m), b, x, work, &mut |_| ())
    }

    /// Solves `A x = b` and shows every iteration: to learn from its curvature pairs
    /// `(alpha p, alpha A p)` or to draw it.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
        b: &V,
        x: &mut V,
        work: &mut CgWork<V>,
        observe: &mut dyn FnMut(CgStep<'_, V>),
    ) -> Result<CgInfo, Interrupt> {
        let CgWork { residual: r, direction: p, product: ap, .. } = work;
        let (history, decreases) = (&mut work.history, &mut work.decreases);
        history.clear();
        decreases.clear();
        let begun = begin(self.start, a, b, x, r)?;
        let (b_norm, mut products) = (begun.scale, begun.products);
        // The residual, its directions and their products are those of the system times the scale.
        let scale = scale_into_range(begun.norm);
        if scale != 1.0 {
            r.scale(scale);
        }
        let mut rr = r.dot(r);
        history.push(rr.sqrt() / scale);
        let mut rz = match m {
            Some(m) if rr > 0.0 => {
                let z = work.preconditioned.get_or_insert_with(|| b.zeros_like());
                m.apply(r, z)?;
                p.copy_from(z);
                r.dot(z)
            }
            _ => {
                p.copy_from(r);
                rr
            }
        };
        let enough = self.true_residual.safely(self.tolerance) * b_norm * scale;
        let most = most(self.iterations, b.dimension());
        let (mut decrease, mut curvature) = (0.0, f64::NAN);
        let mut iterations = 0;
        let mut end = loop {
            if begun.trouble.is_some() || !rz.is_finite() {
                break CgEnd::NotFinite;
            }
            if rr.sqrt() <= enough {
                break CgEnd::Converged;
            }
            if rz <= 0.0 {
                break CgEnd::IndefinitePreconditioner;
            }
            if self.slow_stop != SlowStop::Never
                && !decreases.is_empty()
                && self.slow_stop.is_slow(decreases)
            {
                break CgEnd::SlowProgress;
            }
            if iterations == most {
                break CgEnd::IterationLimit;
            }
            a.apply(p, ap)?;
            products += 1;
            let pap = p.dot(ap);
            let (pp, ap_norm) = (p.dot(p), ap.norm());
            if !pap.is_finite() || !ap_norm.is_finite() {
                break CgEnd::NotFinite;
            }
            curvature = pap / pp;
            if pap <= V::EPSILON * pp.sqrt() * ap_norm {
                break CgEnd::NegativeCurvature;
            }
            let alpha = rz / pap;
            x.axpy(alpha / scale, p);
            r.axpy(-alpha, ap);
            iterations += 1;
            decrease += 0.5 * alpha * rz / scale / scale;
            decreases.push(decrease);
            observe(CgStep { x, direction: p, product: ap, length: alpha / scale });
            let previous = rz;
            rr = r.dot(r);
            history.push(rr.sqrt() / scale);
            match (m, &mut work.preconditioned) {
                (Some(m), Some(z)) => {
                    m.apply(r, z)?;
                    rz = r.dot(z);
                    p.axpby(1.0, z, rz / previous);
                }
                _ => {
                    rz = rr;
                    p.axpby(1.0, r, rz / previous);
                }
            }
        };
        if scale != 1.0 {
            p.scale(1.0 / scale);
            ap.scale(1.0 / scale);
        }
        let residual_norm = rr.sqrt() / scale;
        let true_residual_norm = match end {
            _ if iterations == 0 && begun.trouble.is_none() => Some(residual_norm),
            CgEnd::NotFinite => None,
            _ => self.true_residual.measure(a, b, x, r, &mut products)?,
        };
        if end == CgEnd::Converged
            && TrueResidual::refutes(true_residual_norm, self.tolerance * b_norm)
        {
            end = CgEnd::PrecisionLimit;
        }
        Ok(CgInfo {
            end,
            iterations,
            products,
            residual_norm,
            true_residual_norm,
            decrease,
            curvature,
        })
    }
}
