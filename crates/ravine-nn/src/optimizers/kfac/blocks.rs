//! The curvature that K-FAC keeps of a network.

use ravine::objective::Evaluation;
use ravine_linalg::Vector;
use ravine_linalg::matrix::{Matrix, Precision};
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};

use super::averaged::{Averaged, retried};
use super::chains::Chain;
use super::{Kfac, MomentsOf, Structure};
use crate::backend::Backend;
use crate::curvature::{BlockStatistics, Cover, Covered, Rows, join, joined, part, rows_of};
use crate::mean_loss::MeanLoss;
use crate::precondition::scratch::Scratch;
use crate::precondition::{Ekfac, EkfacSettings, Failures, KroneckerFactors, Shape};

/// The curvature of one block.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
enum Block<T: Precision> {
    Kronecker(Box<KroneckerFactors<T>>),
    Corrected(Box<Ekfac<T>>),
    /// Shares of the symbols, and S.
    Embedding {
        shares: Averaged<T>,
        gradients: Box<KroneckerFactors<T>>,
    },
    Diagonal(Averaged<T>),
}

/// All blocks, and the chains among them.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub(super) struct Curvature<T: Precision> {
    coverage: Vec<Covered>,
    blocks: Vec<Block<T>>,
    chains: Vec<Chain<T>>,
    /// Weights of a block with its bias, and its direction.
    #[serde(skip)]
    work: Scratch<[Vec<T>; 2]>,
}

/// What one look at a batch shows.
pub(super) struct Seen<T> {
    statistics: Vec<BlockStatistics<Vec<T>>>,
    /// Second moments in the bases, of the blocks that have such.
    moments: Vec<Vec<T>>,
    /// Of the neighbours in each chain.
    cross: Vec<Vec<[Vec<T>; 2]>>,
}

/// The shape of the weights of a block, with the column of its bias.
fn shape<B: Backend>(loss: &MeanLoss<B>, covered: &Covered) -> Shape {
    let of = &loss.network().parameters()[covered.weight].shape;
    let rows = of.sizes.first().copied().unwrap_or(1).max(1);
    Shape::new(rows, of.entries() / rows + usize::from(covered.bias.is_some()))
}

/// A square matrix that lies by rows, or by columns: it is symmetric.
fn square<T: Precision>(entries: Vec<T>) -> Matrix<T> {
    let n = entries.len().isqrt();
    Matrix::from_entries(n, n, entries)
}

impl<T: Precision> Curvature<T>
where
    Vec<T>: Pointwise,
{
    pub fn new<B: Backend>(loss: &MeanLoss<B>, kfac: &Kfac) -> Self {
        let (coverage, settings) = (loss.network().coverage(), &kfac.factors);
        let block = |covered: &Covered| {
            let shape = shape(loss, covered);
            match (covered.by, &kfac.structure) {
                (Cover::Kronecker, Structure::Corrected(moments)) => {
                    let settings =
                        EkfacSettings { factors: settings.average, moments: moments.average };
                    Block::Corrected(Box::new(Ekfac::new(shape, settings)))
                }
                (Cover::Kronecker, _) => {
                    Block::Kronecker(Box::new(KroneckerFactors::new(shape, settings.clone())))
                }
                (Cover::Embedding, _) => Block::Embedding {
                    shares: Averaged::new(shape.rows, settings),
                    gradients: Box::new(KroneckerFactors::new(
                        Shape::new(shape.columns, 1),
                        settings.clone(),
                    )),
                },
                (Cover::Diagonal, _) => Block::Diagonal(Averaged::new(shape.entries(), settings)),
            }
        };
        let blocks = coverage.iter().map(block).collect();
        let chains = match kfac.structure {
            Structure::Tridiagonal => loss.network().chains(&coverage),
            _ => Vec::new(),
        };
        let chain = |chain: Vec<usize>| {
            let shapes = chain.iter().map(|&k| shape(loss, &coverage[k])).collect();
            Chain::new(chain, shapes, settings)
        };
        let chains = chains.into_iter().map(chain).collect();
        Self { coverage, blocks, chains, work: Scratch::default() }
    }

    /// How often a part of each block could not be inverted, and the old inverse was kept.
    pub fn failures(&self) -> Vec<Failures> {
        let of = |(k, block): (usize, &Block<T>)| match block {
            Block::Kronecker(factors) | Block::Embedding { gradients: factors, .. } => {
                let chain = self.chains.iter().find(|chain| chain.blocks.contains(&k));
                chain.map_or_else(|| factors.failures(), Chain::failures)
            }
            Block::Corrected(ekfac) => ekfac.failures(),
            Block::Diagonal(_) => Failures::default(),
        };
        self.blocks.iter().enumerate().map(of).collect()
    }

    /// Statistics of some cases; changes nothing.
    pub fn look<B>(
        &self,
        (kfac, loss): (&Kfac, &MeanLoss<B>),
        x: &Partitioned<Vec<T>>,
        cases: &[usize],
        moments: bool,
        random: &mut Random,
    ) -> Evaluation<Seen<T>>
    where
        B: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let (coverage, how) = (&self.coverage, (kfac.gradients, kfac.sharing));
        let (weight, terms) = (1.0 / cases.len() as f64, 1.0 / (cases.len() * loss.terms()) as f64);
        let mut sums: Vec<Vec<T>> = vec![Vec::new(); self.blocks.len()];
        let mut cross: Vec<_> = self.chains.iter().map(Chain::zeros).collect();
        let statistics =
            loss.block_statistics_seen(x, cases, coverage, how, random, &mut |chunk, first| {
                if moments {
                    for ((covered, block), sum) in coverage.iter().zip(&self.blocks).zip(&mut sums)
                    {
                        if let (Block::Corrected(ekfac), Some(rows)) =
                            (block, rows_of(loss, chunk, covered))
                        {
                            add_moments(ekfac, &rows, terms, sum);
                        }
                    }
                }
                if !self.chains.is_empty() {
                    let rows: Vec<Option<Rows<T>>> =
                        coverage.iter().map(|covered| rows_of(loss, chunk, covered)).collect();
                    for (chain, sums) in self.chains.iter().zip(&mut cross) {
                        chain.add(&rows, weight, first, sums);
                    }
                }
            })?;
        Ok(Seen { statistics, moments: sums, cross })
    }

    /// Takes in what was seen.
    pub fn observe(&mut self, seen: Seen<T>) {
        let Seen { statistics, moments, cross } = seen;
        for ((block, statistics), moments) in self.blocks.iter_mut().zip(statistics).zip(&moments) {
            match (block, statistics) {
                (Block::Kronecker(factors), BlockStatistics::Kronecker { inputs, gradients }) => {
                    factors.observe_grams(&square(inputs), &square(gradients));
                }
                (Block::Corrected(ekfac), BlockStatistics::Kronecker { inputs, gradients }) => {
                    ekfac.observe_grams(&square(inputs), &square(gradients));
                    if !moments.is_empty() {
                        ekfac.observe_batch_moments(moments);
                    }
                }
                (
                    Block::Embedding { shares: kept, gradients: factors },
                    BlockStatistics::Embedding { shares, gradients },
                ) => {
                    factors.observe_grams(&square(vec![T::ONE]), &square(gradients));
                    kept.add(&shares);
                }
                (Block::Diagonal(kept), BlockStatistics::Diagonal(diagonal)) => kept.add(&diagonal),
                _ => {}
            }
        }
        self.chains.iter_mut().zip(&cross).for_each(|(chain, sums)| chain.observe(sums));
    }

    /// Second moments of some cases in the bases of now; changes nothing.
    pub fn look_at_moments<B>(
        &self,
        (kfac, loss): (&Kfac, &MeanLoss<B>),
        x: &Partitioned<Vec<T>>,
        cases: &[usize],
        random: &mut Random,
    ) -> Evaluation<Vec<Vec<T>>>
    where
        B: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let terms = 1.0 / (cases.len() * loss.terms()) as f64;
        let mut sums: Vec<Vec<T>> = vec![Vec::new(); self.blocks.len()];
        loss.each_sweep(x, cases, kfac.gradients, random, false, &mut |chunk, _, _| {
            for ((covered, block), sum) in self.coverage.iter().zip(&self.blocks).zip(&mut sums) {
                if let (Block::Corrected(ekfac), Some(rows)) =
                    (block, rows_of(loss, chunk, covered))
                {
                    add_moments(ekfac, &rows, terms, sum);
                }
            }
        })?;
        Ok(sums)
    }

    /// Takes them in.
    pub fn observe_moments(&mut self, moments: &[Vec<T>]) {
        for (block, moments) in self.blocks.iter_mut().zip(moments) {
            if let (Block::Corrected(ekfac), false) = (block, moments.is_empty()) {
                ekfac.observe_batch_moments(moments);
            }
        }
    }

    /// Takes in the gradient of so many cases for second moments, without the penalty's.
    pub fn observe_mean_gradient(&mut self, cases: usize, gradient: &Partitioned<Vec<T>>) {
        for (covered, block) in self.coverage.iter().zip(&mut self.blocks) {
            if let Block::Corrected(ekfac) = block {
                ekfac.observe_mean_gradient(cases, &joined(gradient, covered));
            }
        }
    }

    /// New inverses, with the damping of each block. One that does not exist is tried again with more of it;
    /// else the old one is kept, and counted.
    pub fn refresh(&mut self, damping: impl Fn(usize) -> f64) {
        for chain in &mut self.chains {
            let of = |&k: &usize| match &self.blocks[k] {
                Block::Kronecker(factors) => Some(&**factors),
                _ => None,
            };
            let factors: Vec<&KroneckerFactors<T>> = chain.blocks.iter().filter_map(of).collect();
            let lambda: Vec<f64> =
                chain.blocks.iter().map(|&k| damping(self.coverage[k].weight)).collect();
            chain.refresh(&factors, &lambda);
        }
        for (k, (covered, block)) in self.coverage.iter().zip(&mut self.blocks).enumerate() {
            let lambda = damping(covered.weight);
            let in_chain =
                self.chains.iter().any(|chain| chain.usable && chain.blocks.contains(&k));
            match block {
                Block::Kronecker(factors) if !in_chain => {
                    retried(|times| factors.refresh(times * lambda));
                }
                Block::Embedding { gradients, .. } => {
                    retried(|times| gradients.refresh((times * lambda).sqrt()));
                }
                Block::Corrected(ekfac) => {
                    ekfac.refresh(1.0);
                }
                Block::Kronecker(_) | Block::Diagonal(_) => {}
            }
        }
    }

    /// `out = F^-1 v`.
    pub fn apply(
        &mut self,
        damping: impl Fn(usize) -> f64,
        v: &Partitioned<Vec<T>>,
        out: &mut Partitioned<Vec<T>>,
    ) {
        let Self { coverage, blocks, chains, work } = self;
        for chain in chains.iter_mut().filter(|chain| chain.usable) {
            chain.apply(coverage, v, out);
        }
        for (k, (covered, block)) in coverage.iter().zip(blocks).enumerate() {
            let weight = covered.weight;
            let lambda = damping(weight);
            if chains.iter().any(|chain| chain.usable && chain.blocks.contains(&k)) {
                continue;
            }
            match block {
                Block::Kronecker(factors) => {
                    factors.set_damping(lambda);
                    by_rows(covered, (v, out), work, |v, out| factors.apply(v, out));
                }
                Block::Corrected(ekfac) => {
                    by_rows(covered, (v, out), work, |v, out| ekfac.direction(v, lambda, out));
                }
                Block::Embedding { shares, gradients } => {
                    // Each symbol has the block `share S + lambda I`, factored as S with the root of lambda.
                    let width = v.block(weight).len() / shares.mean.len();
                    let (from, to) = (v.block(weight), &mut out.blocks_mut()[weight]);
                    let rows = from.chunks_exact(width).zip(to.chunks_exact_mut(width));
                    for ((from, to), share) in rows.zip(shares.read()) {
                        gradients.apply(from, to);
                        let factor = T::narrow(1.0 / (share + lambda.sqrt()));
                        to.iter_mut().for_each(|to| *to *= factor);
                    }
                }
                Block::Diagonal(diagonal) => {
                    let to = &mut out.blocks_mut()[weight];
                    for ((to, v), d) in to.iter_mut().zip(v.block(weight)).zip(diagonal.read()) {
                        *to = T::narrow(v.wide() / (d + lambda));
                    }
                }
            }
        }
    }
}

/// Applies to the weights of a block, with the column of its bias.
fn by_rows<T: Precision>(
    covered: &Covered,
    (v, out): (&Partitioned<Vec<T>>, &mut Partitioned<Vec<T>>),
    [joined, result]: &mut [Vec<T>; 2],
    mut apply: impl FnMut(&[T], &mut [T]),
) {
    if covered.bias.is_none() {
        return apply(v.block(covered.weight), &mut out.blocks_mut()[covered.weight]);
    }
    join(v, covered, joined);
    result.resize(joined.len(), T::ZERO);
    apply(joined, result);
    part(result, covered, out);
}

/// Adds the second moments of some cases in the bases.
fn add_moments<T: Precision>(ekfac: &Ekfac<T>, rows: &Rows<T>, weight: f64, sum: &mut Vec<T>) {
    if let Some([inputs, gradients]) = ekfac.projected_rows(&rows.inputs, &rows.gradients) {
        sum.resize(ekfac.moments().len(), T::ZERO);
        let projected = Rows { inputs, gradients, ..*rows };
        projected.add_squares(weight, sum);
    }
}

impl Structure {
    /// Whether single cases give second moments.
    pub(super) fn looks_at_cases(&self) -> bool {
        matches!(self, Self::Corrected(moments) if moments.of == MomentsOf::Cases)
    }
}

/// The gradient of a batch without that of the penalty.
pub(super) fn without_penalty<T: Precision>(
    gradient: &Partitioned<Vec<T>>,
    x: &Partitioned<Vec<T>>,
    eta: &[f64],
) -> Partitioned<Vec<T>>
where
    Vec<T>: Pointwise,
{
    let mut bare = gradient.clone();
    for ((bare, x), &eta) in bare.blocks_mut().iter_mut().zip(x.blocks()).zip(eta) {
        if eta > 0.0 {
            bare.axpy(-eta, x);
        }
    }
    bare
}
