//! Names as the database has them.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

/// The name that an identifier means: without quotes it is folded to lower case.
pub(super) fn ident(ident: &Ident) -> String {
    if ident.quote_style.is_some() {
        ident.value.clone()
    } else {
        ident.value.to_lowercase()
    }
}

/// The last part of a name, without its schema.
pub(super) fn last(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(part)) => ident(part),
        _ => name.to_string(),
    }
}

/// An identifier in SQL's double quotes.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How an `enum` of identifiers spells a name: `logs` is `Logs`.
pub(super) fn camel(name: &str) -> String {
    name.split(|sign: char| !sign.is_alphanumeric())
        .filter_map(|word| {
            let mut signs = word.chars();
            let first = signs.next()?;
            Some(first.to_uppercase().chain(signs).collect::<String>())
        })
        .collect()
}
