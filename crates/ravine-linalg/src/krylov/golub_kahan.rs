//! Golub-Kahan bidiagonalization.

use super::report::residual_of;
use super::{SolveEnd, Start};
use crate::error::Interrupt;
use crate::operator::Adjoint;
use crate::vector::Vector;

/// The lower bidiagonalization of A begun with b: orthonormal u and v with
///
/// ```text
/// beta_1 u_1 = b,   alpha_1 v_1 = A'u_1
/// beta_{j+1} u_{j+1} = A v_j - alpha_j u_j,   alpha_{j+1} v_{j+1} = A'u_{j+1} - beta_{j+1} v_j
/// ```
///
/// Source: Golub and Kahan (1965); Paige and Saunders, LSQR (1982), section 3 (Bidiag 1).
#[derive(Clone, Debug)]
pub(super) struct GolubKahan<V> {
    u: V,
    v: V,
    av: V,
    atu: V,
    pub(super) alpha: f64,
    pub(super) beta: f64,
}

/// What a least-squares solver starts from.
pub(super) struct BegunLeastSquares {
    /// `|b|`, which tolerances are relative to.
    pub(super) scale: f64,
    pub(super) products: usize,
    pub(super) trouble: Option<SolveEnd>,
}

impl<V: Vector> GolubKahan<V> {
    /// Room for vectors of the shapes of b and of x.
    pub(super) fn new(b: &V, x: &V) -> Self {
        let (u, v) = (b.zeros_like(), x.zeros_like());
        Self { av: u.clone(), atu: v.clone(), u, v, alpha: 0.0, beta: 0.0 }
    }

    /// `v_j`.
    pub(super) fn v(&self) -> &V {
        &self.v
    }

    /// Sets x as `start` says and begins with the residual there.
    pub(super) fn begin(
        &mut self,
        start: Start,
        a: &impl Adjoint<V>,
        b: &V,
        x: &mut V,
    ) -> Result<BegunLeastSquares, Interrupt> {
        let Self { u, v, .. } = self;
        let scale = b.norm();
        let mut products = 0;
        v.fill(0.0);
        if start == Start::Zero || scale == 0.0 {
            x.fill(0.0);
            u.copy_from(b);
        } else {
            residual_of(a, b, x, u)?;
            products += 1;
        }
        self.alpha = 0.0;
        self.beta = u.norm();
        let finite = scale.is_finite() && self.beta.is_finite();
        if finite && self.beta > 0.0 {
            u.scale(1.0 / self.beta);
            a.apply_adjoint(u, v)?;
            products += 1;
            self.alpha = normalize(v);
        }
        let finite = finite && self.alpha.is_finite();
        Ok(BegunLeastSquares { scale, products, trouble: (!finite).then_some(SolveEnd::NotFinite) })
    }

    /// One product with A and one with its adjoint; false where they are not finite.
    pub(super) fn step(&mut self, a: &impl Adjoint<V>) -> Result<bool, Interrupt> {
        let Self { u, v, av, atu, alpha, beta } = self;
        a.apply(v, av)?;
        u.axpby(1.0, av, -*alpha);
        *beta = normalize(u);
        if *beta > 0.0 {
            a.apply_adjoint(u, atu)?;
            v.axpby(1.0, atu, -*beta);
            *alpha = normalize(v);
        } else {
            *alpha = 0.0;
        }
        Ok(alpha.is_finite() && beta.is_finite())
    }

    /// The norm of `b - A x`.
    pub(super) fn residual(&mut self, a: &impl Adjoint<V>, b: &V, x: &V) -> Result<f64, Interrupt> {
        residual_of(a, b, x, &mut self.av)
    }
}

/// Makes a vector that is not zero one of norm one; gives its norm.
fn normalize<V: Vector>(v: &mut V) -> f64 {
    let norm = v.norm();
    if norm > 0.0 {
        v.scale(1.0 / norm);
    }
    norm
}

/// The three stops of Paige and Saunders, LSQR (1982), section 6, each also where rounding leaves
/// nothing to gain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tests {
    pub(super) operator_tolerance: f64,
    pub(super) tolerance: f64,
    pub(super) condition_limit: f64,
}

/// What they compare.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimates {
    /// `|b|`.
    pub(super) scale: f64,
    pub(super) residual: f64,
    pub(super) normal_residual: f64,
    pub(super) solution: f64,
    pub(super) operator: f64,
    pub(super) condition: f64,
}

impl Tests {
    pub(super) fn end(&self, now: &Estimates) -> Option<SolveEnd> {
        let size = now.operator * now.solution;
        if now.residual <= self.tolerance * now.scale + self.operator_tolerance * size {
            Some(SolveEnd::Converged)
        } else if now.normal_residual <= self.operator_tolerance * now.operator * now.residual {
            Some(SolveEnd::LeastSquares)
        } else if now.residual <= f64::EPSILON * (now.scale + size)
            || now.normal_residual <= f64::EPSILON * now.operator * now.residual
        {
            Some(SolveEnd::PrecisionLimit)
        } else if now.condition >= self.condition_limit {
            Some(SolveEnd::ConditionLimit)
        } else {
            None
        }
    }
}
