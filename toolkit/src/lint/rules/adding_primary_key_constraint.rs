//! Primary keys on tables in use.

use super::prelude::*;
use crate::lint::world::key_columns;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-primary-key-constraint",
    title: "A primary key builds its index while everybody waits",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ADD PRIMARY KEY builds a unique index and sets its columns NOT NULL, all under an ACCESS EXCLUSIVE lock: every row \
          is read twice while nobody reaches the table. Have the columns NOT NULL first (by way of a validated check), \
          build the unique index CONCURRENTLY, and let the key take the index over. A column that is added as PRIMARY \
          KEY has the same cost, and usually rewrites the table as well.",
    bad: &[
        "ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id)",
        "ALTER TABLE events ADD COLUMN id bigserial PRIMARY KEY",
    ],
    good: &[
        "-- outside of a transaction\nCREATE UNIQUE INDEX CONCURRENTLY events_next_pkey ON events (id)\nALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY USING INDEX events_next_pkey",
        "CREATE TABLE events (id integer)\nALTER TABLE events ADD PRIMARY KEY (id)",
    ],
    peers: &["squawk: adding-serial-primary-key-field"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let (name, columns) = match operation {
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::PrimaryKey(key),
                ..
            } => (key.name.as_ref().map(ident), key_columns(&key.columns)),
            AlterTableOperation::AddColumn { column_def, .. }
                if column_def.options.iter().any(|option| matches!(option.option, ColumnOption::PrimaryKey(_))) =>
            {
                (None, vec![ident(&column_def.name)])
            }
            _ => continue,
        };
        let name = name.unwrap_or_else(|| format!("{table}_pkey"));
        let columns: Vec<String> = columns.iter().map(|column| quote(column)).collect();
        let index = quote(&format!("{table}_next_pkey"));
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .scans()
                .says(format!("the primary key `{name}` builds its index while everybody waits for `{table}`"))
                .safe(format!(
                    "outside of a transaction, with the columns NOT NULL already:\nCREATE UNIQUE INDEX CONCURRENTLY {index} ON {} ({});\n{};",
                    quote(&table),
                    columns.join(", "),
                    alter(&table, &format!("ADD CONSTRAINT {} PRIMARY KEY USING INDEX {index}", quote(&name)))
                ))
                .helper(format!(
                    "AlterTable::new({}::Table).add_primary_key(\"{name}\", […]).online().execute(manager)",
                    camel(&table)
                )),
        );
    }
}

super::tested!(RULE);
