//! Fits the problems of nonlinear regression of NIST from both starts and prints the table of the guide as
//! Markdown:
//!
//! ```text
//! cargo run --release --example nist_table -p ravine-problems > guide/src/nist.md
//! ```

#[path = "../tests/solved/nist_data.rs"]
mod nist_data;

use nist_data::{PROBLEMS, fit, read};

const METHODS: [&str; 4] = ["lm", "lm-geodesic", "gauss-newton", "auto"];

const INTRODUCTION: &str = "\
# Certified fits

The 27 problems of nonlinear regression of the [Statistical Reference
Datasets](https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml) of the National Institute of
Standards and Technology, from both of their starts, with exact derivatives, default settings and
default stopping. Written by `cargo run --release --example nist_table -p ravine-problems`.

A cell holds the digits of the parameters that are certified, of the worst of them, then those of the
standard errors, and the values and Jacobians spent. Eleven digits are given. `auto` is what the
library chooses: `lm-newton`, which ends with the exact Hessian where residuals stay large. The
residuals of Lanczos1 are the rounding of its data to 14 digits, so that its standard errors cannot
be had in this arithmetic. From the first start of BoxBOD the first step of `lm-nielsen` leads to where
the exponential has died away at all data and only a constant is left to be fitted.
";

fn main() {
    println!("{INTRODUCTION}");
    println!(
        "| problem | difficulty | start | {} |",
        METHODS.map(|m| format!("`{m}`")).join(" | ")
    );
    println!("|---|---|---|{}", "---|".repeat(METHODS.len()));
    for (name, difficulty, formula) in PROBLEMS {
        let reference = read(name, formula);
        for start in 0..2 {
            let cell = |method| {
                let found = fit(&reference, start, method, None);
                let (values, jacobians) = (found.evaluations.value, found.evaluations.gradient);
                if found.parameters < 2.0 {
                    format!("not found, {values}/{jacobians}")
                } else {
                    format!("{:.1}, {:.1}; {values}/{jacobians}", found.parameters, found.errors)
                }
            };
            let cells = METHODS.map(cell).join(" | ");
            println!("| {name} | {difficulty} | {} | {cells} |", start + 1);
        }
    }
}
