//! IDX files: arrays as the handwritten digits of MNIST are stored.

use std::path::Path;

use crate::DataError;

/// An array of numbers from an IDX file.
#[derive(Clone, Debug, PartialEq)]
pub struct Idx {
    /// The lengths of its axes.
    pub sizes: Vec<usize>,
    /// The numbers, the last axis fastest.
    pub numbers: Vec<f32>,
}

/// The bytes of a number, and how it is read.
type Format = (usize, fn(&[u8]) -> f32);

/// Reads an IDX file: two zeros, a code of the kind of numbers, the number of axes, their lengths as big-endian
/// 32-bit numbers, and the numbers, big-endian. Numbers of 64 bits are rounded.
///
/// Source: LeCun, Cortes and Burges, The MNIST database (1998).
///
/// # Errors
///
/// A file that cannot be read; one that is not of this format, compressed, or shorter or longer than it says.
///
/// ```no_run
/// let images = ravine_data::read_idx("train-images-idx3-ubyte".as_ref())?;
/// assert_eq!(images.sizes, [60_000, 28, 28]);
/// # Ok::<(), ravine_data::DataError>(())
/// ```
pub fn read_idx(path: &Path) -> Result<Idx, DataError> {
    let name = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|error| DataError::of_file(&name, error.to_string()))?;
    parse_idx(&bytes, &name)
}

/// Reads what an IDX file contains; `name` is for errors.
///
/// ```
/// // Two rows of three unsigned bytes.
/// let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];
/// let array = ravine_data::parse_idx(&bytes, "array")?;
/// assert_eq!((array.sizes, array.numbers[5]), (vec![2, 3], 255.0));
/// # Ok::<(), ravine_data::DataError>(())
/// ```
///
/// # Errors
///
/// See [`read_idx`].
pub fn parse_idx(bytes: &[u8], name: &str) -> Result<Idx, DataError> {
    let wrong = |message: String| Err(DataError::of_file(name, message));
    let &[0, 0, code, axes, ref rest @ ..] = bytes else {
        let compressed = bytes.starts_with(&[0x1f, 0x8b]);
        let hint = if compressed { "is compressed by gzip; unpack it" } else { "is no IDX file" };
        return wrong(hint.to_owned());
    };
    let (size, number): Format = match code {
        0x08 => (1, |b| f32::from(b[0])),
        0x09 => (1, |b| f32::from(b[0].cast_signed())),
        0x0b => (2, |b| f32::from(i16::from_be_bytes([b[0], b[1]]))),
        0x0c => (4, |b| i32::from_be_bytes([b[0], b[1], b[2], b[3]]) as f32),
        0x0d => (4, |b| f32::from_be_bytes([b[0], b[1], b[2], b[3]])),
        0x0e => {
            (8, |b| f64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32)
        }
        _ => return wrong(format!("is no IDX file: numbers of kind {code:#04x} are not known")),
    };
    let axes = usize::from(axes);
    if rest.len() < 4 * axes {
        return wrong(format!("ends within the lengths of its {axes} axes"));
    }
    let (lengths, numbers) = rest.split_at(4 * axes);
    let sizes: Vec<usize> = lengths
        .chunks_exact(4)
        .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect();
    let all = sizes.iter().try_fold(size, |all, &length| all.checked_mul(length));
    if all != Some(numbers.len()) {
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        let (sizes, have) = (sizes.join(" x "), numbers.len());
        return wrong(format!(
            "should hold {sizes} numbers of {size} bytes, and holds {have} bytes"
        ));
    }
    Ok(Idx { sizes, numbers: numbers.chunks_exact(size).map(number).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_number() {
        let file = |code: u8, bytes: &[u8]| {
            let mut file = vec![0, 0, code, 1, 0, 0, 0, 1];
            file.extend_from_slice(bytes);
            parse_idx(&file, "a").unwrap().numbers[0]
        };
        assert_eq!(file(0x08, &[200]), 200.0);
        assert_eq!(file(0x09, &[200]), -56.0);
        assert_eq!(file(0x0b, &(-300_i16).to_be_bytes()), -300.0);
        assert_eq!(file(0x0c, &70_000_i32.to_be_bytes()), 70_000.0);
        assert_eq!(file(0x0d, &1.5_f32.to_be_bytes()), 1.5);
        assert_eq!(file(0x0e, &(-0.25_f64).to_be_bytes()), -0.25);
    }

    #[test]
    fn what_is_no_idx_file_is_refused() {
        let refused = |bytes: &[u8], why: &str| {
            let message = parse_idx(bytes, "a").unwrap_err().to_string();
            assert!(message.starts_with("a: ") && message.contains(why), "{message}");
        };
        refused(b"", "no IDX file");
        refused(b"x,y\n1,2\n", "no IDX file");
        refused(&[0x1f, 0x8b, 8, 0, 0], "gzip");
        refused(&[0, 0, 7, 1, 0, 0, 0, 1, 1], "kind 0x07");
        refused(&[0, 0, 8, 3, 0, 0, 0, 1], "within the lengths");
        refused(&[0, 0, 8, 1, 0, 0, 0, 2, 1], "2 numbers of 1 bytes, and holds 1");
        refused(&[0, 0, 8, 1, 0, 0, 0, 1, 1, 1], "holds 2 bytes");
        let huge = [0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        refused(&huge, "holds 0 bytes");
    }
}
