//! Columns that are combinations of columns before them.

use std::convert::Infallible;

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::dot;
use ravine_data::Design;

use super::centring::{Moments, is_rounding};

/// A share of a column's square below which the Gram matrix cannot tell it from a combination.
pub(crate) const SUSPICIOUS: f64 = 1e-8;
/// Below this share of its deviation, the rest of a column is nothing that products of columns could tell:
/// R's number.
const RATIO: f64 = 1e-7;

/// A column that is a combination of others: its coefficient cannot be estimated.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Alias {
    /// Which column, without the intercept.
    pub column: usize,
    /// The combination: columns and their factors.
    pub combination: Vec<(usize, f64)>,
    /// The constant of the combination, where there is an intercept.
    pub constant: f64,
}

impl Alias {
    /// The combination in words, with these names of the columns.
    ///
    /// ```
    /// use ravine_glm::Alias;
    ///
    /// let alias = Alias { column: 2, combination: vec![(0, 2.0), (1, -1.0)], constant: 0.0 };
    /// let names = ["a", "b", "c"].map(str::to_owned);
    /// assert_eq!(
    ///     alias.words(&names),
    ///     "`c` is a linear combination of other columns (c = 2*a - b); its coefficient cannot be \
    ///      estimated and was left out"
    /// );
    /// ```
    pub fn words(&self, names: &[String]) -> String {
        let name = &names[self.column];
        if self.combination.is_empty() {
            return format!("`{name}` is constant; dropped, the intercept carries it");
        }
        let text = self.formula(names);
        format!(
            "`{name}` is a linear combination of other columns ({name} = {text}); its coefficient \
             cannot be estimated and was left out"
        )
    }

    /// The combination as `2*a - b`.
    pub(crate) fn formula(&self, names: &[String]) -> String {
        let mut text = String::new();
        let factor = |c: f64| (1e9 * c).round() / 1e9;
        let terms = self.combination.iter().map(|&(j, c)| (factor(c), names[j].as_str()));
        let constant = Some((factor(self.constant), "1")).filter(|c| c.0 != 0.0);
        for (c, term) in constant.into_iter().chain(terms) {
            let sign = match (text.is_empty(), c < 0.0) {
                (true, false) => "",
                (true, true) => "-",
                (false, false) => " + ",
                (false, true) => " - ",
            };
            text.push_str(sign);
            match (c.abs(), term) {
                (c, "1") => text.push_str(&format!("{c}")),
                (1.0, term) => text.push_str(term),
                (c, term) => text.push_str(&format!("{c}*{term}")),
            }
        }
        text
    }
}

/// Sums over the rows with a weight, from which combinations are searched.
pub(crate) struct Sums {
    /// The lower triangle of `X'WX` at least.
    pub(crate) gram: Matrix,
    /// Means, where there is an intercept, mean squares and variances.
    pub(crate) moments: Moments,
    /// The sum of the weights.
    pub(crate) total: f64,
    /// What was subtracted from the columns, for the size of what is stored; nothing where there are none.
    pub(crate) shifts: Vec<f64>,
}

/// A column that may be a combination of earlier ones: the column, the combination, its constant.
pub(crate) type Suspect = Alias;

impl Suspect {
    /// The same combination of the columns before these shifts were subtracted from them.
    pub(crate) fn shift_back(&mut self, shifts: &[f64]) {
        let combined: f64 = self.combination.iter().map(|&(k, c)| c * shifts[k]).sum();
        self.constant += shifts[self.column] - combined;
    }

    /// Factors of all columns of which the product is what the combination leaves of the column, but for the
    /// constant.
    pub(crate) fn rest(&self, columns: usize) -> Vec<f64> {
        let mut rest = vec![0.0; columns];
        self.combination.iter().for_each(|&(k, c)| rest[k] = -c);
        rest[self.column] = 1.0;
        rest
    }
}

impl Sums {
    /// Of columns less `shifts`: `X'w` is of zeros where there is no intercept.
    pub(crate) fn new(gram: Matrix, sums: &[f64], total: f64, shifts: Vec<f64>) -> Self {
        let moments = Moments::of_sums(&gram, sums, total);
        Self { gram, moments, total, shifts }
    }

    /// The same without the products of the columns.
    pub(crate) fn without_products(&self) -> Self {
        Self {
            gram: Matrix::default(),
            moments: self.moments.clone(),
            total: self.total,
            shifts: self.shifts.clone(),
        }
    }

    fn of(design: &Design, weights: &[f64], intercept: bool, shifts: &[f64]) -> Self {
        let n = design.columns();
        let (mut gram, mut sums) = (Matrix::zeros(n, n), vec![0.0; n]);
        if intercept {
            design.gram_and_sums(weights, &mut gram, &mut sums);
        } else {
            design.gram_of_columns(weights, &mut gram);
        }
        let total: f64 = weights.iter().sum();
        let mut found = Self::new(gram, &sums, total, shifts.to_vec());
        found.moments.sharpen(design, weights, total);
        found
    }

    /// The mean square of a column as it is stored.
    fn stored(&self, j: usize) -> f64 {
        let mean = self.moments.means[j];
        let shift = self.shifts.get(j).copied().unwrap_or(0.0);
        self.moments.squares[j] + shift * (shift + 2.0 * mean)
    }

    /// Whether a column is the same in all rows; a column of zeros is so without an intercept too.
    pub(crate) fn is_constant(&self, j: usize) -> bool {
        is_rounding(self.moments.variances[j], self.stored(j))
    }

    /// Takes the correlations of the columns, or the like about zero, out of it; zeros of columns that are
    /// constant.
    fn take_correlations(&mut self, constant: &[bool]) -> Matrix {
        let Moments { means, variances, .. } = &self.moments;
        let mut all = std::mem::take(&mut self.gram);
        let scale = |j: usize| if constant[j] { 0.0 } else { 1.0 / variances[j].sqrt() };
        let scales: Vec<f64> = (0..constant.len()).map(scale).collect();
        for j in 0..scales.len() {
            for i in j + 1..scales.len() {
                let covariance = all[(i, j)] / self.total - means[i] * means[j];
                let correlation = covariance * scales[i] * scales[j];
                (all[(i, j)], all[(j, i)]) = (correlation, correlation);
            }
            all[(j, j)] = 1.0;
        }
        all
    }

    /// Whether what a combination leaves of its column, a mean square, is nothing: R's share of the deviation
    /// of the column, or the rounding of what is stored.
    fn is_nothing(&self, suspect: &Suspect, rest: f64) -> bool {
        let own = self.stored(suspect.column).sqrt();
        let terms = suspect.combination.iter().map(|&(k, c)| c.abs() * self.stored(k).sqrt());
        let size = own + terms.sum::<f64>();
        rest < RATIO * RATIO * self.moments.variances[suspect.column]
            || is_rounding(rest, size * size)
    }
}

/// Columns that are combinations of earlier ones, and those that are so but for little.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) aliases: Vec<Alias>,
    pub(crate) near: Vec<Near>,
}

/// A column of which a combination leaves so little that products of columns lose it.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    pub(crate) combination: Suspect,
    /// What is left, by the deviation of the column.
    pub(crate) share: f64,
}

/// The columns that are combinations of earlier ones over the rows with a weight, of columns from which
/// `shifts` were subtracted, if any.
pub(crate) fn find(
    design: &Design,
    weights: &[f64],
    intercept: bool,
    shifts: &[f64],
) -> Vec<Alias> {
    let held = vec![false; design.columns()];
    find_beside(design, weights, intercept, shifts, &held).aliases
}

/// The same with those that are nearly so, columns that are held left out.
pub(crate) fn find_beside(
    design: &Design,
    weights: &[f64],
    intercept: bool,
    shifts: &[f64],
    held: &[bool],
) -> Found {
    let n = design.columns();
    if n == 0 {
        return Found::default();
    }
    let mut sums = Sums::of(design, weights, intercept, shifts);
    let total = sums.total;
    let mut r = vec![0.0; design.rows()];
    let mut rest_of = |suspect: &Suspect| {
        design.multiply_columns(&suspect.rest(n), &mut r);
        let squares = r.iter().zip(weights).map(|(r, w)| w * (r - suspect.constant).powi(2));
        squares.sum::<f64>() / total
    };
    let rests = |suspects: &[Suspect]| -> Result<Vec<f64>, Infallible> {
        Ok(suspects.iter().map(&mut rest_of).collect())
    };
    match search(&mut sums, held, rests) {
        Ok(found) => found,
        Err(never) => match never {},
    }
}

/// The columns that are combinations of earlier ones, or nearly so, by a Cholesky factorization of their
/// correlations in the order of the columns, those that are held left out. What its pivots leave open is
/// decided by the mean squares, which `rests` looks up, of what combinations leave of their columns. The
/// products of the columns are used up.
pub(crate) fn search<E>(
    sums: &mut Sums,
    held: &[bool],
    mut rests: impl FnMut(&[Suspect]) -> Result<Vec<f64>, E>,
) -> Result<Found, E> {
    let n = sums.moments.means.len();
    let constant: Vec<bool> = (0..n).map(|j| !held[j] && sums.is_constant(j)).collect();
    let left_out: Vec<bool> = constant.iter().zip(held).map(|(c, h)| *c || *h).collect();
    let correlations = sums.take_correlations(&left_out);
    if constant.iter().all(|constant| !constant)
        && let Ok(factor) = Cholesky::new(&correlations)
        && (0..n).all(|j| factor.lower()[(j, j)].powi(2) >= SUSPICIOUS)
    {
        return Ok(Found::default());
    }
    let kept = Vec::new();
    let mut elimination =
        Elimination { sums, correlations, constant, held, kept, aliases: Vec::new() };
    let mut near = Vec::new();
    let mut from = 0;
    // All that is suspicious is taken for a combination until its rest says that it is none.
    loop {
        let suspects = elimination.run(from);
        let rests = if suspects.is_empty() { Vec::new() } else { rests(&suspects)? };
        let pairs = suspects.iter().zip(rests);
        let Some((other, rest)) = pairs.into_iter().find(|(s, rest)| !sums.is_nothing(s, *rest))
        else {
            return Ok(Found { aliases: elimination.aliases, near });
        };
        let pivot = rest / sums.moments.variances[other.column];
        near.push(Near { combination: other.clone(), share: pivot.sqrt() });
        from = elimination.take_back(other.column, pivot);
    }
}

/// A factorization that leaves columns out.
struct Elimination<'a> {
    sums: &'a Sums,
    correlations: Matrix,
    constant: Vec<bool>,
    held: &'a [bool],
    /// Columns that are no combinations, each with its row of the factor.
    kept: Vec<(usize, Vec<f64>)>,
    aliases: Vec<Alias>,
}

impl Elimination<'_> {
    /// Goes on with the columns from one on; gives those that were taken for combinations.
    fn run(&mut self, from: usize) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        for j in from..self.constant.len() {
            if self.held[j] {
                continue;
            }
            if self.constant[j] {
                let constant = self.sums.moments.means[j];
                self.aliases.push(Alias { column: j, combination: Vec::new(), constant });
                continue;
            }
            let mut row = self.row(j);
            let pivot = 1.0 - dot(&row, &row);
            if pivot < SUSPICIOUS {
                let suspect = self.combination(j, &row);
                self.aliases.push(suspect.clone());
                suspects.push(suspect);
                continue;
            }
            row.push(pivot.sqrt());
            self.kept.push((j, row));
        }
        suspects
    }

    /// The row of the factor, without its last number.
    fn row(&self, j: usize) -> Vec<f64> {
        let mut row: Vec<f64> = Vec::with_capacity(self.kept.len() + 1);
        for (k, (column, lower)) in self.kept.iter().enumerate() {
            let known = dot(&row, &lower[..k]);
            row.push((self.correlations[(j, *column)] - known) / lower[k]);
        }
        row
    }

    /// The combination of the columns that are kept: `L'c = row`.
    fn combination(&self, j: usize, row: &[f64]) -> Suspect {
        let Moments { means, variances, .. } = &self.sums.moments;
        let mut c = row.to_vec();
        for k in (0..c.len()).rev() {
            let own = &self.kept[k].1;
            c[k] /= own[k];
            let value = c[k];
            c[..k].iter_mut().zip(own).for_each(|(c, l)| *c -= l * value);
        }
        // Of standardized columns.
        let largest = c.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
        let rounding = f64::EPSILON * (self.sums.stored(j) / variances[j]).sqrt();
        let least = (1e-9 * largest).max(rounding);
        let matters = c.iter().zip(&self.kept).filter(|(c, _)| c.abs() > least);
        let in_units = |(c, (k, _)): (&f64, &(usize, Vec<f64>))| {
            (*k, c * (variances[j] / variances[*k]).sqrt())
        };
        let combination: Vec<(usize, f64)> = matters.map(in_units).collect();
        let of_means: f64 = combination.iter().map(|&(k, c)| c * means[k]).sum();
        Alias { column: j, combination, constant: means[j] - of_means }
    }

    /// Keeps a column with the pivot that it turned out to have, and forgets all behind it; the column from
    /// which to go on.
    fn take_back(&mut self, j: usize, pivot: f64) -> usize {
        self.kept.retain(|(k, _)| *k < j);
        self.aliases.retain(|alias| alias.column < j);
        let mut row = self.row(j);
        row.push(pivot.max(f64::MIN_POSITIVE).sqrt());
        self.kept.push((j, row));
        j + 1
    }
}
