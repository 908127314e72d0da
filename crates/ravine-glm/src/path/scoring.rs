//! What rows that were held out say of penalties, for any model that has a path.

use std::collections::BTreeMap;

use ravine::ArgumentError;
use ravine::random::Random;

use super::splits::Splits;

/// One penalty and what held-out rows say of it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CrossValidated {
    /// The size of the penalty.
    pub alpha: f64,
    /// The share of L1.
    pub l1_ratio: f64,
    /// The mean over folds of the held-out deviance by the held-out weight.
    pub deviance: f64,
    /// The standard error of that mean.
    pub standard_error: f64,
}

/// What splits say of shares of L1 with their alphas.
pub(crate) enum HeldOut<F> {
    /// By share and split a number an alpha; of a split that holds no weight out none.
    Deviances(Vec<Vec<Vec<f64>>>),
    /// A fit was stopped.
    Stopped(F),
}

/// Rows and a model with a penalty of any size.
pub(crate) trait Penalized {
    type Fit;

    fn rows(&self) -> usize;

    fn weight(&self, row: usize) -> f64;

    /// The alphas of a share of L1 in falling order, from all rows.
    fn alphas(&self, l1_ratio: f64) -> Result<Vec<f64>, ArgumentError>;

    /// A fit an alpha, of rows with these weights or their own; one that is stopped is the last.
    fn fits(
        &self,
        l1_ratio: f64,
        alphas: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Vec<Self::Fit>, ArgumentError>;

    fn is_stopped(fit: &Self::Fit) -> bool;

    /// Alpha and the share of L1 of a fit.
    fn penalty(fit: &Self::Fit) -> (f64, f64);

    /// The deviance of rows with these weights.
    fn deviance(&self, fit: &Self::Fit, weight: &dyn Fn(usize) -> f64) -> f64;

    /// The fit at the last of these alphas.
    fn fit_last(&self, l1_ratio: f64, alphas: &[f64]) -> Result<Option<Self::Fit>, ArgumentError> {
        Ok(self.fits(l1_ratio, alphas, None)?.pop())
    }

    /// The mean deviances of rows held out.
    fn held_out(
        &self,
        grids: &[(f64, Vec<f64>)],
        splits: &Splits<'_>,
    ) -> Result<HeldOut<Self::Fit>, ArgumentError> {
        by_fits(self, grids, splits)
    }
}

/// The mean deviances of rows held out, by a fit for each split at each alpha. They are held out by weights
/// of zero, so that rows are shared and never copied.
pub(super) fn by_fits<P: Penalized + ?Sized>(
    model: &P,
    grids: &[(f64, Vec<f64>)],
    splits: &Splits<'_>,
) -> Result<HeldOut<P::Fit>, ArgumentError> {
    let weights: Vec<f64> = (0..model.rows()).map(|i| model.weight(i)).collect();
    let mut deviances = Vec::with_capacity(grids.len());
    for (l1_ratio, alphas) in grids {
        let mut of_share = Vec::with_capacity(splits.count());
        for k in 0..splits.count() {
            let held = splits.held_out(k, &weights);
            let total: f64 = held.iter().sum();
            if total == 0.0 {
                of_share.push(Vec::new());
                continue;
            }
            let training = splits.training(k, &weights);
            let mut fits = model.fits(*l1_ratio, alphas, Some(&training))?;
            if let Some(last) = fits.pop_if(|last| P::is_stopped(last)) {
                return Ok(HeldOut::Stopped(last));
            }
            let deviance = |fit| model.deviance(fit, &|i| held[i]) / total;
            of_share.push(fits.iter().map(deviance).collect());
        }
        deviances.push(of_share);
    }
    Ok(HeldOut::Deviances(deviances))
}

/// What held-out rows say of every penalty.
pub(crate) struct Scores {
    pub(crate) points: Vec<CrossValidated>,
    pub(crate) best: CrossValidated,
    pub(crate) one_standard_error: CrossValidated,
}

impl Scores {
    /// The alphas of the best share, down to the best.
    fn down_to_best(&self) -> Vec<f64> {
        let of_share = |point: &&CrossValidated| {
            point.l1_ratio == self.best.l1_ratio && point.alpha >= self.best.alpha
        };
        self.points.iter().filter(of_share).map(|point| point.alpha).collect()
    }

    /// Nothing was chosen, as a fit was stopped: that fit's penalty.
    fn stopped((alpha, l1_ratio): (f64, f64)) -> Self {
        let (deviance, standard_error) = (f64::INFINITY, f64::INFINITY);
        let best = CrossValidated { alpha, l1_ratio, deviance, standard_error };
        Self { points: Vec::new(), best, one_standard_error: best }
    }
}

/// What held-out rows say of every penalty, and the fit of a fold that was stopped, if one was.
pub(crate) type Scoring<F> = (Scores, Option<F>);

/// How rows are assigned to folds.
pub(super) struct Assignment<'a> {
    pub(super) folds: usize,
    pub(super) seed: u64,
    pub(super) groups: Option<&'a [usize]>,
}

impl Assignment<'_> {
    /// The fold of each row: at random, whole groups together, and of `classes` the same share in every
    /// fold where there are no groups.
    pub(super) fn of(
        &self,
        rows: usize,
        classes: Option<&dyn Fn(usize) -> usize>,
    ) -> Result<Vec<usize>, ArgumentError> {
        let groups: Vec<usize> = match self.groups {
            None => (0..rows).collect(),
            Some(groups) => {
                let allowed = format!("one a row, {rows}");
                ArgumentError::check(groups.len() == rows, "groups.len()", groups.len(), &allowed)?;
                groups.to_vec()
            }
        };
        let mut names = groups.clone();
        names.sort_unstable();
        names.dedup();
        let (folds, most) = (self.folds, names.len());
        let allowed = format!("at least 2 and at most {most}, the number of rows or groups");
        ArgumentError::check(folds >= 2 && folds <= most, "folds", folds, &allowed)?;
        Random::new(self.seed).shuffle(&mut names);
        if let (Some(class), None) = (classes, self.groups) {
            // Classes one after another: every fold has its share of each.
            names.sort_by_key(|&i| class(i));
        }
        let fold: BTreeMap<usize, usize> =
            names.into_iter().enumerate().map(|(k, name)| (name, k % folds)).collect();
        Ok(groups.iter().map(|group| fold[group]).collect())
    }
}

/// The mean deviance of held-out rows at every penalty; the alphas come from all rows.
pub(crate) fn score<P: Penalized>(
    model: &P,
    l1_ratios: &[f64],
    folds: &[usize],
) -> Result<Scoring<P::Fit>, ArgumentError> {
    let mut grids = Vec::with_capacity(l1_ratios.len());
    for &l1_ratio in l1_ratios {
        grids.push((l1_ratio, model.alphas(l1_ratio)?));
    }
    let deviances = match model.held_out(&grids, &Splits::Folds(folds))? {
        HeldOut::Deviances(deviances) => deviances,
        HeldOut::Stopped(fit) => return Ok((Scores::stopped(P::penalty(&fit)), Some(fit))),
    };
    let mut points = Vec::new();
    for ((l1_ratio, alphas), splits) in grids.iter().zip(&deviances) {
        for (k, &alpha) in alphas.iter().enumerate() {
            let scores: Vec<f64> =
                splits.iter().filter_map(|split| split.get(k).copied()).collect();
            let count = scores.len() as f64;
            let mean = scores.iter().sum::<f64>() / count;
            let square: f64 = scores.iter().map(|s| (s - mean).powi(2)).sum();
            let standard_error = (square / (count - 1.0).max(1.0) / count).sqrt();
            let l1_ratio = *l1_ratio;
            points.push(CrossValidated { alpha, l1_ratio, deviance: mean, standard_error });
        }
    }
    let least = points.iter().copied().min_by(|a, b| a.deviance.total_cmp(&b.deviance));
    let Some(best) = least else {
        return Err(ArgumentError::new("alphas", "are none"));
    };
    let near = |point: &&CrossValidated| {
        point.l1_ratio == best.l1_ratio && point.deviance <= best.deviance + best.standard_error
    };
    let one_standard_error = points.iter().find(near).copied().unwrap_or(best);
    Ok((Scores { points, best, one_standard_error }, None))
}

/// The scores, and the fit of all rows at the best penalty, from the largest alpha down; one that is stopped
/// before then. Shares of L1 that are none are the model's `own`.
pub(super) fn fit_best<P: Penalized>(
    model: &P,
    l1_ratios: &[f64],
    own: f64,
    folds: &[usize],
) -> Result<(Scores, P::Fit), ArgumentError> {
    let l1_ratios = if l1_ratios.is_empty() { &[own] } else { l1_ratios };
    let (scores, stopped) = score(model, l1_ratios, folds)?;
    let fitted = match stopped {
        Some(stopped) => Some(stopped),
        None => model.fit_last(scores.best.l1_ratio, &scores.down_to_best())?,
    };
    let none = || ArgumentError::new("alphas", "are none");
    Ok((scores, fitted.ok_or_else(none)?))
}
