//! Foreign keys and checks: added unproven, which binds new rows at once, and proven afterwards, while writers go on.

use sea_orm::{
    DbBackend,
    sea_query::{Expr, ForeignKeyCreateStatement, PostgresQueryBuilder},
};

use super::act::{Act, Lock, Unless};
use crate::ddl::{expression_sql, name_of, plain_name, quote};

pub(super) fn add_check(table: &str, name: &str, holds: &Expr) -> Vec<Act> {
    let sql = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} CHECK ({}) NOT VALID",
        quote(table),
        quote(name),
        expression_sql(DbBackend::Postgres, holds)
    );
    proven(table, name, Act::strong(table, sql))
}

pub(super) fn add_foreign_key(table: &str, key: &ForeignKeyCreateStatement) -> Vec<Act> {
    let spec = key.get_foreign_key();
    let mut tables = vec![table.to_owned()];
    if let Some(sea_orm::sea_query::TableRef::Table(to, _)) = spec.get_ref_table()
        && name_of(to.1.clone()) != table
    {
        // The key's trigger goes onto the other table too.
        tables.push(name_of(to.1.clone()));
    }
    let mut act = Act::strong(table, format!("{} NOT VALID", key.to_string(PostgresQueryBuilder)));
    act.lock = Lock::Strong(tables);
    proven(table, &plain_name(spec.get_name().unwrap_or_default()), act)
}

fn proven(table: &str, name: &str, add: Act) -> Vec<Act> {
    let validate = format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", quote(table), quote(name));
    vec![
        add.unless(Unless::Constraint(table.to_owned(), name.to_owned())),
        Act::weak(validate).or_else(drop_constraint(table, name)),
    ]
}

pub(super) fn drop_constraint(table: &str, name: &str) -> Act {
    let sql = format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", quote(table), quote(name));
    Act::strong(table, sql)
}
