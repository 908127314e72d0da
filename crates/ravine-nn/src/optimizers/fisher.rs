//! The damped Fisher information of a batch as an operator.

use ravine::objective::Counts;
use ravine::oracle::Oracle;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::{Interrupt, Vector};

use super::OnNetwork;
use crate::tape::Parameters;

/// `F + eta + damping I` at a point, F over the first cases of the batch: for all losses but the Gaussian with its
/// variance the Gauss-Newton matrix.
pub(super) struct DampedFisher<'a, 'o, O: OnNetwork + ?Sized> {
    pub oracle: &'a Oracle<'o, O>,
    pub x: &'a Parameters<O::Backend>,
    /// The part of the batch, in `(0, 1]`.
    pub share: f64,
    pub damping: f64,
}

/// The first cases of a batch, at least one.
pub(super) fn first_of(batch: &[usize], share: f64) -> &[usize] {
    let count = (share * batch.len() as f64).ceil() as usize;
    &batch[..count.clamp(1, batch.len())]
}

impl<O: OnNetwork + ?Sized> LinearOperator<Parameters<O::Backend>> for DampedFisher<'_, '_, O> {
    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(
        &self,
        v: &Parameters<O::Backend>,
        product: &mut Parameters<O::Backend>,
    ) -> Result<(), Interrupt> {
        self.oracle.evaluate(Counts::HESSIAN_PRODUCT, |f| {
            let batch = f.batch();
            f.mean_loss().fisher_product(self.x, first_of(&batch, self.share), v, product)
        })?;
        product.axpy(self.damping, v);
        Ok(())
    }
}
