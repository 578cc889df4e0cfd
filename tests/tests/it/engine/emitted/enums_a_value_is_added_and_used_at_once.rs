//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Value is added and used at once.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_a_value_is_added_and_used_at_once"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Orders::Table)
            .set_default(Orders::Status, "packed")
            .rebuild_on_sqlite(orders_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Orders::Table)
            .set_default(Orders::Status, "open")
            .rebuild_on_sqlite(orders_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `orders` as it is after the way up, for SQLite, which can change little of a table in place.
fn orders_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Orders::Table)
            .col(
                ColumnDef::new(Orders::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(Orders::Status)
                    .enumeration("status", ["open", "packed", "done"])
                    .not_null()
                    .default("packed"),
            ),
    )
}

/// `orders` as it is after the way down, for SQLite, which can change little of a table in place.
fn orders_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Orders::Table)
            .col(
                ColumnDef::new(Orders::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(Orders::Status)
                    .enumeration("status", ["open", "packed", "done"])
                    .not_null()
                    .default("open"),
            ),
    )
}

#[derive(DeriveIden)]
enum Orders {
    Table,
    Status,
    Id,
}
