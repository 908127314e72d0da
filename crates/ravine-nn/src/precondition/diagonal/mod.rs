//! Entry by entry: Adam for what is no hidden matrix, Sophia, AdaHessian.

mod adahessian;
mod adam;
mod sophia;
#[cfg(test)]
mod tests;

pub use adahessian::{AdaHessian, AdaHessianSettings, Spatial, SpatialOf};
pub use adam::{AdamDirection, AdamSettings};
pub use sophia::{Sophia, SophiaSettings};

fn check<T>(entries: usize, slices: &[&[T]]) {
    for slice in slices {
        assert_eq!(slice.len(), entries, "a parameter of {entries} entries");
    }
}
