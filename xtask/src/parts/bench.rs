//! The comparisons with peers still compile. Running them is not part of the tests: they need the
//! peers, a quiet machine and time.

use std::process::Command;

use crate::process::{Tally, cargo, run as run_command};
use crate::project::Project;
use crate::setup;

/// Checks every Rust program under `bench/` against its own lock file, and the syntax of every
/// Python and shell program.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let target = project.target.join("bench");
    for folder in Project::list(&project.root.join("bench"), "") {
        if folder.join("Cargo.toml").exists() {
            let mut check = cargo();
            check
                .args(["check", "--locked", "--workspace", "--all-targets"])
                .env("CARGO_TARGET_DIR", &target)
                .current_dir(&folder);
            run_command(&mut check, tally)?;
            run_command(cargo().args(["fmt", "--check"]).current_dir(&folder), tally)?;
        }
        for script in Project::list(&folder, "py") {
            setup::program("python3", "python3")?;
            let parse = "import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])";
            run_command(Command::new("python3").args(["-c", parse]).arg(&script), tally)?;
        }
        for script in Project::list(&folder, "sh") {
            run_command(Command::new("bash").arg("-n").arg(&script), tally)?;
        }
    }
    Ok(())
}
