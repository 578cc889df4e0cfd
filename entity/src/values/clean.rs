//! Texts and documents that every database takes: PostgreSQL has no NUL in them.

use serde_json::Value as Json;

/// The text with U+FFFD in the place of each NUL.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// The document with U+FFFD in the place of each NUL, in texts and in keys.
pub(crate) fn without_nul(json: &Json) -> Json {
    match json {
        Json::String(text) => Json::String(clean(text)),
        Json::Array(items) => items.iter().map(without_nul).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(key, value)| (clean(key), without_nul(value)))
            .collect(),
        other => other.clone(),
    }
}
