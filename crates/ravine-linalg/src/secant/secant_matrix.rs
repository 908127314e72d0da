//! What a quasi-Newton method asks of its matrix.

/// An approximation H of the inverse Hessian that secant pairs update.
///
/// See [`LimitedMemory`](super::LimitedMemory) for an example.
pub trait SecantMatrix<V> {
    /// Whether H is still the identity that no pair has scaled.
    fn is_initial(&self) -> bool;

    /// Back to the identity.
    fn reset(&mut self);

    /// `d = -H g`, for the gradient given with the last update; gives the slope `g'd` and the
    /// length `max_i |d_i|`.
    fn direction(&mut self, gradient: &V, direction: &mut V) -> (f64, f64);

    /// Takes in the pair `s = x_new - x_old`, `y = grad f(x_new) - grad f(x_old)`, whose contents
    /// may be exchanged for others, at the gradient of the new point. A pair without positive
    /// curvature is of no use; H is then as before, or the identity.
    fn update(&mut self, s: &mut V, y: &mut V, gradient: &V);
}
