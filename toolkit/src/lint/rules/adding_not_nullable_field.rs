//! NOT NULL on a column that is there.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-not-nullable-field",
    title: "NOT NULL is checked against every row while everybody waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "SET NOT NULL reads the whole table under an ACCESS EXCLUSIVE lock, unless a valid check already says that the \
          column is not null: then PostgreSQL (from 12 on) believes it and is done in a moment. So the check is added NOT \
          VALID, validated in a later transaction while others go on, and dropped once the column is NOT NULL. A \
          check that this history added and validated on the column before is seen here.",
    bad: &[
        "ALTER TABLE logs ALTER COLUMN event_id SET NOT NULL",
        "-- outside of a transaction\nALTER TABLE logs ADD CONSTRAINT event_id_there CHECK (event_id IS NOT NULL) NOT VALID\nALTER TABLE logs ALTER COLUMN event_id SET NOT NULL",
    ],
    good: &[
        "-- outside of a transaction\nALTER TABLE logs ADD CONSTRAINT event_id_there CHECK (event_id IS NOT NULL) NOT VALID\nALTER TABLE logs VALIDATE CONSTRAINT event_id_there\nALTER TABLE logs ALTER COLUMN event_id SET NOT NULL",
        "CREATE TABLE logs (event_id integer)\nALTER TABLE logs ALTER COLUMN event_id SET NOT NULL",
    ],
    peers: &["squawk: adding-not-nullable-field", "strong_migrations: setting NOT NULL on an existing column"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let AlterTableOperation::AlterColumn {
            column_name,
            op: AlterColumnOperation::SetNotNull,
        } = operation
        else {
            continue;
        };
        let column = ident(column_name);
        let is_required = at.world.column(&table, &column).is_some_and(|known| known.is_required);
        if is_required || at.world.is_proven(&table, &column) {
            continue;
        }
        let check = quote(&format!("{table}_{column}_not_null"));
        let quoted = quote(&column);
        found.push(
            Hit::on(table.clone())
                .object(column.clone())
                .scans()
                .says(format!("every row of `{table}` is read for NULLs in `{column}` while everybody waits"))
                .safe(format!(
                    "{};\nand in later transactions:\n{};\n{};\n{};",
                    alter(&table, &format!("ADD CONSTRAINT {check} CHECK ({quoted} IS NOT NULL) NOT VALID")),
                    alter(&table, &format!("VALIDATE CONSTRAINT {check}")),
                    alter(&table, &format!("ALTER COLUMN {quoted} SET NOT NULL")),
                    alter(&table, &format!("DROP CONSTRAINT {check}")),
                ))
                .helper(format!(
                    "AlterTable::new({0}::Table).set_not_null({0}::{1}).online().execute(manager)",
                    camel(&table),
                    camel(&column)
                )),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn a_check_of_another_column_does_not_help() {
        let example = "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL AND b > 1)\nALTER TABLE t ALTER COLUMN b SET NOT NULL";
        assert_eq!(found(&RULE, example).len(), 1);
        let both = "ALTER TABLE t ADD CONSTRAINT c CHECK ((a IS NOT NULL) AND (b IS NOT NULL))\nALTER TABLE t ALTER COLUMN b SET NOT NULL";
        assert_eq!(found(&RULE, both).len(), 0);
    }

    #[test]
    fn a_check_that_is_gone_does_not_help() {
        let example = "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL)\nALTER TABLE t DROP CONSTRAINT c\nALTER TABLE t ALTER COLUMN a SET NOT NULL";
        assert_eq!(found(&RULE, example).len(), 1);
    }
);
