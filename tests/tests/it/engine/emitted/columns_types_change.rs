//! Written by Seawright from the entities: 6 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Change.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_types_change"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::A).big_integer())
            .set_type(ColumnDef::new(Things::B).text())
            .drop_default(Things::C)
            .set_type(ColumnDef::new(Things::C).string_len(200))
            .set_default(Things::C, "7")
            .set_type(ColumnDef::new(Things::D).json_binary())
            .set_type(ColumnDef::new(Things::E).decimal_len(12, 4))
            .set_type(ColumnDef::new(Things::F).timestamp_with_time_zone())
            .rebuild_on_sqlite(things_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Things::Table)
            .set_type(ColumnDef::new(Things::F).date_time())
            .set_type(ColumnDef::new(Things::E).decimal_len(10, 2))
            .set_type(ColumnDef::new(Things::D).text())
            .drop_default(Things::C)
            .set_type(ColumnDef::new(Things::C).string_len(20))
            .set_default(Things::C, "7")
            .set_type(ColumnDef::new(Things::B).string_len(20))
            .set_type(ColumnDef::new(Things::A).small_integer())
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
            .col(ColumnDef::new(Things::A).big_integer().not_null())
            .col(ColumnDef::new(Things::B).text().not_null())
            .col(ColumnDef::new(Things::C).string_len(200).not_null().default("7"))
            .col(ColumnDef::new(Things::D).json_binary())
            .col(ColumnDef::new(Things::E).decimal_len(12, 4).not_null())
            .col(ColumnDef::new(Things::F).timestamp_with_time_zone().not_null()),
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
            .col(ColumnDef::new(Things::A).small_integer().not_null())
            .col(ColumnDef::new(Things::B).string_len(20).not_null())
            .col(ColumnDef::new(Things::C).string_len(20).not_null().default("7"))
            .col(ColumnDef::new(Things::D).text())
            .col(ColumnDef::new(Things::E).decimal_len(10, 2).not_null())
            .col(ColumnDef::new(Things::F).date_time().not_null()),
    )
}

#[derive(DeriveIden)]
enum Things {
    Table,
    A,
    B,
    C,
    D,
    E,
    F,
    Id,
}
