//! Shampoo: a root of the second moments of each side of a matrix.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, Precision};

use super::allowed::{at_least_one, positive, share};
use super::cut::{Part, parts};
use super::dense::{accumulate_lower_gram, average, finite, mirror, sandwich, scale, trace, view};
use super::graft::GraftState;
use super::scratch::Scratch;
use super::{Average, Averaging, Epsilon, Failures, Graft, InverseRoot, Shape, Status, Step};

/// Settings of [`Shampoo`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShampooSettings {
    /// How `GG'` and `G'G` are averaged. Default the [sum](Average::Sum) over all steps.
    pub average: Average,
    /// The power r of each side's `L^-r`; nothing stands for `1 / (2 k)` with k sides: 1/4, one-sided and
    /// for vectors 1/2. Default nothing. 1/2 on both sides whitens where gradients are matrix-normal.
    pub power: Option<f64>,
    /// Which sides are preconditioned. Default [both](ShampooSides::Both).
    pub sides: ShampooSides,
    /// What keeps eigenvalues from zero. Default `relative: 1e-6`.
    pub epsilon: Epsilon,
    /// Divides each factor by the root of its trace before the root is taken. Default false.
    pub trace_scaling: bool,
    /// The share beta1 of the filtered gradient that is kept, free of the bias of its start; in `[0, 1)`.
    /// Default `0.9`.
    pub beta1: f64,
    /// Whose length the direction gets. Default its own.
    pub graft: Graft,
    /// Sides are cut into blocks of at most this size, each a problem of its own. Default `1024`.
    pub block: usize,
    /// What becomes of sides that are longer. Default [blocks](LongSides::Blocks).
    pub long_sides: LongSides,
    /// Steps between two roots, at least 1. Default `1`.
    pub period: u64,
    /// The step that takes the first root, at least 1; before it the grafted method acts alone. Default
    /// `1`.
    pub start: u64,
}

impl Default for ShampooSettings {
    fn default() -> Self {
        Self {
            average: Average::Sum,
            power: None,
            sides: ShampooSides::Both,
            epsilon: Epsilon::default(),
            trace_scaling: false,
            beta1: 0.9,
            graft: Graft::None,
            block: 1024,
            long_sides: LongSides::Blocks,
            period: 1,
            start: 1,
        }
    }
}

impl ShampooSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.average.check("average")?;
        self.power.map_or(Ok(()), |power| positive("power", power))?;
        self.epsilon.check("epsilon")?;
        share("beta1", self.beta1)?;
        self.graft.check("graft")?;
        at_least_one("block", self.block as u64)?;
        at_least_one("period", self.period)?;
        at_least_one("start", self.start)
    }
}

/// Which sides of a matrix are preconditioned. Sides of dimension 1 are not, but that of a scalar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShampooSides {
    /// Both: `L^-r G R^-r`.
    #[default]
    Both,
    /// The left one, of rows: `L^-r G`.
    Rows,
    /// The right one, of columns: `G R^-r`.
    Columns,
    /// That of the smaller dimension; of rows, where they are equal.
    Smaller,
}

/// What becomes of sides that are longer than a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongSides {
    /// They are cut into blocks.
    #[default]
    Blocks,
    /// They are not preconditioned, where the other side is not too long too.
    Identity,
}

/// Shampoo: for a matrix parameter with gradient G (m by n)
///
/// ```text
/// L <- average of G G',  R <- average of G'G
/// P = L^-r M R^-r              (r = 1/4, M the filtered gradient)
/// ```
///
/// [`step`](Self::step) is the order of distributed Shampoo: factors, roots where due, filtered gradient,
/// direction, length. Weight decay and the momentum of updates are the caller's. The parts are there by
/// themselves, too.
///
/// Without memory (`decay` 0) the direction is the polar factor of G, two-sided with 1/4 and one-sided
/// with 1/2. A gradient that is not finite is refused. Roots that cannot be taken are kept; stop where
/// too many fail [in a row](Self::failures) (three in distributed Shampoo).
///
/// Sources: Gupta, Koren and Singer, Shampoo (2018); Anil et al., Scalable second order optimization for
/// deep learning (2020); Shi et al., A distributed data-parallel implementation of Shampoo (2023).
///
/// ```
/// use ravine_nn::precondition::{Shampoo, ShampooSettings, Shape};
///
/// let mut shampoo = Shampoo::new(Shape::new(2, 2), ShampooSettings::default());
/// let mut direction = [0.0; 4];
/// assert!(shampoo.step(&[1.0, 2.0, 3.0, 4.0], &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Shampoo<T: Precision> {
    settings: ShampooSettings,
    shape: Shape,
    averaging: Averaging,
    blocks: Vec<Block<T>>,
    /// The filtered gradient.
    filtered: Vec<T>,
    /// `beta1^t`.
    power1: f64,
    rooted: bool,
    /// Gradients refused.
    failures: Failures,
    #[serde(skip)]
    work: Scratch<ShampooWork<T>>,
}

#[derive(Debug, Default)]
struct ShampooWork<T> {
    gradient: Vec<T>,
    direction: Vec<T>,
    product: Vec<T>,
    momentum: Vec<T>,
}

/// A part of the matrix.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Block<T: Precision> {
    part: Part,
    rows: Option<Side<T>>,
    columns: Option<Side<T>>,
    graft: GraftState<T>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Side<T: Precision> {
    /// Between two roots the lower triangle alone is that of now.
    factor: Matrix<T>,
    root: InverseRoot<T>,
}

impl<T: Precision> Side<T> {
    fn new(dimension: usize) -> Self {
        let factor = Matrix::filled(dimension, dimension, T::ZERO);
        Self { factor, root: InverseRoot::new(dimension) }
    }
}

impl<T: Precision> Shampoo<T> {
    /// Before the first step.
    ///
    /// # Panics
    ///
    /// If `block`, `period` or `start` is zero.
    pub fn new(shape: Shape, settings: ShampooSettings) -> Self {
        let ShampooSettings { block, period, start, .. } = settings;
        assert!(block > 0 && period > 0 && start > 0, "Shampoo: block, period, start at least 1");
        let mut active = active_sides(shape, settings.sides);
        let lengths = [shape.rows, shape.columns];
        let mut sizes = [block.min(shape.rows), block.min(shape.columns)];
        if settings.long_sides == LongSides::Identity {
            let usable = [0, 1].map(|k| active[k] && lengths[k] <= block);
            if usable[0] || usable[1] {
                // Sides without a factor need no cuts.
                active = usable;
                for k in 0..2 {
                    sizes[k] = if usable[k] { sizes[k] } else { lengths[k] };
                }
            }
        }
        let block = |part: Part| Block {
            part,
            rows: active[0].then(|| Side::new(part.shape.rows)),
            columns: active[1].then(|| Side::new(part.shape.columns)),
            graft: GraftState::new(settings.graft, part.shape.entries()),
        };
        let blocks = parts(shape, sizes).map(block).collect();
        Self {
            averaging: Averaging::new(settings.average),
            blocks,
            filtered: vec![T::ZERO; shape.entries()],
            power1: 1.0,
            rooted: false,
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &ShampooSettings {
        &self.settings
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The worst of the counts of failures: of gradients that were refused, and of the roots of each
    /// block.
    pub fn failures(&self) -> Failures {
        let sides = self.blocks.iter().flat_map(|b| [&b.rows, &b.columns]).flatten();
        sides.map(|side| side.root.failures()).fold(self.failures, |a, b| Failures {
            consecutive: a.consecutive.max(b.consecutive),
            total: a.total.max(b.total),
        })
    }

    /// One step in the published order; the direction is to be subtracted times the learning rate.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("Shampoo", direction);
        if self.observe(gradient) == Status::KeptOld {
            return Step::none(direction, Status::KeptOld);
        }
        let status = if self.due() { self.refresh() } else { Status::Unchanged };
        let beta1 = self.settings.beta1;
        average(&mut self.filtered, beta1, 1.0 - beta1, gradient);
        self.power1 *= beta1;
        let mut momentum = std::mem::take(&mut self.work.momentum);
        momentum.clear();
        momentum.extend_from_slice(&self.filtered);
        scale(&mut momentum, 1.0 / (1.0 - self.power1));
        self.direction(&momentum, direction);
        self.work.momentum = momentum;
        Step::moved(status)
    }

    /// Takes the raw gradient into factors and lengths; one that is not finite is refused.
    ///
    /// # Panics
    ///
    /// If the gradient has not the shape's entries.
    pub fn observe(&mut self, gradient: &[T]) -> Status {
        self.shape.check("Shampoo", gradient);
        if !finite(gradient) {
            return self.failures.count(Status::KeptOld);
        }
        let (keep, add) = self.averaging.next_weights();
        let work = &mut self.work.gradient;
        for Block { part: of, rows, columns, graft } in &mut self.blocks {
            let part = of.cut(gradient, self.shape, work);
            let g = of.shape.view(part);
            if let Some(side) = rows {
                accumulate_lower_gram(&mut side.factor, keep, add, g.transposed());
            }
            if let Some(side) = columns {
                accumulate_lower_gram(&mut side.factor, keep, add, g);
            }
            graft.observe(part);
        }
        self.failures.count(Status::Refreshed)
    }

    /// Whether roots should be taken after this gradient: at step `start`, and then at each multiple of
    /// `period`.
    pub fn due(&self) -> bool {
        let ShampooSettings { start, period, .. } = self.settings;
        let t = self.averaging.count();
        t >= start && (!self.rooted || t.is_multiple_of(period))
    }

    /// Takes the roots of all factors.
    pub fn refresh(&mut self) -> Status {
        self.rooted = true;
        let correction = self.averaging.correction();
        let ShampooSettings { power, epsilon, trace_scaling, .. } = self.settings;
        let mut status = Status::Unchanged;
        for Block { rows, columns, .. } in &mut self.blocks {
            let active = usize::from(rows.is_some()) + usize::from(columns.is_some());
            let power = power.unwrap_or(0.5 / active.max(1) as f64);
            for Side { factor, root } in [rows, columns].into_iter().flatten() {
                mirror(factor);
                let trace = trace(factor);
                let by = if trace_scaling && trace > 0.0 { trace.powf(-0.5) } else { 1.0 };
                status = status.and(root.refresh(factor, correction * by, power, epsilon));
            }
        }
        status
    }

    /// The direction for this momentum with the roots that there are; before the first ones that of the
    /// grafted method.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn direction(&mut self, momentum: &[T], direction: &mut [T]) {
        self.shape.check("Shampoo", momentum);
        self.shape.check("Shampoo", direction);
        let ShampooWork { gradient, direction: part_direction, product, .. } = &mut *self.work;
        for Block { part: of, rows, columns, graft } in &self.blocks {
            let (part, shape) = (of.cut(momentum, self.shape, gradient), of.shape);
            part_direction.resize(shape.entries(), T::ZERO);
            if self.rooted {
                let left = rows.as_ref().map(|side| view(side.root.matrix()));
                let right = columns.as_ref().map(|side| view(side.root.matrix()));
                sandwich(shape, left, part, right, part_direction, product);
                product.resize(shape.entries(), T::ZERO);
                graft.rescale(part, part_direction, product);
            } else {
                graft.direction(part, part_direction);
            }
            of.paste(part_direction, self.shape, direction);
        }
    }
}

/// Which sides have a factor.
fn active_sides(shape: Shape, sides: ShampooSides) -> [bool; 2] {
    let Shape { rows, columns } = shape;
    let asked = match sides {
        ShampooSides::Both => [true, true],
        ShampooSides::Rows => [true, false],
        ShampooSides::Columns => [false, true],
        ShampooSides::Smaller => [rows <= columns, rows > columns],
    };
    match (rows, columns) {
        (1, 1) => [true, false],
        // Of a vector the side that is one.
        (1, _) => [false, true],
        (_, 1) => [true, false],
        _ => asked,
    }
}

#[cfg(test)]
mod tests;
