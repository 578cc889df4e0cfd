//! Written by Seawright from the entities: 5 indexes added.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, IndexOrder, MigrationName,
    MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl;

/// Of every kind are made.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_of_every_kind_are_made"
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
                    .name("idx_jobs_both")
                    .table(Jobs::Table)
                    .col(Jobs::At)
                    .and_where(Expr::cust("(priority > 0 AND status IN ('a', 'b'))"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_jobs_label")
                    .table(Jobs::Table)
                    .unique()
                    .col(Jobs::Label)
                    .and_where(Expr::col(Jobs::At).is_null())
                    .to_owned(),
            )
            .await?;
        ddl::execute(
            manager,
            "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")), \"id\" DESC)",
        )
        .await?;
        manager
            .create_index(
                Index::create()
                    .name("idx_jobs_poll")
                    .table(Jobs::Table)
                    .col(Jobs::Status)
                    .col((Jobs::Priority, IndexOrder::Desc))
                    .col(Jobs::At)
                    .and_where(Expr::col(Jobs::Status).eq("queued"))
                    .to_owned(),
            )
            .await?;
        ddl::execute(
            manager,
            "CREATE UNIQUE INDEX \"idx_jobs_sum\" ON \"jobs\" ((priority + id) DESC) WHERE \"priority\" > 0",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("idx_jobs_sum").table(Jobs::Table).to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("idx_jobs_poll").table(Jobs::Table).to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("idx_jobs_lower").table(Jobs::Table).to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("idx_jobs_label").table(Jobs::Table).to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("idx_jobs_both").table(Jobs::Table).to_owned())
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Jobs {
    Table,
    At,
    Label,
    Status,
    Priority,
}
