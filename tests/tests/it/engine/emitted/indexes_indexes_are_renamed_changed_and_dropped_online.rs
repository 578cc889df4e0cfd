//! Written by Seawright from the entities: 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, IndexOrder, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Are renamed changed and dropped online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_are_renamed_changed_and_dropped_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_b").execute(manager).await?;
        online::DropIndex::new("idx_gone").execute(manager).await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_b")
                .table(Jobs::Table)
                .col((Jobs::B, IndexOrder::Desc)),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_b").execute(manager).await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_gone")
                .table(Jobs::Table)
                .col(Jobs::A)
                .col(Jobs::B),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(Index::create().name("idx_b").table(Jobs::Table).col(Jobs::B))
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
