//! Conjugate gradients.

use crate::minimize::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Conjugate gradients for `A x = b` with symmetric A, from `x = 0`:
///
/// ```text
/// alpha = r'r / p'Ap,   x += alpha p,   r -= alpha A p,   p = r + (r'r / r_old'r_old) p
/// ```
///
/// Every iterate minimizes `x'Ax/2 - b'x` over the Krylov space of its dimension, so that in exact
/// arithmetic n products suffice; about `sqrt(kappa) ln(2 / tolerance) / 2` always do. A direction
/// p with `p'Ap <= 0` (to rounding) proves that A is not positive definite and ends the
/// iteration: x is then the last iterate before, and p is in the workspace.
///
/// Source: Hestenes and Stiefel (1952); Nocedal and Wright (2006), algorithm 5.2.
///
/// ```
/// use ravine::krylov::{CgEnd, CgWork, ConjugateGradient};
/// use ravine::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
/// let b = vec![1.0, 2.0];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let cg = ConjugateGradient { tolerance: 1e-12, ..Default::default() };
/// let info = cg.solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, CgEnd::Converged);
/// assert!((x[0] - 1.0 / 11.0).abs() < 1e-14 && (x[1] - 7.0 / 11.0).abs() < 1e-14);
/// # Ok::<(), ravine::minimize::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConjugateGradient {
    /// The residual that is small enough, relative to `|b|`. Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations; `None` for twice the dimension and ten more, as rounding delays the
    /// finite end. Default `None`.
    pub iterations: Option<usize>,
}

impl Default for ConjugateGradient {
    fn default() -> Self {
        Self { tolerance: 1e-8, iterations: None }
    }
}

/// How conjugate gradients ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgEnd {
    /// The residual is small enough.
    Converged,
    /// The direction in the workspace has no positive curvature.
    NegativeCurvature,
    /// The iterations are used up.
    IterationLimit,
    /// The operator gave a product that is not finite.
    NotFinite,
}

/// What conjugate gradients did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgInfo {
    /// Why they ended.
    pub end: CgEnd,
    /// Updates made of x.
    pub iterations: usize,
    /// The norm of the residual `b - A x`, as the recurrence has it.
    pub residual_norm: f64,
    /// `-(x'Ax/2 - b'x) >= 0`, the decrease of the quadratic.
    pub decrease: f64,
    /// `p'Ap / p'p` of the last direction p.
    pub curvature: f64,
}

/// The vectors of the iteration, kept for the next solve.
#[derive(Clone, Debug)]
pub struct CgWork<V> {
    residual: V,
    direction: V,
    product: V,
}

impl<V: Vector> CgWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = like.zeros_like();
        Self { residual: zero.clone(), direction: zero.clone(), product: zero }
    }

    /// The last direction p: after [`CgEnd::NegativeCurvature`], the one that shows it.
    pub fn direction(&self) -> &V {
        &self.direction
    }

    /// `A p` for that direction.
    pub fn product(&self) -> &V {
        &self.product
    }
}

impl ConjugateGradient {
    /// Solves `A x = b`; the old content of `x` does not matter.
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
        let CgWork { residual: r, direction: p, product: ap } = work;
        x.fill(0.0);
        r.copy_from(b);
        p.copy_from(b);
        let mut rr = r.dot(r);
        let enough = self.tolerance * rr.sqrt();
        let most = self.iterations.unwrap_or(2 * b.dimension() + 10);
        let (mut decrease, mut curvature) = (0.0, f64::NAN);
        let mut iterations = 0;
        let end = loop {
            if rr.sqrt() <= enough {
                break CgEnd::Converged;
            }
            if iterations == most {
                break CgEnd::IterationLimit;
            }
            a.apply(p, ap)?;
            let pap = p.dot(ap);
            let (pp, apap) = (p.dot(p), ap.dot(ap));
            if !pap.is_finite() || !apap.is_finite() {
                break CgEnd::NotFinite;
            }
            curvature = pap / pp;
            if pap <= f64::EPSILON * (pp * apap).sqrt() {
                break CgEnd::NegativeCurvature;
            }
            let alpha = rr / pap;
            x.axpy(alpha, p);
            r.axpy(-alpha, ap);
            decrease += 0.5 * alpha * rr;
            let previous = rr;
            rr = r.dot(r);
            p.axpby(1.0, r, rr / previous);
            iterations += 1;
        };
        Ok(CgInfo { end, iterations, residual_norm: rr.sqrt(), decrease, curvature })
    }
}
