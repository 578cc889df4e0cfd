//! Whether the values of one type fit into another: the one judgement that consent, SQL, drift, reconciliation and the way
//! back share.

use crate::schema::DataType;

/// What a value must stand to go from one type to another unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Every value does.
    Always,
    /// A text of no more than so many characters.
    Length(u32),
    /// A whole number from the first to the second.
    Range(i64, i64),
    /// A number of so many digits, so many of them behind the point.
    Digits(u32, u32),
    /// A value that comes back unchanged when it is converted there and back.
    RoundTrip,
    /// A text that reads as a value of the other type.
    Reads,
    /// No value: each loses a part, such as its date or its time of day.
    Cut,
    /// There is no conversion; somebody has to say what becomes of the values.
    Never,
}

impl Fit {
    /// Whether there may be values that do not fit.
    pub fn may_lose(&self) -> bool {
        *self != Self::Always
    }
}

/// How values of the first type fit into the second.
pub fn fit(from: &DataType, to: &DataType) -> Fit {
    use DataType::{Array, Boolean, Custom, Date, Decimal, Double, Enum, Float, Json, JsonBinary, Time};
    let (from, to) = (&known(from), &known(to));
    if from == to {
        return Fit::Always;
    }
    match (from, to) {
        (Array(from), Array(to)) => match fit(from, to) {
            Fit::Always => Fit::Always,
            Fit::Never => Fit::Never,
            Fit::Reads => Fit::Reads,
            _ => Fit::RoundTrip,
        },
        (Array(_), to) if is_text(to) => length(from, to),
        (from, Array(_)) if is_text(from) => Fit::Reads,
        (Array(_), _) | (_, Array(_)) => Fit::Never,
        (Custom(from), _) => custom(from, to),
        (_, Custom(to)) => into_custom(from, to),
        (from, to) if is_text(to) => length(from, to),
        (from, Boolean) if range(from).is_some() => Fit::Range(0, 1),
        (Boolean, to) if range(to).is_some() => Fit::Always,
        (from, _) if is_text(from) => Fit::Reads,
        (Json, JsonBinary) | (JsonBinary, Json) => Fit::Always,
        (from, to) if is_bytes(from) && is_bytes(to) => bytes(from, to),
        (Enum(_), Enum(_)) => Fit::Reads,
        (Float, Double) => Fit::Always,
        (Double, Float) => Fit::RoundTrip,
        (from, to) if range(from).is_some() || matches!(from, Decimal(_) | Float | Double) => number(from, to),
        (from, to) if is_moment(from) && is_moment(to) => Fit::Always,
        (Date, to) if is_moment(to) => Fit::Always,
        (from, Date) if is_moment(from) => Fit::RoundTrip,
        (from, Time) if is_moment(from) => Fit::Cut,
        _ => Fit::Never,
    }
}

/// A type that databases have under a name of their own, by the model's word for it.
pub(crate) fn known(data_type: &DataType) -> DataType {
    let DataType::Custom(name) = data_type else {
        return data_type.clone();
    };
    let lower = without_collation(name).to_ascii_lowercase();
    let (word, size) = match lower.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.strip_suffix(')')),
        None => (lower.trim(), None),
    };
    match (word, size) {
        ("int2", None) => DataType::SmallInteger,
        ("int" | "int4" | "mediumint", None) => DataType::Integer,
        ("int8" | "bigint", None) => DataType::BigInteger,
        ("bool", None) => DataType::Boolean,
        ("float4", None) => DataType::Float,
        ("real" | "float8" | "double precision", None) => DataType::Double,
        ("numeric" | "decimal", None) => DataType::Decimal(None),
        ("numeric" | "decimal", Some(size)) => {
            let (precision, scale) = size.split_once(',').unwrap_or((size, "0"));
            match (precision.trim().parse(), scale.trim().parse()) {
                (Ok(precision), Ok(scale)) => DataType::Decimal(Some((precision, scale))),
                _ => data_type.clone(),
            }
        }
        ("clob", None) => DataType::Text,
        _ => data_type.clone(),
    }
}

/// Whether one of the two is a moment with a zone and the other one without: somebody has to say which.
pub fn needs_zone(from: &DataType, to: &DataType) -> bool {
    let (from, to) = (base(from), base(to));
    let has_zone = |base: &str| base == "timestamptz";
    let is_local = |base: &str| matches!(base, "timestamp" | "date" | "time");
    has_zone(&from) && is_local(&to) || (is_local(&from) && from != "time" || from == "text") && has_zone(&to)
}

/// A text, whatever its length.
pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(base(data_type).as_str(), "text")
}

/// A moment: a date with a time of day.
pub(crate) fn is_moment(data_type: &DataType) -> bool {
    matches!(base(data_type).as_str(), "timestamp" | "timestamptz")
}

pub(crate) fn is_bytes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Blob | DataType::Binary(_) | DataType::VarBinary(_))
}

/// The smallest and the largest number of an integer type.
pub(crate) fn range(data_type: &DataType) -> Option<(i64, i64)> {
    Some(match data_type {
        DataType::TinyInteger => (i8::MIN.into(), i8::MAX.into()),
        DataType::SmallInteger => (i16::MIN.into(), i16::MAX.into()),
        DataType::Integer => (i32::MIN.into(), i32::MAX.into()),
        DataType::BigInteger => (i64::MIN, i64::MAX),
        DataType::TinyUnsigned => (0, u8::MAX.into()),
        DataType::SmallUnsigned => (0, u16::MAX.into()),
        DataType::Unsigned => (0, u32::MAX.into()),
        // SeaORM's databases have no larger ones.
        DataType::BigUnsigned => (0, i64::MAX),
        _ => return None,
    })
}

/// What a type is called without its size, so that `timestamp(3)` is found to be a moment.
pub(crate) fn base(data_type: &DataType) -> String {
    match data_type {
        DataType::Text | DataType::Varchar(_) | DataType::Char(_) => "text".to_owned(),
        DataType::DateTime | DataType::Timestamp => "timestamp".to_owned(),
        DataType::TimestampTz => "timestamptz".to_owned(),
        DataType::Custom(name) => custom_base(name),
        other => {
            let text = other.to_string();
            text.split('(').next().unwrap_or(&text).to_owned()
        }
    }
}

/// A collation says how texts are compared, not which there are.
fn without_collation(name: &str) -> &str {
    name.split(" COLLATE ").next().unwrap_or(name)
}

fn custom_base(name: &str) -> String {
    let lower = without_collation(name).to_ascii_lowercase();
    let (word, behind) = match (lower.find('('), lower.find(')')) {
        (Some(open), Some(close)) if open < close => (lower[..open].trim(), lower[close + 1..].trim()),
        _ => (lower.trim(), ""),
    };
    match (word, behind) {
        ("citext" | "clob", "") | ("text" | "varchar" | "character varying" | "char" | "character" | "bpchar", _) => {
            "text"
        }
        ("timestamp", "with time zone") | ("timestamp with time zone" | "timestamptz", _) => "timestamptz",
        ("timestamp" | "timestamp without time zone", _) => "timestamp",
        ("time", "with time zone") | ("time with time zone" | "timetz", _) => "timetz",
        ("time" | "time without time zone", _) => "time",
        _ => return format!("{word} {behind}").trim().to_owned(),
    }
    .to_owned()
}

/// The size in a type that has no word of its own in the model: `timestamp(3) with time zone`, `bit(8)`.
fn size(name: &str) -> Option<u32> {
    name.split_once('(')?.1.split([',', ')']).next()?.trim().parse().ok()
}

fn length(from: &DataType, to: &DataType) -> Fit {
    let room = match to {
        DataType::Varchar(room) => *room,
        // Alone it is one character.
        DataType::Char(room) => Some(room.unwrap_or(1)),
        _ => None,
    };
    let Some(room) = room else { return Fit::Always };
    let longest = match from {
        DataType::Varchar(Some(had)) if !matches!(to, DataType::Char(_)) => Some(*had),
        DataType::Char(had) => Some(had.unwrap_or(1)),
        DataType::Boolean => Some(5),
        DataType::Uuid => Some(36),
        from => range(from).map(|(low, high)| {
            let digits = |number: i64| u32::try_from(number.to_string().len()).unwrap_or(u32::MAX);
            digits(low).max(digits(high))
        }),
    };
    if longest.is_some_and(|longest| longest <= room) {
        Fit::Always
    } else {
        Fit::Length(room)
    }
}

fn bytes(from: &DataType, to: &DataType) -> Fit {
    let size = |data_type: &DataType| match data_type {
        DataType::Binary(size) => Some(*size),
        DataType::VarBinary(size) => *size,
        _ => None,
    };
    match (size(from), size(to)) {
        (_, None) => Fit::Always,
        (Some(had), Some(has)) if had <= has => Fit::Always,
        (_, Some(has)) => Fit::Length(has),
    }
}

/// From a number to a number.
fn number(from: &DataType, to: &DataType) -> Fit {
    // As large as a float's whole numbers go without a gap.
    const FLOAT: i64 = 1 << 24;
    const DOUBLE: i64 = 1 << 53;
    let (had, has) = (range(from), range(to));
    match (from, to) {
        _ if let (Some(had), Some(has)) = (had, has) => within(had, has),
        (DataType::Decimal(Some((precision, 0))), _) if has.is_some_and(|(_, high)| *precision < digits(high)) => {
            if has.is_some_and(|(low, _)| low < 0) {
                Fit::Always
            } else {
                has.map_or(Fit::Never, |(low, high)| Fit::Range(low, high))
            }
        }
        _ if let Some((low, high)) = has => Fit::Range(low, high),
        (_, DataType::Float) if let Some(had) = had => within(had, (-FLOAT, FLOAT)),
        (_, DataType::Double) if let Some(had) = had => within(had, (-DOUBLE, DOUBLE)),
        (_, DataType::Decimal(None)) => Fit::Always,
        (DataType::Decimal(Some((p, s))), DataType::Decimal(Some((precision, scale))))
            if s <= scale && p.saturating_sub(*s) <= precision.saturating_sub(*scale) =>
        {
            Fit::Always
        }
        (_, DataType::Decimal(Some((precision, scale)))) => match had {
            Some((low, high)) if digits(low).max(digits(high)) <= precision.saturating_sub(*scale) => Fit::Always,
            _ => Fit::Digits(*precision, *scale),
        },
        (_, DataType::Float | DataType::Double) => Fit::RoundTrip,
        _ => Fit::Never,
    }
}

fn digits(number: i64) -> u32 {
    u32::try_from(number.unsigned_abs().to_string().len()).unwrap_or(u32::MAX)
}

fn within((low, high): (i64, i64), room: (i64, i64)) -> Fit {
    if room.0 <= low && high <= room.1 {
        Fit::Always
    } else {
        Fit::Range(room.0, room.1)
    }
}

/// From a type that the model has no word for.
fn custom(from: &str, to: &DataType) -> Fit {
    let own = DataType::Custom(from.to_owned());
    match to {
        DataType::Custom(to) => same_base(from, to),
        to if base(&own) == base(to) && !is_text(to) => {
            // `timestamp(3)` into `timestamp`.
            Fit::Always
        }
        to if is_text(to) => length(&own, to),
        to if is_text(&own) => fit(&DataType::Text, to),
        to if is_moment(&own) => {
            let plain = if base(&own) == "timestamptz" {
                DataType::TimestampTz
            } else {
                DataType::DateTime
            };
            fit(&plain, to)
        }
        _ => Fit::RoundTrip,
    }
}

fn into_custom(from: &DataType, to: &str) -> Fit {
    let own = DataType::Custom(to.to_owned());
    if base(from) == base(&own) {
        return if size(to).is_some() {
            Fit::RoundTrip
        } else {
            Fit::Always
        };
    }
    if is_text(from) {
        return Fit::Reads;
    }
    if (is_moment(from) || *from == DataType::Date) && is_moment(&own) {
        return if size(to).is_some() {
            Fit::RoundTrip
        } else {
            Fit::Always
        };
    }
    match (range(from), base(&own).as_str()) {
        // No cast leads there (pg_cast).
        (
            Some(_),
            "interval" | "inet" | "cidr" | "macaddr" | "timestamp" | "timestamptz" | "time" | "timetz" | "xml",
        ) => Fit::Never,
        _ => Fit::RoundTrip,
    }
}

fn same_base(from: &str, to: &str) -> Fit {
    let of = |name: &str| base(&DataType::Custom(name.to_owned()));
    match (size(from), size(to)) {
        _ if of(from) != of(to) && of(from) == "text" => Fit::Reads,
        _ if of(from) != of(to) => Fit::RoundTrip,
        (_, None) => Fit::Always,
        (Some(had), Some(has)) if had <= has && !of(to).starts_with("numeric") && !of(to).starts_with("bit") => {
            Fit::Always
        }
        _ => Fit::RoundTrip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(from: &str, to: &str) -> Fit {
        fit(&from.parse().unwrap(), &to.parse().unwrap())
    }

    #[test]
    fn a_widening_loses_nothing() {
        for (from, to) in [
            ("varchar(50)", "varchar(200)"),
            ("varchar(50)", "varchar"),
            ("char(4)", "varchar(4)"),
            ("varchar(50)", "text"),
            ("integer", "bigint"),
            ("smallint", "double"),
            ("integer", "decimal(12,2)"),
            ("decimal(10,2)", "decimal(12,4)"),
            ("decimal(4,0)", "integer"),
            ("float", "double"),
            ("date", "timestamp"),
            ("boolean", "integer"),
            ("integer", "varchar(11)"),
            ("json", "jsonb"),
            ("custom:timestamp(3) without time zone", "datetime"),
            ("custom:timestamp(3)", "custom:timestamp(6)"),
            ("integer[]", "bigint[]"),
            ("integer", "custom:INT"),
            ("custom:NUMERIC(10, 2)", "decimal(10,2)"),
        ] {
            assert_eq!(of(from, to), Fit::Always, "{from} → {to}");
        }
    }

    #[test]
    fn a_narrowing_is_known_as_one() {
        for (from, to, expected) in [
            ("varchar(50)", "varchar(5)", Fit::Length(5)),
            ("text", "char(2)", Fit::Length(2)),
            ("varchar(2)", "char(2)", Fit::Length(2)),
            ("integer", "varchar(5)", Fit::Length(5)),
            ("bigint", "integer", Fit::Range(i32::MIN.into(), i32::MAX.into())),
            ("integer", "boolean", Fit::Range(0, 1)),
            ("bigint", "double", Fit::Range(-(1 << 53), 1 << 53)),
            ("decimal(10,4)", "decimal(3,1)", Fit::Digits(3, 1)),
            ("decimal(10,4)", "decimal(12,2)", Fit::Digits(12, 2)),
            ("integer", "decimal(10,4)", Fit::Digits(10, 4)),
            ("decimal(10,2)", "integer", Fit::Range(i32::MIN.into(), i32::MAX.into())),
            ("datetime", "custom:timestamp(0)", Fit::RoundTrip),
            (
                "custom:timestamp(6) with time zone",
                "custom:timestamp(3) with time zone",
                Fit::RoundTrip,
            ),
            ("timestamp", "date", Fit::RoundTrip),
            ("timestamp", "time", Fit::Cut),
            ("double", "float", Fit::RoundTrip),
            ("text", "integer", Fit::Reads),
            ("text", "json", Fit::Reads),
            ("varchar(9)", "enum:mood", Fit::Reads),
            ("enum:mood", "enum:tone", Fit::Reads),
            ("integer", "uuid", Fit::Never),
            ("integer", "custom:interval", Fit::Never),
            ("bigint[]", "integer[]", Fit::RoundTrip),
            ("boolean", "date", Fit::Never),
        ] {
            assert_eq!(of(from, to), expected, "{from} → {to}");
        }
    }

    #[test]
    fn what_goes_there_may_not_come_back() {
        // Whatever widens one way narrows the other, unless the two are the same to the database.
        for (from, to) in [
            ("varchar(5)", "text"),
            ("integer", "bigint"),
            ("date", "timestamp"),
            ("boolean", "integer"),
        ] {
            assert!(of(to, from).may_lose(), "{to} → {from}");
        }
    }

    #[test]
    fn only_a_zone_that_comes_or_goes_is_asked_for() {
        let zone = |from: &str, to: &str| needs_zone(&from.parse().unwrap(), &to.parse().unwrap());
        for (from, to) in [
            ("datetime", "timestamptz"),
            ("timestamptz", "timestamp"),
            ("timestamptz", "date"),
            ("date", "timestamptz"),
            ("text", "timestamptz"),
            ("custom:timestamp(3) without time zone", "custom:timestamptz(3)"),
        ] {
            assert!(zone(from, to), "{from} → {to}");
        }
        for (from, to) in [
            ("datetime", "timestamp"),
            ("timestamptz", "text"),
            ("integer", "timestamptz"),
            ("date", "datetime"),
        ] {
            assert!(!zone(from, to), "{from} → {to}");
        }
    }
}
