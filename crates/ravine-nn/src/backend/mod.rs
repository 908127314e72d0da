//! Where tensors live and who works on them: one narrow interface.

mod cpu;
mod elementary;
mod unary;

pub use cpu::Cpu;
pub use elementary::Elementary;
pub use unary::Unary;

use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Pointwise, Scalar};

use crate::loss::{Head, Through};

/// Whether a result replaces what was there or is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onto {
    /// `out = ...`
    Set,
    /// `out = out + ...`
    Add,
}

/// `count` products of matrices that lie by rows, one after another: `C = factor op(A) op(B)` with C of
/// `rows` by `columns` and `inner` terms in each sum.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// How many.
    pub count: usize,
    /// Rows of C.
    pub rows: usize,
    /// Columns of C.
    pub columns: usize,
    /// Terms of each sum.
    pub inner: usize,
    /// A lies as its transpose, `inner` by `rows`.
    pub a_transposed: bool,
    /// B lies as its transpose, `columns` by `inner`.
    pub b_transposed: bool,
    /// The factor.
    pub factor: f64,
}

impl Product {
    /// One product of matrices of these rows, terms and columns, A and B as they are or as their transposes.
    pub fn one([rows, inner, columns]: [usize; 3], a_transposed: bool, b_transposed: bool) -> Self {
        Self { count: 1, rows, columns, inner, a_transposed, b_transposed, factor: 1.0 }
    }
}

/// Windows over images that lie as height, width, channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Windows {
    /// Height, width and channels of the image.
    pub image: [usize; 3],
    /// Height and width of a window.
    pub size: [usize; 2],
    /// From window to window, down and across.
    pub stride: [usize; 2],
    /// Zeros around the image, above and below, left and right.
    pub padding: [usize; 2],
}

impl Windows {
    /// How many windows there are, down and across.
    pub fn places(&self) -> [usize; 2] {
        std::array::from_fn(|k| {
            (self.image[k] + 2 * self.padding[k] - self.size[k]) / self.stride[k] + 1
        })
    }
}

/// One axis of a tensor: `outer` times `length` times `inner` entries.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Entries before the axis.
    pub outer: usize,
    /// Entries along it.
    pub length: usize,
    /// Entries after it.
    pub inner: usize,
}

/// Buffers of numbers and the kernels on them: all that operations, losses, sweeps and optimizers need of
/// a device. Tensors lie by rows, the cases of a batch first.
///
/// Each kernel panics where lengths disagree: shapes are checked where a network is built.
pub trait Backend {
    /// The precision.
    type Scalar: Scalar;
    /// Numbers in the memory of the device; a block of the parameters.
    type Buffer: Pointwise + Entries + Default + PartialEq;

    /// From the host.
    fn upload<S: Scalar>(&self, numbers: &[S]) -> Self::Buffer;
    /// To the host.
    fn download(&self, buffer: &Self::Buffer) -> Vec<f64>;
    /// Gives a buffer this length; what is in it is not defined.
    fn resize(&self, buffer: &mut Self::Buffer, length: usize);
    /// The rows of `source` with these numbers, of `width` entries each.
    fn rows(&self, width: usize, source: &Self::Buffer, rows: &[usize], out: &mut Self::Buffer);

    /// See [`Product`].
    fn product(
        &self,
        shape: &Product,
        a: &Self::Buffer,
        b: &Self::Buffer,
        onto: Onto,
        c: &mut Self::Buffer,
    );
    /// `C = C + factor X'X`, all of it, with X of `columns` columns.
    fn add_gram(&self, columns: usize, factor: f64, x: &Self::Buffer, c: &mut Self::Buffer);
    /// A square matrix with a further row and column and a corner.
    fn border(
        &self,
        width: usize,
        x: &Self::Buffer,
        column: &Self::Buffer,
        corner: f64,
        out: &mut Self::Buffer,
    );

    /// `out_i = [out_i +] factor x_i`.
    fn scaled(&self, factor: f64, x: &Self::Buffer, onto: Onto, out: &mut Self::Buffer);
    /// `out_i = [out_i +] b_(i mod m)`, b of m entries.
    fn repeat(&self, b: &Self::Buffer, onto: Onto, out: &mut Self::Buffer);
    /// `out_i = [out_i +] x_i b_(i mod m)`, b of m entries.
    fn multiply(&self, x: &Self::Buffer, b: &Self::Buffer, onto: Onto, out: &mut Self::Buffer);
    /// `out_j = [out_j +] factor sum_k x_(k m + j)`, out of m entries.
    fn sum(&self, factor: f64, x: &Self::Buffer, onto: Onto, out: &mut Self::Buffer);
    /// `out_j = [out_j +] sum_k x_(k m + j) y_(k m + j)`, out of m entries.
    fn sum_products(&self, x: &Self::Buffer, y: &Self::Buffer, onto: Onto, out: &mut Self::Buffer);

    /// `y = f(x)`.
    fn unary(&self, f: Unary, x: &Self::Buffer, y: &mut Self::Buffer);
    /// `out = [out +] f'(x) v`, where `y = f(x)`.
    fn unary_slope(
        &self,
        f: Unary,
        at: (&Self::Buffer, &Self::Buffer),
        v: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// `out = out + f''(x) v w`, where `y = f(x)`.
    fn unary_bend(
        &self,
        f: Unary,
        at: (&Self::Buffer, &Self::Buffer),
        v: &Self::Buffer,
        w: &Self::Buffer,
        out: &mut Self::Buffer,
    );

    /// `y = softmax(x)` in rows of `width`; where `causal`, rows come in squares and only entries up to
    /// the diagonal count.
    fn softmax(&self, width: usize, causal: bool, x: &Self::Buffer, y: &mut Self::Buffer);
    /// `out = [out +] y (v - <y, v>)` in rows: the Jacobian of the softmax, which is symmetric.
    fn softmax_slope(
        &self,
        width: usize,
        y: &Self::Buffer,
        v: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// `out = out + dy (v - <y, v>) - y <dy, v>` in rows: how that changes along `dy`.
    fn softmax_bend(
        &self,
        width: usize,
        y: &Self::Buffer,
        dy: &Self::Buffer,
        v: &Self::Buffer,
        out: &mut Self::Buffer,
    );

    /// `y = (x - mean x) / s` with `s^2 = var x + epsilon` in rows of `width`, and `1/s` of each row.
    fn normalize(
        &self,
        width: usize,
        epsilon: f64,
        x: &Self::Buffer,
        y: &mut Self::Buffer,
        inverse: &mut Self::Buffer,
    );
    /// `out = [out +] (v - mean v - y mean(y v)) / s` in rows: the Jacobian, which is symmetric.
    fn normalize_slope(
        &self,
        width: usize,
        at: (&Self::Buffer, &Self::Buffer),
        v: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// How that changes along `dx`, where y changes along `dy`, added to `out`.
    fn normalize_bend(
        &self,
        width: usize,
        at: (&Self::Buffer, &Self::Buffer),
        along: (&Self::Buffer, &Self::Buffer),
        v: &Self::Buffer,
        out: &mut Self::Buffer,
    );

    /// Rows of a table by numbers: `out_i = [out_i +] table_(numbers_i)`, rows of `width`.
    fn gather(
        &self,
        width: usize,
        table: &Self::Buffer,
        numbers: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// `table_(numbers_i) = table_(numbers_i) + v_i`.
    fn scatter(
        &self,
        width: usize,
        numbers: &Self::Buffer,
        v: &Self::Buffer,
        table: &mut Self::Buffer,
    );
    /// The axes of a tensor in another order: axis k of the result is axis `order[k]` of x.
    fn permute(
        &self,
        sizes: &[usize],
        order: &[usize],
        x: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );

    /// The windows of each image as rows, an entry by height, width, channel.
    fn windows(&self, windows: &Windows, x: &Self::Buffer, out: &mut Self::Buffer);
    /// The adjoint: what lies in the windows is added to where it came from.
    fn windows_adjoint(
        &self,
        windows: &Windows,
        rows: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// The largest entry of each channel in each window, of `x`; with `v`, the entry of v in that place.
    fn largest(
        &self,
        windows: &Windows,
        x: &Self::Buffer,
        v: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// The adjoint: `out` is added u in the places of the largest entries of x.
    fn largest_adjoint(
        &self,
        windows: &Windows,
        x: &Self::Buffer,
        u: &Self::Buffer,
        out: &mut Self::Buffer,
    );

    /// `out = [out +] factor sum` along an axis.
    fn sum_along(
        &self,
        axis: &Axis,
        factor: f64,
        x: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );
    /// The adjoint: each entry, times the factor, all along the axis.
    fn repeat_along(
        &self,
        axis: &Axis,
        factor: f64,
        x: &Self::Buffer,
        onto: Onto,
        out: &mut Self::Buffer,
    );

    /// The sum of the losses of all rows of outputs z.
    fn loss(&self, head: &Head, z: &Self::Buffer, targets: &Self::Buffer) -> f64;
    /// `out = factor dl/dz`, row by row.
    fn loss_slope(
        &self,
        head: &Head,
        factor: f64,
        z: &Self::Buffer,
        targets: &Self::Buffer,
        out: &mut Self::Buffer,
    );
    /// `out = factor C v`, row by row, with C the matrix that `through` names.
    fn loss_product(
        &self,
        head: &Head,
        through: Through,
        factor: f64,
        at: (&Self::Buffer, &Self::Buffer),
        v: &Self::Buffer,
        out: &mut Self::Buffer,
    );
    /// Targets drawn from what the outputs predict.
    fn loss_sample(
        &self,
        head: &Head,
        z: &Self::Buffer,
        random: &mut Random,
        targets: &mut Self::Buffer,
    );
    /// `out = factor u <u, v>`, in rows of `width`.
    fn outer(
        &self,
        width: usize,
        factor: f64,
        u: &Self::Buffer,
        v: &Self::Buffer,
        out: &mut Self::Buffer,
    );
}
