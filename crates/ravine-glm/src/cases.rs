//! The mean of a loss over cases.

use ravine::Threads;
use ravine::matrix::Matrix;
use ravine_data::Design;

use crate::loss::RegressionLoss;

/// A design and its targets.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) design: Design,
    pub(super) target: Vec<f64>,
}

/// Kept between evaluations of some [`Cases`].
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Where `predictor = X w` was computed; not set at first.
    w: Option<Vec<f64>>,
    pub(super) predictor: Vec<f64>,
    /// A number a case.
    buffer: Vec<f64>,
    /// Whether `curvature` is up to date.
    curvature_known: bool,
    curvature: Vec<f64>,
}

impl Work {
    /// Of other cases: nothing is known.
    fn forget(&mut self, cases: usize) {
        self.w = None;
        for numbers in [&mut self.predictor, &mut self.buffer, &mut self.curvature] {
            numbers.resize(cases, 0.0);
        }
    }
}

impl Cases {
    pub(super) fn work(&self) -> Work {
        let mut work = Work::default();
        work.forget(self.target.len());
        work
    }

    pub(super) fn per_case(&self) -> f64 {
        1.0 / self.target.len() as f64
    }

    /// Brings the predictor to `w`.
    pub(super) fn predict(&self, work: &mut Work, w: &[f64]) {
        if work.w.as_deref() != Some(w) {
            work.w.get_or_insert_default().clear();
            if let Some(known) = &mut work.w {
                known.extend_from_slice(w);
            }
            work.curvature_known = false;
            self.design.multiply(w, &mut work.predictor);
        }
    }

    /// `loss'' / N` of each case at `w`.
    pub(super) fn curvature<'w>(
        &self,
        loss: RegressionLoss,
        work: &'w mut Work,
        w: &[f64],
    ) -> &'w [f64] {
        self.predict(work, w);
        if !work.curvature_known {
            let per_case = self.per_case();
            each_case(&work.predictor, &self.target, &mut work.curvature, |eta, y, c| {
                *c = per_case * loss.evaluate(eta, y).2;
                0.0
            });
            work.curvature_known = true;
        }
        &work.curvature
    }

    /// The mean loss.
    pub(super) fn value(&self, loss: RegressionLoss, work: &mut Work, w: &[f64]) -> f64 {
        self.predict(work, w);
        let value = |eta, y, _: &mut f64| loss.evaluate(eta, y).0;
        self.per_case() * each_case(&work.predictor, &self.target, &mut work.buffer, value)
    }

    /// The mean loss and its gradient.
    pub(super) fn gradient(
        &self,
        loss: RegressionLoss,
        work: &mut Work,
        w: &[f64],
        gradient: &mut [f64],
    ) -> f64 {
        self.predict(work, w);
        let per_case = self.per_case();
        let sum = each_case(&work.predictor, &self.target, &mut work.buffer, |eta, y, slope| {
            let (value, first, _) = loss.evaluate(eta, y);
            *slope = per_case * first;
            value
        });
        self.design.multiply_transposed(&work.buffer, gradient);
        per_case * sum
    }

    /// `X' diag(loss'' / N) X d`.
    pub(super) fn product(
        &self,
        loss: RegressionLoss,
        work: &mut Work,
        w: &[f64],
        d: &[f64],
        product: &mut [f64],
    ) {
        self.curvature(loss, work, w);
        self.design.multiply(d, &mut work.buffer);
        for (t, c) in work.buffer.iter_mut().zip(&work.curvature) {
            *t *= c;
        }
        self.design.multiply_transposed(&work.buffer, product);
    }

    /// Rows `first`, ... of `diag(loss'' / N)^{1/2} X`, as many as `block` has.
    pub(super) fn root(
        &self,
        loss: RegressionLoss,
        work: &mut Work,
        w: &[f64],
        first: usize,
        block: &mut Matrix,
    ) {
        self.curvature(loss, work, w);
        let rows = first..first + block.rows();
        let roots = &mut work.buffer[rows.clone()];
        for (root, c) in roots.iter_mut().zip(&work.curvature[rows]) {
            *root = c.sqrt();
        }
        self.design.write(first, roots, block);
    }
}

/// Calls `evaluate(eta, y, number)` for each case, split among threads; the sum of what it gives.
fn each_case(
    predictor: &[f64],
    target: &[f64],
    numbers: &mut [f64],
    evaluate: impl Fn(f64, f64, &mut f64) -> f64 + Sync,
) -> f64 {
    // A loss takes as long as some eight operations.
    let parts = Threads::current().parts(8 * target.len());
    let size = target.len().div_ceil(parts).max(1);
    let of_part = |((eta, y), numbers): ((&[f64], &[f64]), &mut [f64])| {
        let cases = eta.iter().zip(y).zip(numbers);
        cases.map(|((&eta, &y), number)| evaluate(eta, y, number)).sum::<f64>()
    };
    let cases = predictor.chunks(size).zip(target.chunks(size)).zip(numbers.chunks_mut(size));
    Threads::each(cases.collect(), of_part).into_iter().sum()
}

/// Some of the cases, copied, so that many evaluations over them read only them.
#[derive(Debug, Default)]
pub(super) struct Subset {
    chosen: Vec<usize>,
    cases: Cases,
    work: Work,
}

impl Subset {
    /// Becomes the subset `chosen` of `all`, unless it is that already.
    pub(super) fn choose(&mut self, all: &Cases, chosen: &[usize]) -> (&Cases, &mut Work) {
        if self.chosen != chosen {
            self.chosen.clear();
            self.chosen.extend_from_slice(chosen);
            all.design.select_rows(chosen, &mut self.cases.design);
            self.cases.target.clear();
            self.cases.target.extend(chosen.iter().map(|&i| all.target[i]));
            self.work.forget(chosen.len());
        }
        (&self.cases, &mut self.work)
    }
}
