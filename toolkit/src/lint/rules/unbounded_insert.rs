//! INSERT of a whole table into another.

use super::prelude::*;
use sqlparser::ast::{SetExpr, TableFactor};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "unbounded-insert",
    title: "A whole table is copied in one statement",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "INSERT … SELECT without a condition or a limit copies a table in one transaction: however long it takes, rows that it read \
          may change behind it and are not copied again, vacuum and replicas wait, and an error at the last row throws \
          all of it away. A data migration copies in batches by key, each with its checkpoint, looks again at \
          what changed meanwhile, and proves in the end that nothing is missing.",
    bad: &["INSERT INTO jobs (id, log_id) SELECT id, id FROM logs"],
    good: &[
        "INSERT INTO plans (id, name) VALUES (1, 'free')",
        "INSERT INTO jobs (id) SELECT id FROM logs WHERE id BETWEEN 1 AND 1000",
        "CREATE TABLE next (a integer)\nINSERT INTO next SELECT a FROM logs\nDROP TABLE logs\nALTER TABLE next RENAME TO logs",
    ],
    peers: &["strong_migrations: backfilling data"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Some(Statement::Insert(insert)) = at.statement() else { return };
    let Some(query) = &insert.source else { return };
    let SetExpr::Select(select) = &*query.body else { return };
    if at.rebuild().is_some() || query.limit_clause.is_some() || query.fetch.is_some() {
        return;
    }
    let source = select.from.iter().find_map(|from| match &from.relation {
        TableFactor::Table { name, args: None, .. } => Some(last(name)),
        _ => None,
    });
    let Some(source) = source else { return };
    let is_ours = source.starts_with("seawright_") || source == "sqlite_sequence";
    if !at.world.is_new(&source) && !is_ours && super::data_statement_without_keyset::is_always(select.selection.as_ref()) {
        found.push(
            Hit::on(source.clone())
                .scans()
                .says(format!("all of `{source}` is copied in one statement"))
                .safe("a data migration: batches by key, a transaction each, verified in the end")
                .helper("seawright generate NAME --data"),
        );
    }
}

super::tested!(RULE);
