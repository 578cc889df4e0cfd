//! Written by Seawright from the entities: 2 indexes added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, IndexType, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use sea_orm_migration::sea_orm::DbBackend;
use seawright::ddl;

/// Only postgresql has is left out on sqlite.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_what_only_postgresql_has_is_left_out_on_sqlite"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(
                Index::create()
                    .name("idx_jobs_label")
                    .table(Jobs::Table)
                    .index_type(IndexType::Custom("hash".into()))
                    .col(Jobs::Label)
                    .to_owned(),
            )
            .await?;
        let sql = match manager.get_database_backend() {
            DbBackend::Sqlite => "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")))",
            _ => "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" USING btree ((lower(\"label\"))) INCLUDE (\"id\")",
        };
        ddl::execute(manager, sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("idx_jobs_lower").table(Jobs::Table).to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("idx_jobs_label").table(Jobs::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    Label,
}
