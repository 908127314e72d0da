//! Sums over chains and blocks of variables.

use ravine::autodiff::{LeftOperand, Real};

use super::elements::{Elements, FIXED};

/// `100 (y - x^2)^2 + (1 - x)^2` for pairs of variables `stride` apart: 2 for the extended
/// function, 1 for the chained one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rosenbrock {
    pub n: usize,
    pub stride: usize,
}

impl Elements<2> for Rosenbrock {
    fn dimension(&self) -> usize {
        self.n
    }

    fn count(&self) -> usize {
        (self.n - 2) / self.stride + 1
    }

    #[inline]
    fn variables(&self, e: usize) -> [usize; 2] {
        [self.stride * e, self.stride * e + 1]
    }

    #[inline]
    fn value<R: Real>(&self, _e: usize, [x, y]: [R; 2]) -> R
    where
        f64: LeftOperand<R>,
    {
        let t = y - x * x;
        let s = 1.0 - x;
        100.0 * (t * t) + s * s
    }

    #[inline]
    fn gradient(&self, _e: usize, [x, y]: [f64; 2]) -> (f64, [f64; 2]) {
        let t = y - x * x;
        let s = 1.0 - x;
        (100.0 * (t * t) + s * s, [-400.0 * x * t - 2.0 * s, 200.0 * t])
    }

    #[inline]
    fn hessian(&self, _e: usize, [x, y]: [f64; 2]) -> [[f64; 2]; 2] {
        let t = y - x * x;
        [[800.0 * x * x - 400.0 * t + 2.0, -400.0 * x], [-400.0 * x, 200.0]]
    }
}

/// `(x_1 + 10 x_2)^2 + 5 (x_3 - x_4)^2 + (x_2 - 2 x_3)^4 + 10 (x_1 - x_4)^4` for blocks of four.
#[derive(Clone, Copy, Debug)]
pub(super) struct Powell {
    pub n: usize,
}

impl Elements<4> for Powell {
    fn dimension(&self) -> usize {
        self.n
    }

    fn count(&self) -> usize {
        self.n / 4
    }

    #[inline]
    fn variables(&self, e: usize) -> [usize; 4] {
        [4 * e, 4 * e + 1, 4 * e + 2, 4 * e + 3]
    }

    #[inline]
    fn value<R: Real>(&self, _e: usize, x: [R; 4]) -> R
    where
        f64: LeftOperand<R>,
    {
        let (a, b) = (x[0] + 10.0 * x[1], x[2] - x[3]);
        let (c, d) = (x[1] - 2.0 * x[2], x[0] - x[3]);
        a * a + 5.0 * (b * b) + c.powi(4) + 10.0 * d.powi(4)
    }

    #[inline]
    fn gradient(&self, _e: usize, x: [f64; 4]) -> (f64, [f64; 4]) {
        let (a, b) = (x[0] + 10.0 * x[1], x[2] - x[3]);
        let (c, d) = (x[1] - 2.0 * x[2], x[0] - x[3]);
        let (c3, d3) = (4.0 * c * c * c, 40.0 * d * d * d);
        let value = a * a + 5.0 * (b * b) + c.powi(4) + 10.0 * d.powi(4);
        (value, [2.0 * a + d3, 20.0 * a + c3, 10.0 * b - 2.0 * c3, -10.0 * b - d3])
    }

    #[inline]
    fn hessian(&self, _e: usize, x: [f64; 4]) -> [[f64; 4]; 4] {
        let (c, d) = (x[1] - 2.0 * x[2], x[0] - x[3]);
        let (c2, d2) = (12.0 * c * c, 120.0 * d * d);
        [
            [2.0 + d2, 20.0, 0.0, -d2],
            [20.0, 200.0 + c2, -2.0 * c2, 0.0],
            [0.0, -2.0 * c2, 10.0 + 4.0 * c2, -10.0],
            [-d2, 0.0, -10.0, 10.0 + d2],
        ]
    }
}

/// `((3 - 2 y) y - x - 2 z + 1)^2` for neighbours x, y, z, with 0 beyond both ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broyden {
    pub n: usize,
}

impl Elements<3> for Broyden {
    fn dimension(&self) -> usize {
        self.n
    }

    fn count(&self) -> usize {
        self.n
    }

    #[inline]
    fn variables(&self, e: usize) -> [usize; 3] {
        // One below 0 is `FIXED`.
        [e.wrapping_sub(1), e, if e + 1 < self.n { e + 1 } else { FIXED }]
    }

    #[inline]
    fn value<R: Real>(&self, _e: usize, [x, y, z]: [R; 3]) -> R
    where
        f64: LeftOperand<R>,
    {
        let r = (3.0 - 2.0 * y) * y - x - 2.0 * z + 1.0;
        r * r
    }

    #[inline]
    fn gradient(&self, _e: usize, [x, y, z]: [f64; 3]) -> (f64, [f64; 3]) {
        let r = (3.0 - 2.0 * y) * y - x - 2.0 * z + 1.0;
        (r * r, [-2.0 * r, 2.0 * r * (3.0 - 4.0 * y), -4.0 * r])
    }

    #[inline]
    fn hessian(&self, _e: usize, [x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
        let r = (3.0 - 2.0 * y) * y - x - 2.0 * z + 1.0;
        let s = 3.0 - 4.0 * y;
        [[2.0, -2.0 * s, 4.0], [-2.0 * s, 2.0 * s * s - 8.0 * r, -4.0 * s], [4.0, -4.0 * s, 8.0]]
    }
}
