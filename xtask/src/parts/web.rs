//! The web page, used in a browser as a person would.

use std::process::Command;

use crate::process::{Tally, run as run_command};
use crate::project::Project;
use crate::{setup, web};

/// Builds the page and the command, then runs the browser tests of `web/tests`, which compare both.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    setup::program("chromium", "chromium")?;
    web::build(project)?;
    let folder = web::folder(project);
    let mut tests = Command::new("node");
    tests
        .args(["--test", "--test-reporter=tap"])
        .args(Project::list(&folder.join("tests"), "mjs").iter().filter(|file| is_test(file)))
        .env("RAVINE", project.programs.join("ravine"))
        .current_dir(&folder);
    run_command(&mut tests, tally)
}

fn is_test(file: &std::path::Path) -> bool {
    file.to_string_lossy().ends_with(".test.mjs")
}
