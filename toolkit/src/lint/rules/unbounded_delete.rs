//! DELETE of a whole table.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "unbounded-delete",
    title: "Every row of a table is deleted in one statement",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "A DELETE without a condition, or with one that is always true, throws away all that the table holds, follows every \
          foreign key with ON DELETE CASCADE, and locks every row until its transaction ends. There is no way back and \
          nothing that tells what was there. A data migration deletes in batches by key, keeps the rows as they were, and \
          can put them back.",
    bad: &["DELETE FROM sessions", "DELETE FROM sessions WHERE 1 = 1"],
    good: &["DELETE FROM sessions WHERE id IN (1, 2)", "CREATE TABLE sessions (id integer)\nDELETE FROM sessions"],
    peers: &["strong_migrations: backfilling data"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let (Some(table), Some(Statement::Delete(delete))) = (at.written(), at.statement())
        && super::data_statement_without_keyset::is_always(delete.selection.as_ref())
        && delete.limit.is_none()
        && delete.using.is_none()
    {
        found.push(
            Hit::on(table.clone())
                .scans()
                .says(format!("every row of `{table}` is deleted in one statement"))
                .safe("a data migration: batches by key, a transaction each, with before-images")
                .helper("seawright generate NAME --data"),
        );
    }
}

super::tested!(RULE);
