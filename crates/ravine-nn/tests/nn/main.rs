//! Networks, their derivatives and products against independent ones.

mod checkpoints;
mod curvature;
mod differences;
mod networks;
mod optimizers;
mod products;
mod statistics;
