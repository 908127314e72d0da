//! The commands of the guide and the README do what they show. Their blocks of Rust are tests of the crate
//! `ravine-guide`, which run with the others.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::markdown::{Shell, agrees, shells};
use crate::process::{Tally, build};
use crate::project::{Project, stem};

/// Runs the commands of each file in order, each file in a folder of its own; commands of cargo run at
/// the root.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    build(project, &["--bin", "ravine"], tally)?;
    let mut files = vec![project.root.join("README.md")];
    files.extend(Project::list(&project.root.join("guide/src"), "md"));
    let mut ran = Tally::default();
    let mut failed = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let name = file.strip_prefix(&project.root).unwrap_or(&file).display().to_string();
        let folder = project.scratch(&format!("guide/{}", stem(&file)))?;
        for shell in shells(&text).map_err(|error| format!("{name}: {error}"))? {
            // This run itself.
            if shell.script.trim() == "cargo xtask test" {
                continue;
            }
            println!("{name}:{}: {}", shell.line, shell.script);
            let result = execute(project, &folder, &shell);
            ran.check(result.is_ok());
            if let Err(error) = result {
                println!("{error}");
                failed.push(format!("{name}:{}", shell.line));
            }
        }
    }
    println!("{}", ran.result_line());
    tally.add(ran);
    if failed.is_empty() { Ok(()) } else { Err(format!("these failed: {}", failed.join(", "))) }
}

fn execute(project: &Project, folder: &Path, shell: &Shell) -> Result<(), String> {
    let mut path = vec![project.programs.clone()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(path).map_err(|error| format!("PATH: {error}"))?;
    let of_cargo = shell.script.trim_start().starts_with("cargo ");
    let place: PathBuf = if of_cargo { project.root.clone() } else { folder.to_owned() };
    // Built as for the tests, all but the last program is there.
    let script = shell
        .script
        .replace("cargo run --release", "cargo run")
        .replace("cargo install", "cargo install --debug");
    let output = Command::new("bash")
        .args(["-e", "-c", &script])
        .env("PATH", path)
        .env("CARGO_INSTALL_ROOT", folder)
        .current_dir(place)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("bash does not start: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(shell.exit) {
        return Err(format!(
            "ended with {}, not {}; it printed\n{printed}{complaints}",
            output.status, shell.exit
        ));
    }
    let all = format!("{printed}{complaints}");
    match &shell.output {
        Some(shown) if !agrees(shown, &printed) && !agrees(shown, &all) => {
            Err(format!("shown is\n{shown}printed was\n{all}"))
        }
        _ => Ok(()),
    }
}
