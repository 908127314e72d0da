//! Which columns of a product of factors are new beside those of the terms before.
//!
//! A factor that spans a constant (a category, all of whose indicators add up to one) is its reduced form
//! and a constant; a product of such factors is therefore a sum of simple products of reduced forms. What
//! earlier terms span already is left out, and what remains is put together again to as few products as
//! possible, in which some factors are whole.

use std::collections::{BTreeMap, HashSet};

/// How a factor enters a product.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Coding {
    /// All of its columns.
    Whole,
    /// Without what the constant spans.
    Reduced,
}

/// A product: factors by number, with their codings, in the order of the term.
pub(super) type Part = Vec<(usize, Coding)>;

/// Most factors of one product that span a constant: they make 2^10 simple products.
pub(super) const MOST_SPANNING: usize = 10;

/// A simple product, as a set.
type Simple = BTreeMap<usize, Coding>;

/// The products that each term contributes. `spans[k]` says whether factor k spans a constant.
///
/// The number of factors of a term that do is at most [`MOST_SPANNING`].
pub(super) fn parts(terms: &[Vec<usize>], spans: &[bool]) -> Vec<Vec<Part>> {
    let mut spanned: HashSet<Simple> = HashSet::new();
    let each = |factors: &Vec<usize>| {
        let mut new: Vec<Simple> = simple_products(factors, spans);
        new.retain(|simple| !spanned.contains(simple));
        spanned.extend(new.iter().cloned());
        let ordered = |simple: Simple| {
            factors.iter().filter_map(|k| simple.get(k).map(|&coding| (*k, coding))).collect()
        };
        put_together(new).into_iter().map(ordered).collect()
    };
    terms.iter().map(each).collect()
}

/// All products of reduced forms that a term spans, those with the first factor first.
fn simple_products(factors: &[usize], spans: &[bool]) -> Vec<Simple> {
    let mut products = vec![Simple::new()];
    for &k in factors {
        products = products
            .into_iter()
            .flat_map(|product| {
                let mut with = product.clone();
                let coding = if spans[k] { Coding::Reduced } else { Coding::Whole };
                with.insert(k, coding);
                std::iter::once(with).chain(spans[k].then_some(product))
            })
            .collect();
    }
    products
}

/// Replaces `a:(reduced b)` and `a` by `a:(whole b)` as long as there are such.
fn put_together(mut products: Vec<Simple>) -> Vec<Simple> {
    loop {
        products.sort_by_key(Simple::len);
        let mut kept: Vec<Simple> = Vec::new();
        let mut changed = false;
        for product in products {
            let partner = kept.iter().enumerate().find_map(|(place, smaller)| {
                let whole = completed(smaller, &product)?;
                Some((place, whole))
            });
            match partner {
                Some((place, whole)) => {
                    kept.remove(place);
                    kept.push(whole);
                    changed = true;
                }
                None => kept.push(product),
            }
        }
        if !changed {
            return kept;
        }
        products = kept;
    }
}

/// The larger product with its one more factor whole, where that factor is reduced and the rest is the
/// smaller product.
fn completed(smaller: &Simple, larger: &Simple) -> Option<Simple> {
    if larger.len() != smaller.len() + 1 {
        return None;
    }
    if smaller.iter().any(|(k, coding)| larger.get(k) != Some(coding)) {
        return None;
    }
    let (&more, &coding) = larger.iter().find(|(k, _)| !smaller.contains_key(k))?;
    if coding != Coding::Reduced {
        return None;
    }
    let mut whole = smaller.clone();
    whole.insert(more, Coding::Whole);
    Some(whole)
}
