//! What a value means, whatever the kind of database that holds it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Timelike as _, Utc};

use crate::{backup::storage::Storage, schema::DataType};

/// How a column's values are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Boolean,
    /// So many bits.
    Integer(u32),
    /// 32 or 64 bits.
    Float(u32),
    Decimal(Option<(u32, u32)>),
    /// So many characters at most.
    Text(Option<u32>),
    /// Blanks at its end mean nothing.
    Char(Option<u32>),
    Bytes,
    Date,
    Time,
    DateTime,
    Moment,
    Json,
    JsonBinary,
    Uuid,
}

impl Family {
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Boolean => Self::Boolean,
            DataType::TinyInteger | DataType::TinyUnsigned | DataType::SmallInteger => Self::Integer(16),
            DataType::SmallUnsigned | DataType::Integer => Self::Integer(32),
            DataType::Unsigned | DataType::BigInteger | DataType::BigUnsigned => Self::Integer(64),
            DataType::Float => Self::Float(32),
            DataType::Double => Self::Float(64),
            DataType::Decimal(size) => Self::Decimal(*size),
            DataType::Char(length) => Self::Char(Some(length.unwrap_or(1))),
            DataType::Varchar(length) => Self::Text(*length),
            DataType::Text | DataType::Enum(_) => Self::Text(None),
            DataType::Blob | DataType::Binary(_) | DataType::VarBinary(_) => Self::Bytes,
            DataType::Date => Self::Date,
            DataType::Time => Self::Time,
            DataType::DateTime | DataType::Timestamp => Self::DateTime,
            DataType::TimestampTz => Self::Moment,
            DataType::Json => Self::Json,
            DataType::JsonBinary => Self::JsonBinary,
            DataType::Uuid => Self::Uuid,
            DataType::Array(_) | DataType::Custom(_) => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "truth value",
            Self::Integer(_) => "whole number",
            Self::Float(_) => "floating-point number",
            Self::Decimal(_) => "decimal",
            Self::Text(_) | Self::Char(_) => "text",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "date and time",
            Self::Moment => "moment",
            Self::Json | Self::JsonBinary => "JSON",
            Self::Uuid => "UUID",
        }
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    /// Without zeros that say nothing.
    Decimal(String),
    Text(String),
    Bytes(Vec<u8>),
    Date(NaiveDate),
    Time(NaiveTime),
    DateTime(NaiveDateTime),
    Moment(DateTime<Utc>),
    /// As it was written.
    Json(String),
    Uuid([u8; 16]),
}

/// Why there is no such value on the other side.
pub(super) type Reason = String;

fn no(family: Family, text: &str) -> Reason {
    const LONGEST: usize = 40;
    let shown: String = text.chars().take(LONGEST).collect();
    let more = if text.chars().count() > LONGEST { "…" } else { "" };
    format!("`{shown}{more}` is no {}", family.name())
}

impl Value {
    /// Of a field of PostgreSQL.
    pub(super) fn of_field(field: Option<&[u8]>, family: Family) -> Result<Self, Reason> {
        let Some(bytes) = field else { return Ok(Self::Null) };
        let text = std::str::from_utf8(bytes).map_err(|_| "text that is no UTF-8".to_owned())?;
        let wrong = || no(family, text);
        Ok(match family {
            Family::Boolean => Self::Boolean(match text {
                "t" => true,
                "f" => false,
                _ => return Err(wrong()),
            }),
            Family::Integer(_) => Self::Integer(text.parse().map_err(|_| wrong())?),
            Family::Float(32) => Self::Float(f64::from(text.parse::<f32>().map_err(|_| wrong())?)),
            Family::Float(_) => Self::Float(text.parse().map_err(|_| wrong())?),
            Family::Bytes => Self::Bytes(text.strip_prefix("\\x").and_then(bytes_of_hex).ok_or_else(wrong)?),
            _ => Self::of_text(text, family)?,
        })
    }

    /// Of a value of SQLite.
    pub(super) fn of_storage(value: &Storage, family: Family) -> Result<Self, Reason> {
        let wrong = || format!("{} in a column of {}s", value.class(), family.name());
        Ok(match (value, family) {
            (Storage::Null, _) => Self::Null,
            (Storage::Integer(0 | 1), Family::Boolean) => Self::Boolean(*value == Storage::Integer(1)),
            (Storage::Integer(value), Family::Boolean) => return Err(no(family, &value.to_string())),
            (Storage::Integer(value), Family::Integer(bits)) => {
                let limit = 1_i64.checked_shl(bits - 1).unwrap_or(i64::MIN);
                if bits < 64 && (*value >= limit || *value < -limit) {
                    return Err(format!("{value} does not fit into {bits} bits"));
                }
                Self::Integer(*value)
            }
            #[expect(clippy::cast_precision_loss, reason = "compared right behind")]
            (Storage::Integer(value), Family::Float(_)) => {
                let float = *value as f64;
                if exact(float) != Some(*value) {
                    return Err(format!("{value} has more digits than a floating-point number"));
                }
                Self::Float(float)
            }
            (Storage::Real(value), Family::Float(bits)) => {
                #[expect(clippy::cast_possible_truncation, reason = "compared right behind")]
                let short = *value as f32;
                if bits == 32 && f64::from(short).to_bits() != value.to_bits() {
                    return Err(format!("{value} has more digits than 32 bits hold"));
                }
                Self::Float(*value)
            }
            (Storage::Integer(value), Family::Decimal(_)) => Self::of_text(&value.to_string(), family)?,
            (Storage::Real(value), Family::Decimal(_)) => Self::of_text(&value.to_string(), family)?,
            (Storage::Blob(bytes), Family::Bytes) => Self::Bytes(bytes.clone()),
            (Storage::Blob(bytes), Family::Uuid) => Self::Uuid(
                bytes
                    .as_slice()
                    .try_into()
                    .map_err(|_| no(family, "bytes of another length"))?,
            ),
            (Storage::Text(_), Family::Boolean | Family::Integer(_) | Family::Float(_) | Family::Bytes) => {
                return Err(wrong());
            }
            (Storage::Text(bytes), _) => {
                let text = std::str::from_utf8(bytes).map_err(|_| "text that is no UTF-8".to_owned())?;
                Self::of_text(text, family)?
            }
            _ => return Err(wrong()),
        })
    }

    /// Of text that both kinds of database write alike, or nearly.
    fn of_text(text: &str, family: Family) -> Result<Self, Reason> {
        let wrong = || no(family, text);
        Ok(match family {
            Family::Decimal(size) => {
                let decimal = plain_decimal(text).ok_or_else(wrong)?;
                if let Some((precision, scale)) = size {
                    let (whole, part) = decimal.split_once('.').unwrap_or((&decimal, ""));
                    let whole = whole.trim_start_matches('-').trim_start_matches('0').len();
                    if part.len() > scale as usize || whole > precision.saturating_sub(scale) as usize {
                        return Err(format!("{text} does not fit into decimal({precision},{scale})"));
                    }
                }
                Self::Decimal(decimal)
            }
            Family::Char(most) | Family::Text(most) => {
                let text = if matches!(family, Family::Char(_)) {
                    text.trim_end_matches(' ')
                } else {
                    text
                };
                if most.is_some_and(|most| text.chars().count() > most as usize) {
                    return Err(format!("text of more than {} characters", most.unwrap_or_default()));
                }
                Self::Text(text.to_owned())
            }
            Family::Date => Self::Date(text.parse().map_err(|_| wrong())?),
            Family::Time => Self::Time(micros(text.parse().map_err(|_| wrong())?).ok_or_else(wrong)?),
            Family::DateTime => {
                let moment = naive(text).ok_or_else(wrong)?;
                Self::DateTime(moment.date().and_time(micros(moment.time()).ok_or_else(wrong)?))
            }
            Family::Moment => {
                let moment = moment(text).ok_or_else(wrong)?;
                let time = micros(moment.time()).ok_or_else(wrong)?;
                Self::Moment(moment.date_naive().and_time(time).and_utc())
            }
            Family::Json | Family::JsonBinary => {
                serde_json::from_str::<serde_json::Value>(text).map_err(|_| wrong())?;
                Self::Json(text.to_owned())
            }
            Family::Uuid => {
                let digits: String = text.chars().filter(|digit| *digit != '-').collect();
                let bytes = bytes_of_hex(&digits).and_then(|bytes| bytes.try_into().ok());
                Self::Uuid(bytes.ok_or_else(wrong)?)
            }
            _ => return Err(wrong()),
        })
    }

    /// For SQLite, as SeaORM writes it there.
    pub(super) fn storage(&self) -> Result<Storage, Reason> {
        let text = |text: String| Storage::Text(text.into_bytes());
        Ok(match self {
            Self::Null => Storage::Null,
            Self::Boolean(value) => Storage::Integer(i64::from(*value)),
            Self::Integer(value) => Storage::Integer(*value),
            Self::Float(value) if value.is_nan() => return Err("SQLite has no NaN".into()),
            Self::Float(value) => Storage::Real(*value),
            // Its columns of decimals keep floating-point numbers.
            Self::Decimal(decimal) => {
                let float: f64 = decimal.parse().map_err(|_| format!("{decimal} is too large"))?;
                if plain_decimal(&float.to_string()).as_ref() != Some(decimal) {
                    return Err(format!("{decimal} has more digits than SQLite keeps of a decimal"));
                }
                Storage::Real(float)
            }
            Self::Text(value) | Self::Json(value) => text(value.clone()),
            Self::Bytes(bytes) => Storage::Blob(bytes.clone()),
            Self::Date(value) => text(value.format("%F").to_string()),
            Self::Time(value) => text(value.format("%T%.f").to_string()),
            Self::DateTime(value) => text(value.format("%F %T%.f").to_string()),
            Self::Moment(value) => text(value.to_rfc3339_opts(SecondsFormat::AutoSi, false)),
            Self::Uuid(bytes) => Storage::Blob(bytes.to_vec()),
        })
    }

    /// For PostgreSQL, as `COPY` takes it before it is escaped; none for NULL.
    pub(super) fn field(&self, family: Family) -> Result<Option<String>, Reason> {
        Ok(Some(match self {
            Self::Null => return Ok(None),
            Self::Boolean(value) => if *value { "t" } else { "f" }.into(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}"),
            Self::Decimal(decimal) => decimal.clone(),
            Self::Text(text) if text.contains('\0') => return Err("PostgreSQL's text has no NUL".into()),
            Self::Json(text) if family == Family::JsonBinary && text.contains("\\u0000") => {
                return Err("PostgreSQL's JSON has no NUL".into());
            }
            Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Bytes(bytes) => "\\x".chars().chain(hex(bytes).chars()).collect(),
            Self::Date(value) => value.format("%F").to_string(),
            Self::Time(value) => value.format("%T%.6f").to_string(),
            Self::DateTime(value) => value.format("%F %T%.6f").to_string(),
            Self::Moment(value) => value.format("%F %T%.6f+00").to_string(),
            Self::Uuid(bytes) => hex(bytes),
        }))
    }

    /// Appends what it means.
    pub(super) fn mean(&self, out: &mut Vec<u8>) {
        let (tag, bytes) = match self {
            Self::Null => (b'n', Vec::new()),
            Self::Boolean(value) => (b'b', vec![u8::from(*value)]),
            Self::Integer(value) => (b'i', value.to_le_bytes().to_vec()),
            // Two zeros are one number.
            Self::Float(value) if *value == 0.0 => (b'f', 0_u64.to_le_bytes().to_vec()),
            Self::Float(value) => (b'f', value.to_bits().to_le_bytes().to_vec()),
            Self::Decimal(value) => (b'd', value.clone().into_bytes()),
            Self::Text(value) => (b't', value.clone().into_bytes()),
            Self::Bytes(value) => (b'y', value.clone()),
            Self::Date(value) => (b'a', value.to_string().into_bytes()),
            Self::Time(value) => (b'o', value.to_string().into_bytes()),
            Self::DateTime(value) => (b'w', value.to_string().into_bytes()),
            Self::Moment(value) => (b'm', value.to_string().into_bytes()),
            Self::Json(value) => (b'j', canonical(value)),
            Self::Uuid(value) => (b'u', value.to_vec()),
        };
        out.push(tag);
        out.extend((bytes.len() as u64).to_le_bytes());
        out.extend(bytes);
    }
}

/// The whole number that a float is, if it is one.
fn exact(float: f64) -> Option<i64> {
    format!("{float:.0}").parse().ok()
}

/// PostgreSQL keeps microseconds, and programs write on SQLite whatever their clock has: what is finer is cut. It has no leap
/// seconds.
fn micros(time: NaiveTime) -> Option<NaiveTime> {
    let nanoseconds = time.nanosecond();
    (nanoseconds < 1_000_000_000)
        .then(|| time.with_nanosecond(nanoseconds - nanoseconds % 1000))
        .flatten()
}

fn naive(text: &str) -> Option<NaiveDateTime> {
    [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.fZ",
        "%Y-%m-%d %H:%M",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"]
        .iter()
        .find_map(|form| DateTime::parse_from_str(text, form).ok());
    zoned
        .map(|moment| moment.with_timezone(&Utc))
        .or_else(|| naive(text).map(|moment| moment.and_utc()))
}

/// A decimal without a plus, and without zeros that say nothing; none for what is no number or is infinite.
fn plain_decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if whole == "0" && part.is_empty() { "" } else { sign };
    let point = if part.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{part}"))
}

/// JSON whose keys are in one order: PostgreSQL's `jsonb` keeps none.
fn canonical(text: &str) -> Vec<u8> {
    fn sorted(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => {
                let mut pairs: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
                pairs.sort_by(|a, b| a.0.cmp(&b.0));
                serde_json::Value::Object(pairs.into_iter().collect())
            }
            serde_json::Value::Array(list) => serde_json::Value::Array(list.into_iter().map(sorted).collect()),
            // `1e2` and `100` are one number, which is printed in two ways.
            serde_json::Value::Number(number) => number
                .as_f64()
                .filter(|float| number.is_f64() && float.fract().abs() <= 0.0 && float.abs() < 9e15)
                .and_then(exact)
                .map_or(serde_json::Value::Number(number), serde_json::Value::from),
            other => other,
        }
    }
    // It was parsed before.
    serde_json::from_str(text).map_or_else(
        |_| text.as_bytes().to_vec(),
        |value| sorted(value).to_string().into_bytes(),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}
