//! Written by Seawright from the entities: 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Indexes change their names with each other online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_two_indexes_change_their_names_with_each_other_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::CreateIndex::new(Index::create().name("two").table(Jobs::Table).col(Jobs::A))
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("two").execute(manager).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    A,
}
