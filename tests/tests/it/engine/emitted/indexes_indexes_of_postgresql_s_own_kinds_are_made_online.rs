//! Written by Seawright from the entities: 5 indexes added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, IndexType, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Of postgresql s own kinds are made online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_of_postgresql_s_own_kinds_are_made_online"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::CreateIndex::new(
            Index::create()
                .name("idx_jobs_include")
                .table(Jobs::Table)
                .col(Jobs::Id)
                .include(Jobs::Label),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_jobs_label")
                .table(Jobs::Table)
                .index_type(IndexType::Custom("hash".into()))
                .col(Jobs::Label),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::of_sql(
            "idx_jobs_lower",
            Jobs::Table,
            "CREATE UNIQUE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\"))) INCLUDE (\"id\")",
            "CREATE UNIQUE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")))",
        )
        .execute(manager)
        .await?;
        online::CreateIndex::of_sql(
            "idx_jobs_path",
            Jobs::Table,
            "CREATE INDEX \"idx_jobs_path\" ON \"jobs\" USING gin (((payload -> 'tags')))",
            "CREATE INDEX \"idx_jobs_path\" ON \"jobs\" (((payload -> 'tags')))",
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_jobs_payload")
                .table(Jobs::Table)
                .index_type(IndexType::Custom("gin".into()))
                .col(Jobs::Payload),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_jobs_payload").execute(manager).await?;
        online::DropIndex::new("idx_jobs_path").execute(manager).await?;
        online::DropIndex::new("idx_jobs_lower").execute(manager).await?;
        online::DropIndex::new("idx_jobs_label").execute(manager).await?;
        online::DropIndex::new("idx_jobs_include").execute(manager).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    Id,
    Label,
    Payload,
}
