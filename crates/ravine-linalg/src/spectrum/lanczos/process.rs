//! The Lanczos process with thick restarts and partial reorthogonalization.

use super::losses::Losses;
use super::projected::Projected;
use crate::error::Interrupt;
use crate::krylov::ProductNoise;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::{Pointwise, Vector};

/// A basis `V = (v_1, ..., v_m)` with `A V = V T + beta v_{m+1} e_m' + F`.
///
/// A new vector is made orthogonal to those that the recurrence couples it to. Rounding adds
/// components along all others, and these grow as Ritz pairs converge. How far they have grown is
/// known without computing inner products: with `omega_{j,i} = v_j'v_i`,
///
/// ```text
/// beta_j omega_{j+1,i} = (T omega_j)_i - alpha_j omega_{j,i} - beta_{j-1} omega_{j-1,i} + rounding.
/// ```
///
/// Where the estimate exceeds `allowed`, the new vector is made orthogonal to the whole basis, and
/// so is the one after it. What is then removed is missing from T; F collects it, and what of F
/// a restart leaves outside the space counts as rounding does. How large the rounding of products
/// is, which may come from an arithmetic of less precision, the first steps measure: see
/// [`ProductNoise`].
///
/// With vectors that are `locked`, the space is that of the vectors orthogonal to them, and A is
/// projected on it.
///
/// Sources: Wu and Simon (2000), SIAM J. Matrix Anal. Appl. 22 (the restart); Simon (1984),
/// Math. Comp. 42 (partial reorthogonalization). That the recurrence for omega holds with the T of
/// a restart follows from `A V = V T + ...` alone, as the one for a tridiagonal T does.
#[derive(Clone, Debug)]
pub(super) struct Process<'l, V> {
    locked: &'l [V],
    /// The basis and the next vector; beyond, room.
    basis: Vec<V>,
    projected: Projected,
    allowed: f64,
    /// Estimates of the inner products of the last vector, and of the one before, with all.
    omega: Vec<f64>,
    omega_before: Vec<f64>,
    /// Whether the next vector is to be made orthogonal to all, whatever its estimate.
    again: bool,
    projections: Vec<f64>,
    locked_room: Vec<f64>,
    losses: Losses,
    /// A lower bound of `|A|`.
    norm: f64,
    noise: ProductNoise,
    products: usize,
    random: Random,
}

/// The length of the random vector that is added to a given start, so that nothing is missing from it.
const RANDOM: f64 = 0.1;

/// What a step found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The space has one dimension more.
    Extended,
    /// The space is the whole space.
    Whole,
    /// The product was not finite; nothing was added.
    NotFinite,
}

impl<'l, V: Pointwise> Process<'l, V> {
    /// Starts from a random vector of the shape of `like`, orthogonal to those that are `locked`,
    /// which must not span the whole space.
    pub fn new(like: &V, locked: &'l [V], allowed: f64, seed: u64) -> Self {
        let mut process = Self {
            locked,
            basis: vec![like.zeros_like()],
            projected: Projected::default(),
            allowed,
            omega: vec![1.0],
            omega_before: Vec::new(),
            again: false,
            projections: Vec::new(),
            locked_room: Vec::new(),
            losses: Losses::default(),
            norm: 0.0,
            noise: ProductNoise::default(),
            products: 0,
            random: Random::new(seed),
        };
        process.set_random(0);
        process
    }

    /// Begins from a vector instead, with a share of the random one.
    pub fn begin_near(&mut self, start: &V) {
        let v = &mut self.basis[0];
        v.scale(RANDOM);
        v.axpy(1.0 / start.norm(), start);
        for _ in 0..2 {
            project_out(v, self.locked, &mut self.locked_room);
            v.scale(1.0 / v.norm());
        }
    }

    pub fn projected(&self) -> &Projected {
        &self.projected
    }

    pub fn products(&self) -> usize {
        self.products
    }

    /// Takes note that the norm of A is at least this.
    pub fn see(&mut self, norm: f64) {
        self.norm = self.norm.max(norm);
    }

    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// The part of the error of a product in one direction, relative to the norm.
    pub fn noise(&self) -> f64 {
        self.noise.relative::<V>(self.norm)
    }

    /// A bound of `|F y|`: what the residual of `V y` computed from T may be off by.
    pub fn lost(&self, y: &[f64]) -> f64 {
        self.losses.norm(y)
    }

    /// One product with A.
    pub fn step(&mut self, a: &impl LinearOperator<V>) -> Result<Step, Interrupt> {
        let j = self.projected.dimension();
        let kept = self.projected.kept();
        if self.basis.len() < j + 2 {
            let room = self.basis[0].zeros_like();
            self.basis.push(room);
        }
        let (basis, next) = self.basis.split_at_mut(j + 1);
        let (v, w) = (&basis[j], &mut next[0]);
        a.apply(v, w)?;
        self.products += 1;
        project_out(w, self.locked, &mut self.locked_room);
        let alpha = if j == kept {
            self.projections.clear();
            self.projections.extend(self.projected.couplings().iter().map(|s| -s));
            w.combine(&self.projections, &basis[..kept]);
            v.dot(w)
        } else {
            w.axpby_dot(-self.projected.residual(), &basis[j - 1], 1.0, v)
        };
        w.axpy(-alpha, v);
        let mut beta = w.norm();
        if !(alpha.is_finite() && beta.is_finite()) {
            return Ok(Step::NotFinite);
        }
        self.norm = self.norm.max(alpha.hypot(beta));

        let grown = self.estimate(alpha, beta);
        self.losses.push();
        let first = j == kept;
        if first || self.again || grown > self.allowed || self.noise.wanted() {
            self.again = first || !self.again;
            beta = self.reorthogonalize(j, beta);
        }
        let whole = j + 1 + self.locked.len() == self.basis[0].dimension();
        if whole || beta <= 10.0 * self.noise() * self.norm {
            // The space is invariant: nothing leads out of it.
            self.projected.push(alpha, 0.0);
            if whole {
                return Ok(Step::Whole);
            }
            self.set_random(j + 1);
        } else {
            self.projected.push(alpha, beta);
            self.basis[j + 1].scale(1.0 / beta);
        }
        Ok(Step::Extended)
    }

    /// Moves the estimates on to the next vector and gives the largest.
    fn estimate(&mut self, alpha: f64, beta: f64) -> f64 {
        let j = self.projected.dimension();
        let kept = self.projected.kept();
        let before = if j > kept { self.projected.residual() } else { 0.0 };
        // After a restart there is no vector before; all are then made orthogonal anyway.
        self.omega_before.resize(j.max(1), 0.0);
        let mut largest = 0.0f64;
        let rounding = self.noise() * self.norm;
        for i in 0..j {
            let coupled = self.projected.row_times(i, &self.omega)
                - alpha * self.omega[i]
                - before * self.omega_before[i];
            // What is lost inside the space is orthogonal to the new vector.
            let error = rounding + self.losses.outside(i);
            let grown = (coupled.abs() + error).copysign(coupled) / beta;
            largest = largest.max(grown.abs());
            // In place: what is needed of the old estimate before is read.
            self.projections.resize(j, 0.0);
            self.projections[i] = grown;
        }
        std::mem::swap(&mut self.omega_before, &mut self.omega);
        self.omega.clear();
        self.omega.extend_from_slice(&self.projections[..j]);
        self.omega.push(V::EPSILON);
        self.omega.push(1.0);
        // A NaN (beta is zero) is no estimate.
        if largest.is_nan() { f64::INFINITY } else { largest }
    }

    /// Makes the vector after `v_j` orthogonal to the basis and gives its length.
    fn reorthogonalize(&mut self, j: usize, mut length: f64) -> f64 {
        let (basis, next) = self.basis.split_at_mut(j + 1);
        let w = &mut next[0];
        self.projections.resize(j + 1, 0.0);
        // Twice is enough, unless the vector vanishes.
        for pass in 0..3 {
            w.dots(basis, &mut self.projections);
            if pass == 0 {
                self.noise.see(&self.projections[..j]);
            }
            self.projections.iter_mut().for_each(|p| *p = -*p);
            w.combine(&self.projections, basis);
            self.losses.add(j, &self.projections);
            // What rounding has left along these is more of a shorter vector.
            project_out(w, self.locked, &mut self.locked_room);
            let before = std::mem::replace(&mut length, w.norm());
            if length > 0.5 * before {
                break;
            }
        }
        self.omega[..=j].fill(V::EPSILON);
        length
    }

    /// Makes vector j a random one, orthogonal to those before.
    fn set_random(&mut self, j: usize) {
        let (basis, next) = self.basis.split_at_mut(j);
        let w = &mut next[0];
        w.fill_normal(&mut self.random);
        for _ in 0..2 {
            w.scale(1.0 / w.norm());
            project_out(w, self.locked, &mut self.locked_room);
            project_out(w, basis, &mut self.projections);
        }
        w.scale(1.0 / w.norm());
        self.again = true;
    }

    /// Keeps the Ritz vectors `V y` for the columns y of `vectors`, one after another, with their
    /// Ritz values, and the next vector.
    pub fn restart(&mut self, values: &[f64], vectors: &[f64]) {
        let m = self.projected.dimension();
        let kept = values.len();
        let beta = self.projected.residual();
        self.losses.restart(m, vectors);
        let couplings: Vec<f64> = vectors.chunks_exact(m).map(|y| beta * y[m - 1]).collect();
        V::mix(&mut self.basis[..m], vectors);
        self.basis.swap(kept, m);
        self.projected.restart(values, &couplings);
        self.omega_before.clear();
        self.omega.clear();
        self.omega.resize(kept, V::EPSILON);
        self.omega.push(1.0);
    }

    /// The Ritz vectors `V y` for the columns y of `vectors`, of length one, and the next vector, if there is one.
    pub fn into_vectors(mut self, vectors: &[f64]) -> (Vec<V>, Option<V>) {
        let m = self.projected.dimension();
        self.basis.truncate(m + 1);
        let next = if self.basis.len() > m { self.basis.pop() } else { None };
        V::mix(&mut self.basis, vectors);
        self.basis.truncate(vectors.len().checked_div(m).unwrap_or(0));
        for v in &mut self.basis {
            let length = v.norm();
            v.scale(1.0 / length);
        }
        (self.basis, next)
    }
}

/// Makes w orthogonal to vectors that are orthonormal, with room for the inner products.
pub(super) fn project_out<V: Vector>(w: &mut V, vectors: &[V], room: &mut Vec<f64>) {
    room.clear();
    room.resize(vectors.len(), 0.0);
    w.dots(vectors, room);
    room.iter_mut().for_each(|p| *p = -*p);
    w.combine(room, vectors);
}
