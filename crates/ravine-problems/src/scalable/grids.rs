//! Variational problems on square grids.

use ravine::autodiff::{LeftOperand, Real};

use super::elements::{Elements, FIXED};

/// The nodes of a square, `side + 2` in each direction; the inner ones are variables, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub side: usize,
}

impl Grid {
    /// The number of variables.
    pub fn dimension(&self) -> usize {
        self.side * self.side
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        (self.side + 1) * (self.side + 1)
    }

    /// Column and row of the lower left node of a cell.
    #[inline]
    fn corner(&self, cell: usize) -> (usize, usize) {
        (cell % (self.side + 1), cell / (self.side + 1))
    }

    /// The variable at a node, `FIXED` on the boundary.
    #[inline]
    fn variable(&self, i: usize, j: usize) -> usize {
        let inner = 1..=self.side;
        if inner.contains(&i) && inner.contains(&j) { (j - 1) * self.side + (i - 1) } else { FIXED }
    }

    /// Column and row of each variable's node, by number.
    pub fn nodes(self) -> impl Iterator<Item = (usize, usize)> {
        (1..=self.side).flat_map(move |j| (1..=self.side).map(move |i| (i, j)))
    }

    /// The position of a node of the unit square.
    pub fn position(&self, (i, j): (usize, usize)) -> (f64, f64) {
        let h = 1.0 / (self.side + 1) as f64;
        (i as f64 * h, j as f64 * h)
    }
}

/// What pulls at a membrane, per area.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// `c u`.
    Constant(f64),
    /// `lambda e^u`.
    Exponential(f64),
}

/// The energy `integral |grad u|^2/2 - load(u)` of a membrane on the unit square, held at 0 on the
/// boundary: the five-point Laplacian. An element is a node with its right and upper neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Membrane {
    pub grid: Grid,
    pub load: Load,
}

impl Membrane {
    /// The load times the area of a cell, at inner nodes.
    #[inline]
    fn area(&self, e: usize) -> f64 {
        let (i, j) = self.grid.corner(e);
        if i == 0 || j == 0 { 0.0 } else { 1.0 / self.grid.cells() as f64 }
    }
}

impl Elements<3> for Membrane {
    fn dimension(&self) -> usize {
        self.grid.dimension()
    }

    fn count(&self) -> usize {
        self.grid.cells()
    }

    #[inline]
    fn variables(&self, e: usize) -> [usize; 3] {
        let (i, j) = self.grid.corner(e);
        [self.grid.variable(i, j), self.grid.variable(i + 1, j), self.grid.variable(i, j + 1)]
    }

    #[inline]
    fn value<R: Real>(&self, e: usize, [u, right, above]: [R; 3]) -> R
    where
        f64: LeftOperand<R>,
    {
        let (p, q) = (right - u, above - u);
        let load = match self.load {
            Load::Constant(c) => c * u,
            Load::Exponential(lambda) => lambda * u.exp(),
        };
        0.5 * (p * p + q * q) - self.area(e) * load
    }

    #[inline]
    fn gradient(&self, e: usize, [u, right, above]: [f64; 3]) -> (f64, [f64; 3]) {
        let (p, q, area) = (right - u, above - u, self.area(e));
        let (load, slope) = match self.load {
            Load::Constant(c) => (c * u, c),
            Load::Exponential(lambda) => (lambda * u.exp(), lambda * u.exp()),
        };
        (0.5 * (p * p + q * q) - area * load, [-p - q - area * slope, p, q])
    }

    #[inline]
    fn hessian(&self, e: usize, [u, _, _]: [f64; 3]) -> [[f64; 3]; 3] {
        let curvature = match self.load {
            Load::Constant(_) => 0.0,
            Load::Exponential(lambda) => lambda * u.exp(),
        };
        [[2.0 - self.area(e) * curvature, -1.0, -1.0], [-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]]
    }
}

/// The area of a surface over the square `|x|, |y| < WIDTH`, in triangles, with Scherk's minimal
/// surface `u = ln(cos y / cos x)` on the boundary. Two elements a cell: its lower left and its
/// upper right triangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct MinimalSurface {
    pub grid: Grid,
}

/// Half the side of the square of the minimal surface.
const WIDTH: f64 = 1.2;

impl MinimalSurface {
    /// The distance of neighbouring nodes.
    #[inline]
    fn spacing(&self) -> f64 {
        2.0 * WIDTH / (self.grid.side + 1) as f64
    }

    /// Scherk's surface at a node.
    pub fn scherk(&self, (i, j): (usize, usize)) -> f64 {
        let at = |i: usize| i as f64 * self.spacing() - WIDTH;
        (at(j).cos() / at(i).cos()).ln()
    }

    /// The nodes of element e: the right angle, then its horizontal and vertical neighbour.
    #[inline]
    fn nodes(&self, e: usize) -> [(usize, usize); 3] {
        let (i, j) = self.grid.corner(e / 2);
        if e.is_multiple_of(2) {
            [(i, j), (i + 1, j), (i, j + 1)]
        } else {
            [(i + 1, j + 1), (i, j + 1), (i + 1, j)]
        }
    }
}

impl Elements<3> for MinimalSurface {
    fn dimension(&self) -> usize {
        self.grid.dimension()
    }

    fn count(&self) -> usize {
        2 * self.grid.cells()
    }

    #[inline]
    fn variables(&self, e: usize) -> [usize; 3] {
        self.nodes(e).map(|(i, j)| self.grid.variable(i, j))
    }

    fn fixed(&self, e: usize, k: usize) -> f64 {
        self.scherk(self.nodes(e)[k])
    }

    #[inline]
    fn value<R: Real>(&self, _e: usize, [u, beside, above]: [R; 3]) -> R
    where
        f64: LeftOperand<R>,
    {
        let h = self.spacing();
        let (p, q) = (beside - u, above - u);
        0.5 * h * (p * p + q * q + h * h).sqrt()
    }

    #[inline]
    fn gradient(&self, _e: usize, [u, beside, above]: [f64; 3]) -> (f64, [f64; 3]) {
        let h = self.spacing();
        let (p, q) = (beside - u, above - u);
        let s = (p * p + q * q + h * h).sqrt();
        let (p, q) = (0.5 * h * p / s, 0.5 * h * q / s);
        (0.5 * h * s, [-p - q, p, q])
    }

    #[inline]
    fn hessian(&self, _e: usize, [u, beside, above]: [f64; 3]) -> [[f64; 3]; 3] {
        let h = self.spacing();
        let (p, q) = (beside - u, above - u);
        let square = p * p + q * q + h * h;
        let scale = 0.5 * h / (square * square.sqrt());
        let (pp, pq, qq) = (scale * (h * h + q * q), -scale * p * q, scale * (h * h + p * p));
        [[pp + 2.0 * pq + qq, -pp - pq, -pq - qq], [-pp - pq, pp, pq], [-pq - qq, pq, qq]]
    }
}
