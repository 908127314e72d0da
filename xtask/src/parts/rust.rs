//! Formatting, lints, reference and tests of the workspace.

use crate::process::{Tally, cargo, run};
use crate::project::Project;
use crate::setup;

/// `cargo fmt --check`.
pub fn format(project: &Project, tally: &mut Tally) -> Result<(), String> {
    setup::component("fmt", "rustfmt")?;
    run(cargo().args(["fmt", "--all", "--check"]).current_dir(&project.root), tally)
}

/// Clippy on every target, and on the library alone with none of its features, warnings denied.
pub fn clippy(project: &Project, tally: &mut Tally) -> Result<(), String> {
    setup::component("clippy", "clippy")?;
    for what in [&["--workspace", "--all-targets"][..], &["-p", "ravine", "--no-default-features"]]
    {
        let mut clippy = cargo();
        clippy.args(["clippy", "--locked"]).args(what).args(["--", "-D", "warnings"]);
        run(clippy.current_dir(&project.root), tally)?;
    }
    Ok(())
}

/// The reference with rendered mathematics, warnings denied.
pub fn rustdoc(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let header = project.root.join("crates/ravine/katex-header.html");
    let flags = ["-D", "warnings", "--html-in-header", &header.to_string_lossy()].join("\x1f");
    let mut command = cargo();
    command
        .args(["doc", "--locked", "--workspace", "--no-deps"])
        .env("CARGO_ENCODED_RUSTDOCFLAGS", flags)
        .current_dir(&project.root);
    run(&mut command, tally)
}

/// All tests, the guide's blocks of Rust among them.
pub fn tests(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let arguments = ["test", "--locked", "--workspace", "--no-fail-fast"];
    run(cargo().args(arguments).current_dir(&project.root), tally)
}

/// The reader of Parquet files, which is off where nobody asks for it: its tests alone.
pub fn parquet(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let package = ["test", "--locked", "-p", "ravine-data", "--features", "parquet"];
    let mut tests = cargo();
    tests.args(package).args(["--lib", "--test", "data_files", "--", "parquet"]);
    run(tests.current_dir(&project.root), tally)
}
