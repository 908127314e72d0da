//! Convolutions.

use super::{Motion, Point, Rules, Sizes, linear};
use crate::backend::{Backend, Onto, Windows};
use crate::shape::Shape;

/// A convolution of images that lie as height, width, channels: inputs the image, weights of outputs by
/// height, width and channels of the window, and maybe a bias. `y = P W' + b` with the windows as the rows of
/// P, an entry by height, width, channel, as the weights.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Convolution {
    /// The windows.
    pub windows: Windows,
}

impl Convolution {
    /// Rows, inputs and outputs of the linear layer `y = P W'` with the windows of all images as rows of P.
    fn sizes(&self, s: &Sizes<'_>) -> [usize; 3] {
        let [down, across] = self.windows.places();
        let window = self.windows.size.iter().product::<usize>() * self.windows.image[2];
        [s.cases * down * across, window, s.output.width()]
    }

    /// The windows of an image, as rows.
    fn rows<B: Backend>(&self, b: &B, s: &Sizes<'_>, x: &B::Buffer) -> B::Buffer {
        let [rows, window, _] = self.sizes(s);
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
        let sizes = self.sizes(s);
        let mut product = B::Buffer::default();
        b.resize(&mut product, sizes[0] * sizes[1]);
        linear::backward(b, sizes, u, w, Onto::Set, &mut product);
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
        let sizes = self.sizes(s);
        b.resize(kept, sizes[0] * sizes[1]);
        b.windows(&self.windows, x[0], kept);
        let mut onto = Onto::Set;
        if let Some(bias) = x.get(2) {
            b.repeat(bias, Onto::Set, y);
            onto = Onto::Add;
        }
        linear::forward(b, sizes, kept, x[1], onto, y);
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
        let sizes = self.sizes(at.sizes);
        match i {
            0 => linear::forward(b, sizes, &self.rows(b, at.sizes, dx), at.x[1], onto, dy),
            1 => linear::forward(b, sizes, at.kept, dx, onto, dy),
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
        match i {
            0 => self.backward(b, at.sizes, u, at.x[1], onto, out),
            1 => linear::weights(b, self.sizes(at.sizes), u, at.kept, onto, out),
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
        match (i, motion.dx) {
            (0, &[_, Some(dw), ..]) => self.backward(b, at.sizes, u, dw, Onto::Add, out),
            (1, &[Some(da), ..]) => {
                let rows = self.rows(b, at.sizes, da);
                linear::weights(b, self.sizes(at.sizes), u, &rows, Onto::Add, out);
            }
            _ => {}
        }
    }
}
