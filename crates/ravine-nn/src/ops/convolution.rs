//! Convolutions.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto, Product, Windows};
use crate::shape::Shape;

/// A convolution of images that lie as height, width, channels: inputs the image, weights of outputs by
/// height, width and channels of the window, and maybe a bias. `y = P W' + b` with the windows as the rows of
/// P, an entry by height, width, channel, as the weights.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Convolution {
    /// The windows.
    pub windows: Windows,
}

/// The result as rows of outputs: `y = P W'` with P the windows of the image.
fn sizes(w: &Convolution, s: &Sizes<'_>) -> (usize, usize, usize) {
    let [down, across] = w.windows.places();
    (
        s.cases * down * across,
        w.windows.size.iter().product::<usize>() * w.windows.image[2],
        s.output.width(),
    )
}

impl Convolution {
    fn product<B: Backend>(
        b: &B,
        [rows, inner, columns]: [usize; 3],
        (a, a_transposed): (&B::Buffer, bool),
        (w, b_transposed): (&B::Buffer, bool),
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let shape =
            Product { count: 1, rows, columns, inner, a_transposed, b_transposed, factor: 1.0 };
        b.product(&shape, a, w, onto, out);
    }

    /// The windows of an image, as rows.
    fn rows<B: Backend>(&self, b: &B, s: &Sizes<'_>, x: &B::Buffer) -> B::Buffer {
        let (rows, window, _) = sizes(self, s);
        let mut out = B::Buffer::default();
        b.resize(&mut out, rows * window);
        b.windows(&self.windows, x, &mut out);
        out
    }

    /// `out = u W`, put back into the image.
    fn backward<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        u: &B::Buffer,
        w: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let (rows, window, outputs) = sizes(self, s);
        let mut product = B::Buffer::default();
        b.resize(&mut product, rows * window);
        Self::product(b, [rows, outputs, window], (u, false), (w, false), Onto::Set, &mut product);
        b.windows_adjoint(&self.windows, &product, onto, out);
    }
}

impl Rules for Convolution {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (x, w) = (inputs[0], inputs[1]);
        let Windows { image, size, .. } = self.windows;
        let outputs = w.sizes.first().copied().unwrap_or(0);
        if !x.by_case || x.sizes != image {
            return Err(format!(
                "images of {x} are not {} x {} x {}",
                image[0], image[1], image[2]
            ));
        }
        if w.by_case || w.sizes != [outputs, size[0], size[1], image[2]] {
            return Err(format!(
                "weights of {w} do not fit images of {x}: outputs x window x channels"
            ));
        }
        if let Some(bias) = inputs.get(2)
            && bias.sizes != [outputs]
        {
            return Err(format!("a bias of {bias} does not fit weights of {w}"));
        }
        let [down, across] = self.windows.places();
        Ok(Shape::by_case([down, across, outputs]))
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        kept: &mut B::Buffer,
    ) {
        let (rows, window, outputs) = sizes(self, s);
        b.resize(kept, rows * window);
        b.windows(&self.windows, x[0], kept);
        let mut onto = Onto::Set;
        if let Some(bias) = x.get(2) {
            b.repeat(bias, Onto::Set, y);
            onto = Onto::Add;
        }
        Self::product(b, [rows, window, outputs], (kept, false), (x[1], true), onto, y);
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        let (rows, window, outputs) = sizes(self, at.sizes);
        let shape = [rows, window, outputs];
        match i {
            0 => Self::product(
                b,
                shape,
                (&self.rows(b, at.sizes, dx), false),
                (at.x[1], true),
                onto,
                dy,
            ),
            1 => Self::product(b, shape, (at.kept, false), (dx, true), onto, dy),
            _ => b.repeat(dx, onto, dy),
        }
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let (rows, window, outputs) = sizes(self, at.sizes);
        match i {
            0 => self.backward(b, at.sizes, u, at.x[1], onto, out),
            1 => Self::product(b, [outputs, rows, window], (u, true), (at.kept, false), onto, out),
            _ => b.sum(1.0, u, onto, out),
        }
    }

    fn turn<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        motion: &Motion<'_, B>,
        i: usize,
        u: &B::Buffer,
        out: &mut B::Buffer,
    ) {
        let (rows, window, outputs) = sizes(self, at.sizes);
        match (i, motion.dx) {
            (0, &[_, Some(dw), ..]) => self.backward(b, at.sizes, u, dw, Onto::Add, out),
            (1, &[Some(da), ..]) => {
                let shape = [outputs, rows, window];
                Self::product(
                    b,
                    shape,
                    (u, true),
                    (&self.rows(b, at.sizes, da), false),
                    Onto::Add,
                    out,
                );
            }
            _ => {}
        }
    }
}
