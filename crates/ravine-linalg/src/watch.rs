//! Who may end long work.

use crate::Interrupt;

/// Asks whether work is still wanted: a factorization of a large matrix asks it between parts of a few
/// hundredths of a second. By default nobody is asked.
///
/// ```
/// use ravine_linalg::matrix::{Cholesky, Matrix};
/// use ravine_linalg::{Interrupt, Watch};
///
/// let stop = || Err(Interrupt::Cancelled);
/// let n = 1000;
/// let a = Matrix::from_fn(n, n, |i, j| if i == j { n as f64 } else { 1.0 / (1 + i + j) as f64 });
/// let mut factor = Cholesky::default();
/// assert!(factor.refactor_watched(&a, 0.0, Watch::new(&stop)).is_err());
/// assert!(factor.refactor(&a, 0.0).is_ok());
/// ```
#[derive(Clone, Copy, Default)]
pub struct Watch<'a>(Option<&'a dyn Fn() -> Result<(), Interrupt>>);

impl<'a> Watch<'a> {
    /// Asks `ask`.
    pub fn new(ask: &'a dyn Fn() -> Result<(), Interrupt>) -> Self {
        Self(Some(ask))
    }

    /// Asks now.
    ///
    /// # Errors
    ///
    /// The interrupt that ends the work.
    pub fn ask(&self) -> Result<(), Interrupt> {
        self.0.map_or(Ok(()), |ask| ask())
    }

    /// Asks before work of so many elementary operations, unless that is over before anybody would end it.
    pub(crate) fn ask_before(&self, operations: usize) -> Result<(), Interrupt> {
        if operations < 1 << 16 { Ok(()) } else { self.ask() }
    }

    /// The result of work that nobody ends.
    pub fn nobody<T>(work: impl FnOnce(Watch<'_>) -> Result<T, Interrupt>) -> T {
        match work(Watch::default()) {
            Ok(result) => result,
            Err(interrupt) => unreachable!("nobody asked: {interrupt}"),
        }
    }
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Watch" } else { "Watch(nobody)" })
    }
}
