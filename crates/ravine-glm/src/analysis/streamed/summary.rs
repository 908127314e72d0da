//! What the first pass over a file finds: of targets, weights and columns.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::vector::dot;
use ravine_data::{Design, Response};

use super::error::StreamError;
use super::source::Source;
use crate::analysis::family::ModelFamily;
use crate::analysis::settings::{Analysis, Cases};
use crate::analysis::target::Coding;
use crate::family::Loss;
use crate::model::is_no_count;
use crate::solve::aliasing::Sums;
use crate::solve::centring::Moments;

/// So often columns are moved nearer to their means at most.
const MOVES: usize = 3;

/// How targets become numbers.
pub(super) struct Encoding<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) family: ModelFamily,
    pub(super) loss: Loss,
    pub(super) coding: Coding,
}

impl Encoding<'_> {
    /// Targets and weights of a batch, checked; `first` is the number of its first row.
    pub(super) fn of(
        &self,
        cases: &mut Cases,
        first: usize,
    ) -> Result<(Vec<f64>, Vec<f64>), ArgumentError> {
        let response = std::mem::replace(&mut cases.response, Response::None);
        let encoded = self.coding.apply(response, first)?;
        self.loss.family().check_from(&encoded.y, first)?;
        let given = |i: usize| {
            cases.weights.as_ref().map_or(1.0, |weights| weights[i])
                * encoded.trials.as_ref().map_or(1.0, |trials| trials[i])
        };
        let weights: Vec<f64> = (0..encoded.y.len()).map(given).collect();
        if let Some(i) = weights.iter().position(|w| !(*w >= 0.0 && w.is_finite())) {
            let name = format!("weights[{}]", first + i);
            ArgumentError::check(false, &name, weights[i], "zero or positive, and finite")?;
        }
        Ok((encoded.y, weights))
    }
}

/// What is added to the linear predictors.
pub(super) struct Offset {
    /// `sum w o`.
    pub(super) sum: f64,
    pub(super) least: f64,
}

/// What the first pass finds.
pub(super) struct Summary {
    /// Rows without missing cells, and those of them that have a weight.
    pub(super) all: usize,
    pub(super) rows: usize,
    pub(super) weight: f64,
    /// `sum w y`.
    pub(super) target: f64,
    /// The smallest and the largest target of a row with a weight.
    pub(super) range: (f64, f64),
    /// Whether all targets are 0 or 1.
    pub(super) zero_one: bool,
    /// The first target that is to be a count and is none, with its row.
    pub(super) no_count: Option<(usize, f64)>,
    pub(super) offset: Option<Offset>,
    /// Of the columns less `shifts`, by which they lie near zero.
    pub(super) columns: Sums,
}

impl Summary {
    /// Reads the file, once where its first rows tell how far from zero its columns lie.
    pub(super) fn of(
        source: &mut Source<'_>,
        encoding: &Encoding<'_>,
        sample: &Design,
    ) -> Result<Self, StreamError> {
        // Columns all entries of which are stored can be moved, where an intercept makes up for it.
        let movable: Vec<bool> = match sample.has_intercept() {
            true => source.stored(sample),
            false => vec![false; sample.columns()],
        };
        let mut shifts = vec![0.0; sample.columns()];
        let of_sample = Moments::of(sample, &vec![1.0; sample.rows()], true);
        for j in (0..shifts.len()).filter(|&j| movable[j] && of_sample.is_far(j)) {
            shifts[j] = of_sample.means[j];
        }
        let mut moves = 0;
        loop {
            let found = Self::about(source, encoding, shifts)?;
            shifts = found.columns.shifts.clone();
            let far: Vec<usize> = (0..shifts.len())
                .filter(|&j| movable[j] && found.columns.moments.is_far(j))
                .filter(|&j| !found.columns.is_constant(j) || shifts[j] == 0.0)
                .collect();
            if far.is_empty() || moves == MOVES {
                return Ok(found);
            }
            moves += 1;
            far.iter().for_each(|&j| shifts[j] += found.columns.moments.means[j]);
        }
    }

    /// A pass, with these numbers subtracted from the columns.
    fn about(
        source: &mut Source<'_>,
        encoding: &Encoding<'_>,
        shifts: Vec<f64>,
    ) -> Result<Self, StreamError> {
        let n = shifts.len();
        let (mut gram, mut sums) = (Matrix::zeros(n, n), vec![0.0; n]);
        let mut found = Self {
            all: 0,
            rows: 0,
            weight: 0.0,
            target: 0.0,
            range: (f64::INFINITY, f64::NEG_INFINITY),
            zero_one: true,
            no_count: None,
            offset: None,
            columns: Sums::new(Matrix::default(), &[], 0.0, Vec::new()),
        };
        let mut intercept = false;
        source.each(|mut cases| {
            let (y, weights) = encoding.of(&mut cases, found.all)?;
            if let Some(offset) = &cases.offset {
                let start = || Offset { sum: 0.0, least: f64::INFINITY };
                let all = found.offset.get_or_insert_with(start);
                all.sum += dot(&weights, offset);
                all.least = offset.iter().copied().fold(all.least, f64::min);
            }
            for (i, (&y, _)) in y.iter().zip(&weights).enumerate().filter(|(_, (_, w))| **w > 0.0) {
                found.rows += 1;
                found.range = (found.range.0.min(y), found.range.1.max(y));
                if found.no_count.is_none() && is_no_count(encoding.loss, y) {
                    found.no_count = Some((found.all + i, y));
                }
            }
            found.zero_one &= y.iter().all(|&y| y == 0.0 || y == 1.0);
            found.all += y.len();
            found.weight += weights.iter().sum::<f64>();
            found.target += dot(&weights, &y);
            intercept |= cases.design.has_intercept();
            let design = moved(cases.design, &shifts)?;
            design.add_gram_and_sums(&weights, &mut gram, &mut sums);
            Ok(())
        })?;
        if found.weight <= 0.0 {
            let message = "every weight is zero: no row is left";
            return Err(ArgumentError::new("weights", message).into());
        }
        if !intercept {
            sums.fill(0.0);
        }
        found.columns = Sums::new(gram, &sums, found.weight, shifts);
        Ok(found)
    }
}

/// A batch with numbers subtracted from its columns.
pub(super) fn moved(design: Design, shifts: &[f64]) -> Result<Design, ArgumentError> {
    if shifts.iter().all(|&shift| shift == 0.0) {
        return Ok(design);
    }
    let unlike = || ArgumentError::new("columns", "are not stored alike in all batches");
    design.shifted(shifts).ok_or_else(unlike)
}
