//! The Python package: built, installed and used as a user would.

use std::path::Path;
use std::process::Command;

use crate::process::{Tally, run as run_command};
use crate::project::Project;
use crate::setup;

/// Installs the package with pip into a fresh virtual environment, then runs its tests there: of
/// behaviour, of every example in docstrings, README and guide, of the type stubs, and of the format. It is
/// built as the tests of Rust are, from the libraries that they have built.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let package = project.root.join("crates/ravine-python");
    let folder = project.scratch("python")?;
    let python = environment(&folder)?;
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ".[test]"])
        .env("MATURIN_PEP517_ARGS", "--locked --profile dev")
        .current_dir(&package);
    run_command(&mut install, tally)?;
    for check in [&["check"][..], &["format", "--check"]] {
        let mut ruff = Command::new(&python);
        ruff.args(["-m", "ruff"]).args(check).arg(".").current_dir(&package);
        run_command(&mut ruff, tally)?;
    }
    let mut tests = Command::new(&python);
    tests.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]).current_dir(&package);
    run_command(&mut tests, tally)?;
    if tally.skipped > 0 {
        return Err("tests were skipped: the environment lacks what they need".to_owned());
    }
    Ok(())
}

/// A virtual environment; its Python.
fn environment(folder: &Path) -> Result<std::path::PathBuf, String> {
    setup::program("python3", "python3")?;
    setup::python_module("ensurepip", "python3-venv")?;
    let place = folder.join("venv");
    run_command(Command::new("python3").args(["-m", "venv"]).arg(&place), &mut Tally::default())?;
    Ok(place.join("bin/python"))
}
