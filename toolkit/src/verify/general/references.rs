//! No row refers to one that is not there, whether or not the database has the foreign key.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};

use crate::{
    schema::{ForeignKey, Schema, Table},
    verify::Check,
};

pub(super) fn checks(declared: &Schema) -> Vec<Check> {
    let keys = declared.tables.iter().flat_map(|table| {
        let keys = table.foreign_keys.iter();
        keys.map(move |key| (table, key))
    });
    keys.map(|(table, key)| {
        let columns = key.columns.join(", ");
        Check::rows(
            format!("references:{}.{}", table.name, key.columns.join("+")),
            format!("every `{}.{columns}` names a row of `{}`", table.name, key.ref_table),
            &table.name,
            table.key_columns(),
            orphans(table, key),
        )
        .help(format!(
            "bring the row of `{}` back, or take the reference away; see `docs/verify.md`",
            key.ref_table
        ))
    })
    .collect()
}

/// The rows whose reference leads nowhere. One with a NULL in it refers to nothing.
fn orphans(table: &Table, key: &ForeignKey) -> SelectStatement {
    let own = |name: &str| Expr::col((Alias::new(&table.name), Alias::new(name)));
    let mut referred = Query::select();
    referred
        .expr(Expr::val(1))
        .from_as(Alias::new(&key.ref_table), Alias::new("referred"));
    let mut select = Query::select();
    select.from(Alias::new(&table.name));
    for (column, to) in key.columns.iter().zip(&key.ref_columns) {
        referred.and_where(Expr::col((Alias::new("referred"), Alias::new(to))).eq(own(column)));
        select.and_where(own(column).is_not_null());
    }
    for column in table.key_columns().iter().chain(&key.columns) {
        select.expr_as(own(column), Alias::new(column));
    }
    select.and_where(Expr::exists(referred).not()).take()
}
