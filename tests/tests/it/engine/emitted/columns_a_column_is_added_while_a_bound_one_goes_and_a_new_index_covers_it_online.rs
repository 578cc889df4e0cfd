//! Written by Seawright from the entities: 1 index added.
//! Not in a transaction: each change lets writers go on, and is made only where it is still to be made.
//! History once it has landed; a change to it is an error.

use sea_orm_migration::prelude::{
    DbErr, DeriveIden, Index, MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm,
};
use seawright::ddl::online;

/// Column is added while a bound one goes and a new index covers it online.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "columns_a_column_is_added_while_a_bound_one_goes_and_a_new_index_covers_it_online"
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
                .name("idx_things_a_c")
                .table(Things::Table)
                .col(Things::A)
                .col(Things::C),
        )
        .execute(manager)
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        online::DropIndex::new("idx_things_a_c").execute(manager).await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Things {
    Table,
    A,
    C,
}
