//! Chains of layers whose neighbours' curvature is kept, too.

use ravine_linalg::matrix::{Matrix, MatrixSlice, Precision};
use ravine_linalg::vector::Partitioned;

use super::averaged::{Averaged, retried};
use crate::curvature::{Covered, Rows, joined, part};
use crate::precondition::{
    BlockTridiagonal, Failures, KroneckerFactors, KroneckerSettings, LayerFactors, Shape, Status,
};

/// A chain of layers: cross statistics with the next layer, and the inverse.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub(super) struct Chain<T: Precision> {
    /// Numbers of blocks, first to last layer.
    pub blocks: Vec<usize>,
    shapes: Vec<Shape>,
    /// Of inputs and of gradients, by columns.
    cross: Vec<[Averaged<T>; 2]>,
    inverse: BlockTridiagonal<T>,
    /// Whether there is an inverse for the last statistics or some before them.
    pub usable: bool,
}

impl<T: Precision> Chain<T> {
    pub fn new(blocks: Vec<usize>, shapes: Vec<Shape>, settings: &KroneckerSettings) -> Self {
        let cross = shapes.windows(2).map(|pair| {
            let [this, next] = [pair[0], pair[1]];
            let of = |m, n| Averaged::new(m * n, settings);
            [of(this.columns, next.columns), of(this.rows, next.rows)]
        });
        let (cross, inverse) = (cross.collect(), BlockTridiagonal::new(&shapes));
        Self { blocks, shapes, cross, inverse, usable: false }
    }

    pub fn failures(&self) -> Failures {
        self.inverse.failures()
    }

    /// Room for sums of cross statistics of a batch.
    pub fn zeros(&self) -> Vec<[Vec<T>; 2]> {
        self.cross.iter().map(|pair| [0, 1].map(|k| vec![T::ZERO; pair[k].mean.len()])).collect()
    }

    /// Adds `weight sum_n a_n,k a_n,k+1'`, in the first sweep, and the same of gradients.
    pub fn add(
        &self,
        rows: &[Option<Rows<T>>],
        weight: f64,
        first: bool,
        sums: &mut [[Vec<T>; 2]],
    ) {
        for (k, sums) in sums.iter_mut().enumerate() {
            let (Some(this), Some(next)) = (&rows[self.blocks[k]], &rows[self.blocks[k + 1]])
            else {
                continue;
            };
            let [of, then] = [self.shapes[k], self.shapes[k + 1]];
            let mut add = |side: usize, x: &[T], m: usize, y: &[T], n: usize| {
                let x = MatrixSlice::by_rows(x, this.cases, m).transposed();
                let y = MatrixSlice::by_rows(y, this.cases, n);
                ravine_linalg::matrix::MatrixSliceMut::by_columns(&mut sums[side], m, n)
                    .add_product(weight, x, y);
            };
            if first {
                add(0, &this.inputs, of.columns, &next.inputs, then.columns);
            }
            add(1, &this.gradients, of.rows, &next.gradients, then.rows);
        }
    }

    pub fn observe(&mut self, sums: &[[Vec<T>; 2]]) {
        for (kept, sums) in self.cross.iter_mut().zip(sums) {
            kept.iter_mut().zip(sums).for_each(|(kept, sums)| kept.add(sums));
        }
    }

    /// The inverse with these factors, damped; with ten times the damping where it does not exist.
    pub fn refresh(&mut self, factors: &[&KroneckerFactors<T>], damping: &[f64]) -> Status {
        let cross: Vec<[Matrix<T>; 2]> = self
            .cross
            .iter()
            .zip(self.shapes.windows(2))
            .map(|(pair, shapes)| {
                let matrix = |k: usize, m, n| {
                    let entries = pair[k].read().map(T::narrow).collect();
                    Matrix::from_entries(m, n, entries)
                };
                [
                    matrix(0, shapes[0].columns, shapes[1].columns),
                    matrix(1, shapes[0].rows, shapes[1].rows),
                ]
            })
            .collect();
        let inverse = &mut self.inverse;
        let status = retried(|times| {
            let damped: Vec<[Matrix<T>; 2]> =
                factors.iter().zip(damping).map(|(f, lambda)| damped(f, times * lambda)).collect();
            let layers: Vec<LayerFactors<'_, T>> = damped
                .iter()
                .enumerate()
                .map(|(k, [input, output])| LayerFactors {
                    input,
                    output,
                    cross: cross.get(k).map(|[a, s]| [a, s]),
                })
                .collect();
            inverse.refresh(&layers)
        });
        self.usable |= status == Status::Refreshed;
        status
    }

    /// `F^-1 v` for the layers of the chain.
    pub fn apply(
        &mut self,
        coverage: &[Covered],
        v: &Partitioned<Vec<T>>,
        out: &mut Partitioned<Vec<T>>,
    ) {
        let blocks: Vec<&Covered> = self.blocks.iter().map(|&k| &coverage[k]).collect();
        let from: Vec<Vec<T>> = blocks.iter().map(|block| joined(v, block)).collect();
        let mut to: Vec<Vec<T>> = from.iter().map(|v| vec![T::ZERO; v.len()]).collect();
        let from: Vec<&[T]> = from.iter().map(Vec::as_slice).collect();
        let mut slices: Vec<&mut [T]> = to.iter_mut().map(Vec::as_mut_slice).collect();
        self.inverse.apply(&from, &mut slices);
        to.iter().zip(blocks).for_each(|(to, block)| part(to, block, out));
    }
}

/// A and S with their parts of the damping, as a block alone has them.
fn damped<T: Precision>(factors: &KroneckerFactors<T>, lambda: f64) -> [Matrix<T>; 2] {
    let (pi, gamma, correction) = (factors.pi(), lambda.sqrt(), factors.correction());
    let with = |factor: &Matrix<T>, shift: f64| {
        Matrix::from_fn(factor.rows(), factor.rows(), |i, j| {
            T::narrow(correction * factor[(i, j)].wide() + if i == j { shift } else { 0.0 })
        })
    };
    // A single output multiplies the other factor, which takes all damping.
    let number = correction * factors.output()[(0, 0)].wide();
    if factors.output().rows() == 1 && number > 0.0 {
        return [with(factors.input(), lambda / number), with(factors.output(), 0.0)];
    }
    [with(factors.input(), pi * gamma), with(factors.output(), gamma / pi)]
}
