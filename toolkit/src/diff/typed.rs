//! What a backfill says, read as a value of its column's type.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use super::fit::range;
use crate::schema::{DataType, EnumType, Expression, Literal};

/// Reads a value, `expr:SQL` or `column:NAME`.
///
/// # Errors
/// What a value of that type looks like.
pub(super) fn typed(text: &str, data_type: &DataType, enums: &[EnumType]) -> Result<Expression, String> {
    if let Some(sql) = text.strip_prefix("expr:") {
        return if sql.trim().is_empty() {
            Err("`expr:` wants SQL behind it".to_owned())
        } else {
            Ok(Expression::Sql(sql.to_owned()))
        };
    }
    if let Some(name) = text.strip_prefix("column:") {
        return Ok(Expression::Column(name.to_owned()));
    }
    literal(text, data_type, enums).map(Expression::Literal)
}

/// As [`typed`], where the values of enumeration types are not at hand.
#[cfg(feature = "cli")]
pub(crate) fn of_column(text: &str, data_type: &DataType) -> Result<Expression, String> {
    typed(text, data_type, &[])
}

fn literal(text: &str, data_type: &DataType, enums: &[EnumType]) -> Result<Literal, String> {
    let wrong = |example: &str| {
        Err(format!(
            "`{text}` is no {data_type}: write {example}, or SQL as `expr:…`"
        ))
    };
    let kept = || Ok(Literal::Text(text.to_owned()));
    if let Some((low, high)) = range(data_type) {
        return match text.parse::<i64>() {
            Ok(number) if (low..=high).contains(&number) => Ok(Literal::Int(number)),
            _ => wrong(&format!("a whole number from {low} to {high}")),
        };
    }
    match data_type {
        DataType::Boolean => match text {
            "true" => Ok(Literal::Bool(true)),
            "false" => Ok(Literal::Bool(false)),
            _ => wrong("true or false"),
        },
        DataType::Float | DataType::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Literal::Double(number)),
            _ => wrong("a number such as 1.5"),
        },
        DataType::Decimal(size) => decimal(text, *size).map_or_else(|| wrong("a number that fits, such as 1.5"), Ok),
        DataType::Varchar(Some(room)) | DataType::Char(Some(room)) if text.chars().count() > *room as usize => {
            wrong(&format!("no more than {room} characters"))
        }
        DataType::Date if text.parse::<NaiveDate>().is_err() => wrong("a date such as 2026-12-01"),
        DataType::Time if text.parse::<NaiveTime>().is_err() => wrong("a time such as 12:30:00"),
        DataType::DateTime | DataType::Timestamp if moment(text).is_none() => {
            wrong("a moment such as '2026-12-01 12:30:00'")
        }
        DataType::TimestampTz if DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).is_err() => {
            wrong("a moment with its zone such as '2026-12-01 12:30:00+00:00'")
        }
        DataType::Json | DataType::JsonBinary if serde_json::from_str::<serde_json::Value>(text).is_err() => {
            wrong("JSON such as '{}'")
        }
        DataType::Uuid if !is_uuid(text) => wrong("a UUID such as 00000000-0000-0000-0000-000000000000"),
        DataType::Enum(name) => {
            let known = enums.iter().find(|own| own.name == *name);
            match known {
                Some(own) if !own.values.iter().any(|value| value == text) => {
                    wrong(&format!("one of {}", own.values.join(", ")))
                }
                _ => kept(),
            }
        }
        _ => kept(),
    }
}

/// A decimal as text: a float would not keep its digits.
fn decimal(text: &str, size: Option<(u32, u32)>) -> Option<Literal> {
    if let (Ok(number), None) = (text.parse::<i64>(), size) {
        return Some(Literal::Int(number));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.chars().all(|sign| sign.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    if let Some((precision, scale)) = size {
        let has_room = whole.trim_start_matches('0').len() <= precision.saturating_sub(scale) as usize
            && part.trim_end_matches('0').len() <= scale as usize;
        if !has_room {
            return None;
        }
    }
    Some(
        text.parse()
            .map_or_else(|_| Literal::Text(text.to_owned()), Literal::Int),
    )
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

fn is_uuid(text: &str) -> bool {
    let places = [8, 13, 18, 23];
    text.len() == 36
        && text.char_indices().all(|(at, sign)| {
            if places.contains(&at) {
                sign == '-'
            } else {
                sign.is_ascii_hexdigit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, data_type: &str) -> Result<String, String> {
        let enums = [EnumType {
            name: "mood".into(),
            values: vec!["sad".into(), "glad".into()],
        }];
        typed(text, &data_type.parse().unwrap(), &enums).map(|value| format!("{value:?}"))
    }

    #[test]
    fn a_backfill_is_read_by_its_column() {
        for (text, data_type, expected) in [
            ("007", "varchar(5)", "Literal(Text(\"007\"))"),
            ("7", "integer", "Literal(Int(7))"),
            ("true", "text", "Literal(Text(\"true\"))"),
            ("true", "boolean", "Literal(Bool(true))"),
            ("1.50", "decimal(4,2)", "Literal(Text(\"1.50\"))"),
            ("3", "decimal(4,2)", "Literal(Int(3))"),
            ("1.5", "double", "Literal(Double(1.5))"),
            ("2026-12-01", "date", "Literal(Text(\"2026-12-01\"))"),
            (
                "2026-12-01 10:00:00+02:00",
                "timestamptz",
                "Literal(Text(\"2026-12-01 10:00:00+02:00\"))",
            ),
            ("{}", "jsonb", "Literal(Text(\"{}\"))"),
            ("glad", "enum:mood", "Literal(Text(\"glad\"))"),
            ("expr:lower(name)", "text", "Sql(\"lower(name)\")"),
            ("column:start_time", "datetime", "Column(\"start_time\")"),
        ] {
            assert_eq!(read(text, data_type).as_deref(), Ok(expected), "{text} as {data_type}");
        }
    }

    #[test]
    fn what_is_no_value_of_the_type_is_refused() {
        for (text, data_type) in [
            ("abc", "integer"),
            ("40000", "smallint"),
            ("-1", "bigint unsigned"),
            ("yes", "boolean"),
            ("123.4", "decimal(3,1)"),
            ("1.25", "decimal(3,1)"),
            ("1e3", "decimal"),
            ("NaN", "double"),
            ("toolong", "varchar(5)"),
            ("2026-13-01", "date"),
            ("2026-12-01", "datetime"),
            ("2026-12-01 10:00:00", "timestamptz"),
            ("{", "json"),
            ("12", "uuid"),
            ("happy", "enum:mood"),
            ("expr:", "text"),
        ] {
            let refused = read(text, data_type).unwrap_err();
            assert!(refused.contains(text.split(':').next().unwrap()), "{refused}");
        }
    }
}
