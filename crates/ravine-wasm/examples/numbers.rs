//! What the page would be told, by the native build, as JSON: to compare with the WebAssembly build.
//!
//! For every surface, its local models and runs of every method from its start.

use ravine_wasm::{Run, Surface, methods, problems};
use serde_json::{Value, json};

const ITERATIONS: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let methods: Value = serde_json::from_str(&methods())?;
    let problems: Value = serde_json::from_str(&problems()?)?;
    let names = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
    };
    let mut surfaces = Vec::new();
    let formula = "exp(x/3) - x/5 + log1p(y^2) + 0.1*x^2*y^2".to_owned();
    for name in names(&problems).into_iter().chain([formula]) {
        let surface = Surface::new(&name)?;
        let about: Value = serde_json::from_str(&surface.describe())?;
        let at = |i: usize| about["start"][i].as_f64().unwrap_or(f64::NAN);
        let (x, y) = (at(0), at(1));
        let mut runs = Vec::new();
        for method in names(&methods) {
            // Without the Fisher information that some need.
            let Ok(mut run) = Run::new(&surface, &method, "", x, y, 10_000) else { continue };
            run.advance(ITERATIONS);
            runs.push(json!({
                "method": method,
                "ended": run.ended(),
                "points": run.points(),
                "values": run.values(),
                "norms": run.gradient_norms(),
                "evaluations": run.evaluations(),
            }));
        }
        surfaces.push(json!({
            "name": name,
            "start": [x, y],
            "local": surface.local(x, y)?,
            "field": surface.field(x - 1.0, x + 1.0, y - 1.0, y + 1.0, 12, 9)?,
            "contours": surface.contours(x - 1.0, x + 1.0, y - 1.0, y + 1.0, 12, 9, 6)?.points(),
            "path": surface.damped_path(x, y, 20)?,
            "cg": surface.cg(x, y)?,
            "power": surface.power(x, y, 10)?,
            "runs": runs,
        }));
    }
    println!("{}", json!({ "iterations": ITERATIONS, "surfaces": surfaces }));
    Ok(())
}
