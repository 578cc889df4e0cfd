//! Columns that get another name.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "renaming-column",
    title: "A column in use gets another name",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "A rename is quick, and there is no moment at which it is right: the program that runs while the step is applied \
          asks for the old name and fails, the new one asks for the new name and fails until then. Where the program can \
          be stopped for it, say so in a silence. Otherwise expand and contract, as `generate --in-use` does: a new column, \
          both kept alike by a trigger, the old one dropped when nobody reads it. Or leave the column's name and give the \
          field in the entity another one (`column_name`).",
    bad: &["ALTER TABLE logs RENAME COLUMN script_name TO event_name"],
    good: &["CREATE TABLE logs (a integer)\nALTER TABLE logs RENAME COLUMN a TO b"],
    peers: &["squawk: renaming-column", "strong_migrations: renaming a column"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        if let AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } = operation
        {
            let (old, new) = (ident(old_column_name), ident(new_column_name));
            found.push(
                Hit::on(table.clone())
                    .object(old.clone())
                    .says(format!("`{table}.{old}` becomes `{new}`: programs that run meanwhile ask for one that is not there"))
                    .safe(format!(
                        "{};\nthen write both, move the values with a data migration, and drop {} in a later release; or leave it and write #[sea_orm(column_name = \"{old}\")] in the entity",
                        alter(&table, &format!("ADD COLUMN {} …", quote(&new))),
                        quote(&old)
                    )),
            );
        }
    }
}

super::tested!(RULE,
    #[test]
    fn on_sqlite_too() {
        assert_eq!(found_on(&RULE, RULE.bad[0], crate::schema::Dialect::Sqlite).len(), 1);
    }
);
