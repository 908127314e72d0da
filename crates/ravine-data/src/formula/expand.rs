//! From a tree to a list of terms.

use std::collections::{HashMap, HashSet};

use super::expression::{Expr, Quoted};
use super::parse::{Node, Product, Sign};
use super::position::{At, mistake};
use crate::DataError;

/// Most terms of a formula, so that a power does not fill the memory.
const MOST_TERMS: usize = 1 << 16;

/// A product of factors, by their numbers, times a number: `2:x:z`. The intercept has no factors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub factors: Vec<usize>,
    pub scale: f64,
}

/// A factor, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    pub expr: Expr,
    pub at: At,
}

/// What a right side comes to: the intercept, terms by degree and then by appearance, and what is added to
/// the linear predictor.
#[derive(Clone, Debug)]
pub(super) struct Expansion {
    pub intercept: bool,
    pub factors: Vec<Factor>,
    pub terms: Vec<Term>,
    pub offsets: Vec<Factor>,
}

impl Expansion {
    /// Of the right side, `dot` being the columns that `.` stands for.
    pub(super) fn of(text: &str, right: &Node, dot: &[String]) -> Result<Self, DataError> {
        let mut work = Work { text, dot, factors: Vec::new(), known: HashMap::new() };
        let mut list = TermList::default();
        list.add(Term { factors: Vec::new(), scale: 1.0 });
        match right {
            Node::Sum(terms) => work.sum_into(&mut list, terms)?,
            other => {
                work.sum_into(&mut list, std::slice::from_ref(&(Sign::Plus, other.clone())))?
            }
        }
        let Work { factors, .. } = work;
        let is_offset =
            |&k: &usize| matches!(&factors[k].expr, Expr::Call(call) if call.function == "offset");
        let (mut intercept, mut offsets, mut terms) = (false, Vec::new(), Vec::new());
        for (term, at) in list.into_terms() {
            match term.factors.as_slice() {
                [] if term.scale == 1.0 => intercept = true,
                [] => {
                    let message =
                        "a number only scales a term, as in `2:x`; 0 and 1 mean the intercept";
                    return Err(mistake(text, at.0, message));
                }
                [k] if is_offset(k) && term.scale == 1.0 => offsets.push(factors[*k].clone()),
                all => {
                    if let Some(&k) = all.iter().find(|k| is_offset(k)) {
                        let message = "an offset is no part of a product of terms";
                        return Err(mistake(text, factors[k].at.0, message));
                    }
                    terms.push(term);
                }
            }
        }
        terms.sort_by_key(|term| term.factors.len());
        Ok(Self { intercept, factors, terms, offsets })
    }

    /// What a term is called.
    pub(super) fn name(&self, term: &Term) -> String {
        let labels: Vec<String> =
            term.factors.iter().map(|&k| self.factors[k].expr.label()).collect();
        labels.join(":")
    }

    /// The right side in normal form.
    pub(super) fn right_side(&self) -> String {
        let mut parts = Vec::new();
        if !self.intercept {
            parts.push("0".to_owned());
        }
        for term in &self.terms {
            let scale = (term.scale != 1.0).then(|| term.scale.to_string());
            let factors = term.factors.iter().map(|&k| self.factors[k].expr.to_string());
            parts.push(scale.into_iter().chain(factors).collect::<Vec<_>>().join(":"));
        }
        parts.extend(self.offsets.iter().map(|offset| offset.expr.to_string()));
        if parts.is_empty() {
            parts.push("1".to_owned());
        }
        parts.join(" + ")
    }
}

/// Terms in order, each once.
#[derive(Clone, Default)]
struct TermList {
    /// Those taken away are `None`.
    terms: Vec<Option<(Term, At)>>,
    places: HashMap<(Vec<usize>, u64), usize>,
}

impl TermList {
    fn key(term: &Term) -> (Vec<usize>, u64) {
        let mut sorted = term.factors.clone();
        sorted.sort_unstable();
        (sorted, term.scale.to_bits())
    }

    fn add(&mut self, term: Term) {
        self.add_at(term, At(0));
    }

    fn add_at(&mut self, term: Term, at: At) {
        let place = self.terms.len();
        self.places.entry(Self::key(&term)).or_insert_with(|| {
            self.terms.push(Some((term, at)));
            place
        });
    }

    fn remove(&mut self, term: &Term) {
        if let Some(place) = self.places.remove(&Self::key(term)) {
            self.terms[place] = None;
        }
    }

    fn iter(&self) -> impl Iterator<Item = &(Term, At)> {
        self.terms.iter().flatten()
    }

    fn into_terms(self) -> impl Iterator<Item = (Term, At)> {
        self.terms.into_iter().flatten()
    }

    fn extend(&mut self, other: Self) {
        other.into_terms().for_each(|(term, at)| self.add_at(term, at));
    }

    fn len(&self) -> usize {
        self.places.len()
    }
}

struct Work<'w> {
    text: &'w str,
    dot: &'w [String],
    factors: Vec<Factor>,
    known: HashMap<String, usize>,
}

impl Work<'_> {
    fn factor(&mut self, expr: &Expr, at: At) -> usize {
        let next = self.factors.len();
        *self.known.entry(expr.to_string()).or_insert_with(|| {
            self.factors.push(Factor { expr: expr.clone(), at });
            next
        })
    }

    /// Adds and takes away terms; 0 takes the intercept away.
    fn sum_into(&mut self, list: &mut TermList, terms: &[(Sign, Node)]) -> Result<(), DataError> {
        for (sign, node) in terms {
            let (sign, part) = match (node, sign) {
                (Node::Number(0.0, at), sign) => {
                    let mut one = TermList::default();
                    one.add_at(Term { factors: Vec::new(), scale: 1.0 }, *at);
                    (if *sign == Sign::Plus { Sign::Minus } else { Sign::Plus }, one)
                }
                (node, sign) => (*sign, self.expand(node)?),
            };
            match sign {
                Sign::Plus => list.extend(part),
                Sign::Minus => part.iter().for_each(|(term, _)| list.remove(term)),
            }
            self.check(list.len(), At(0))?;
        }
        Ok(())
    }

    fn check(&self, count: usize, at: At) -> Result<(), DataError> {
        if count > MOST_TERMS {
            let message = format!("the formula has more than {MOST_TERMS} terms");
            return Err(mistake(self.text, at.0, message));
        }
        Ok(())
    }

    fn expand(&mut self, node: &Node) -> Result<TermList, DataError> {
        let mut list = TermList::default();
        match node {
            Node::Number(value, at) if *value == 0.0 => {
                let message = "0 takes the intercept away, and stands alone between signs";
                return Err(mistake(self.text, at.0, message));
            }
            Node::Number(value, at) => {
                list.add_at(Term { factors: Vec::new(), scale: *value }, *at)
            }
            Node::Factor(expr, at) => {
                let factor = self.factor(expr, *at);
                list.add_at(Term { factors: vec![factor], scale: 1.0 }, *at);
            }
            Node::Dot(at) => {
                for name in self.dot {
                    let factor = self.factor(&Expr::Name(name.clone(), *at), *at);
                    list.add_at(Term { factors: vec![factor], scale: 1.0 }, *at);
                }
            }
            Node::Sum(terms) => self.sum_into(&mut list, terms)?,
            Node::Power(base, exponent, at) => {
                let base = self.expand(base)?;
                list = base.clone();
                for _ in 1..*exponent {
                    let next = self.interact(&list, &base, *at)?;
                    let done = next.places.len() == list.places.len()
                        && next.places.keys().all(|key| list.places.contains_key(key));
                    list = next;
                    if done {
                        break;
                    }
                }
            }
            Node::Product(product, left, right) => {
                let at = left.at();
                let (left, right) = (self.expand(left)?, self.expand(right)?);
                match product {
                    Product::Interact => list = self.interact(&left, &right, at)?,
                    Product::Cross => {
                        let both = self.interact(&left, &right, at)?;
                        list = left;
                        list.extend(right);
                        list.extend(both);
                    }
                    Product::Nest => {
                        let mut all = Term { factors: Vec::new(), scale: 1.0 };
                        left.iter().for_each(|(term, _)| all = multiply(&all, term));
                        let mut outer = TermList::default();
                        outer.add_at(all, at);
                        let inner = self.interact(&outer, &right, at)?;
                        list = left;
                        list.extend(inner);
                    }
                }
            }
        }
        self.check(list.len(), At(0))?;
        Ok(list)
    }

    /// All products of a term of one with a term of the other.
    fn interact(&self, a: &TermList, b: &TermList, at: At) -> Result<TermList, DataError> {
        self.check(a.len().saturating_mul(b.len()) / 16, at)?;
        let mut list = TermList::default();
        for (left, at) in a.iter() {
            for (right, _) in b.iter() {
                list.add_at(multiply(left, right), *at);
            }
        }
        self.check(list.len(), at)?;
        Ok(list)
    }
}

/// `a:b`, each factor once.
fn multiply(a: &Term, b: &Term) -> Term {
    let seen: HashSet<usize> = a.factors.iter().copied().collect();
    let new = b.factors.iter().copied().filter(|k| !seen.contains(k));
    Term { factors: a.factors.iter().copied().chain(new).collect(), scale: a.scale * b.scale }
}

impl Node {
    /// Where it begins.
    fn at(&self) -> At {
        match self {
            Self::Number(_, at) | Self::Factor(_, at) | Self::Dot(at) => *at,
            Self::Power(base, ..) => base.at(),
            Self::Product(_, left, _) => left.at(),
            Self::Sum(terms) => terms.first().map_or(At(0), |(_, node)| node.at()),
        }
    }
}

/// The left side and the right one in one text.
pub(super) fn join(left: Option<&Expr>, right: &str) -> String {
    match left {
        Some(Expr::Name(name, _)) => format!("{} ~ {right}", Quoted(name)),
        Some(left) => format!("{left} ~ {right}"),
        None => right.to_owned(),
    }
}
