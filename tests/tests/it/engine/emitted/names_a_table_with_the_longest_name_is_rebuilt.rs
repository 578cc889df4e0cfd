//! Written by Seawright from the entities: 1 column changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild};

/// Table with the longest name is rebuilt.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_a_table_with_the_longest_name_is_rebuilt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .set_default(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Name, "a")
            .rebuild_on_sqlite(aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_up(manager))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .drop_default(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Name)
            .rebuild_on_sqlite(aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_down(manager))
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc` as it is after the way up, for SQLite, which can change little of a table in place.
fn aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .col(
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Name)
                    .text()
                    .not_null()
                    .default("a"),
            ),
    )
}

/// `aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc` as it is after the way down, for SQLite, which can change little of a table in place.
fn aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .col(
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Name)
                    .text()
                    .not_null(),
            ),
    )
}

#[derive(DeriveIden)]
enum AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc {
    Table,
    Name,
    Id,
}
