//! Linear algebra for second-order optimization: a curvature is a linear operator that can be
//! applied, solved with, measured and drawn.
//!
//! | what | where |
//! |---|---|
//! | points: anything with an inner product | [`vector`] |
//! | dense and sparse matrices and their factorizations | [`matrix`] |
//! | operators, and operators made of operators | [`operator`] |
//! | matrices that learn from steps: BFGS, DFP, SR1, limited memory | [`secant`] |
//! | solving by products alone, and preconditioners | [`krylov`] |
//! | eigenvalues, traces, densities, condition numbers | [`spectrum`] |
//! | numbers drawn at random, the same ones for the same seed | [`random`] |
//! | how many threads work together | [`Threads`] |
//! | who may end long work | [`Watch`] |
//!
//! ```
//! use ravine_linalg::matrix::Matrix;
//! use ravine_linalg::operator::{Algebra, Invert, LinearOperator, Structure};
//!
//! let a = Matrix::<f64>::from_rows(&[[4.0, 2.0], [2.0, 1.0]]).assume(Structure::Semidefinite)?;
//! let damped = a.shifted(1.0)?;
//! let mut x = vec![0.0; 2];
//! damped.inverse().unwrap().apply(&vec![7.0, 4.0], &mut x).unwrap();
//! assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
//! # Ok::<(), ravine_linalg::ArgumentError>(())
//! ```

mod error;
mod instructions;
pub mod krylov;
pub mod matrix;
pub mod operator;
pub mod random;
pub mod secant;
pub mod spectrum;
mod threads;
pub mod vector;
mod watch;

pub use error::{ArgumentError, FunctionError, Interrupt, StartError};
pub use instructions::widest;
pub use threads::Threads;
pub use vector::{Pointwise, Vector};
pub use watch::Watch;
