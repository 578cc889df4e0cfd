//! NOT NULL by way of a check: proving it does not keep writers out, and PostgreSQL 12 and later believes a proven
//! check instead of reading the table under the strongest lock
//! (<https://www.postgresql.org/docs/current/sql-altertable.html>, SET NOT NULL).

use super::{
    act::{Act, Counted, Unless},
    there::Constraint,
};
use crate::ddl::{object_name, quote};

/// `filled` is what the rows were filled with before, if they were.
pub(super) fn set_not_null(table: &str, column: &str, filled: Option<&str>) -> Vec<Act> {
    let check = object_name(table, Some(column), "is_set");
    let (quoted, quoted_column, quoted_check) = (quote(table), quote(column), quote(&check));
    let alter = |what: String| format!("ALTER TABLE {quoted} {what}");
    let is_set = || Unless::NotNull(table.to_owned(), column.to_owned());
    let own = Constraint::check(table, &check, &format!("{quoted_column} IS NOT NULL"));
    let drop_check = || Act::strong(table, alter(format!("DROP CONSTRAINT IF EXISTS {quoted_check}")));
    let add = alter(format!(
        "ADD CONSTRAINT {quoted_check} CHECK ({quoted_column} IS NOT NULL) NOT VALID"
    ));
    let why = filled.map_or_else(String::new, |value| format!(": `{value}` gives NULL for them"));
    let counted = Counted {
        sql: format!("SELECT count(*) FROM {quoted} WHERE {quoted_column} IS NULL"),
        said: format!(
            "of `{table}` have no value in `{column}`{why}. Give them one (UPDATE {quoted} SET {quoted_column} = … WHERE \
             {quoted_column} IS NULL), or let the column be NULL"
        ),
    };
    vec![
        Act::strong(table, add)
            .unless(is_set())
            .unless(Unless::Constraint(own.clone())),
        Act::weak(alter(format!("VALIDATE CONSTRAINT {quoted_check}")))
            .unless(is_set())
            .or_else(drop_check())
            .counting(counted),
        Act::strong(table, alter(format!("ALTER COLUMN {quoted_column} SET NOT NULL"))).unless(is_set()),
        // One of somebody else's under that name stays.
        drop_check().unless(Unless::Another(own)),
    ]
}
