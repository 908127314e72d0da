//! Sums and products of two tensors.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto};
use crate::shape::Shape;

/// `y = x + b`, b repeated where it has fewer axes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Add;

/// Checks that b is as x, or one for all cases whose axes are the last ones of x.
fn check_repeated(what: &str, x: &Shape, b: &Shape) -> Result<Shape, String> {
    let fits = if b.by_case { x == b } else { x.sizes.ends_with(&b.sizes) };
    if fits { Ok(x.clone()) } else { Err(format!("{b} cannot be {what} {x}")) }
}

impl Rules for Add {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        check_repeated("added to", inputs[0], inputs[1])
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        _s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.scaled(1.0, x[0], Onto::Set, y);
        b.repeat(x[1], Onto::Add, y);
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        _at: &Point<'_, B>,
        i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        match i {
            0 => b.scaled(1.0, dx, onto, dy),
            _ => b.repeat(dx, onto, dy),
        }
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        _at: &Point<'_, B>,
        i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        match i {
            0 => b.scaled(1.0, u, onto, out),
            _ => b.sum(1.0, u, onto, out),
        }
    }
}

/// `y = x b` entry by entry, b repeated where it has fewer axes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Multiply;

impl Rules for Multiply {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        check_repeated("multiplied with", inputs[0], inputs[1])
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        _s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.multiply(x[0], x[1], Onto::Set, y);
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
        match i {
            0 => b.multiply(dx, at.x[1], onto, dy),
            _ => b.multiply(at.x[0], dx, onto, dy),
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
            0 => b.multiply(u, at.x[1], onto, out),
            _ => b.sum_products(u, at.x[0], onto, out),
        }
    }

    fn turn<B: Backend>(
        &self,
        b: &B,
        _at: &Point<'_, B>,
        motion: &Motion<'_, B>,
        i: usize,
        u: &B::Buffer,
        out: &mut B::Buffer,
    ) {
        match (i, motion.dx) {
            (0, &[_, Some(db)]) => b.multiply(u, db, Onto::Add, out),
            (1, &[Some(da), _]) => b.sum_products(u, da, Onto::Add, out),
            _ => {}
        }
    }
}
