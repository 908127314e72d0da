//! Kernels for minimizing with an L1 term, within an orthant.

use super::{Pointwise, Scalar};

/// What orthant-wise methods for `F(x) = f(x) + sum_i w_i |x_i|` do entry by entry.
///
/// Source: Andrew and Gao, Scalable training of L1-regularized log-linear models (2007).
///
/// ```
/// use ravine_linalg::vector::Orthants;
///
/// let (x, w) = (vec![2.0, 0.0, 0.0], vec![1.0, 1.0, 1.0]);
/// assert_eq!(x.weighted_norm_1(&w), 2.0);
/// let mut pg = vec![0.0; 3];
/// pg.set_pseudo_gradient(&x, &vec![-3.0, 0.5, 4.0], &w);
/// assert_eq!(pg, [-2.0, 0.0, 3.0]);
///
/// // The second variable is held at zero; the third would leave the orthant of -pg.
/// let mut free = vec![0.0; 3];
/// assert_eq!(free.set_free(&x, &pg), 1);
/// assert_eq!(free, [1.0, 0.0, 1.0]);
/// let mut next = vec![0.0; 3];
/// let change = next.set_step_within_orthant(&x, &pg, &w, 1.0, &vec![1.0, 0.0, 1.0]);
/// assert_eq!((next, change), (vec![3.0, 0.0, 0.0], -2.0));
/// ```
pub trait Orthants: Pointwise {
    /// `sum_i w_i |self_i|`.
    fn weighted_norm_1(&self, weights: &Self) -> f64;
    /// The subgradient of F at x of the least magnitude, where f has the gradient g.
    fn set_pseudo_gradient(&mut self, x: &Self, g: &Self, weights: &Self);
    /// `self_i = 0` where `x_i = 0` and `self_i pg_i >= 0`: no way out of zero that ascends.
    fn drop_ascent_from_zero(&mut self, x: &Self, pg: &Self);
    /// `self_i = 0` unless `self_i pg_i < 0`.
    fn keep_opposed(&mut self, pg: &Self);
    /// `self = P(x + a d)`, P the projection onto the orthant of x, and of -pg where x is zero;
    /// entries of no weight are free. Gives `pg'(self - x)`.
    fn set_step_within_orthant(
        &mut self,
        x: &Self,
        pg: &Self,
        weights: &Self,
        a: f64,
        d: &Self,
    ) -> f64;
    /// `self_i = 0` where `x_i = pg_i = 0`, which holds the variable at zero, and 1 elsewhere; gives
    /// the number of those held.
    fn set_free(&mut self, x: &Self, pg: &Self) -> usize;
    /// `self_i = 0` where `mask_i = 0`.
    fn mask(&mut self, mask: &Self);
    /// `(self'x, x'x)` of the entries where the mask is not zero.
    fn masked_products(&self, x: &Self, mask: &Self) -> (f64, f64);
}

impl<T: Scalar> Orthants for Vec<T> {
    fn weighted_norm_1(&self, weights: &Self) -> f64 {
        same(self, weights);
        self.iter().zip(weights).map(|(x, w)| w.wide() * x.wide().abs()).sum()
    }

    fn set_pseudo_gradient(&mut self, x: &Self, g: &Self, weights: &Self) {
        same(self, x);
        same(self, g);
        same(self, weights);
        for (((pg, x), g), w) in self.iter_mut().zip(x).zip(g).zip(weights) {
            *pg = T::narrow(pseudo_gradient(x.wide(), g.wide(), w.wide()));
        }
    }

    fn drop_ascent_from_zero(&mut self, x: &Self, pg: &Self) {
        same(self, x);
        same(self, pg);
        for ((d, x), pg) in self.iter_mut().zip(x).zip(pg) {
            if x.wide() == 0.0 && d.wide() * pg.wide() >= 0.0 {
                *d = T::default();
            }
        }
    }

    fn keep_opposed(&mut self, pg: &Self) {
        same(self, pg);
        for (d, pg) in self.iter_mut().zip(pg) {
            *d = if d.wide() * pg.wide() < 0.0 { *d } else { T::default() };
        }
    }

    fn set_step_within_orthant(
        &mut self,
        x: &Self,
        pg: &Self,
        weights: &Self,
        a: f64,
        d: &Self,
    ) -> f64 {
        same(self, x);
        same(self, pg);
        same(self, weights);
        same(self, d);
        let mut change = 0.0;
        for ((((next, x), pg), w), d) in self.iter_mut().zip(x).zip(pg).zip(weights).zip(d) {
            let (x, pg) = (x.wide(), pg.wide());
            let orthant = if x == 0.0 { -pg } else { x };
            let end = x + a * d.wide();
            let kept = w.wide() == 0.0 || end * orthant > 0.0;
            *next = T::narrow(if kept { end } else { 0.0 });
            change += pg * (next.wide() - x);
        }
        change
    }

    fn set_free(&mut self, x: &Self, pg: &Self) -> usize {
        same(self, x);
        same(self, pg);
        let mut held = 0;
        for ((free, x), pg) in self.iter_mut().zip(x).zip(pg) {
            let holds = x.wide() == 0.0 && pg.wide() == 0.0;
            held += usize::from(holds);
            *free = T::narrow(if holds { 0.0 } else { 1.0 });
        }
        held
    }

    fn mask(&mut self, mask: &Self) {
        same(self, mask);
        for (v, mask) in self.iter_mut().zip(mask) {
            *v = if mask.wide() == 0.0 { T::default() } else { *v };
        }
    }

    fn masked_products(&self, x: &Self, mask: &Self) -> (f64, f64) {
        same(self, x);
        same(self, mask);
        let (mut product, mut square) = (0.0, 0.0);
        for ((v, x), mask) in self.iter().zip(x).zip(mask) {
            if mask.wide() != 0.0 {
                product += v.wide() * x.wide();
                square += x.wide() * x.wide();
            }
        }
        (product, square)
    }
}

fn same<T>(a: &[T], b: &[T]) {
    assert_eq!(a.len(), b.len(), "orthants: dimensions differ");
}

/// The subgradient of `f + w |x|` of the least magnitude, in one variable where `f' = g`.
fn pseudo_gradient(x: f64, g: f64, w: f64) -> f64 {
    if x > 0.0 {
        g + w
    } else if x < 0.0 {
        g - w
    } else if g < -w {
        g + w
    } else if g > w {
        g - w
    } else if g.is_nan() {
        g
    } else {
        0.0
    }
}
