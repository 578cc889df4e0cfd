//! Databases and schemas that go.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-drop-database",
    title: "A whole database or schema is dropped",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "No step of a history has a reason to drop the database that it runs in, or a schema with all of its tables: it is the \
          work of a person, who does it by hand and knows which one. Within a transaction DROP DATABASE fails anyhow.",
    bad: &["DROP DATABASE shop", "DROP SCHEMA reports"],
    good: &["DROP VIEW reports"],
    peers: &["squawk: ban-drop-database, ban-drop-schema"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some(Statement::Drop {
        object_type: ObjectType::Database | ObjectType::Schema,
        names,
        ..
    }) = at.statement()
    {
        found.extend(names.iter().map(|name| Hit::default().object(last(name)).safe("by hand, by a person")));
    }
}

super::tested!(RULE);
