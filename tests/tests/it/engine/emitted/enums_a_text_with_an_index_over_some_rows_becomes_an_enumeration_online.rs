//! Written by Seawright from the entities: 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    ConditionalStatement as _, DbErr, DeriveIden, Expr, ExprTrait as _, Index, MigrationName, MigrationTrait,
    SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Text with an index over some rows becomes an enumeration online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_a_text_with_an_index_over_some_rows_becomes_an_enumeration_online"
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
                .name("idx_glad")
                .table(Users::Table)
                .col(Users::Id)
                .and_where(Expr::col(Users::Mood).eq("glad")),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_glad").execute(manager).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Mood,
}
