//! The WebAssembly module with its JavaScript and types: `web/src/generated`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::step;
use crate::process::cargo;
use crate::project::Project;
use crate::setup;

const TARGET: &str = "wasm32-unknown-unknown";

/// What a browser of 2023 on understands and the compiler uses.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// Compiles `crates/ravine-wasm`, writes what binds it to JavaScript, and makes it small.
///
/// # Errors
///
/// A step that failed, or versions of the two halves of `wasm-bindgen` that differ.
pub fn build(project: &Project, web: &Path) -> Result<(), String> {
    let versions =
        [("Cargo.lock", "wasm-bindgen"), ("web/bindgen/Cargo.lock", "wasm-bindgen-cli-support")];
    let [library, program] = versions.map(|(file, name)| version(&project.root.join(file), name));
    let (library, program) = (library?, program?);
    if library != program {
        return Err(format!(
            "Cargo.lock has wasm-bindgen {library}, web/bindgen/Cargo.toml its other half in \
             {program}: write {library} there"
        ));
    }
    let module = compile(project)?;
    let generated = web.join("src/generated");
    let mut bind = cargo();
    bind.args(["run", "--quiet", "--locked", "--manifest-path", "web/bindgen/Cargo.toml"])
        .args(["--target-dir", "target/bindgen", "--"])
        .args([&module, &generated])
        .current_dir(&project.root);
    step(bind)?;
    let file = generated.join("ravine_wasm_bg.wasm");
    let mut optimize = Command::new(web.join("node_modules/.bin/wasm-opt"));
    optimize
        .args(FEATURES)
        .args(["-Oz", "--converge", "--strip-debug", "--strip-producers"])
        .arg(&file)
        .arg("-o")
        .arg(&file);
    step(optimize)
}

/// Compiles the module; where it is then.
fn compile(project: &Project) -> Result<PathBuf, String> {
    let arguments =
        ["build", "--locked", "--package", "ravine-wasm", "--profile", "web", "--target", TARGET];
    if has_target() || added_target() {
        let mut build = cargo();
        build.args(arguments).current_dir(&project.root);
        step(build)?;
        return Ok(project.root.join("target").join(TARGET).join("web/ravine_wasm.wasm"));
    }
    // Debian's compiler for the web has no standard library for this target, but its source.
    setup::package("rustc-web", Path::new("/usr/bin/rustc"))?;
    setup::package("cargo-web", Path::new("/usr/bin/cargo"))?;
    setup::package("rust-web-src", Path::new("/usr/share/doc/rust-web-src"))?;
    setup::program("wasm-ld-19", "lld-19")?;
    let folder = project.root.join("target/debian-web");
    let mut build = Command::new("/usr/bin/cargo");
    build
        .args(arguments)
        .args(["-Z", "build-std=std,panic_abort", "--target-dir"])
        .arg(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
        .env_remove("RUSTUP_TOOLCHAIN")
        .current_dir(&project.root);
    step(build)?;
    Ok(folder.join(TARGET).join("web/ravine_wasm.wasm"))
}

/// Whether the compiler in use has the target's standard library.
fn has_target() -> bool {
    let mut ask = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = ask.args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        output.status.success()
            && Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists()
    })
}

/// Whether rustup could add it.
fn added_target() -> bool {
    let mut add = Command::new("rustup");
    add.args(["target", "add", TARGET]).stdin(Stdio::null());
    add.status().is_ok_and(|status| status.success()) && has_target()
}

/// The version of a package in a lock file.
fn version(lock: &Path, name: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    let heading = format!("name = \"{name}\"");
    let mut lines = text.lines().skip_while(|line| *line != heading);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = "));
    version
        .map(|version| version.trim_matches('"').to_owned())
        .ok_or_else(|| format!("{}: no package `{name}`", lock.display()))
}
