//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use sea_orm_migration::sea_orm::DbBackend;
use seawright::ddl;

/// Are added.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_values_are_added"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            ddl::execute(manager, "ALTER TYPE \"mood\" ADD VALUE 'awful' BEFORE 'sad'").await?;
            ddl::execute(manager, "ALTER TYPE \"mood\" ADD VALUE 'so so' BEFORE 'glad'").await?;
            ddl::execute(manager, "ALTER TYPE \"mood\" ADD VALUE 'great'").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::ReplaceEnum::new("mood", ["sad", "glad"])
            .column(Users::Table, Users::Mood)
            .default("sad")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Users {
    Table,
    Mood,
}
