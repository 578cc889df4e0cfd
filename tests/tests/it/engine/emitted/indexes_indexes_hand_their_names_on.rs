//! Written by Seawright from the entities: 2 changes.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::RenameIndex;

/// Hand their names on.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_hand_their_names_on"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new("two", Index::create().name("three").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        RenameIndex::new("one", Index::create().name("two").table(Jobs::Table).col(Jobs::A))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new("two", Index::create().name("one").table(Jobs::Table).col(Jobs::A))
            .execute(manager)
            .await?;
        RenameIndex::new("three", Index::create().name("two").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    B,
    A,
}
