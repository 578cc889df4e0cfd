//! Written by Seawright from the entities: 2 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Type changes together with its default.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_type_changes_together_with_its_default"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_default(Things::N)
            .set_type(ColumnDef::new(Things::N).integer())
            .set_default(Things::N, 5)
            .drop_default(Things::Flag)
            .set_type(ColumnDef::new(Things::Flag).boolean())
            .set_default(Things::Flag, false)
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_default(Things::Flag)
            .set_type(ColumnDef::new(Things::Flag).integer())
            .set_default(Things::Flag, 0)
            .drop_default(Things::N)
            .set_type(ColumnDef::new(Things::N).string_len(20))
            .set_default(Things::N, "5")
            .rebuild_on_sqlite(things_after_down(manager))
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
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::N).integer().not_null().default(5))
            .col(ColumnDef::new(Things::Flag).boolean().not_null().default(false)),
    )
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(Things::N).string_len(20).not_null().default("5"))
            .col(ColumnDef::new(Things::Flag).integer().not_null().default(0)),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    N,
    Flag,
    Id,
}
