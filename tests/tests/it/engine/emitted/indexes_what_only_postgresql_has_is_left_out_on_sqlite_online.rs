//! Written by Seawright from the entities: 2 indexes added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, IndexType, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Only postgresql has is left out on sqlite online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_what_only_postgresql_has_is_left_out_on_sqlite_online"
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
            "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" USING btree ((lower(\"label\"))) INCLUDE (\"id\")",
            "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")))",
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_jobs_lower").execute(manager).await?;
        online::DropIndex::new("idx_jobs_label").execute(manager).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    Label,
}
