//! Tools that the parts need: installed where that is possible, named where it is not.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Tally, cargo, run};

/// A subcommand of cargo that is a component of the toolchain.
///
/// # Errors
///
/// If it is missing and rustup cannot add it.
pub fn component(subcommand: &str, component: &str) -> Result<(), String> {
    if succeeds(cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    run(Command::new("rustup").args(["component", "add", component]), &mut Tally::default())
        .map_err(|error| format!("`cargo {subcommand}` is missing and could not be added: {error}"))
}

/// A program, from a Debian package where it is missing and this runs as root.
///
/// # Errors
///
/// If it is missing and cannot be installed.
pub fn program(name: &str, package: &str) -> Result<(), String> {
    let exists = || succeeds(Command::new("sh").args(["-c", "command -v \"$0\"", name]));
    install(package, &format!("`{name}`"), exists)
}

/// A module of Python, from a Debian package where it is missing and this runs as root.
///
/// # Errors
///
/// If it is missing and cannot be installed.
pub fn python_module(name: &str, package: &str) -> Result<(), String> {
    let exists = || succeeds(Command::new("python3").args(["-c", &format!("import {name}")]));
    install(package, &format!("Python's module `{name}`"), exists)
}

/// A Debian package that leaves `file`, from the package where it is missing and this runs as root.
///
/// # Errors
///
/// If it is missing and cannot be installed.
pub fn package(package: &str, file: &Path) -> Result<(), String> {
    install(package, &file.display().to_string(), || file.exists())
}

fn install(package: &str, what: &str, exists: impl Fn() -> bool) -> Result<(), String> {
    if exists() {
        return Ok(());
    }
    let missing = format!("{what} is missing: install it (Debian package {package})");
    if !succeeds(Command::new("sh").args(["-c", "[ \"$(id -u)\" = 0 ] && command -v apt-get"])) {
        return Err(missing);
    }
    apt_get(&["update", "-q"])?;
    apt_get(&["install", "-q", "-y", "--no-install-recommends", package])?;
    if exists() { Ok(()) } else { Err(missing) }
}

/// Runs `apt-get`, which gives up where another does something: parts that run side by side take turns.
fn apt_get(arguments: &[&str]) -> Result<(), String> {
    let turn = std::env::temp_dir().join("ravine-apt-get.lock");
    let mut command = Command::new("flock");
    command.arg(turn).arg("apt-get").args(arguments);
    run(&mut command, &mut Tally::default())
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
