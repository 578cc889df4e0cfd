//! Written by Seawright from the entities: 2 changes.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::{self, RenameIndex};

/// Are renamed changed and dropped.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_are_renamed_changed_and_dropped"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RenameIndex::new(
            "idx_a",
            Index::create().name("idx_jobs_a").table(Jobs::Table).col(Jobs::A),
        )
        .execute(manager)
        .await?;
        ddl::execute(manager, "DROP INDEX \"idx_lower\"").await?;
        ddl::execute(manager, "CREATE INDEX \"idx_abs\" ON \"jobs\" ((abs(\"a\")))").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::execute(manager, "DROP INDEX \"idx_abs\"").await?;
        ddl::execute(manager, "CREATE INDEX \"idx_lower\" ON \"jobs\" ((abs(\"a\")))").await?;
        RenameIndex::new(
            "idx_jobs_a",
            Index::create().name("idx_a").table(Jobs::Table).col(Jobs::A),
        )
        .execute(manager)
        .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    A,
}
