//! Written by Seawright from the entities: 5 indexes added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, IndexOrder, MigrationName,
    MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Of every kind are made online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "indexes_indexes_of_every_kind_are_made_online"
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
                .name("idx_jobs_both")
                .table(Jobs::Table)
                .col(Jobs::At)
                .and_where(Expr::cust("(priority > 0 AND status IN ('a', 'b'))")),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_jobs_label")
                .table(Jobs::Table)
                .unique()
                .col(Jobs::Label)
                .and_where(Expr::col(Jobs::At).is_null()),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::of_sql(
            "idx_jobs_lower",
            Jobs::Table,
            "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")), \"id\" DESC)",
            "CREATE INDEX \"idx_jobs_lower\" ON \"jobs\" ((lower(\"label\")), \"id\" DESC)",
        )
        .execute(manager)
        .await?;
        online::CreateIndex::new(
            Index::create()
                .name("idx_jobs_poll")
                .table(Jobs::Table)
                .col(Jobs::Status)
                .col((Jobs::Priority, IndexOrder::Desc))
                .col(Jobs::At)
                .and_where(Expr::col(Jobs::Status).eq("queued")),
        )
        .execute(manager)
        .await?;
        online::CreateIndex::of_sql(
            "idx_jobs_sum",
            Jobs::Table,
            "CREATE UNIQUE INDEX \"idx_jobs_sum\" ON \"jobs\" ((priority + id) DESC) WHERE \"priority\" > 0",
            "CREATE UNIQUE INDEX \"idx_jobs_sum\" ON \"jobs\" ((priority + id) DESC) WHERE \"priority\" > 0",
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_jobs_sum").execute(manager).await?;
        online::DropIndex::new("idx_jobs_poll").execute(manager).await?;
        online::DropIndex::new("idx_jobs_lower").execute(manager).await?;
        online::DropIndex::new("idx_jobs_label").execute(manager).await?;
        online::DropIndex::new("idx_jobs_both").execute(manager).await?;
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
