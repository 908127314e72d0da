//! The clock: the machine's, in a browser the page's, or, without the feature `clock`, one that stands
//! still.

#[cfg(feature = "clock")]
pub(crate) use web_time::Instant;

/// A moment; all are the same.
#[cfg(not(feature = "clock"))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant;

#[cfg(not(feature = "clock"))]
impl Instant {
    pub fn now() -> Self {
        Self
    }

    pub fn elapsed(self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}
