//! Written by Seawright from the entities: 2 changes.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::AlterTable;

/// Primary key gets a name and one loses it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "keys_a_primary_key_gets_a_name_and_one_loses_it"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(A::Table)
            .rename_constraint("a_pkey", "a_key")
            .execute(manager)
            .await?;
        AlterTable::new(B::Table)
            .rename_constraint("b_key", "b_pkey")
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(B::Table)
            .rename_constraint("b_pkey", "b_key")
            .execute(manager)
            .await?;
        AlterTable::new(A::Table)
            .rename_constraint("a_key", "a_pkey")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum A {
    Table,
}

#[derive(DeriveIden)]
enum B {
    Table,
}
