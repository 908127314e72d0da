//! Regressions: their derivatives, their sums over cases, and the methods that sketch them.

mod analysis;
mod exponential;
mod families;
mod far;
mod finite_sum;
mod fisher;
mod groups;
mod held_out;
mod inference;
mod model;
mod monotone;
mod multinomial;
mod paths;
mod reference;
mod regression;
mod sketched;
mod special_models;
mod stochastic;
mod streamed;
mod streamed_same;
mod threads;
mod variational;
