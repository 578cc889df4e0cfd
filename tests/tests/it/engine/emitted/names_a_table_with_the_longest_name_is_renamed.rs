//! Written by Seawright from the entities: 1 table renamed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::RenameTable;

/// Table with the longest name is renamed.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "names_a_table_with_the_longest_name_is_renamed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(
            AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table,
            ZaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table,
        )
        .with_primary_key()
        .with_serial("id")
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameTable::new(
            ZaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table,
            AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc::Table,
        )
        .with_primary_key()
        .with_serial("id")
        .execute(manager)
        .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum AaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc {
    Table,
}

#[derive(DeriveIden)]
enum ZaaaaaaaaaaaaaaaaaaaBbbbbbbbbbbbbbbbbbbbCcccccccccccccccccccc {
    Table,
}
