//! States as bytes.
//!
//! Numbers are written as they are in memory, 8 bytes each, and what is written is read by the same
//! version only: no names of fields, no types.

use std::io::{self, BufWriter, Write};

use ravine_linalg::ArgumentError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are handed on at a time.
const BUFFER: usize = 1 << 16;

/// Writes a value; without a copy of it, however large it is.
///
/// # Errors
///
/// Of the writer.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let out = BufWriter::with_capacity(BUFFER, out);
    let mut out = Remembering { out, error: None };
    match postcard::to_io(value, &mut out) {
        Ok(_) => out.out.flush(),
        Err(error) => Err(out.error.unwrap_or_else(|| io::Error::other(error))),
    }
}

/// Takes a value from the front of `bytes`.
///
/// # Errors
///
/// If they are not of such a value.
pub(crate) fn read<T: DeserializeOwned>(bytes: &mut &[u8]) -> Result<T, ArgumentError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|error| foreign(&error))?;
    *bytes = rest;
    Ok(value)
}

/// Refuses what is left of `bytes`.
///
/// # Errors
///
/// If anything is left.
pub(crate) fn end(bytes: &[u8]) -> Result<(), ArgumentError> {
    match bytes.len() {
        0 => Ok(()),
        left => Err(foreign(&format!("{left} bytes are left over"))),
    }
}

fn foreign(why: &dyn std::fmt::Display) -> ArgumentError {
    let message = format!("is not of this method with these settings in this version: {why}");
    ArgumentError::new("checkpoint", message)
}

/// A value as bytes: numbers as they are in memory, also those that are not finite. Bytes are read by the
/// version that wrote them.
///
/// ```
/// use ravine::checkpoint::{decode, encode};
///
/// let bytes = encode(&("loss", vec![0.5, f64::INFINITY]));
/// let (name, numbers): (String, Vec<f64>) = decode(&bytes)?;
/// assert_eq!((name.as_str(), numbers[1]), ("loss", f64::INFINITY));
/// assert!(decode::<(String, Vec<f64>)>(&bytes[1..]).is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Panics
///
/// If the value cannot be serialized without its length being known.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes).expect("memory takes all bytes");
    bytes
}

/// The value of all of these [bytes](encode).
///
/// # Errors
///
/// If they are not of such a value.
pub fn decode<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, ArgumentError> {
    let value = read(&mut bytes)?;
    end(bytes)?;
    Ok(value)
}

/// A writer that remembers its error: the encoder forgets it.
struct Remembering<'a> {
    out: BufWriter<&'a mut dyn Write>,
    error: Option<io::Error>,
}

impl Remembering<'_> {
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.error = Some(error);
            kind.into()
        })
    }
}

impl Write for Remembering<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.keep(written)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.out.write_all(bytes);
        self.keep(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.keep(flushed)
    }
}
