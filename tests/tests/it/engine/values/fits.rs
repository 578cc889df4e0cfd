//! Whether a value is one of its column's type: on SQLite, where a column takes anything, the net has to ask itself.

use seawright::schema::{Column, DataType, EnumType};

/// A value as it was read: `typeof` and `quote`, a blank between.
fn parts(value: &str) -> (&str, &str) {
    value.split_once(' ').unwrap_or((value, ""))
}

/// The text of a value, without its quotes.
pub(super) fn text(value: &str) -> String {
    let (kind, quoted) = parts(value);
    match kind {
        "text" => quoted[1..quoted.len() - 1].replace("''", "'"),
        _ => quoted.to_owned(),
    }
}

fn whole(value: &str, least: i64, most: i64) -> bool {
    let (kind, text) = parts(value);
    kind == "integer" && text.parse().is_ok_and(|number: i64| (least..=most).contains(&number))
}

fn is_text(value: &str, holds: impl Fn(&str) -> bool) -> bool {
    parts(value).0 == "text" && holds(&text(value))
}

fn byte_count(value: &str) -> Option<usize> {
    let (kind, quoted) = parts(value);
    (kind == "blob").then(|| (quoted.len() - "X''".len()) / 2)
}

fn decimal(value: &str, size: Option<(u32, u32)>) -> bool {
    let (kind, text) = parts(value);
    if !["integer", "real"].contains(&kind) {
        return false;
    }
    let (Some((precision, scale)), false) = (size, text.contains('e')) else {
        return true;
    };
    let text = text.trim_start_matches('-');
    let (before, behind) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| u32::try_from(text.len()).unwrap();
    // A real number holds fifteen digits; what it makes of more is its own affair.
    digits(before) + digits(behind) > 15
        || (digits(before.trim_start_matches('0')) <= precision - scale
            && digits(behind.trim_end_matches('0')) <= scale)
}

fn moment(text: &str, parts: &[(usize, char)]) -> bool {
    parts.iter().all(|(at, letter)| text.chars().nth(*at) == Some(*letter))
        && text.chars().next().is_some_and(|letter| letter.is_ascii_digit())
}

/// Whether SQLite holds a value that an entity can read.
pub(super) fn fits(column: &Column, value: Option<&str>, enums: &[EnumType]) -> bool {
    let Some(value) = value else { return true };
    let at_most = |length: Option<u32>| {
        is_text(value, |text| {
            length.is_none_or(|length| text.chars().count() <= usize::try_from(length).unwrap())
        })
    };
    match &column.data_type {
        DataType::Boolean => whole(value, 0, 1),
        DataType::TinyInteger => whole(value, -128, 127),
        DataType::SmallInteger => whole(value, i16::MIN.into(), i16::MAX.into()),
        // A key is SQLite's own 64-bit number, and read as one from there.
        DataType::Integer if !column.auto_increment.is_on() => whole(value, i32::MIN.into(), i32::MAX.into()),
        DataType::Integer | DataType::BigInteger => whole(value, i64::MIN, i64::MAX),
        DataType::TinyUnsigned => whole(value, 0, 255),
        DataType::SmallUnsigned => whole(value, 0, 65_535),
        DataType::Unsigned => whole(value, 0, 4_294_967_295),
        DataType::BigUnsigned => whole(value, 0, i64::MAX),
        DataType::Float | DataType::Double => ["integer", "real"].contains(&parts(value).0),
        DataType::Decimal(size) => decimal(value, *size),
        DataType::Char(length) => at_most(Some(length.unwrap_or(1))),
        DataType::Varchar(length) => at_most(*length),
        DataType::Text => at_most(None),
        DataType::Blob | DataType::VarBinary(None) => byte_count(value).is_some(),
        DataType::Binary(length) | DataType::VarBinary(Some(length)) => {
            byte_count(value).is_some_and(|count| count <= usize::try_from(*length).unwrap())
        }
        DataType::Date => is_text(value, |text| text.len() == 10 && moment(text, &[(4, '-'), (7, '-')])),
        DataType::Time => is_text(value, |text| moment(text, &[(2, ':')])),
        DataType::DateTime | DataType::Timestamp | DataType::TimestampTz => is_text(value, |text| {
            text.len() >= 19 && moment(text, &[(4, '-'), (7, '-'), (13, ':')])
        }),
        DataType::Json | DataType::JsonBinary => {
            is_text(value, |text| serde_json::from_str::<serde_json::Value>(text).is_ok())
        }
        DataType::Uuid => byte_count(value) == Some(16) || is_text(value, |text| text.len() == 36 && is_hex(text)),
        DataType::Enum(name) => enums.iter().any(|enumeration| {
            enumeration.name == *name && is_text(value, |text| enumeration.values.iter().any(|value| value == text))
        }),
        DataType::Array(_) | DataType::Custom(_) => true,
    }
}

fn is_hex(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

/// Types of one family, in which a value that comes back as another has lost something; between families its text may
/// be written in another way.
pub(super) fn is_one_family(a: &DataType, b: &DataType) -> bool {
    let family = |data_type: &DataType| match data_type {
        DataType::Boolean
        | DataType::TinyInteger
        | DataType::SmallInteger
        | DataType::Integer
        | DataType::BigInteger
        | DataType::TinyUnsigned
        | DataType::SmallUnsigned
        | DataType::Unsigned
        | DataType::BigUnsigned
        | DataType::Float
        | DataType::Double
        | DataType::Decimal(_) => Some(1),
        DataType::Char(_) | DataType::Varchar(_) | DataType::Text => Some(2),
        DataType::Blob | DataType::Binary(_) | DataType::VarBinary(_) => Some(3),
        DataType::Date | DataType::Time | DataType::DateTime | DataType::Timestamp | DataType::TimestampTz => Some(4),
        DataType::Custom(name) if name.starts_with("timestamp") => Some(4),
        _ => None,
    };
    family(a).is_some() && family(a) == family(b)
}

/// Whether two values read from SQLite are one value in two types.
pub(super) fn is_one_value(a: &str, b: &str) -> bool {
    let (kinds, texts) = ((parts(a).0, parts(b).0), (text(a), text(b)));
    if texts.0 == texts.1 {
        return true;
    }
    let are_numbers = [kinds.0, kinds.1].iter().all(|kind| ["integer", "real"].contains(kind));
    are_numbers
        && match (texts.0.parse::<i128>(), texts.1.parse::<i128>()) {
            (Ok(_), Ok(_)) => false,
            _ => {
                texts.0.parse::<f64>().ok().map(f64::to_bits) == texts.1.parse::<f64>().ok().map(f64::to_bits)
                    && [&texts.0, &texts.1]
                        .iter()
                        .all(|text| text.trim_start_matches('-').len() <= 17)
            }
        }
}
