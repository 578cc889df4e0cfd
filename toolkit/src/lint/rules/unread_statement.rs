//! What the parser can't read.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "unread-statement",
    title: "A statement cannot be read, so nothing is known of it",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: false,
    why: "The parser does not know this statement, or its text is put together only when it runs, as that of an EXECUTE in a DO block may \
          be: which tables it locks, what it rewrites and whether it loses values, nobody can tell from here. Look at it yourself, \
          say in a silence what you found, and prefer statements that say what they do.",
    bad: &["DO $$ BEGIN EXECUTE 'DROP TABLE ' || current_setting('a.table'); END $$", "CREATE NONSENSE logs"],
    good: &[
        "CREATE TABLE logs (id integer)",
        "SET lock_timeout = '50ms'",
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM logs) THEN RAISE EXCEPTION 'it is not empty'; END IF; END $$",
    ],
    peers: &["strong_migrations: executing SQL directly"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Said::Unread { words, why } = at.said
        // SQLite's settings take values that the parser does not know as such.
        && words.first().is_none_or(|word| word != "pragma")
    {
        found.push(Hit::default().says(format!("nothing is known of it: {why}")));
    }
}

super::tested!(RULE);
