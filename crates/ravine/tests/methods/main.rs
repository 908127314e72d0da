//! The methods, their searches and steps.

mod article_first_order;
mod article_lbfgs;
mod article_newton;
mod bounds;
mod compositions;
mod first_order;
mod least_squares;
mod line_search;
mod natural_gradient;
mod newton_family;
mod nonlinear_cg;
mod owlqn;
mod quasi_newton;
#[path = "../../../ravine-linalg/tests/random/mod.rs"]
mod random;
mod single;
mod smooth;
mod trust_region_steps;
