//! A default as PostgreSQL prints it → the IR.

use super::number;
use crate::schema::{Expression, Literal};

/// Reads a default's text; none for NULL, which is what a column without a default has too.
///
/// A constant is printed with the type that it was read as, `'ACTIVE'::character varying`; a negative number too:
/// `'-1'::integer` (`get_const_expr` in PostgreSQL's ruleutils.c).
pub(super) fn read(text: &str) -> Option<Expression> {
    let expression = match text {
        "CURRENT_TIMESTAMP" => Expression::CurrentTimestamp,
        "CURRENT_DATE" => Expression::CurrentDate,
        "CURRENT_TIME" => Expression::CurrentTime,
        "now()" => Expression::Now,
        "true" => Expression::Literal(Literal::Bool(true)),
        "false" => Expression::Literal(Literal::Bool(false)),
        "NULL" => return None,
        _ if text.strip_prefix("NULL::").is_some_and(is_type) => return None,
        _ => number(text)
            .or_else(|| quoted(text))
            .map_or_else(|| Expression::Sql(text.to_owned()), Expression::Literal),
    };
    Some(expression)
}

fn quoted(text: &str) -> Option<Literal> {
    let escaped = text.starts_with("E'");
    let inside = text.strip_prefix(if escaped { "E'" } else { "'" })?;
    let mut value = String::new();
    let mut characters = inside.char_indices();
    let rest = loop {
        let (at, character) = characters.next()?;
        match character {
            '\'' if inside[at + 1..].starts_with('\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => break &inside[at + 1..],
            // `simple_quote_literal` writes a backslash twice and nothing else in this form.
            '\\' if escaped => value.push(characters.next()?.1),
            other => value.push(other),
        }
    };
    if rest.is_empty() {
        return Some(Literal::Text(value));
    }
    let data_type = rest.strip_prefix("::").filter(|data_type| is_type(data_type))?;
    let is_number = ["smallint", "integer", "bigint", "numeric", "real", "double precision"]
        .iter()
        .any(|name| data_type == *name || data_type.strip_prefix(name).is_some_and(|size| size.starts_with('(')));
    match number(&value) {
        Some(number) if is_number => Some(number),
        // A bit string's type is part of its value.
        _ if data_type.starts_with("\"bit\"") || data_type.starts_with("bit") => None,
        _ => Some(Literal::Text(value)),
    }
}

/// Whether the text is a type's name and nothing more: `character varying(20)`, `shop."Mood"[]`.
fn is_type(text: &str) -> bool {
    let mut in_quotes = false;
    let mut depth = 0_i32;
    for character in text.chars() {
        match character {
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 1 => {}
            '.' | '_' | ' ' | '[' | ']' | '$' => {}
            other if other.is_alphanumeric() => {}
            _ => return false,
        }
        if depth < 0 {
            return false;
        }
    }
    !text.is_empty() && !in_quotes && depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_read_as_one() {
        for (text, literal) in [
            ("'ACTIVE'::character varying", Literal::Text("ACTIVE".into())),
            ("'it''s'::text", Literal::Text("it's".into())),
            (r"E'C:\\x'::text", Literal::Text(r"C:\x".into())),
            ("'[]'::jsonb", Literal::Text("[]".into())),
            ("'{}'::text[]", Literal::Text("{}".into())),
            ("''::character varying(20)", Literal::Text(String::new())),
            ("'5'::text", Literal::Text("5".into())),
            ("'ok'::shop.\"Mood\"", Literal::Text("ok".into())),
            (
                "'2020-01-01 00:00:00'::timestamp without time zone",
                Literal::Text("2020-01-01 00:00:00".into()),
            ),
            ("'-1'::integer", Literal::Int(-1)),
            ("'9'::bigint", Literal::Int(9)),
            ("0", Literal::Int(0)),
            ("1.5", Literal::Double(1.5)),
            ("'-1.5'::numeric(10,2)", Literal::Double(-1.5)),
            ("false", Literal::Bool(false)),
        ] {
            assert_eq!(read(text), Some(Expression::Literal(literal)), "{text}");
        }
        assert_eq!(read("NULL::character varying"), None);
        assert_eq!(read("now()"), Some(Expression::Now));
        assert_eq!(read("CURRENT_TIMESTAMP"), Some(Expression::CurrentTimestamp));
    }

    #[test]
    fn everything_else_stays_as_it_is_printed() {
        for text in [
            "('a'::text || 'b'::text)",
            "'a'::text || 'b'::text",
            "('now'::text)::date",
            "CURRENT_TIMESTAMP(3)",
            "nextval('orders_seq'::regclass)",
            "ARRAY[]::integer[]",
            "'101'::\"bit\"",
            "0.1234567890123456789",
            "(now() + '1 day'::interval)",
        ] {
            assert_eq!(read(text), Some(Expression::Sql(text.to_owned())), "{text}");
        }
        // NaN is not equal to itself and would drift for ever.
        assert_eq!(
            read("'NaN'::double precision"),
            Some(Expression::Literal(Literal::Text("NaN".into())))
        );
    }
}
