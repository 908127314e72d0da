//! A matrix cut into parts.

use super::Shape;

/// A part of a matrix that lies by rows: consecutive rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Part {
    /// The first row and column.
    pub first: [usize; 2],
    pub shape: Shape,
}

/// The parts of a matrix, of at most these rows and columns.
pub(super) fn parts(whole: Shape, sizes: [usize; 2]) -> impl Iterator<Item = Part> {
    let [rows, columns] = sizes.map(|size| size.max(1));
    (0..whole.rows).step_by(rows).flat_map(move |i| {
        (0..whole.columns).step_by(columns).map(move |j| Part {
            first: [i, j],
            shape: Shape::new(rows.min(whole.rows - i), columns.min(whole.columns - j)),
        })
    })
}

impl Part {
    /// Its entries; a copy, where they are not all.
    pub fn cut<'a, T: Copy>(&self, x: &'a [T], whole: Shape, work: &'a mut Vec<T>) -> &'a [T] {
        if self.shape == whole {
            return x;
        }
        work.clear();
        for i in 0..self.shape.rows {
            let at = (self.first[0] + i) * whole.columns + self.first[1];
            work.extend_from_slice(&x[at..at + self.shape.columns]);
        }
        work
    }

    /// Writes its entries.
    pub fn paste<T: Copy>(&self, part: &[T], whole: Shape, x: &mut [T]) {
        for (i, row) in part.chunks_exact(self.shape.columns).enumerate() {
            let at = (self.first[0] + i) * whole.columns + self.first[1];
            x[at..at + self.shape.columns].copy_from_slice(row);
        }
    }
}
