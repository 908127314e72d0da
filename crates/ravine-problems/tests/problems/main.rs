//! The problems: their derivatives, formulas, regressions and level lines.

mod catalogue;
mod contour;
mod derivatives;
mod expression;
mod finite_sum;
mod regression;
