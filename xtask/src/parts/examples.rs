//! Runs every example.

use std::path::PathBuf;
use std::process::Command;

use crate::process::{Tally, build, run as run_command};
use crate::project::{Project, stem};

/// What the long ones are told, so that they do the same with less of it: unknowns a side of a grid, seeds
/// of each estimate, iterations of each run.
const SHORT: &[(&str, &str)] =
    &[("minimal_surface", "60"), ("estimator_errors", "1"), ("composition_tables", "30")];

/// Builds `crates/*/examples/*.rs` (and `*/main.rs`) and runs each in a folder of its own.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    build(project, &["--examples"], tally)?;
    let mut failed = Vec::new();
    let mut ran = Tally::default();
    for name in names(project) {
        let folder = project.scratch(&format!("examples/{name}"))?;
        let program = project.programs.join("examples").join(&name);
        let told = SHORT.iter().filter(|(example, _)| *example == name).map(|(_, told)| *told);
        let result = run_command(Command::new(program).args(told).current_dir(folder), tally);
        ran.check(result.is_ok());
        if result.is_err() {
            failed.push(name);
        }
    }
    println!("{}", ran.result_line());
    tally.add(ran);
    if failed.is_empty() { Ok(()) } else { Err(format!("these failed: {}", failed.join(", "))) }
}

fn names(project: &Project) -> Vec<String> {
    let mut names = Vec::new();
    for package in Project::list(&project.root.join("crates"), "") {
        let folder = package.join("examples");
        let folders = Project::list(&folder, "").into_iter();
        let with_main = folders.filter(|path| path.join("main.rs").exists());
        let files: Vec<PathBuf> =
            Project::list(&folder, "rs").into_iter().chain(with_main).collect();
        names.extend(files.iter().map(|path| stem(path)));
    }
    names
}
