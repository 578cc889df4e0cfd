//! Rows and schema in one transaction.

use super::prelude::*;
use crate::lint::locks;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "backfill-with-schema-change",
    title: "A table's rows and its schema are changed in one transaction",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "The lock of the schema change is held until the transaction ends, so that everybody waits for the table as long as the data \
          statement takes. In the other order the rows stay locked while the schema change waits for its own lock, and \
          with triggers or deferred keys it fails (pending trigger events). Make two steps of it: the schema first, then \
          a data migration, which works in batches.",
    bad: &[
        "ALTER TABLE users ADD COLUMN plan text\nUPDATE users SET plan = 'free' WHERE plan IS NULL",
        "UPDATE users SET plan = 'free' WHERE plan IS NULL\nALTER TABLE users ALTER COLUMN plan SET NOT NULL",
    ],
    good: &[
        "ALTER TABLE users ADD COLUMN plan text\n-- the next step\nUPDATE users SET plan = 'free' WHERE plan IS NULL",
        "CREATE TABLE plans (id integer)\nINSERT INTO plans VALUES (1)",
        "-- outside of a transaction\nALTER TABLE users ADD COLUMN plan text\nUPDATE users SET plan = 'free' WHERE id = 1",
    ],
    peers: &["strong_migrations: backfilling data"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let hit = |table: &str| {
        Hit::on(table)
            .says(format!("the rows and the schema of `{table}` are changed in one transaction"))
            .safe("two steps: the schema change, then a data migration")
            .helper("seawright generate NAME --data")
    };
    if let Some(table) = at.written() {
        if at.held.iter().any(|(on, lock)| *on == table && lock.stops_writers()) {
            found.push(hit(&table));
        }
        return;
    }
    let Some(Statement::AlterTable(change)) = at.statement() else { return };
    let table = last(&change.name);
    let wrote = |said: &&Said| {
        matches!(said, Said::Sql(statement) if locks::written(statement).is_some_and(|written| written == table))
    };
    if !at.world.is_new(&table) && at.before.iter().any(wrote) {
        found.push(hit(&table));
    }
}

super::tested!(RULE);
