//! Tables that go.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-drop-table",
    title: "A table in use is dropped",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "Its rows are gone for good, and programs that run while the step is applied fail when they ask for it. Drop a table \
          one release after the last program that uses it, and let a data migration account for its rows: a step that \
          Seawright writes begins with a gate that refuses until the data step which empties the table was verified. \
          Such a step says in a silence which one that is.",
    bad: &["DROP TABLE settings", "DROP TABLE IF EXISTS settings\nCREATE TABLE settings (id integer)"],
    good: &[
        "CREATE TABLE scratch (id integer)\nDROP TABLE scratch",
        "CREATE TABLE next (a integer)\nINSERT INTO next SELECT a FROM logs\nDROP TABLE logs\nALTER TABLE next RENAME TO logs",
    ],
    peers: &["squawk: ban-drop-table", "strong_migrations: creating a table with the force option"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some(Statement::Drop {
        object_type: ObjectType::Table,
        names,
        ..
    }) = at.statement()
        && at.rebuild().is_none()
    {
        for table in names.iter().map(last).filter(|table| !at.world.is_new(table)) {
            found.push(
                Hit::on(table.clone())
                    .says(format!("`{table}` is dropped with its rows"))
                    .safe("a gate before it, which asks whether the data step that empties it was verified; and a release after the last program that uses it")
                    .helper(format!("seawright::data::require_moved(manager, {}::Table)", camel(&table))),
            );
        }
    }
}

super::tested!(RULE);
