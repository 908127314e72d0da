//! Iterates as a CSV file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ravine::minimize::Progress;

use crate::failure::Failure;

/// A CSV file of iterates, written as they come.
pub struct Trace {
    path: PathBuf,
    file: BufWriter<File>,
    /// The first error, kept until the end of the run.
    error: Option<std::io::Error>,
}

impl Trace {
    /// Creates the file and writes its head.
    pub fn new(path: &Path, variables: &[String]) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Failure::file(path, &error))?;
        let mut trace = Self { path: path.to_owned(), file: BufWriter::new(file), error: None };
        let names: Vec<_> = variables.iter().map(|name| quoted(name)).collect();
        let head = "iteration,values,gradients,hessian_products,hessians,seconds,value,\
                    gradient_norm";
        trace.line(&format!("{head},{}", names.join(",")));
        Ok(trace)
    }

    /// Writes the current iterate.
    pub fn record(&mut self, now: &Progress<'_, Vec<f64>>) {
        let counts = now.evaluations;
        let mut line = format!(
            "{},{},{},{},{},{:?},{:?},{:?}",
            now.iteration,
            counts.value,
            counts.gradient,
            counts.hessian_product,
            counts.hessian,
            now.seconds,
            now.value,
            now.gradient_norm
        );
        for x in now.x {
            line.push_str(&format!(",{x:?}"));
        }
        self.line(&line);
    }

    fn line(&mut self, text: &str) {
        if self.error.is_none() {
            self.error = writeln!(self.file, "{text}").err();
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    ///
    /// If anything could not be written.
    pub fn finish(mut self) -> Result<(), Failure> {
        let written = self.error.map_or_else(|| self.file.flush(), Err);
        written.map_err(|error| Failure::file(&self.path, &error))
    }
}

fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}
