//! The problems: their derivatives and formulas.

mod catalogue;
mod derivatives;
mod expression;
