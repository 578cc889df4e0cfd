//! Foreign keys of tables in use.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "adding-foreign-key-constraint",
    title: "A foreign key is checked while writers of both tables wait",
    severity: Severity::Error,
    on: POSTGRES,
    is_strict: false,
    why: "ADD FOREIGN KEY takes a SHARE ROW EXCLUSIVE lock on the table and on the one that it refers to, and then looks up \
          the parent of every row: nobody writes to either table for as long as that takes. NOT VALID adds the key for \
          new rows in a moment; VALIDATE CONSTRAINT, in a later transaction, checks the old rows with a lock that lets \
          writers go on.",
    bad: &[
        "ALTER TABLE logs ADD CONSTRAINT logs_job_id_fk FOREIGN KEY (job_id) REFERENCES jobs (id)",
        "ALTER TABLE logs ADD COLUMN job_id integer REFERENCES jobs (id)",
    ],
    good: &[
        "ALTER TABLE logs ADD CONSTRAINT logs_job_id_fk FOREIGN KEY (job_id) REFERENCES jobs (id) NOT VALID\n-- the next step\nALTER TABLE logs VALIDATE CONSTRAINT logs_job_id_fk",
        "CREATE TABLE logs (job_id integer)\nALTER TABLE logs ADD CONSTRAINT logs_job_id_fk FOREIGN KEY (job_id) REFERENCES jobs (id)",
    ],
    peers: &["squawk: adding-foreign-key-constraint", "strong_migrations: adding a foreign key; adding a reference"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        let (name, key) = match operation {
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::ForeignKey(key),
                not_valid: false,
            } => {
                let name = key.name.as_ref().map_or_else(|| format!("{table}_fk"), ident);
                (name, key.to_string())
            }
            AlterTableOperation::AddColumn { column_def, .. } => {
                let column = ident(&column_def.name);
                let key = column_def.options.iter().find_map(|option| match &option.option {
                    ColumnOption::ForeignKey(key) => Some(key),
                    _ => None,
                });
                let Some(key) = key else { continue };
                let name = format!("{table}_{column}_fk");
                let sql = format!("CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}", quote(&name), quote(&column), key.foreign_table);
                (name, sql)
            }
            _ => continue,
        };
        found.push(
            Hit::on(table.clone())
                .object(name.clone())
                .scans()
                .says(format!("the foreign key `{name}` of `{table}` is checked row by row while writers wait"))
                .safe(format!(
                    "{};\nand in a later transaction:\n{};",
                    alter(&table, &format!("ADD {key} NOT VALID")),
                    alter(&table, &format!("VALIDATE CONSTRAINT {}", quote(&name)))
                ))
                .helper(format!(
                    "AlterTable::new({}::Table).add_foreign_key(ForeignKey::create().name(\"{name}\")…).online().execute(manager)",
                    camel(&table)
                )),
        );
    }
}

super::tested!(RULE,
    #[test]
    fn both_tables_are_locked() {
        let finding = found(&RULE, RULE.bad[0]).remove(0);
        assert_eq!(finding.lock, Some(crate::lint::Lock::ShareRowExclusive));
        assert!(finding.safe.unwrap().contains("NOT VALID"));
    }
);
