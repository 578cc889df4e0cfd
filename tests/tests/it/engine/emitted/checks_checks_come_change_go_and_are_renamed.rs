//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Expr, ExprTrait as _, MigrationName, MigrationTrait, SchemaManager, Table,
    async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Come change go and are renamed.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "checks_checks_come_change_go_and_are_renamed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .rename_constraint("old_name", "new_name")
            .rebuild_on_sqlite(users_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Users::Table)
            .rename_constraint("new_name", "old_name")
            .rebuild_on_sqlite(users_after_down(manager))
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
            .check(("changed", Expr::col(Users::Age).gt(0)))
            .check(("gone", Expr::col(Users::Age).lt(200)))
            .check(("new_name", Expr::col(Users::Name).ne(""))),
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
            .col(ColumnDef::new(Users::Age).integer().not_null())
            .check(("changed", Expr::col(Users::Age).gt(0)))
            .check(("gone", Expr::col(Users::Age).lt(200)))
            .check(("old_name", Expr::col(Users::Name).ne(""))),
    )
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Name,
    Age,
}
