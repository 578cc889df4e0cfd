//! Written by Seawright from the entities: 3 columns changed.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl;

/// Come change and go.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "checks_comments_come_change_and_go"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::comment_on_column(manager, Users::Table, Users::Id, Some("counts")).await?;
        ddl::comment_on_column(manager, Users::Table, Users::Name, None).await?;
        ddl::comment_on_column(manager, Users::Table, Users::Age, Some("it's \"years\"")).await?;
        ddl::comment_on_table(manager, Users::Table, Some("the people's accounts")).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::comment_on_table(manager, Users::Table, Some("the people")).await?;
        ddl::comment_on_column(manager, Users::Table, Users::Age, None).await?;
        ddl::comment_on_column(manager, Users::Table, Users::Name, Some("of the passport")).await?;
        ddl::comment_on_column(manager, Users::Table, Users::Id, None).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    Name,
    Age,
}
