//! `cargo xtask web`: the page, from Rust and TypeScript to a folder that any host can serve.

mod module;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::process::{Tally, build as build_programs, run};
use crate::project::Project;
use crate::setup;

/// The folder of the page in the repository.
pub fn folder(project: &Project) -> PathBuf {
    project.root.join("web")
}

/// Builds the page into `web/dist` and checks its size.
///
/// # Errors
///
/// A step that failed, or a file over its limit.
pub fn build(project: &Project) -> Result<(), String> {
    let web = folder(project);
    packages(&web)?;
    module::build(project, &web)?;
    descriptions(project, &web)?;
    step(npm(&web, &["run", "--silent", "build"]))?;
    step(node(&web, "scripts/standalone.mjs"))?;
    step(node(&web, "scripts/sizes.mjs"))
}

/// Writes what the command says of the methods into `web/src/generated`.
fn descriptions(project: &Project, web: &Path) -> Result<(), String> {
    build_programs(project, &["--bin", "ravine"], &mut Tally::default())?;
    let mut command = Command::new(project.programs.join("ravine"));
    command.args(["methods", "--json"]).stdout(Stdio::piped());
    let mut said = command.spawn().map_err(|error| format!("ravine methods: {error}"))?;
    let mut write = node(web, "scripts/methods.mjs");
    write.stdin(said.stdout.take().map_or_else(Stdio::null, Stdio::from));
    step(write)?;
    let status = said.wait().map_err(|error| format!("ravine methods: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("ravine methods: {status}")) }
}

/// Builds the page and serves it on this machine until interrupted.
///
/// # Errors
///
/// See [`build`].
pub fn serve(project: &Project) -> Result<(), String> {
    build(project)?;
    step(npm(&folder(project), &["run", "--silent", "preview"]))
}

/// Node and the packages of the lock file.
fn packages(web: &Path) -> Result<(), String> {
    setup::program("node", "nodejs")?;
    setup::program("npm", "npm")?;
    // npm notes there what it has installed.
    let modified = |path: PathBuf| path.metadata().and_then(|m| m.modified()).ok();
    let installed = modified(web.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(web.join("package-lock.json")) {
        return Ok(());
    }
    step(npm(web, &["ci", "--no-audit", "--no-fund"]))
}

fn step(mut command: Command) -> Result<(), String> {
    run(&mut command, &mut Tally::default())
}

fn npm(web: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(web);
    command
}

fn node(web: &Path, script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script).current_dir(web);
    command
}
