//! How reports write numbers and times, and which name a misspelt one may stand for.
//!
//! ```
//! assert_eq!(ravine_text::short(1.0 / 3.0), "0.333333");
//! ```

mod names;
mod numbers;

pub use names::{did_you_mean, nearest, split_list, split_names};
pub use numbers::{
    bytes, columns, count, four_digits, heading, percent, point, scientific, seconds, short, size,
};
