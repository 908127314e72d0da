//! Columns that are nearly combinations of others, replaced by what these leave of them.
//!
//! Where a column is `x_j = sum_k c_k x_k + c + r` with a rest r a millionth of its size, `X'WX` has lost the rest
//! to rounding, or most of it. The linear predictor is the same over the columns with r in place of `x_j`,
//! the coefficients being `b_k = b'_k - c_k b'_j`, and there nothing is lost.

use ravine::matrix::Matrix;
use ravine_data::Design;

use super::aliasing::{Alias, Near};

/// Digits of the rest that rounding takes, as a multiple of the rounding of one number.
const LOST: f64 = 4.0 * f64::EPSILON;

/// Columns that are nearly combinations of others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rests {
    near: Vec<Near>,
}

impl Rests {
    /// `None` where there are none.
    pub(crate) fn of(near: Vec<Near>) -> Option<Self> {
        (!near.is_empty()).then_some(Self { near })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.near.is_empty()
    }

    /// The design with the rests in place of their columns; `None` where one is of a column that is not
    /// dense.
    pub(crate) fn replaced(&self, design: &Design) -> Option<Design> {
        let of = |Near { combination, .. }: &Near| {
            let mut rest = vec![0.0; design.rows()];
            design.multiply_columns(&combination.rest(design.columns()), &mut rest);
            rest.iter_mut().for_each(|r| *r -= combination.constant);
            (combination.column, rest)
        };
        design.with_columns(self.near.iter().map(of).collect())
    }

    /// The coefficients of the columns themselves, and the intercept, of those beside the rests.
    pub(crate) fn coefficients_back(&self, intercept: Option<&mut f64>, b: &mut [f64]) {
        let own: Vec<f64> = self.near.iter().map(|near| b[near.combination.column]).collect();
        let mut of_intercept = 0.0;
        for (Near { combination, .. }, own) in self.near.iter().zip(own) {
            of_intercept += combination.constant * own;
            combination.combination.iter().for_each(|&(k, c)| b[k] -= c * own);
        }
        if let Some(intercept) = intercept {
            *intercept -= of_intercept;
        }
    }

    /// The same linear function of the coefficients beside the rests as `factors` is of those of the columns
    /// themselves; the factor of the intercept comes first where there is one.
    pub(crate) fn function_of_rests(&self, factors: &mut [f64], intercept: bool) {
        let first = usize::from(intercept);
        let before = factors.to_vec();
        for near in &self.near {
            let own: f64 = near.factors(intercept).map(|(k, c)| c * before[k]).sum();
            factors[first + near.combination.column] -= own;
        }
    }

    /// The covariance of the coefficients of the columns themselves: `T V T'` with T the identity less the
    /// factors of the combinations; the intercept is the first where there is one.
    pub(crate) fn carry_back(&self, v: &mut Matrix, intercept: bool) {
        let first = usize::from(intercept);
        let columns: Vec<Vec<f64>> = self
            .near
            .iter()
            .map(|near| v.column(first + near.combination.column).to_vec())
            .collect();
        for (near, own) in self.near.iter().zip(&columns) {
            for (k, c) in near.factors(intercept) {
                v.column_mut(k).iter_mut().zip(own).for_each(|(v, own)| *v -= c * own);
            }
        }
        let n = v.columns();
        let rows: Vec<Vec<f64>> = self
            .near
            .iter()
            .map(|near| (0..n).map(|j| v[(first + near.combination.column, j)]).collect())
            .collect();
        for (near, own) in self.near.iter().zip(&rows) {
            for (k, c) in near.factors(intercept) {
                (0..n).for_each(|j| v[(k, j)] -= c * own[j]);
            }
        }
    }

    /// What a user should know, with these names of the columns.
    pub(crate) fn words(&self, names: &[String]) -> Vec<String> {
        let of = |Near { combination, share }: &Near| {
            let name = &names[combination.column];
            let text = rounded(combination).formula(names);
            format!(
                "`{name}` is nearly a linear combination of other columns ({text}): all that is known of its \
                 coefficient beside theirs comes from the {share:.0e} of its deviation that they leave"
            )
        };
        self.near.iter().map(of).collect()
    }

    /// That the rests could not be taken by themselves, and what is lost by that.
    pub(crate) fn lost_words(&self, names: &[String]) -> String {
        let least = self.near.iter().map(|near| near.share).fold(f64::INFINITY, f64::min);
        let listed: Vec<String> =
            self.near.iter().map(|near| format!("`{}`", names[near.combination.column])).collect();
        format!(
            "the combinations leave of {} so little that rounding takes up to {:.0e} of it: so exact are \
             their standard errors",
            listed.join(", "),
            LOST / (least * least)
        )
    }
}

/// The combination to three digits, without the constant.
fn rounded(combination: &Alias) -> Alias {
    let factors = combination.combination.iter();
    let largest = factors.clone().fold(0.0_f64, |most, (_, c)| c.abs().max(most));
    let unit = 10f64.powf(largest.log10().floor() - 2.0);
    let factors = factors.map(|&(k, c)| (k, (c / unit).round() * unit));
    let combination = Alias { constant: 0.0, ..combination.clone() };
    Alias { combination: factors.filter(|&(_, c)| c != 0.0).collect(), ..combination }
}

impl Near {
    /// Places among the coefficients, the intercept first where there is one, and factors there.
    fn factors(&self, intercept: bool) -> impl Iterator<Item = (usize, f64)> {
        let first = usize::from(intercept);
        let constant = intercept.then_some((0, self.combination.constant));
        let columns = self.combination.combination.iter().map(move |&(k, c)| (first + k, c));
        constant.into_iter().chain(columns)
    }
}
