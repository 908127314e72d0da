//! The loop: cycles of products and restarts, until what is wanted has converged.

use super::beside::{Beside, kept};
use super::beyond::Beyond;
use super::process::{Process, Step};
use super::restart::{Ends, keep};
use super::ritz::{Accuracy, Ritz};
use crate::operator::LinearOperator;
use crate::spectrum::{Eigenpairs, SpectrumEnd, SpectrumError, Which};
use crate::vector::{Pointwise, Vector};

/// What is searched for, and with what means.
#[derive(Clone, Debug)]
pub(in crate::spectrum) struct Search {
    pub pairs: usize,
    pub which: Which,
    pub accuracy: Accuracy,
    /// The dimension of the space.
    pub dimension: usize,
    /// The most vectors of the basis, at most the dimension.
    pub basis: usize,
    pub products: Option<usize>,
    pub seed: u64,
}

/// What a search came to.
pub(in crate::spectrum) struct Reached<'l, V> {
    process: Process<'l, V>,
    /// `None` if nothing was known when the operator gave something that is not finite.
    pub ritz: Option<Ritz>,
    /// The places of the wanted pairs.
    pub wanted: Vec<usize>,
    pub products: usize,
    pub restarts: usize,
    /// Whether the basis spans the whole space.
    pub whole: bool,
    pub end: SpectrumEnd,
}

/// What the Ritz pairs have to be for a search to end.
pub(in crate::spectrum) trait Goal {
    /// How many at each end are looked at.
    fn ends(&self, values: &[f64]) -> Ends;

    /// How far pair i, one of these, is from being known well enough: at most 1 where it is.
    /// `discarded` are the Ritz values of earlier cycles that restarts have not kept.
    fn distance(&self, ritz: &Ritz, i: usize, discarded: &[f64]) -> f64;

    /// Whether this is enough, however well the pairs are known.
    fn is_reached(&self, _ritz: &Ritz) -> bool {
        false
    }

    /// Whether a basis of m vectors that has room for all is to be extended to the whole space.
    fn goes_on(&self, _m: usize) -> bool {
        false
    }
}

impl<V: Pointwise> Reached<'_, V> {
    /// The wanted pairs, without vectors.
    pub fn eigenpairs(&self) -> Eigenpairs<V> {
        let (mut values, mut residuals, mut norm, mut noise) = (Vec::new(), Vec::new(), 0.0, 0.0);
        if let Some(ritz) = &self.ritz {
            values = self.wanted.iter().map(|&i| ritz.values()[i]).collect();
            residuals = self.wanted.iter().map(|&i| ritz.bound(i)).collect();
            norm = ritz.norm();
            noise = ritz.noise() * norm;
        }
        Eigenpairs {
            values,
            vectors: Vec::new(),
            residuals,
            norm,
            noise,
            products: self.products,
            restarts: self.restarts,
            end: self.end,
        }
    }

    /// The vectors of the wanted pairs.
    pub fn into_vectors(self) -> Vec<V> {
        let Some(ritz) = self.ritz else { return Vec::new() };
        self.process.into_vectors(&ritz.columns(self.wanted.into_iter())).0
    }

    /// The vectors of the wanted pairs, which are those at the ends, and what was seen beside them that helps to show
    /// that nothing else is beyond `sought`; none, where nothing does.
    pub(super) fn into_vectors_beside(self, sought: &Beyond) -> (Vec<V>, Option<Beside<V>>) {
        let Some(ritz) = self.ritz else { return (Vec::new(), None) };
        let m = ritz.values().len();
        let low = self.wanted.iter().enumerate().take_while(|(k, i)| k == *i).count();
        let ends = Ends { low, high: self.wanted.len() - low };
        let kept = kept(&ritz, ends, sought);
        let others = kept.places(m).filter(|i| !self.wanted.contains(i));
        let places: Vec<usize> = self.wanted.iter().copied().chain(others).collect();
        let extra = places.len() - self.wanted.len();
        let (mut vectors, next) = self.process.into_vectors(&ritz.columns(places.into_iter()));
        let others = vectors.split_off(self.wanted.len());
        let beside = next.filter(|_| extra > 0);
        (vectors, beside.map(|direction| Beside::new(&ritz, kept, others, direction)))
    }
}

impl Search {
    /// The vectors of the basis where the user does not say: enough that more would save few
    /// products.
    pub fn default_basis(wanted: usize) -> usize {
        2 * wanted + 60
    }

    /// Searches until all wanted pairs have converged, or `enough` says so. Of a multiple eigenvalue
    /// one copy is seen.
    pub fn run<'l, V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &'l V,
        enough: impl Fn(&Ritz) -> bool,
    ) -> Result<Reached<'l, V>, SpectrumError> {
        self.run_for(&Wanted { search: self, enough }, a, like, None, &[])
    }

    /// Searches in the space orthogonal to the `locked` vectors, from near `start` if there is one, until the goal
    /// is reached.
    pub fn run_for<'l, V: Pointwise>(
        &self,
        goal: &impl Goal,
        a: &impl LinearOperator<V>,
        like: &V,
        start: Option<&V>,
        locked: &'l [V],
    ) -> Result<Reached<'l, V>, SpectrumError> {
        let mut process = Process::new(like, locked, self.allowed::<V>(), self.seed);
        if let Some(start) = start {
            process.begin_near(start);
        }
        let mut discarded = Vec::new();
        let mut restarts = 0;
        let mut whole;
        // How far the wanted pairs were from convergence when they were last looked at.
        let mut distance = f64::INFINITY;
        let (ritz, end) = loop {
            let step = process.step(a)?;
            let m = process.projected().dimension();
            let full = m == self.basis;
            whole = step == Step::Whole;
            let stopped = match step {
                Step::NotFinite => Some(SpectrumEnd::NotFinite),
                Step::Whole => Some(SpectrumEnd::Converged),
                _ if self.products.is_some_and(|most| process.products() >= most) => {
                    Some(SpectrumEnd::ProductLimit)
                }
                Step::Extended => None,
            };
            if !(full || stopped.is_some() || self.looks(&process, distance)) {
                continue;
            }
            let Some(ritz) = Ritz::new(&mut process) else {
                break (None, SpectrumEnd::NotFinite);
            };
            let wanted = goal.ends(ritz.values());
            let mut converged = vec![false; m];
            distance = 0.0;
            for i in wanted.places(m) {
                let of_pair = goal.distance(&ritz, i, &discarded);
                converged[i] = of_pair <= 1.0;
                distance = of_pair.max(distance);
            }
            if step != Step::NotFinite
                && m >= self.count()
                && (distance <= 1.0 || goal.is_reached(&ritz))
                && !(stopped.is_none() && self.basis == self.dimension && goal.goes_on(m))
            {
                break (Some(ritz), SpectrumEnd::Converged);
            }
            if let Some(end) = stopped {
                break (Some(ritz), end);
            }
            if full {
                let kept = keep(ritz.values(), &converged, wanted);
                let values: Vec<f64> = kept.places(m).map(|i| ritz.values()[i]).collect();
                discarded.extend_from_slice(&ritz.values()[kept.low..m - kept.high]);
                process.restart(&values, &ritz.columns(kept.places(m)));
                restarts += 1;
            }
        };
        let values = ritz.as_ref().map_or(&[][..], Ritz::values);
        let wanted = goal.ends(values).places(values.len()).collect();
        Ok(Reached { products: process.products(), process, ritz, wanted, restarts, whole, end })
    }

    /// The inner products that basis vectors may have: each time that components are removed which
    /// have grown this far, they are lost to the projected matrix, and what is lost adds up. Where they are as large
    /// as this from rounding alone, every vector would be made orthogonal to all.
    fn allowed<V: Vector>(&self) -> f64 {
        match self.accuracy {
            Accuracy::OfNorm(tolerance) => (tolerance / 30.0).min(1e-10_f64.max(30.0 * V::EPSILON)),
            // What is wanted may be much smaller than the norm.
            Accuracy::OfValue(tolerance) => (tolerance / 30.0).min(1e-13),
        }
    }

    /// How many pairs are wanted.
    pub fn count(&self) -> usize {
        let k = self.pairs.min(self.dimension);
        if self.which == Which::BothEnds { (2 * k).min(self.dimension) } else { k }
    }

    /// How many of the Ritz values are wanted at each end.
    pub fn wanted(&self, values: &[f64]) -> Ends {
        let m = values.len();
        let k = self.pairs.min(m);
        match self.which {
            Which::Largest => Ends { low: 0, high: k },
            Which::Smallest => Ends { low: k, high: 0 },
            Which::BothEnds => Ends { low: k, high: k.min(m - k) },
            Which::LargestMagnitude => {
                let mut ends = Ends { low: 0, high: 0 };
                for _ in 0..k {
                    if values[m - 1 - ends.high].abs() >= values[ends.low].abs() {
                        ends.high += 1;
                    } else {
                        ends.low += 1;
                    }
                }
                ends
            }
        }
    }

    /// Whether convergence is looked for here, inside a cycle, where the last look was promising: as each costs the
    /// eigenvalues of a small matrix, no more often than a few times a cycle, but where a step costs more than that.
    fn looks<V: Pointwise>(&self, process: &Process<'_, V>, distance: f64) -> bool {
        let kept = process.projected().kept();
        let m = process.projected().dimension();
        let (since, cycle) = (m - kept, self.basis - kept);
        let worth = m.saturating_pow(3) / self.dimension;
        let every = worth.clamp(1, (cycle / 4).max(5));
        (distance < 1e3 || kept == 0) && since.is_multiple_of(every)
    }
}

/// What a search is for, whatever there are of copies.
pub(super) struct Wanted<'s, F> {
    pub search: &'s Search,
    pub enough: F,
}

impl<F: Fn(&Ritz) -> bool> Goal for Wanted<'_, F> {
    fn ends(&self, values: &[f64]) -> Ends {
        self.search.wanted(values)
    }

    fn distance(&self, ritz: &Ritz, i: usize, _discarded: &[f64]) -> f64 {
        ritz.distance(i, self.search.accuracy)
    }

    fn is_reached(&self, ritz: &Ritz) -> bool {
        (self.enough)(ritz)
    }
}
