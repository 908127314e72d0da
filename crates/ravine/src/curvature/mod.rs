//! What is believed about second derivatives, as linear operators.

mod exact;

pub use exact::HessianAt;
