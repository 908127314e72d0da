//! A curvature of one's own, composed with two steps and raced beside the library's methods:
//!
//! ```text
//! cargo run --release --example psb -p ravine-race
//! ```

mod psb;

use std::error::Error;

use psb::Psb;
use ravine::methods::{Composition, Family, add};
use ravine::objective::Gradients;
use ravine::step::{MoreSorensen, Steihaug};
use ravine::trust::Radius;
use ravine_race::{Effort, MethodChoice, Track};

const PROBLEMS: [&str; 4] = ["rosenbrock", "beale", "wood", "quadratic:n=20,kappa=100"];

fn main() -> Result<(), Box<dyn Error>> {
    let (exact, by_products) = (MoreSorensen::default(), Steihaug::default());
    let trust = Radius::default();
    let psb = Composition { curvature: Psb, step: exact, trust: trust.clone() };
    add::<Gradients, _, _>("psb", "PSB, exact steps", Family::QuasiNewton, psb)?;
    let psb = Composition { curvature: Psb, step: by_products, trust };
    add::<Gradients, _, _>("psb-steihaug", "PSB, Steihaug's steps", Family::QuasiNewton, psb)?;

    let methods = MethodChoice::parse_list("psb,psb-steihaug,bfgs,sr1,sr1/steihaug/radius")?;
    for name in PROBLEMS {
        let problem = ravine_problems::named(name)?;
        let race = Track::new(&problem).race(&methods, |_| ());
        println!("{}, {} variables\n", problem.title, problem.start.len());
        println!("| method | evaluations | iterations | status |\n|---|---:|---:|---|");
        for entrant in &race.entrants {
            let outcome = entrant.result.as_ref().map_err(String::as_str)?.outcome.clone();
            let evaluations = entrant.effort(Effort::Evaluations);
            let (label, iterations) = (entrant.label(), outcome.iterations);
            println!("| `{label}` | {evaluations:.0} | {iterations} | {} |", outcome.status);
        }
        println!();
    }
    Ok(())
}
