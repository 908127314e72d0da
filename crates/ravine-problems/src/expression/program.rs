//! Expressions as flat programs for a stack.

use std::f64::consts::{LN_2, LN_10};

use ravine::autodiff::{LeftOperand, Real};

/// One operation; operands are taken from the top of the stack, the result is put there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operation {
    Constant(f64),
    Variable(usize),
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    /// With the operand on the stack as base.
    IntegerPower(i32),
    /// With the operand on the stack as base.
    ConstantPower(f64),
    Power,
    Unary(Unary),
    Atan2,
    /// Of so many operands.
    Minimum(usize),
    /// Of so many operands.
    Maximum(usize),
    /// Of so many operands.
    LogSumExp(usize),
}

/// Functions of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Exp,
    ExpM1,
    Ln,
    Ln1P,
    Log2,
    Log10,
    Sqrt,
    Abs,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Sigmoid,
    Softplus,
}

impl Unary {
    fn apply<R: Real>(self, x: R) -> R
    where
        f64: LeftOperand<R>,
    {
        match self {
            Self::Exp => x.exp(),
            Self::ExpM1 => x.exp_m1(),
            Self::Ln => x.ln(),
            Self::Ln1P => x.ln_1p(),
            Self::Log2 => x.ln() / LN_2,
            Self::Log10 => x.ln() / LN_10,
            Self::Sqrt => x.sqrt(),
            Self::Abs => x.abs(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Asin => x.asin(),
            Self::Acos => x.acos(),
            Self::Atan => x.atan(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => x.tanh(),
            // The exponential of a positive number could overflow.
            Self::Sigmoid if x.value() >= 0.0 => 1.0 / ((-x).exp() + 1.0),
            Self::Sigmoid => {
                let small = x.exp();
                small / (small + 1.0)
            }
            Self::Softplus => x.softplus(),
        }
    }
}

impl Operation {
    /// How many operands it takes.
    fn operands(self) -> usize {
        match self {
            Self::Constant(_) | Self::Variable(_) => 0,
            Self::Negate | Self::IntegerPower(_) | Self::ConstantPower(_) | Self::Unary(_) => 1,
            Self::Add
            | Self::Subtract
            | Self::Multiply
            | Self::Divide
            | Self::Power
            | Self::Atan2 => 2,
            Self::Minimum(count) | Self::Maximum(count) | Self::LogSumExp(count) => count,
        }
    }

    /// The result; `operands` are as many as it takes.
    fn apply<R: Real>(self, x: &[R], operands: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        match (self, operands) {
            (Self::Constant(value), _) => R::from(value),
            (Self::Variable(i), _) => x[i],
            (Self::Add, &[a, b]) => a + b,
            (Self::Subtract, &[a, b]) => a - b,
            (Self::Multiply, &[a, b]) => a * b,
            (Self::Divide, &[a, b]) => a / b,
            (Self::Power, &[a, b]) => a.pow(b),
            (Self::Atan2, &[a, b]) => a.atan2(b),
            (Self::Negate, &[a]) => -a,
            (Self::IntegerPower(k), &[a]) => a.powi(k),
            (Self::ConstantPower(c), &[a]) => a.powf(c),
            (Self::Unary(unary), &[a]) => unary.apply(a),
            (Self::Minimum(_), &[first, ref rest @ ..]) => {
                rest.iter().fold(first, |least, &a| least.min(a))
            }
            (Self::Maximum(_), &[first, ref rest @ ..]) => {
                rest.iter().fold(first, |most, &a| most.max(a))
            }
            (Self::LogSumExp(_), operands) => R::log_sum_exp(operands),
            // The parser never gives another number of operands.
            _ => R::from(f64::NAN),
        }
    }
}

/// The most numbers that fit on the stack without an allocation.
const SMALL: usize = 24;

/// Operations in the order they are done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Program {
    operations: Vec<Operation>,
    /// The numbers on the stack after all operations so far, and at most.
    height: usize,
    highest: usize,
}

impl Program {
    /// Appends an operation. Constants are computed at once, and powers with a constant exponent
    /// become powers of one operand.
    pub fn push(&mut self, operation: Operation) {
        if let (Operation::Power, Some(&Operation::Constant(exponent))) =
            (operation, self.operations.last())
        {
            self.operations.pop();
            self.height -= 1;
            // Up to this exponent, products are more accurate than a logarithm, or as accurate.
            let whole = exponent.fract() == 0.0 && exponent.abs() <= 1024.0;
            return self.push(match exponent {
                _ if whole => Operation::IntegerPower(exponent as i32),
                0.5 => Operation::Unary(Unary::Sqrt),
                _ => Operation::ConstantPower(exponent),
            });
        }
        let count = operation.operands();
        let first = self.operations.len().saturating_sub(count);
        let constants: Vec<f64> = self.operations[first..]
            .iter()
            .map_while(|o| if let Operation::Constant(c) = o { Some(*c) } else { None })
            .collect();
        self.height = self.height + 1 - count.min(self.height);
        self.highest = self.highest.max(self.height);
        if count > 0 && constants.len() == count {
            self.operations.truncate(first);
            self.operations.push(Operation::Constant(operation.apply(&[], &constants)));
        } else {
            self.operations.push(operation);
        }
    }

    /// Gives the variables new numbers.
    pub fn renumber(&mut self, new: &[usize]) {
        for operation in &mut self.operations {
            if let Operation::Variable(i) = operation {
                *i = new[*i];
            }
        }
    }

    /// The value at `x`; NaN of the empty program.
    pub fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        if self.highest <= SMALL {
            return self.evaluate_on(x, &mut [R::from(0.0); SMALL]);
        }
        self.evaluate_on(x, &mut vec![R::from(0.0); self.highest])
    }

    fn evaluate_on<R: Real>(&self, x: &[R], stack: &mut [R]) -> R
    where
        f64: LeftOperand<R>,
    {
        let mut top = 0;
        for operation in &self.operations {
            let first = top - operation.operands();
            stack[first] = operation.apply(x, &stack[first..top]);
            top = first + 1;
        }
        if top == 1 { stack[0] } else { R::from(f64::NAN) }
    }
}
