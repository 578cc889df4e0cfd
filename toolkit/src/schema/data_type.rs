//! Column types.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A column's type, as SeaORM knows it; each database has its own spelling.
///
/// In JSON and in messages it is one word: `varchar(255)`, `decimal(12,2)`, `integer[]`, `enum:mood`, `custom:citext`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// True or false.
    Boolean,
    /// 8 bits, signed (16 on PostgreSQL).
    TinyInteger,
    /// 16 bits, signed.
    SmallInteger,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    BigInteger,
    /// 8 bits, unsigned where the database has that.
    TinyUnsigned,
    /// 16 bits, unsigned where the database has that.
    SmallUnsigned,
    /// 32 bits, unsigned where the database has that.
    Unsigned,
    /// 64 bits, unsigned where the database has that.
    BigUnsigned,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// Exact decimal: digits in all, digits behind the point.
    Decimal(Option<(u32, u32)>),
    /// Text of a fixed number of characters.
    Char(Option<u32>),
    /// Text of at most that many characters.
    Varchar(Option<u32>),
    /// Text of any length.
    Text,
    /// Bytes of any length.
    Blob,
    /// Bytes of a fixed length.
    Binary(u32),
    /// Bytes of at most that length.
    VarBinary(Option<u32>),
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// Date and time without a zone (SeaORM's `DateTime`).
    DateTime,
    /// Date and time without a zone, MySQL's `timestamp` (SeaORM's `Timestamp`).
    Timestamp,
    /// A moment: date and time with a zone.
    TimestampTz,
    /// JSON as text.
    Json,
    /// JSON in the database's binary form.
    JsonBinary,
    /// A UUID.
    Uuid,
    /// A native enumeration, by the name of its type.
    Enum(String),
    /// An array.
    Array(Box<DataType>),
    /// Any other type, by the name that the database knows.
    Custom(String),
}

/// A word that names no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no column type")]
pub struct DataTypeError(pub String);

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::TinyInteger => f.write_str("tinyint"),
            Self::SmallInteger => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInteger => f.write_str("bigint"),
            Self::TinyUnsigned => f.write_str("tinyint unsigned"),
            Self::SmallUnsigned => f.write_str("smallint unsigned"),
            Self::Unsigned => f.write_str("integer unsigned"),
            Self::BigUnsigned => f.write_str("bigint unsigned"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal(None) => f.write_str("decimal"),
            Self::Decimal(Some((precision, scale))) => write!(f, "decimal({precision},{scale})"),
            Self::Char(None) => f.write_str("char"),
            Self::Char(Some(length)) => write!(f, "char({length})"),
            Self::Varchar(None) => f.write_str("varchar"),
            Self::Varchar(Some(length)) => write!(f, "varchar({length})"),
            Self::Text => f.write_str("text"),
            Self::Blob => f.write_str("blob"),
            Self::Binary(length) => write!(f, "binary({length})"),
            Self::VarBinary(None) => f.write_str("varbinary"),
            Self::VarBinary(Some(length)) => write!(f, "varbinary({length})"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time"),
            Self::DateTime => f.write_str("datetime"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::TimestampTz => f.write_str("timestamptz"),
            Self::Json => f.write_str("json"),
            Self::JsonBinary => f.write_str("jsonb"),
            Self::Uuid => f.write_str("uuid"),
            Self::Enum(name) => write!(f, "enum:{name}"),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Custom(name) => write!(f, "custom:{name}"),
        }
    }
}

impl FromStr for DataType {
    type Err = DataTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || DataTypeError(text.to_owned());
        if let Some(name) = text.strip_prefix("custom:") {
            return Ok(Self::Custom(name.to_owned()));
        }
        if let Some(element) = text.strip_suffix("[]") {
            return Ok(Self::Array(Box::new(element.parse()?)));
        }
        if let Some(name) = text.strip_prefix("enum:") {
            return Ok(Self::Enum(name.to_owned()));
        }
        let (word, arguments) = match text.split_once('(') {
            None => (text, Vec::new()),
            Some((word, rest)) => {
                let inside = rest.strip_suffix(')').ok_or_else(unknown)?;
                let numbers: Result<Vec<u32>, _> = inside.split(',').map(|number| number.trim().parse()).collect();
                (word, numbers.map_err(|_| unknown())?)
            }
        };
        Ok(match (word, arguments.as_slice()) {
            ("boolean", []) => Self::Boolean,
            ("tinyint", []) => Self::TinyInteger,
            ("smallint", []) => Self::SmallInteger,
            ("integer", []) => Self::Integer,
            ("bigint", []) => Self::BigInteger,
            ("tinyint unsigned", []) => Self::TinyUnsigned,
            ("smallint unsigned", []) => Self::SmallUnsigned,
            ("integer unsigned", []) => Self::Unsigned,
            ("bigint unsigned", []) => Self::BigUnsigned,
            ("float", []) => Self::Float,
            ("double", []) => Self::Double,
            ("decimal", []) => Self::Decimal(None),
            ("decimal", [precision, scale]) => Self::Decimal(Some((*precision, *scale))),
            ("char", []) => Self::Char(None),
            ("char", [length]) => Self::Char(Some(*length)),
            ("varchar", []) => Self::Varchar(None),
            ("varchar", [length]) => Self::Varchar(Some(*length)),
            ("text", []) => Self::Text,
            ("blob", []) => Self::Blob,
            ("binary", [length]) => Self::Binary(*length),
            ("varbinary", []) => Self::VarBinary(None),
            ("varbinary", [length]) => Self::VarBinary(Some(*length)),
            ("date", []) => Self::Date,
            ("time", []) => Self::Time,
            ("datetime", []) => Self::DateTime,
            ("timestamp", []) => Self::Timestamp,
            ("timestamptz", []) => Self::TimestampTz,
            ("json", []) => Self::Json,
            ("jsonb", []) => Self::JsonBinary,
            ("uuid", []) => Self::Uuid,
            _ => return Err(unknown()),
        })
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_type_reads_back_as_that_type() {
        for data_type in [
            DataType::Decimal(Some((12, 2))),
            DataType::Varchar(Some(255)),
            DataType::Varchar(None),
            DataType::BigUnsigned,
            DataType::Array(Box::new(DataType::Integer)),
            DataType::Enum("mood".into()),
            DataType::Custom("tsvector[]".into()),
        ] {
            assert_eq!(data_type.to_string().parse(), Ok(data_type));
        }
        assert_eq!(
            "varchar(x)".parse::<DataType>(),
            Err(DataTypeError("varchar(x)".into()))
        );
    }
}
