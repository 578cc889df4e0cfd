//! Written by Seawright from the entities: 1 column added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Counting column is added to a table without a key.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_counting_column_is_added_to_a_table_without_a_key"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .add_column(ColumnDef::new(Things::Id).integer().not_null().auto_increment())
            .add_primary_key("things_pkey", [Things::Id])
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .drop_constraint("things_pkey")
            .drop_column(Things::Id)
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
            .col(ColumnDef::new(Things::Name).text().not_null())
            .col(
                ColumnDef::new(Things::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            ),
    )
    .added([Things::Id])
}

/// `things` as it is after the way down, for SQLite, which can change little of a table in place.
fn things_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(Things::Table)
            .col(ColumnDef::new(Things::Name).text().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    Id,
    Name,
}
