//! A new column whose value is another for every row: as a default it would make PostgreSQL rewrite the table under the
//! strongest lock. It is added empty, new rows get the default from then on, the others are filled in batches.

use sea_orm::{
    DbBackend,
    sea_query::{ColumnDef, Expr, PostgresQueryBuilder, Table, TableAlterStatement},
};

use super::{
    act::{Act, Unless},
    not_null::set_not_null,
};
use crate::ddl::{expression_sql, quote, quote_text};

/// Pages of a table that are filled at once: some thousands of rows, locked for some tens of milliseconds.
const PAGES: u32 = 64;

/// Whether the value is the same for every row of a statement: PostgreSQL then keeps it in the catalogue. SQL that calls
/// nothing is; of functions only the moment is known to be.
pub(in crate::ddl) fn is_steady(value: &Expr) -> bool {
    match value {
        Expr::Value(_) | Expr::Constant(_) | Expr::Keyword(_) => true,
        Expr::Custom(sql) => !sql.contains('(') || sql.eq_ignore_ascii_case("now()"),
        _ => false,
    }
}

pub(in crate::ddl) fn add_column(table: &str, column: &ColumnDef, fill: Option<&Expr>) -> Vec<Act> {
    let spec = column.get_column_spec();
    let name = column.get_column_name();
    let is_required = spec.nullable == Some(false);
    let alter = |what: String| format!("ALTER TABLE {} ALTER COLUMN {} {what}", quote(table), quote(&name));
    let add = |column: ColumnDef, with_default: bool| {
        let add = |table: &mut TableAlterStatement| table.to_string(PostgresQueryBuilder);
        let sql = add(Table::alter()
            .table(table.to_owned())
            .add_column_if_not_exists(column.clone()));
        let definition = add(Table::alter().table(table.to_owned()).add_column(column));
        Act::strong(table, sql).unless(Unless::Column {
            table: table.to_owned(),
            column: name.clone(),
            definition: definition
                .split_once(" ADD COLUMN ")
                .map_or_else(String::new, |(_, definition)| definition.to_owned()),
            with_default,
        })
    };
    let value = fill.or(spec.default.as_ref());
    let Some(value) = value.filter(|value| !is_steady(value)) else {
        let mut column = column.clone();
        if let Some(fill) = fill {
            column.default(fill.clone());
        }
        let mut acts = vec![add(column, fill.is_none())];
        acts.extend(fill.map(|_| Act::strong(table, alter("DROP DEFAULT".to_owned()))));
        return acts;
    };
    let empty = column.get_column_type().map_or_else(
        || ColumnDef::new(name.clone()),
        |column_type| ColumnDef::new_with_type(name.clone(), column_type.clone()),
    );
    let sql = expression_sql(DbBackend::Postgres, value);
    let mut acts = vec![
        add(empty, false),
        Act::strong(table, alter(format!("SET DEFAULT {sql}"))),
        Act::weak(fill_in_batches(
            table,
            &name,
            &sql,
            &format!("{} IS NULL", quote(&name)),
        )),
    ];
    if is_required {
        acts.extend(set_not_null(table, &name));
    }
    if fill.is_some() {
        acts.push(Act::strong(table, alter("DROP DEFAULT".to_owned())));
    }
    acts
}

/// Page by page, a transaction each, and again until a whole pass finds nothing: a row that somebody changes meanwhile may
/// move to a page that was done. It is one statement that commits as it goes, so that a plain client can run it.
pub(in crate::ddl) fn fill_in_batches(table: &str, column: &str, value: &str, open: &str) -> String {
    let (quoted, column) = (quote(table), quote(column));
    let class = quote_text(&quoted);
    format!(
        "DO $fill$ DECLARE first bigint; pages bigint; changed bigint; found bigint; BEGIN LOOP \
         found := 0; first := 0; \
         pages := pg_relation_size({class}::regclass) / current_setting('block_size')::bigint; \
         WHILE first <= pages LOOP \
         UPDATE {quoted} SET {column} = {value} WHERE ctid >= format('(%s,0)', first)::tid \
         AND ctid < format('(%s,0)', first + {PAGES})::tid AND {open}; \
         GET DIAGNOSTICS changed = ROW_COUNT; found := found + changed; first := first + {PAGES}; COMMIT; \
         END LOOP; EXIT WHEN found = 0; END LOOP; END $fill$"
    )
}
