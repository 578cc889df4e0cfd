//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl;

/// Value gets another name.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_a_value_gets_another_name"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::RenameEnumValue::new("mood", "sad", "unhappy")
            .column(Users::Table, Users::Mood)
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::RenameEnumValue::new("mood", "unhappy", "sad")
            .column(Users::Table, Users::Mood)
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
