//! Written by Seawright from the entities: 1 column changed.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Rows that refer to a rebuilt table stay online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_rows_that_refer_to_a_rebuilt_table_stay_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .set_not_null(Users::Age)
            .add_check("users_age", Expr::col(Users::Age).gt(0))
            .rebuild_on_sqlite(users_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .drop_constraint("users_age")
            .drop_not_null(Users::Age)
            .rebuild_on_sqlite(users_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `users` as it is after the way up, for SQLite, which can change little of a table in place.
fn users_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::Name).string_len(255).not_null())
            .col(ColumnDef::new(Users::Age).integer().not_null())
            .check(("users_age", Expr::col(Users::Age).gt(0))),
    )
}

/// `users` as it is after the way down, for SQLite, which can change little of a table in place.
fn users_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Users::Table)
            .col(
                ColumnDef::new(Users::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Users::Name).string_len(255).not_null())
            .col(ColumnDef::new(Users::Age).integer()),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Age,
    Id,
    Name,
}
