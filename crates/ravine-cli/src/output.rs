//! What commands write: lines of JSON and pictures.

use std::io::Write;
use std::path::Path;

use ravine_problems::Problem;
use ravine_race::Entrant;

use crate::failure::Failure;
use crate::json::{RunObject, TuningObject};

/// Writes a picture.
pub fn write_svg(path: &Path, svg: &str) -> Result<(), Failure> {
    std::fs::write(path, svg).map_err(|error| Failure::file(path, &error))
}

/// Refuses a file that cannot be written, before the work that is to go there.
pub fn check_writable(path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    let opened = match std::fs::metadata(path) {
        // Opening a pipe would wait for who reads it.
        Ok(kind) if !kind.is_file() && !kind.is_dir() => return Ok(()),
        Ok(_) => options.append(true).open(path).map(drop),
        Err(_) => {
            let made = options.write(true).create_new(true).open(path).map(drop);
            made.and_then(|()| std::fs::remove_file(path))
        }
    };
    opened.map_err(|error| Failure::file(path, &error))
}

/// One object a run.
pub fn print_runs(
    problem: &Problem,
    entrants: &[Entrant],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    for entrant in entrants {
        let Ok(ran) = &entrant.result else { continue };
        let mut object =
            RunObject::new(problem, &entrant.method.name, &entrant.method.settings, ran);
        object.stationary_point = entrant.point;
        object.tuning = entrant.tuned.as_ref().map(TuningObject::of);
        print_object(&object, out)?;
    }
    Ok(())
}

/// A line of JSON.
pub fn print_object(object: &impl serde::Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    let line = serde_json::to_string(object).map_err(Failure::input)?;
    writeln!(out, "{line}")?;
    Ok(())
}
