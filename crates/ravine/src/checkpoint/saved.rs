//! A checkpoint that was read.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::Error;
use super::file::{self, Parts};
use super::subject::Subject;
use crate::methods::{Entry, named};

/// A checkpoint that was read from a file: see the [module](super).
pub struct Saved {
    path: PathBuf,
    parts: Parts,
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Saved {
    /// Reads the file and checks that it is whole.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is not a checkpoint, is damaged, or is of another version.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Ok(Self { path: path.to_owned(), parts: file::load(path)? })
    }

    /// What it is of.
    pub fn subject(&self) -> &Subject {
        &self.parts.head.subject
    }

    /// The iterations made before it; over batches, the steps.
    pub fn iterations(&self) -> u64 {
        self.parts.head.iterations
    }

    /// Its method and the settings of that.
    ///
    /// # Errors
    ///
    /// If there is no such method here.
    pub fn method(&self) -> Result<(&'static Entry, &Value), Error> {
        let method = self.subject().method();
        let entry = named(method).map_err(|error| Error::refused(&self.path, error.to_string()))?;
        Ok((entry, self.subject().settings()))
    }

    /// The state for [`Entry::resume`] of a run of `subject`.
    ///
    /// # Errors
    ///
    /// If it is of anything else.
    pub fn state(&self, subject: &Subject) -> Result<&[u8], Error> {
        match self.subject().difference(subject) {
            Some(difference) => {
                Err(Error::refused(&self.path, format!("is a checkpoint of {difference}")))
            }
            None => Ok(self.parts.state()),
        }
    }
}
