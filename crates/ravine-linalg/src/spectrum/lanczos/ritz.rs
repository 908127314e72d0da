//! Ritz pairs: the eigenpairs of a projected matrix.

use super::process::Process;
use crate::matrix::SymmetricEigen;
use crate::vector::Pointwise;

/// How well a pair is to be known.
#[derive(Clone, Copy, Debug)]
pub(in crate::spectrum) enum Accuracy {
    /// A residual of at most this times the norm of the operator.
    OfNorm(f64),
    /// A residual of at most this times its own `|theta|`.
    OfValue(f64),
}

/// The Ritz pairs of a process, ascending.
pub(in crate::spectrum) struct Ritz {
    eigen: SymmetricEigen,
    /// `|beta y_m|`, what the recurrence gives for their residuals.
    leads_out: Vec<f64>,
    /// What components lost in the recurrence add to that.
    lost: Vec<f64>,
    /// The residual that arithmetic does not get below.
    least: f64,
    /// The largest `|theta|` so far.
    norm: f64,
    noise: f64,
}

impl Ritz {
    /// `None` where there are none, or they cannot be computed.
    pub(super) fn new<V: Pointwise>(process: &mut Process<'_, V>) -> Option<Self> {
        let projected = process.projected();
        let eigen = projected.eigen()?;
        let m = eigen.values().len();
        if m == 0 {
            return None;
        }
        let beta = projected.residual();
        let leads_out = (0..m).map(|i| (beta * eigen.vectors()[(m - 1, i)]).abs()).collect();
        let lost = (0..m).map(|i| process.lost(eigen.vectors().column(i))).collect();
        process.see(eigen.norm());
        let noise = process.noise();
        let least = 4.0 * noise * process.norm();
        Some(Self { eigen, leads_out, lost, least, norm: process.norm(), noise })
    }

    /// The Ritz values.
    pub fn values(&self) -> &[f64] {
        self.eigen.values()
    }

    /// The largest `|theta|` of this and all earlier ones.
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// The error of a product in one direction, relative to the norm.
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// A bound of the residual of pair i.
    pub fn bound(&self, i: usize) -> f64 {
        self.leads_out[i] + self.lost[i]
    }

    /// How far pair i is from being as well known as asked for, or as the arithmetic allows: the
    /// residual divided by the one that is small enough.
    pub(super) fn distance(&self, i: usize, accuracy: Accuracy) -> f64 {
        let enough = match accuracy {
            Accuracy::OfNorm(tolerance) => tolerance * self.norm,
            Accuracy::OfValue(tolerance) => tolerance * self.values()[i].abs(),
        };
        let enough = (enough - self.lost[i]).max(self.least);
        if self.leads_out[i] == 0.0 { 0.0 } else { self.leads_out[i] / enough }
    }

    /// Whether pair i has converged.
    pub fn converged(&self, i: usize, accuracy: Accuracy) -> bool {
        self.distance(i, accuracy) <= 1.0
    }

    /// The eigenvectors of the projected matrix in these places, one after another.
    pub(super) fn columns(&self, places: impl Iterator<Item = usize>) -> Vec<f64> {
        places.flat_map(|i| self.eigen.vectors().column(i).iter().copied()).collect()
    }
}
