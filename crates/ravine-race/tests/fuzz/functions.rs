//! Random functions whose least value is known, which see how they are used.

use std::cell::{Cell, RefCell};

use ravine::matrix::Matrix;
use ravine::objective::{
    Counts, Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies,
};
use ravine::random::Random;
use ravine::{Bounds, supplies};

/// A function of one number with its first two derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Square,
    Quartic,
    /// `log(1 + t^2)`: it curves downwards away from its minimum.
    LogSquare,
    /// `exp(t) - t - 1`.
    Exponential,
    /// Linear beyond 1.
    Huber,
    /// `sqrt(1 + t^2) - 1`.
    Root,
    /// `exp(t^2) - 1`: it soon overflows.
    Steep,
    /// `t - 1 - log t`, not a number where t is not positive.
    Barrier,
    /// `(t^2 - 1)^2`: two minima.
    DoubleWell,
    /// `log(1 + exp t)`: no minimum, and no gradient where it is low.
    Softplus,
    Constant,
    /// `-1 / (1 + t^2)`: flat far away.
    Dip,
    Linear,
    /// `-t^2`.
    Fall,
    /// `t^3`.
    Cube,
}

impl Shape {
    pub const ALL: [Self; 15] = [
        Self::Square,
        Self::Quartic,
        Self::LogSquare,
        Self::Exponential,
        Self::Huber,
        Self::Root,
        Self::Steep,
        Self::Barrier,
        Self::DoubleWell,
        Self::Softplus,
        Self::Constant,
        Self::Dip,
        Self::Linear,
        Self::Fall,
        Self::Cube,
    ];

    /// Whether a point without a slope, as far as values show, is the minimum, with value 0.
    pub fn is_convex(self) -> bool {
        use Shape::{Barrier, Exponential, Huber, Quartic, Root, Square, Steep};
        matches!(self, Square | Quartic | Exponential | Huber | Root | Steep | Barrier)
    }

    pub fn is_bounded_below(self) -> bool {
        !matches!(self, Self::Linear | Self::Fall | Self::Cube)
    }

    fn at(self, t: f64) -> [f64; 3] {
        match self {
            Self::Square => [0.5 * t * t, t, 1.0],
            Self::Quartic => [0.25 * t.powi(4), t.powi(3), 3.0 * t * t],
            Self::LogSquare => {
                let w = 1.0 / (1.0 + t * t);
                [(t * t).ln_1p(), 2.0 * t * w, 2.0 * (1.0 - t * t) * w * w]
            }
            Self::Exponential => [t.exp_m1() - t, t.exp_m1(), t.exp()],
            Self::Huber if t.abs() <= 1.0 => [0.5 * t * t, t, 1.0],
            Self::Huber => [t.abs() - 0.5, t.signum(), 0.0],
            Self::Root => {
                let root = t.hypot(1.0);
                // sqrt(1 + t^2) - 1 without cancellation.
                [t * (t / (root + 1.0)), t / root, root.powi(-3)]
            }
            Self::Steep => {
                let e = (t * t).exp();
                [(t * t).exp_m1(), 2.0 * t * e, (2.0 + 4.0 * t * t) * e]
            }
            Self::Barrier if t > 0.0 => [(t - 1.0) - t.ln(), 1.0 - 1.0 / t, 1.0 / (t * t)],
            Self::Barrier => [f64::NAN; 3],
            Self::DoubleWell => {
                let w = t * t - 1.0;
                [w * w, 4.0 * t * w, 12.0 * t * t - 4.0]
            }
            Self::Softplus => {
                let s = 1.0 / (1.0 + (-t).exp());
                [t.max(0.0) + (-t.abs()).exp().ln_1p(), s, s * (1.0 - s)]
            }
            Self::Constant => [0.0; 3],
            Self::Dip => {
                let w = 1.0 / (1.0 + t * t);
                [-w, 2.0 * t * w * w, 2.0 * (1.0 - 3.0 * t * t) * w * w * w]
            }
            Self::Linear => [t, 1.0, 0.0],
            Self::Fall => [-0.5 * t * t, -t, -1.0],
            Self::Cube => [t.powi(3), 3.0 * t * t, 6.0 * t],
        }
    }
}

/// `weight shape((x - center) / scale)`.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub shape: Shape,
    pub weight: f64,
    pub center: f64,
    pub scale: f64,
}

impl Term {
    fn at(&self, x: f64) -> [f64; 3] {
        let [value, first, second] = self.shape.at((x - self.center) / self.scale);
        let Self { weight, scale, .. } = *self;
        [weight * value, weight * first / scale, weight * second / scale / scale]
    }
}

/// A sum of terms of one variable each, and a constant. It counts its evaluations, and notes where it was
/// asked.
#[derive(Debug)]
pub struct Sum {
    pub terms: Vec<Term>,
    pub constant: f64,
    /// Whether values are rounded to single precision, as those of a simulation may be.
    pub rounded: bool,
    pub counts: Cell<Counts>,
    /// A point that is not finite, or outside of these bounds.
    pub bounds: Option<Bounds>,
    pub strayed: RefCell<Option<Vec<f64>>>,
}

impl Sum {
    /// A random one of up to three variables.
    pub fn random(random: &mut Random) -> Self {
        let dimension = 1 + random.below(3);
        // Units of the function, and those of each variable, over forty orders of magnitude; most often 1.
        let unit = |random: &mut Random| match random.below(3) {
            0 => 10f64.powf(20.0 * (2.0 * random.uniform() - 1.0)),
            1 => 10f64.powf(2.0 * (2.0 * random.uniform() - 1.0)),
            _ => 1.0,
        };
        let height = unit(random);
        let terms = (0..dimension)
            .map(|_| {
                let shape = Shape::ALL[random.below(Shape::ALL.len())];
                let scale = unit(random);
                let center = if random.below(2) == 0 { 0.0 } else { scale * random.normal() };
                let weight = height * 10f64.powf(random.normal());
                Term { shape, weight, center, scale }
            })
            .collect();
        let constant = if random.below(3) == 0 { height * 10.0 * random.normal() } else { 0.0 };
        Self {
            terms,
            constant,
            rounded: random.below(10) == 0,
            counts: Cell::default(),
            bounds: None,
            strayed: RefCell::default(),
        }
    }

    /// A start: near the minimum, or far from it.
    pub fn start(&self, random: &mut Random) -> Vec<f64> {
        let far = match random.below(3) {
            0 => 10f64.powf(6.0 * random.uniform()),
            _ => 1.0,
        };
        let start = |term: &Term| {
            let t = far * random.normal();
            let t = if term.shape == Shape::Barrier { t.abs() } else { t };
            term.center + term.scale * t
        };
        self.terms.iter().map(start).collect()
    }

    /// The value, and the size of its terms there: `|f|`, `|g'x|` and `x'Hx`.
    pub fn measured(&self, x: &[f64]) -> (f64, f64) {
        let (mut value, mut size) = (self.constant, self.constant.abs());
        for (term, &x) in self.terms.iter().zip(x) {
            let [f, g, h] = term.at(x);
            value += f;
            size += f.abs() + (g * x).abs() + (h * x * x).abs();
        }
        (value, size)
    }

    fn value_at(&self, x: &[f64]) -> f64 {
        let value = self.measured(x).0;
        if self.rounded { f64::from(value as f32) } else { value }
    }

    fn see(&self, x: &[f64], counts: Counts) {
        self.counts.set(self.counts.get() + counts);
        let inside = |(i, &x): (usize, &f64)| match &self.bounds {
            Some(bounds) => bounds.lower()[i] <= x && x <= bounds.upper()[i],
            None => true,
        };
        if !(x.iter().all(|x| x.is_finite()) && x.iter().enumerate().all(inside)) {
            self.strayed.borrow_mut().get_or_insert_with(|| x.to_vec());
        }
    }
}

impl Objective for Sum {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.terms.len()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.see(x, Counts::VALUE);
        Ok(self.value_at(x))
    }
}

impl Gradient for Sum {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.see(x, Counts::FUSED);
        for ((g, term), &x) in gradient.iter_mut().zip(&self.terms).zip(x) {
            *g = term.at(x)[1];
        }
        Ok(self.value_at(x))
    }
}

impl HessianProduct for Sum {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.see(x, Counts::HESSIAN_PRODUCT);
        for (i, term) in self.terms.iter().enumerate() {
            product[i] = term.at(x[i])[2] * d[i];
        }
        Ok(())
    }
}

impl Hessian for Sum {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.see(x, Counts::HESSIAN);
        hessian.fill(0.0);
        for (i, term) in self.terms.iter().enumerate() {
            hessian[(i, i)] = term.at(x[i])[2];
        }
        Ok(())
    }
}

impl Supplies for Sum {
    supplies!(gradient, hessian_product, hessian);
}
