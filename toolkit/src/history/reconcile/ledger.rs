//! The statements of reconciliations: `seawright_reconcile_statements`.

use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, Schema, entity::prelude::*, sea_query::TableCreateStatement};

use super::Statement;

/// One row a statement.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seawright_reconcile_statements")]
pub struct Model {
    /// When the reconciliation began, UTC, in microseconds since 1970: what names the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    /// Its place, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Why it was sent.
    #[sea_orm(column_type = "Text")]
    pub why: String,
    /// The statement.
    #[sea_orm(column_type = "Text")]
    pub statement: String,
    /// The rows that it wrote; NULL where it changed the schema.
    pub rows: Option<i64>,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table where it is missing.
fn table<C: ConnectionTrait>(db: &C) -> TableCreateStatement {
    Schema::new(db.get_database_backend())
        .create_table_from_entity(Entity)
        .if_not_exists()
        .take()
}

/// Keeps what was sent.
pub(super) async fn store<C: ConnectionTrait>(db: &C, run: i64, statements: &[Statement]) -> Result<(), DbErr> {
    db.execute(&table(db)).await?;
    for (position, statement) in (1..).zip(statements) {
        let row = ActiveModel {
            run: Set(run),
            position: Set(position),
            why: Set(statement.why.clone()),
            statement: Set(statement.sql.clone()),
            rows: Set(statement.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX))),
        };
        Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}
