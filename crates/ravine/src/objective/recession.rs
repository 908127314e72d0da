//! Functions that fall for ever.

use super::{Evaluation, Objective};

/// A function that can tell where it falls for ever without arriving anywhere, as the likelihood of
/// separated data does: its gradient vanishes along the way, and no point is a minimum.
pub trait Recession: Objective {
    /// A direction d along which the function falls from the point x for ever: `f(x + t d)` falls as t
    /// grows; `None` where it knows none.
    ///
    /// # Errors
    ///
    /// Those of the function.
    fn recession(&self, x: &Self::Point) -> Evaluation<Option<Self::Point>>;
}
