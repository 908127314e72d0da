//! What the values of a column stand for.

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::schema::types::ColumnDescriptor;

/// How values become cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    /// Of a sign, and of so many digits after the point.
    Integer {
        signed: bool,
        scale: u32,
    },
    Float,
    /// Half precision, in two bytes.
    Half,
    /// A whole number in bytes, the highest first, and digits after the point.
    Decimal {
        scale: u32,
    },
    Text,
}

impl Kind {
    /// The kind of a column, or what it holds that is neither numbers nor texts.
    pub(super) fn of(column: &ColumnDescriptor) -> Result<Self, &'static str> {
        if column.max_rep_level() > 0 || column.path().parts().len() > 1 {
            return Err("a list or a structure");
        }
        let logical = column.logical_type_ref();
        let converted = column.converted_type();
        match logical {
            Some(LogicalType::Date) => return Err("dates"),
            Some(LogicalType::Time(_)) => return Err("times"),
            Some(LogicalType::Timestamp(_)) => return Err("moments"),
            Some(LogicalType::Uuid) => return Err("identifiers"),
            Some(LogicalType::Unknown) => return Err("nothing but nulls"),
            _ => {}
        }
        match converted {
            ConvertedType::DATE => return Err("dates"),
            ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => return Err("times"),
            ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS => {
                return Err("moments");
            }
            ConvertedType::INTERVAL => return Err("intervals of time"),
            _ => {}
        }
        let decimal = match logical {
            Some(LogicalType::Decimal(decimal)) => Some(decimal.scale),
            _ => (converted == ConvertedType::DECIMAL).then(|| column.type_scale()),
        };
        let scale = u32::try_from(decimal.unwrap_or(0)).map_err(|_| "decimals of no digits")?;
        let unsigned = matches!(logical, Some(LogicalType::Integer(kind)) if !kind.is_signed)
            || matches!(
                converted,
                ConvertedType::UINT_8
                    | ConvertedType::UINT_16
                    | ConvertedType::UINT_32
                    | ConvertedType::UINT_64
            );
        match column.physical_type() {
            Type::BOOLEAN => Ok(Self::Boolean),
            Type::INT32 | Type::INT64 => Ok(Self::Integer { signed: !unsigned, scale }),
            Type::FLOAT | Type::DOUBLE => Ok(Self::Float),
            Type::INT96 => Err("moments"),
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY if decimal.is_some() => {
                Ok(Self::Decimal { scale })
            }
            Type::FIXED_LEN_BYTE_ARRAY if logical == Some(&LogicalType::Float16) => Ok(Self::Half),
            Type::BYTE_ARRAY => {
                let text = matches!(
                    logical,
                    Some(LogicalType::String | LogicalType::Enum | LogicalType::Json)
                ) || matches!(
                    converted,
                    ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON
                );
                if text { Ok(Self::Text) } else { Err("bytes") }
            }
            Type::FIXED_LEN_BYTE_ARRAY => Err("bytes"),
        }
    }
}
