//! Values of a part of a column, one by one.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};

use super::cells::Cells;
use super::kind::Kind;

/// Values that are decoded at a time.
const BATCH: usize = 8192;

/// Takes the next values of a column in a row group over into its cells, `most` of them at most; how many.
pub(super) fn read(
    reader: &mut ColumnReader,
    nullable: bool,
    most: usize,
    cells: &mut Cells,
) -> Result<usize, String> {
    let kind = cells.kind();
    let mut rows = RowsOf { nullable, most, cells };
    match reader {
        ColumnReader::BoolColumnReader(reader) => {
            rows.each(reader, |&value, cells| cells.push_number(f64::from(value)))
        }
        ColumnReader::Int32ColumnReader(reader) => {
            let Kind::Integer { signed, scale } = kind else { return Err(other()) };
            let unit = 10f64.powi(scale as i32);
            rows.each(reader, |&value, cells| {
                let number = if signed { f64::from(value) } else { f64::from(value as u32) };
                cells.push_number(number / unit)
            })
        }
        ColumnReader::Int64ColumnReader(reader) => {
            let Kind::Integer { signed, scale } = kind else { return Err(other()) };
            let unit = 10f64.powi(scale as i32);
            rows.each(reader, |&value, cells| {
                let number = if signed { value as f64 } else { value as u64 as f64 };
                cells.push_number(number / unit)
            })
        }
        ColumnReader::FloatColumnReader(reader) => {
            rows.each(reader, |&value, cells| cells.push_number(f64::from(value)))
        }
        ColumnReader::DoubleColumnReader(reader) => {
            rows.each(reader, |&value, cells| cells.push_number(value))
        }
        ColumnReader::ByteArrayColumnReader(reader) => {
            rows.each(reader, |value, cells| push_bytes(value.data(), kind, cells))
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            rows.each(reader, |value, cells| push_bytes(value.as_bytes(), kind, cells))
        }
        ColumnReader::Int96ColumnReader(_) => Err(other()),
    }
}

/// The kinds of a column and of its values are of one schema.
fn other() -> String {
    "cannot be read: it does not hold what the file says".to_owned()
}

/// Which values go where.
struct RowsOf<'c> {
    nullable: bool,
    most: usize,
    cells: &'c mut Cells,
}

impl RowsOf<'_> {
    /// Decodes values, and pushes each; how many.
    fn each<T: DataType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        push: impl Fn(&T::T, &mut Cells) -> Result<(), String>,
    ) -> Result<usize, String> {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let mut read = 0;
        while read < self.most {
            values.clear();
            levels.clear();
            let given = self.nullable.then_some(&mut levels);
            let (records, _, _) = reader
                .read_records(BATCH.min(self.most - read), given, None, &mut values)
                .map_err(|error| format!("cannot be read: {error}"))?;
            if records == 0 {
                break;
            }
            read += records;
            if !self.nullable {
                values.iter().try_for_each(|value| push(value, self.cells))?;
                continue;
            }
            let mut present = values.iter();
            for &level in &levels {
                match level {
                    0 => self.cells.push_missing()?,
                    _ => push(present.next().ok_or_else(other)?, self.cells)?,
                }
            }
        }
        Ok(read)
    }
}

fn push_bytes(bytes: &[u8], kind: Kind, cells: &mut Cells) -> Result<(), String> {
    match kind {
        Kind::Text => cells.push_text(bytes),
        Kind::Decimal { scale } => cells.push_number(whole(bytes) / 10f64.powi(scale as i32)),
        Kind::Half => match bytes {
            [low, high] => cells.push_number(half(u16::from_le_bytes([*low, *high]))),
            _ => Err(other()),
        },
        _ => Err(other()),
    }
}

/// A whole number in two's complement, the highest byte first.
fn whole(bytes: &[u8]) -> f64 {
    let negative = bytes.first().is_some_and(|&first| first >= 128);
    let start = if negative { -1.0 } else { 0.0 };
    // Up to 16 bytes hold the numbers of all precisions in use exactly until they are rounded.
    if bytes.len() <= 16 {
        let fill = if negative { -1_i128 } else { 0 };
        return bytes.iter().fold(fill, |sum, &byte| (sum << 8) | i128::from(byte)) as f64;
    }
    bytes.iter().fold(start, |sum, &byte| sum * 256.0 + f64::from(byte))
}

/// A number of half precision from its bits: sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::{half, whole};

    #[test]
    fn bytes_are_whole_numbers_of_either_sign() {
        assert_eq!(whole(&[]), 0.0);
        assert_eq!(whole(&[0x01, 0x00]), 256.0);
        assert_eq!(whole(&[0xff]), -1.0);
        assert_eq!(whole(&[0xfe, 0x0c]), -500.0);
        let mut long = [0xff_u8; 20];
        long[19] = 0x85;
        assert_eq!(whole(&long), -123.0);
    }

    #[test]
    fn half_precision_is_exact() {
        for (bits, number) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2f64.powi(-24)),
            (0x3555, 0.333251953125),
        ] {
            assert_eq!(half(bits), number);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e01).is_nan());
    }
}
