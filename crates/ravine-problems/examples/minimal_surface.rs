//! The surface of least area over a wire frame, on a grid with 100,000 unknowns: the sparse Hessian
//! factorized, its products, and gradients alone.
//!
//! `cargo run --release -p ravine-problems --example minimal_surface [SIDE]`

use ravine::Stopping;
use ravine::methods::named;
use ravine_problems::scalable;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let side = match std::env::args().nth(1) {
        Some(side) => side.parse()?,
        None => 316,
    };
    println!("method          status          iterations  gradients  products   seconds  value");
    for problem in [scalable::minimal_surface(side)?, scalable::bratu(side, 2.0)?] {
        println!("{}, {} unknowns", problem.name, problem.start.len());
        for name in ["newton-sparse", "newton-cg", "trust-steihaug", "lbfgs"] {
            let stopping = Stopping { seconds: Some(120.0), ..Stopping::default() };
            let settings = serde_json::Value::Null;
            let objective = problem.objective.as_ref();
            let mut run = named(name)?.start(&settings, objective, &problem.start, stopping)?;
            while run.step().is_none() {}
            let outcome = run.outcome();
            println!(
                "{:<15} {:<15} {:>10} {:>10} {:>9} {:>9.2}  {:.12}",
                name,
                outcome.status.name(),
                outcome.iterations,
                outcome.evaluations.gradient,
                outcome.evaluations.hessian_product,
                outcome.seconds,
                outcome.value
            );
        }
    }
    Ok(())
}
