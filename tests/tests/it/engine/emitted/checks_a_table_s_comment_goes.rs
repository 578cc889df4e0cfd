//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl;

/// Table s comment goes.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "checks_a_table_s_comment_goes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::comment_on_table(manager, Users::Table, None).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::comment_on_table(manager, Users::Table, Some("the people")).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Users {
    Table,
}
