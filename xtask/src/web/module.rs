//! The WebAssembly modules with their JavaScript and types: `web/src/generated`.

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

/// The crates that are modules of the page: what it begins with, and what the network view fetches when
/// it is opened.
const MODULES: [&str; 2] = ["ravine-wasm", "ravine-wasm-network"];

/// Compiles the crates of [`MODULES`], writes what binds them to JavaScript, and makes them small.
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
    let folder = compile(project)?;
    MODULES.iter().try_for_each(|name| finish(project, web, &folder, &name.replace('-', "_")))
}

/// Binds a compiled module to JavaScript, and makes it small.
fn finish(project: &Project, web: &Path, folder: &Path, name: &str) -> Result<(), String> {
    let module = folder.join(format!("{name}.wasm"));
    let generated = web.join("src/generated");
    let mut bind = cargo();
    bind.args(["run", "--quiet", "--locked", "--manifest-path", "web/bindgen/Cargo.toml"])
        .arg("--target-dir")
        .arg(project.target.join("bindgen"))
        .arg("--")
        .args([&module, &generated])
        .current_dir(&project.root);
    step(bind)?;
    let file = generated.join(format!("{name}_bg.wasm"));
    let mut optimize = Command::new(web.join("node_modules/.bin/wasm-opt"));
    optimize
        .args(FEATURES)
        .args(["-Os", "--converge", "--flatten", "--rereloop", "-Os", "--converge"])
        .args(["--rse", "--local-cse", "--code-pushing", "-Os"])
        .arg("--reorder-functions-by-name")
        .args(["--strip-debug", "--strip-producers"])
        .arg(&file)
        .arg("-o")
        .arg(&file);
    step(optimize)
}

/// Names the compiler of the module: see [`compiler`].
pub const CHOICE: &str = "RAVINE_WEB_COMPILER";

/// Where the compiler of the module comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compiler {
    /// The one in use, with the library's source from rustup.
    Rustup,
    /// Debian's packages for the web.
    Debian,
}

/// What [`CHOICE`] names; without it, the compiler in use where it has the library's source or rustup
/// can add it, else Debian's.
fn compiler() -> Result<Compiler, String> {
    let available = || has_source() || added_source();
    match std::env::var(CHOICE).as_deref() {
        Ok("debian") => Ok(Compiler::Debian),
        Ok("rustup") if available() => Ok(Compiler::Rustup),
        Ok("rustup") => Err("the compiler in use has no source of the standard library, and \
                             `rustup component add rust-src` did not bring it"
            .to_owned()),
        Ok(other) => Err(format!("{CHOICE} is `{other}`, but must be `rustup` or `debian`")),
        Err(_) if available() => Ok(Compiler::Rustup),
        Err(_) => Ok(Compiler::Debian),
    }
}

/// Compiles the modules together with the standard library, for their size and without what prints
/// panics, which nobody would read: those are options that the compiler has not stabilized. The folder
/// where they are then.
fn compile(project: &Project) -> Result<PathBuf, String> {
    let compiler = compiler()?;
    let (name, target) = match compiler {
        Compiler::Rustup => ("the compiler in use, with the library's source from rustup", "web"),
        Compiler::Debian => ("Debian's rustc-web", "web-debian"),
    };
    println!("The modules are compiled by {name} ({CHOICE} chooses).");
    let folder = project.target.join(target);
    let mut build =
        if compiler == Compiler::Debian { Command::new("/usr/bin/cargo") } else { cargo() };
    if compiler == Compiler::Debian {
        setup::package("rustc-web", Path::new("/usr/bin/rustc"))?;
        setup::package("cargo-web", Path::new("/usr/bin/cargo"))?;
        setup::package("rust-web-src", Path::new("/usr/share/doc/rust-web-src"))?;
        setup::program("wasm-ld-19", "lld-19")?;
        build
            .env("RUSTC", "/usr/bin/rustc")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19")
            .env_remove("RUSTUP_TOOLCHAIN");
    }
    // No paths of the machine that builds it.
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let mut flags = vec![
        "-Zunstable-options".to_owned(),
        "-Cpanic=immediate-abort".to_owned(),
        "-Zlocation-detail=none".to_owned(),
        format!("--remap-path-prefix={}=", project.root.display()),
    ];
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=", home.display())));
    build
        .args(["build", "--locked", "--profile", "web"])
        .args(MODULES.iter().flat_map(|name| ["--package", name]))
        .args(["--target", TARGET, "--target-dir"])
        .arg(&folder)
        .args(["-Z", "build-std=std,panic_abort", "-Z", "build-std-features=optimize_for_size"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .current_dir(&project.root);
    step(build)?;
    Ok(folder.join(TARGET).join("web"))
}

/// Whether the compiler in use has the standard library's source and a linker for the web: Debian's has
/// the first from a package, but not the second.
fn has_source() -> bool {
    let mut ask = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    ask.args(["--print", "sysroot"]).output().is_ok_and(|output| {
        let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let debian = root == Path::new("/usr");
        !debian && output.status.success() && root.join("lib/rustlib/src/rust/library/std").exists()
    })
}

/// Whether rustup could add it.
fn added_source() -> bool {
    let mut add = Command::new("rustup");
    add.args(["component", "add", "rust-src"]).stdin(Stdio::null());
    add.status().is_ok_and(|status| status.success()) && has_source()
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
