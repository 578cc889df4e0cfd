//! UPDATE of a whole table.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "unbounded-update",
    title: "Every row of a table is updated in one statement",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "An UPDATE without a condition, or with one that is always true, locks every row until its transaction ends: whoever \
          wants to write one of them waits for all of them. It leaves a dead version of each row behind, bloats the table and its \
          indexes, holds replicas up, and cannot go on where it was interrupted. A data migration does the same in \
          batches by key, each in a transaction of its own, with progress, and with a way back.",
    bad: &["UPDATE users SET role = 'member'", "UPDATE users SET role = 'member' WHERE true"],
    good: &[
        "UPDATE users SET role = 'member' WHERE id = 7",
        "CREATE TABLE users (role text)\nUPDATE users SET role = 'member'",
    ],
    peers: &["strong_migrations: backfilling data"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let (Some(table), Some(Statement::Update(update))) = (at.written(), at.statement())
        && super::data_statement_without_keyset::is_always(update.selection.as_ref())
        && update.limit.is_none()
    {
        found.push(
            Hit::on(table.clone())
                .scans()
                .says(format!("every row of `{table}` is updated in one statement"))
                .safe("a data migration: batches by key, a transaction each")
                .helper("seawright generate NAME --data"),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn a_condition_that_is_always_true_is_none() {
        assert_eq!(found(&RULE, "UPDATE users SET a = 1 WHERE 1 = 1").len(), 1);
        assert_eq!(found(&RULE, "UPDATE users SET a = 1 WHERE (a IS NULL)").len(), 0);
    }
);
