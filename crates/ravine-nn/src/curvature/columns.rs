//! Weights with their bias as one matrix.

use ravine_linalg::vector::{Partitioned, Scalar};

use super::Covered;

/// The weights of a block with its bias as a last column, `(W b)` by rows.
pub(crate) fn joined<T: Scalar>(v: &Partitioned<Vec<T>>, block: &Covered) -> Vec<T> {
    let mut joined = Vec::new();
    join(v, block, &mut joined);
    joined
}

/// [`joined`], in room that is used again.
pub(crate) fn join<T: Scalar>(v: &Partitioned<Vec<T>>, block: &Covered, out: &mut Vec<T>) {
    let weight = v.block(block.weight);
    out.clear();
    let Some(bias) = block.bias.map(|bias| v.block(bias)) else {
        out.extend_from_slice(weight);
        return;
    };
    out.reserve(weight.len() + bias.len());
    let columns = weight.len() / bias.len();
    for (row, &bias) in weight.chunks_exact(columns).zip(bias) {
        out.extend_from_slice(row);
        out.push(bias);
    }
}

/// The other way: `(W b)` to the weights of a block and its bias.
pub(crate) fn part<T: Scalar>(joined: &[T], block: &Covered, out: &mut Partitioned<Vec<T>>) {
    let Some(bias) = block.bias else {
        out.blocks_mut()[block.weight].copy_from_slice(joined);
        return;
    };
    let columns = joined.len() / out.block(bias).len();
    for (i, row) in joined.chunks_exact(columns).enumerate() {
        let (last, first) = (row[columns - 1], &row[..columns - 1]);
        let blocks = out.blocks_mut();
        blocks[block.weight][i * (columns - 1)..][..columns - 1].copy_from_slice(first);
        blocks[bias][i] = last;
    }
}
