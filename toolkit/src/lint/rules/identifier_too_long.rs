//! Names that are cut.

use super::prelude::*;
use sqlparser::{
    dialect::PostgreSqlDialect,
    tokenizer::{Token, Tokenizer},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "identifier-too-long",
    title: "A name is longer than the database keeps",
    severity: Severity::Warning,
    on: POSTGRES,
    is_strict: false,
    why: "PostgreSQL cuts names to 63 bytes with a notice that nobody reads. Two long names may become the same one, and a later \
          statement or program that compares names does not find the object under the one that it was given. Names that \
          Seawright gives are cut to what the database keeps before they are written.",
    bad: &["CREATE TABLE a_table_whose_name_goes_on_and_on_and_on_until_there_is_no_room_left_for_it (id integer)"],
    good: &["CREATE TABLE logs (id integer)"],
    peers: &["squawk: identifier-too-long"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    const LONGEST: usize = 63;
    if at.statement().is_none_or(|statement| crate::lint::locks::written(statement).is_some()) {
        return;
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, at.sql()).tokenize().unwrap_or_default();
    let mut seen = Vec::new();
    for token in tokens {
        if let Token::Word(word) = token
            && word.value.len() > LONGEST
            && !seen.contains(&word.value)
        {
            found.push(Hit::default().object(word.value.clone()).says(format!("`{}` has {} bytes and is cut to 63", word.value, word.value.len())).safe("a shorter name"));
            seen.push(word.value);
        }
    }
}

super::tested!(RULE);
