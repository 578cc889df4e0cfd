//! PostgreSQL.

use super::{Retyping, power_of_ten};
use crate::{
    ddl::{quote, quote_text},
    diff::{Fit, base, fit, is_bytes, is_moment, is_text, known, needs_zone, range},
    schema::{DataType, EnumType},
};

/// A moment with a zone behind its time of day: `10:00+02`, `10:00Z`, `10:00 UTC`, but not `10:00 PM`.
const WITH_ZONE: &str = ":[0-9.]+ *([+-][0-9:]+|(?!am|pm)[a-z/_]+)$";

/// The column's value, in the zone that was decided where it goes from one with a zone to one without.
fn value(retyping: &Retyping<'_>) -> String {
    let column = quote(retyping.column);
    match retyping.zone {
        Some(zone) if base(retyping.from) == "timestamptz" => format!("({column} AT TIME ZONE {})", spelled(zone)),
        _ => column,
    }
}

/// A zone; an offset is an interval, since in a name of a zone its sign would mean the opposite (manual, 8.5.3), and is written
/// with its minutes, since `+2` would be two seconds.
fn spelled(zone: &str) -> String {
    match super::sqlite::offset(zone) {
        Some(minutes) if zone.starts_with(['+', '-']) => {
            format!("INTERVAL {}", quote_text(&super::sqlite::suffix(minutes)))
        }
        _ => quote_text(zone),
    }
}

pub(super) fn unfit(retyping: &Retyping<'_>) -> Option<String> {
    let (from, to) = (&known(retyping.from), &known(retyping.to));
    let value = value(retyping);
    Some(match fit(from, to) {
        Fit::Always | Fit::Never => return None,
        // It has one type for bytes of any number.
        Fit::Length(_) if is_bytes(from) => return None,
        Fit::Length(room) if matches!(to, DataType::Char(_)) && is_text(from) && !matches!(from, DataType::Char(_)) => {
            // The blanks at the end of a char are filling, and are not told from the value's own.
            format!("char_length({value}) > {room} OR {value} LIKE '% '")
        }
        Fit::Length(room) if is_text(from) => format!("char_length({value}) > {room}"),
        Fit::Length(room) => format!("char_length({value}::text) > {room}"),
        Fit::Range(low, high) if range(from).is_some() => format!("{value} NOT BETWEEN {low} AND {high}"),
        Fit::Range(low, high) => format!("{value} <> trunc({value}) OR {value} NOT BETWEEN {low} AND {high}"),
        Fit::Digits(precision, scale) => {
            let end = power_of_ten(precision.saturating_sub(scale));
            match from {
                DataType::Decimal(_) => format!("{value} <> round({value}, {scale}) OR abs({value}) >= {end}"),
                from if range(from).is_some() => format!("abs({value}::numeric) >= {end}"),
                _ => format!(
                    "CASE WHEN abs({value}) < {end} THEN round({value}::numeric, {scale})::double precision <> {value} ELSE true END"
                ),
            }
        }
        Fit::RoundTrip if *to == DataType::Date => format!("{value} <> {value}::date"),
        Fit::RoundTrip => {
            let (new, old) = &retyping.names;
            format!("({value}::{new})::{old} IS DISTINCT FROM {value}")
        }
        Fit::Reads => return misread(&value, from, to, retyping.enums),
        Fit::Cut => format!("{value} IS NOT NULL"),
    })
}

/// A number as a text has it (manual, 4.1.2.6), between blanks.
const NUMBER: &str = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$";

/// Texts that are not read, as far as a query can tell without failing at the first of them, and those that are read, but not to
/// their end: a cast from text leaves out in silence what the type has no place for.
fn misread(value: &str, from: &DataType, to: &DataType, enums: &[EnumType]) -> Option<String> {
    if !is_text(from) {
        return None;
    }
    // Of those that look like one the second condition is asked, and only of those.
    let like = |pattern: &str, unfit: &str| {
        let pattern = quote_text(pattern);
        Some(format!(
            "CASE WHEN {value} ~* {pattern} THEN {unfit} ELSE {value} IS NOT NULL END"
        ))
    };
    if let Some((low, high)) = range(to) {
        let between = format!("{value}::numeric NOT BETWEEN {low} AND {high}");
        return like(r"^\s*[-+]?[0-9]+\s*$", &between);
    }
    Some(match to {
        DataType::Decimal(Some((precision, scale))) => {
            let end = power_of_ten(precision.saturating_sub(*scale));
            let number = format!("{value}::numeric");
            return like(
                NUMBER,
                &format!("{number} <> round({number}, {scale}) OR abs({number}) >= {end}"),
            );
        }
        DataType::Decimal(None) => return like(NUMBER, "false"),
        DataType::Uuid => return like(r"^\{?([0-9a-f]{4}-?){7}[0-9a-f]{4}\}?$", "false"),
        DataType::Boolean => {
            return like(
                r"^\s*(t|tr|tru|true|y|ye|yes|on|1|f|fa|fal|fals|false|n|no|of|off|0)\s*$",
                "false",
            );
        }
        DataType::Enum(name) if !matches!(from, DataType::Char(_)) => {
            let own = enums.iter().find(|own| own.name == *name)?;
            let values: Vec<String> = own.values.iter().map(|value| quote_text(value)).collect();
            format!("{value} NOT IN ({})", values.join(", "))
        }
        DataType::Date => format!("{value}::timestamp <> {value}::date"),
        DataType::Time => format!("{value} LIKE '%-%-%' OR {value} ~* {}", quote_text(WITH_ZONE)),
        to if base(to) == "timestamp" => format!("{value} ~* {}", quote_text(WITH_ZONE)),
        _ => return None,
    })
}

pub(super) fn using(retyping: &Retyping<'_>) -> Option<String> {
    let (from, to) = (&known(retyping.from), &known(retyping.to));
    let (column, value) = (quote(retyping.column), value(retyping));
    let (new, _) = &retyping.names;
    if needs_zone(from, to)
        && let Some(zone) = retyping.zone
    {
        let zone = spelled(zone);
        return Some(match (base(from).as_str(), base(to).as_str()) {
            (_, "timestamp") => format!("{column} AT TIME ZONE {zone}"),
            ("timestamptz", "date") => format!("{value}::date"),
            ("timestamptz", _) => format!("{value}::time"),
            ("date", _) => format!("{column}::timestamp AT TIME ZONE {zone}"),
            ("text", _) => format!(
                "CASE WHEN {column} ~* {} THEN {column}::timestamptz ELSE {column}::timestamp AT TIME ZONE {zone} END",
                quote_text(WITH_ZONE)
            ),
            _ => format!("{column} AT TIME ZONE {zone}"),
        });
    }
    if is_assigned(from, to) {
        return None;
    }
    Some(match (from, to) {
        (from, DataType::Boolean) if range(from).is_some() => format!("{column} <> 0"),
        (DataType::Boolean, to) if range(to).is_some() => format!("{column}::integer"),
        (DataType::Enum(_), DataType::Enum(_)) => format!("{column}::text::{new}"),
        (DataType::Array(element), DataType::Array(to))
            if matches!((&**element, &**to), (DataType::Enum(_), DataType::Enum(_))) =>
        {
            format!("{column}::text[]::{new}")
        }
        _ => format!("{column}::{new}"),
    })
}

/// Whether the database's own assignment leads there (`pg_cast`, and every type's way into text).
fn is_assigned(from: &DataType, to: &DataType) -> bool {
    let is_number = |data_type: &DataType| {
        range(data_type).is_some() || matches!(data_type, DataType::Decimal(_) | DataType::Float | DataType::Double)
    };
    match (from, to) {
        (DataType::Array(from), DataType::Array(to)) => is_assigned(from, to),
        (_, to) if is_text(to) => true,
        (DataType::Date, to) if is_moment(to) => true,
        (from, DataType::Date | DataType::Time) if is_moment(from) => true,
        (DataType::Json, DataType::JsonBinary) | (DataType::JsonBinary, DataType::Json) => true,
        (from, to) => {
            from == to
                || is_number(from) && is_number(to)
                || is_moment(from) && is_moment(to)
                || is_bytes(from) && is_bytes(to)
                || !is_text(from) && base(from) == base(to)
        }
    }
}

pub(super) fn truncated(retyping: &Retyping<'_>) -> Option<String> {
    let (from, to) = (&known(retyping.from), &known(retyping.to));
    let (value, (new, _)) = (value(retyping), &retyping.names);
    Some(match fit(from, to) {
        Fit::Length(room) if is_text(from) => format!("left({value}, {room})"),
        Fit::Length(room) if !is_bytes(from) => format!("left({value}::text, {room})"),
        Fit::Digits(_, scale) => format!("trunc({value}::numeric, {scale})"),
        Fit::Cut => format!("{value}::{new}"),
        Fit::RoundTrip => using(retyping).unwrap_or_else(|| format!("{value}::{new}")),
        Fit::Always | Fit::Length(_) | Fit::Range(..) | Fit::Reads | Fit::Never => return None,
    })
}
