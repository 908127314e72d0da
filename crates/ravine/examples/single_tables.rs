//! Runs every method that takes points of single precision on four functions whose arithmetic is in it,
//! and prints the table of the guide as Markdown:
//!
//! ```text
//! cargo run --release --example single_tables -p ravine > guide/src/single.md
//! ```

#[path = "../tests/methods/smooth.rs"]
mod smooth;

use std::error::Error;

use ravine::methods::{
    BarzilaiBorwein, Beta, CubicRegularization, Lbfgs, NewtonCg, NonlinearCg, NystromNewtonCg,
    OwlQn, SteepestDescent, SubspaceNewton, TrustRegion,
};
use ravine::minimize::Method;
use ravine::step::{Cauchy, Gltr, Steihaug};
use ravine::{Status, Stopping, minimize};
use smooth::{ALL, Smooth};

const INTRODUCTION: &str = "\
# Single precision

Points may be `Vec<f32>`, and then a function computes in single precision, as on a device: its values and
gradients have seven digits, and no method can see a decrease beyond them. A run should end there, say so,
and not spend evaluations on rounding.

Every method that needs inner products alone, at its defaults, on four functions of ten variables: `cosh`,
a sum of hyperbolic cosines, which is zero at its minimum; `quadratic`, 100 plus a quadratic of condition
number 1000, whose values are large beside what is left to gain; `log-sum-exp` with a weight decay; and
`valley`, Rosenbrock's in pairs. A cell has the status, the maximum norm of the gradient at the end, and
the values that it took. `converged` is by the default rules: the gradient is small, and no decrease is
expected that values could show; `precision limit` that no smaller value can be told from rounding.

Written by `cargo run --release --example single_tables -p ravine`.
";

/// How it looks in Rust.
const EXAMPLE: &str = r#"
In Rust nothing but the type of the points changes:

```rust
use ravine::methods::Lbfgs;
use ravine::minimize;
use ravine::objective::{Evaluation, Gradient, Objective};

/// `sum cosh(x_i - 1)`.
struct Cosh;

impl Objective for Cosh {
    type Point = Vec<f32>;

    fn dimension(&self) -> usize {
        3
    }

    fn value(&self, x: &Vec<f32>) -> Evaluation<f64> {
        self.value_and_gradient(x, &mut vec![0.0; 3])
    }
}

impl Gradient for Cosh {
    fn value_and_gradient(&self, x: &Vec<f32>, g: &mut Vec<f32>) -> Evaluation<f64> {
        g.iter_mut().zip(x).for_each(|(g, x)| *g = (x - 1.0).sinh());
        Ok(f64::from(x.iter().map(|x| (x - 1.0).cosh()).sum::<f32>()))
    }
}

let outcome = minimize(&Cosh, vec![3.0f32, -1.0, 0.5], Lbfgs::default()).run()?;
assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-3));
# Ok::<(), ravine::minimize::Error>(())
```"#;

/// A row of the table.
fn row<M: Method<Smooth> + Clone>(name: &str, method: &M) -> Result<(), Box<dyn Error>> {
    let mut cells = Vec::new();
    for f in ALL {
        let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
        let outcome = minimize(&f, f.start(), method.clone()).stopping(stopping).run()?;
        let status = match outcome.status {
            Status::Converged(_) => "converged".to_owned(),
            other => other.name().replace('_', " "),
        };
        let values = outcome.evaluations.value;
        cells.push(format!("{status}, {:.0e}, {values}", outcome.gradient_norm));
    }
    println!("| `{name}` | {} |", cells.join(" | "));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{INTRODUCTION}");
    println!("| method | cosh | quadratic | log-sum-exp | valley |\n|---|---|---|---|---|");
    let reachable: Vec<_> = ALL.iter().map(|f| format!("{:.0e}", f.reachable())).collect();
    println!("| *what rounding leaves of the gradient* | {} |", reachable.join(" | "));
    row("gd-linesearch", &SteepestDescent::default())?;
    row("bb", &BarzilaiBorwein::default())?;
    let cg = |beta| NonlinearCg { beta, ..NonlinearCg::default() };
    row("cg-pr", &cg(Beta::PolakRibiere))?;
    row("cg-hs", &cg(Beta::HestenesStiefel))?;
    row("cg-dy", &cg(Beta::DaiYuan))?;
    row("cg-hz", &cg(Beta::HagerZhang))?;
    row("lbfgs", &Lbfgs::default())?;
    row("owlqn", &OwlQn::default())?;
    row("newton-cg", &NewtonCg::default())?;
    row("newton-nystrom", &NystromNewtonCg::default())?;
    row("newton-subspace", &SubspaceNewton::default())?;
    row("trust-cauchy", &TrustRegion::<Cauchy>::default())?;
    row("trust-steihaug", &TrustRegion::<Steihaug>::default())?;
    row("trust-gltr", &TrustRegion::<Gltr>::default())?;
    row("arc-lanczos", &CubicRegularization::<Gltr>::default())?;
    println!("{EXAMPLE}");
    Ok(())
}
