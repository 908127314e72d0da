//! Columns whose coefficients are penalized together.

use ravine::vector::{axpy, norm};

/// A group with the penalty `l1 ||b_g|| + l2 ||b_g||^2 / 2`.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) columns: Vec<usize>,
    pub(crate) l1: f64,
    pub(crate) l2: f64,
}

impl Group {
    /// The entries of the group.
    fn of(&self, b: &[f64]) -> Vec<f64> {
        self.columns.iter().map(|&j| b[j]).collect()
    }

    /// The part of the penalty that is not a sum over columns.
    pub(crate) fn penalty(&self, b: &[f64]) -> f64 {
        self.l1 * norm(&self.of(b))
    }

    /// The norm of the gradient of the group's columns.
    pub(crate) fn pull(&self, gradient: &[f64]) -> f64 {
        norm(&self.of(gradient))
    }

    /// The distance of zero from the subdifferential: `(||G|| - l1)_+` where the group is zero, else the
    /// norm of `G + l2 b + l1 b / ||b||`.
    pub(crate) fn violation(&self, b: &[f64], gradient: &[f64]) -> f64 {
        let (own, mut g) = (self.of(b), self.of(gradient));
        let length = norm(&own);
        if length == 0.0 {
            return (norm(&g) - self.l1).max(0.0);
        }
        axpy(&mut g, self.l2 + self.l1 / length, &own);
        norm(&g)
    }

    /// What the group contributes to the gap at the dual point of gradient q: Fenchel's inequality of
    /// its penalty, with the conjugate `(||q|| - l1)_+^2 / 2 l2`.
    pub(crate) fn gap(&self, b: &[f64], scale: f64, gradient: &[f64]) -> f64 {
        let (own, q) = (self.of(b), self.of(gradient));
        let (length, pull) = (norm(&own), scale * norm(&q));
        let product: f64 = scale * own.iter().zip(&q).map(|(b, q)| b * q).sum::<f64>();
        let excess = (pull - self.l1).max(0.0);
        let conjugate = if self.l2 > 0.0 {
            0.5 * excess * excess / self.l2
        } else if excess == 0.0 {
            0.0
        } else {
            f64::INFINITY
        };
        self.l1 * length + 0.5 * self.l2 * length * length + conjugate + product
    }
}
