//! Shampoo: a root of the second moments of each side of a matrix.

use ravine_linalg::matrix::{Matrix, Precision};

use super::dense::{accumulate_gram, average, finite, sandwich, scale, trace, view};
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

/// A part of the matrix: rows and columns from `first` on.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Block<T: Precision> {
    first: [usize; 2],
    shape: Shape,
    rows: Option<Side<T>>,
    columns: Option<Side<T>>,
    graft: GraftState<T>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Side<T: Precision> {
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
        let mut blocks = Vec::new();
        for i in (0..shape.rows).step_by(sizes[0].max(1)) {
            for j in (0..shape.columns).step_by(sizes[1].max(1)) {
                let part =
                    Shape::new(sizes[0].min(shape.rows - i), sizes[1].min(shape.columns - j));
                blocks.push(Block {
                    first: [i, j],
                    shape: part,
                    rows: active[0].then(|| Side::new(part.rows)),
                    columns: active[1].then(|| Side::new(part.columns)),
                    graft: GraftState::new(settings.graft, part.entries()),
                });
            }
        }
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
        for Block { first, shape, rows, columns, graft } in &mut self.blocks {
            let part = cut(gradient, self.shape, *first, *shape, work);
            let g = shape.view(part);
            if let Some(side) = rows {
                accumulate_gram(&mut side.factor, keep, add, g.transposed());
            }
            if let Some(side) = columns {
                accumulate_gram(&mut side.factor, keep, add, g);
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
        for Block { first, shape, rows, columns, graft } in &self.blocks {
            let part = cut(momentum, self.shape, *first, *shape, gradient);
            part_direction.resize(shape.entries(), T::ZERO);
            if self.rooted {
                let left = rows.as_ref().map(|side| view(side.root.matrix()));
                let right = columns.as_ref().map(|side| view(side.root.matrix()));
                sandwich(*shape, left, part, right, part_direction, product);
                product.resize(shape.entries(), T::ZERO);
                graft.rescale(part, part_direction, product);
            } else {
                graft.direction(part, part_direction);
            }
            for (i, row) in part_direction.chunks_exact(shape.columns).enumerate() {
                let at = (first[0] + i) * self.shape.columns + first[1];
                direction[at..at + shape.columns].copy_from_slice(row);
            }
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

/// The entries of a part; a copy, where they are not all.
fn cut<'a, T: Precision>(
    x: &'a [T],
    whole: Shape,
    first: [usize; 2],
    part: Shape,
    work: &'a mut Vec<T>,
) -> &'a [T] {
    if part == whole {
        return x;
    }
    work.clear();
    for i in first[0]..first[0] + part.rows {
        let at = i * whole.columns + first[1];
        work.extend_from_slice(&x[at..at + part.columns]);
    }
    work
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::super::{Polar, PolarIteration};
    use super::*;
    use ravine_linalg::random::Random;

    const SHAPE: Shape = Shape { rows: 3, columns: 2 };

    fn unfiltered() -> ShampooSettings {
        ShampooSettings { beta1: 0.0, ..ShampooSettings::default() }
    }

    fn last(shape: Shape, settings: ShampooSettings, gradients: &[&[f64]]) -> Vec<f64> {
        let mut shampoo = Shampoo::new(shape, settings);
        let mut direction = vec![0.0; shape.entries()];
        for gradient in gradients {
            assert!(shampoo.step(gradient, &mut direction).moves);
        }
        direction
    }

    #[test]
    fn pinned_directions() {
        let settings = ShampooSettings { epsilon: Epsilon::Absolute(0.01), ..unfiltered() };
        let two_sided = last(SHAPE, settings.clone(), &[&G1, &G2]);
        let right = [0.504907, 0.262019, -0.073223, 0.429617, 0.506911, -0.158467];
        close(&two_sided, &right, DIGITS);
        let settings = ShampooSettings { sides: ShampooSides::Columns, ..settings };
        let right = [0.323207, 0.195147, -0.046190, 0.354615, 0.514513, -0.126492];
        close(&last(SHAPE, settings.clone(), &[&G1, &G2]), &right, DIGITS);
        // The smaller side is that of columns.
        let settings = ShampooSettings { sides: ShampooSides::Smaller, ..settings };
        close(&last(SHAPE, settings, &[&G1, &G2]), &right, DIGITS);
    }

    /// Mistake 9: without memory all exponents give the polar factor, of a vector the unit vector.
    #[test]
    fn without_memory_it_is_the_polar_factor() {
        let mut random = Random::new(13);
        for (rows, columns) in [(4, 4), (5, 3), (3, 5), (1, 6), (6, 1), (1, 1)] {
            let shape = Shape::new(rows, columns);
            let g: Vec<f64> = drawn(&mut random, shape.entries());
            let mut polar = g.clone();
            Polar::default().factor(PolarIteration::Exact, 0, shape, &mut polar);
            for sides in [
                ShampooSides::Both,
                ShampooSides::Rows,
                ShampooSides::Columns,
                ShampooSides::Smaller,
            ] {
                let settings = ShampooSettings {
                    average: Average::Plain { decay: 0.0 },
                    epsilon: Epsilon::PseudoInverse(Some(1e-12)),
                    sides,
                    ..unfiltered()
                };
                close(&last(shape, settings, &[&g]), &polar, 1e-6);
            }
        }
    }

    #[test]
    fn invariances() {
        let mut random = Random::new(14);
        let shape = Shape::new(4, 3);
        let gradients: Vec<Vec<f64>> = (0..3).map(|_| drawn(&mut random, 12)).collect();
        let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 3));
        let averages =
            [Average::Sum, Average::Corrected { decay: 0.9 }, Average::Plain { decay: 0.9 }];
        for average in averages {
            let settings = ShampooSettings { average, ..ShampooSettings::default() };
            let run = |map: &dyn Fn(&[f64]) -> Vec<f64>, shape| {
                let mapped: Vec<Vec<f64>> = gradients.iter().map(|g| map(g)).collect();
                let slices: Vec<&[f64]> = mapped.iter().map(|g| &g[..]).collect();
                last(shape, settings.clone(), &slices)
            };
            let plain = run(&<[f64]>::to_vec, shape);
            close(&run(&|g| transformed(g, &u, &v), shape), &transformed(&plain, &u, &v), 1e-9);
            let across = run(&|g| transposed(g, 3), shape.transposed());
            close(&transposed(&plain, 3), &across, 1e-10);
            close(&run(&|g| g.iter().map(|g| 1e-8 * g).collect(), shape), &plain, 1e-9);
        }
    }

    #[test]
    fn blocks_are_problems_of_their_own() {
        let mut random = Random::new(15);
        let shape = Shape::new(5, 4);
        let g: Vec<f64> = drawn(&mut random, 20);
        let graft = Graft::Adam { beta2: 0.9, epsilon: 1e-8 };
        let settings = ShampooSettings { block: 3, graft, ..ShampooSettings::default() };
        assert_eq!(Shampoo::<f64>::new(shape, settings.clone()).blocks(), 4);
        let whole = last(shape, settings.clone(), &[&g]);
        for (i, j, part) in
            [(0, 0, Shape::new(3, 3)), (0, 3, Shape::new(3, 1)), (3, 0, Shape::new(2, 3))]
        {
            let mut work = Vec::new();
            let alone = cut(&g, shape, [i, j], part, &mut work).to_vec();
            let mut at = Vec::new();
            close(
                cut(&whole, shape, [i, j], part, &mut at),
                &last(part, settings.clone(), &[&alone]),
                1e-12,
            );
        }
        // Or only the side that is short enough.
        let settings = ShampooSettings { block: 4, long_sides: LongSides::Identity, ..settings };
        let one_sided = ShampooSettings { sides: ShampooSides::Columns, ..settings.clone() };
        assert_eq!(Shampoo::<f64>::new(shape, settings.clone()).blocks(), 1);
        close(&last(shape, settings, &[&g]), &last(shape, one_sided, &[&g]), 0.0);
    }

    #[test]
    fn grafted_lengths_are_those_of_their_methods() {
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let scaled = |root: &dyn Fn(f64, f64) -> f64| -> f64 {
            let each = G1.iter().zip(&G2).map(|(a, b)| b / root(a * a, b * b));
            norm(&each.collect::<Vec<_>>())
        };
        let cases = [
            (Graft::Sgd, norm(&G2)),
            (Graft::Adagrad { epsilon: 1e-10 }, scaled(&|a, b| (a + b).sqrt())),
            (
                Graft::Rmsprop { beta2: 0.9, epsilon: 0.0 },
                scaled(&|a, b| (0.09 * a + 0.1 * b).sqrt()),
            ),
            (
                Graft::Adam { beta2: 0.9, epsilon: 0.0 },
                scaled(&|a, b| ((0.09 * a + 0.1 * b) / 0.19).sqrt()),
            ),
        ];
        let free = last(SHAPE, unfiltered(), &[&G1, &G2]);
        for (graft, length) in cases {
            let settings = ShampooSettings { graft, ..unfiltered() };
            let grafted = last(SHAPE, settings.clone(), &[&G1, &G2]);
            assert!((norm(&grafted) - length).abs() < 1e-8, "{graft:?}");
            let by = length / norm(&free);
            close(&grafted, &free.iter().map(|x| by * x).collect::<Vec<_>>(), 1e-8);
            // Before the first root only the grafted method acts.
            let early = last(SHAPE, ShampooSettings { start: 3, ..settings }, &[&G1, &G2]);
            assert!((norm(&early) - length).abs() < 1e-8);
        }
    }

    /// Mistake 11, and roots between refreshes.
    #[test]
    fn first_steps_and_stale_roots() {
        let settings = ShampooSettings { period: 3, ..unfiltered() };
        let mut shampoo = Shampoo::new(SHAPE, settings);
        let mut direction = vec![0.0; 6];
        let statuses: Vec<Status> =
            (0..4).map(|_| shampoo.step(&G1, &mut direction).status).collect();
        use Status::*;
        assert_eq!(statuses, [Refreshed, Unchanged, Refreshed, Unchanged]);
        let first = last(SHAPE, unfiltered(), &[&G1]);
        assert!(first.iter().zip(&G1).map(|(d, g)| d * g).sum::<f64>() > 0.0);
        // Free of its bias the filtered gradient of the first step is the gradient.
        close(&last(SHAPE, ShampooSettings::default(), &[&G1]), &first, 1e-12);
    }

    #[test]
    fn refused_gradients_zero_ones_and_saved_states() {
        let graft = Graft::Adam { beta2: 0.9, epsilon: 1e-8 };
        let settings = ShampooSettings { graft, block: 2, ..ShampooSettings::default() };
        let mut shampoo = Shampoo::<f32>::new(SHAPE, settings.clone());
        let mut direction = vec![1.0; 6];
        assert_eq!(shampoo.step(&[0.0; 6], &mut direction), Step::moved(Status::Empty));
        assert_eq!(direction, [0.0; 6]);
        shampoo.step(&narrowed(&G1), &mut direction);
        let before = shampoo.clone();
        let mut broken = narrowed(&G2);
        broken[5] = f32::INFINITY;
        assert!(!shampoo.step(&broken, &mut direction).moves);
        assert_eq!((shampoo.failures().consecutive, &shampoo.blocks), (1, &before.blocks));
        let mut again = restored(&shampoo);
        let mut other = vec![0.0; 6];
        shampoo.step(&narrowed(&G2), &mut direction);
        again.step(&narrowed(&G2), &mut other);
        assert_eq!((&shampoo, &direction), (&again, &other));
        assert_eq!(shampoo.failures(), Failures { consecutive: 0, total: 1 });
        // Single precision is double precision rounded.
        let mut wide = Shampoo::<f64>::new(SHAPE, settings);
        let mut right = vec![0.0; 6];
        for g in [[0.0; 6], G1, G2] {
            wide.step(&g, &mut right);
        }
        close(&direction, &narrowed(&right), 1e-3);
    }

    #[test]
    fn traces_scale_factors() {
        let settings = ShampooSettings {
            trace_scaling: true,
            power: Some(0.5),
            epsilon: Epsilon::Absolute(0.0),
            sides: ShampooSides::Columns,
            ..unfiltered()
        };
        let scaled = last(SHAPE, settings.clone(), &[&G1]);
        let plain = last(SHAPE, ShampooSettings { trace_scaling: false, ..settings }, &[&G1]);
        let trace: f64 = G1.iter().map(|g| g * g).sum();
        close(&scaled, &plain.iter().map(|x| trace.powf(0.25) * x).collect::<Vec<_>>(), 1e-10);
    }
}
