//! Written by Seawright from the entities: 3 changes.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::RenameIndex;

/// Indexes change their names with each other.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_two_indexes_change_their_names_with_each_other"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("one").table(Jobs::Table).to_owned())
            .await?;
        RenameIndex::new("three", Index::create().name("four").table(Jobs::Table).col(Jobs::C))
            .execute(manager)
            .await?;
        RenameIndex::new("two", Index::create().name("one").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new("one", Index::create().name("two").table(Jobs::Table).col(Jobs::B))
            .execute(manager)
            .await?;
        RenameIndex::new("four", Index::create().name("three").table(Jobs::Table).col(Jobs::C))
            .execute(manager)
            .await?;
        manager
            .create_index(Index::create().name("one").table(Jobs::Table).col(Jobs::A).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    A,
    C,
    B,
}
