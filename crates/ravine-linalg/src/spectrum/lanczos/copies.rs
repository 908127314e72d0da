//! The search that misses no copy.

use super::beside::Beside;
use super::beyond::Beyond;
use super::process::project_out;
use super::restart::Ends;
use super::search::{Goal, Search};
use super::{Accuracy, Ritz};
use crate::operator::LinearOperator;
use crate::spectrum::{Eigenpairs, SpectrumEnd, SpectrumError, Which};
use crate::vector::Pointwise;

/// How much less of an eigenvector that is looked for than of the one that is found the random start
/// is believed to hold at least: the chance that it holds less is about this.
const CHANCE: f64 = 1e-6;

/// How often an incomplete count is answered by another search.
const MOST_SEARCHES: usize = 4;

/// What another count says of the pairs found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::spectrum) enum Verdict {
    /// None is missing.
    Complete,
    /// Some are.
    Incomplete,
    /// Nothing.
    Unknown,
}

impl Search {
    /// Searches for the wanted pairs, each as often as it is there.
    ///
    /// A Krylov space holds one vector of each eigenspace. So once the pairs have converged, the
    /// search begins anew from a random vector in the space orthogonal to them, where further copies
    /// are ordinary eigenvectors, as are any that the start was all but orthogonal to by chance. It
    /// goes on until the outermost Ritz value there is known to be inside the wanted ones, or new
    /// pairs beyond the innermost of these have converged; then it begins again.
    ///
    /// When is it known? The Ritz vector of theta is `p(A) v` of the start v, with a polynomial p whose
    /// zeros are the other Ritz values, those of earlier cycles that restarts have discarded among
    /// them. An eigenvector of an eigenvalue lambda beyond theta is multiplied by
    /// `G = |p(lambda) / p(theta)|` relative to that of theta, and is in the Ritz vector at most with
    /// `r / |lambda - theta|`, with the residual r. So it can have been missed only if the start holds
    /// `r / (G |lambda - theta|)` times less of it, and that is not to be believed once this number is
    /// small. In most cases this takes fewer products than the pair of theta takes to converge.
    ///
    /// Where A itself is searched, this second search goes without the space that the first one has seen next to
    /// the wanted pairs as well: see [`Beside`].
    ///
    /// `count` may know from elsewhere that none is missing; the first search begins at `start`, if there is one.
    /// The pairs are in no order, with residuals that the recurrences bound.
    ///
    /// Sources: locking: Lehoucq and Sorensen (1996), SIAM J. Matrix Anal. Appl. 17; the equivalence
    /// of thick restarts with implicit ones, which gives the zeros: Wu and Simon (2000), section 3;
    /// what a random start holds: Kuczynski and Wozniakowski (1992), SIAM J. Matrix Anal. Appl. 13.
    pub fn find_all<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        start: Option<&V>,
        count: impl Fn(&[f64]) -> Verdict,
    ) -> Result<Eigenpairs<V>, SpectrumError> {
        let mut found = Eigenpairs::none(SpectrumEnd::Converged);
        let mut searches = 0;
        let mut dominated = false;
        let mut beside = None;
        loop {
            let locked = found.vectors.len();
            let wanted = found.values.iter().filter(|v| self.may_be_wanted(**v)).count();
            let missing = self.count().saturating_sub(wanted);
            if locked == self.dimension {
                return Ok(found);
            }
            let verdict = if missing > 0 { Verdict::Unknown } else { count(&found.values) };
            if verdict == Verdict::Complete {
                return Ok(found);
            }
            let left = self.products.map(|most| most.saturating_sub(found.products));
            if left == Some(0) {
                found.end = SpectrumEnd::ProductLimit;
                return Ok(found);
            }
            if let Some(beside) = beside.take()
                && missing == 0
            {
                if self.find_copies(a, like, &mut found, beside, &mut searches)? {
                    return Ok(found);
                }
                continue;
            }
            let mut search = self.clone();
            search.products = left;
            search.seed = self.seed.wrapping_add(searches);
            search.dimension -= locked;
            searches += 1;
            let beyond = (missing == 0).then(|| self.beyond(&found));
            search.pairs =
                if self.which == Which::BothEnds { missing.div_ceil(2) } else { missing };
            if std::mem::take(&mut dominated) && missing > 0 {
                (search.which, search.pairs) = (Which::LargestMagnitude, 1);
            }
            // Room for those beyond, and for one more at each end that they have to be told from.
            search.basis = self.basis.max(self.count() + 5).min(search.dimension);
            let reached = match &beyond {
                None => {
                    let start = start.filter(|_| locked == 0);
                    search.run_for(&First { search: &search }, a, like, start, &found.vectors)?
                }
                Some(beyond) => {
                    search.pairs = 1;
                    search.run_for(beyond, a, like, None, &found.vectors)?
                }
            };
            let pairs = reached.eigenpairs();
            let (end, whole) = (reached.end, reached.whole);
            let accepted: Vec<usize> = (0..pairs.values.len())
                .filter(|&i| match &beyond {
                    None => end != SpectrumEnd::Converged || self.accepts(&pairs, i),
                    Some(beyond) => beyond.has(pairs.values[i]) && self.accepts(&pairs, i),
                })
                .collect();
            let sought = |v: &&f64| beyond.as_ref().is_none_or(|beyond| beyond.has(**v));
            let all = accepted.len() == pairs.values.iter().filter(sought).count();
            let by_norm = matches!(self.accuracy, Accuracy::OfNorm(_));
            let enough =
                by_norm && end == SpectrumEnd::Converged && pairs.values.len() >= self.count();
            let vectors = if locked == 0 && enough {
                let (vectors, next) = reached.into_vectors_beside(&self.beyond(&pairs));
                beside = next;
                vectors
            } else {
                reached.into_vectors()
            };
            for (i, mut v) in vectors.into_iter().enumerate() {
                if accepted.contains(&i) {
                    if end == SpectrumEnd::Converged && !self.is_accurate(&pairs, i) {
                        found.products += usize::from(improve(a, &mut v, &found.vectors)?);
                    }
                    found.values.push(pairs.values[i]);
                    found.residuals.push(pairs.residuals[i]);
                    found.vectors.push(v);
                }
            }
            found.norm = found.norm.max(pairs.norm);
            found.noise = found.noise.max(pairs.noise);
            found.products += pairs.products;
            found.restarts += pairs.restarts;
            found.end = end;
            // A basis of the whole space leaves nothing out.
            let seen = whole && all && (locked == 0 || beyond.is_some());
            if end != SpectrumEnd::Converged || seen {
                return Ok(found);
            }
            if accepted.is_empty() {
                if missing > 0 && self.which != Which::LargestMagnitude && !dominated {
                    // Others are so much larger that arithmetic shows nothing beside them.
                    dominated = true;
                    continue;
                }
                if missing > 0 {
                    found.end = SpectrumEnd::PrecisionLimit;
                    return Ok(found);
                }
                if verdict == Verdict::Unknown {
                    return Ok(found);
                }
                if searches as usize > MOST_SEARCHES {
                    found.end = SpectrumEnd::Incomplete;
                    return Ok(found);
                }
            }
        }
    }

    /// Searches for pairs below `low` or above `high`, one of them finite, in the space orthogonal to
    /// `locked`, as [`find_all`](Self::find_all) does, and adds their vectors to these. Gives how many
    /// there are, whether these are all, and the products.
    pub fn find_beyond<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        locked: &mut Vec<V>,
        [low, high]: [f64; 2],
    ) -> Result<(usize, bool, usize), SpectrumError> {
        let (mut number, mut products, mut searches) = (0, 0, 0);
        let beyond = Beyond { low, high, most: self.count(), accuracy: self.accuracy };
        while locked.len() < self.dimension {
            let left = self.products.map(|most| most.saturating_sub(products));
            if left == Some(0) {
                return Ok((number, false, products));
            }
            searches += 1;
            let mut search = self.clone();
            (search.pairs, search.products) = (1, left);
            search.seed = self.seed.wrapping_add(searches);
            search.dimension -= locked.len();
            search.basis = self.basis.max(self.count() + 5).min(search.dimension);
            let reached = search.run_for(&beyond, a, like, None, locked)?;
            let end = reached.end;
            products += reached.products;
            let values = reached.eigenpairs().values;
            let vectors = reached.into_vectors().into_iter().zip(values);
            let new: Vec<V> = vectors.filter(|(_, v)| beyond.has(*v)).map(|(v, _)| v).collect();
            if end != SpectrumEnd::Converged || new.is_empty() {
                return Ok((number, end == SpectrumEnd::Converged, products));
            }
            number += new.len();
            locked.extend(new);
        }
        Ok((number, true, products))
    }

    /// Searches for what is beyond the wanted pairs found in the space without those beside them, and says whether
    /// the answer is certain; if so, the pairs are complete, or `found.end` says why not.
    fn find_copies<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        like: &V,
        found: &mut Eigenpairs<V>,
        mut beside: Beside<V>,
        searches: &mut u64,
    ) -> Result<bool, SpectrumError> {
        loop {
            let left = self.products.map(|most| most.saturating_sub(found.products));
            if left == Some(0) {
                found.end = SpectrumEnd::ProductLimit;
                return Ok(true);
            }
            let sought = self.beyond(found);
            let Some(bounds) = beside.bounds(&sought) else { return Ok(false) };
            let (known, extra) = (found.vectors.len(), beside.vectors.len());
            let mut search = self.clone();
            search.dimension = self.dimension.saturating_sub(known + extra);
            if search.dimension < self.count() + 5 {
                return Ok(false);
            }
            (search.pairs, search.products) = (1, left);
            search.seed = self.seed.wrapping_add(*searches);
            *searches += 1;
            let basis = self.basis.saturating_sub(extra).max(self.count() + 5);
            search.basis = basis.min(search.dimension);
            found.vectors.append(&mut beside.vectors);
            let goal = Copies { sought, bounds };
            let reached = search.run_for(&goal, a, like, None, &found.vectors)?;
            let pairs = reached.eigenpairs();
            let (end, whole) = (reached.end, reached.whole);
            let vectors = reached.into_vectors();
            beside.vectors = found.vectors.split_off(known);
            found.norm = found.norm.max(pairs.norm);
            found.noise = found.noise.max(pairs.noise);
            found.products += pairs.products;
            found.restarts += pairs.restarts;
            found.end = end;
            let enough = match self.accuracy {
                Accuracy::OfNorm(tolerance) => (tolerance * found.norm).max(found.noise),
                Accuracy::OfValue(_) => return Ok(false),
            };
            let mut new = Vec::new();
            for ((v, value), residual) in vectors.into_iter().zip(pairs.values).zip(pairs.residuals)
            {
                if goal.bounds.has(value) {
                    let coupled = beside.coupling(&v);
                    let is_pair = goal.sought.has(value) && coupled <= enough;
                    if end == SpectrumEnd::Converged && !is_pair {
                        return Ok(false);
                    }
                    if is_pair {
                        new.push((value, residual.hypot(coupled), v));
                    }
                }
            }
            let none = new.is_empty();
            for (value, residual, v) in new {
                found.values.push(value);
                found.residuals.push(residual);
                found.vectors.push(v);
            }
            if end != SpectrumEnd::Converged || whole || none {
                return Ok(true);
            }
        }
    }

    /// Whether such a pair may be one of the wanted: those next to a shift are on their side of it.
    fn may_be_wanted(&self, value: f64) -> bool {
        match (self.accuracy, self.which) {
            (Accuracy::OfValue(_), Which::Largest) => value > 0.0,
            (Accuracy::OfValue(_), Which::Smallest) => value < 0.0,
            _ => true,
        }
    }

    /// Whether pair i of a search that has ended is as well known as it will be: what is much smaller
    /// than others is known better in the space without them.
    fn accepts<V>(&self, pairs: &Eigenpairs<V>, i: usize) -> bool {
        self.is_accurate(pairs, i) || pairs.values[i].abs() >= 0.1 * pairs.norm
    }

    /// Whether pair i is as well known as asked for.
    fn is_accurate<V>(&self, pairs: &Eigenpairs<V>, i: usize) -> bool {
        match self.accuracy {
            // Products with A itself will show.
            Accuracy::OfNorm(_) => true,
            Accuracy::OfValue(tolerance) => pairs.residuals[i] <= tolerance * pairs.values[i].abs(),
        }
    }

    /// What is beyond the innermost of the wanted pairs.
    fn beyond<V>(&self, found: &Eigenpairs<V>) -> Beyond {
        let mut values = found.values.clone();
        values.sort_by(f64::total_cmp);
        let (k, m) = (self.pairs.min(values.len()), values.len());
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        match self.which {
            Which::Largest => high = values[m - k],
            Which::Smallest => low = values[k - 1],
            Which::BothEnds => (low, high) = (values[k - 1], values[m - k]),
            Which::LargestMagnitude => {
                values.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
                high = values[k - 1].abs();
                low = -high;
            }
        }
        let slack = |of: f64| match self.accuracy {
            Accuracy::OfNorm(tolerance) => (tolerance * found.norm).max(found.noise),
            Accuracy::OfValue(tolerance) => tolerance * of.abs(),
        };
        let (low, high) = (low - slack(low), high + slack(high));
        Beyond { low, high, most: self.count(), accuracy: self.accuracy }
    }
}

/// One step of the power iteration in the space orthogonal to the others; false where it gives nothing.
///
/// Next to a shift at which A is singular to rounding, products with the inverse have errors of
/// `eps |A| |A^-1|`, relatively, along the eigenvectors next to the shift; so the pairs of these are
/// not known to the accuracy asked for. What their vectors hold of others a product takes away.
fn improve<V: Pointwise>(
    a: &impl LinearOperator<V>,
    v: &mut V,
    others: &[V],
) -> Result<bool, SpectrumError> {
    let mut product = v.zeros_like();
    a.apply(v, &mut product)?;
    for _ in 0..2 {
        let length = product.norm();
        if !(length > 0.0 && length.is_finite()) {
            return Ok(false);
        }
        product.scale(1.0 / length);
        project_out(&mut product, others, &mut Vec::new());
    }
    product.scale(1.0 / product.norm());
    *v = product;
    Ok(true)
}

/// The first search: a small space is searched whole rather than twice.
struct First<'s> {
    search: &'s Search,
}

impl Goal for First<'_> {
    fn ends(&self, values: &[f64]) -> Ends {
        self.search.wanted(values)
    }

    fn distance(&self, ritz: &Ritz, i: usize, _discarded: &[f64]) -> f64 {
        ritz.distance(i, self.search.accuracy)
    }

    fn goes_on(&self, m: usize) -> bool {
        self.search.dimension <= 2 * m
    }
}

/// All pairs beyond, and the certainty that these are all.
impl Goal for Beyond {
    fn ends(&self, values: &[f64]) -> Ends {
        let m = values.len();
        let beyond = self.beyond(values);
        let one_more = |bound: f64| usize::from(bound.is_finite());
        let low = (beyond.low + one_more(self.low)).min(m);
        Ends { low, high: (beyond.high + one_more(self.high)).min(m - low) }
    }

    fn distance(&self, ritz: &Ritz, i: usize, discarded: &[f64]) -> f64 {
        let values = ritz.values();
        let known = ritz.distance(i, self.accuracy);
        if self.has(values[i]) {
            return known;
        }
        let ends = self.beyond(values);
        let mut share = 0.0f64;
        if self.low.is_finite() && i <= ends.low {
            share = share.max(self.share(ritz, i, self.low, discarded));
        }
        if self.high.is_finite() && i + 1 + ends.high >= values.len() {
            share = share.max(self.share(ritz, i, self.high, discarded));
        }
        known.min(share / CHANCE)
    }
}

/// All pairs that are sought, and the certainty that these are all, in a space where this follows if nothing is found
/// beyond `bounds`.
struct Copies {
    sought: Beyond,
    bounds: Beyond,
}

impl Goal for Copies {
    fn ends(&self, values: &[f64]) -> Ends {
        self.bounds.ends(values)
    }

    fn distance(&self, ritz: &Ritz, i: usize, discarded: &[f64]) -> f64 {
        self.bounds.distance(ritz, i, discarded)
    }

    /// Something is beyond the bounds that is not sought: nothing will follow.
    fn is_reached(&self, ritz: &Ritz) -> bool {
        ritz.values().iter().enumerate().any(|(i, &value)| {
            let to_sought = (self.sought.high - value).min(value - self.sought.low);
            self.bounds.has(value) && ritz.bound(i) < 0.1 * to_sought
        })
    }
}
