//! Tables that get another name.

use super::prelude::*;
use sqlparser::ast::RenameTableNameKind;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "renaming-table",
    title: "A table in use gets another name",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "Programs that run while the step is applied ask for the old name and fail from that moment on; new ones fail until \
          then. Where the program can be stopped for it, say so in a silence. Otherwise leave a view with the old name \
          behind (PostgreSQL lets simple views be written to), or make a new table and move the rows with a data \
          migration; or leave the table's name and give only the entity another one (`table_name`).",
    bad: &["ALTER TABLE scripts RENAME TO events"],
    good: &[
        "CREATE TABLE next (a integer)\nALTER TABLE next RENAME TO events",
        "CREATE TABLE next (a integer)\nINSERT INTO next SELECT a FROM logs\nDROP TABLE logs\nALTER TABLE next RENAME TO logs",
    ],
    peers: &["squawk: renaming-table", "strong_migrations: renaming a table"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if at.rebuild().is_some() {
        return;
    }
    for (table, operation) in at.altered() {
        if let AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::As(new) | RenameTableNameKind::To(new),
        } = operation
        {
            let new = last(new);
            let view = if at.is_postgres() {
                format!("in the same transaction:\nCREATE VIEW {} AS SELECT * FROM {};\nand drop the view in a later release; or ", quote(&table), quote(&new))
            } else {
                String::new()
            };
            found.push(
                Hit::on(table.clone())
                    .says(format!("`{table}` becomes `{new}`: programs that run meanwhile ask for one that is not there"))
                    .safe(format!("{view}leave it and write #[sea_orm(table_name = \"{table}\")] in the entity")),
            );
        }
    }
}

super::tested!(RULE);
