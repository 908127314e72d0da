//! Networks, their derivatives and products against independent ones.

mod checkpoints;
mod curvature;
mod curvature_methods;
mod differences;
mod named_methods;
mod networks;
mod optimizers;
mod planar;
mod products;
mod statistics;
