//! Columns that go.

use super::prelude::*;

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "ban-drop-column",
    title: "A column in use is dropped",
    severity: Severity::Error,
    on: EVERY,
    is_strict: false,
    why: "Programs that run while the step is applied still name the column, SeaORM in every SELECT of the entity, and fail \
          from that moment on; and its values are gone for good. Take the field out of the entity in one release and drop \
          the column in the next, when nothing names it any more and its values were moved or are known to be worthless. \
          SQLite writes the whole table anew for it.",
    bad: &["ALTER TABLE users DROP COLUMN nickname"],
    good: &["CREATE TABLE users (id integer, nickname text)\nALTER TABLE users DROP COLUMN nickname"],
    peers: &["squawk: ban-drop-column", "strong_migrations: removing a column"],
    check,
};

fn check(at: &At<'_>, found: &mut Vec<Hit>) {
    for (table, operation) in at.altered() {
        if let AlterTableOperation::DropColumn { column_names, .. } = operation {
            for column in column_names.iter().map(ident) {
                let mut hit = Hit::on(table.clone())
                    .object(column.clone())
                    .says(format!("`{table}.{column}` is dropped with its values, and programs that run meanwhile still name it"))
                    .safe("take it out of the entity first, deploy that, and drop it in the next release; a data migration's before-images keep what it held");
                if at.is_sqlite() {
                    hit = hit.rewrites();
                }
                found.push(hit);
            }
        }
    }
}

super::tested!(RULE,
    #[test]
    fn sqlite_writes_the_table_anew() {
        let finding = found_on(&RULE, RULE.bad[0], crate::schema::Dialect::Sqlite).remove(0);
        assert_eq!(finding.effect, Some(crate::lint::Effect::Rewrites));
        assert_eq!(finding.lock, Some(crate::lint::Lock::WholeDatabase));
    }
);
