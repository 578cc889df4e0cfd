//! SQLite, which keeps what it is given whatever the column is called: what it would keep and the entity could not read is
//! found here.

use super::{Retyping, power_of_ten};
use crate::{
    ddl::{quote, quote_text},
    diff::{Fit, base, fit, is_bytes, is_moment, is_text, known, needs_zone, range},
    schema::DataType,
};

/// The column's value, or what takes its place. The column is named with its table, since SQLite reads a name in double quotes
/// that it does not find as a text.
fn value(retyping: &Retyping<'_>) -> String {
    if let Some(expression) = retyping.mapped {
        return format!("({expression})");
    }
    format!("{}.{}", quote(retyping.table), quote(retyping.column))
}

/// A type by what its values are, where its name is one that only SQLite's affinity explains
/// (<https://sqlite.org/datatype3.html>, 3.1).
fn resolved(data_type: &DataType) -> DataType {
    let data_type = known(data_type);
    let DataType::Custom(name) = &data_type else {
        return data_type;
    };
    let name = name.to_ascii_uppercase();
    let has = |part: &str| name.contains(part);
    if has("INT") {
        DataType::BigInteger
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        DataType::Text
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        DataType::Double
    } else {
        data_type
    }
}

/// Minutes from UTC, where the zone is always the same.
pub(super) fn offset(zone: &str) -> Option<i32> {
    if matches!(zone.to_ascii_uppercase().as_str(), "UTC" | "GMT" | "Z" | "ETC/UTC") {
        return Some(0);
    }
    let (sign, rest) = match zone.as_bytes().first()? {
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}

pub(super) fn unfit(retyping: &Retyping<'_>) -> Option<String> {
    // What an expression gives is of any kind, as a text's content is.
    let from = match retyping.mapped {
        Some(_) => &DataType::Text,
        None => &resolved(retyping.from),
    };
    let to = &resolved(retyping.to);
    let value = value(retyping);
    // Whatever the column was called, it may hold a text, so that what counts is each value's own kind.
    let number = format!("CAST({value} AS numeric)");
    let reads = format!("(typeof({value}) IN ('integer', 'real') OR typeof({value}) = 'text' AND {value} = {number})");
    let unless = |fits: String| Some(format!("{value} IS NOT NULL AND NOT ({fits})"));
    let whole = |low: i64, high: i64| {
        format!(
            "{reads} AND CAST({number} AS integer) = {number} AND CAST({number} AS integer) BETWEEN {low} AND {high}"
        )
    };
    match fit(from, to) {
        Fit::Range(low, high) if range(to).is_some() || *to == DataType::Boolean => unless(whole(low, high)),
        // Its numbers are double whatever they are called.
        Fit::Range(..) | Fit::RoundTrip if matches!(to, DataType::Float | DataType::Double) => None,
        Fit::Range(low, high) => unless(whole(low, high)),
        Fit::Length(room) if is_bytes(from) => Some(format!("length({value}) > {room}")),
        Fit::Length(room) => Some(format!("length(CAST({value} AS text)) > {room}")),
        Fit::Digits(precision, scale) => unless(digits(&reads, &number, precision, scale)),
        Fit::RoundTrip if *to == DataType::Date => Some(format!(
            "strftime('%H:%M:%f', {}) <> '00:00:00.000'",
            in_zone(retyping, &value)
        )),
        Fit::Always | Fit::Never | Fit::RoundTrip => None,
        Fit::Cut => Some(format!("{value} IS NOT NULL")),
        Fit::Reads => {
            if let Some((low, high)) = range(to) {
                return unless(whole(low, high));
            }
            match to {
                DataType::Boolean => unless(whole(0, 1)),
                DataType::Decimal(Some((precision, scale))) => unless(digits(&reads, &number, *precision, *scale)),
                DataType::Decimal(None) | DataType::Float | DataType::Double => unless(reads),
                DataType::Json | DataType::JsonBinary => {
                    Some(format!("{value} IS NOT NULL AND NOT json_valid({value})"))
                }
                // SeaORM keeps the sixteen bytes.
                DataType::Uuid if retyping.mapped.is_some() => {
                    unless(format!("typeof({value}) = 'blob' AND length({value}) = 16"))
                }
                DataType::Uuid => Some(format!(
                    "length(replace({value}, '-', '')) <> 32 OR {value} GLOB '*[^0-9a-fA-F-]*'"
                )),
                DataType::Date => unless(format!("coalesce(date({value}) = {value}, 0)")),
                DataType::Time => unless(format!("time({value}) IS NOT NULL AND {value} NOT LIKE '%-%'")),
                to if is_moment(to) => unless(format!("datetime({value}) IS NOT NULL")),
                DataType::Enum(name) => {
                    let own = retyping.enums.iter().find(|own| own.name == *name)?;
                    Some(not_among(&value, &own.values))
                }
                _ => None,
            }
        }
    }
}

/// That a value is none of those.
pub(crate) fn not_among(value: &str, values: &[String]) -> String {
    let listed: Vec<String> = values.iter().map(|value| quote_text(value)).collect();
    format!("{value} NOT IN ({})", listed.join(", "))
}

fn digits(reads: &str, number: &str, precision: u32, scale: u32) -> String {
    format!(
        "{reads} AND round({number}, {scale}) = {number} AND abs({number}) < {}",
        power_of_ten(precision.saturating_sub(scale))
    )
}

/// A moment in the zone that was decided; one without a zone as it is.
fn in_zone(retyping: &Retyping<'_>, value: &str) -> String {
    match retyping.zone.and_then(offset) {
        Some(minutes) if minutes != 0 && base(retyping.from) == "timestamptz" => {
            format!("{value}, '{minutes:+} minutes'")
        }
        _ => value.to_owned(),
    }
}

/// `+02:00`.
pub(super) fn suffix(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

pub(super) fn using(retyping: &Retyping<'_>) -> Option<String> {
    let (from, to) = (&resolved(retyping.from), &resolved(retyping.to));
    let value = value(retyping);
    if needs_zone(from, to) {
        let minutes = retyping.zone.and_then(offset)?;
        let zone = quote_text(&suffix(minutes));
        return Some(match (base(from).as_str(), to) {
            ("timestamptz", DataType::Date) => format!("date({})", in_zone(retyping, &value)),
            ("timestamptz", DataType::Time) => format!("time({})", in_zone(retyping, &value)),
            ("timestamptz", _) => {
                // A calculation keeps whole seconds; the fraction behind them is taken from the text, whole.
                let tail = format!("ltrim(substr({value}, 21), '0123456789')");
                format!(
                    "datetime({}) || CASE substr({value}, 20, 1) WHEN '.' \
                     THEN substr({value}, 20, length({value}) - 19 - length({tail})) ELSE '' END",
                    in_zone(retyping, &value)
                )
            }
            ("date", _) => format!("{value} || ' 00:00:00' || {zone}"),
            ("text", _) => format!(
                "CASE WHEN {value} GLOB '*[+-][0-9][0-9]:[0-9][0-9]' OR {value} LIKE '%Z' THEN {value} ELSE {value} || {zone} END"
            ),
            _ => format!("{value} || {zone}"),
        });
    }
    Some(match (from, to) {
        (DataType::Date, to) if is_moment(to) => format!("{value} || ' 00:00:00'"),
        (from, DataType::Date) if is_moment(from) => format!("date({value})"),
        (from, DataType::Time) if is_moment(from) => format!("time({value})"),
        (DataType::Boolean, to) if is_text(to) => {
            format!("CASE {value} WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE {value} END")
        }
        // SeaORM keeps it as sixteen bytes there.
        (from, DataType::Uuid) if is_text(from) => format!("unhex(replace({value}, '-', ''))"),
        (DataType::Uuid, to) if is_text(to) => {
            let part = |from: u32, length: u32| format!("substr(hex({value}), {from}, {length})");
            format!(
                "CASE typeof({value}) WHEN 'blob' THEN lower({} || '-' || {} || '-' || {} || '-' || {} || '-' || {}) ELSE {value} END",
                part(1, 8),
                part(9, 4),
                part(13, 4),
                part(17, 4),
                part(21, 12)
            )
        }
        (from, to) if is_bytes(from) && is_text(to) => format!("CAST({value} AS text)"),
        (from, to) if is_text(from) && is_bytes(to) => format!("CAST({value} AS blob)"),
        _ => return None,
    })
}

pub(super) fn truncated(retyping: &Retyping<'_>) -> Option<String> {
    let (from, to) = (&resolved(retyping.from), &resolved(retyping.to));
    let value = value(retyping);
    Some(match fit(from, to) {
        Fit::Length(room) if is_bytes(from) => format!("substr({value}, 1, {room})"),
        Fit::Length(room) => format!("substr(CAST({value} AS text), 1, {room})"),
        Fit::Digits(_, scale) => {
            let end = power_of_ten(scale);
            format!("CAST({value} * {end} AS integer) / {end}.0")
        }
        Fit::RoundTrip | Fit::Cut => using(retyping).unwrap_or(value),
        Fit::Always | Fit::Range(..) | Fit::Reads | Fit::Never => return None,
    })
}
