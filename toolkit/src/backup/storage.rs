//! Rows of SQLite: every value in its own storage class, whatever its column declares.

use sea_orm::sqlx::{
    Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _,
    error::BoxDynError,
    sqlite::{SqliteRow, SqliteValueRef},
};

/// A value in its storage class (<https://sqlite.org/datatype3.html>).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Storage {
    Null,
    Integer(i64),
    Real(f64),
    /// Text that may be no UTF-8, for SQLite does not look.
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Storage {
    /// The storage class, for messages.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }

    fn read(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.is_null() {
            return Ok(Self::Null);
        }
        let kind = value.type_info();
        let bytes = |value| <&[u8] as Decode<'_, Sqlite>>::decode(value).map(<[u8]>::to_vec);
        Ok(match kind.name() {
            "INTEGER" => Self::Integer(<i64 as Decode<'_, Sqlite>>::decode(value)?),
            "REAL" => Self::Real(<f64 as Decode<'_, Sqlite>>::decode(value)?),
            "TEXT" => Self::Text(bytes(value)?),
            _ => Self::Blob(bytes(value)?),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let sized = |out: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
            out.push(tag);
            // SQLite's longest value is shorter (SQLITE_MAX_LENGTH, at most 2^31 - 1).
            out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend(bytes);
        };
        match self {
            Self::Null => out.push(0),
            Self::Integer(value) => {
                out.push(1);
                out.extend(value.to_le_bytes());
            }
            Self::Real(value) => {
                out.push(2);
                out.extend(value.to_bits().to_le_bytes());
            }
            Self::Text(bytes) => sized(out, 3, bytes),
            Self::Blob(bytes) => sized(out, 4, bytes),
        }
    }
}

/// Appends a row to a block of records.
pub(super) fn push_row(row: &SqliteRow, block: &mut Vec<u8>) -> Result<(), BoxDynError> {
    let begin = block.len();
    block.extend([0; 4]);
    for at in 0..row.len() {
        Storage::read(row.try_get_raw(at)?)?.write(block);
    }
    let length = u32::try_from(block.len() - begin - 4)?;
    block[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// A record's values; none where it is no record.
pub(super) fn values(mut record: &[u8]) -> Option<Vec<Storage>> {
    let mut values = Vec::new();
    while let Some((tag, rest)) = record.split_first() {
        record = rest;
        let mut take = |length: usize| {
            let (taken, rest) = record.split_at_checked(length)?;
            record = rest;
            Some(taken)
        };
        values.push(match tag {
            0 => Storage::Null,
            1 => Storage::Integer(i64::from_le_bytes(take(8)?.try_into().ok()?)),
            2 => Storage::Real(f64::from_bits(u64::from_le_bytes(take(8)?.try_into().ok()?))),
            3 | 4 => {
                let length = u32::from_le_bytes(take(4)?.try_into().ok()?);
                let bytes = take(usize::try_from(length).ok()?)?.to_vec();
                if *tag == 3 {
                    Storage::Text(bytes)
                } else {
                    Storage::Blob(bytes)
                }
            }
            _ => return None,
        });
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let row = [
            Storage::Null,
            Storage::Integer(i64::MIN),
            Storage::Real(-0.0),
            Storage::Real(f64::INFINITY),
            Storage::Text(b"\xffno utf-8\0\n\t".to_vec()),
            Storage::Text(Vec::new()),
            Storage::Blob(vec![0, 1, 2]),
        ];
        let mut record = Vec::new();
        for value in &row {
            value.write(&mut record);
        }
        assert_eq!(values(&record).unwrap(), row);
        for length in 1..record.len() {
            if let Some(values) = values(&record[..length]) {
                assert!(values.len() < row.len());
            }
        }
    }
}
