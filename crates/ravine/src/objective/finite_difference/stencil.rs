//! Where a function is evaluated to differentiate it along a line.

use super::Scheme;
use crate::objective::Bounds;

/// A derivative along a line: `sum_k w_k F(t_k)` over up to three displacements `t_k`, exact for
/// polynomials of the first or second degree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stencil {
    terms: [(f64, f64); 3],
    count: usize,
}

impl Stencil {
    /// The displacements and their weights.
    pub fn terms(&self) -> &[(f64, f64)] {
        &self.terms[..self.count]
    }

    /// The step h of a central difference.
    pub fn central_step(&self) -> Option<f64> {
        let &[(h, _), (below, _)] = self.terms() else { return None };
        (below == -h).then_some(h)
    }

    /// The displacements that are not zero.
    pub fn displacements(&self) -> impl Iterator<Item = f64> {
        self.terms().iter().map(|&(t, _)| t).filter(|&t| t != 0.0)
    }

    /// The derivative from values of F, which `at` gives for the displacements in their order.
    pub fn combine(&self, mut at: impl FnMut(f64) -> Option<f64>) -> f64 {
        let terms = self.terms().iter();
        terms.fold(0.0, |sum, &(t, weight)| sum + weight * at(t).unwrap_or(f64::NAN))
    }

    /// `(F(h) - F(-h)) / (2 h)`.
    fn central(h: f64) -> Self {
        let w = 0.5 / h;
        Self { terms: [(h, w), (-h, -w), (0.0, 0.0)], count: 2 }
    }

    /// `(F(h) - F(0)) / h`.
    fn forward(h: f64) -> Self {
        let w = h.recip();
        Self { terms: [(h, w), (0.0, -w), (0.0, 0.0)], count: 2 }
    }

    /// `(4 F(h) - F(2 h) - 3 F(0)) / (2 h)`: to one side, as accurate as central.
    fn one_sided(h: f64) -> Self {
        let w = h.recip();
        Self { terms: [(h, 2.0 * w), (2.0 * h, -0.5 * w), (0.0, -1.5 * w)], count: 3 }
    }

    /// No derivative: there is no room.
    pub fn nowhere() -> Self {
        Self { terms: [(0.0, 0.0); 3], count: 0 }
    }
}

/// How far a point may move along a line, backwards and forwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    pub below: f64,
    pub above: f64,
}

impl Room {
    pub const UNLIMITED: Self = Self { below: f64::INFINITY, above: f64::INFINITY };

    /// Along variable i.
    pub fn along_axis(x: &[f64], i: usize, bounds: Option<&Bounds>) -> Self {
        let Some(bounds) = bounds else { return Self::UNLIMITED };
        Self {
            below: (x[i] - bounds.lower()[i]).max(0.0),
            above: (bounds.upper()[i] - x[i]).max(0.0),
        }
    }

    /// Whether a difference of the step h fits.
    pub fn holds(&self, scheme: Scheme, h: f64) -> bool {
        let (less, more) = (self.below.min(self.above), self.below.max(self.above));
        match scheme {
            Scheme::Forward => more >= h,
            Scheme::Central | Scheme::Automatic => less >= h || more >= 2.0 * h,
        }
    }

    /// Along d, where the bounds of all variables count.
    pub fn along(x: &[f64], d: &[f64], bounds: Option<&Bounds>) -> Self {
        let mut room = Self::UNLIMITED;
        for (i, &d) in d.iter().enumerate().filter(|&(_, &d)| d != 0.0) {
            let axis = Self::along_axis(x, i, bounds);
            let (below, above) =
                if d > 0.0 { (axis.below, axis.above) } else { (axis.above, axis.below) };
            room.below = room.below.min(below / d.abs());
            room.above = room.above.min(above / d.abs());
        }
        room
    }
}

/// The stencils to try for a step h, the best first; later ones serve where the function is not
/// finite at the points of the earlier ones.
pub(crate) fn stencils(scheme: Scheme, h: f64, room: Room) -> impl Iterator<Item = Stencil> {
    let forward = scheme == Scheme::Forward;
    let reach = if forward { 1.0 } else { 2.0 };
    let one_sided = move |h| if forward { Stencil::forward(h) } else { Stencil::one_sided(h) };
    let central = (!forward && room.below.min(room.above) >= h).then(|| Stencil::central(h));
    let above = (room.above >= reach * h).then(|| one_sided(h));
    let below = (room.below >= reach * h).then(|| one_sided(-h));
    // Where neither side has room for the step, the longest step that there is room for.
    let squeezed = (central.is_none() && above.is_none() && below.is_none()).then(|| {
        if room.above.max(room.below) == 0.0 {
            Stencil::nowhere()
        } else if room.above >= room.below {
            one_sided(room.above / reach)
        } else {
            one_sided(-room.below / reach)
        }
    });
    [central, above, below, squeezed].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(scheme: Scheme, h: f64, below: f64, above: f64) -> Stencil {
        stencils(scheme, h, Room { below, above }).next().unwrap()
    }

    #[test]
    fn exact_for_polynomials_up_to_their_degree() {
        for (scheme, degree) in [(Scheme::Forward, 1), (Scheme::Central, 2)] {
            for stencil in stencils(scheme, 0.25, Room::UNLIMITED) {
                for k in 0..=degree {
                    let sum: f64 = stencil.terms().iter().map(|(t, w)| w * t.powi(k)).sum();
                    assert_eq!(sum, f64::from(k == 1), "{scheme:?}, degree {k}, {stencil:?}");
                }
            }
        }
    }

    #[test]
    fn stays_within_the_room() {
        let infinite = f64::INFINITY;
        assert_eq!(first(Scheme::Central, 0.5, infinite, infinite), Stencil::central(0.5));
        assert_eq!(first(Scheme::Central, 0.5, 0.0, infinite), Stencil::one_sided(0.5));
        assert_eq!(first(Scheme::Central, 0.5, 4.0, 0.25), Stencil::one_sided(-0.5));
        assert_eq!(first(Scheme::Forward, 0.5, 4.0, 0.25), Stencil::forward(-0.5));
        assert_eq!(first(Scheme::Central, 0.5, 0.1, 0.3), Stencil::one_sided(0.15));
        assert_eq!(first(Scheme::Forward, 0.5, 0.4, 0.3), Stencil::forward(-0.4));
        assert_eq!(first(Scheme::Forward, 0.5, 0.0, 0.0).terms(), []);
    }

    #[test]
    fn room_along_a_direction() {
        let bounds = Bounds::new(vec![0.0, -1.0], vec![1.0, f64::INFINITY]).unwrap();
        let room = Room::along(&[0.25, 1.0], &[-0.5, 2.0], Some(&bounds));
        assert_eq!(room, Room { below: 1.0, above: 0.5 });
        assert_eq!(Room::along(&[2.0, 0.0], &[1.0, 0.0], Some(&bounds)).above, 0.0);
        assert_eq!(Room::along(&[2.0], &[1.0], None), Room::UNLIMITED);
    }
}
