//! Written by Seawright from the entities: 1 table renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, Table, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, Rebuild, RenameIndex, RenameTable};

/// Renamed table keeps its rows.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tables_a_renamed_table_keeps_its_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(Users::Table, People::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        AlterTable::new(People::Table)
            .rename_constraint("users_name_unique", "people_name_unique")
            .rebuild_on_sqlite(people_after_up(manager))
            .execute(manager)
            .await?;
        RenameIndex::new(
            "idx_users_name",
            Index::create()
                .name("idx_people_name")
                .table(People::Table)
                .col(People::Name)
                .col(People::Id),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new(
            "idx_people_name",
            Index::create()
                .name("idx_users_name")
                .table(People::Table)
                .col(People::Name)
                .col(People::Id),
        )
        .execute(manager)
        .await?;
        AlterTable::new(People::Table)
            .rename_constraint("people_name_unique", "users_name_unique")
            .rebuild_on_sqlite(people_after_down(manager))
            .execute(manager)
            .await?;
        RenameTable::new(People::Table, Users::Table)
            .with_primary_key()
            .with_serial("id")
            .execute(manager)
            .await?;
        Ok(())
    }
}

/// `people` as it is after the way up, for SQLite, which can change little of a table in place.
fn people_after_up(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(People::Table)
            .col(
                ColumnDef::new(People::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(People::Name).string_len(255).not_null())
            .index(Index::create().name("people_name_unique").unique().col(People::Name)),
    )
    .index(
        Index::create()
            .name("idx_users_name")
            .table(People::Table)
            .col(People::Name)
            .col(People::Id),
    )
}

/// `people` as it is after the way down, for SQLite, which can change little of a table in place.
fn people_after_down(_: &SchemaManager) -> Rebuild {
    Rebuild::new(
        Table::create()
            .table(People::Table)
            .col(
                ColumnDef::new(People::Id)
                    .integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new(People::Name).string_len(255).not_null())
            .index(Index::create().name("users_name_unique").unique().col(People::Name)),
    )
    .index(
        Index::create()
            .name("idx_users_name")
            .table(People::Table)
            .col(People::Name)
            .col(People::Id),
    )
}

#[derive(DeriveIden)]
enum People {
    Table,
    Id,
    Name,
}

#[derive(DeriveIden)]
enum Users {
    Table,
}
