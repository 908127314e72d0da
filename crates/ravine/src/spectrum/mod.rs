//! The spectrum of a symmetric operator, measured by products with it.
