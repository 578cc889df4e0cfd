//! Written by Seawright from the entities: 1 table renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::{AlterTable, RenameIndex, RenameTable};

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

#[derive(DeriveIden)]
enum People {
    Table,
    Name,
    Id,
}

#[derive(DeriveIden)]
enum Users {
    Table,
}
