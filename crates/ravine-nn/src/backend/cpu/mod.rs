//! The processor.

mod images;
mod loops;
mod losses;
mod rows;

use std::marker::PhantomData;

use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Scalar;

use super::unary::{gelu, of_unary};
use super::{Axis, Backend, Elementary, Onto, Product, Unary, Windows};
use crate::loss::{Head, Through};
use loops::{by_rows, map, map2, map3, map4, sum_rows};

/// The processor, in single or double precision, with the [threads](ravine_linalg::Threads) of the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu<T>(PhantomData<T>);

impl<T> Cpu<T> {
    /// The processor.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Elementary> Backend for Cpu<T>
where
    Vec<T>: ravine_linalg::vector::Pointwise + ravine_linalg::vector::Entries,
{
    type Scalar = T;
    type Buffer = Vec<T>;

    fn upload<S: Scalar>(&self, numbers: &[S]) -> Vec<T> {
        numbers.iter().map(|x| T::narrow(x.wide())).collect()
    }

    fn download(&self, buffer: &Vec<T>) -> Vec<f64> {
        buffer.iter().map(|x| x.wide()).collect()
    }

    fn resize(&self, buffer: &mut Vec<T>, length: usize) {
        buffer.resize(length, T::ZERO);
    }

    fn rows(&self, width: usize, source: &Vec<T>, rows: &[usize], out: &mut Vec<T>) {
        out.clear();
        for &row in rows {
            out.extend_from_slice(&source[row * width..][..width]);
        }
    }

    fn product(&self, p: &Product, a: &Vec<T>, b: &Vec<T>, onto: Onto, c: &mut Vec<T>) {
        let Product { count, rows, columns, inner, a_transposed, b_transposed, factor } = *p;
        let lay = |entries, transposed, rows, columns| {
            if transposed {
                MatrixSlice::by_rows(entries, columns, rows).transposed()
            } else {
                MatrixSlice::by_rows(entries, rows, columns)
            }
        };
        let [of_a, of_b, of_c] = [rows * inner, inner * columns, rows * columns];
        assert_eq!([a.len(), b.len(), c.len()], [of_a, of_b, of_c].map(|n| n * count));
        for k in 0..count {
            let a = lay(&a[k * of_a..][..of_a], a_transposed, rows, inner);
            let b = lay(&b[k * of_b..][..of_b], b_transposed, inner, columns);
            let c = MatrixSliceMut::by_rows(&mut c[k * of_c..][..of_c], rows, columns);
            match onto {
                Onto::Set => c.set_product(factor, a, b),
                Onto::Add => c.add_product(factor, a, b),
            }
        }
    }

    fn add_gram(&self, columns: usize, factor: f64, x: &Vec<T>, c: &mut Vec<T>) {
        let x = MatrixSlice::by_rows(x, x.len() / columns.max(1), columns);
        MatrixSliceMut::by_rows(c, columns, columns).add_gram(factor, x);
        loops::mirror(columns, c);
    }

    fn border(&self, width: usize, x: &Vec<T>, column: &Vec<T>, corner: f64, out: &mut Vec<T>) {
        out.clear();
        out.reserve((width + 1) * (width + 1));
        for (x, &end) in x.chunks_exact(width).zip(column) {
            out.extend_from_slice(x);
            out.push(end);
        }
        out.extend_from_slice(column);
        out.push(T::narrow(corner));
    }

    fn scaled(&self, factor: f64, x: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        let factor = T::narrow(factor);
        map(x, onto, out, move |x| factor * x);
    }

    fn repeat(&self, b: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        out.chunks_exact_mut(b.len().max(1)).for_each(|out| map(b, onto, out, |b| b));
    }

    fn multiply(&self, x: &Vec<T>, b: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        if b.len() == x.len() {
            return map2(x, b, onto, out, |x, b| x * b);
        }
        let width = b.len();
        by_rows((width, width), x, out, |x, out| {
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                map2(x, b, onto, out, |x, b| x * b);
            }
        });
    }

    fn sum(&self, factor: f64, x: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        sum_rows(x, x, T::narrow(factor), onto, out, |x, _| x);
    }

    fn sum_products(&self, x: &Vec<T>, y: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        sum_rows(x, y, T::ONE, onto, out, |x, y| x * y);
    }

    fn unary(&self, f: Unary, x: &Vec<T>, y: &mut Vec<T>) {
        of_unary!(f, T, |value, _slope, _bend| map(x, Onto::Set, y, value));
    }

    fn unary_slope(
        &self,
        f: Unary,
        (x, y): (&Vec<T>, &Vec<T>),
        v: &Vec<T>,
        onto: Onto,
        out: &mut Vec<T>,
    ) {
        of_unary!(f, T, |_value, slope, _bend| map3(x, y, v, onto, out, move |x, y, v| slope(
            x, y
        ) * v));
    }

    fn unary_bend(
        &self,
        f: Unary,
        (x, y): (&Vec<T>, &Vec<T>),
        v: &Vec<T>,
        w: &Vec<T>,
        out: &mut Vec<T>,
    ) {
        if f == Unary::Relu {
            return;
        }
        of_unary!(f, T, |_value, _slope, bend| {
            map4([x, y, v, w], Onto::Add, out, move |x, y, v, w| bend(x, y) * v * w);
        });
    }

    fn softmax(&self, width: usize, causal: bool, x: &Vec<T>, y: &mut Vec<T>) {
        rows::softmax(width, causal, x, y);
    }

    fn softmax_slope(&self, width: usize, y: &Vec<T>, v: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        rows::softmax_slope(width, y, v, onto, out);
    }

    fn softmax_bend(&self, width: usize, y: &Vec<T>, dy: &Vec<T>, v: &Vec<T>, out: &mut Vec<T>) {
        rows::softmax_bend(width, y, dy, v, out);
    }

    fn normalize(
        &self,
        width: usize,
        epsilon: f64,
        x: &Vec<T>,
        y: &mut Vec<T>,
        inverse: &mut Vec<T>,
    ) {
        rows::normalize(width, epsilon, x, y, inverse);
    }

    fn normalize_slope(
        &self,
        width: usize,
        (y, inverse): (&Vec<T>, &Vec<T>),
        v: &Vec<T>,
        onto: Onto,
        out: &mut Vec<T>,
    ) {
        rows::normalize_slope(width, (y, inverse), v, onto, out);
    }

    fn normalize_bend(
        &self,
        width: usize,
        (y, inverse): (&Vec<T>, &Vec<T>),
        (dx, dy): (&Vec<T>, &Vec<T>),
        v: &Vec<T>,
        out: &mut Vec<T>,
    ) {
        rows::normalize_bend(width, (y, inverse), (dx, dy), v, out);
    }

    fn gather(&self, width: usize, table: &Vec<T>, numbers: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        for (number, out) in numbers.iter().zip(out.chunks_exact_mut(width)) {
            let row = &table[number.wide() as usize * width..][..width];
            match onto {
                Onto::Set => out.copy_from_slice(row),
                Onto::Add => out.iter_mut().zip(row).for_each(|(out, &x)| *out += x),
            }
        }
    }

    fn scatter(&self, width: usize, numbers: &Vec<T>, v: &Vec<T>, table: &mut Vec<T>) {
        for (number, v) in numbers.iter().zip(v.chunks_exact(width)) {
            let row = &mut table[number.wide() as usize * width..][..width];
            row.iter_mut().zip(v).for_each(|(row, &v)| *row += v);
        }
    }

    fn permute(&self, sizes: &[usize], order: &[usize], x: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        let stride = |axis: usize| sizes[axis + 1..].iter().product::<usize>();
        let axes: Vec<(usize, usize)> = order.iter().map(|&k| (sizes[k], stride(k))).collect();
        let Some((&(last, step), outer)) = axes.split_last() else { return };
        let mut at = vec![0; outer.len()];
        for out in out.chunks_exact_mut(last.max(1)) {
            let first: usize = at.iter().zip(outer).map(|(i, (_, stride))| i * stride).sum();
            for (k, out) in out.iter_mut().enumerate() {
                match onto {
                    Onto::Set => *out = x[first + k * step],
                    Onto::Add => *out += x[first + k * step],
                }
            }
            for (i, (size, _)) in at.iter_mut().zip(outer).rev() {
                *i += 1;
                if *i < *size {
                    break;
                }
                *i = 0;
            }
        }
    }

    fn windows(&self, windows: &Windows, x: &Vec<T>, out: &mut Vec<T>) {
        images::windows(windows, x, out);
    }

    fn windows_adjoint(&self, windows: &Windows, rows: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        if onto == Onto::Set {
            out.fill(T::ZERO);
        }
        images::windows_adjoint(windows, rows, out);
    }

    fn largest(&self, windows: &Windows, x: &Vec<T>, v: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        images::largest(windows, x, |k, at| match onto {
            Onto::Set => out[k] = v[at],
            Onto::Add => out[k] += v[at],
        });
    }

    fn largest_adjoint(&self, windows: &Windows, x: &Vec<T>, u: &Vec<T>, out: &mut Vec<T>) {
        images::largest(windows, x, |k, at| out[at] += u[k]);
    }

    fn sum_along(&self, axis: &Axis, factor: f64, x: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        let Axis { length, inner, .. } = *axis;
        let factor = T::narrow(factor);
        for (x, out) in x.chunks_exact(length * inner).zip(out.chunks_exact_mut(inner)) {
            sum_rows(x, x, factor, onto, out, |x, _| x);
        }
    }

    fn repeat_along(&self, axis: &Axis, factor: f64, x: &Vec<T>, onto: Onto, out: &mut Vec<T>) {
        let Axis { length, inner, .. } = *axis;
        let factor = T::narrow(factor);
        for (x, out) in x.chunks_exact(inner).zip(out.chunks_exact_mut(length * inner)) {
            for out in out.chunks_exact_mut(inner) {
                map(x, onto, out, move |x| factor * x);
            }
        }
    }

    fn loss(&self, head: &Head, z: &Vec<T>, targets: &Vec<T>) -> f64 {
        losses::value(head, z, targets)
    }

    fn loss_slope(&self, head: &Head, factor: f64, z: &Vec<T>, targets: &Vec<T>, out: &mut Vec<T>) {
        losses::slope(head, factor, z, targets, out);
    }

    fn loss_product(
        &self,
        head: &Head,
        through: Through,
        factor: f64,
        (z, targets): (&Vec<T>, &Vec<T>),
        v: &Vec<T>,
        out: &mut Vec<T>,
    ) {
        losses::product(head, through, factor, (z, targets), v, out);
    }

    fn loss_sample(&self, head: &Head, z: &Vec<T>, random: &mut Random, targets: &mut Vec<T>) {
        losses::sample(head, z, random, targets);
    }

    fn outer(&self, width: usize, factor: f64, u: &Vec<T>, v: &Vec<T>, out: &mut Vec<T>) {
        rows::outer(width, T::narrow(factor), u, v, out);
    }
}
