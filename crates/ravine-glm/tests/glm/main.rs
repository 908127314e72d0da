//! Regressions: their derivatives, their sums over cases, and the methods that sketch them.

mod finite_sum;
mod fisher;
mod regression;
mod sketched;
mod threads;
