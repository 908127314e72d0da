//! What the network view would be told, by the native build, as JSON: to compare with the WebAssembly build.
//!
//! For every data set, a short race of every method from one start, over all points and in batches, and the curvature at
//! a step of one of them. With arguments `DATA COUNT NOISE SEED LAYERS UNITS BATCH STEPS`, the losses of that race, with
//! steps found by trials, as a table.

use ravine_wasm_network::{Factors, Learner, Lesson, Search, Spectrum, methods};
use serde_json::{Value, json};

const STEPS: u32 = 30;
const WINDOW: [f64; 4] = [-2.0, 2.0, -1.5, 1.5];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<String> =
        methods().lines().filter_map(|line| line.split('\t').next().map(str::to_owned)).collect();
    if let [data, count, noise, seed, layers, units, batch, steps] = &arguments[..] {
        let lesson = Lesson::new(
            data,
            count.parse()?,
            noise.parse()?,
            seed.parse()?,
            layers,
            units,
            batch.parse()?,
        )?;
        return table(&lesson, &names, steps.parse()?);
    }
    let mut races = Vec::new();
    for (data, batch) in [("moons", 0), ("spirals", 16), ("rings", 0), ("xor", 0), ("blobs", 20)] {
        let lesson = Lesson::new(data, 60, 0.1, 3, "5,4", "tanh", batch)?;
        let mut learners = Vec::new();
        for name in &names {
            // Without those that take no batches.
            let Ok(mut learner) = Learner::new(&lesson, name, f64::NAN, STEPS) else { continue };
            learner.advance(STEPS as usize)?;
            learners.push(json!({
                "method": name,
                "ended": learner.ended(),
                "losses": learner.losses(),
                "right": learner.right(),
                "work": learner.work(),
            }));
        }
        let mut one = Learner::new(&lesson, "kfac-adaptive", f64::NAN, STEPS)?;
        one.advance(8)?;
        let factors = Factors::new(&lesson, &one, 1, 8)?;
        let mut spectrum = Spectrum::new(&one, 8)?;
        while !spectrum.advance(10)? {}
        let mut search = Search::new(&lesson, "adamw", 3, STEPS)?;
        while !search.advance(&lesson)? {}
        races.push(json!({
            "data": data,
            "batch": batch,
            "points": lesson.points(),
            "classes": lesson.classes(),
            "layers": lesson.layers(),
            "learners": learners,
            "probabilities": one.probabilities(8, &WINDOW, 9, 7)?,
            "spectrum": spectrum.values()?,
            "exact": factors.exact(),
            "kronecker": factors.kronecker(),
            "difference": factors.difference(),
            "search": search.best(),
        }));
    }
    println!("{}", json!({ "steps": STEPS, "window": WINDOW, "races": races }));
    Ok(())
}

fn table(lesson: &Lesson, names: &[String], steps: u32) -> Result<(), Box<dyn std::error::Error>> {
    println!("{} parameters", lesson.parameters());
    for name in names {
        let Ok(mut search) = Search::new(lesson, name, 7, steps) else { continue };
        while !search.advance(lesson)? {}
        let mut learner = Learner::new(lesson, name, search.best(), steps)?;
        let began = std::time::Instant::now();
        learner.advance(steps as usize)?;
        let losses = learner.losses();
        let reached = |loss: f64| losses.iter().position(|&reached| reached <= loss);
        let object: Value = json!({
            "step": search.best(), "steps to 0.3": reached(0.3), "0.1": reached(0.1), "0.01": reached(0.01),
            "last": losses.last(), "right": learner.right().last(), "work": learner.work().last(),
            "ms": began.elapsed().as_millis() as u64, "ended": learner.ended(),
        });
        println!("{name:18} {object}");
    }
    Ok(())
}
