//! Values of enumerations.

use super::prelude::*;
use sqlparser::ast::AlterTypeOperation;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "renaming-enum-value",
    title: "A value of an enumeration in use gets another name",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "All rows have the new name at once, and programs that run while the step is applied do not know it: SeaORM fails to read \
          a value that its `DeriveActiveEnum` does not name, and fails to write the old one. Add a value, teach the program \
          both, move the rows with a data migration, and stop using the old one; PostgreSQL cannot drop it, and an unused \
          value does no harm. A value that is removed by building the type anew shows as a change of the column's type.",
    bad: &["ALTER TYPE job_status RENAME VALUE 'waiting' TO 'queued'"],
    good: &[
        "ALTER TYPE job_status ADD VALUE 'queued'",
        "CREATE TYPE job_status AS ENUM ('waiting')\nALTER TYPE job_status RENAME VALUE 'waiting' TO 'queued'",
    ],
    peers: &["squawk: none", "strong_migrations: none"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    if let Some(Statement::AlterType(change)) = at.statement()
        && let AlterTypeOperation::RenameValue(rename) = &change.operation
    {
        let name = last(&change.name);
        if !at.world.is_new_type(&name) {
            found.push(Hit::default().object(name.clone()).safe(format!(
                "ALTER TYPE {} ADD VALUE '{}';\nthen move the rows with a data migration",
                quote(&name),
                rename.to.value
            )));
        }
    }
}

super::tested!(RULE);
