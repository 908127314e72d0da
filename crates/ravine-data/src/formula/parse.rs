//! From text to a tree.

use super::expression::{Argument, Call, Expr, Operator};
use super::lex::{Token, Word, words};
use super::position::{At, mistake};
use crate::DataError;

/// The right side of a formula, as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A number: 0 and 1 mean the intercept, others scale.
    Number(f64, At),
    Factor(Expr, At),
    /// All columns that the left side does not use.
    Dot(At),
    /// Terms added, and taken away.
    Sum(Vec<(Sign, Node)>),
    Product(Product, Box<Node>, Box<Node>),
    Power(Box<Node>, u32, At),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// `a:b`
    Interact,
    /// `a*b`
    Cross,
    /// `a/b`
    Nest,
}

/// Most brackets in each other.
const DEEPEST: usize = 40;
/// Most products of terms in a row.
const LONGEST: usize = 24;
/// Most operators in one arithmetic expression, so that its tree is not too tall to be walked.
const MOST_OPERATORS: usize = 500;
/// Most arguments of a call and entries of a list.
const MOST_ARGUMENTS: usize = 4096;

pub(super) struct Parser<'t> {
    text: &'t str,
    words: Vec<Word>,
    next: usize,
    depth: usize,
    /// In the arithmetic expression that is read.
    operators: usize,
}

type Parsed<T> = Result<T, DataError>;

/// The two sides of a formula.
pub(super) fn formula(text: &str) -> Parsed<(Option<Expr>, Node)> {
    let mut parser = Parser { text, words: words(text)?, next: 0, depth: 0, operators: 0 };
    let sided = parser.words.iter().any(|word| word.token == Token::Symbol("~"));
    let mut left = None;
    if sided {
        if !parser.is("~") {
            left = Some(parser.left()?);
        }
        parser.expect("~", "one name or one call stands on the left of `~`")?;
    }
    let right = parser.sum()?;
    match parser.word().token {
        Token::End => Ok((left, right)),
        Token::Symbol("~") => Err(parser.wrong("there is one `~` in a formula")),
        _ => Err(parser.unexpected("an operator")),
    }
}

/// An expression alone.
pub(super) fn expression(text: &str) -> Parsed<Expr> {
    let mut parser = Parser { text, words: words(text)?, next: 0, depth: 0, operators: 0 };
    let expr = if parser.is("{") { parser.braces()? } else { parser.arithmetic()? };
    match parser.word().token {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("an operator")),
    }
}

impl Parser<'_> {
    fn word(&self) -> &Word {
        // The last word is the end, which nothing moves past.
        &self.words[self.next.min(self.words.len() - 1)]
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.word().token, Token::Symbol(other) if other == symbol)
    }

    fn advance(&mut self) -> Word {
        let word = self.word().clone();
        self.next += 1;
        word
    }

    /// Moves past a symbol if it is next.
    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str, message: &str) -> Parsed<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.wrong(message)) }
    }

    fn wrong(&self, message: impl Into<String>) -> DataError {
        mistake(self.text, self.word().at, message)
    }

    /// An error that names what stands here and what should.
    fn unexpected(&self, wanted: &str) -> DataError {
        let found = match &self.word().token {
            Token::End => {
                return self.wrong(format!("the formula ends where {wanted} should follow"));
            }
            Token::Symbol("|") => {
                return self.wrong("`|` (groups of random effects) is not known here");
            }
            Token::Symbol("==" | "!=" | "<" | ">" | "<=" | ">=") => {
                return self.wrong("comparisons are not known here; add a column to the data");
            }
            Token::Name { name, .. } => name.clone(),
            Token::Number(text) => text.clone(),
            Token::Text(_) => return self.wrong("texts in quotes stand within calls only"),
            Token::Symbol(symbol) => (*symbol).to_owned(),
        };
        self.wrong(format!("`{found}` stands where {wanted} should"))
    }

    /// Reads what is in brackets, one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} brackets are in each other here")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The left side.
    fn left(&mut self) -> Parsed<Expr> {
        match self.unit()? {
            Node::Factor(expr, _) => Ok(expr),
            Node::Number(_, At(at)) => {
                Err(mistake(self.text, at, "a number cannot be explained; name a column"))
            }
            Node::Dot(At(at)) => Err(mistake(self.text, at, "`.` stands on the right side only")),
            _ => Err(mistake(self.text, 0, "one name or one call stands on the left of `~`")),
        }
    }

    /// A run of signs; `None` where there is none.
    fn sign(&mut self) -> Option<Sign> {
        let mut sign = None;
        loop {
            let minus = self.is("-");
            if !minus && !self.is("+") {
                return sign;
            }
            self.next += 1;
            let flipped = (sign == Some(Sign::Minus)) != minus;
            sign = Some(if flipped { Sign::Minus } else { Sign::Plus });
        }
    }

    fn sum(&mut self) -> Parsed<Node> {
        let mut terms = Vec::new();
        let mut sign = self.sign().unwrap_or(Sign::Plus);
        loop {
            terms.push((sign, self.product()?));
            match self.sign() {
                Some(next) => sign = next,
                None => return Ok(Node::Sum(terms)),
            }
        }
    }

    fn product(&mut self) -> Parsed<Node> {
        let mut left = self.interaction()?;
        for _ in 0..=LONGEST {
            if self.take("*") {
                let right = self.interaction()?;
                left = Node::Product(Product::Cross, left.into(), right.into());
            } else if self.take("/") {
                let right = self.interaction()?;
                left = Node::Product(Product::Nest, left.into(), right.into());
            } else if self.take("%in%") {
                let right = self.interaction()?;
                left = Node::Product(Product::Nest, right.into(), left.into());
            } else {
                return Ok(left);
            }
        }
        Err(self.wrong(format!("more than {LONGEST} products follow each other here")))
    }

    fn interaction(&mut self) -> Parsed<Node> {
        let mut left = self.power()?;
        for _ in 0..=LONGEST {
            if !self.take(":") {
                return Ok(left);
            }
            let right = self.power()?;
            left = Node::Product(Product::Interact, left.into(), right.into());
        }
        Err(self.wrong(format!("more than {LONGEST} products follow each other here")))
    }

    fn power(&mut self) -> Parsed<Node> {
        let base = self.unit()?;
        if !self.is("**") && !self.is("^") {
            return Ok(base);
        }
        let at = At(self.advance().at);
        let exponent = match &self.word().token {
            Token::Number(text) => {
                text.parse::<u32>().ok().filter(|power| (1..=64).contains(power))
            }
            _ => None,
        };
        let Some(exponent) = exponent else {
            return Err(self.wrong("the power of terms is a whole number from 1 to 64"));
        };
        self.next += 1;
        if self.is("**") || self.is("^") {
            return Err(self.wrong("a power is not raised to a power again; use brackets"));
        }
        Ok(Node::Power(base.into(), exponent, at))
    }

    /// A name, number, call, or what is in brackets.
    fn unit(&mut self) -> Parsed<Node> {
        let at = At(self.word().at);
        self.operators = 0;
        match self.word().token.clone() {
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.deeper(Self::sum)?;
                if !self.take(")") {
                    return Err(self.unexpected("an operator or `)`"));
                }
                // A sum in a sum keeps its bounds: `(x - 1)` takes nothing from outside.
                Ok(inner)
            }
            Token::Symbol("{") => Ok(Node::Factor(self.braces()?, at)),
            Token::Symbol(".") => {
                self.next += 1;
                Ok(Node::Dot(at))
            }
            Token::Number(text) => {
                self.next += 1;
                Ok(Node::Number(self.value(&text, at)?, at))
            }
            Token::Name { name, quoted } => {
                self.next += 1;
                if !quoted && self.word().joined && self.is("(") {
                    return Ok(Node::Factor(Expr::Call(self.call(name, at)?), at));
                }
                if self.word().joined && self.is("[") {
                    return Err(self.wrong("parts of columns by brackets are not known here"));
                }
                Ok(Node::Factor(Expr::Name(name, at), at))
            }
            _ => Err(self.unexpected("a term")),
        }
    }

    fn value(&self, text: &str, at: At) -> Parsed<f64> {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(mistake(self.text, at.0, format!("`{text}` is no finite number"))),
        }
    }

    fn braces(&mut self) -> Parsed<Expr> {
        self.next += 1;
        let inner = self.deeper(|parser| parser.arithmetic())?;
        if !self.take("}") {
            return Err(self.unexpected("an operator or `}`"));
        }
        Ok(Expr::Braces(inner.into()))
    }

    /// The arguments of a call whose name was read.
    fn call(&mut self, function: String, at: At) -> Parsed<Call> {
        self.next += 1;
        let arguments = self.deeper(|parser| {
            let mut arguments = Vec::new();
            while !parser.take(")") {
                if !arguments.is_empty() && !parser.take(",") {
                    return Err(parser.unexpected("`,` or `)`"));
                }
                if arguments.len() == MOST_ARGUMENTS {
                    return Err(parser.wrong(format!("there are more than {MOST_ARGUMENTS} here")));
                }
                arguments.push(parser.argument()?);
            }
            Ok(arguments)
        })?;
        Ok(Call { function, arguments, at })
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let at = At(self.word().at);
        let mut keyword = None;
        if let Token::Name { name, quoted: false } = &self.word().token
            && self.words[self.next + 1].token == Token::Symbol("=")
        {
            keyword = Some(name.clone());
            self.next += 2;
        }
        Ok(Argument { keyword, value: self.arithmetic()?, at })
    }

    /// Sums, from the left.
    fn arithmetic(&mut self) -> Parsed<Expr> {
        let mut left = self.multiplication()?;
        loop {
            let operator = match self.word().token {
                Token::Symbol("+") => Operator::Add,
                Token::Symbol("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            self.count()?;
            let right = self.multiplication()?;
            left = Expr::Binary(operator, left.into(), right.into());
        }
    }

    fn multiplication(&mut self) -> Parsed<Expr> {
        let mut left = self.signed()?;
        loop {
            let operator = match self.word().token {
                Token::Symbol("*") => Operator::Multiply,
                Token::Symbol("/") => Operator::Divide,
                _ => return Ok(left),
            };
            self.next += 1;
            self.count()?;
            let right = self.signed()?;
            left = Expr::Binary(operator, left.into(), right.into());
        }
    }

    /// Counts an operator.
    fn count(&mut self) -> Parsed<()> {
        if self.operators == MOST_OPERATORS {
            let message = format!("more than {MOST_OPERATORS} operators are in one expression");
            return Err(self.wrong(message));
        }
        self.operators += 1;
        Ok(())
    }

    fn signed(&mut self) -> Parsed<Expr> {
        if self.take("+") {
            self.count()?;
            return self.signed();
        }
        if self.take("-") {
            self.count()?;
            return Ok(Expr::Negative(self.signed()?.into()));
        }
        let base = self.primary()?;
        if !self.take("**") && !self.take("^") {
            return Ok(base);
        }
        // A power groups from the right: 2 ** 3 ** 2 is 2 ** 9.
        self.count()?;
        let exponent = self.signed()?;
        Ok(Expr::Binary(Operator::Power, base.into(), exponent.into()))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let at = At(self.word().at);
        match self.word().token.clone() {
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.deeper(|parser| parser.arithmetic())?;
                if !self.take(")") {
                    return Err(self.unexpected("an operator or `)`"));
                }
                Ok(inner)
            }
            Token::Symbol("[") => {
                self.next += 1;
                self.deeper(|parser| {
                    let mut items = Vec::new();
                    while !parser.take("]") {
                        if !items.is_empty() && !parser.take(",") {
                            return Err(parser.unexpected("`,` or `]`"));
                        }
                        if items.len() == MOST_ARGUMENTS {
                            let message = format!("there are more than {MOST_ARGUMENTS} here");
                            return Err(parser.wrong(message));
                        }
                        items.push(parser.arithmetic()?);
                    }
                    Ok(Expr::List(items))
                })
            }
            Token::Number(text) => {
                self.next += 1;
                Ok(Expr::Number(self.value(&text, at)?, text))
            }
            Token::Text(text) => {
                self.next += 1;
                Ok(Expr::Text(text))
            }
            Token::Name { name, quoted } => {
                self.next += 1;
                if !quoted && self.word().joined && self.is("(") {
                    return Ok(Expr::Call(self.call(name, at)?));
                }
                Ok(Expr::Name(name, at))
            }
            _ => Err(self.unexpected("a value")),
        }
    }
}
