//! A new column whose value is another for every row: as a default it would make PostgreSQL rewrite the table under the
//! strongest lock. It is added empty, new rows get the default from then on, the others are filled in batches.

use sea_orm::{
    DbBackend,
    sea_query::{ColumnDef, Expr, PostgresQueryBuilder, Table, TableAlterStatement},
};

use super::{
    act::{Act, Unless},
    fill::fill_in_batches,
    not_null::set_not_null,
};
use crate::ddl::{expression_sql, quote};

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
    let own_default = spec
        .default
        .as_ref()
        .map(|default| expression_sql(DbBackend::Postgres, default));
    // What rows that are there get is no value for those that come.
    let afterwards = own_default.map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
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
        acts.extend(fill.map(|_| Act::strong(table, alter(afterwards))));
        return acts;
    };
    let empty = column.get_column_type().map_or_else(
        || ColumnDef::new(name.clone()),
        |column_type| ColumnDef::new_with_type(name.clone(), column_type.clone()),
    );
    let sql = expression_sql(DbBackend::Postgres, value);
    // Rows that come meanwhile need a value too where the column requires one.
    let for_new_rows = match fill {
        Some(_) if !is_required => afterwards.clone(),
        _ => format!("SET DEFAULT {sql}"),
    };
    let mut acts = vec![
        add(empty, false),
        Act::strong(table, alter(for_new_rows)),
        // The value may be NULL for some, so nothing says afterwards that none is.
        Act::weak(fill_in_batches(
            table,
            &name,
            &sql,
            &format!("{} IS NULL", quote(&name)),
            false,
        )),
    ];
    if is_required {
        acts.extend(set_not_null(table, &name, Some(&sql)));
    }
    if fill.is_some() && is_required {
        acts.push(Act::strong(table, alter(afterwards)));
    }
    acts
}

/// Gives rows that have NULL a value, in batches.
pub(super) fn fill_nulls(table: &str, column: &str, fill: &Expr) -> Act {
    let sql = expression_sql(DbBackend::Postgres, fill);
    let open = format!("{} IS NULL", quote(column));
    Act::weak(fill_in_batches(table, column, &sql, &open, false))
}
