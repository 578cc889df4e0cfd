//! Written by Seawright from the entities: 1 change.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use sea_orm_migration::sea_orm::DbBackend;
use seawright::ddl;

/// Value is added and used at once values.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "enums_a_value_is_added_and_used_at_once_values"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            ddl::execute(manager, "ALTER TYPE \"status\" ADD VALUE 'packed' BEFORE 'done'").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::ReplaceEnum::new("status", ["open", "done"])
            .column(Orders::Table, Orders::Status)
            .default("open")
            .execute(manager)
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Orders {
    Table,
    Status,
}
