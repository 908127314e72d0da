//! Which crate may know which.

use std::fs;
use std::path::Path;

use crate::project::{Project, stem};

/// The library's crates, each with the ones it may depend on. Tests of a crate may use others.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("ravine-derive", &[]),
    ("ravine-text", &[]),
    ("ravine-linalg", &[]),
    ("ravine", &["ravine-linalg", "ravine-derive", "ravine-text"]),
    ("ravine-data", &["ravine-linalg"]),
    ("ravine-problems", &["ravine-linalg", "ravine", "ravine-text"]),
    (
        "ravine-race",
        &["ravine-linalg", "ravine", "ravine-text", "ravine-problems", "ravine-data", "ravine-glm"],
    ),
    ("ravine-glm", &["ravine-linalg", "ravine", "ravine-data"]),
    ("ravine-nn", &["ravine-linalg", "ravine", "ravine-text", "ravine-data"]),
];

/// The crates in front of the library: they may depend on all of it, and not on each other.
const FRONT_ENDS: &[&str] = &["ravine-cli", "ravine-wasm", "ravine-wasm-network", "ravine-python"];

/// What is against the order in `crates/*/Cargo.toml`, a line each.
///
/// # Errors
///
/// A manifest that cannot be read.
pub fn mistakes(crates: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for folder in Project::list(crates, "") {
        let name = stem(&folder);
        let file = folder.join("Cargo.toml");
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        found.extend(mistakes_of(&name, &text));
    }
    Ok(found)
}

fn mistakes_of(name: &str, manifest: &str) -> Vec<String> {
    let library = MAY_KNOW.iter().map(|(name, _)| *name);
    let allowed: Vec<&str> = match MAY_KNOW.iter().find(|(known, _)| *known == name) {
        Some((_, allowed)) => allowed.to_vec(),
        None if FRONT_ENDS.contains(&name) => library.collect(),
        None => {
            return vec![format!("{name}: where it stands among the crates is said nowhere")];
        }
    };
    dependencies(manifest)
        .filter(|(_, dependency)| !allowed.contains(dependency))
        .map(|(line, dependency)| {
            format!("crates/{name}/Cargo.toml:{line}: {name} may not know {dependency}")
        })
        .collect()
}

/// The project's own crates that a manifest depends on, with their lines; those for tests are left out.
fn dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut within = false;
    manifest.lines().enumerate().filter_map(move |(at, line)| {
        let line = line.trim();
        let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let name = match header {
            Some(header) => {
                let kind = |kind: &str| header == kind || header.ends_with(&format!(".{kind}"));
                within = kind("dependencies") || kind("build-dependencies");
                let (table, name) = header.rsplit_once('.')?;
                let is_one = table == "dependencies" || table.ends_with(".dependencies");
                if is_one { name } else { return None }
            }
            None if within => line.split(['.', ' ', '=']).next()?,
            None => return None,
        };
        (name == "ravine" || name.starts_with("ravine-")).then_some((at + 1, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_holds_or_the_line_is_named() {
        let manifest = "[package]\nname = \"ravine-data\"\n[dependencies]\nravine-linalg.workspace = true\n\
                        csv = \"1\"\n[dev-dependencies]\nravine-glm = { path = \"../ravine-glm\" }\n";
        assert!(mistakes_of("ravine-data", manifest).is_empty());
        assert_eq!(
            mistakes_of("ravine-linalg", manifest),
            ["crates/ravine-linalg/Cargo.toml:4: ravine-linalg may not know ravine-linalg"]
        );
        let manifest = "[target.'cfg(unix)'.dependencies]\nravine = { path = \"../ravine\" }\n\
                        [dependencies.ravine-nn]\npath = \"../ravine-nn\"\n";
        assert_eq!(
            mistakes_of("ravine-data", manifest),
            [
                "crates/ravine-data/Cargo.toml:2: ravine-data may not know ravine",
                "crates/ravine-data/Cargo.toml:3: ravine-data may not know ravine-nn"
            ]
        );
        assert!(mistakes_of("ravine-cli", manifest).is_empty());
    }

    #[test]
    fn front_ends_do_not_know_each_other_and_every_crate_has_its_place() {
        let manifest = "[dependencies]\nravine-cli.workspace = true\n";
        assert_eq!(mistakes_of("ravine-wasm", manifest).len(), 1);
        assert_eq!(
            mistakes_of("ravine-new", ""),
            ["ravine-new: where it stands among the crates is said nowhere"]
        );
    }
}
