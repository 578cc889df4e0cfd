//! Values as the texts that PostgreSQL reads them from.

use sea_orm::{
    DbBackend, Value,
    sea_query::{PostgresQueryBuilder, Query},
};

/// A value in the input syntax of its type (PostgreSQL manual, chapter 8); none for NULL.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => value.map(|value| value.to_string()),
        Value::TinyInt(value) => value.map(|value| value.to_string()),
        Value::SmallInt(value) => value.map(|value| value.to_string()),
        Value::Int(value) => value.map(|value| value.to_string()),
        Value::BigInt(value) => value.map(|value| value.to_string()),
        Value::TinyUnsigned(value) => value.map(|value| value.to_string()),
        Value::SmallUnsigned(value) => value.map(|value| value.to_string()),
        Value::Unsigned(value) => value.map(|value| value.to_string()),
        Value::BigUnsigned(value) => value.map(|value| value.to_string()),
        Value::Float(value) => value.map(|value| value.to_string()),
        Value::Double(value) => value.map(|value| value.to_string()),
        Value::Char(value) => value.map(|value| value.to_string()),
        Value::String(value) => value.clone(),
        Value::Json(value) => value.as_ref().map(ToString::to_string),
        Value::Bytes(value) => value.as_ref().map(|bytes| {
            bytes
                .iter()
                .fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        }),
        // Dates, identifiers, decimals and whatever other features bring: the builder knows how to write them, as a
        // literal.
        other => {
            let literal = Query::select().expr(other.clone()).to_string(PostgresQueryBuilder);
            let literal = literal.strip_prefix("SELECT ").unwrap_or(&literal);
            match literal.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
                Some(text) => Some(text.replace("''", "'")),
                None if literal.eq_ignore_ascii_case("null") => None,
                None => Some(literal.to_owned()),
            }
        }
    }
}

/// An array of texts in PostgreSQL's syntax (manual section 8.15.2). sqlx binds no array with NULLs in it through
/// SeaORM's values, so that arrays go as text and are cast.
pub(crate) fn array_literal(values: impl Iterator<Item = Option<String>>) -> String {
    let mut literal = String::from("{");
    for (at, value) in values.enumerate() {
        if at > 0 {
            literal.push(',');
        }
        match value {
            None => literal.push_str("NULL"),
            Some(text) => {
                literal.push('"');
                for letter in text.chars() {
                    if matches!(letter, '"' | '\\') {
                        literal.push('\\');
                    }
                    literal.push(letter);
                }
                literal.push('"');
            }
        }
    }
    literal.push('}');
    literal
}

/// How many parameters a statement may have: PostgreSQL's protocol counts them in 16 bits, SQLite allows 32,766
/// (SQLITE_MAX_VARIABLE_NUMBER).
pub(crate) fn max_parameters(backend: DbBackend) -> usize {
    if backend == DbBackend::Sqlite { 32_766 } else { 65_535 }
}

#[cfg(test)]
mod tests {
    use sea_orm::prelude::DateTime;

    use super::*;

    #[test]
    fn values_are_written_as_their_types_read_them() {
        assert_eq!(text_of(&Value::Int(Some(-5))).as_deref(), Some("-5"));
        assert_eq!(text_of(&Value::Bool(Some(true))).as_deref(), Some("true"));
        assert_eq!(text_of(&Value::String(Some("it's".into()))).as_deref(), Some("it's"));
        assert_eq!(text_of(&Value::Bytes(Some(vec![0, 255]))).as_deref(), Some("\\x00ff"));
        let time: DateTime = "2025-07-13T02:11:32.372727".parse().unwrap();
        let written = text_of(&Value::ChronoDateTime(Some(time))).unwrap();
        assert!(written.starts_with("2025-07-13 02:11:32.372727"), "{written}");
        assert_eq!(text_of(&Value::ChronoDateTime(None)), None);
    }

    #[test]
    fn whatever_stands_in_a_text_stays_in_its_element() {
        let values = ["a,b", "", "\"", "\\", "{}", "NULL", "line\nfeed"];
        let literal = array_literal(values.iter().map(|value| Some((*value).to_owned())).chain([None]));
        assert_eq!(
            literal,
            "{\"a,b\",\"\",\"\\\"\",\"\\\\\",\"{}\",\"NULL\",\"line\nfeed\",NULL}"
        );
    }
}
