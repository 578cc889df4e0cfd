//! Checks on tables in use.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "constraint-missing-not-valid",
    title: "A check is held against every row while everybody waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ADD CONSTRAINT … CHECK reads every row under an ACCESS EXCLUSIVE lock. NOT VALID adds the check for rows that are \
          written from now on, in a moment; VALIDATE CONSTRAINT, in a later transaction, reads the old rows with a lock \
          that lets readers and writers go on. A column that is added with a check of its own is checked as well.",
    bad: &[
        "ALTER TABLE jobs ADD CONSTRAINT jobs_priority_check CHECK (priority BETWEEN 1 AND 9)",
        "ALTER TABLE jobs ADD COLUMN priority integer CHECK (priority > 0)",
    ],
    good: &[
        "ALTER TABLE jobs ADD CONSTRAINT jobs_priority_check CHECK (priority > 0) NOT VALID\n-- the next step\nALTER TABLE jobs VALIDATE CONSTRAINT jobs_priority_check",
        "CREATE TABLE jobs (priority integer)\nALTER TABLE jobs ADD CONSTRAINT jobs_priority_check CHECK (priority > 0)",
    ],
    peers: &["squawk: constraint-missing-not-valid", "strong_migrations: adding a check constraint"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let check = match operation {
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::Check(check),
                not_valid: false,
            } => check,
            AlterTableOperation::AddColumn { column_def, .. } => {
                let check = column_def.options.iter().find_map(|option| match &option.option {
                    ColumnOption::Check(check) => Some(check),
                    _ => None,
                });
                let Some(check) = check else { continue };
                check
            }
            _ => continue,
        };
        let name = check.name.as_ref().map_or_else(|| format!("{table}_check"), ident);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .scans()
                .says(format!("the check `{name}` is held against every row of `{table}` while everybody waits"))
                .safe(format!(
                    "{};\nand in a later transaction:\n{};",
                    alter(&table, &format!("ADD CONSTRAINT {} CHECK ({}) NOT VALID", quote(&name), check.expr)),
                    alter(&table, &format!("VALIDATE CONSTRAINT {}", quote(&name)))
                ))
                .helper(format!(
                    "AlterTable::new({}::Table).add_check(\"{name}\", …).online().execute(manager)",
                    camel(&table)
                )),
        );
    }
}

super::tested!(RULE);
