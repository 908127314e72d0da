//! Columns that are combinations of columns before them.

use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::dot;
use ravine_data::Design;

/// A share of a column's square below which the Gram matrix cannot tell it from a combination.
const SUSPICIOUS: f64 = 1e-8;
/// Below this share of its length, the rest of a column is rounding: R's number.
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
        if self.combination.is_empty() {
            return format!("`{name}` is constant; dropped, the intercept carries it");
        }
        format!(
            "`{name}` is a linear combination of other columns ({name} = {text}); its coefficient \
             cannot be estimated and was left out"
        )
    }
}

/// The columns that are combinations of earlier ones over the rows with a weight, by a Cholesky
/// factorization in the order of the columns; what its pivots leave open is decided by the residual
/// of the column itself.
pub(crate) fn find(design: &Design, weights: &[f64], intercept: bool) -> Vec<Alias> {
    let n = design.columns();
    if n == 0 {
        return Vec::new();
    }
    let mut gram = Matrix::zeros(n, n);
    design.gram_of_columns(weights, &mut gram);
    let squares: Vec<f64> = (0..n).map(|j| gram[(j, j)]).collect();
    let total: f64 = weights.iter().sum();
    let mut means = vec![0.0; n];
    if intercept {
        design.multiply_columns_transposed(weights, &mut means);
        means.iter_mut().for_each(|m| *m /= total);
        for j in 0..n {
            for i in 0..n {
                gram[(i, j)] -= total * means[i] * means[j];
            }
        }
    }
    let scales: Vec<f64> = (0..n).map(|j| gram[(j, j)].max(0.0).sqrt()).collect();
    let constant = |j: usize| scales[j] * scales[j] <= 1e-13 * squares[j] || squares[j] == 0.0;
    for j in 0..n {
        for i in 0..n {
            gram[(i, j)] = if i == j {
                1.0
            } else if constant(i) || constant(j) {
                0.0
            } else {
                gram[(i, j)] / (scales[i] * scales[j])
            };
        }
    }
    if (0..n).all(|j| !constant(j))
        && let Ok(factor) = Cholesky::new(&gram)
        && (0..n).all(|j| factor.lower()[(j, j)].powi(2) >= SUSPICIOUS)
    {
        return Vec::new();
    }
    let mut aliases: Vec<Alias> = Vec::new();
    let mut kept: Vec<usize> = Vec::new();
    // Rows of the factor of the kept columns.
    let mut lower: Vec<Vec<f64>> = Vec::new();
    for j in 0..n {
        if constant(j) {
            aliases.push(Alias { column: j, combination: Vec::new(), constant: means[j] });
            continue;
        }
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (k, &column) in kept.iter().enumerate() {
            let known = dot(&row, &lower[k][..k]);
            row.push((gram[(j, column)] - known) / lower[k][k]);
        }
        let pivot = 1.0 - dot(&row, &row);
        if pivot < SUSPICIOUS {
            // Coefficients on the kept columns: L' c = row.
            let mut c = row.clone();
            for k in (0..kept.len()).rev() {
                c[k] /= lower[k][k];
                let (value, own) = (c[k], &lower[k]);
                c[..k].iter_mut().zip(own).for_each(|(c, l)| *c -= l * value);
            }
            let c: Vec<f64> =
                c.iter().zip(&kept).map(|(c, &k)| c * scales[j] / scales[k]).collect();
            let offset: f64 = c.iter().zip(&kept).map(|(c, &k)| c * means[k]).sum();
            let offset = if intercept { means[j] - offset } else { 0.0 };
            let mut residual = vec![0.0; n];
            residual[j] = 1.0;
            kept.iter().zip(&c).for_each(|(&k, c)| residual[k] = -c);
            let mut r = vec![0.0; design.rows()];
            design.multiply_columns(&residual, &mut r);
            let rest: f64 = r.iter().zip(weights).map(|(r, w)| w * (r - offset).powi(2)).sum();
            if rest.sqrt() < RATIO * scales[j] {
                let large = c.iter().zip(&kept).map(|(c, &k)| (c * scales[k]).abs());
                let largest = large.fold(0.0, f64::max);
                let matters = |&(k, c): &(usize, f64)| (c * scales[k]).abs() > 1e-9 * largest;
                let combination = kept.iter().copied().zip(c).filter(matters).collect();
                aliases.push(Alias { column: j, combination, constant: offset });
                continue;
            }
        }
        row.push(pivot.max(f64::MIN_POSITIVE).sqrt());
        kept.push(j);
        lower.push(row);
    }
    aliases
}
