//! Data statements that come out otherwise each time.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "volatile-data-statement",
    title: "A data statement comes out otherwise each time",
    severity: Severity::Warning,
    on: EVERY,
    is_strict: false,
    why: "A statement that writes random values or new keys cannot be run again with the same outcome: after an interruption, on a \
          replica that replays statements, in the shadow database that drift is measured with, other values come out, \
          and nothing can prove afterwards which are right. Derive the value from the row (a key from a key, with a hash), \
          or write it in a data migration, which remembers what it gave to whom.",
    bad: &["UPDATE users SET token = gen_random_uuid() WHERE id = 1", "INSERT INTO lottery (id, number) VALUES (1, random())"],
    good: &["UPDATE users SET token = md5(email) WHERE id = 1"],
    peers: &[],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let (Some(table), Some(statement)) = (at.written(), at.statement())
        && let Some(function) = at.volatile(&statement.to_string())
    {
        found.push(
            Hit::on(table.clone())
                .object(function.clone())
                .says(format!("`{function}()` gives `{table}` other values each time the step is run"))
                .safe("a value derived from the row's key, or a data migration"),
        );
    }
}

super::tested!(RULE);
