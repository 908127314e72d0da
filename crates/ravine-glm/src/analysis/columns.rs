//! Settings of columns and of the terms that they belong to, by name.

use ravine::ArgumentError;
use ravine_data::Design;

use super::settings::Analysis;
use crate::family::Family;
use crate::model::{Before, ColumnGroup, GeneralizedLinearModel, MonotoneTerm};

/// The name of the term that a column belongs to: its own without what stands in brackets outside of
/// parentheses, `region` of `region[north]`, `a:b` of `a[x]:b[y]`, `bs(x, df=4)` of `bs(x, df=4)[1]`.
fn term_of(name: &str) -> String {
    let (mut brackets, mut parentheses) = (0_usize, 0_usize);
    let mut term = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '[' if parentheses == 0 => brackets += 1,
            ']' if brackets > 0 => brackets -= 1,
            _ if brackets > 0 => {}
            c => {
                parentheses = match c {
                    '(' => parentheses + 1,
                    ')' => parentheses.saturating_sub(1),
                    _ => parentheses,
                };
                term.push(c);
            }
        }
    }
    term
}

/// The places of a column of this name, or of all columns of a term of this name; spaces do not count.
fn places(names: &[String], argument: &str, name: &str) -> Result<Vec<usize>, ArgumentError> {
    let plain = |text: &str| text.replace(' ', "");
    let own = plain(name);
    let exact = names.iter().position(|other| other == name);
    if let Some(place) = exact.or_else(|| names.iter().position(|other| plain(other) == own)) {
        return Ok(vec![place]);
    }
    let of_term: Vec<usize> =
        (0..names.len()).filter(|&j| plain(&term_of(&names[j])) == own).collect();
    if !of_term.is_empty() {
        return Ok(of_term);
    }
    const MOST: usize = 12;
    let listed = names.iter().take(MOST).map(|n| format!("`{n}`")).collect::<Vec<_>>();
    let more = if names.len() > MOST { ", ..." } else { "" };
    let message =
        format!("there is no column or term `{name}`; there are {}{more}", listed.join(", "));
    Err(ArgumentError::new(argument, message))
}

/// What comes before the first of these columns: nothing where they add up to one in every row, so that
/// no level is left out.
fn before(design: &Design, columns: &[usize]) -> Before {
    let mut all = vec![0.0; design.columns()];
    columns.iter().for_each(|&j| all[j] = 1.0);
    let mut sums = vec![0.0; design.rows()];
    design.multiply_columns(&all, &mut sums);
    match sums.iter().all(|sum| (sum - 1.0).abs() <= 1e-12) {
        true => Before::Nothing,
        false => Before::Reference,
    }
}

impl Analysis {
    /// The settings of a generalized linear model of these columns.
    pub(super) fn model(
        &self,
        family: Family,
        design: &Design,
    ) -> Result<GeneralizedLinearModel, ArgumentError> {
        let names = &design.names()[usize::from(design.has_intercept())..];
        let (alpha, l1_ratio) = self.elastic_net();
        let mut model = GeneralizedLinearModel {
            family,
            link: self.link,
            penalty_units: self.penalty_units,
            alpha,
            l1_ratio,
            intercept: false,
            solver: self.solver,
            tolerance: self.tolerance,
            iterations: self.iterations,
            interrupter: self.interrupter.clone(),
            ..GeneralizedLinearModel::default()
        };
        if !self.unpenalized.is_empty() {
            let mut factors = vec![1.0; names.len()];
            for name in &self.unpenalized {
                let columns = places(names, "unpenalized", name)?;
                columns.iter().for_each(|&j| factors[j] = 0.0);
            }
            model.penalty_factors = Some(factors);
        }
        if !self.bounds.is_empty() {
            let mut lower = vec![f64::NEG_INFINITY; names.len()];
            let mut upper = vec![f64::INFINITY; names.len()];
            for (name, low, high) in &self.bounds {
                for j in places(names, "bounds", name)? {
                    (lower[j], upper[j]) = (*low, *high);
                }
            }
            (model.lower, model.upper) = (Some(lower), Some(upper));
        }
        for name in &self.together {
            model.groups.push(ColumnGroup::new(places(names, "together", name)?));
        }
        for (name, direction) in &self.monotone {
            let columns = places(names, "monotone", name)?;
            let before = before(design, &columns);
            model.monotone.push(MonotoneTerm { columns, direction: *direction, before });
        }
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_levels_are_no_part_of_a_term() {
        for (column, term) in [
            ("x", "x"),
            ("region[T.north]", "region"),
            ("a[x]:b[y (z)]", "a:b"),
            ("bs(x, df=4)[1]", "bs(x, df=4)"),
            ("C(g, levels=[\"lo\", \"hi\"])[T.hi]", "C(g, levels=[\"lo\", \"hi\"])"),
            ("g[odd]]", "g]"),
        ] {
            assert_eq!(term_of(column), term);
        }
        let names = ["bs(x, df=4)[1]".to_owned(), "bs(x, df=4)[2]".to_owned(), "z".to_owned()];
        assert_eq!(places(&names, "bounds", "bs(x,df=4)").unwrap(), [0, 1]);
        assert_eq!(places(&names, "bounds", " bs(x, df=4)[2]").unwrap(), [1]);
    }
}
