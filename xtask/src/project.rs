//! Where things are.

use std::fs;
use std::path::{Path, PathBuf};

/// The checkout and its build outputs.
pub struct Project {
    /// The root of the repository.
    pub root: PathBuf,
    /// Where cargo puts what it builds, unless told otherwise.
    pub target: PathBuf,
    /// Where cargo puts programs of the dev profile; this program is one of them.
    pub programs: PathBuf,
}

impl Project {
    /// Finds the checkout this program was built from.
    pub fn locate() -> Result<Self, String> {
        // As cargo runs it: a program kept from another clone knows that clone's folder.
        let package = std::env::var_os("CARGO_MANIFEST_DIR");
        let root = Path::new(package.as_deref().unwrap_or(env!("CARGO_MANIFEST_DIR").as_ref()))
            .parent()
            .ok_or("xtask does not lie in a repository")?
            .to_owned();
        let program = std::env::current_exe().map_err(|e| format!("this program's path: {e}"))?;
        let programs = program.parent().ok_or("this program has no folder")?.to_owned();
        let target = programs.parent().ok_or("this program lies in no target folder")?.to_owned();
        Ok(Self { root, target, programs })
    }

    /// An empty folder for a part to work in, inside the repository but ignored by git.
    pub fn scratch(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.root.join("target/xtask").join(name);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }

    /// The files of a folder with an extension, and its subfolders with `extension` empty, sorted.
    /// A folder that does not exist is empty.
    pub fn list(folder: &Path, extension: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.path())
            .filter(|path| match extension {
                "" => path.is_dir(),
                _ => path.extension().is_some_and(|e| e == extension),
            })
            .collect();
        paths.sort();
        paths
    }
}

/// The last part of a path without its extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
