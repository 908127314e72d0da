//! Kernels on images, which lie as height, width, channels.

use crate::backend::{Elementary, Windows};

/// Calls `visit(window, place in it, pixel)` for every pixel of every window that lies in the image; windows
/// and places are numbered by rows, pixels by rows of the image.
#[inline(always)]
fn pixels(w: &Windows, mut visit: impl FnMut(usize, usize, usize)) {
    let [height, width, _] = w.image;
    let [down, across] = w.places();
    for i in 0..down {
        for j in 0..across {
            for a in 0..w.size[0] {
                let row = (i * w.stride[0] + a).wrapping_sub(w.padding[0]);
                if row >= height {
                    continue;
                }
                for b in 0..w.size[1] {
                    let column = (j * w.stride[1] + b).wrapping_sub(w.padding[1]);
                    if column < width {
                        visit(i * across + j, a * w.size[1] + b, row * width + column);
                    }
                }
            }
        }
    }
}

/// Entries of an image, of a window, and the number of windows.
fn sizes(w: &Windows) -> (usize, usize, usize) {
    let [down, across] = w.places();
    (w.image.iter().product(), w.size[0] * w.size[1] * w.image[2], down * across)
}

pub fn windows<T: Elementary>(w: &Windows, x: &[T], out: &mut [T]) {
    let (image, window, count) = sizes(w);
    let channels = w.image[2];
    out.fill(T::ZERO);
    for (x, out) in x.chunks_exact(image).zip(out.chunks_exact_mut(window * count)) {
        pixels(w, |k, place, pixel| {
            let to = &mut out[k * window + place * channels..][..channels];
            to.copy_from_slice(&x[pixel * channels..][..channels]);
        });
    }
}

/// Adds.
pub fn windows_adjoint<T: Elementary>(w: &Windows, rows: &[T], out: &mut [T]) {
    let (image, window, count) = sizes(w);
    let channels = w.image[2];
    for (rows, out) in rows.chunks_exact(window * count).zip(out.chunks_exact_mut(image)) {
        pixels(w, |k, place, pixel| {
            let from = &rows[k * window + place * channels..][..channels];
            let to = &mut out[pixel * channels..][..channels];
            to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
        });
    }
}

/// For each image, window and channel, the place of the largest entry of x: the first of equal ones.
/// `visit(place in the result, place in x)`.
pub fn largest<T: Elementary>(w: &Windows, x: &[T], mut visit: impl FnMut(usize, usize)) {
    let (image, _, count) = sizes(w);
    let channels = w.image[2];
    let mut best: Vec<Option<usize>> = vec![None; count * channels];
    for (n, x) in x.chunks_exact(image).enumerate() {
        best.fill(None);
        pixels(w, |k, _, pixel| {
            for c in 0..channels {
                let (best, at) = (&mut best[k * channels + c], pixel * channels + c);
                if best.is_none_or(|best| x[at] > x[best] || !x[at].is_finite()) {
                    *best = Some(at);
                }
            }
        });
        for (k, best) in best.iter().enumerate() {
            if let Some(best) = best {
                visit(n * count * channels + k, n * image + *best);
            }
        }
    }
}
