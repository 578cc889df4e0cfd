//! TRUNCATE.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-truncate",
    title: "A table in use is emptied",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "TRUNCATE takes an ACCESS EXCLUSIVE lock, throws every row away without a trace, fires no trigger for rows, and with \
          CASCADE empties every table that refers to it as well. Rows that are to go belong into a data migration, which \
          deletes them in batches, keeps them as they were, and can put them back.",
    bad: &["TRUNCATE TABLE sessions", "TRUNCATE users CASCADE"],
    good: &["CREATE TABLE sessions (id integer)\nTRUNCATE TABLE sessions"],
    peers: &["squawk: ban-truncate-cascade"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    let Some(Statement::Truncate(truncate)) = at.statement() else { return };
    let cascades = matches!(truncate.cascade, Some(sqlparser::ast::CascadeOption::Cascade));
    let tables = truncate.table_names.iter().map(|table| last(&table.name));
    for table in tables.filter(|table| !at.world.is_new(table)) {
        let more = if cascades { ", and so is every table that refers to it" } else { "" };
        found.push(
            Hit::on(table.clone())
                .says(format!("`{table}` is emptied without a trace{more}"))
                .safe("a data migration that deletes in batches and keeps before-images").helper("seawright generate NAME --data")
        );
    }
}

super::tested!(RULE);
