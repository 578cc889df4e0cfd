//! Written by Seawright from the entities: 1 change.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Primary key is added online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_a_primary_key_is_added_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .add_primary_key("things_pkey", [Things::Id])
            .rebuild_on_sqlite(things_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_constraint("things_pkey")
            .rebuild_on_sqlite(things_after_down(manager))
            .online()
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `things` as it is after the way up, for SQLite, which can change little of a table in place.
fn things_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(ColumnDef::new(Things::Id).integer().not_null().primary_key())
            .col(ColumnDef::new(Things::Name).text().not_null()),
    )
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(ColumnDef::new(Things::Id).integer().not_null())
            .col(ColumnDef::new(Things::Name).text().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Id,
    Name,
}
