//! Tokens into programs, by precedence climbing.

use std::cmp::Ordering;

use super::error::ExpressionError;
use super::lexer::{Token, tokens};
use super::program::{Operation, Program, Unary};
use ravine_text::did_you_mean;

/// How deep parentheses, signs and exponents may be nested.
const DEEPEST: usize = 256;

/// The functions of one argument.
const UNARY: [(&str, Unary); 20] = [
    ("exp", Unary::Exp),
    ("expm1", Unary::ExpM1),
    ("ln", Unary::Ln),
    ("log", Unary::Ln),
    ("log1p", Unary::Ln1P),
    ("log2", Unary::Log2),
    ("log10", Unary::Log10),
    ("sqrt", Unary::Sqrt),
    ("abs", Unary::Abs),
    ("sin", Unary::Sin),
    ("cos", Unary::Cos),
    ("tan", Unary::Tan),
    ("asin", Unary::Asin),
    ("acos", Unary::Acos),
    ("atan", Unary::Atan),
    ("sinh", Unary::Sinh),
    ("cosh", Unary::Cosh),
    ("tanh", Unary::Tanh),
    ("sigmoid", Unary::Sigmoid),
    ("softplus", Unary::Softplus),
];

/// The functions of several arguments.
const SEVERAL: [&str; 5] = ["pow", "atan2", "min", "max", "logsumexp"];

fn is_function(name: &str) -> bool {
    UNARY.iter().any(|(n, _)| *n == name) || SEVERAL.contains(&name)
}

/// The program of an expression and the names of its variables, sorted.
pub(super) fn parse(source: &str) -> Result<(Program, Vec<String>), ExpressionError> {
    let mut parser = Parser {
        source,
        tokens: tokens(source)?,
        at: 0,
        depth: 0,
        program: Program::default(),
        names: Vec::new(),
    };
    parser.sum()?;
    match parser.token() {
        Token::End => {}
        Token::Close => return Err(parser.error("there is no `(` for this `)`")),
        Token::Comma => return Err(parser.error("a `,` separates arguments of a function only")),
        other => {
            let message = format!("expected an operator before {}", other.describe());
            return Err(parser.error(message));
        }
    }
    let Parser { mut program, names: mut sorted, .. } = parser;
    sorted.sort_unstable_by(|a, b| natural_order(&a.0, &b.0));
    let mut new = vec![0; sorted.len()];
    for (position, (_, number)) in sorted.iter().enumerate() {
        new[*number] = position;
    }
    program.renumber(&new);
    Ok((program, sorted.into_iter().map(|(name, _)| name).collect()))
}

/// By letters, then by the number at the end.
fn natural_order(a: &str, b: &str) -> Ordering {
    let split = |name: &str| {
        let letters = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let digits = name[letters.len()..].trim_start_matches('0').to_owned();
        (letters, digits.len(), digits)
    };
    split(a).cmp(&split(b)).then_with(|| a.cmp(b))
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    program: Program,
    /// Variables, sorted, with their numbers by first appearance: a table of hashes would be two
    /// percent of the page's module.
    names: Vec<(String, usize)>,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at].0
    }

    /// Moves on; the end is never passed.
    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn error(&self, message: impl Into<String>) -> ExpressionError {
        ExpressionError::new(self.source, self.tokens[self.at].1, message)
    }

    /// One level deeper.
    fn nested(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<(), ExpressionError>,
    ) -> Result<(), ExpressionError> {
        if self.depth == DEEPEST {
            let message = format!("nested deeper than {DEEPEST} levels");
            return Err(self.error(message));
        }
        self.depth += 1;
        parse(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// `product {(+ | -) product}`.
    fn sum(&mut self) -> Result<(), ExpressionError> {
        self.product()?;
        loop {
            let operation = match self.token() {
                Token::Plus => Operation::Add,
                Token::Minus => Operation::Subtract,
                _ => return Ok(()),
            };
            self.advance();
            self.product()?;
            self.program.push(operation);
        }
    }

    /// `signed {(* | / | nothing) signed}`.
    fn product(&mut self) -> Result<(), ExpressionError> {
        self.signed()?;
        let mut divided = false;
        loop {
            let operation = match self.token() {
                Token::Times => Operation::Multiply,
                Token::Over => Operation::Divide,
                Token::Name(_) | Token::Open => {
                    if divided {
                        let message = format!(
                            "unclear after a division: put parentheses around the product, or \
                             write `*` before {}",
                            self.token().describe()
                        );
                        return Err(self.error(message));
                    }
                    // No sign: the factor starts here.
                    self.power()?;
                    self.program.push(Operation::Multiply);
                    continue;
                }
                _ => return Ok(()),
            };
            divided = operation == Operation::Divide;
            self.advance();
            self.signed()?;
            self.program.push(operation);
        }
    }

    /// `{+ | -} power`.
    fn signed(&mut self) -> Result<(), ExpressionError> {
        match self.token() {
            Token::Minus => {
                self.advance();
                self.nested(Self::signed)?;
                self.program.push(Operation::Negate);
                Ok(())
            }
            Token::Plus => {
                self.advance();
                self.nested(Self::signed)
            }
            _ => self.power(),
        }
    }

    /// `factor [^ signed]`.
    fn power(&mut self) -> Result<(), ExpressionError> {
        self.factor()?;
        if *self.token() == Token::Power {
            self.advance();
            self.nested(Self::signed)?;
            self.program.push(Operation::Power);
        }
        Ok(())
    }

    /// A number, a name, a call or parentheses.
    fn factor(&mut self) -> Result<(), ExpressionError> {
        match self.token().clone() {
            Token::Number(number) => {
                self.program.push(Operation::Constant(number));
                self.advance();
                Ok(())
            }
            Token::Name(name) => self.name(name),
            Token::Open => {
                let open = self.at;
                self.advance();
                self.nested(Self::sum)?;
                self.close(open)
            }
            Token::End if self.at == 0 => Err(self.error("there is nothing")),
            other => {
                let message = format!(
                    "expected a number, a variable, a function or `(`, not {}",
                    other.describe()
                );
                Err(self.error(message))
            }
        }
    }

    /// The `)` of the `(` at token `open`.
    fn close(&mut self, open: usize) -> Result<(), ExpressionError> {
        match self.token() {
            Token::Close => {
                self.advance();
                Ok(())
            }
            Token::End => {
                self.at = open;
                Err(self.error("this `(` has no `)`"))
            }
            Token::Comma => Err(self.error("a `,` separates arguments of a function only")),
            other => {
                let message = format!("expected an operator or `)` before {}", other.describe());
                Err(self.error(message))
            }
        }
    }

    /// A constant, a call or a variable.
    fn name(&mut self, name: String) -> Result<(), ExpressionError> {
        let called = self.tokens.get(self.at + 1).is_some_and(|(token, _)| *token == Token::Open);
        if is_function(&name) {
            if !called {
                let message = format!("the function `{name}` needs its arguments in parentheses");
                return Err(self.error(message));
            }
            return self.call(&name);
        }
        let constant = match name.as_str() {
            "pi" | "\u{3c0}" => Some(std::f64::consts::PI),
            "e" => Some(std::f64::consts::E),
            _ => None,
        };
        if let Some(constant) = constant {
            self.program.push(Operation::Constant(constant));
            self.advance();
            return Ok(());
        }
        if called {
            let functions = UNARY.iter().map(|(name, _)| *name).chain(SEVERAL);
            let hint = did_you_mean(&name, functions);
            let message =
                format!("there is no function `{name}`{hint}; a product is written `{name}*(`");
            return Err(self.error(message));
        }
        let next = self.names.len();
        let number = match self.names.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(place) => self.names[place].1,
            Err(place) => {
                self.names.insert(place, (name, next));
                next
            }
        };
        self.program.push(Operation::Variable(number));
        self.advance();
        Ok(())
    }

    /// `name(sum, ...)`.
    fn call(&mut self, name: &str) -> Result<(), ExpressionError> {
        let function = self.at;
        self.advance();
        let open = self.at;
        self.advance();
        let mut count = 0;
        if *self.token() != Token::Close {
            self.nested(Self::sum)?;
            count = 1;
            while *self.token() == Token::Comma {
                self.advance();
                self.nested(Self::sum)?;
                count += 1;
            }
        }
        self.close(open)?;
        let unary = UNARY.iter().find(|(n, _)| *n == name).map(|(_, unary)| *unary);
        let (operation, allowed, takes) = match (unary, name) {
            (Some(unary), _) => (Operation::Unary(unary), count == 1, "one argument"),
            (None, "pow") => (Operation::Power, count == 2, "two arguments"),
            (None, "atan2") => (Operation::Atan2, count == 2, "two arguments"),
            (None, "min") => (Operation::Minimum(count), count > 0, "at least one argument"),
            (None, "max") => (Operation::Maximum(count), count > 0, "at least one argument"),
            (None, _) => (Operation::LogSumExp(count), count > 0, "at least one argument"),
        };
        if !allowed {
            self.at = function;
            let message = format!("`{name}` takes {takes}, not {count}");
            return Err(self.error(message));
        }
        self.program.push(operation);
        Ok(())
    }
}
