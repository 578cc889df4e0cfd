//! Stored computed columns on tables in use.

use super::prelude::*;
use sqlparser::ast::GeneratedExpressionMode;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-stored-generated-column",
    title: "A stored computed column is added",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "A stored computed column has a value in every row from the start, so adding one writes the whole table and its \
          indexes anew under an ACCESS EXCLUSIVE lock. Add an ordinary column instead, keep it up to date with a trigger \
          or from the program, and fill it in batches; or compute it where it is read (VIRTUAL, from PostgreSQL 18 on).",
    bad: &["ALTER TABLE files ADD COLUMN megabytes integer GENERATED ALWAYS AS (bytes / 1000000) STORED"],
    good: &[
        "CREATE TABLE files (bytes integer)\nALTER TABLE files ADD COLUMN megabytes integer GENERATED ALWAYS AS (bytes / 1000000) STORED",
        "ALTER TABLE files ADD COLUMN megabytes integer",
    ],
    peers: &["strong_migrations: adding a stored generated column", "squawk: part of adding-field-with-default"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, column) in at.added() {
        let is_stored = column.options.iter().any(|option| {
            matches!(
                &option.option,
                ColumnOption::Generated { generation_expr: Some(_), generation_expr_mode: mode, .. }
                    if !matches!(mode, Some(GeneratedExpressionMode::Virtual))
            )
        });
        if is_stored {
            let name = ident(&column.name);
            found.push(
                Hit::on(table.clone())
                    .object(name.clone())
                    .rewrites()
                    .says(format!("the stored computed column `{name}` writes every row of `{table}` anew"))
                    .safe(format!(
                        "{};\nthen a trigger that keeps it, and a data migration that fills it",
                        alter(&table, &format!("ADD COLUMN {} {}", quote(&name), column.data_type))
                    )),
            );
        }
    }
}

super::tested!(RULE);
