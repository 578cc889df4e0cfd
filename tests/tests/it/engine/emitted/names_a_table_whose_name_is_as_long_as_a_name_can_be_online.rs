//! Written by Seawright from the entities: 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, online};

/// Table whose name is as long as a name can be online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_a_table_whose_name_is_as_long_as_a_name_can_be_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .drop_constraint("aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_cccccccccccccccc_pkey")
            .add_primary_key(
                "aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_cccccccccccccccc_pkey",
                [
                    AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::OtherColumnWithAName,
                    AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Id,
                ],
            )
            .rebuild_on_sqlite(aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_up(manager))
            .online()
            .execute(manager)
            .await?;
        online::CreateIndex::new(
            Index::create()
                .name("iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii")
                .table(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
                .col(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Code),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii")
            .execute(manager)
            .await?;
        AlterTable::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table)
            .drop_constraint("aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_cccccccccccccccc_pkey")
            .add_primary_key(
                "aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_cccccccccccccccc_pkey",
                [AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Id],
            )
            .rebuild_on_sqlite(aaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbb_ccccccccccccccccccccc_after_down(manager))
            .online()
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
                    .auto_increment(),
            )
            .col(
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::OtherColumnWithAName)
                    .integer()
                    .not_null(),
            )
            .col(ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Code).string_len(9))
            .primary_key(
                Index::create()
                    .col(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::OtherColumnWithAName)
                    .col(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Id),
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
                ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::OtherColumnWithAName)
                    .integer()
                    .not_null(),
            )
            .col(ColumnDef::new(AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Code).string_len(9)),
    )
}

#[derive(DeriveIden)]
enum AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc {
    Table,
    Id,
    OtherColumnWithAName,
    Code,
}
