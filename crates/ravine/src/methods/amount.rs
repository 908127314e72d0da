//! What methods cost and keep, as sums of products of sizes.

use std::fmt;
use std::ops::{Add, Mul};

macro_rules! sizes {
    ($($letter:ident: $what:literal,)*) => {
        /// The sizes that costs and memory depend on, by their letters.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Sizes {
            $(#[doc = concat!("The number of ", $what, ".")] pub $letter: f64,)*
        }

        /// The letters and what they count.
        const LETTERS: &[(&str, &str)] = &[$((stringify!($letter), $what)),*];

        impl Sizes {
            fn in_order(&self) -> [f64; LETTERS.len()] {
                [$(self.$letter),*]
            }
        }
    };
}

sizes! {
    n: "variables",
    m: "secant pairs kept",
    k: "products a step",
    q: "rows or columns of a sketch, dimensions of a subspace",
    r: "residuals",
    c: "cases of a sample",
    s: "stored entries of a sparse Hessian",
    l: "stored entries of its factor",
}

/// A sum of terms such as `4 m n`, `1/6 n^3` or `2 k gradients`: numbers, and evaluations in words.
///
/// Of a cost, the numbers are multiplications, most of them with an addition, and the evaluations are
/// those of the objective; what every step has, a value and a gradient, is left out. Of memory, they
/// are numbers kept.
///
/// ```
/// use ravine::methods::{Sizes, named};
///
/// let memory = named("lbfgs")?.memory();
/// assert_eq!(memory.to_string(), "2 m n + 7 n");
/// assert_eq!(memory.at(&Sizes { n: 1e6, m: 10.0, ..Sizes::default() }), 27e6);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Amount(Vec<Term>);

/// A multiple of a product of sizes, or of an evaluation.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    factor: f64,
    /// The powers of the letters.
    powers: [u8; LETTERS.len()],
    /// Of what; empty for numbers.
    of: String,
}

impl Amount {
    /// Reads a sum as it is written: a factor, letters with powers, then words.
    pub(super) fn read(text: &str) -> Self {
        let terms = text.split(" + ").map(str::trim).filter(|term| !term.is_empty());
        Self(terms.map(Term::read).collect())
    }

    /// The numbers; evaluations are not counted.
    pub fn at(&self, sizes: &Sizes) -> f64 {
        let numbers = self.0.iter().filter(|term| term.of.is_empty());
        numbers.map(|term| term.factor * term.product(sizes)).sum()
    }

    /// The letters in it, and what they count.
    ///
    /// ```
    /// let memory = ravine::methods::named("lbfgs")?.memory();
    /// assert_eq!(memory.letters(), [("n", "variables"), ("m", "secant pairs kept")]);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn letters(&self) -> Vec<(&'static str, &'static str)> {
        let used = |i: usize| self.0.iter().any(|term| term.powers[i] > 0);
        LETTERS.iter().enumerate().filter(|(i, _)| used(*i)).map(|(_, &letter)| letter).collect()
    }

    /// With `what`, in one or several, replaced by what it amounts to.
    pub(super) fn with(self, what: &str, amount: &Self) -> Self {
        self.0.into_iter().fold(Self::default(), |sum, term| {
            if term.of.strip_suffix('s').unwrap_or(&term.of) != what {
                return sum + Self(vec![term]);
            }
            sum + &Self(vec![Term { of: String::new(), ..term }]) * amount
        })
    }
}

impl Term {
    fn read(text: &str) -> Self {
        let mut term = Self { factor: 1.0, powers: [0; LETTERS.len()], of: String::new() };
        let mut rest = text;
        while !rest.is_empty() {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            if let Some(number) = number(word) {
                term.factor *= number;
            } else if let Some((letter, power)) = letter(word) {
                term.powers[letter] += power;
            } else {
                rest.clone_into(&mut term.of);
                break;
            }
            rest = after;
        }
        term
    }

    fn product(&self, sizes: &Sizes) -> f64 {
        let powers = self.powers.iter().zip(sizes.in_order());
        powers.map(|(&power, size)| size.powi(i32::from(power))).product()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.powers == other.powers && self.of == other.of
    }
}

/// `4`, `1.5` or `1/6`.
fn number(word: &str) -> Option<f64> {
    let (above, below) = word.split_once('/').unwrap_or((word, "1"));
    Some(above.parse::<f64>().ok()? / below.parse::<f64>().ok()?)
}

/// `n` or `n^2`: which letter, and its power.
fn letter(word: &str) -> Option<(usize, u8)> {
    let (letter, power) = word.split_once('^').unwrap_or((word, "1"));
    let place = LETTERS.iter().position(|(l, _)| *l == letter)?;
    Some((place, power.parse().ok()?))
}

impl Add for Amount {
    type Output = Self;

    /// Terms of the same kind are one.
    fn add(mut self, other: Self) -> Self {
        for term in other.0 {
            match self.0.iter_mut().find(|mine| mine.is_like(&term)) {
                Some(mine) => mine.factor += term.factor,
                None => self.0.push(term),
            }
        }
        self
    }
}

impl Mul for &Amount {
    type Output = Amount;

    /// Every term with every other; of their evaluations at most one has words.
    fn mul(self, other: Self) -> Amount {
        let products = self.0.iter().flat_map(|a| {
            other.0.iter().map(move |b| Term {
                factor: a.factor * b.factor,
                powers: std::array::from_fn(|i| a.powers[i] + b.powers[i]),
                of: format!("{}{}", a.of, b.of),
            })
        });
        products.fold(Amount::default(), |sum, term| sum + Amount(vec![term]))
    }
}

impl fmt::Display for Amount {
    /// Evaluations first, then the numbers by falling powers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms: Vec<_> = self.0.iter().collect();
        let degree = |term: &Term| term.powers.iter().sum::<u8>();
        terms.sort_by_key(|term| (term.of.is_empty(), std::cmp::Reverse(degree(term))));
        let terms: Vec<_> = terms.into_iter().map(Term::to_string).collect();
        f.write_str(&terms.join(" + "))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        let inverse = 1.0 / self.factor;
        let fraction = self.factor < 1.0 && (inverse - inverse.round()).abs() < 1e-9;
        match () {
            () if fraction => words.push(format!("1/{inverse:.0}")),
            () if self.factor != 1.0 => words.push(self.factor.to_string()),
            () => {}
        }
        // n comes last: pairs, products and columns are of n entries.
        let letters = LETTERS.iter().zip(&self.powers).filter(|&(_, &power)| power > 0);
        words.extend(letters.rev().map(|((letter, _), power)| match power {
            1 => (*letter).to_owned(),
            _ => format!("{letter}^{power}"),
        }));
        match self.of.as_str() {
            "" if words.is_empty() => words.push("1".to_owned()),
            "" => {}
            of if words.is_empty() || of.ends_with('s') => words.push(of.to_owned()),
            of => words.push(format!("{of}s")),
        }
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_written_and_added_up() {
        let sizes = Sizes { n: 10.0, m: 3.0, k: 2.0, ..Sizes::default() };
        for (text, number) in [
            ("4 m n", 120.0),
            ("1/6 n^3 + 2 n", 1000.0 / 6.0 + 20.0),
            ("Hessian + n^2", 100.0),
            ("2 k gradients + 1.5 k^2 n", 60.0),
            ("further values", 0.0),
        ] {
            let amount = Amount::read(text);
            assert_eq!(amount.to_string(), text);
            assert!((amount.at(&sizes) - number).abs() < 1e-12, "{text}");
        }
        let sum = Amount::read("n + 2 m n") + Amount::read("3 n + n^2 + Hessian");
        assert_eq!(sum.to_string(), "Hessian + 2 m n + n^2 + 4 n");
        assert_eq!(Amount::default().to_string(), "");
    }

    #[test]
    fn what_is_asked_of_another_is_replaced() {
        let step = || Amount::read("k products + product + 7 k n");
        let exact = step().with("product", &Amount::read("Hessian product"));
        assert_eq!(exact.to_string(), "k Hessian products + Hessian product + 7 k n");
        let dense = step().with("product", &Amount::read("n^2"));
        assert_eq!(dense.to_string(), "k n^2 + n^2 + 7 k n");
        let free = step().with("product", &Amount::default());
        assert_eq!(free.to_string(), "7 k n");
    }
}
