//! Golub-Kahan bidiagonalization.

use super::report::{Begun, begin, scale_into_range};
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
pub struct GolubKahan<V> {
    u: V,
    v: V,
    av: V,
    atu: V,
    pub(super) alpha: f64,
    pub(super) beta: f64,
    /// What the recurrences multiply b by.
    pub(super) scale: f64,
}

impl<V: Vector> GolubKahan<V> {
    /// Room for vectors of the shapes of b and of x.
    pub(super) fn new(b: &V, x: &V) -> Self {
        let (u, v) = (b.zeros_like(), x.zeros_like());
        Self { av: u.clone(), atu: v.clone(), u, v, alpha: 0.0, beta: 0.0, scale: 1.0 }
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
    ) -> Result<Begun, Interrupt> {
        let Self { u, v, .. } = self;
        v.fill(0.0);
        let mut begun = begin(start, a, b, x, u)?;
        self.alpha = 0.0;
        self.beta = begun.norm;
        self.scale = scale_into_range(begun.norm);
        if begun.trouble.is_none() && self.beta > 0.0 {
            u.scale(1.0 / self.beta);
            a.apply_adjoint(u, v)?;
            begun.products += 1;
            self.alpha = normalize(v);
            if !self.alpha.is_finite() {
                begun.trouble = Some(SolveEnd::NotFinite);
            }
        }
        Ok(begun)
    }

    /// One product with A and one with its adjoint; false where they are not finite.
    pub(super) fn step(&mut self, a: &impl Adjoint<V>) -> Result<bool, Interrupt> {
        let Self { u, v, av, atu, alpha, beta, .. } = self;
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

    /// Room for a residual, once the process is over.
    pub(super) fn room(&mut self) -> &mut V {
        &mut self.av
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
