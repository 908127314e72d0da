//! Small trees of sources for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Files in a folder that goes when this goes.
pub struct Tree(PathBuf);

static MADE: AtomicU32 = AtomicU32::new(0);

impl Tree {
    /// Writes the files, each a path and its text.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("ravine-layers-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(root)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.0
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
