//! Unique constraints on tables in use.

use super::prelude::*;
use crate::lint::world::key_columns;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "disallowed-unique-constraint",
    title: "A unique constraint builds its index while everybody waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ADD CONSTRAINT … UNIQUE builds an index under an ACCESS EXCLUSIVE lock: neither readers nor writers reach the \
          table until every row is read and sorted. Built as a unique index CONCURRENTLY first, the constraint is then \
          only a new name for the index (USING INDEX), which takes a moment. A column that is added as UNIQUE has the \
          same cost.",
    bad: &[
        "ALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE (email)",
        "ALTER TABLE users ADD COLUMN email text UNIQUE",
    ],
    good: &[
        "-- outside of a transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_email_unique ON users (email)\nALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE USING INDEX users_email_unique",
        "CREATE TABLE users (email text)\nALTER TABLE users ADD CONSTRAINT users_email_unique UNIQUE (email)",
    ],
    peers: &["squawk: disallowed-unique-constraint", "strong_migrations: adding a unique constraint"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let (name, columns) = match operation {
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::Unique(unique),
                ..
            } => (unique.name.as_ref().map(ident), key_columns(&unique.columns)),
            AlterTableOperation::AddColumn { column_def, .. }
                if column_def.options.iter().any(|option| matches!(option.option, ColumnOption::Unique(_))) =>
            {
                (None, vec![ident(&column_def.name)])
            }
            _ => continue,
        };
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        let name = name.unwrap_or_else(|| format!("{table}_{}_unique", columns.join("_").replace('"', "")));
        let quoted = quote(&name);
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .scans()
                .says(format!("the unique constraint `{name}` builds its index while everybody waits for `{table}`"))
                .safe(format!(
                    "outside of a transaction, one after the other:\nCREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {} ({});\n{};",
                    quote(&table),
                    columns.join(", "),
                    alter(&table, &format!("ADD CONSTRAINT {quoted} UNIQUE USING INDEX {quoted}"))
                ))
                .helper(format!(
                    "AlterTable::new({}::Table).add_unique(\"{name}\", […]).online().execute(manager)",
                    camel(&table)
                )),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn the_safe_form_names_the_columns() {
        let safe = found(&RULE, "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, b)").remove(0).safe.unwrap();
        assert!(safe.contains(r#"CREATE UNIQUE INDEX CONCURRENTLY "k" ON "t" ("a", "b");"#), "{safe}");
        assert!(safe.contains(r#"ALTER TABLE "t" ADD CONSTRAINT "k" UNIQUE USING INDEX "k";"#), "{safe}");
    }
);
