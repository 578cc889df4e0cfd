//! Enumerations that SeaORM declares as types of their own hold only their values; SQLite has no such types.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};

use crate::{
    schema::{DataType, Schema},
    verify::Check,
};

pub(super) fn checks(declared: &Schema) -> Vec<Check> {
    let mut checks = Vec::new();
    for table in &declared.tables {
        for column in &table.columns {
            let DataType::Enum(name) = &column.data_type else {
                continue;
            };
            let Some(enumeration) = declared.enums.iter().find(|one| one.name == *name) else {
                continue;
            };
            let own = |name: &str| Expr::col((Alias::new(&table.name), Alias::new(name)));
            let mut select = Query::select();
            select.from(Alias::new(&table.name)).and_where(
                own(&column.name)
                    .cast_as(Alias::new("text"))
                    .is_not_in(enumeration.values.clone()),
            );
            for key in table.key_columns() {
                select.expr_as(own(key), Alias::new(key));
            }
            select.expr_as(own(&column.name).cast_as(Alias::new("text")), Alias::new(&column.name));
            checks.push(Check::rows(
                format!("values:{}.{}", table.name, column.name),
                format!("every `{}.{}` is a value of `{name}`", table.name, column.name),
                &table.name,
                table.key_columns(),
                select,
            ));
        }
    }
    checks
}
