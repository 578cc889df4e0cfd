//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::AlterTable;

/// A foreign key changes its action and its name.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "foreign_keys_a_foreign_key_changes_its_action_and_its_name"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .rename_constraint("old_name", "new_name")
            .execute(manager)
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        AlterTable::new(Posts::Table)
            .rename_constraint("new_name", "old_name")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Posts {
    Table,
}
