//! Files as streams, unpacked where they are packed.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::DataError;

/// A file, unpacked where its name ends in `.gz`.
pub(crate) fn open(path: &Path, name: &str) -> Result<Box<dyn Read>, DataError> {
    let file = File::open(path).map_err(|error| DataError::of_file(name, error.to_string()))?;
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    Ok(if packed { Box::new(Unpacked(MultiGzDecoder::new(file))) } else { Box::new(file) })
}

/// Compressed data, with errors in words.
struct Unpacked<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let message = match error.kind() {
                ErrorKind::Interrupted => return error,
                ErrorKind::UnexpectedEof => {
                    "the compressed data ends too early: the file was cut off".to_owned()
                }
                _ => format!("is not a sound gzip file: {error}"),
            };
            std::io::Error::new(error.kind(), message)
        })
    }
}
